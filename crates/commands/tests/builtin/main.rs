//! The commands of a restricted session (jea.md 7, J-001 to J-018).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod discovery;
mod engine;
mod objects;
mod screen;

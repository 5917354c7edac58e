//! What clients find out about commands is what a real endpoint tells of the same commands: `fixtures/discover` holds its answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs, dead_code)]

mod commands;
mod completion;
mod help;
mod listing;
mod recorded;

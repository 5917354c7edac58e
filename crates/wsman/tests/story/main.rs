//! What clients and the server do to each other, without a network: both machines and a fake clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod disconnect;
mod envelopes;
mod lists;
mod mutated;
mod pair;
mod receive;
mod recorded;
mod shell;
mod streams;

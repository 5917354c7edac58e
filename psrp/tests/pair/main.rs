//! Both halves of a pool, face to face: everything a client and a server do with each other, without a network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod availability;
mod captures;
mod close;
mod connect;
mod host_calls;
mod illegal;
mod mutated;
mod older_clients;
mod open;
mod out_of_process;
mod pair;
mod pipelines;
mod secure_strings;

//! psrpcore, another implementation of PSRP: its client against our server's half, its server against our client's half.
//! psrpcore speaks 2.3, so secure strings need the session key here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod its_client;
mod its_server;
mod peer;

//! Long, stepwise work of an endpoint. One plan runs at a time. It runs on a thread of the daemon, whatever becomes of the client that
//! asked for it; how far it has come is on the disk before the next step begins, and is told to whoever follows it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod engine;
mod plan;
mod store;
mod xml;

pub use engine::{ActionPlans, Busy, Done, Request, Running, StartError};
pub use plan::{Plan, Status, Step};

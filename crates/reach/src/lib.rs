//! Runs programs on nodes and reads their files: on this host itself, or on another one by the system's `ssh`.
//!
//! A program is an argument vector, never a line for a shell. On the way through `ssh`, whose far end is a shell whether one likes it or
//! not, each argument is quoted by itself. The far host is known by the key that the caller gives and by nothing else: no configuration
//! file, no agent, no list of known hosts of the user.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod error;
mod files;
mod node;
mod running;
mod ssh;

pub use error::ReachError;
pub use files::{Found, Source};
pub use node::{Limits, Node};
pub use running::Running;
pub use ssh::Ssh;

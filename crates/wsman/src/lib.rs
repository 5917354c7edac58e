//! WS-Management and the remote shell, without input or output (MS-WSMV).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod action;
pub mod duration;
pub mod envelope;
pub mod fault;
mod id;
pub mod namespace;
mod resource;

pub use id::{CommandId, MessageId, NotAnId, ShellId};
pub use resource::Resource;

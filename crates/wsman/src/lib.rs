//! WS-Management and the remote shell, without input or output (MS-WSMV).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod action;
pub mod duration;
pub mod envelope;
pub mod fault;
pub mod header;
mod id;
pub mod namespace;
mod reply;
mod request;
mod resource;
pub mod shell;
pub mod xpress;

pub use id::{CommandId, MessageId, NotAnId, ShellId};
pub use reply::{Answer, AnswerError, Outcome, Received, Rendered, Reply, is_fault_action};
pub use request::{Refused, Request};
pub use resource::Resource;

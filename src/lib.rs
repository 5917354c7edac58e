//! The daemon `pepd`: a privileged endpoint that stock PowerShell clients enter.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod asciicast;
pub mod cli;
pub mod config;
pub mod connect;
mod echoes;
pub mod endpoint;
pub mod identity;
pub mod listener;
pub mod over_the_shoulder;
pub mod record_objects;
pub mod replay;
mod screen_text;
pub mod session;
mod syslog;

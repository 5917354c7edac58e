//! The PowerShell Remoting Protocol (MS-PSRP), without input or output: both halves, server and client.
//!
//! ```text
//!            bytes            fragments          messages             events
//! transport ──────▶ fragment ──────────▶ message ─────────▶ pool ──────────────▶ whoever runs the commands
//!           ◀────── outbox  ◀────────── message ◀───────── pool ◀────────────── calls: send_output, host_call, finish_pipeline …
//! ```
//!
//! * [`pool::server::RunspacePool`] is the server's half, [`pool::client::RunspacePool`] the client's. Both take bytes by
//!   `receive`, tell what they mean by `poll_event`, and give bytes by `poll_output`. They never block, wait, or know the time.
//! * [`out_of_process`] is the framing on a pair of pipes (`pwsh -s`, SSH subsystems); WS-Management is a crate of its own.
//! * [`message`] has the messages as closed types, [`host_call`] what a server asks of the client's host, [`record`] what a command
//!   writes beside its output, [`session_key`] how secure strings travel.
//!
//! Secure strings are opened and sealed at this edge: above it a `SecureString` holds its text. One that comes at protocol 2.3
//! before the client asked for the key stays [`clixml::SecureString::Sealed`].
//!
//! Both halves together, as a test or a bench has them:
//!
//! ```
//! use std::sync::Arc;
//!
//! use clixml::{Guid, Version};
//! use psrp::message::{Command, CreatePipeline, PsVersionTable};
//! use psrp::pool::{client, server};
//! use psrp::session_key::SessionKey;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let about_us = PsVersionTable {
//!     ps_version: Version::new(7, 6),
//!     ps_edition: "Core".into(),
//!     compatible_versions: Vec::new(),
//!     more: Vec::new(),
//! };
//! let mut server = server::RunspacePool::new(Arc::new(server::Config::new(about_us)), SessionKey::new([7; 32]));
//! let mut client = client::RunspacePool::new(client::Config::default(), Guid::from_u128(1));
//! let pipeline = Guid::from_u128(2);
//! let mut said = None;
//!
//! client.open();
//! for _ in 0..2 {
//!     while let Some((target, stream, bytes)) = client.poll_output(32_789) {
//!         server.receive(target, stream, &bytes)?;
//!     }
//!     while let Some(event) = server.poll_event() {
//!         if let server::Event::PipelineCreated { id, pipeline } = event {
//!             let name = &pipeline.power_shell.commands[0].name;
//!             server.send_output(id, format!("you ran {name}").into())?;
//!             server.finish_pipeline(id, server::PipelineEnd::Completed)?;
//!         }
//!     }
//!     while let Some((target, bytes)) = server.poll_output(32_789) {
//!         client.receive(target, &bytes)?;
//!     }
//!     while let Some(event) = client.poll_event() {
//!         match event {
//!             client::Event::Opened => {
//!                 client.create_pipeline(pipeline, CreatePipeline::new(vec![Command::new("Get-Foo")]))?;
//!             }
//!             client::Event::Output { value, .. } => said = Some(value),
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!(said, Some("you ran Get-Foo".into()));
//! # Ok(())
//! # }
//! ```
//!
//! What a peer does wrong is a [`ProtocolError`]: the pool is broken then, the peer has been told, and its further input is
//! ignored. What we do wrong is a [`SendError`]; nothing happens then.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod error;
mod fields;
pub mod fragment;
pub mod host_call;
mod host_info;
pub mod message;
pub mod out_of_process;
mod outbox;
pub mod pool;
pub mod record;
pub mod session_key;

pub use error::{ProtocolError, SendError};
pub use fields::FieldError;
pub use host_info::{HostDefaultData, HostInfo};

/// The two halves of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the words say it
pub enum Half {
    Client,
    Server,
}

/// MS-PSRP 3.1.5.1.1: the two streams on which a client sends. What a server sends has only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Everything but host responses; `stdin` over WS-Management.
    Default,
    /// Host responses; `pr` over WS-Management.
    PromptResponse,
}

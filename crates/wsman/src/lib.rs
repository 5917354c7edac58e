//! WS-Management and the remote shell, without input or output (MS-WSMV, DSP0226): both halves, server and client.
//!
//! Of PSRP nothing is known here: its fragments are bytes that go in and out. Nor is there a network or a clock: a listener
//! carries bodies, and gives the time.
//!
//! | Way in | |
//! |---|---|
//! | [`Request::read`] | the plain body of an HTTP request; pure, before any lock |
//! | [`shell::server::Server::receive`] | the request, with who asks and when |
//! | [`shell::server::Server::poll_event`] | what the session is to do: make a shell, start a command, take input |
//! | [`shell::server::Server::write`] | what the session has to say; `Full` asks it to wait |
//! | [`shell::server::Server::poll_output`] | answers, at once or when there is something to say |
//! | [`Reply::render`] | status, type and body; pure, after any lock |
//! | [`shell::server::Server::settle`] | whether the answer reached its connection |
//!
//! ```
//! use std::time::Instant;
//! use wsman::shell::client::{self, Client};
//! use wsman::shell::server::{Caller, Config, Delivery, Event, ExchangeId, Server};
//! use wsman::{Request, ShellId};
//!
//! let now = Instant::now();
//! let mut server: Server<&str> = Server::new(Config::new("PrivilegedEndpoint", "SERVER01"));
//! let config = client::Config::new("http://server01:5985/wsman", "PrivilegedEndpoint");
//! let mut client = Client::new(config, ShellId::new(), now);
//! client.create(None, None, b"fragments of PSRP".as_slice().into(), now);
//! let sent = client.poll_output().expect("a Create");
//!
//! let request = Request::read(Some(sent.content_type), &sent.body, &server.config().limits.request).expect("readable");
//! let caller = Caller {
//!     identity: "alice",
//!     owner: r"SERVER01\alice".into(),
//!     address: "192.0.2.10".into(),
//!     url: "http://server01:5985/wsman".into(),
//!     allowed: true,
//! };
//! server.receive(ExchangeId(1), &caller, request, now);
//! let Some(Event::Create(shell)) = server.poll_event() else { panic!("a shell is wanted") };
//! server.accept_shell(shell.shell, now);
//! let (exchange, reply) = server.poll_output().expect("an answer");
//! let answer = reply.render();
//! server.settle(exchange, Delivery::Written, now);
//!
//! client.receive(sent.exchange, answer.status, answer.content_type, &answer.body, now);
//! assert!(matches!(client.poll_event(), Some(client::Event::Created(_))));
//! ```

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

//! What `libpsrpclient` does behind its C entry points, without a single unsafe line.
//!
//! PowerShell's WSMan transport calls a native library: sessions, shells, commands, and completions that the library calls
//! back. Here is that library in safe Rust; `psrpclient` puts the C face before it. Nothing in it knows which server is at
//! the other end.
//!
//! ```text
//! a call ── Library ── Session ──► Engine: one thread a session ──► wsman's client, one a shell
//!                                     │                              └─ one Connection a request under way
//!                                     └──► Callback: completions, one after the other
//! ```
//!
//! No call waits for the network, and no lock is held while a completion runs: a completion may call anything.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod completion;
mod destination;
mod engine;
mod failure;
mod handle;
mod kerberos;
mod library;
mod logon;
mod option;

pub use completion::{Callback, Completion, Outcome, flags};
pub use destination::{Destination, NotADestination};
pub use engine::{Call, Startup};
pub use failure::{Failure, code, text};
pub use handle::Handle;
pub use library::{Library, ProxyAccess};
pub use logon::{Logon, Mechanism};
pub use option::{OptionValue, SessionOption};

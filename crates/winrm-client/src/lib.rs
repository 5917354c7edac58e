//! A WinRM client for PowerShell sessions: sockets, TLS and time around the client halves of `negotiate`, `wsman` and `psrp`.
//!
//! ```text
//! Session ── psrp's client ── wsman's client ── one Connection a request under way ── negotiate's Initiator (Kerberos: gssapi)
//! ```
//!
//! Nothing here knows which server is at the other end.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod connection;
mod error;
mod log_on;
mod session;
mod target;
mod tickets;
mod tls;

pub use connection::{Answered, Connection};
pub use error::Error;
pub use negotiate::{KerberosError, KerberosTrouble};
pub use session::{Ended, Session};
pub use target::{Authentication, Target};
pub use tickets::Tickets;
pub use tls::Trust;

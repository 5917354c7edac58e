//! Where clients come in: the Unix socket, and WinRM over HTTP and HTTPS.

mod gate;
mod http;
mod shells;
pub mod socket;
mod tickets;
pub mod tls;
mod watch;
pub mod winrm;

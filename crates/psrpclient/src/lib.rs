//! `libpsrpclient.so`: the native WSMan client that PowerShell on Linux loads and does not bring along.
//!
//! 21 C functions, and nothing behind them but [`psrpclient_core`]: they read what the caller passed, hand it over, and write
//! what comes back in the shape that PowerShell's managed declarations say.

mod abi;
mod exports;

/// What the library is told by among files of its name.
#[used]
static MARK: &[u8] = b"the native WSMan client of pepd";

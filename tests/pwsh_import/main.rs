//! Stock PowerShell imports the whole endpoint, and works with it as with functions of its own: over Debian's sshd, and over
//! WinRM.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::duplicate_mod, reason = "the same stories are told of both ways in")]

/// The prompt of the user's own PowerShell.
const LOCAL: &str = r"^PS LOCAL>$";

mod over_ssh;
mod over_winrm;

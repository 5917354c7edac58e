//! A user of stock PowerShell enters pepd and works in it: over Debian's sshd, and over WinRM.

#![allow(clippy::duplicate_mod, reason = "the same stories are told of both ways in")]

/// The prompt of the endpoint.
const PROMPT: &str = r"^\[\w+\]: PS>$";

/// The prompt of the user's own PowerShell.
const LOCAL: &str = r"^PS LOCAL>$";

mod over_ssh;
mod over_winrm;

//! A user of stock PowerShell enters pepd and works in it: over Debian's sshd, and over WinRM.

/// The prompt of the endpoint.
const PROMPT: &str = r"^\[\w+\]: PS>$";

/// The prompt of the user's own PowerShell.
const LOCAL: &str = r"^PS LOCAL>$";

mod over_ssh;
mod over_winrm;

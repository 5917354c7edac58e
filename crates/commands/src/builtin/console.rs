//! What can be known of the client's console.

use cmdlet::SessionInfo;

/// Does it understand escape sequences? The consoles of PowerShell 6 and newer do, on every system; those that are older, or do not
/// tell their version, may not.
pub(super) fn understands_escapes(session: &SessionInfo) -> bool {
    let major = session.client_version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= 6)
}

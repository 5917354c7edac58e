use std::fmt;

use crate::namespace::{CONFIG, POWERSHELL, SHELL};

/// What a request is about: `w:ResourceURI`, told apart without regard to letter case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A session configuration of PowerShell, by its name as the client wrote it.
    Configuration(String),
    /// All shells, whatever their configuration.
    Shell,
    /// The commands of a shell.
    Command,
    /// The configuration of the service.
    WinRmConfig,
    /// Anything else: `cmd` shells, WMI, event logs.
    Other(String),
}

impl Resource {
    /// The resource of a URI.
    pub fn of(uri: &str) -> Resource {
        let uri = uri.trim();
        if let Some(rest) = strip_prefix(uri, POWERSHELL)
            && let Some(name) = rest.strip_prefix('/')
            && !name.is_empty()
        {
            return Resource::Configuration(name.to_owned());
        }
        match strip_prefix(uri, SHELL) {
            Some("") => return Resource::Shell,
            Some(rest) if rest.eq_ignore_ascii_case("/command") => return Resource::Command,
            _ => {}
        }
        if strip_prefix(uri, CONFIG) == Some("") || uri.eq_ignore_ascii_case("winrm/config") {
            return Resource::WinRmConfig;
        }
        Resource::Other(uri.to_owned())
    }

    /// Whether it is the session configuration of this name, in any letter case.
    pub fn is_configuration(&self, name: &str) -> bool {
        matches!(self, Resource::Configuration(asked) if asked.eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::Configuration(name) => write!(f, "{POWERSHELL}/{name}"),
            Resource::Shell => f.write_str(SHELL),
            Resource::Command => write!(f, "{SHELL}/Command"),
            Resource::WinRmConfig => f.write_str(CONFIG),
            Resource::Other(uri) => f.write_str(uri),
        }
    }
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_062_a_configuration_is_found_in_any_letter_case() {
        let resource = Resource::of("HTTP://Schemas.Microsoft.com/PowerShell/privilegedENDPOINT");
        assert!(resource.is_configuration("PrivilegedEndpoint"));
        assert!(!resource.is_configuration("Microsoft.PowerShell"));
        for other in [
            "http://schemas.microsoft.com/powershell/",
            "http://schemas.microsoft.com/powershell",
            "http://schemas.microsoft.com/powershellPrivilegedEndpoint",
            "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd",
            "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*",
            "ü",
        ] {
            assert!(matches!(Resource::of(other), Resource::Other(_)), "{other}");
        }
        assert_eq!(Resource::of("http://schemas.microsoft.com/wbem/wsman/1/windows/shell"), Resource::Shell);
        assert_eq!(Resource::of("http://schemas.microsoft.com/wbem/wsman/1/windows/Shell/command"), Resource::Command);
        assert_eq!(Resource::of("http://schemas.microsoft.com/wbem/wsman/1/config"), Resource::WinRmConfig);
    }
}

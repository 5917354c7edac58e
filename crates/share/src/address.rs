//! The name of a share: `\\server\share`, and a folder in it.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// The port of SMB over TCP (MS-SMB2 2.1).
pub const PORT: u16 = 445;

/// Bytes of the longest name that is taken.
const LONGEST: usize = 4096;

/// Where a share is, and the folder in it.
///
/// It is written `\\server\share` or `\\server\share\folder\folder`; slashes do as well. The server is a name or an address; IPv6
/// stands in brackets, or as `2001-db8--1.ipv6-literal.net`, which is how Windows writes it there. Another port than 445 follows
/// `@`, as in `\\server@14445\share`. `smb://server:14445/share` says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareAddress {
    server: String,
    port: u16,
    share: String,
    folder: Vec<String>,
}

/// Why a text names no share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not begin with `\\`, `//` or `smb://`.
    #[error(r"a share is written \\server\share")]
    NotAShare,
    /// There is no server in it.
    #[error(r"there is no server in it: a share is written \\server\share")]
    NoServer,
    /// There is no share in it.
    #[error(r"there is no share in it: it is written \\server\share")]
    NoShare,
    /// The port is none.
    #[error("'{0}' is no port")]
    Port(String),
    /// The server cannot be called that.
    #[error("no server is called '{0}'")]
    Server(String),
    /// A share or a folder cannot be called that.
    #[error("no share or folder is called '{0}'")]
    Name(String),
    /// It is too long.
    #[error("it is too long")]
    TooLong,
}

impl ShareAddress {
    /// Is this meant to be the name of a share? A path of this machine is not.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(r"\\") || text.starts_with("//") || has_scheme(text)
    }

    /// The server: its name or address, without brackets.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The share.
    pub fn share(&self) -> &str {
        &self.share
    }

    /// The folders in the share, from the outermost to the innermost.
    pub fn folder(&self) -> impl Iterator<Item = &str> {
        self.folder.iter().map(String::as_str)
    }

    /// `server:port`, as sockets want it.
    pub(crate) fn socket(&self) -> String {
        if self.server.contains(':') {
            format!("[{}]:{}", self.server, self.port)
        } else {
            format!("{}:{}", self.server, self.port)
        }
    }

    /// The folder in the share, in one text with slashes.
    pub(crate) fn base(&self) -> String {
        self.folder.join("/")
    }
}

/// `\\server\share\folder`.
impl fmt::Display for ShareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.server.contains(':') {
            write!(f, r"\\[{}]", self.server)?;
        } else {
            write!(f, r"\\{}", self.server)?;
        }
        if self.port != PORT {
            write!(f, "@{}", self.port)?;
        }
        write!(f, r"\{}", self.share)?;
        self.folder.iter().try_for_each(|folder| write!(f, r"\{folder}"))
    }
}

impl FromStr for ShareAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<ShareAddress, AddressError> {
        if text.len() > LONGEST {
            return Err(AddressError::TooLong);
        }
        let (rest, before_port) = if has_scheme(text) {
            (text.get(6..).unwrap_or_default(), ':')
        } else if let Some(rest) = text.strip_prefix(r"\\").or_else(|| text.strip_prefix("//")) {
            (rest, '@')
        } else {
            return Err(AddressError::NotAShare);
        };
        let mut parts = rest.split(['\\', '/']);
        let (server, port) = server(parts.next().unwrap_or_default(), before_port)?;
        let share = parts.next().filter(|share| !share.is_empty()).ok_or(AddressError::NoShare)?;
        let share = name(share)?;
        let folder = parts.filter(|part| !part.is_empty()).map(name).collect::<Result<_, _>>()?;
        Ok(ShareAddress { server, port, share, folder })
    }
}

fn has_scheme(text: &str) -> bool {
    text.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("smb://"))
}

/// The server and its port.
fn server(text: &str, before_port: char) -> Result<(String, u16), AddressError> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let port = if rest.is_empty() {
                None
            } else {
                Some(rest.strip_prefix(before_port).ok_or_else(|| AddressError::Server(text.into()))?)
            };
            let address = address.parse::<Ipv6Addr>().map_err(|_| AddressError::Server(text.into()))?;
            (address.to_string(), port)
        }
        None => {
            let (host, port) = text.split_once(before_port).map_or((text, None), |(host, port)| (host, Some(port)));
            (ipv6_literal(host).unwrap_or_else(|| host.to_owned()), port)
        }
    };
    if host.is_empty() {
        return Err(AddressError::NoServer);
    }
    let may_stand = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.');
    if host.len() > 255 || !(host.parse::<Ipv6Addr>().is_ok() || host.chars().all(may_stand)) {
        return Err(AddressError::Server(host));
    }
    let port = match port {
        None => PORT,
        Some(text) => match text.parse() {
            Ok(port) if port > 0 => port,
            _ => return Err(AddressError::Port(text.into())),
        },
    };
    Ok((host, port))
}

/// `2001-db8--1.ipv6-literal.net`: how a name without colons says an IPv6 address.
fn ipv6_literal(host: &str) -> Option<String> {
    let suffix = host.len().checked_sub(17)?;
    let (address, rest) = (host.get(..suffix)?, host.get(suffix..)?);
    if !rest.eq_ignore_ascii_case(".ipv6-literal.net") {
        return None;
    }
    let address = address.replace('-', ":").parse::<Ipv6Addr>().ok()?;
    Some(address.to_string())
}

/// What a share or a folder may be called (MS-FSCC 2.1.5).
fn name(text: &str) -> Result<String, AddressError> {
    let never = |char: char| char.is_control() || matches!(char, '"' | '*' | ':' | '<' | '>' | '?' | '|');
    let only_dots = text.chars().all(|char| char == '.');
    if text.len() > 255 || only_dots || text.contains(never) || text.ends_with(' ') || text.ends_with('.') {
        return Err(AddressError::Name(text.into()));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, u16, String, String, String) {
        let address: ShareAddress = text.parse().unwrap();
        (address.server.clone(), address.port, address.share.clone(), address.base(), address.to_string())
    }

    #[test]
    fn a_share_is_named_in_each_of_its_ways() {
        let cases = [
            (r"\\server\share", "server", 445, "share", "", r"\\server\share"),
            ("//server/share", "server", 445, "share", "", r"\\server\share"),
            (r"\\10.0.0.7\Backups\a b\c\", "10.0.0.7", 445, "Backups", "a b/c", r"\\10.0.0.7\Backups\a b\c"),
            (
                r"\\files.example.com@14445\share$",
                "files.example.com",
                14445,
                "share$",
                "",
                r"\\files.example.com@14445\share$",
            ),
            ("smb://server:14445/share/x", "server", 14445, "share", "x", r"\\server@14445\share\x"),
            ("SMB://server/share", "server", 445, "share", "", r"\\server\share"),
            (r"\\[::1]@14445\share", "::1", 14445, "share", "", r"\\[::1]@14445\share"),
            (r"\\2001-db8--1.ipv6-literal.net\share", "2001:db8::1", 445, "share", "", r"\\[2001:db8::1]\share"),
        ];
        for (text, server, port, share, base, shown) in cases {
            assert_eq!(parsed(text), (server.into(), port, share.into(), base.into(), shown.into()), "{text}");
            assert_eq!(shown.parse::<ShareAddress>().unwrap(), text.parse().unwrap(), "{text}");
        }
    }

    #[test]
    fn what_names_no_share_is_refused() {
        let refused = |text: &str| text.parse::<ShareAddress>().unwrap_err();
        assert_eq!(refused("/srv/transcripts"), AddressError::NotAShare);
        assert_eq!(refused(""), AddressError::NotAShare);
        assert_eq!(refused(r"\\"), AddressError::NoServer);
        assert_eq!(refused(r"\\\share"), AddressError::NoServer);
        assert_eq!(refused(r"\\server"), AddressError::NoShare);
        assert_eq!(refused(r"\\server\"), AddressError::NoShare);
        assert_eq!(refused(r"\\server@0\share"), AddressError::Port("0".into()));
        assert_eq!(refused(r"\\server@SSL\share"), AddressError::Port("SSL".into()));
        assert_eq!(refused(r"\\a b\share"), AddressError::Server("a b".into()));
        assert_eq!(refused(r"\\[::1]x\share"), AddressError::Server("[::1]x".into()));
        assert_eq!(refused(r"\\server\share\..\other"), AddressError::Name("..".into()));
        assert_eq!(refused(r"\\server\sh:are"), AddressError::Name("sh:are".into()));
        assert_eq!(refused(&format!(r"\\server\{}", "a".repeat(5000))), AddressError::TooLong);
    }
}

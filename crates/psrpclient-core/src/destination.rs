use thiserror::Error;

/// Where a session goes, as PowerShell writes it: `host/wsman?PSVersion=7.6.9`, `http://host:5985/wsman?…`, `[::1]/wsman`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Whether the scheme says HTTPS; none when there is no scheme.
    pub https: Option<bool>,
    /// Name or address, IPv6 in brackets.
    pub host: String,
    /// The port, if it is named.
    pub port: Option<u16>,
    /// Path and query.
    pub path: String,
}

/// Not the address of a WS-Management service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not the address of a WS-Management service")]
pub struct NotADestination;

impl Destination {
    /// Reads a connection string.
    ///
    /// # Errors
    /// If there is another scheme, no host, or a port that is none.
    pub fn parse(text: &str) -> Result<Destination, NotADestination> {
        let (https, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(true), rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(false), rest),
            Some(_) => return Err(NotADestination),
            None => (None, text),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rfind(']') {
            Some(bracket) => authority.split_at(bracket + 1),
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => Some(port.parse().ok().filter(|port| *port != 0).ok_or(NotADestination)?),
            None if port.is_empty() => None,
            None => return Err(NotADestination),
        };
        let readable = |c: char| !c.is_control() && !c.is_whitespace() && c != '@';
        if host.is_empty() || !host.chars().all(readable) || !path.chars().all(|c| c.is_ascii_graphic()) {
            return Err(NotADestination);
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Destination { https, host: host.to_owned(), port, path })
    }

    /// The port: 80 and 443 under a scheme, 5985 and 5986 under none.
    pub fn port(&self, tls: bool) -> u16 {
        self.port.unwrap_or(match (self.https.is_some(), tls) {
            (true, false) => 80,
            (true, true) => 443,
            (false, false) => 5985,
            (false, true) => 5986,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_012_every_form_of_a_connection_string_and_its_default_port() {
        let cases = [
            ("h/wsman?PSVersion=7.6.9", None, "h", 5985, "/wsman?PSVersion=7.6.9"),
            ("[::1]/wsman?PSVersion=7.6.9", None, "[::1]", 5985, "/wsman?PSVersion=7.6.9"),
            ("http://h:5985/wsman?PSVersion=7.6.9", Some(false), "h", 5985, "/wsman?PSVersion=7.6.9"),
            ("HTTPS://h:47001/a/b?PSVersion=7.6.9", Some(true), "h", 47001, "/a/b?PSVersion=7.6.9"),
            ("http://h/wsman?PSVersion=7.6.9", Some(false), "h", 80, "/wsman?PSVersion=7.6.9"),
            ("https://h?a=b;PSVersion=7.6.9", Some(true), "h", 443, "/?a=b;PSVersion=7.6.9"),
            ("http://[fe80::1]:99/", Some(false), "[fe80::1]", 99, "/"),
            ("h", None, "h", 5985, "/"),
        ];
        for (text, https, host, port, path) in cases {
            let read = Destination::parse(text).unwrap();
            assert_eq!((read.https, read.host.as_str(), read.path.as_str()), (https, host, path), "{text}");
            assert_eq!(read.port(https.unwrap_or(false)), port, "{text}");
        }
        assert_eq!(Destination::parse("h/wsman").unwrap().port(true), 5986);
        for bad in
            ["", "/wsman", "ftp://h/", "h:0/", "h:x/", "h:99999/", "[::1]x/", "a b/", "user@h/", "h/w s", "h/\r\nX: y"]
        {
            assert_eq!(Destination::parse(bad), Err(NotADestination), "{bad}");
        }
    }
}

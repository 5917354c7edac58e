//! The events, by the numbers and names that the field has (azure-stack-pep.md 6.3), and how they are written: ArcSight's Common Event
//! Format.

use std::fmt;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A session was opened.
    Accessed,
    /// A session handed its transcripts over.
    Closed,
    /// An account was created.
    NewCloudAdminUser,
    /// An account was removed.
    RemoveCloudAdminUser,
    /// An account got a new password.
    SetCloudAdminUserPassword,
    /// A session was idle for too long and was ended.
    SessionTimedOut,
    /// Somebody was not let in. The field has no number for it; this is our own.
    AccessRefused,
}

impl Kind {
    /// Number, name and severity: 10 critical, 8 error, 5 warning, 2 information.
    fn facts(self) -> (u16, &'static str, u8) {
        match self {
            Kind::Accessed => (1000, "PrivilegedEndpointAccessed", 5),
            Kind::Closed => (1005, "PrivilegedEndpointClosed", 5),
            Kind::NewCloudAdminUser => (1006, "NewCloudAdminUser", 10),
            Kind::RemoveCloudAdminUser => (1007, "RemoveCloudAdminUser", 10),
            Kind::SetCloudAdminUserPassword => (1008, "SetCloudAdminUserPassword", 5),
            Kind::SessionTimedOut => (1017, "PrivilegedEndpointSessionTimedOut", 5),
            Kind::AccessRefused => (2000, "PrivilegedEndpointAccessRefused", 8),
        }
    }
}

/// One event. As text it is its CEF line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// The account that did it.
    pub who: String,
    /// Where that came from: an address with its port, or a local user, and whatever is known beside.
    pub source: String,
    /// The account it was done to, or the reason; may be empty.
    pub target: String,
}

impl Event {
    /// The address without its port; `local` for who came through the socket.
    fn ip(&self) -> String {
        let first = self.source.split(',').next().unwrap_or_default();
        first.parse::<std::net::SocketAddr>().map_or_else(|_| "local".to_owned(), |address| address.ip().to_string())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, name, severity) = self.kind.facts();
        write!(
            f,
            "CEF:0.0|Microsoft|Microsoft Azure Stack Hub|1.0|Microsoft-AzureStack-PrivilegedEndpoint: {number}|{name}Event|{severity}|\
             Who={} WhichIP={}",
            escaped(&self.who),
            escaped(&self.ip())
        )?;
        if self.target.is_empty() { Ok(()) } else { write!(f, " Target={}", escaped(&self.target)) }
    }
}

/// A value of the extension: a backslash and `=` are escaped, and no line can be forged.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '=' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: Kind, who: &str, source: &str, target: &str) -> String {
        Event { kind, who: who.into(), source: source.into(), target: target.into() }.to_string()
    }

    #[test]
    fn p_134_each_event_is_a_cef_line_with_who_and_which_ip() {
        let lines = [
            (Kind::Accessed, "1000|PrivilegedEndpointAccessedEvent|5"),
            (Kind::Closed, "1005|PrivilegedEndpointClosedEvent|5"),
            (Kind::NewCloudAdminUser, "1006|NewCloudAdminUserEvent|10"),
            (Kind::RemoveCloudAdminUser, "1007|RemoveCloudAdminUserEvent|10"),
            (Kind::SetCloudAdminUserPassword, "1008|SetCloudAdminUserPasswordEvent|5"),
            (Kind::SessionTimedOut, "1017|PrivilegedEndpointSessionTimedOutEvent|5"),
            (Kind::AccessRefused, "2000|PrivilegedEndpointAccessRefusedEvent|8"),
        ];
        for (kind, middle) in lines {
            let head = "CEF:0.0|Microsoft|Microsoft Azure Stack Hub|1.0|Microsoft-AzureStack-PrivilegedEndpoint: ";
            let expected = format!("{head}{middle}|Who=CloudAdmin WhichIP=192.0.2.9");
            assert_eq!(line(kind, "CloudAdmin", "192.0.2.9:52011, NTLMv2", ""), expected);
        }
    }

    #[test]
    fn addresses_of_all_kinds_and_none() {
        let ip = |source: &str| line(Kind::Accessed, "a", source, "").rsplit_once("WhichIP=").unwrap().1.to_owned();
        assert_eq!(ip("[2001:db8::1]:5985"), "2001:db8::1");
        assert_eq!(ip("local user ann, process 7"), "local");
    }

    #[test]
    fn nobody_forges_a_field_or_a_line() {
        let line = line(Kind::NewCloudAdminUser, "a b=c\\d", "", "x\nCEF:0\u{7}");
        assert!(line.ends_with("|Who=a b\\=c\\\\d WhichIP=local Target=x\\nCEF:0\u{fffd}"), "{line}");
    }
}

use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use uuid::Uuid;

/// Not a GUID in its usual text form. The peer is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an identifier")]
pub struct NotAnId;

macro_rules! guid {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh random one.
            pub fn new() -> $name {
                $name(Uuid::new_v4())
            }

            /// The text form with hyphens, any letter case.
            pub fn parse(text: &str) -> Result<$name, NotAnId> {
                // The crate would also take braces, URNs and 32 bare digits.
                if text.len() != 36 {
                    return Err(NotAnId);
                }
                Uuid::try_parse(text).map($name).map_err(|_| NotAnId)
            }

            /// The same as a GUID.
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $name::new()
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                $name(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:X}", self.0.hyphenated())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

guid! {
    /// What a shell is called, chosen by the client or, for old ones, by the server. Written in capitals.
    ShellId
}

guid! {
    /// What a command is called; PSRP's pipeline id is the same. Written in capitals.
    CommandId
}

/// `a:MessageID`: any text up to 2 KB, given back byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(Arc<str>);

impl MessageId {
    /// `uuid:` and a fresh GUID in capitals.
    pub fn new() -> MessageId {
        MessageId(format!("uuid:{:X}", Uuid::new_v4().hyphenated()).into())
    }

    /// A client's own; none when it is empty or longer than 2 KB.
    pub fn parse(text: &str) -> Option<MessageId> {
        if text.is_empty() || text.len() > 2048 { None } else { Some(MessageId(text.into())) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for MessageId {
    fn default() -> Self {
        MessageId::new()
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_058_ids_are_read_in_any_letter_case_and_written_in_capitals() {
        let id = ShellId::parse("b2e1c91b-a3aa-41B4-B346-405e6a90005b").unwrap();
        assert_eq!(id.to_string(), "B2E1C91B-A3AA-41B4-B346-405E6A90005B");
        for bad in [
            "",
            "1",
            "{B2E1C91B-A3AA-41B4-B346-405E6A90005B}",
            "B2E1C91BA3AA41B4B346405E6A90005B",
            "g2e1c91b-a3aa-41B4-B346-405e6a90005b",
        ] {
            assert_eq!(ShellId::parse(bad), Err(NotAnId), "{bad}");
        }
        assert_ne!(CommandId::new(), CommandId::new());
    }

    #[test]
    fn w_053_a_message_id_is_any_text() {
        assert_eq!(MessageId::parse("uuid:aB <1>").unwrap().as_str(), "uuid:aB <1>");
        assert_eq!(MessageId::parse(""), None);
        assert_eq!(MessageId::parse(&"x".repeat(2049)), None);
    }
}

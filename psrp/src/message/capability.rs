use clixml::{Object, Value, Version};

use crate::fields::{FieldError, Fields};

/// MS-PSRP 2.2.2.1, SESSION_CAPABILITY: what a peer speaks. Its `TimeZone` (a .NET binary blob) is never looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionCapability {
    /// `protocolversion`.
    pub protocol: Version,
    /// `PSVersion`, 2.0 for everybody.
    pub ps: Version,
    /// `SerializationVersion`, 1.1.0.1 for everybody.
    pub serialization: Version,
}

impl SessionCapability {
    /// What everybody sends today, with this protocol version.
    pub const fn new(protocol: Version) -> SessionCapability {
        SessionCapability {
            protocol,
            ps: Version::new(2, 0),
            serialization: Version { major: 1, minor: 1, build: Some(0), revision: Some(1) },
        }
    }

    pub(crate) fn to_value(self) -> Value {
        Object::new()
            .note("protocolversion", self.protocol)
            .note("PSVersion", self.ps)
            .note("SerializationVersion", self.serialization)
            .into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<SessionCapability, FieldError> {
        let fields = Fields::new("SESSION_CAPABILITY", value)?;
        Ok(SessionCapability {
            protocol: fields.version("protocolversion")?,
            ps: fields.version("PSVersion")?,
            serialization: fields.version("SerializationVersion")?,
        })
    }
}

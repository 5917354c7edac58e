use super::{MessageError, SIGNATURE, VERSION, fixed, message_type};
use crate::ntlm::Flags;

/// The longest first message that is looked at: it is kept until the handshake ends. Windows' own never pass 2888
/// bytes.
const MAX: usize = 2888;

/// The client's first message: what it supports (NEGOTIATE_MESSAGE, MS-NLMP 2.2.1.1). Its names are in an unknown code
/// page and mean nothing here, so they are not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Negotiate {
    pub(crate) flags: Flags,
}

impl Negotiate {
    pub(crate) fn parse(message: &[u8]) -> Result<Negotiate, MessageError> {
        message_type(message, 1)?;
        if message.len() > MAX {
            return Err(MessageError::TooLong(MAX));
        }
        Ok(Negotiate { flags: Flags(u32::from_le_bytes(fixed(message, 12)?)) })
    }

    pub(crate) fn encode(self) -> Vec<u8> {
        let version = if self.flags.contains(Flags::VERSION) { VERSION } else { [0; 8] };
        // Two empty names between the flags and the version.
        [&SIGNATURE[..], &1_u32.to_le_bytes(), &self.flags.0.to_le_bytes(), &[0; 16], &version].concat()
    }
}

use super::field::{Fields, Payload};
use super::{MessageError, SIGNATURE, VERSION, fixed, message_type};
use crate::ntlm::Flags;
use crate::ntlm::text::utf16;

const PAYLOAD: usize = 56;
const MAX: usize = 16 * 1024;

/// The server's answer: what it chose, a challenge, and who it is (CHALLENGE_MESSAGE, MS-NLMP 2.2.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge<'a> {
    pub(crate) flags: Flags,
    /// `ServerChallenge`.
    pub(crate) nonce: [u8; 8],
    /// The attributes, still encoded; the client sends them back.
    pub(crate) target_info: &'a [u8],
}

impl<'a> Challenge<'a> {
    pub(crate) fn parse(message: &'a [u8]) -> Result<Challenge<'a>, MessageError> {
        message_type(message, 2)?;
        if message.len() > MAX {
            return Err(MessageError::TooLong(MAX));
        }
        let flags = Flags(u32::from_le_bytes(fixed(message, 20)?));
        // A message without a version may have its payload where the version would be.
        let mut fields = Fields::new(message, if flags.contains(Flags::VERSION) { PAYLOAD } else { PAYLOAD - 8 });
        fields.bytes(12, "TargetName")?;
        let target_info = fields.bytes(40, "TargetInfo")?;
        Ok(Challenge { flags, nonce: fixed(message, 24)?, target_info })
    }

    pub(crate) fn encode(&self, target_name: &str) -> Result<Vec<u8>, MessageError> {
        let mut payload = Payload::new(PAYLOAD);
        let target_name = payload.add(&utf16(target_name), "TargetName")?;
        let target_info = payload.add(self.target_info, "TargetInfo")?;
        let version = if self.flags.contains(Flags::VERSION) { VERSION } else { [0; 8] };
        let flags = self.flags.0.to_le_bytes();
        let head = [&SIGNATURE[..], &2_u32.to_le_bytes(), &target_name, &flags, &self.nonce, &[0; 8]];
        Ok([&head.concat()[..], &target_info, &version, &payload.bytes].concat())
    }
}

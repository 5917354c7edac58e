use super::field::{Fields, Payload};
use super::{AvPairs, MessageError, SIGNATURE, VERSION, fixed, message_type};
use crate::ntlm::Flags;
use crate::ntlm::text::from_utf16;

/// Where the fields that every client sends end.
const FIXED: usize = 64;
const VERSION_LENGTH: usize = 8;
const MIC_LENGTH: usize = 16;
const MAX: usize = 16 * 1024;

/// The client's second message: who it is, and the proof (AUTHENTICATE_MESSAGE, MS-NLMP 2.2.1.3).
#[derive(Debug, Clone)]
pub(crate) struct Authenticate<'a> {
    pub(crate) flags: Flags,
    /// The user as the client spells it.
    pub(crate) user: String,
    /// The domain as the client spells it.
    pub(crate) domain: String,
    /// The domain's bytes, which are part of the response key.
    pub(crate) domain_utf16: &'a [u8],
    pub(crate) lm_response: &'a [u8],
    pub(crate) nt_response: &'a [u8],
    pub(crate) encrypted_session_key: &'a [u8],
    /// Where the MIC would stand, if there is room for one.
    mic_at: Option<usize>,
    message: &'a [u8],
}

impl<'a> Authenticate<'a> {
    pub(crate) fn parse(message: &'a [u8]) -> Result<Authenticate<'a>, MessageError> {
        message_type(message, 3)?;
        if message.len() > MAX {
            return Err(MessageError::TooLong(MAX));
        }
        let flags = Flags(u32::from_le_bytes(fixed(message, 60)?));
        let mut fields = Fields::new(message, FIXED);
        let lm_response = fields.bytes(12, "LmChallengeResponse")?;
        let nt_response = fields.bytes(20, "NtChallengeResponse")?;
        let domain_utf16 = fields.bytes(28, "DomainName")?;
        let user = fields.bytes(36, "UserName")?;
        fields.bytes(44, "Workstation")?;
        let encrypted_session_key = fields.bytes(52, "EncryptedRandomSessionKey")?;
        Ok(Authenticate {
            flags,
            user: from_utf16(user).ok_or(MessageError::Text("UserName"))?,
            domain: from_utf16(domain_utf16).ok_or(MessageError::Text("DomainName"))?,
            domain_utf16,
            lm_response,
            nt_response,
            encrypted_session_key,
            mic_at: mic_place(flags, fields.first()),
            message,
        })
    }

    /// The MIC, and the message as it was when the MIC was made: with zeros in its place. None when there is no room
    /// for one between the fixed part and the first field.
    pub(crate) fn mic(&self) -> Option<([u8; MIC_LENGTH], Vec<u8>)> {
        let at = self.mic_at?;
        let mic = fixed(self.message, at).ok()?;
        let mut blank = self.message.to_vec();
        blank.get_mut(at..at + MIC_LENGTH)?.fill(0);
        Some((mic, blank))
    }
}

/// The MIC follows the version, which is there even when nobody asked for it (MS-NLMP 2.2.1.3), though clients exist
/// that leave it out then.
fn mic_place(flags: Flags, first_field: usize) -> Option<usize> {
    let after_version = FIXED + VERSION_LENGTH;
    if first_field >= after_version + MIC_LENGTH {
        Some(after_version)
    } else if first_field >= FIXED + MIC_LENGTH && !flags.contains(Flags::VERSION) {
        Some(FIXED)
    } else {
        None
    }
}

/// The proof, taken apart (NTLMv2_CLIENT_CHALLENGE, MS-NLMP 2.2.2.7).
#[derive(Debug, Clone)]
pub(crate) struct ClientChallenge<'a> {
    pub(crate) nt_proof: [u8; 16],
    /// Everything after the proof, as received: the proof is over exactly these bytes.
    pub(crate) temp: &'a [u8],
    pub(crate) av_pairs: AvPairs<'a>,
}

impl<'a> ClientChallenge<'a> {
    pub(crate) fn parse(nt_response: &'a [u8]) -> Result<ClientChallenge<'a>, MessageError> {
        let wrong = MessageError::Length("NtChallengeResponse", nt_response.len());
        let (nt_proof, temp) = nt_response.split_first_chunk::<16>().ok_or(wrong)?;
        // Versions, six reserved bytes, the time, the client's challenge, four reserved bytes.
        let (head, av_pairs) = temp.split_first_chunk::<28>().ok_or(wrong)?;
        if !head.starts_with(&[1, 1]) {
            return Err(MessageError::ResponseVersion);
        }
        Ok(ClientChallenge { nt_proof: *nt_proof, temp, av_pairs: AvPairs::parse(av_pairs)? })
    }
}

/// What an AUTHENTICATE_MESSAGE is written from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuthenticateParts<'a> {
    pub(crate) flags: Flags,
    pub(crate) domain: &'a [u8],
    pub(crate) user: &'a [u8],
    pub(crate) workstation: &'a [u8],
    pub(crate) lm_response: &'a [u8],
    pub(crate) nt_response: &'a [u8],
    pub(crate) encrypted_session_key: &'a [u8],
    /// The message has a MIC field.
    pub(crate) mic: bool,
}

impl AuthenticateParts<'_> {
    /// The message; its MIC, if it has one, is still zero.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, MessageError> {
        let mic: &[u8] = if self.mic { &[0; MIC_LENGTH] } else { &[] };
        let mut payload = Payload::new(FIXED + VERSION_LENGTH + mic.len());
        let domain = payload.add(self.domain, "DomainName")?;
        let user = payload.add(self.user, "UserName")?;
        let workstation = payload.add(self.workstation, "Workstation")?;
        let lm = payload.add(self.lm_response, "LmChallengeResponse")?;
        let nt = payload.add(self.nt_response, "NtChallengeResponse")?;
        let key = payload.add(self.encrypted_session_key, "EncryptedRandomSessionKey")?;
        let version = if self.flags.contains(Flags::VERSION) { VERSION } else { [0; 8] };
        let head = [&SIGNATURE[..], &3_u32.to_le_bytes(), &lm, &nt, &domain, &user, &workstation, &key];
        Ok([&head.concat()[..], &self.flags.0.to_le_bytes(), &version, mic, &payload.bytes].concat())
    }

    /// Puts the MIC into an encoded message.
    pub(crate) fn put_mic(message: &mut [u8], mic: &[u8; MIC_LENGTH]) {
        let at = FIXED + VERSION_LENGTH;
        if let Some(place) = message.get_mut(at..at + MIC_LENGTH) {
            place.copy_from_slice(mic);
        }
    }
}

//! The three messages of a handshake (MS-NLMP 2.2.1). Each is parsed once, bounds and all, into a closed type; the
//! bytes themselves are kept beside it, because the MIC is over what was sent.

mod authenticate;
mod av_pair;
mod challenge;
mod field;
mod negotiate;

pub(crate) use authenticate::{Authenticate, AuthenticateParts, ClientChallenge};
pub(crate) use av_pair::{AvFlags, AvId, AvPairs};
pub(crate) use challenge::Challenge;
pub(crate) use negotiate::Negotiate;

use thiserror::Error;

/// What every message begins with.
pub(crate) const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// Why bytes are not the NTLM message that belongs here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MessageError {
    /// Shorter than its fixed part.
    #[error("the message is cut off")]
    Truncated,
    /// Longer than any such message is.
    #[error("the message is longer than {0} bytes")]
    TooLong(usize),
    /// Not `NTLMSSP`.
    #[error("the message does not begin with NTLMSSP")]
    Signature,
    /// A message of another step of the handshake.
    #[error("the message has type {0}")]
    Type(u32),
    /// A field points outside the message or into its fixed part.
    #[error("the {0} field points outside the payload")]
    OutOfBounds(&'static str),
    /// Two fields share bytes.
    #[error("the {0} field overlaps another one")]
    Overlap(&'static str),
    /// A name is not UTF-16.
    #[error("the {0} field is not UTF-16")]
    Text(&'static str),
    /// A field has a length that it cannot have.
    #[error("the {0} field has {1} bytes")]
    Length(&'static str, usize),
    /// The list of attributes is cut off, has no end, or says something twice.
    #[error("the attributes are malformed")]
    AvPairs,
    /// A response of a version that does not exist.
    #[error("the response has an unknown version")]
    ResponseVersion,
}

/// The fixed part of every message.
fn message_type(message: &[u8], expected: u32) -> Result<(), MessageError> {
    let head = message.first_chunk::<12>().ok_or(MessageError::Truncated)?;
    let [.., a, b, c, d] = *head;
    if !head.starts_with(SIGNATURE) {
        return Err(MessageError::Signature);
    }
    match u32::from_le_bytes([a, b, c, d]) {
        found if found == expected => Ok(()),
        found => Err(MessageError::Type(found)),
    }
}

/// `N` bytes at a fixed place.
fn fixed<const N: usize>(message: &[u8], at: usize) -> Result<[u8; N], MessageError> {
    message.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or(MessageError::Truncated)
}

/// What a message that carries VERSION says of its sender (MS-NLMP 2.2.2.10): a Windows 10 of no particular build,
/// revision 15. Nobody acts on it, some refuse to do without.
const VERSION: [u8; 8] = [10, 0, 0, 0, 0, 0, 0, 15];

use thiserror::Error;

/// A message for the wire: what authenticates it, and its encrypted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The signature or GSS token that goes before the text; 16 bytes for NTLM, 60 for Kerberos with AES and SHA-1.
    pub token: Vec<u8>,
    /// The encrypted text; as long as the plain one for NTLM.
    pub data: Vec<u8>,
}

/// Why a message could not be sealed or opened. Every one of these ends the connection: the two sides no longer stand
/// at the same place of the key stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// The peer's token is not one.
    #[error("the message's token is malformed")]
    Token,
    /// The message is not the next one: replayed, reordered, or one is missing.
    #[error("the message's sequence number is not the next one")]
    Sequence,
    /// The message was changed, or sealed with other keys.
    #[error("the message's signature does not match")]
    Signature,
    /// The peer goes on after a message that failed.
    #[error("an earlier message of this connection failed")]
    Broken,
    /// More messages than the sequence number counts.
    #[error("the connection has used up its sequence numbers")]
    Exhausted,
}

/// Message security of one authenticated connection. Messages are opened in the order in which the peer sealed them,
/// each once.
pub trait Sealing: Send {
    /// Encrypts and signs the next message to the peer.
    fn seal(&mut self, message: Vec<u8>) -> Result<Sealed, SealError>;

    /// Decrypts and verifies the next message of the peer. After an error nothing is opened any more.
    fn unseal(&mut self, token: &[u8], data: Vec<u8>) -> Result<Vec<u8>, SealError>;
}

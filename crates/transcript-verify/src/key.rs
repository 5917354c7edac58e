use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// The half of the record's key that may be known to everybody (Ed25519, RFC 8032).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// Not the base64 of 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a public key: it is one line of base64 that stands for 32 bytes")]
pub struct NotAKey;

impl PublicKey {
    /// Its 32 bytes.
    pub fn new(bytes: [u8; 32]) -> PublicKey {
        PublicKey(bytes)
    }

    /// The text of a key file: base64.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn parse(text: &str) -> Result<PublicKey, NotAKey> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| NotAKey)?;
        bytes.try_into().map(PublicKey).map_err(|_| NotAKey)
    }

    /// As it stands in a file.
    pub fn to_text(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Whether this key's owner signed it.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{
    KeySize, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::SessionKey;
use super::blob::{BlobError, RsaPublicKey, from_simple_blob, to_simple_blob};
use crate::message::{EncryptedSessionKey, PublicKey};

/// The key exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The peer sent something else than a key.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The key cannot be worked with, or the session key was not sealed for us.
    #[error("the key cannot be used")]
    Unusable,
}

/// The server's part: seals the session key for a client's public key.
pub fn seal_for(public_key: &PublicKey, session_key: &SessionKey) -> Result<EncryptedSessionKey, ExchangeError> {
    let blob = STANDARD.decode(public_key.public_key.trim()).map_err(|_| BlobError::NotBase64)?;
    let der = RsaPublicKey::from_blob(&blob)?.to_der();
    let key = PublicEncryptingKey::from_der(&der).map_err(|_| ExchangeError::Unusable)?;
    let key = Pkcs1PublicEncryptingKey::new(key).map_err(|_| ExchangeError::Unusable)?;
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let ciphertext = key.encrypt(session_key.bytes(), &mut ciphertext).map_err(|_| ExchangeError::Unusable)?;
    Ok(EncryptedSessionKey { encrypted_session_key: STANDARD.encode(to_simple_blob(ciphertext)).into() })
}

/// The client's part: a key pair of 2048 bits.
pub struct RsaKeyPair {
    private: Pkcs1PrivateDecryptingKey,
    public: PublicKey,
}

impl RsaKeyPair {
    /// Makes a new one; this takes a while (some tens of milliseconds).
    pub fn generate() -> Result<RsaKeyPair, ExchangeError> {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(|_| ExchangeError::Unusable)?;
        let der = private.public_key().as_der().map_err(|_| ExchangeError::Unusable)?;
        let public = RsaPublicKey::from_der(der.as_ref()).ok_or(ExchangeError::Unusable)?;
        let public = PublicKey { public_key: STANDARD.encode(public.to_blob()).into() };
        let private = Pkcs1PrivateDecryptingKey::new(private).map_err(|_| ExchangeError::Unusable)?;
        Ok(RsaKeyPair { private, public })
    }

    /// What is sent to the server.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Opens what the server answers.
    pub fn open(&self, sealed: &EncryptedSessionKey) -> Result<SessionKey, ExchangeError> {
        let blob = STANDARD.decode(sealed.encrypted_session_key.trim()).map_err(|_| BlobError::NotBase64)?;
        let ciphertext = from_simple_blob(&blob)?;
        let mut clear = Zeroizing::new(vec![0; self.private.min_output_size()]);
        let clear = self.private.decrypt(&ciphertext, &mut clear).map_err(|_| ExchangeError::Unusable)?;
        <[u8; 32]>::try_from(&*clear).map(SessionKey::new).map_err(|_| ExchangeError::Unusable)
    }
}

impl fmt::Debug for RsaKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKeyPair")
    }
}

#[cfg(test)]
mod tests {
    use clixml::SecureStringCipher;

    use super::*;

    #[test]
    fn both_sides_end_with_the_same_key() {
        let pair = RsaKeyPair::generate().unwrap();
        let servers = SessionKey::new([9; 32]);
        let sealed = seal_for(pair.public_key(), &servers).unwrap();
        let clients = pair.open(&sealed).unwrap();
        let cell = servers.seal("text").unwrap();
        assert_eq!(clients.open(&cell).unwrap().expose(), "text");
    }

    #[test]
    fn a_key_of_a_real_client_is_taken() {
        let real = include_str!("../../../fixtures/psrp/public-key.txt");
        let public_key = PublicKey { public_key: real.trim().into() };
        assert!(seal_for(&public_key, &SessionKey::new([1; 32])).is_ok());
    }

    fn refused(blob: &[u8]) -> BlobError {
        let public_key = PublicKey { public_key: STANDARD.encode(blob).into() };
        match seal_for(&public_key, &SessionKey::new([1; 32])) {
            Err(ExchangeError::Blob(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn weak_and_odd_keys_are_refused() {
        let good = STANDARD.decode(&RsaKeyPair::generate().unwrap().public_key().public_key).unwrap();
        let with = |at: usize, bytes: &[u8]| {
            let mut blob = good.clone();
            blob[at..at + bytes.len()].copy_from_slice(bytes);
            blob
        };
        assert_eq!(refused(b""), BlobError::NotRsa);
        assert_eq!(refused(&with(0, &[7])), BlobError::NotRsa);
        assert_eq!(refused(&with(8, b"RSA2")), BlobError::NotRsa);
        assert_eq!(refused(&with(12, &1024_u32.to_le_bytes())), BlobError::Size { bits: 1024 });
        assert_eq!(refused(&with(12, &8192_u32.to_le_bytes())), BlobError::Size { bits: 8192 });
        assert_eq!(refused(&with(16, &1_u32.to_le_bytes())), BlobError::Exponent { exponent: 1 });
        assert_eq!(refused(&with(16, &4_u32.to_le_bytes())), BlobError::Exponent { exponent: 4 });
        assert_eq!(refused(&good[..good.len() - 1]), BlobError::Modulus);
        assert_eq!(refused(&with(good.len() - 1, &[1])), BlobError::Modulus);
    }
}

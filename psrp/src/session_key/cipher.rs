use std::fmt;

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use clixml::{Secret, SecureStringCipher, utf16_le};
use zeroize::Zeroizing;

/// An AES-256 key. A secure string is base64 of the AES-256-CBC of its UTF-16LE text, with an initialization vector of zeros and
/// PKCS#7 padding: that is the protocol's, and why there is 2.4.
#[derive(Clone)]
pub struct SessionKey(Zeroizing<[u8; 32]>);

const IV: [u8; 16] = [0; 16];

impl SessionKey {
    /// From 32 bytes that must be fresh from a random source.
    pub fn new(bytes: [u8; 32]) -> SessionKey {
        SessionKey(Zeroizing::new(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl SecureStringCipher for SessionKey {
    fn seal(&self, text: &str) -> Option<String> {
        let clear: Zeroizing<Vec<u8>> = Zeroizing::new(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        let cipher = cbc::Encryptor::<Aes256>::new((&*self.0).into(), (&IV).into());
        Some(STANDARD.encode(cipher.encrypt_padded_vec::<Pkcs7>(&clear)))
    }

    fn open(&self, cell: &str) -> Option<Secret> {
        let sealed = STANDARD.decode(cell.trim()).ok()?;
        let cipher = cbc::Decryptor::<Aes256>::new((&*self.0).into(), (&IV).into());
        let clear = Zeroizing::new(cipher.decrypt_padded_vec::<Pkcs7>(&sealed).ok()?);
        utf16_le(&clear)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_and_is_not_seen_on_the_way() {
        let key = SessionKey::new([7; 32]);
        for text in ["", "P@ssw0rd!", "1234567", "pässwörd \u{1F511}"] {
            let cell = key.seal(text).unwrap();
            assert_eq!(key.open(&cell).unwrap().expose(), text);
            assert!(!cell.contains("cABhAH"));
        }
    }

    #[test]
    fn what_is_no_cell_of_this_key_is_not_opened() {
        let cell = SessionKey::new([7; 32]).seal("text").unwrap();
        assert!(SessionKey::new([8; 32]).open(&cell).is_none());
        for broken in ["", "x", "AAAA", &cell[..20]] {
            assert!(SessionKey::new([7; 32]).open(broken).is_none(), "{broken}");
        }
    }
}

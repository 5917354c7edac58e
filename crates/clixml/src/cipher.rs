use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::Secret;

/// How a session writes and reads the text of a [`SecureString`](crate::SecureString) (MS-PSRP 2.2.5.1.24).
pub trait SecureStringCipher {
    /// The cell to write for this text. `None` if there is no key yet: `Nil` is written instead.
    fn seal(&self, text: &str) -> Option<String>;

    /// The text of a cell. `None` if there is no key yet or it does not fit: the cell stays as it came.
    fn open(&self, cell: &str) -> Option<Secret>;

    /// The cell to write for one that nobody opened: itself.
    fn pass_on(&self, cell: &str) -> Option<String> {
        Some(cell.to_owned())
    }
}

/// Protocol version 2.4: the channel below protects the text, the cell is the base64 of its UTF-16.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl SecureStringCipher for Plain {
    fn seal(&self, text: &str) -> Option<String> {
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        Some(BASE64_STANDARD.encode(&*bytes))
    }

    fn open(&self, cell: &str) -> Option<Secret> {
        utf16_le(&Zeroizing::new(BASE64_STANDARD.decode(cell.trim()).ok()?))
    }
}

/// The text of a secret whose bytes are UTF-16 in Windows' byte order. A surrogate alone becomes U+FFFD; `None` if half a unit is left.
pub fn utf16_le(bytes: &[u8]) -> Option<Secret> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let units: Zeroizing<Vec<u16>> = Zeroizing::new(pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect());
    Some(Secret::new(String::from_utf16_lossy(&units)))
}

/// For records: writes the same few stars for every secret and opens none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Masked;

impl Masked {
    /// What stands in the place of a secret.
    pub const MASK: &'static str = "********";
}

impl SecureStringCipher for Masked {
    fn seal(&self, _: &str) -> Option<String> {
        Some(Masked::MASK.to_owned())
    }

    fn open(&self, _: &str) -> Option<Secret> {
        None
    }

    fn pass_on(&self, _: &str) -> Option<String> {
        Some(Masked::MASK.to_owned())
    }
}

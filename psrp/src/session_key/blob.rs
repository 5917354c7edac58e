//! The two key formats of the Windows CryptoAPI that PSRP uses, and the public key format that everybody else uses.
//!
//! ```text
//! PUBLICKEYBLOB   06 02 00 00 │ 00 A4 00 00 │ "RSA1" │ bits u32 │ exponent u32 │ modulus          (all little-endian)
//! SIMPLEBLOB      01 02 00 00 │ 10 66 00 00 │ 00 A4 00 00 │ RSA PKCS#1 v1.5 ciphertext, byte-reversed
//! ```

/// The peer's blob is no key that we work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// Not base64.
    #[error("the key is not base64")]
    NotBase64,
    /// Another format.
    #[error("the key is not a CryptoAPI blob of an RSA key")]
    NotRsa,
    /// Too weak, or too much work: 2048 to 4096 bits are taken.
    #[error("the key has {bits} bits")]
    Size {
        /// As told.
        bits: u32,
    },
    /// An exponent that is even or less than 3.
    #[error("the key has the exponent {exponent}")]
    Exponent {
        /// As told.
        exponent: u32,
    },
    /// The modulus is missing a part, or is even.
    #[error("the key has no proper modulus")]
    Modulus,
}

const PUBLIC_KEY_BLOB: &[u8] = b"\x06\x02\0\0\0\xa4\0\0RSA1";
const SIMPLE_BLOB: &[u8] = b"\x01\x02\0\0\x10\x66\0\0\0\xa4\0\0";

/// An RSA public key.
pub(super) struct RsaPublicKey {
    /// Big-endian, without zeros in front.
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: u32,
}

impl RsaPublicKey {
    pub(super) fn from_blob(blob: &[u8]) -> Result<RsaPublicKey, BlobError> {
        let rest = blob.strip_prefix(PUBLIC_KEY_BLOB).ok_or(BlobError::NotRsa)?;
        let (bits, rest) = rest.split_first_chunk().ok_or(BlobError::NotRsa)?;
        let (exponent, modulus) = rest.split_first_chunk().ok_or(BlobError::NotRsa)?;
        let (bits, exponent) = (u32::from_le_bytes(*bits), u32::from_le_bytes(*exponent));
        if !(2048..=4096).contains(&bits) || bits % 8 != 0 {
            return Err(BlobError::Size { bits });
        }
        if exponent < 3 || exponent.is_multiple_of(2) {
            return Err(BlobError::Exponent { exponent });
        }
        let (Some(last), Some(first)) = (modulus.last(), modulus.first()) else { return Err(BlobError::Modulus) };
        if modulus.len() * 8 != bits as usize || last & 0x80 == 0 || first % 2 == 0 {
            return Err(BlobError::Modulus);
        }
        Ok(RsaPublicKey { modulus: modulus.iter().rev().copied().collect(), exponent })
    }

    pub(super) fn to_blob(&self) -> Vec<u8> {
        let bits = u32::try_from(self.modulus.len() * 8).unwrap_or(u32::MAX);
        let mut blob = PUBLIC_KEY_BLOB.to_vec();
        blob.extend_from_slice(&bits.to_le_bytes());
        blob.extend_from_slice(&self.exponent.to_le_bytes());
        blob.extend(self.modulus.iter().rev());
        blob
    }

    /// As a `SubjectPublicKeyInfo` (RFC 3279 2.3.1).
    pub(super) fn to_der(&self) -> Vec<u8> {
        const RSA_ENCRYPTION: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
        let exponent = self.exponent.to_be_bytes();
        let key = [der_integer(&self.modulus), der_integer(&exponent)].concat();
        let key = [&[0][..], &der(0x30, &key)].concat();
        der(0x30, &[RSA_ENCRYPTION, &der(0x03, &key)].concat())
    }

    /// From a `SubjectPublicKeyInfo` that this program made: nothing but the two numbers is looked at.
    pub(super) fn from_der(spki: &[u8]) -> Option<RsaPublicKey> {
        let (spki, _) = read_der(spki, 0x30)?;
        let (_, rest) = read_der(spki, 0x30)?;
        let (bits, _) = read_der(rest, 0x03)?;
        let (key, _) = read_der(bits.strip_prefix(&[0])?, 0x30)?;
        let (modulus, rest) = read_der(key, 0x02)?;
        let (exponent, _) = read_der(rest, 0x02)?;
        let exponent = exponent.iter().try_fold(0_u32, |n, byte| Some(n.checked_mul(256)? + u32::from(*byte)))?;
        Some(RsaPublicKey { modulus: without_zeros(modulus).to_vec(), exponent })
    }
}

/// Wraps the ciphertext of a session key.
pub(super) fn to_simple_blob(ciphertext: &[u8]) -> Vec<u8> {
    SIMPLE_BLOB.iter().copied().chain(ciphertext.iter().rev().copied()).collect()
}

/// Takes the ciphertext of a session key out again.
pub(super) fn from_simple_blob(blob: &[u8]) -> Result<Vec<u8>, BlobError> {
    let reversed = blob.strip_prefix(SIMPLE_BLOB).ok_or(BlobError::NotRsa)?;
    Ok(reversed.iter().rev().copied().collect())
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.split_at_checked(zeros).map_or(number, |(_, rest)| rest)
}

fn der_integer(number: &[u8]) -> Vec<u8> {
    let number = without_zeros(number);
    let sign: &[u8] = if number.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    der(0x02, &[sign, number].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let mut out = vec![tag];
    match without_zeros(&length) {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | long.len().to_le_bytes()[0]);
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

fn read_der(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = input.strip_prefix(&[tag])?.split_first()?;
    if *first < 0x80 {
        return rest.split_at_checked(usize::from(*first));
    }
    let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    let length = length.iter().try_fold(0_usize, |n, byte| n.checked_mul(256)?.checked_add(usize::from(*byte)))?;
    rest.split_at_checked(length)
}

//! The old primitives that NTLM is made of, each infallible: all keys here have 16 bytes.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use rc4::{Rc4, StreamCipher};
use zeroize::Zeroizing;

/// A key that leaves memory with its owner.
pub(crate) type Key = Zeroizing<[u8; 16]>;

/// HMAC-MD5 over the parts one after the other (MS-NLMP 6, `HMAC_MD5`).
pub(crate) fn hmac_md5(key: &[u8; 16], parts: &[&[u8]]) -> Key {
    // HMAC pads a short key with zeros to the hash's block (RFC 2104 2); padded here, no length can be wrong.
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Md5>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// MD5 over the parts one after the other.
pub(crate) fn md5(parts: &[&[u8]]) -> Key {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    Zeroizing::new(hash.finalize().into())
}

/// A key stream (MS-NLMP 6, `RC4Init`).
pub(crate) fn rc4(key: &[u8; 16]) -> Rc4 {
    // RC4 repeats its key until 256 bytes are full, so a key written twice is the same key; 32 bytes is the length
    // that needs no check.
    let mut twice = Zeroizing::new([0; 32]);
    for (to, from) in twice.iter_mut().zip(key.iter().cycle()) {
        *to = *from;
    }
    Rc4::new((&*twice).into())
}

/// Encrypts or decrypts one key with another (MS-NLMP 6, `RC4K`).
pub(crate) fn rc4k(key: &[u8; 16], value: &[u8; 16]) -> Key {
    let mut out = Zeroizing::new(*value);
    rc4(key).apply_keystream(&mut *out);
    out
}

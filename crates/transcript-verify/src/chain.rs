//! The hash chain: each line of a journal starts with the SHA-256 of the line before's hash and of its own text, so that a
//! line that was changed, taken out, put in or moved no longer fits.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The hash of the last line, from which that of the next is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain([u8; 32]);

impl Chain {
    /// The start of a session's chain: the hash of the session's id, so that two sessions' lines never fit each other.
    pub fn start(session: &str) -> Chain {
        Chain(Sha256::digest(session.as_bytes()).into())
    }

    /// Takes one line's text in and answers with its hash in hexadecimal.
    pub fn next(&mut self, text: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(text.as_bytes());
        self.0 = hash.finalize().into();
        self.hex()
    }

    /// Takes in a line that was read: whether its hash fits.
    pub fn fits(&mut self, hash: &[u8], text: &[u8]) -> bool {
        let mut sha = Sha256::new();
        sha.update(self.0);
        sha.update(text);
        self.0 = sha.finalize().into();
        let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        let expected = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        hash.iter().copied().eq(expected)
    }

    /// The hash of the last line.
    pub fn hash(&self) -> [u8; 32] {
        self.0
    }

    /// The same in hexadecimal.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

use std::fmt;

use zeroize::Zeroizing;

/// Thirty-two fresh bytes from the system's random source, used up by one step of a handshake. This crate draws none
/// itself, so a test can repeat a handshake byte for byte.
pub struct Entropy(Zeroizing<[u8; 32]>);

impl Entropy {
    /// Takes the bytes over. The same bytes twice would repeat a challenge or a session key: draw new ones each time.
    pub fn new(bytes: [u8; 32]) -> Entropy {
        Entropy(Zeroizing::new(bytes))
    }

    /// Eight bytes for a challenge.
    pub(crate) fn challenge(&self) -> [u8; 8] {
        let bytes: &[u8; 32] = &self.0;
        let mut challenge = [0; 8];
        challenge.copy_from_slice(&bytes[..8]);
        challenge
    }

    /// Sixteen bytes for a key, none of them shared with the challenge.
    pub(crate) fn key(self) -> Zeroizing<[u8; 16]> {
        let bytes: &[u8; 32] = &self.0;
        let mut key = Zeroizing::new([0; 16]);
        key.copy_from_slice(&bytes[8..24]);
        key
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

use std::fmt;

use md4::{Digest, Md4};
use zeroize::{Zeroize, Zeroizing};

use super::text::utf16;

/// What NTLM knows of a password: MD4 over its UTF-16 (`NTOWFv1`, MS-NLMP 3.3.1). As good as the password itself to
/// whoever has it.
#[derive(Clone)]
pub struct NtHash(Zeroizing<[u8; 16]>);

impl NtHash {
    /// The hash of a password.
    pub fn of_password(password: &str) -> NtHash {
        let text = Zeroizing::new(utf16(password));
        let mut digest: [u8; 16] = Md4::digest(&*text).into();
        let hash = NtHash::from_bytes(digest);
        digest.zeroize();
        hash
    }

    /// A hash as an account store keeps it.
    pub fn from_bytes(bytes: [u8; 16]) -> NtHash {
        NtHash(Zeroizing::new(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for NtHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NtHash")
    }
}

/// An account that may log on with NTLM.
#[derive(Debug, Clone)]
pub struct NtAccount {
    /// The account as its store spells it: what the client wrote may differ in letter case.
    pub name: String,
    /// The hash of its password.
    pub nt_hash: NtHash,
}

/// The accounts that NTLM may ask for.
pub trait NtHashes: Send + Sync {
    /// The account of this user. Letter case does not matter (MS-NLMP 3.2.5.1.2). `domain` is what the client wrote
    /// before `\` or after `@`, and empty when it wrote neither; a store of local accounts takes any, as Windows does
    /// (MS-NLMP note 77). `None` means unknown, locked, or not allowed to use NTLM.
    ///
    /// A look-up that finds nothing must take as long as one that finds something; what follows it does.
    fn nt_hash(&self, user: &str, domain: &str) -> Option<NtAccount>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_password_is_the_documented_one() {
        // MS-NLMP 4.2.2.1.2
        let expected = 0xa4f4_9c40_6510_bdca_b682_4ee7_c30f_d852_u128.to_be_bytes();
        assert_eq!(NtHash::of_password("Password").as_bytes(), &expected);
    }
}

//! What is kept of a password: an Argon2id hash, and the NT hash for NTLM.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use clixml::Secret;
use md4::{Digest, Md4};
use zeroize::{Zeroize, Zeroizing};

use crate::StoreError;

/// Hashes passwords, a few at a time: each hash takes 19 MiB while it is made, so a flood of guesses waits here.
#[derive(Debug)]
pub(crate) struct Hasher {
    free: Mutex<usize>,
    returned: Condvar,
    /// Verified in place of the hash of an account that does not exist, so that both take as long.
    nobody: String,
}

impl Hasher {
    pub(crate) fn new() -> Result<Hasher, StoreError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut random = Zeroizing::new([0; 16]);
        getrandom::fill(&mut *random).map_err(|_| StoreError::Random)?;
        Ok(Hasher { free: Mutex::new(cores), returned: Condvar::new(), nobody: hash(&*random)? })
    }

    /// The hash in PHC form, with a salt of its own.
    pub(crate) fn hash(&self, password: &Secret) -> Result<String, StoreError> {
        let _turn = self.turn();
        hash(password.expose().as_bytes())
    }

    /// Is it the password of this hash? `None` takes as long and answers no.
    pub(crate) fn verify(&self, password: &Secret, stored: Option<&str>) -> Result<bool, StoreError> {
        let _turn = self.turn();
        let parsed = PasswordHash::new(stored.unwrap_or(&self.nobody)).map_err(|_| StoreError::Hash)?;
        match Argon2::default().verify_password(password.expose().as_bytes(), &parsed) {
            Ok(()) => Ok(stored.is_some()),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(_) => Err(StoreError::Hash),
        }
    }

    fn turn(&self) -> Turn<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.returned.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Turn(self)
    }
}

struct Turn<'a>(&'a Hasher);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.returned.notify_one();
    }
}

fn hash(password: &[u8]) -> Result<String, StoreError> {
    let hash = Argon2::default().hash_password(password).map_err(|_| StoreError::Hash)?;
    Ok(hash.to_string())
}

/// MD4 over the password's UTF-16 (MS-NLMP 3.3.1): as good as the password itself, so it is stored sealed only.
pub(crate) fn nt_hash(password: &Secret) -> Zeroizing<[u8; 16]> {
    let mut text = Zeroizing::new(Vec::with_capacity(password.expose().len() * 2));
    text.extend(password.expose().encode_utf16().flat_map(u16::to_le_bytes));
    let mut digest: [u8; 16] = Md4::digest(&*text).into();
    let hash = Zeroizing::new(digest);
    digest.zeroize();
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_verifies() {
        let hasher = Hasher::new().unwrap();
        let stored = hasher.hash(&Secret::new("Grüße aus 1 Haus")).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hasher.verify(&Secret::new("Grüße aus 1 Haus"), Some(&stored)).unwrap());
        assert!(!hasher.verify(&Secret::new("grüße aus 1 haus"), Some(&stored)).unwrap());
        assert!(!hasher.verify(&Secret::new(""), None).unwrap());
    }

    #[test]
    fn the_nt_hash_is_the_documented_one() {
        // MS-NLMP 4.2.2.1.2
        let expected = 0xa4f4_9c40_6510_bdca_b682_4ee7_c30f_d852_u128.to_be_bytes();
        assert_eq!(*nt_hash(&Secret::new("Password")), expected);
    }
}

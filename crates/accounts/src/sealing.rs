//! Secrets at rest: sealed with a key that is kept outside the database, so that the database alone tells nothing.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

use crate::StoreError;
use crate::directory::{create_private_file, refuse_if_open_to_others, sync_directory};

const KEY_LEN: usize = 32;

/// AES-256-GCM under the key of `secrets.key`.
pub(crate) struct SealingKey(RandomizedNonceKey);

impl SealingKey {
    /// Reads the key. None if there is no such file.
    pub(crate) fn read(path: &Path) -> Result<Option<SealingKey>, StoreError> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::file("open", path, error)),
        };
        let metadata = file.metadata().map_err(|error| StoreError::file("look at", path, error))?;
        refuse_if_open_to_others(&metadata, path)?;
        let mut bytes = Zeroizing::new([0; KEY_LEN + 1]);
        let mut length = 0;
        while let Some(rest @ [_, ..]) = bytes.get_mut(length..) {
            match file.read(rest).map_err(|error| StoreError::file("read", path, error))? {
                0 => break,
                more => length += more,
            }
        }
        match bytes.split_last() {
            Some((_, key)) if length == KEY_LEN => SealingKey::new(key).map(Some),
            _ => Err(StoreError::KeyLength { path: path.to_owned() }),
        }
    }

    /// Makes a key and keeps it, durably and at once or not at all.
    pub(crate) fn create(path: &Path) -> Result<SealingKey, StoreError> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        getrandom::fill(&mut *key).map_err(|_| StoreError::Random)?;
        let unfinished = path.with_extension("key.new");
        let write = || {
            match fs::remove_file(&unfinished) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = create_private_file(&unfinished)?;
            file.write_all(&*key)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)?;
            sync_directory(path)
        };
        write().map_err(|error| StoreError::file("write", path, error))?;
        SealingKey::new(&*key)
    }

    fn new(key: &[u8]) -> Result<SealingKey, StoreError> {
        RandomizedNonceKey::new(&AES_256_GCM, key).map(SealingKey).map_err(|_| StoreError::Seal)
    }

    /// Nonce, ciphertext and tag. `purpose` says whose secret it is: it opens under the same words only.
    pub(crate) fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, StoreError> {
        // Room for the tag from the start, or growing would leave the clear text behind.
        let mut text = Zeroizing::new(Vec::with_capacity(secret.len() + AES_256_GCM.tag_len()));
        text.extend_from_slice(secret);
        let nonce =
            self.0.seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut *text).map_err(|_| StoreError::Seal)?;
        Ok([nonce.as_ref().as_slice(), &text].concat())
    }

    /// What was sealed for this purpose; an error for anything else.
    pub(crate) fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(StoreError::Opening)?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .0
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| StoreError::Opening)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> (tempfile::TempDir, SealingKey) {
        let directory = tempfile::tempdir().unwrap();
        let key = SealingKey::create(&directory.path().join("secrets.key")).unwrap();
        (directory, key)
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_purpose_only() {
        let (_directory, key) = key();
        let sealed = key.seal("nt-hash:alice", b"sixteen bytes ..").unwrap();
        assert_eq!(**key.open("nt-hash:alice", &sealed).unwrap(), *b"sixteen bytes ..");
        assert!(matches!(key.open("nt-hash:bob", &sealed), Err(StoreError::Opening)));
    }

    #[test]
    fn a_changed_or_cut_seal_does_not_open() {
        let (_directory, key) = key();
        let sealed = key.seal("x", b"secret").unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key.open("x", &changed).is_err(), "byte {place}");
            assert!(key.open("x", &sealed[..place]).is_err(), "first {place} bytes");
        }
    }

    #[test]
    fn the_same_key_is_read_again() {
        let (directory, key) = key();
        let path = directory.path().join("secrets.key");
        let sealed = key.seal("x", b"secret").unwrap();
        let again = SealingKey::read(&path).unwrap().unwrap();
        assert_eq!(**again.open("x", &sealed).unwrap(), *b"secret");
        assert!(SealingKey::read(&directory.path().join("other.key")).unwrap().is_none());
    }

    #[test]
    fn a_key_of_the_wrong_length_is_refused() {
        let (directory, _key) = key();
        let path = directory.path().join("secrets.key");
        for length in [0, 31, 33] {
            fs::write(&path, vec![7; length]).unwrap();
            assert!(matches!(SealingKey::read(&path), Err(StoreError::KeyLength { .. })), "{length}");
        }
    }
}

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use transcript_verify::PublicKey;
use zeroize::Zeroizing;

use crate::files::{Disk, Files as _, create_directories};

/// The key that signs checkpoints (Ed25519). It lies outside the record, so that whoever may change the record need not be able to
/// sign it.
pub struct Signer(Ed25519KeyPair);

impl Signer {
    /// The key in this directory: `record.key`, readable by its owner only, with `record.pub` beside it for everybody. Made if it is
    /// not there.
    ///
    /// # Errors
    /// If it cannot be read or made.
    pub fn open(directory: &Path) -> io::Result<Signer> {
        let broken = |_| io::Error::new(io::ErrorKind::InvalidData, "record.key is not a key");
        let private = directory.join("record.key");
        let document = match fs::read(&private) {
            Ok(document) => Zeroizing::new(document),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pair = Ed25519KeyPair::generate().map_err(|_| io::Error::other("no key could be made"))?;
                let document = pair.to_pkcs8().map_err(|_| io::Error::other("no key could be made"))?;
                let document = Zeroizing::new(document.as_ref().to_vec());
                create_directories(&Disk, directory)?;
                let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&private)?;
                file.write_all(&document)?;
                file.sync_all()?;
                Disk.sync_directory(directory)?; // without its key nobody could trust the record again
                document
            }
            Err(error) => return Err(error),
        };
        let signer = Signer(Ed25519KeyPair::from_pkcs8(&document).map_err(broken)?);
        let (public, text) = (directory.join("record.pub"), signer.public_key().to_text() + "\n");
        if !fs::read_to_string(&public).is_ok_and(|found| found == text) {
            fs::write(public, text)?;
        }
        Ok(signer)
    }

    /// The half that verifies.
    pub fn public_key(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey::new(bytes)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

//! The state directory and its files belong to one user alone.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::StoreError;

/// Makes the directory for its owner alone, with those above it. One that is there and empty becomes so; one that others may
/// look into and that is in use is refused, since it may serve another purpose. Returns it, open.
pub fn private_directory(path: &Path) -> Result<File, StoreError> {
    let failed = |action| move |error| StoreError::file(action, path, error);
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("make the directory"))?;
    let directory = File::open(path).map_err(failed("open"))?;
    if fs::read_dir(path).map_err(failed("read"))?.next().is_none() {
        directory.set_permissions(Permissions::from_mode(0o700)).map_err(failed("change the mode of"))?;
    }
    refuse_if_open_to_others(&directory.metadata().map_err(failed("look at"))?, path)?;
    Ok(directory)
}

/// A new file, mode 0600.
pub(crate) fn create_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Refuses what anybody but its owner may read or write.
pub(crate) fn refuse_if_open_to_others(metadata: &Metadata, path: &Path) -> Result<(), StoreError> {
    let mode = metadata.mode() & 0o7777;
    if mode.trailing_zeros() >= 6 {
        // nothing for group and others
        return Ok(());
    }
    let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
    Err(StoreError::OpenToOthers { path: path.to_owned(), mode, wanted })
}

/// Makes sure that a file's name survives a power cut.
pub(crate) fn sync_directory(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

/// Makes the file for its owner alone unless it is there.
pub(crate) fn private_file(path: &Path) -> Result<(), StoreError> {
    match create_private_file(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Not opened: closing it would end the locks that this process may have on it through SQLite.
            let metadata = fs::metadata(path).map_err(|error| StoreError::file("look at", path, error))?;
            refuse_if_open_to_others(&metadata, path)
        }
        Err(error) => Err(StoreError::file("make", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_new_directory_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("some/where/state");
        private_directory(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        private_directory(&path).unwrap();
    }

    #[test]
    fn an_empty_directory_becomes_private() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        private_directory(directory.path()).unwrap();
        assert_eq!(mode(directory.path()), 0o700);
    }

    #[test]
    fn a_directory_in_use_that_others_may_enter_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("something"), "").unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        let error = private_directory(directory.path()).unwrap_err().to_string();
        assert!(error.ends_with("is open to others (mode 0755): run 'chmod 0700' on it."), "{error}");
        assert_eq!(mode(directory.path()), 0o755);
    }
}

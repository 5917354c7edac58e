//! The files of the record, and what survives of them when the power goes.

use std::any::Any;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// What the record asks of a file system. [`Disk`] is the real one; tests have one that forgets what was not synced.
///
/// Nothing of it survives a power cut before it was synced: the octets of a file by [`WriteFile::sync`], and the names in a
/// directory (new, changed or gone) by [`Files::sync_directory`].
pub trait Files: Send + Sync {
    /// Makes a directory for its owner only. It is an error if it is there.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Opens a file that is written at its end only; makes it, for its owner only, if it is not there.
    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Makes a file, for its owner only. It is an error if it is there.
    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Opens a file to be read from its start.
    fn read(&self, path: &Path) -> io::Result<Box<dyn io::Read>>;
    /// The octets of a file.
    fn length(&self, path: &Path) -> io::Result<u64>;
    /// Is there anything with this name?
    fn exists(&self, path: &Path) -> bool;
    /// The names in a directory, in any order; those that are not UTF-8 are left out.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;
    /// Gives a file or directory another name; a file of that name goes.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a file away.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Takes a directory away with all that is in it.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
    /// The names in a directory hold when this returns.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// How many octets may still be written there.
    fn free(&self, path: &Path) -> io::Result<u64>;
    /// Keeps others from a record, until what is answered is dropped or the process ends.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send + Sync>>;
}

/// An open file of the record.
pub trait WriteFile: io::Write + Send {
    /// What was written holds when this returns.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts it to this many octets.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// The files of this computer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(OpenOptions::new().append(true).create(true).mode(0o600).open(path)?))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?))
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        Ok(Box::new(File::open(path)?))
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn free(&self, path: &Path) -> io::Result<u64> {
        let room = rustix::fs::statvfs(path)?;
        Ok(room.f_bavail.saturating_mul(room.f_frsize))
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send + Sync>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(TryLockError::WouldBlock) => Err(io::Error::other("another process has this record open")),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl WriteFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Makes a directory, with all that is above it, if it is not there. Its name survives a power cut when this returns.
pub(crate) fn create_directories(files: &dyn Files, path: &Path) -> io::Result<()> {
    let all: Vec<&Path> = path.ancestors().filter(|path| !path.as_os_str().is_empty()).collect();
    for directory in all.into_iter().rev() {
        let new = match files.create_directory(directory) {
            Ok(()) => true,
            Err(_) if files.exists(directory) => false,
            Err(error) => return Err(error),
        };
        let above = match directory.parent() {
            Some(above) if above.as_os_str().is_empty() => Path::new("."),
            Some(above) => above,
            None => continue,
        };
        // one that is there may be the work of a daemon that was killed before it was synced; others' may not be ours to open
        match files.sync_directory(above) {
            Err(error) if new => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The journals in a directory, in the order in which they began.
pub(crate) fn journals(files: &dyn Files, directory: &Path) -> io::Result<Vec<String>> {
    let mut names = files.list(directory)?;
    names.retain(|name| name.ends_with(".journal"));
    names.sort();
    Ok(names)
}

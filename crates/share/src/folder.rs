//! A local folder.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::error::ShareError;
use crate::file::{Reading, ReadingKind, Writing, WritingKind};
use crate::place::Entry;

pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Folder, ShareError> {
        let shown = path.display().to_string();
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(Folder { path: path.to_owned() }),
            Ok(_) => Err(ShareError::NotAFolder { path: shown }),
            Err(error) => Err(ShareError::local(&shown, &error)),
        }
    }

    pub(crate) fn shown(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }

    pub(crate) fn room(&self) -> Result<u64, ShareError> {
        let room = rustix::fs::statvfs(&self.path).map_err(|error| self.failed("", &error.into()))?;
        Ok(room.f_bavail.saturating_mul(room.f_frsize))
    }

    pub(crate) fn create_folder(&self, name: &str) -> Result<(), ShareError> {
        DirBuilder::new().mode(0o700).create(self.at(name)).map_err(|error| self.failed(name, &error))?;
        self.sync_around(name)
    }

    pub(crate) fn create(&self, name: &str) -> Result<Writing, ShareError> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.at(name));
        let file = file.map_err(|error| self.failed(name, &error))?;
        Ok(Writing(WritingKind::Local(LocalWriting { file, path: self.at(name), written: 0 })))
    }

    pub(crate) fn read(&self, name: &str) -> Result<Reading, ShareError> {
        let file = File::open(self.at(name)).map_err(|error| self.failed(name, &error))?;
        let size = file.metadata().map_err(|error| self.failed(name, &error))?.len();
        Ok(Reading(ReadingKind::Local(LocalReading { file, size, path: self.at(name) })))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), ShareError> {
        match renameat_with(CWD, self.at(from), CWD, self.at(to), RenameFlags::NOREPLACE) {
            Ok(()) => {}
            // some file systems cannot do that in one step
            Err(rustix::io::Errno::INVAL) if !self.at(to).exists() => {
                fs::rename(self.at(from), self.at(to)).map_err(|error| self.failed(to, &error))?;
            }
            Err(rustix::io::Errno::NOENT) => return Err(self.failed(from, &rustix::io::Errno::NOENT.into())),
            Err(error) => return Err(self.failed(to, &error.into())),
        }
        self.sync_around(from)?;
        self.sync_around(to)
    }

    pub(crate) fn rename_over(&self, from: &str, to: &str) -> Result<(), ShareError> {
        fs::rename(self.at(from), self.at(to)).map_err(|error| self.failed(to, &error))?;
        self.sync_around(from)?;
        self.sync_around(to)
    }

    pub(crate) fn entry(&self, name: &str) -> Result<Entry, ShareError> {
        let found = fs::metadata(self.at(name)).map_err(|error| self.failed(name, &error))?;
        Ok(Entry { name: last(name), is_folder: found.is_dir(), size: if found.is_dir() { 0 } else { found.len() } })
    }

    pub(crate) fn list(&self, name: &str) -> Result<Vec<Entry>, ShareError> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            let found = entry.metadata()?;
            let size = if found.is_dir() { 0 } else { found.len() };
            Ok(Entry { name: entry.file_name().to_string_lossy().into_owned(), is_folder: found.is_dir(), size })
        };
        let entries = fs::read_dir(self.at(name)).and_then(|entries| entries.map(entry).collect());
        entries.map_err(|error| self.failed(name, &error))
    }

    pub(crate) fn remove_file(&self, name: &str) -> Result<(), ShareError> {
        fs::remove_file(self.at(name)).map_err(|error| self.failed(name, &error))
    }

    pub(crate) fn remove_folder(&self, name: &str) -> Result<(), ShareError> {
        fs::remove_dir(self.at(name)).map_err(|error| self.failed(name, &error))
    }

    fn at(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.path.clone() } else { self.path.join(name) }
    }

    /// A name must survive a power cut as well as what it names.
    fn sync_around(&self, name: &str) -> Result<(), ShareError> {
        let path = self.at(name);
        let around = path.parent().unwrap_or(&self.path);
        File::open(around).and_then(|folder| folder.sync_all()).map_err(|error| self.failed(name, &error))
    }

    fn failed(&self, name: &str, error: &io::Error) -> ShareError {
        ShareError::local(&self.shown(name), error)
    }
}

/// What stands behind the last slash.
pub(crate) fn last(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

pub(crate) struct LocalWriting {
    file: File,
    path: PathBuf,
    written: u64,
}

impl LocalWriting {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes).map_err(|error| self.failed(&error))?;
        self.written += count as u64;
        Ok(count)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        Ok(self.file.flush().map_err(|error| self.failed(&error))?)
    }

    pub(crate) fn finish(self) -> Result<u64, ShareError> {
        self.file.sync_all().map_err(|error| self.failed(&error))?;
        let folder =
            self.path.parent().map_or(Ok(()), |folder| File::open(folder).and_then(|folder| folder.sync_all()));
        folder.map_err(|error| self.failed(&error))?;
        Ok(self.written)
    }

    fn failed(&self, error: &io::Error) -> ShareError {
        ShareError::local(&self.path.display().to_string(), error)
    }
}

pub(crate) struct LocalReading {
    file: File,
    size: u64,
    path: PathBuf,
}

impl LocalReading {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(self.file.read(into).map_err(|error| ShareError::local(&self.path.display().to_string(), &error))?)
    }
}

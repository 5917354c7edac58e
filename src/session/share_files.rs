//! A share, as the record's hand-over sees it: some more files.

use std::any::Any;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use share::{Place, ShareError, Writing};
use transcript::{Files, WriteFile};

/// The files of a share. Their paths begin with what the share is called.
pub(crate) struct ShareFiles {
    place: Place,
    root: PathBuf,
}

impl ShareFiles {
    pub(crate) fn new(place: Place, root: PathBuf) -> ShareFiles {
        ShareFiles { place, root }
    }

    /// What a path is called in the place.
    fn name(&self, path: &Path) -> io::Result<String> {
        let name = path.strip_prefix(&self.root).ok().and_then(Path::to_str);
        name.map(str::to_owned).ok_or_else(|| io::Error::other(format!("{} is elsewhere", path.display())))
    }
}

impl Files for ShareFiles {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        Ok(self.place.create_folder(&self.name(path)?)?)
    }

    fn append(&self, _: &Path) -> io::Result<Box<dyn WriteFile>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(New(Some(self.place.create(&self.name(path)?)?))))
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(self.place.open(&self.name(path)?)?))
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        Ok(self.place.entry(&self.name(path)?)?.size)
    }

    fn exists(&self, path: &Path) -> bool {
        self.name(path).is_ok_and(|name| self.place.entry(&name).is_ok())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let entries = self.place.list(&self.name(directory)?)?;
        Ok(entries.into_iter().map(|entry| entry.name).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (self.name(from)?, self.name(to)?);
        if self.place.entry(&from)?.is_folder {
            return Ok(self.place.rename(&from, &to)?);
        }
        Ok(self.place.rename_over(&from, &to)?)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Ok(self.place.remove_file(&self.name(path)?)?)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        Ok(self.place.remove_folder_of_files(&self.name(path)?)?)
    }

    /// A server sees to the names by itself.
    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(self.place.room()?)
    }

    fn lock(&self, _: &Path) -> io::Result<Box<dyn Any + Send + Sync>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A new file of a share. It is whole when it was synced, and then takes no more.
struct New(Option<Writing>);

impl Write for New {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // it goes out in pieces, and all of it at the sync
    }
}

impl WriteFile for New {
    fn sync(&mut self) -> io::Result<()> {
        match self.0.take().map(Writing::finish) {
            Some(Err(error)) => Err(error.into()),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What a place said, if it is what an error is about.
pub(crate) fn said(error: &io::Error) -> Option<&ShareError> {
    error.get_ref()?.downcast_ref()
}

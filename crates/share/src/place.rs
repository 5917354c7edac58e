//! A share or a folder, and what can be done in it.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::ShareError;
use crate::file::{Reading, Writing};
use crate::folder::Folder;
use crate::smb::Smb;
use crate::{Login, ShareAddress};

/// How long a server may be silent, unless the caller says otherwise.
pub const LIMIT: Duration = Duration::from_secs(30);

/// A share or a folder that is there.
///
/// Names in it are relative to it, with slashes between folders: `2026/report.txt`. Nothing but names: `..` is refused.
pub struct Place(Kind);

enum Kind {
    Folder(Folder),
    Share(Smb),
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is called.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Its bytes; 0 for a folder.
    pub size: u64,
}

impl Place {
    /// Connects to a share and looks whether its folder is there. `limit` is how long the server may be silent, at each step.
    ///
    /// # Errors
    /// Whatever of it is missing or wrong; nothing was changed there.
    pub fn share(address: &ShareAddress, login: &Login, limit: Duration) -> Result<Place, ShareError> {
        Ok(Place(Kind::Share(Smb::connect(address, login, limit)?)))
    }

    /// A local folder.
    ///
    /// # Errors
    /// If there is none.
    pub fn folder(path: &Path) -> Result<Place, ShareError> {
        Ok(Place(Kind::Folder(Folder::open(path)?)))
    }

    /// A name in this place, in full and as people read it. An empty one is the place itself.
    pub fn shown(&self, name: &str) -> String {
        match &self.0 {
            Kind::Folder(folder) => folder.shown(name),
            Kind::Share(share) => share.shown(name),
        }
    }

    /// Looks whether files can be written here and taken away again, by doing so once.
    ///
    /// # Errors
    /// If they cannot.
    pub fn check_writable(&self) -> Result<(), ShareError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!(".pepd-{:x}-{:x}.tmp", std::process::id(), since.as_nanos());
        self.create(&name)?.finish()?;
        self.remove_file(&name)
    }

    /// Bytes that are free here for this user.
    ///
    /// # Errors
    /// If the place does not say.
    pub fn room(&self) -> Result<u64, ShareError> {
        match &self.0 {
            Kind::Folder(folder) => folder.room(),
            Kind::Share(share) => share.room(),
        }
    }

    /// Makes a folder. The one around it must be there.
    ///
    /// # Errors
    /// If there already is something of that name, too.
    pub fn create_folder(&self, name: &str) -> Result<(), ShareError> {
        self.check(name)?;
        match &self.0 {
            Kind::Folder(folder) => folder.create_folder(name),
            Kind::Share(share) => share.create_folder(name),
        }
    }

    /// Makes a new file to write to. Only [`Writing::finish`] says that it is whole.
    ///
    /// # Errors
    /// If there already is something of that name, too.
    pub fn create(&self, name: &str) -> Result<Writing, ShareError> {
        self.check(name)?;
        match &self.0 {
            Kind::Folder(folder) => folder.create(name),
            Kind::Share(share) => share.create(name),
        }
    }

    /// Opens a file to read from its start.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(&self, name: &str) -> Result<Reading, ShareError> {
        self.check(name)?;
        match &self.0 {
            Kind::Folder(folder) => folder.read(name),
            Kind::Share(share) => share.read(name),
        }
    }

    /// Renames a file or a folder. What is already called so is not replaced.
    ///
    /// # Errors
    /// If something is already called so, too.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), ShareError> {
        self.check(from)?;
        self.check(to)?;
        match &self.0 {
            Kind::Folder(folder) => folder.rename(from, to),
            Kind::Share(share) => share.rename(from, to),
        }
    }

    /// The same, but a file that is already called so goes.
    ///
    /// # Errors
    /// If a folder is called so, too.
    pub fn rename_over(&self, from: &str, to: &str) -> Result<(), ShareError> {
        self.check(from)?;
        self.check(to)?;
        match &self.0 {
            Kind::Folder(folder) => folder.rename_over(from, to),
            Kind::Share(share) => share.rename_over(from, to),
        }
    }

    /// What is called so. An empty name is the place itself.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn entry(&self, name: &str) -> Result<Entry, ShareError> {
        if !name.is_empty() {
            self.check(name)?;
        }
        match &self.0 {
            Kind::Folder(folder) => folder.entry(name),
            Kind::Share(share) => share.entry(name),
        }
    }

    /// What is in a folder, by name. An empty name is the place itself.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn list(&self, name: &str) -> Result<Vec<Entry>, ShareError> {
        if !name.is_empty() {
            self.check(name)?;
        }
        let mut entries = match &self.0 {
            Kind::Folder(folder) => folder.list(name),
            Kind::Share(share) => share.list(name),
        }?;
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// If there is none.
    pub fn remove_file(&self, name: &str) -> Result<(), ShareError> {
        self.check(name)?;
        match &self.0 {
            Kind::Folder(folder) => folder.remove_file(name),
            Kind::Share(share) => share.remove_file(name),
        }
    }

    /// Deletes a folder that is empty.
    ///
    /// # Errors
    /// If it is not.
    pub fn remove_folder(&self, name: &str) -> Result<(), ShareError> {
        self.check(name)?;
        match &self.0 {
            Kind::Folder(folder) => folder.remove_folder(name),
            Kind::Share(share) => share.remove_folder(name),
        }
    }

    /// Deletes a folder of files.
    ///
    /// # Errors
    /// If there are folders in it: it is meant for what the caller made.
    pub fn remove_folder_of_files(&self, name: &str) -> Result<(), ShareError> {
        for entry in self.list(name)? {
            self.remove_file(&format!("{name}/{}", entry.name))?;
        }
        self.remove_folder(name)
    }

    /// A name must stay in this place.
    fn check(&self, name: &str) -> Result<(), ShareError> {
        let is_name = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
        if name.split('/').all(is_name) {
            return Ok(());
        }
        Err(ShareError::Other { path: self.shown(""), reason: format!("'{}' is no name in it", name.escape_debug()) })
    }
}

//! Where a collection goes. What is called here blocks: only threads that may wait call it.

use std::io::{self, Write};
use std::sync::Arc;

use share::Place;

/// A place that a collection's folder is made in.
pub trait Target: Send + Sync {
    /// Looks whether it is there and may be written.
    ///
    /// # Errors
    /// If it is not.
    fn check(&self) -> io::Result<()>;

    /// Bytes that it has room for, if it says so.
    fn room(&self) -> Option<u64>;

    /// Makes the folder of a collection.
    ///
    /// # Errors
    /// If it cannot be made.
    fn create_folder(&self, name: &str) -> io::Result<()>;

    /// Makes a new file in that folder.
    ///
    /// # Errors
    /// If it cannot be made.
    fn create(&self, name: &str) -> io::Result<Box<dyn TargetFile>>;

    /// Renames a finished file.
    ///
    /// # Errors
    /// If it cannot be renamed.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes away what was left half.
    fn remove(&self, name: &str);

    /// Its name for people, with a name in it.
    fn shown(&self, name: &str) -> String;

    /// Is a file seen before it is finished? Then it has another name until it is.
    fn shows_unfinished(&self) -> bool;
}

/// A file of a target.
pub trait TargetFile: Write + Send {
    /// Says that it is whole.
    ///
    /// # Errors
    /// If it may not be there.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// A share or a local folder.
#[derive(Clone)]
pub struct PlaceTarget(pub Arc<Place>);

impl Target for PlaceTarget {
    fn check(&self) -> io::Result<()> {
        Ok(self.0.check_writable()?)
    }

    fn room(&self) -> Option<u64> {
        self.0.room().ok()
    }

    fn create_folder(&self, name: &str) -> io::Result<()> {
        Ok(self.0.create_folder(name)?)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn TargetFile>> {
        Ok(Box::new(self.0.create(name)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(self.0.rename(from, to)?)
    }

    fn remove(&self, name: &str) {
        let _ = self.0.remove_file(name); // it stays half, under a name that says so
    }

    fn shown(&self, name: &str) -> String {
        self.0.shown(name)
    }

    fn shows_unfinished(&self) -> bool {
        true
    }
}

impl TargetFile for share::Writing {
    fn finish(self: Box<Self>) -> io::Result<()> {
        share::Writing::finish(*self)?;
        Ok(())
    }
}

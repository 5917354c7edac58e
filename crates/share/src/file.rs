//! A file in a place, while it is written or read.

use std::io::{self, Read, Write};

use crate::error::ShareError;
use crate::folder::{LocalReading, LocalWriting};
use crate::smb::{SmbReading, SmbWriting};

/// A new file. Errors inside the [`io::Error`]s of its [`Write`] are [`ShareError`]s. Dropped before its end it stays half.
pub struct Writing(pub(crate) WritingKind);

pub(crate) enum WritingKind {
    Local(LocalWriting),
    Smb(Box<SmbWriting>),
}

impl Writing {
    /// Puts all of it on the place's disk and closes it. The bytes that it has.
    ///
    /// # Errors
    /// If anything of it may not be there.
    pub fn finish(self) -> Result<u64, ShareError> {
        match self.0 {
            WritingKind::Local(file) => file.finish(),
            WritingKind::Smb(file) => file.finish(),
        }
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            WritingKind::Local(file) => file.write(bytes),
            WritingKind::Smb(file) => file.write(bytes),
        }
    }

    /// Sends what was gathered. Only [`Writing::finish`] waits for the disk.
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            WritingKind::Local(file) => file.flush(),
            WritingKind::Smb(file) => file.flush(),
        }
    }
}

/// A file that is read, front to back.
pub struct Reading(pub(crate) ReadingKind);

pub(crate) enum ReadingKind {
    Local(LocalReading),
    Smb(Box<SmbReading>),
}

impl Reading {
    /// How many bytes it had when it was opened.
    pub fn size(&self) -> u64 {
        match &self.0 {
            ReadingKind::Local(file) => file.size(),
            ReadingKind::Smb(file) => file.size(),
        }
    }
}

impl Read for Reading {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            ReadingKind::Local(file) => file.read(into),
            ReadingKind::Smb(file) => file.read(into),
        }
    }
}

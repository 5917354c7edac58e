//! The local file: appended to, synced, and set aside when it is large.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A file of so many bytes is set aside.
const LARGE: u64 = 10 * 1024 * 1024;
/// So many are kept aside.
const ASIDE: u32 = 9;

#[derive(Debug)]
pub(crate) struct AuditFile {
    directory: PathBuf,
    file: File,
    length: u64,
    large: u64,
}

impl AuditFile {
    pub(crate) fn open(directory: &Path) -> io::Result<AuditFile> {
        AuditFile::open_with(directory, LARGE)
    }

    fn open_with(directory: &Path, large: u64) -> io::Result<AuditFile> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let file = append(&directory.join("events.cef"))?;
        File::open(directory)?.sync_all()?;
        let length = file.metadata()?.len();
        Ok(AuditFile { directory: directory.to_owned(), file, length, large })
    }

    pub(crate) fn append(&mut self, line: &str) -> io::Result<()> {
        if self.length >= self.large {
            self.set_aside()?;
        }
        self.file.write_all(line.as_bytes())?;
        self.length += line.len() as u64;
        self.file.sync_data()
    }

    /// `events.cef` becomes `events.cef.1`, and so on; the last is gone.
    fn set_aside(&mut self) -> io::Result<()> {
        let name = |number: u32| match number {
            0 => self.directory.join("events.cef"),
            number => self.directory.join(format!("events.cef.{number}")),
        };
        for number in (0..ASIDE).rev().filter(|number| name(*number).exists()) {
            fs::rename(name(number), name(number + 1))?;
        }
        self.file = append(&name(0))?;
        self.length = 0;
        File::open(&self.directory)?.sync_all()
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_set_aside_and_the_oldest_goes() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = AuditFile::open_with(directory.path(), 1).unwrap();
        for n in 0..12 {
            file.append(&format!("{n}\n")).unwrap();
        }
        let text = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
        assert_eq!(
            (text("events.cef"), text("events.cef.1"), text("events.cef.9")),
            ("11\n".into(), "10\n".into(), "2\n".into())
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 10);
        drop(file);
        AuditFile::open(directory.path()).unwrap().append("12\n").unwrap();
        assert_eq!(text("events.cef"), "11\n12\n");
    }
}

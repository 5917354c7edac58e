//! Copies of journals that are on the disk, and were read back, before anybody hears of them.

use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, Digest, SHA256};
use transcript_verify::{Head, HeadState};

use crate::files::Files;

/// Makes something readable of a journal.
pub type Render = fn(journal: &mut dyn io::BufRead, out: &mut dyn io::Write) -> io::Result<()>;

/// What is made of each journal, beside it: the ending of the file's name, and how it is made.
pub type Forms = &'static [(&'static str, Render)];

/// What becomes of a journal when its session is over.
pub(crate) enum Following {
    /// It goes to this item on the record's own files.
    Item(PathBuf, Forms),
    /// Somebody else sees to it, and must not be waited for.
    Elsewhere(Box<dyn FnOnce() + Send>),
}

/// A journal that is copied.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The files that it is in.
    pub(crate) files: &'a dyn Files,
    pub(crate) directory: &'a Path,
    pub(crate) name: &'a str,
    /// How much of it; all of it without.
    pub(crate) length: Option<u64>,
}

/// A journal and what is made of it, each whole or not at all.
pub(crate) fn copy_journal(journal: Source<'_>, files: &dyn Files, to: &Path, forms: Forms) -> io::Result<()> {
    copy(journal, files, to)?;
    for (ending, render) in forms {
        let made = to.join(journal.name.replace(".journal", ending));
        let new = to.join(format!(".{}.new", journal.name));
        let mut source = BufReader::new(journal.open()?);
        write_new(files, &new, |out| render(&mut source, out))?;
        files.rename(&new, &made)?;
    }
    Ok(())
}

impl Source<'_> {
    fn open(&self) -> io::Result<Box<dyn io::Read>> {
        let file = self.files.read(&self.directory.join(self.name))?;
        Ok(match self.length {
            None => file,
            Some(length) => Box::new(file.take(length)),
        })
    }
}

/// Does a file begin with all that another one has?
pub(crate) fn begins_with(files: &dyn Files, file: &Path, there: &dyn Files, start: &Path) -> io::Result<bool> {
    let (mut file, mut start) = (BufReader::new(files.read(file)?), BufReader::new(there.read(start)?));
    loop {
        let (ours, theirs) = (file.fill_buf()?, start.fill_buf()?);
        let count = ours.len().min(theirs.len());
        if theirs.is_empty() || count == 0 || ours.get(..count) != theirs.get(..count) {
            return Ok(theirs.is_empty());
        }
        file.consume(count);
        start.consume(count);
    }
}

/// How far a journal that is over has come.
pub(crate) fn head(files: &dyn Files, directory: &Path, file: &str) -> io::Result<Head> {
    let (mut seq, mut hash) = (0, String::new());
    for line in BufReader::new(files.read(&directory.join(file))?).lines() {
        seq += 1;
        line?.split(' ').next().unwrap_or_default().clone_into(&mut hash);
    }
    Ok(Head { file: file.to_owned(), seq, hash, state: HeadState::Ended, to: None })
}

pub(crate) fn copy(from: Source<'_>, files: &dyn Files, to: &Path) -> io::Result<()> {
    let mut source = from.open()?;
    let new = to.join(format!(".{}.new", from.name));
    write_new(files, &new, |out| io::copy(&mut source, out).map(drop))?;
    files.rename(&new, &to.join(from.name))
}

/// A new file, on the disk, and read back; what an earlier attempt left of it goes.
pub(crate) fn write_new(
    files: &dyn Files,
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    if files.exists(path) {
        files.remove(path)?;
    }
    let mut out = Hashing { out: BufWriter::new(files.create(path)?), hash: Context::new(&SHA256) };
    write(&mut out)?;
    let Hashing { out, hash } = out;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync()?;
    if hash_of(files, path)?.as_ref() == hash.finish().as_ref() {
        return Ok(());
    }
    Err(io::Error::other("what lies there is not what was written"))
}

fn hash_of(files: &dyn Files, path: &Path) -> io::Result<Digest> {
    let (mut file, mut hash, mut piece) = (files.read(path)?, Context::new(&SHA256), vec![0; 64 * 1024]);
    loop {
        let count = file.read(&mut piece)?;
        match piece.get(..count) {
            Some([]) | None => return Ok(hash.finish()),
            Some(read) => hash.update(read),
        }
    }
}

/// Remembers what was written.
struct Hashing<W> {
    out: W,
    hash: Context,
}

impl<W: io::Write> io::Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

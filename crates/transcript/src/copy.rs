//! Copies of journals that are on the disk before anybody hears of them.

use std::io::{self, BufRead as _, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use transcript_verify::{Head, HeadState};

use crate::files::Files;

/// Makes a text of a journal.
pub type Render = fn(journal: &mut dyn io::BufRead, out: &mut dyn io::Write) -> io::Result<()>;

/// What becomes of a journal when its session is over.
#[derive(Clone, Debug)]
pub(crate) struct Following {
    pub(crate) item: PathBuf,
    pub(crate) render: Render,
}

/// A journal and its text, whole or not at all.
pub(crate) fn copy_journal(
    files: &dyn Files,
    directory: &Path,
    file: &str,
    to: &Path,
    render: Render,
) -> io::Result<()> {
    copy(files, &directory.join(file), &to.join(file))?;
    let text = to.join(file.replace(".journal", ".txt"));
    let new = to.join(format!(".{file}.new"));
    let mut journal = BufReader::new(files.read(&to.join(file))?);
    write_new(files, &new, |out| render(&mut journal, out))?;
    files.rename(&new, &text)
}

/// Does a file begin with all that another one has?
pub(crate) fn begins_with(files: &dyn Files, file: &Path, start: &Path) -> io::Result<bool> {
    let (mut file, mut start) = (BufReader::new(files.read(file)?), BufReader::new(files.read(start)?));
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

pub(crate) fn copy(files: &dyn Files, from: &Path, to: &Path) -> io::Result<()> {
    let mut source = files.read(from)?;
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let new = to.with_file_name(format!(".{name}.new"));
    write_new(files, &new, |out| io::copy(&mut source, out).map(drop))?;
    files.rename(&new, to)
}

/// A new file, on the disk; what an earlier attempt left of it goes.
pub(crate) fn write_new(
    files: &dyn Files,
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    if files.exists(path) {
        files.remove(path)?;
    }
    let file = files.create(path)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync()
}

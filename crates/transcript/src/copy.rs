//! Copies of journals that are on the disk before anybody hears of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use transcript_verify::{Head, HeadState};

/// Makes a text of a journal.
pub type Render = fn(journal: &Path, out: &mut dyn io::Write) -> io::Result<()>;

/// What becomes of a journal when its session is over.
#[derive(Clone, Debug)]
pub(crate) struct Following {
    pub(crate) item: PathBuf,
    pub(crate) render: Render,
}

/// A journal and its text, whole or not at all.
pub(crate) fn copy_journal(directory: &Path, file: &str, to: &Path, render: Render) -> io::Result<()> {
    copy(&directory.join(file), &to.join(file))?;
    let text = to.join(file.replace(".journal", ".txt"));
    let new = to.join(format!(".{file}.new"));
    write_new(&new, |out| render(&to.join(file), out))?;
    fs::rename(new, text)
}

/// How far a journal that is over has come.
pub(crate) fn head(directory: &Path, file: &str) -> io::Result<Head> {
    let (mut seq, mut hash) = (0, String::new());
    for line in BufReader::new(File::open(directory.join(file))?).lines() {
        seq += 1;
        line?.split(' ').next().unwrap_or_default().clone_into(&mut hash);
    }
    Ok(Head { file: file.to_owned(), seq, hash, state: HeadState::Removed })
}

pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let new = to.with_file_name(format!(".{name}.new"));
    write_new(&new, |out| io::copy(&mut source, out).map(drop))?;
    fs::rename(new, to)
}

pub(crate) fn write_new(path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.into_inner()?.sync_all()
}

pub(crate) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

//! The hand-over: journals are copied elsewhere, and what was copied whole leaves the record.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::mpsc::channel;

use thiserror::Error;
use transcript_verify::{CHECKPOINTS, Head, HeadState, session_of};

use crate::checkpoints::Wake;
use crate::copy::{Following, Render, begins_with, copy, copy_journal, head, write_new};
use crate::journal::Journal;
use crate::target::Target;

/// Where journals go, and what is made of them there.
#[derive(Clone, Debug)]
pub struct Destination {
    /// A directory that is there.
    pub directory: PathBuf,
    /// What the new item in it is called.
    pub item: String,
    /// How the text beside each journal is made.
    pub render: Render,
}

/// What was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// The new item.
    pub item: PathBuf,
    /// How many sessions are in it.
    pub sessions: usize,
}

/// Why nothing was handed over. The record is as it was.
#[derive(Debug, Error)]
pub enum ShipError {
    /// The record has no checkpoints, so nothing may leave it.
    #[error("the record is not signed")]
    NotSigned,
    /// The destination cannot be written.
    #[error("{path}: {source}", path = path.display())]
    Destination {
        /// What of it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is too little room.
    #[error("{path} has {free} bytes free, and {wanted} are needed", path = path.display())]
    NoRoom {
        /// Where.
        path: PathBuf,
        /// What is there.
        free: u64,
        /// What it takes.
        wanted: u64,
    },
    /// The record cannot be read or written.
    #[error("the record: {0}")]
    Record(#[from] io::Error),
}

/// Room that must be left beside the journals and their texts.
const SPARE: u64 = 1 << 20;

/// What hand-overs have not finished.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    /// The item that a journal was to go to.
    items: BTreeMap<String, PathBuf>,
    /// Journals that were handed over, and could not be taken away.
    gone: BTreeSet<String>,
}

impl Leaving {
    pub(crate) fn new(items: BTreeMap<String, PathBuf>) -> Leaving {
        Leaving { items, gone: BTreeSet::new() }
    }

    /// It is handed over and gone.
    pub(crate) fn left(&mut self, file: &str) {
        self.items.remove(file);
    }
}

impl Journal {
    /// Hands over every journal whose session is over, and that of the session `own`, which follows to its end when that comes. One
    /// hand-over at a time. Nothing leaves the record before its copy is on the disk. What a daemon that was killed in the middle of
    /// a hand-over left undone is done first, so that nothing is handed over twice.
    ///
    /// # Errors
    /// If anything of it fails; then nothing was handed over.
    pub fn ship(&self, own: &str, to: &Destination, told: &mut dyn FnMut(usize, usize)) -> Result<Shipment, ShipError> {
        let shipped = self.ship_alone(own, to, told);
        if let Some((wake, _)) = &self.checkpoints {
            let _ = wake.send(Wake::Ended); // what ended meanwhile may go after
        }
        shipped
    }

    fn ship_alone(
        &self,
        own_session: &str,
        to: &Destination,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<Shipment, ShipError> {
        let mut leaving = self.shipping.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(key) = &self.key else { return Err(ShipError::NotSigned) };
        // asked once: what ends from now on has its own way, and waits for the next hand-over if it does not get there
        let mut over = self.over()?;
        over.retain(|file| !leaving.gone.contains(file));
        let arrived = self.finish(&mut leaving, &over, to.render)?;
        over.retain(|file| !arrived.contains(file));
        let mut own: Vec<String> = self.registered(|target| target.file_name());
        own.retain(|file| session_of(file) == Some(own_session));
        let going: Vec<String> = over.iter().chain(&own).cloned().collect();
        self.check_room(&going, &to.directory)?;
        let partial = to.directory.join(format!(".{}.partial", to.item));
        let item = to.directory.join(&to.item);
        // before the first octet goes: whoever starts after a crash knows where to look
        let mut heads = over.iter().map(|file| self.head(file, &item)).collect::<io::Result<Vec<Head>>>()?;
        heads.extend(
            self.registered(|target| own.contains(&target.file_name()).then(|| open_head(target, &item)))
                .into_iter()
                .flatten(),
        );
        self.tell(heads)?;
        leaving.items.extend(going.iter().map(|file| (file.clone(), item.clone())));
        let copied = self.copy(&going, to, &partial, &key.to_text(), told).and_then(|()| {
            let failed = |source| ShipError::Destination { path: item.clone(), source };
            if self.files().exists(&item) {
                return Err(failed(io::ErrorKind::AlreadyExists.into()));
            }
            self.files()
                .rename(&partial, &item)
                .and_then(|()| self.files().sync_directory(&to.directory))
                .map_err(failed)
        });
        if let Err(error) = copied {
            let _ = self.files().remove_directory(&partial); // what is left of it is told by its name
            return Err(error);
        }
        self.take_away(&mut leaving, &over)?;
        for file in own {
            self.follow(&file, Following { item: item.clone(), render: to.render });
        }
        Ok(Shipment { item, sessions: going.len() })
    }

    /// Looks where earlier hand-overs were going: what arrived there whole is taken away here, and a session that was handed over
    /// before its end goes after. Gives those.
    fn finish(&self, leaving: &mut Leaving, over: &[String], render: Render) -> io::Result<Vec<String>> {
        let mut arrived = Vec::new();
        for file in over {
            let Some(item) = leaving.items.get(file) else { continue };
            match self.arrive(file, item, render) {
                Ok(true) => arrived.push(file.clone()),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, file, item = %item.display(), "a hand-over could not be finished"),
            }
        }
        self.take_away(leaving, &arrived)?;
        Ok(arrived)
    }

    fn arrive(&self, file: &str, item: &Path, render: Render) -> io::Result<bool> {
        let (files, copied, here) = (self.files(), item.join(file), self.directory().join(file));
        if !files.exists(item) {
            let name = item.file_name().unwrap_or_default().to_string_lossy();
            let partial = item.with_file_name(format!(".{name}.partial"));
            if files.exists(&partial) {
                files.remove_directory(&partial)?;
            }
            return Ok(false);
        }
        if !files.exists(&copied) || !begins_with(files, &here, &copied)? {
            return Ok(false);
        }
        if files.length(&copied)? != files.length(&here)? {
            copy_journal(files, self.directory(), file, item, render)?;
        }
        // the copy may be there, but not on the disk yet
        files.sync_directory(item)?;
        item.parent().map_or(Ok(()), |above| files.sync_directory(above))?;
        Ok(true)
    }

    /// The log says that they are handed over, and then they go.
    fn take_away(&self, leaving: &mut Leaving, over: &[String]) -> io::Result<()> {
        let to = |file: &String| leaving.items.get(file).cloned().unwrap_or_default();
        let heads = over.iter().map(|file| Ok(Head { state: HeadState::Removed, ..self.head(file, &to(file))? }));
        self.tell(heads.collect::<io::Result<_>>()?)?;
        for file in over {
            if let Err(error) = self.files().remove(&self.directory().join(file)) {
                tracing::warn!(%error, file, "this journal was handed over, but cannot be taken away");
                leaving.gone.insert(file.clone());
            }
            leaving.left(file);
        }
        self.files().sync_directory(self.directory())
    }

    fn head(&self, file: &str, item: &Path) -> io::Result<Head> {
        Ok(Head { to: Some(item.display().to_string()), ..head(self.files(), self.directory(), file)? })
    }

    /// A checkpoint tells of these journals.
    fn tell(&self, heads: Vec<Head>) -> io::Result<()> {
        let gone = || io::Error::other("the log of checkpoints is closed");
        let (answer, written) = channel();
        let (wake, _) = self.checkpoints.as_ref().ok_or_else(gone)?;
        wake.send(Wake::HandedOver(heads, answer)).map_err(|_| gone())?;
        written.recv().map_err(|_| gone())?
    }

    fn check_room(&self, going: &[String], to: &Path) -> Result<(), ShipError> {
        let mut wanted = SPARE;
        for file in going {
            wanted += 2 * self.files().length(&self.directory().join(file))?;
        }
        let failed = |source| ShipError::Destination { path: to.to_owned(), source };
        let free = self.files().free(to).map_err(failed)?;
        if free < wanted { Err(ShipError::NoRoom { path: to.to_owned(), free, wanted }) } else { Ok(()) }
    }

    fn copy(
        &self,
        going: &[String],
        to: &Destination,
        partial: &Path,
        key: &str,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ShipError> {
        let failed = |source| ShipError::Destination { path: partial.to_owned(), source };
        let files = self.files();
        let _ = files.remove_directory(partial); // what an earlier attempt left
        files.create_directory(partial).map_err(failed)?;
        for (done, file) in going.iter().enumerate() {
            told(done, going.len());
            copy_journal(files, self.directory(), file, partial, to.render).map_err(failed)?;
        }
        copy(files, &self.directory().join(CHECKPOINTS), &partial.join(CHECKPOINTS)).map_err(failed)?;
        write_new(files, &partial.join("record.pub"), |out| writeln!(out, "{key}")).map_err(failed)?;
        files.sync_directory(partial).map_err(failed)
    }
}

/// The head of a journal that still grows.
fn open_head(target: &mut Target, item: &Path) -> Head {
    target.sync(); // a checkpoint must not know more than the disk
    let (seq, hash) = target.held();
    Head { file: target.file_name(), seq, hash, state: HeadState::Open, to: Some(item.display().to_string()) }
}

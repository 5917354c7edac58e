//! The hand-over: journals are copied elsewhere, and what was copied whole leaves the record.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use transcript_verify::{CHECKPOINTS, Head, HeadState, session_of};

use crate::checkpoints::Wake;
use crate::copy::{Following, Forms, Source, begins_with, copy, copy_journal, head, write_new};
use crate::files::Files;
use crate::journal::Journal;
use crate::target::Target;

/// Where journals go, and what is made of them there.
#[derive(Clone)]
pub struct Destination {
    /// A directory that is there.
    pub directory: PathBuf,
    /// Whose directory it is; without, it is one of the files that the record is in.
    pub files: Option<Arc<dyn Files>>,
    /// What the new item in it is called.
    pub item: String,
    /// What is made of each journal.
    pub forms: Forms,
}

/// What was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// The new item; none if there was nothing to hand over.
    pub item: Option<PathBuf>,
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
    /// Journals that were handed over before their sessions' end and go after, and nobody else takes them meanwhile.
    following: BTreeSet<String>,
}

impl Leaving {
    pub(crate) fn new(items: BTreeMap<String, PathBuf>) -> Leaving {
        Leaving { items, ..Leaving::default() }
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
        over.retain(|file| !leaving.is_gone(file));
        let arrived = self.finish(&mut leaving, &over, to)?;
        over.retain(|file| !arrived.contains(file));
        let mut own: Vec<String> = self.registered(|target| target.file_name());
        own.retain(|file| session_of(file) == Some(own_session));
        let going: Vec<String> = over.iter().chain(&own).cloned().collect();
        if going.is_empty() {
            return Ok(Shipment { item: None, sessions: 0 });
        }
        let there = self.there(to);
        self.check_room(&going, &*there, &to.directory)?;
        let partial = to.directory.join(format!(".{}.partial", to.item));
        let item = to.directory.join(&to.item);
        // before the first octet goes: whoever starts after a crash knows where to look
        let mut heads = over.iter().map(|file| self.head(file, &item)).collect::<io::Result<Vec<Head>>>()?;
        let open = self.registered(|target| own.contains(&target.file_name()).then(|| self.open_head(target, &item)));
        let mut lengths = BTreeMap::new();
        for open in open.into_iter().flatten() {
            let (head, length) = open?;
            lengths.insert(head.file.clone(), length);
            heads.push(head);
        }
        self.tell(heads)?;
        leaving.items.extend(going.iter().map(|file| (file.clone(), item.clone())));
        let copied = self.copy(&going, &lengths, to, &partial, &key.to_text(), told).and_then(|()| {
            let failed = |source| ShipError::Destination { path: item.clone(), source };
            if there.exists(&item) {
                return Err(failed(io::ErrorKind::AlreadyExists.into()));
            }
            there.rename(&partial, &item).and_then(|()| there.sync_directory(&to.directory)).map_err(failed)
        });
        if let Err(error) = copied {
            let _ = there.remove_directory(&partial); // what is left of it is told by its name
            return Err(error);
        }
        self.take_away(&mut leaving, &over)?;
        for file in own {
            match &to.files {
                None => {
                    self.follow(&file, Following::Item(item.clone(), to.forms));
                }
                Some(there) => self.follow_elsewhere(&mut leaving, file, Arc::clone(there), &item, to.forms),
            }
        }
        Ok(Shipment { item: Some(item), sessions: going.len() })
    }

    /// The files that a destination is in.
    fn there(&self, to: &Destination) -> Arc<dyn Files> {
        to.files.clone().unwrap_or_else(|| self.own_files())
    }

    /// Sends the rest of a session that was handed over before its end, on a thread of its own: the place may be far away, and the
    /// thread that vouches for all journals must not wait for it.
    fn follow_elsewhere(&self, leaving: &mut Leaving, file: String, there: Arc<dyn Files>, item: &Path, forms: Forms) {
        let Some((wake, _)) = &self.checkpoints else { return };
        let follower = Follower {
            here: self.own_files(),
            directory: self.directory().to_owned(),
            there,
            item: item.to_owned(),
            file: file.clone(),
            forms,
            wake: wake.clone(),
            leaving: Arc::clone(&self.shipping),
        };
        let follow = move || {
            // if there is no thread, the next hand-over takes it
            let _ = std::thread::Builder::new().name("follower".into()).spawn(move || follower.run());
        };
        if self.follow(&file, Following::Elsewhere(Box::new(follow))) {
            leaving.following.insert(file);
        }
    }

    /// Looks where earlier hand-overs were going: what arrived there whole is taken away here, and a session that was handed over
    /// before its end goes after. Gives those. A share that is not this destination's is not looked at: nobody may be let in there now.
    fn finish(&self, leaving: &mut Leaving, over: &[String], to: &Destination) -> io::Result<Vec<String>> {
        let mut arrived = Vec::new();
        for file in over {
            let Some(item) = leaving.items.get(file) else { continue };
            let there = match item.to_string_lossy().starts_with(r"\\") {
                false => self.own_files(),
                true if item.parent() == Some(&*to.directory) => self.there(to),
                true => continue,
            };
            match self.arrive(file, &*there, item, to.forms) {
                Ok(true) => arrived.push(file.clone()),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, file, item = %item.display(), "a hand-over could not be finished"),
            }
        }
        self.take_away(leaving, &arrived)?;
        Ok(arrived)
    }

    fn arrive(&self, file: &str, there: &dyn Files, item: &Path, forms: Forms) -> io::Result<bool> {
        let (copied, here) = (item.join(file), self.directory().join(file));
        if !there.exists(item) {
            let name = item.file_name().unwrap_or_default().to_string_lossy();
            let partial = item.with_file_name(format!(".{name}.partial"));
            if there.exists(&partial) {
                there.remove_directory(&partial)?;
            }
            return Ok(false);
        }
        if !there.exists(&copied) || !begins_with(self.files(), &here, there, &copied)? {
            return Ok(false);
        }
        if there.length(&copied)? != self.files().length(&here)? {
            let journal = Source { files: self.files(), directory: self.directory(), name: file, length: None };
            copy_journal(journal, there, item, forms)?;
        }
        // the copy may be there, but not on the disk yet
        there.sync_directory(item)?;
        item.parent().map_or(Ok(()), |above| there.sync_directory(above))?;
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

    /// The head of a journal that still grows, and how many octets it has.
    fn open_head(&self, target: &mut Target, item: &Path) -> io::Result<(Head, u64)> {
        target.sync(); // a checkpoint must not know more than the disk
        let (seq, hash) = target.held();
        let length = self.files().length(&self.directory().join(target.file_name()))?;
        let to = Some(item.display().to_string());
        Ok((Head { file: target.file_name(), seq, hash, state: HeadState::Open, to }, length))
    }

    /// A checkpoint tells of these journals.
    pub(crate) fn tell(&self, heads: Vec<Head>) -> io::Result<()> {
        let (wake, _) = self.checkpoints.as_ref().ok_or_else(|| io::Error::other("the record is not signed"))?;
        tell(wake, heads)
    }

    fn check_room(&self, going: &[String], there: &dyn Files, to: &Path) -> Result<(), ShipError> {
        let mut wanted = SPARE;
        for file in going {
            wanted += 3 * self.files().length(&self.directory().join(file))?;
        }
        let failed = |source| ShipError::Destination { path: to.to_owned(), source };
        let free = there.free(to).map_err(failed)?;
        if free < wanted { Err(ShipError::NoRoom { path: to.to_owned(), free, wanted }) } else { Ok(()) }
    }

    fn copy(
        &self,
        going: &[String],
        lengths: &BTreeMap<String, u64>,
        to: &Destination,
        partial: &Path,
        key: &str,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ShipError> {
        let failed = |source| ShipError::Destination { path: partial.to_owned(), source };
        let there = &*self.there(to);
        let from = |name, length| Source { files: self.files(), directory: self.directory(), name, length };
        let _ = there.remove_directory(partial); // what an earlier attempt left
        there.create_directory(partial).map_err(failed)?;
        for (done, file) in going.iter().enumerate() {
            told(done, going.len());
            copy_journal(from(file, lengths.get(file).copied()), there, partial, to.forms).map_err(failed)?;
        }
        copy(from(CHECKPOINTS, None), there, partial).map_err(failed)?;
        write_new(there, &partial.join("record.pub"), |out| writeln!(out, "{key}")).map_err(failed)?;
        there.sync_directory(partial).map_err(failed)
    }
}

/// A checkpoint tells of these journals.
fn tell(wake: &Sender<Wake>, heads: Vec<Head>) -> io::Result<()> {
    let gone = || io::Error::other("the log of checkpoints is closed");
    let (answer, written) = channel();
    wake.send(Wake::HandedOver(heads, answer)).map_err(|_| gone())?;
    written.recv().map_err(|_| gone())?
}

impl Leaving {
    /// Has it left already, or does somebody see to it?
    pub(crate) fn is_gone(&self, file: &str) -> bool {
        self.gone.contains(file) || self.following.contains(file)
    }
}

/// Sends a journal after the others of its item, whole, when its session is over.
struct Follower {
    here: Arc<dyn Files>,
    directory: PathBuf,
    there: Arc<dyn Files>,
    item: PathBuf,
    file: String,
    forms: Forms,
    wake: Sender<Wake>,
    leaving: Arc<Mutex<Leaving>>,
}

impl Follower {
    fn run(self) {
        let followed = self.follow();
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.following.remove(&self.file);
        match followed {
            Ok(()) => leaving.left(&self.file),
            Err(error) => {
                tracing::warn!(%error, file = self.file, "the end of a journal stays here until the next hand-over");
            }
        }
    }

    fn follow(&self) -> io::Result<()> {
        let from = |name| Source { files: &*self.here, directory: &self.directory, name, length: None };
        copy_journal(from(&self.file), &*self.there, &self.item, self.forms)?;
        copy(from(CHECKPOINTS), &*self.there, &self.item)?; // it vouches for the end, too
        let to = Some(self.item.display().to_string());
        let head = Head { state: HeadState::Removed, to, ..head(&*self.here, &self.directory, &self.file)? };
        tell(&self.wake, vec![head])?;
        self.here.remove(&self.directory.join(&self.file))?;
        self.here.sync_directory(&self.directory)
    }
}

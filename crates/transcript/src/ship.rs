//! The hand-over: journals are copied elsewhere, and what was copied whole leaves the record.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::mpsc::channel;

use thiserror::Error;
use transcript_verify::{CHECKPOINTS, Head, session_of};

use crate::checkpoints::Wake;
use crate::copy::{Following, Render, copy, copy_journal, head, write_new};
use crate::files::journals;
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

impl Journal {
    /// Hands over every journal whose session is over, and that of the session `own`, which follows to its end when that comes. One
    /// hand-over at a time. Nothing leaves the record before its copy is on the disk.
    ///
    /// # Errors
    /// If anything of it fails; then nothing was handed over.
    pub fn ship(&self, own: &str, to: &Destination, told: &mut dyn FnMut(usize, usize)) -> Result<Shipment, ShipError> {
        let _one = self.shipping.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some((wake, _)), Some(key)) = (&self.checkpoints, &self.key) else { return Err(ShipError::NotSigned) };
        let alive: BTreeSet<String> = self.registered(Target::file_name).into_iter().collect();
        let is_own = |file: &String| session_of(file) == Some(own);
        let going: Vec<String> = journals(self.files(), self.directory())?
            .into_iter()
            .filter(|file| is_own(file) || !alive.contains(file))
            .collect();
        self.check_room(&going, &to.directory)?;
        let partial = to.directory.join(format!(".{}.partial", to.item));
        let item = to.directory.join(&to.item);
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
        let (over, own): (Vec<String>, Vec<String>) = going.iter().cloned().partition(|file| !is_own(file));
        let heads =
            over.iter().map(|file| head(self.files(), self.directory(), file)).collect::<io::Result<Vec<Head>>>()?;
        let (answer, written) = channel();
        let gone = || io::Error::other("the log of checkpoints is closed");
        wake.send(Wake::Removed(heads, answer)).map_err(|_| gone())?;
        written.recv().map_err(|_| gone())??;
        for file in &over {
            self.files().remove(&self.directory().join(file))?;
        }
        for file in own {
            self.follow(&file, Following { item: item.clone(), render: to.render });
        }
        Ok(Shipment { item, sessions: going.len() })
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

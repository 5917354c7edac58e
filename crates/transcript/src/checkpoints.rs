//! Signed checkpoints: every few seconds, and whenever a session is over.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use transcript_verify::{CHECKPOINTS, Checkpoint, CheckpointLog, Head, HeadState};

use crate::copy::{Following, Forms, Source, copy_journal, head};
use crate::files::{Files, WriteFile};
use crate::ship::Leaving;
use crate::signer::Signer;
use crate::space::Gauge;
use crate::target::{Target, now};
use crate::witness::Witness;

/// How often, when something was written.
const EVERY: Duration = Duration::from_secs(5);

/// Every journal that may still grow.
pub(crate) type Registry = Arc<Mutex<Vec<Registered>>>;

pub(crate) struct Registered {
    pub(crate) target: Arc<Mutex<Target>>,
    /// The lines that the last checkpoint told of.
    pub(crate) told: u64,
    /// Where it goes when its session is over, if it was handed over before its end.
    pub(crate) following: Option<Following>,
}

/// What wakes the thread.
pub(crate) enum Wake {
    /// A session may be over.
    Ended,
    /// These journals are about to be handed over, or were and will be taken away.
    HandedOver(Vec<Head>, Sender<io::Result<()>>),
    /// The daemon ends.
    Stop,
}

/// The log, and what it is made from.
pub(crate) struct Checkpointer {
    files: Arc<dyn Files>,
    directory: PathBuf,
    file: Box<dyn WriteFile>,
    /// The octets of the log.
    length: u64,
    log: CheckpointLog,
    /// What a checkpoint that could not be written should have told.
    owed: Vec<Head>,
    signer: Signer,
    registry: Registry,
    shipping: Arc<Mutex<Leaving>>,
    /// Journals that are over, and should go after those that were handed over.
    after: Vec<(String, Following)>,
    gauge: Option<Arc<Gauge>>,
    witness: Option<Witness>,
    /// The last checkpoint that closes journals, while there is no witness yet.
    unwitnessed: Option<String>,
}

impl Checkpointer {
    /// Opens the log where it stopped; `log` has read it.
    pub(crate) fn open(
        files: Arc<dyn Files>,
        directory: &Path,
        log: CheckpointLog,
        signer: Signer,
        (registry, shipping): (Registry, Arc<Mutex<Leaving>>),
    ) -> io::Result<Checkpointer> {
        let path = directory.join(CHECKPOINTS);
        let file = files.append(&path)?;
        files.sync_directory(directory)?;
        let length = files.length(&path)?;
        Ok(Checkpointer {
            files,
            directory: directory.to_owned(),
            file,
            length,
            log,
            owed: Vec::new(),
            signer,
            registry,
            shipping,
            after: Vec::new(),
            gauge: None,
            witness: None,
            unwitnessed: None,
        })
    }

    /// Looks at the room that is left, too, and tells somebody of what it signs.
    pub(crate) fn watch(&mut self, gauge: Option<Arc<Gauge>>, witness: Option<Witness>) {
        (self.gauge, self.witness) = (gauge, witness);
        if let (Some(witness), Some(line)) = (&mut self.witness, self.unwitnessed.take()) {
            witness.sealed(&line, true);
        }
    }

    /// Until the daemon ends. A checkpoint that cannot be written leaves the journals as they are: the next one is tried.
    pub(crate) fn run(mut self, wakes: &Receiver<Wake>) {
        let mut next = Instant::now() + EVERY;
        loop {
            let wake = wakes.recv_timeout(next.saturating_duration_since(Instant::now()));
            let mut stop = matches!(wake, Err(RecvTimeoutError::Disconnected));
            let mut woken: Vec<Wake> = wake.into_iter().collect();
            if matches!(woken.first(), Some(Wake::Ended)) {
                // the last lines are synced meanwhile, and what else ends just now shares this one
                std::thread::sleep(Duration::from_millis(60));
                woken.extend(wakes.try_iter());
            }
            let ended = woken.iter().any(|wake| matches!(wake, Wake::Ended));
            stop |= woken.iter().any(|wake| matches!(wake, Wake::Stop));
            let all = !ended || stop || Instant::now() >= next;
            if all {
                next = Instant::now() + EVERY;
                let _ = self.gauge.as_ref().map(|gauge| gauge.look()); // it says by itself what is wrong
                self.witness.iter_mut().for_each(Witness::remind);
            }
            self.turn(woken, all);
            if stop {
                self.witness.iter_mut().for_each(Witness::last);
                return;
            }
        }
    }

    /// Does what it was woken for, and vouches for all journals, or only for those that are over.
    pub(crate) fn turn(&mut self, woken: Vec<Wake>, all: bool) {
        for wake in woken {
            if let Wake::HandedOver(heads, answer) = wake {
                drop(answer.send(self.write(heads)));
            }
        }
        let (heads, following) = self.heads(!all);
        self.owed.extend(heads);
        match self.write(self.owed.clone()) {
            Ok(()) => self.owed.clear(),
            Err(error) => tracing::error!(%error, "a checkpoint of the record cannot be written"),
        }
        self.after.extend(following);
        // a hand-over that is under way may take them along, and wakes this thread at its end
        let shipping = Arc::clone(&self.shipping);
        let Ok(mut leaving) = shipping.try_lock() else { return };
        for (file, following) in std::mem::take(&mut self.after) {
            let sent = match following {
                Following::Item(item, forms) => self.send_after(&file, &item, forms),
                Following::Elsewhere(follow) => {
                    follow();
                    continue;
                }
            };
            match sent {
                Ok(()) => leaving.left(&file),
                Err(error) => {
                    tracing::warn!(%error, file, "the end of a journal stays here until the next hand-over");
                }
            }
        }
    }

    /// What has changed since the last checkpoint; those that are over leave the registry.
    fn heads(&self, only_ended: bool) -> (Vec<Head>, Vec<(String, Following)>) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut heads, mut following) = (Vec::new(), Vec::new());
        registry.retain_mut(|registered| {
            // the registry's own hold is the last one when the session and the writer are through with it
            let ended = Arc::strong_count(&registered.target) == 1;
            if only_ended && !ended {
                return true;
            }
            let mut target = registered.target.lock().unwrap_or_else(PoisonError::into_inner);
            if !ended && target.held().0 == registered.told {
                return true;
            }
            target.sync(); // a checkpoint must not know more than the disk
            let (seq, hash) = target.held();
            registered.told = seq;
            if ended && let Some(to) = registered.following.take() {
                following.push((target.file_name(), to));
            }
            let state = if ended { HeadState::Ended } else { HeadState::Open };
            heads.push(Head { file: target.file_name(), seq, hash, state, to: None });
            !ended
        });
        (heads, following)
    }

    /// A session that had been handed over is over: its journal goes after, whole, and leaves the record.
    fn send_after(&mut self, file: &str, item: &Path, forms: Forms) -> io::Result<()> {
        if !self.files.exists(&self.directory.join(file)) {
            return Ok(()); // a hand-over took it along
        }
        let journal = Source { files: &*self.files, directory: &self.directory, name: file, length: None };
        copy_journal(journal, &*self.files, item, forms)?;
        self.files.sync_directory(item)?;
        let to = Some(item.display().to_string());
        self.write(vec![Head { state: HeadState::Removed, to, ..head(&*self.files, &self.directory, file)? }])?;
        self.files.remove(&self.directory.join(file))
    }

    /// One more line of the log, on the disk.
    pub(crate) fn write(&mut self, heads: Vec<Head>) -> io::Result<()> {
        if heads.is_empty() {
            return Ok(());
        }
        let closes = heads.iter().any(|head| head.state != HeadState::Open);
        let checkpoint = Checkpoint { seq: self.log.next_seq(), time: now(), heads };
        let (mut log, signer) = (self.log.clone(), &self.signer);
        let line = log.write(&checkpoint, |hash| signer.sign(hash)).map_err(io::Error::other)? + "\n";
        if let Err(error) = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync()) {
            // the next line must fit the last one that is whole
            self.file.truncate(self.length)?;
            return Err(error);
        }
        (self.log, self.length) = (log, self.length + u64::try_from(line.len()).unwrap_or(u64::MAX));
        tracing::debug!(target: "pepd::record", checkpoint = %line.trim_end(), "checkpoint");
        match &mut self.witness {
            Some(witness) => witness.sealed(line.trim_end(), closes),
            None if closes => self.unwitnessed = Some(line.trim_end().to_owned()),
            None => {}
        }
        Ok(())
    }
}

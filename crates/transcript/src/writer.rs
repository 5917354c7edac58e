//! What writes all journals: in rounds, each of which shares one sync.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::Record;
use crate::journal::Durability;
use crate::target::{JournalError, Target};

pub(crate) type Then = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

/// One record that is to be written.
pub(crate) struct Job {
    pub(crate) target: Arc<Mutex<Target>>,
    pub(crate) record: Record,
    pub(crate) time: u64,
    /// Somebody waits until it holds.
    pub(crate) awaited: bool,
    pub(crate) then: Then,
}

/// How many records one round takes at most: enough to share a sync, few enough to answer soon.
const ROUND: usize = 4096;
/// How long a note may stay unsynced when nothing else is written.
const IDLE: Duration = Duration::from_millis(20);

pub(crate) struct Writer {
    durability: Durability,
    unsynced: Vec<Arc<Mutex<Target>>>,
}

impl Writer {
    pub(crate) fn new(durability: Durability) -> Writer {
        Writer { durability, unsynced: Vec::new() }
    }

    /// Until every journal is gone.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let first = if self.unsynced.is_empty() { jobs.recv().ok() } else { jobs.recv_timeout(IDLE).ok() };
            let Some(first) = first else {
                if self.unsynced.is_empty() {
                    return;
                }
                self.sync();
                continue;
            };
            let mut round = vec![first];
            // what one command says comes in quick succession: a breath's wait lets it share one sync
            for _ in 0..3 {
                let before = round.len();
                round.extend(jobs.try_iter().take(ROUND - before));
                std::thread::yield_now();
            }
            self.round(round);
        }
    }

    /// Writes what has come, syncs it if somebody waits for it, and answers.
    pub(crate) fn round(&mut self, round: Vec<Job>) {
        let mut answers = Vec::with_capacity(round.len());
        let mut awaited = false;
        for job in round {
            awaited |= job.awaited;
            let mut target = job.target.lock().unwrap_or_else(PoisonError::into_inner);
            let taken = target.line(job.time, job.record);
            drop(target);
            if !self.unsynced.iter().any(|target| Arc::ptr_eq(target, &job.target)) {
                self.unsynced.push(Arc::clone(&job.target));
            }
            answers.push((job.target, taken, job.then));
        }
        for target in &self.unsynced {
            if let Ok(mut target) = target.lock() {
                target.write();
            }
        }
        if awaited {
            self.sync();
        }
        for (target, taken, then) in answers {
            let mut target = target.lock().unwrap_or_else(PoisonError::into_inner);
            then(taken.and(target.failed.clone().map_or(Ok(()), Err)));
            target.queued = target.queued.saturating_sub(1);
        }
    }

    pub(crate) fn sync(&mut self) {
        for target in self.unsynced.drain(..) {
            if self.durability == Durability::Strict
                && let Ok(mut target) = target.lock()
            {
                target.sync();
            }
        }
    }
}

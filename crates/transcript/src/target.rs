//! One journal: its file, its chain, and how far it has come.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use transcript_verify::Chain;

use crate::files::WriteFile;
use crate::space::{Bytes, Mark};
use crate::{Entry, Record};

/// What happens cannot be put on record. The session it belongs to must end, or not begin.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// The journal cannot be written.
    #[error("the record at {path} cannot be written: {reason}")]
    Write {
        /// The journal.
        path: Arc<str>,
        /// What the system says.
        reason: Arc<str>,
    },
    /// The journal has come to the limit that is set for one session. Its last record but the end says so.
    #[error("its record has come to the {} that one session may have", Bytes(*limit))]
    Truncated {
        /// The limit, in octets.
        limit: u64,
    },
    /// There is so little room left that no session may begin.
    #[error("the record has {} left on its file system, and below {mark} no session begins", Bytes(*free))]
    LittleRoom {
        /// Bytes that are free.
        free: u64,
        /// What there should be.
        mark: Mark,
    },
}

impl JournalError {
    pub(crate) fn new(path: &Path, error: &std::io::Error) -> JournalError {
        JournalError::Write { path: path.display().to_string().into(), reason: error.to_string().into() }
    }
}

/// One journal.
pub(crate) struct Target {
    pub(crate) file: Box<dyn WriteFile>,
    pub(crate) path: PathBuf,
    seq: u64,
    chain: Chain,
    /// The lines that the kernel has, and the hash of the last of them.
    held: (u64, [u8; 32]),
    pub(crate) failed: Option<JournalError>,
    /// It had no lines when it was opened: only then `octets` are all.
    is_new: bool,
    /// Octets of all lines so far.
    octets: u64,
    /// How many there may be.
    limit: Option<u64>,
    /// There are as many as there may be.
    full: Option<JournalError>,
    /// Lines of this round, not written yet.
    pending: Vec<u8>,
    /// Records that the writer has and has not answered.
    pub(crate) queued: usize,
    pub(crate) quick: Quick,
}

impl Target {
    /// A journal that has so many lines, of which the last made this chain.
    pub(crate) fn new(file: Box<dyn WriteFile>, path: PathBuf, seq: u64, chain: Chain) -> Target {
        Target {
            file,
            path,
            seq,
            held: (seq, chain.hash()),
            chain,
            failed: None,
            is_new: seq == 0,
            octets: 0,
            limit: None,
            full: None,
            pending: Vec::new(),
            queued: 0,
            quick: Quick { since: Instant::now(), lines: 0 },
        }
    }

    /// How far it has come: its lines, and the hash of the last.
    pub(crate) fn held(&self) -> (u64, String) {
        let (seq, hash) = self.held;
        (seq, hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub(crate) fn failed(&self) -> Option<&JournalError> {
        self.failed.as_ref()
    }

    /// The same with so many octets at most. A new journal only: what it has already is not counted.
    pub(crate) fn limited(self, limit: Option<u64>) -> Target {
        Target { limit, ..self }
    }

    /// Takes one record in, to be written with this round. With the first one for which there is no room a marker stands in its
    /// place, and from then on nothing is taken in but the session's end.
    ///
    /// # Errors
    /// If it was not taken in.
    pub(crate) fn line(&mut self, time: u64, record: Record) -> Result<(), JournalError> {
        let is_end = matches!(record, Record::SessionEnd { .. });
        if let Some(full) = self.full.clone().filter(|_| !is_end) {
            return Err(full);
        }
        let text = self.text(time, record)?;
        match self.limit {
            Some(limit) if !is_end && self.octets + octets(&text) > limit => {
                let marker = self.text(time, Record::Truncated { limit })?;
                self.put(&marker);
                let full = JournalError::Truncated { limit };
                self.full = Some(full.clone());
                Err(full)
            }
            _ => {
                self.put(&text);
                Ok(())
            }
        }
    }

    fn text(&mut self, time: u64, record: Record) -> Result<String, JournalError> {
        let text = serde_json::to_string(&Entry { seq: self.seq + 1, time, record });
        text.map_err(|error| self.fail(&std::io::Error::other(error)))
    }

    fn put(&mut self, text: &str) {
        self.seq += 1;
        self.octets += octets(text);
        let hash = self.chain.next(text);
        self.pending.reserve(hash.len() + text.len() + 2);
        self.pending.extend_from_slice(hash.as_bytes());
        self.pending.push(b' ');
        self.pending.extend_from_slice(text.as_bytes());
        self.pending.push(b'\n');
    }

    pub(crate) fn write(&mut self) {
        if self.failed.is_none()
            && !self.pending.is_empty()
            && let Err(error) = self.file.write_all(&self.pending)
        {
            let _ = self.fail(&error); // told by `failed`
            // what got through of it was not answered, and no checkpoint will tell of it
            if let Some(whole) = self.octets.checked_sub(u64::try_from(self.pending.len()).unwrap_or(u64::MAX))
                && self.is_new
                && let Err(error) = self.file.truncate(whole)
            {
                tracing::error!(%error, path = %self.path.display(), "a journal that cannot be written cannot be cut either");
            }
        } else if self.failed.is_none() {
            self.held = (self.seq, self.chain.hash());
        }
        self.pending.clear();
        self.pending.shrink_to(4 * 1024); // an idle session keeps little
    }

    pub(crate) fn sync(&mut self) {
        if self.failed.is_none()
            && let Err(error) = self.file.sync()
        {
            let _ = self.fail(&error);
        }
    }

    fn fail(&mut self, error: &std::io::Error) -> JournalError {
        self.failed.get_or_insert(JournalError::new(&self.path, error)).clone()
    }
}

/// Of a line: hash, space, text, end.
fn octets(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_add(66)
}

/// Microseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// How many lines came within a millisecond.
pub(crate) struct Quick {
    since: Instant,
    lines: u32,
}

/// More than what one small command writes.
const CALM: u32 = 12;

impl Quick {
    /// Never calm.
    #[cfg(test)]
    pub(crate) fn busy() -> Quick {
        Quick { since: Instant::now() + Duration::from_hours(1), lines: CALM }
    }

    pub(crate) fn is_calm(&mut self) -> bool {
        if self.since.elapsed() > Duration::from_millis(1) {
            *self = Quick { since: Instant::now(), lines: 0 };
        }
        self.lines += 1;
        self.lines <= CALM
    }
}

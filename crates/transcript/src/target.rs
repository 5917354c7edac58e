//! One journal: its file, its chain, and how far it has come.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use transcript_verify::Chain;

use crate::files::WriteFile;
use crate::{Entry, Record};

/// A journal could not be written. The session it belongs to must end.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the record at {path} cannot be written: {reason}")]
pub struct JournalError {
    path: Arc<str>,
    reason: Arc<str>,
}

impl JournalError {
    pub(crate) fn new(path: &Path, error: &std::io::Error) -> JournalError {
        JournalError { path: path.display().to_string().into(), reason: error.to_string().into() }
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

    pub(crate) fn line(&mut self, time: u64, record: Record) {
        self.seq += 1;
        match serde_json::to_string(&Entry { seq: self.seq, time, record }) {
            Ok(text) => {
                let hash = self.chain.next(&text);
                self.pending.reserve(hash.len() + text.len() + 2);
                self.pending.extend_from_slice(hash.as_bytes());
                self.pending.push(b' ');
                self.pending.extend_from_slice(text.as_bytes());
                self.pending.push(b'\n');
            }
            Err(error) => self.fail(&std::io::Error::other(error)),
        }
    }

    pub(crate) fn write(&mut self) {
        if self.failed.is_none()
            && !self.pending.is_empty()
            && let Err(error) = self.file.write_all(&self.pending)
        {
            self.fail(&error);
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
            self.fail(&error);
        }
    }

    fn fail(&mut self, error: &std::io::Error) {
        self.failed.get_or_insert(JournalError::new(&self.path, error));
    }
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

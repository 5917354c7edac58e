//! How much of the record stays here that nobody hands over.

use std::io::{self, BufRead as _, BufReader};
use std::sync::PoisonError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use transcript_verify::{Chain, Head, HeadState, session_of, split, started};

use crate::journal::Journal;

/// What journals of sessions that are over may stay. Without either of them all do, until they are handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// How long after its session's end a journal stays.
    pub time: Option<Duration>,
    /// How many octets all of them may have together; the oldest go first.
    pub octets: Option<u64>,
}

/// What became of journals that may not stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// They are gone, and a signed checkpoint says so.
    pub removed: Vec<String>,
    /// They are not whole, and stay as evidence.
    pub damaged: Vec<String>,
}

impl Journal {
    /// Takes away what may not stay at this time. A checkpoint tells of each journal before it goes. Waits for a hand-over that is
    /// under way.
    ///
    /// # Errors
    /// If the record is not signed, or cannot be read or written.
    pub fn tidy(&self, retention: Retention, now: SystemTime) -> io::Result<Tidied> {
        let mut tidied = Tidied::default();
        if retention == Retention::default() {
            return Ok(tidied);
        }
        let mut leaving = self.shipping.lock().unwrap_or_else(PoisonError::into_inner);
        let mut over = self.over()?;
        over.retain(|file| !leaving.is_gone(file));
        over.sort_by_key(|file| start(file));
        let sizes = over.iter().map(|file| self.files().length(&self.directory().join(file)));
        let sizes = sizes.collect::<io::Result<Vec<u64>>>()?;
        let mut octets: u64 = sizes.iter().sum();
        let now = micros(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        let old = |since: u64| retention.time.is_some_and(|time| since.saturating_add(micros(time)) < now);
        for (file, size) in over.into_iter().zip(sizes) {
            let too_much = retention.octets.is_some_and(|most| octets > most);
            // no session ends before it starts: most journals need not be read
            if !too_much && !old(start(&file)) {
                continue;
            }
            match self.whole(&file)? {
                None => tidied.damaged.push(file),
                Some((head, ended)) if too_much || old(ended) => {
                    self.tell(vec![head])?;
                    self.files().remove(&self.directory().join(&file))?;
                    leaving.left(&file);
                    octets -= size;
                    tidied.removed.push(file);
                }
                Some(_) => {}
            }
        }
        if !tidied.removed.is_empty() {
            self.files().sync_directory(self.directory())?;
        }
        Ok(tidied)
    }

    /// The head of a journal that goes, and when its last line was written; nothing if it is damaged.
    fn whole(&self, file: &str) -> io::Result<Option<(Head, u64)>> {
        #[derive(Deserialize)]
        struct Time {
            time: u64,
        }
        let Some(session) = session_of(file) else { return Ok(None) };
        let mut reader = BufReader::with_capacity(256 * 1024, self.files().read(&self.directory().join(file))?);
        let (mut chain, mut seq, mut line, mut last) = (Chain::start(session), 0, Vec::new(), (String::new(), 0));
        while reader.read_until(b'\n', &mut line)? > 0 {
            let ended = line.pop_if(|end| *end == b'\n').is_some();
            let Some((hash, json)) = split(&line).filter(|_| ended) else { return Ok(None) };
            if !chain.fits(hash, json) {
                return Ok(None);
            }
            let Ok(Time { time }) = serde_json::from_slice(json) else { return Ok(None) };
            seq += 1;
            last = (String::from_utf8_lossy(hash).into_owned(), time);
            line.clear();
        }
        let (hash, time) = last;
        Ok(Some((Head { file: file.to_owned(), seq, hash, state: HeadState::Removed, to: None }, time)))
    }
}

/// A name that tells no time counts as the newest.
fn start(file: &str) -> u64 {
    started(file).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

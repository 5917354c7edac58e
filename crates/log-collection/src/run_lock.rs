//! One collection at a time.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{Timestamp, Zoned};

/// Who collects, if anybody does.
#[derive(Clone, Debug, Default)]
pub struct RunLock(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    by: Option<Busy>,
    /// The second in which the last one began: folders are named by it.
    last: i64,
}

/// Who collects, and since when.
#[derive(Clone, Debug)]
pub struct Busy {
    /// The account.
    pub who: String,
    /// Since when.
    pub since: Zoned,
}

/// Nobody else collects while this is there.
#[derive(Debug)]
pub struct RunPermit(Arc<Mutex<Held>>);

impl RunLock {
    /// Begins.
    ///
    /// # Errors
    /// Who is at it already.
    pub fn take(&self, who: &str) -> Result<RunPermit, Busy> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &held.by {
            Some(busy) => Err(busy.clone()),
            None => {
                held.by = Some(Busy { who: who.to_owned(), since: Zoned::now() });
                Ok(RunPermit(Arc::clone(&self.0)))
            }
        }
    }
}

impl RunPermit {
    /// When the collection begins: now, if none began in this second; else it is to be asked again.
    pub fn begin(&self) -> Option<Timestamp> {
        let (now, mut held) = (Timestamp::now(), self.0.lock().unwrap_or_else(PoisonError::into_inner));
        (now.as_second() > held.last).then(|| {
            held.last = now.as_second();
            now
        })
    }
}

impl Drop for RunPermit {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by = None;
    }
}

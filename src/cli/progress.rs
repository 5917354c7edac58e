//! How far long work has come, on standard error, for whoever waits at a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Work that is done sooner needs no word.
const FIRST: Duration = Duration::from_millis(500);
/// How often it is told anew.
const AGAIN: Duration = Duration::from_millis(100);

/// One line that is written over and over, and gone at the end.
pub(super) struct Progress {
    what: &'static str,
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Of some work. Nothing is ever shown in a pipe.
    pub(super) fn of(what: &'static str) -> Progress {
        let next = io::stderr().is_terminal().then(|| Instant::now() + FIRST);
        Progress { what, next, shown: false }
    }

    /// So many octets of so many.
    pub(super) fn told(&mut self, done: u64, all: u64) {
        let Some(next) = self.next.filter(|next| *next <= Instant::now()) else { return };
        self.next = Some(next.max(Instant::now()) + AGAIN);
        self.shown = true;
        let percent = u128::from(done) * 100 / u128::from(all.max(1));
        let (done, all) = (done / 1_000_000, all / 1_000_000);
        let _ = write!(io::stderr(), "\r{}: {percent} %, {done} of {all} MB\u{1B}[K", self.what);
    }

    /// From now on something else is on the screen.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\u{1B}[K");
        }
        self.next = None;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

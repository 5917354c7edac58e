//! How far long work has come, on standard error, for whoever waits at a terminal.

use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant};

/// Work that is done sooner needs no word.
const FIRST: Duration = Duration::from_millis(500);
/// How often it is told anew.
const AGAIN: Duration = Duration::from_millis(100);

/// One line that is written over and over, and gone at the end.
pub(super) struct Progress {
    what: &'static str,
    out: Box<dyn Write>,
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Of some work. Nothing is ever shown in a pipe.
    pub(super) fn of(what: &'static str) -> Progress {
        Progress::to(Box::new(io::stderr()), what, io::stderr().is_terminal().then_some(FIRST))
    }

    fn to(out: Box<dyn Write>, what: &'static str, first: Option<Duration>) -> Progress {
        Progress { what, out, next: first.map(|first| Instant::now() + first), shown: false }
    }

    /// So many octets of so many.
    pub(super) fn told(&mut self, done: u64, all: u64) {
        if self.next.is_none_or(|next| Instant::now() < next) {
            return;
        }
        self.next = Some(Instant::now() + AGAIN);
        self.shown = true;
        let percent = u128::from(done) * 100 / u128::from(all.max(1));
        let (done, all) = (done / 1_000_000, all / 1_000_000);
        let _ = write!(self.out, "\r{}: {percent} %, {done} of {all} MB\u{1B}[K", self.what);
        let _ = self.out.flush();
    }

    /// From now on something else is on the screen.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(self.out, "\r\u{1B}[K");
            let _ = self.out.flush();
        }
        self.next = None;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn long_work_tells_how_far_it_is_and_leaves_nothing_behind() {
        let screen = Screen::default();
        let mut progress = Progress::to(Box::new(screen.clone()), "verify", Some(Duration::ZERO));
        progress.told(5_000_000, 20_000_000);
        progress.told(6_000_000, 20_000_000); // too soon to be told
        assert_eq!(screen.text(), "\rverify: 25 %, 5 of 20 MB\u{1B}[K");
        progress.end();
        assert!(screen.text().ends_with("\r\u{1B}[K"));
        let before = screen.text();
        progress.told(20_000_000, 20_000_000);
        drop(progress);
        assert_eq!(screen.text(), before, "what is at its end says nothing more");
    }

    #[test]
    fn short_work_and_a_pipe_are_told_nothing() {
        for first in [Some(FIRST), None] {
            let screen = Screen::default();
            let mut progress = Progress::to(Box::new(screen.clone()), "verify", first);
            progress.told(1, 0);
            drop(progress);
            assert_eq!(screen.text(), "");
        }
    }
}

//! The room that is left for the record: a word in the log when it gets low, and no new sessions when it gets lower.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::target::JournalError;

/// A line on the gauge of a file system: what is free is above it, or below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// So many bytes.
    Bytes(u64),
    /// So many hundredths of the whole file system: 0 to 100.
    Percent(u8),
}

/// Where the gauge is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermarks {
    /// Below it the log says so, once.
    pub warn: Mark,
    /// Below it no session begins. Those that are open go on as long as their journals can be written.
    pub refuse: Mark,
}

/// The file system of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that the daemon's user may still write.
    pub free: u64,
    /// Bytes there are.
    pub total: u64,
}

impl Space {
    /// What the kernel says of the file system of a directory.
    ///
    /// # Errors
    /// If it cannot say.
    pub fn of(directory: &Path) -> io::Result<Space> {
        let room = rustix::fs::statvfs(directory)?;
        let bytes = |blocks: u64| blocks.saturating_mul(room.f_frsize);
        Ok(Space { free: bytes(room.f_bavail), total: bytes(room.f_blocks) })
    }

    fn is_below(self, mark: Mark) -> bool {
        match mark {
            Mark::Bytes(bytes) => self.free < bytes,
            Mark::Percent(percent) => {
                u128::from(self.free) * 100 < u128::from(self.total) * u128::from(percent.min(100))
            }
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mark::Bytes(bytes) => write!(f, "{}", Bytes(*bytes)),
            Mark::Percent(percent) => write!(f, "{percent} %"),
        }
    }
}

/// A number of bytes for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bytes(bytes) = *self;
        match bytes {
            0..10_000 => write!(f, "{bytes} bytes"),
            10_000..10_000_000 => write!(f, "{} kB", bytes / 1000),
            10_000_000..10_000_000_000 => write!(f, "{} MB", bytes / 1_000_000),
            _ => write!(f, "{} GB", bytes / 1_000_000_000),
        }
    }
}

/// How free space is found out.
pub type Measure = Box<dyn Fn(&Path) -> io::Result<Space> + Send + Sync>;

/// Reads the gauge, and remembers what it said.
pub(crate) struct Gauge {
    directory: PathBuf,
    marks: Watermarks,
    measure: Measure,
    level: Mutex<Level>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Ample,
    Low,
    Out,
}

impl Gauge {
    pub(crate) fn new(directory: &Path, marks: Watermarks, measure: Measure) -> Gauge {
        Gauge { directory: directory.to_owned(), marks, measure, level: Mutex::new(Level::Ample) }
    }

    /// Looks, and says in the log when a mark was crossed, downwards or upwards. May a session begin?
    ///
    /// # Errors
    /// If there is too little room.
    pub(crate) fn look(&self) -> Result<(), JournalError> {
        let space = match (self.measure)(&self.directory) {
            Ok(space) => space,
            Err(error) => {
                // whether there is room is then found out by writing
                tracing::warn!(%error, directory = %self.directory.display(), "the room for the record cannot be measured");
                return Ok(());
            }
        };
        let Watermarks { warn, refuse } = self.marks;
        let level = match () {
            () if space.is_below(refuse) => Level::Out,
            () if space.is_below(warn) => Level::Low,
            () => Level::Ample,
        };
        let before = {
            let mut last = self.level.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *last, level)
        };
        if before != level {
            let (directory, free) = (self.directory.display(), Bytes(space.free));
            match level {
                Level::Out => tracing::error!(
                    %directory, %free, mark = %refuse, "there is too little room for the record: new sessions are refused"
                ),
                Level::Low if before == Level::Out => {
                    tracing::warn!(%directory, %free, mark = %warn, "there is room for the record again, but little: sessions are let in");
                }
                Level::Low => tracing::warn!(%directory, %free, mark = %warn, "the room for the record gets low"),
                Level::Ample => tracing::info!(%directory, %free, "there is enough room for the record again"),
            }
        }
        match level {
            Level::Out => Err(JournalError::LittleRoom { free: space.free, mark: refuse }),
            Level::Ample | Level::Low => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn marks_are_bytes_or_hundredths_of_the_whole() {
        let space = Space { free: 50, total: 1000 };
        assert!(space.is_below(Mark::Bytes(51)) && !space.is_below(Mark::Bytes(50)));
        assert!(space.is_below(Mark::Percent(6)) && !space.is_below(Mark::Percent(5)));
        assert!(!space.is_below(Mark::Bytes(0)) && !space.is_below(Mark::Percent(0)));
        let vast = Space { free: u64::MAX / 2, total: u64::MAX };
        assert!(vast.is_below(Mark::Percent(100)) && !vast.is_below(Mark::Percent(49)));
    }

    /// What stands in the log while something is done.
    fn logged(work: impl FnOnce()) -> Vec<String> {
        #[derive(Clone, Default)]
        struct Log(Arc<Mutex<Vec<u8>>>);
        impl io::Write for Log {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let log = Log::default();
        let written = log.clone();
        let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(move || written.clone());
        tracing::subscriber::with_default(subscriber.finish(), work);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn each_mark_is_told_of_once_when_it_is_crossed_and_again_when_there_is_room() {
        let free = Arc::new(AtomicU64::new(100));
        let now = Arc::clone(&free);
        let measure = Box::new(move |_: &Path| Ok(Space { free: now.load(Ordering::Relaxed), total: 1000 }));
        let marks = Watermarks { warn: Mark::Bytes(50), refuse: Mark::Percent(2) };
        let gauge = Gauge::new(Path::new("/record"), marks, measure);
        let expected = [
            (60, None, true),
            (
                49,
                Some(
                    "WARN transcript::space: the room for the record gets low directory=/record free=49 bytes mark=50 bytes",
                ),
                true,
            ),
            (30, None, true),
            (
                19,
                Some(
                    "ERROR transcript::space: there is too little room for the record: new sessions are refused directory=/record free=19 bytes mark=2 %",
                ),
                false,
            ),
            (5, None, false),
            (
                20,
                Some(
                    "WARN transcript::space: there is room for the record again, but little: sessions are let in directory=/record free=20 bytes mark=50 bytes",
                ),
                true,
            ),
            (
                50,
                Some(
                    "INFO transcript::space: there is enough room for the record again directory=/record free=50 bytes",
                ),
                true,
            ),
            (51, None, true),
        ];
        for (left, line, may_begin) in expected {
            free.store(left, Ordering::Relaxed);
            let mut looked = None;
            let lines = logged(|| looked = Some(gauge.look()));
            assert_eq!(lines.iter().map(|line| line.trim()).collect::<Vec<_>>(), line.into_iter().collect::<Vec<_>>());
            assert_eq!(looked.unwrap().is_ok(), may_begin, "{left}");
        }
    }

    #[test]
    fn a_gauge_that_cannot_be_read_refuses_nobody() {
        let marks = Watermarks { warn: Mark::Percent(100), refuse: Mark::Percent(100) };
        let gauge = Gauge::new(Path::new("/record"), marks, Box::new(|_| Err(io::ErrorKind::Other.into())));
        let lines = logged(|| assert!(gauge.look().is_ok()));
        assert!(lines.len() == 1 && lines[0].contains("cannot be measured"), "{lines:?}");
    }

    #[test]
    fn a_real_file_system_is_measured() {
        let directory = tempfile::tempdir().unwrap();
        let space = Space::of(directory.path()).unwrap();
        assert!(space.total > 0 && space.free <= space.total, "{space:?}");
    }

    #[test]
    fn bytes_are_told_for_people() {
        let told = [200, 12_345, 200_000_000, 4_294_967_296, 12_000_000_000].map(|bytes| Bytes(bytes).to_string());
        assert_eq!(told, ["200 bytes", "12 kB", "200 MB", "4294 MB", "12 GB"]);
    }
}

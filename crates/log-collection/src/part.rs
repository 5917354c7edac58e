//! One zip file of a role, written on a thread of its own: what comes is compressed and streamed away.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};
use zip::{CompressionMethod, DateTime};

use crate::target::{Target, TargetFile};

/// One piece of what is written.
pub(crate) enum Piece {
    /// A file begins.
    Begin {
        name: String,
        modified: Option<SystemTime>,
        /// More than a plain zip can say of it.
        is_large: bool,
    },
    /// Some of it.
    Data(Vec<u8>),
    /// It has ended.
    End,
}

/// The parts of one role, as they are numbered.
pub(crate) struct Numbers {
    role: String,
    next: AtomicUsize,
}

impl Numbers {
    pub(crate) fn new(role: &str) -> Numbers {
        Numbers { role: role.to_owned(), next: AtomicUsize::new(1) }
    }

    fn name(&self) -> String {
        match self.next.fetch_add(1, Ordering::Relaxed) {
            1 => format!("{}.zip", self.role),
            number => format!("{}_{number}.zip", self.role),
        }
    }
}

/// What a part needs to know.
pub(crate) struct Part {
    pub(crate) target: Arc<dyn Target>,
    pub(crate) folder: String,
    pub(crate) numbers: Arc<Numbers>,
    /// Bytes after which a new file is begun, at the end of what is being written.
    pub(crate) limit: u64,
    /// Nobody waits any more: what is half is taken away.
    pub(crate) given_up: Arc<AtomicBool>,
    /// Compressed bytes of all parts.
    pub(crate) written: Arc<AtomicU64>,
}

/// 0 to 9; what is gained above this costs more time than it saves.
const LEVEL: i64 = 3;

impl Part {
    /// Writes what comes until nothing comes any more. The names of the files it made.
    ///
    /// # Errors
    /// If the target does not take it.
    pub(crate) fn write(&self, mut pieces: mpsc::Receiver<Piece>) -> io::Result<Vec<String>> {
        let mut made = Vec::new();
        let mut open: Option<Open> = None;
        let ended = loop {
            let Some(piece) = pieces.blocking_recv() else { break Ok(()) };
            if self.given_up.load(Ordering::Relaxed) {
                break Ok(());
            }
            let written = self.take(piece, &mut open, &mut made);
            if written.is_err() {
                break written;
            }
        };
        if self.given_up.load(Ordering::Relaxed) || ended.is_err() {
            if let Some(open) = open {
                open.give_up(self);
            }
            return ended.map(|()| made);
        }
        if let Some(open) = open {
            made.push(open.finish(self)?);
        }
        Ok(made)
    }

    fn take(&self, piece: Piece, open: &mut Option<Open>, made: &mut Vec<String>) -> io::Result<()> {
        match piece {
            Piece::Begin { name, modified, is_large } => {
                let zip = match open {
                    Some(open) => &mut open.zip,
                    None => &mut open.insert(Open::new(self)?).zip,
                };
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .compression_level(Some(LEVEL))
                    .large_file(is_large)
                    .unix_permissions(0o600)
                    .last_modified_time(modified.and_then(zip_time).unwrap_or_default());
                zip.start_file(name, options).map_err(io::Error::from)?;
            }
            Piece::Data(data) => {
                if let Some(open) = open {
                    open.zip.write_all(&data)?;
                    open.pipe.ok()?;
                }
            }
            Piece::End => {
                let full = open.as_ref().is_some_and(|open| open.pipe.bytes.load(Ordering::Relaxed) > self.limit);
                if full && let Some(open) = open.take() {
                    made.push(open.finish(self)?);
                }
            }
        }
        Ok(())
    }
}

/// A zip that is being written.
struct Open {
    zip: ZipWriter<StreamWriter<Pipe>>,
    pipe: Pipe,
    name: String,
    partial: String,
}

impl Open {
    fn new(part: &Part) -> io::Result<Open> {
        let name = part.numbers.name();
        let partial = if part.target.shows_unfinished() { format!("{name}.partial") } else { name.clone() };
        let file = part.target.create(&format!("{}/{partial}", part.folder))?;
        let pipe = Pipe {
            file: Arc::new(Mutex::new(Some(file))),
            bytes: Arc::new(AtomicU64::new(0)),
            all: Arc::clone(&part.written),
            broken: Arc::new(Mutex::new(None)),
        };
        Ok(Open { zip: ZipWriter::new_stream(pipe.clone()), pipe, name, partial })
    }

    fn finish(self, part: &Part) -> io::Result<String> {
        let Open { zip, pipe, name, partial } = self;
        let at = |name: &str| format!("{}/{name}", part.folder);
        let ended = zip.finish().map_err(io::Error::from).and_then(|_| pipe.ok());
        let file = pipe.file.lock().unwrap_or_else(PoisonError::into_inner).take();
        let whole = ended.and_then(|()| file.map_or(Ok(()), TargetFile::finish));
        let named =
            whole.and_then(|()| if partial == name { Ok(()) } else { part.target.rename(&at(&partial), &at(&name)) });
        if named.is_err() {
            part.target.remove(&at(&partial));
        }
        named.map(|()| name)
    }

    /// What is half is of no use under any name.
    fn give_up(self, part: &Part) {
        drop(self.pipe.file.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.zip); // it writes its end, into nothing
        part.target.remove(&format!("{}/{}", part.folder, self.partial));
    }
}

/// Counts what goes through. After an error, or without a file, it swallows everything: a zip wants to write its end even then.
#[derive(Clone)]
struct Pipe {
    file: Arc<Mutex<Option<Box<dyn TargetFile>>>>,
    bytes: Arc<AtomicU64>,
    all: Arc<AtomicU64>,
    broken: Arc<Mutex<Option<io::Error>>>,
}

impl Pipe {
    fn ok(&self) -> io::Result<()> {
        match self.broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = file.as_mut()
            && let Err(error) = open.write_all(bytes)
        {
            *file = None;
            self.broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.bytes.fetch_add(count, Ordering::Relaxed);
        self.all.fetch_add(count, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The time of a file as a zip says it: universal, in steps of two seconds, since 1980.
fn zip_time(time: SystemTime) -> Option<DateTime> {
    let time = Timestamp::try_from(time).ok()?.to_zoned(TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).ok();
    DateTime::from_date_and_time(
        u16::try_from(time.year()).ok()?,
        small(time.month())?,
        small(time.day())?,
        small(time.hour())?,
        small(time.minute())?,
        small(time.second())?,
    )
    .ok()
}

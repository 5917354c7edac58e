//! The directory of all journals, and a session's way to its own.

use std::any::Any;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use transcript_verify::{Chain, PublicKey};

use crate::checkpoints::{Checkpointer, Registered, Registry, Wake};
use crate::copy::Following;
use crate::files::{Disk, Files, create_directories, journals};
use crate::recovery::{close_orphans, read_log};
use crate::ship::Leaving;
use crate::space::{Gauge, Measure, Space, Watermarks};
use crate::target::{JournalError, Target, now};
use crate::writer::{Job, Then, Writer};
use crate::{Record, Signer, Witness};

/// When is a line written?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// When it is on the disk.
    #[default]
    Strict,
    /// When the kernel has it: a power cut may lose the last lines, a killed daemon none.
    Relaxed,
    /// Never: for measurements only.
    #[cfg(feature = "unrecorded")]
    Off,
}

/// How a record is kept.
#[derive(Default)]
pub struct Options {
    /// When a line counts as written.
    pub durability: Durability,
    /// How many octets one session's journal may have; no limit without it.
    pub session_limit: Option<u64>,
    /// How much room there should be. It is not looked at without them.
    pub watermarks: Option<Watermarks>,
    /// How the room is found out; none asks the kernel.
    pub measure: Option<Measure>,
    /// Who else is told of checkpoints.
    pub witness: Option<Witness>,
}

/// The directory of journals, the thread that writes them, and the one that vouches for them.
pub struct Journal {
    files: Arc<dyn Files>,
    directory: PathBuf,
    durability: Durability,
    session_limit: Option<u64>,
    gauge: Option<Arc<Gauge>>,
    writer: Sender<Job>,
    registry: Registry,
    /// None where nobody signs.
    pub(crate) checkpoints: Option<(Sender<Wake>, Option<JoinHandle<()>>)>,
    pub(crate) key: Option<PublicKey>,
    lock: Option<Box<dyn Any + Send + Sync>>,
    /// One hand-over at a time.
    pub(crate) shipping: Arc<Mutex<Leaving>>,
    /// Journals whose file may be there already, while the registry does not have them yet.
    starting: Mutex<BTreeSet<String>>,
}

impl Journal {
    /// Opens the directory, makes it if it is missing (mode 0700), and starts the writer.
    pub fn open(directory: &Path, durability: Durability) -> Result<Journal, JournalError> {
        Journal::open_on(Arc::new(Disk), directory, durability)
    }

    /// The same on other files than the disk's.
    pub fn open_on(files: Arc<dyn Files>, directory: &Path, durability: Durability) -> Result<Journal, JournalError> {
        let (journal, writer, jobs) = Journal::prepare(files, directory, durability)?;
        journal.serve(writer, jobs)
    }

    /// The same as [`Journal::open`], with signed checkpoints beside the journals. What a daemon that was killed left behind is
    /// closed first. Only one process at a time has a record.
    pub fn open_signed(directory: &Path, durability: Durability, signer: Signer) -> Result<Journal, JournalError> {
        Journal::open_with(directory, signer, Options { durability, ..Options::default() })
    }

    /// The same on other files than the disk's.
    pub fn open_signed_on(
        files: Arc<dyn Files>,
        directory: &Path,
        durability: Durability,
        signer: Signer,
    ) -> Result<Journal, JournalError> {
        Journal::open_on_with(files, directory, signer, Options { durability, ..Options::default() })
    }

    /// The same with limits, and with a witness.
    pub fn open_with(directory: &Path, signer: Signer, options: Options) -> Result<Journal, JournalError> {
        Journal::open_on_with(Arc::new(Disk), directory, signer, options)
    }

    fn open_on_with(
        files: Arc<dyn Files>,
        directory: &Path,
        signer: Signer,
        options: Options,
    ) -> Result<Journal, JournalError> {
        let failed = |error| JournalError::new(directory, &error);
        let (mut journal, writer, jobs) = Journal::prepare(files, directory, options.durability)?;
        journal.session_limit = options.session_limit;
        let measure = options.measure.unwrap_or_else(|| Box::new(Space::of));
        journal.gauge = options.watermarks.map(|marks| Arc::new(Gauge::new(directory, marks, measure)));
        let (mut checkpointer, wakes) = journal.sign(signer)?;
        checkpointer.watch(journal.gauge.clone(), options.witness);
        let mut journal = journal.serve(writer, jobs)?;
        let thread = std::thread::Builder::new().name("checkpoints".into());
        let thread = thread.spawn(move || checkpointer.run(&wakes)).map_err(failed)?;
        if let Some((_, running)) = &mut journal.checkpoints {
            *running = Some(thread);
        }
        Ok(journal)
    }

    /// A journal whose writer does not run yet.
    pub(crate) fn prepare(
        files: Arc<dyn Files>,
        directory: &Path,
        durability: Durability,
    ) -> Result<(Journal, Writer, Receiver<Job>), JournalError> {
        create_directories(&*files, directory).map_err(|error| JournalError::new(directory, &error))?;
        let (sender, jobs) = channel();
        let journal = Journal {
            files,
            directory: directory.to_owned(),
            durability,
            session_limit: None,
            gauge: None,
            writer: sender,
            registry: Registry::default(),
            checkpoints: None,
            key: None,
            lock: None,
            shipping: Arc::default(),
            starting: Mutex::default(),
        };
        Ok((journal, Writer::new(durability), jobs))
    }

    fn serve(self, writer: Writer, jobs: Receiver<Job>) -> Result<Journal, JournalError> {
        let thread = std::thread::Builder::new().name("journal".into());
        thread.spawn(move || writer.run(&jobs)).map_err(|error| JournalError::new(&self.directory, &error))?;
        Ok(self)
    }

    /// Closes what a daemon that was killed left behind. What vouches for the journals from now on does not run yet.
    pub(crate) fn sign(&mut self, signer: Signer) -> Result<(Checkpointer, Receiver<Wake>), JournalError> {
        let (files, directory) = (Arc::clone(&self.files), &self.directory);
        let failed = |error| JournalError::new(directory, &error);
        self.lock = Some(files.lock(&directory.join("lock")).map_err(failed)?);
        self.key = Some(signer.public_key());
        let told = read_log(&*files, directory, &signer.public_key()).map_err(failed)?;
        let orphans = close_orphans(&*files, directory, &told.heads).map_err(failed)?;
        let shipping = Arc::new(Mutex::new(Leaving::new(told.leaving)));
        let shared = (Arc::clone(&self.registry), Arc::clone(&shipping));
        let mut checkpointer = Checkpointer::open(files, directory, told.log, signer, shared).map_err(failed)?;
        checkpointer.write(orphans).map_err(failed)?;
        let (wake, wakes) = channel();
        self.checkpoints = Some((wake, None));
        self.shipping = shipping;
        Ok((checkpointer, wakes))
    }

    /// The files that it is in.
    pub(crate) fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// The same, to keep.
    pub(crate) fn own_files(&self) -> Arc<dyn Files> {
        Arc::clone(&self.files)
    }

    /// Where it lies.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The journals that are over: no session of this process writes to them any more, nor is one about to.
    pub(crate) fn over(&self) -> std::io::Result<Vec<String>> {
        // in this order: what is listed was begun before, and what began is in the one set until it is in the other
        let mut files = journals(self.files(), &self.directory)?;
        let starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let alive: BTreeSet<String> = self.registered(|target| target.file_name()).into_iter().collect();
        files.retain(|file| !starting.contains(file) && !alive.contains(file));
        Ok(files)
    }

    /// Something of every journal that may still grow.
    pub(crate) fn registered<T>(&self, look: impl Fn(&mut Target) -> T) -> Vec<T> {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let targets =
            registry.iter().map(|registered| registered.target.lock().unwrap_or_else(PoisonError::into_inner));
        targets.map(|mut target| look(&mut target)).collect()
    }

    /// Something is done with a journal when its session is over. False if it is over already.
    pub(crate) fn follow(&self, file: &str, following: Following) -> bool {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |registered: &&mut Registered| {
            registered.target.lock().unwrap_or_else(PoisonError::into_inner).file_name() == file
        };
        match registry.iter_mut().find(is_it) {
            Some(registered) => {
                registered.following = Some(following);
                true
            }
            None => false,
        }
    }

    /// Starts the journal of one session in a file of its own, which no other session ever had. The session must not be let
    /// in before `then` was told that the first line holds.
    pub fn start(
        &self,
        session: &str,
        start: Record,
        then: impl FnOnce(Result<(), JournalError>) + Send + 'static,
    ) -> Result<SessionJournal, JournalError> {
        if let Some(gauge) = &self.gauge {
            gauge.look()?;
        }
        let name = format!("{}-{session}.journal", now());
        let path = self.directory.join(&name);
        let failed = |error| JournalError::new(&path, &error);
        let starting = Starting::new(&self.starting, name);
        let file = self.files.create(&path).map_err(failed)?;
        // the file's name must survive a power cut, too
        self.files.sync_directory(&self.directory).map_err(failed)?;
        let target = Target::new(file, path.clone(), 0, Chain::start(session)).limited(self.session_limit);
        let (target, writer) = (Arc::new(Mutex::new(target)), self.writer.clone());
        let mut alive = None;
        if let Some((sender, _)) = &self.checkpoints {
            let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
            registry.push(Registered { target: Arc::clone(&target), told: 0, following: None });
            alive = Some(Arc::new(Alive(sender.clone())));
        }
        drop(starting);
        let journal = SessionJournal { target, durability: self.durability, writer, _alive: alive };
        journal.append(start, then);
        Ok(journal)
    }
}

/// The name of a journal that begins.
struct Starting<'a>(&'a Mutex<BTreeSet<String>>, String);

impl Starting<'_> {
    fn new(all: &Mutex<BTreeSet<String>>, name: String) -> Starting<'_> {
        all.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        Starting(all, name)
    }
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// One session's journal. Clones write to the same file, in the order of their calls.
#[derive(Clone)]
pub struct SessionJournal {
    pub(crate) target: Arc<Mutex<Target>>,
    durability: Durability,
    writer: Sender<Job>,
    _alive: Option<Arc<Alive>>,
}

impl Drop for Journal {
    /// The last checkpoint vouches for all that was written.
    fn drop(&mut self) {
        if let Some((wake, thread)) = &mut self.checkpoints {
            let _ = wake.send(Wake::Stop);
            if let Some(thread) = thread.take() {
                let _ = thread.join();
            }
        }
        drop(self.lock.take());
    }
}

/// Held by all clones of one session's journal.
struct Alive(Sender<Wake>);

impl Drop for Alive {
    /// The last clone is gone: the session is over.
    fn drop(&mut self) {
        let _ = self.0.send(Wake::Ended); // the daemon may be ending
    }
}

impl SessionJournal {
    /// Adds one record, and calls `then` once it holds, or with the reason why it does not. Calls are answered in order. `then`
    /// must not come back to this journal.
    pub fn append(&self, record: Record, then: impl FnOnce(Result<(), JournalError>) + Send + 'static) {
        self.tell(record, true, Box::new(then));
    }

    /// Adds one record that nobody waits for: it holds no later than the next one that is appended, or very soon. `then` is told
    /// if it cannot be written.
    pub fn note(&self, record: Record, then: impl FnOnce(JournalError) + Send + 'static) {
        let told = move |result: Result<(), JournalError>| {
            if let Err(error) = result {
                then(error);
            }
        };
        self.tell(record, false, Box::new(told));
    }

    /// Is anything put on record?
    #[cfg(feature = "unrecorded")]
    pub fn is_off(&self) -> bool {
        self.durability == Durability::Off
    }

    fn tell(&self, record: Record, awaited: bool, then: Then) {
        #[cfg(feature = "unrecorded")]
        if self.is_off() {
            return then(Ok(()));
        }
        let Some((record, then)) = self.at_once(record, then) else { return };
        let job = Job { target: Arc::clone(&self.target), record, time: now(), awaited, then };
        if let Err(returned) = self.writer.send(job) {
            let path = self.target.lock().map_or_else(|_| PathBuf::new(), |target| target.path.clone());
            let error = std::io::Error::other("the writer has ended");
            (returned.0.then)(Err(JournalError::new(&path, &error)));
        }
    }
}

impl SessionJournal {
    /// What need not be synced and comes alone is written here and now: two threads would only hand it to each other. Much of it
    /// in a short time goes through the writer, which puts it together. Gives back what has to wait.
    fn at_once(&self, record: Record, then: Then) -> Option<(Record, Then)> {
        let Ok(mut target) = self.target.lock() else { return Some((record, then)) };
        if self.durability == Durability::Strict || target.queued > 0 || !target.quick.is_calm() {
            target.queued += 1;
            return Some((record, then));
        }
        let taken = target.line(now(), record);
        target.write();
        // under the lock, so that the answers come in the order of the lines
        then(taken.and(target.failed.clone().map_or(Ok(()), Err)));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, read_journal};

    fn completed(n: u64) -> Record {
        Record::Completed { pipeline: n.to_string(), outcome: Outcome::Completed, error: None, duration: n }
    }

    fn only_file(directory: &Path) -> PathBuf {
        let mut files = std::fs::read_dir(directory).unwrap();
        let path = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        path
    }

    #[test]
    fn a_record_is_in_the_file_when_its_writer_is_told_so() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(directory.path(), Durability::Strict).unwrap();
        let session = journal.start("s", completed(0), |_| ()).unwrap();
        let (told, answers) = channel();
        for n in 1..=100 {
            let told = told.clone();
            session.append(completed(n), move |done| told.send((n, done.is_ok())).unwrap());
        }
        for n in 1..=100 {
            assert_eq!(answers.recv().unwrap(), (n, true));
            let entries = read_journal(&only_file(directory.path()), "s").unwrap();
            assert!(entries.len() as u64 > n, "told of {n}, but the file has {}", entries.len());
        }
    }

    #[test]
    fn a_changed_line_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(directory.path(), Durability::Relaxed).unwrap();
        let (told, answers) = channel();
        let session = journal.start("s", completed(0), |_| ()).unwrap();
        session.append(completed(1), move |done| told.send(done.is_ok()).unwrap());
        answers.recv().unwrap();
        let path = only_file(directory.path());
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"duration\":0", "\"duration\":7")).unwrap();
        let error = read_journal(&path, "s").unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }

    /// A file on a disk that is full after so many octets more.
    struct Filling(std::fs::File, usize);

    impl std::io::Write for Filling {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.1 == 0 {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            let written = std::io::Write::write(&mut self.0, &bytes[..bytes.len().min(self.1)])?;
            self.1 -= written;
            Ok(written)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl crate::WriteFile for Filling {
        fn sync(&mut self) -> std::io::Result<()> {
            self.0.sync_data()
        }
        fn truncate(&mut self, length: u64) -> std::io::Result<()> {
            self.0.set_len(length)
        }
    }

    #[test]
    fn a_journal_on_a_full_disk_ends_with_its_last_whole_answered_line() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(directory.path(), Durability::Strict).unwrap();
        let (told, answers) = channel();
        let session = journal.start("s", completed(0), |_| ()).unwrap();
        let first = told.clone();
        session.append(completed(1), move |done| first.send(done.is_ok()).unwrap());
        assert!(answers.recv().unwrap());
        let path = only_file(directory.path());
        let whole = std::fs::read(&path).unwrap();
        let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        session.target.lock().unwrap().file = Box::new(Filling(file, 300)); // a line and a part of the next
        for n in 2..10 {
            let told = told.clone();
            session.append(completed(n), move |done| told.send(done.is_ok()).unwrap());
        }
        drop(told);
        let held = answers.iter().take(8).filter(|done| *done).count();
        let left = std::fs::read(&path).unwrap();
        assert!(left.starts_with(&whole) && left.ends_with(b"\n"), "no torn line");
        assert_eq!(read_journal(&path, "s").unwrap().len(), 2 + held, "what was answered, and nothing else");
        assert!(held < 8);
    }

    #[test]
    fn a_journal_that_cannot_be_written_says_so_from_then_on() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(directory.path(), Durability::Strict).unwrap();
        let (told, answers) = channel();
        let first = told.clone();
        let session =
            journal.start("s", completed(0), move |done| first.send(done.map_err(|e| e.to_string())).unwrap());
        let session = session.unwrap();
        assert_eq!(answers.recv().unwrap(), Ok(()));
        session.target.lock().unwrap().file = Box::new(std::fs::File::open("/dev/null").unwrap()); // not open for writing
        for _ in 0..2 {
            let told = told.clone();
            session.append(completed(1), move |done| told.send(done.map_err(|e| e.to_string())).unwrap());
        }
        assert!(answers.recv().unwrap().unwrap_err().contains("cannot be written"));
        assert!(answers.recv().unwrap().is_err());
    }
}

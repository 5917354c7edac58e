//! One story: clients work, the power goes, the daemon starts again, and so on; at last somebody hands over what is left.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use transcript_verify::{CHECKPOINTS, verify};

use super::forgetful::Forgetful;
use super::random::Random;
use crate::checkpoints::{Checkpointer, Wake};
use crate::files::{Files as _, create_directories};
use crate::target::Quick;
use crate::writer::{Job, Writer};
use crate::{Destination, Durability, Entry, Journal, Outcome, Record, SessionJournal, Shipment, Signer};

static KEYS: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fn signer() -> Signer {
    Signer::open(KEYS.path()).unwrap()
}

pub(super) struct World {
    seed: u64,
    random: Random,
    durability: Durability,
    files: Forgetful,
    /// What clients were told is on record.
    answered: Arc<Mutex<BTreeSet<String>>>,
    /// What each session said, in its order.
    said: BTreeMap<String, Vec<String>>,
    /// The last checkpoint that was kept elsewhere.
    kept: Option<String>,
    items: usize,
    /// How often a session asked to be handed over itself, while it goes on.
    asked: BTreeMap<String, usize>,
}

/// A daemon that runs, moved by hand.
struct Daemon {
    journal: Journal,
    writer: Writer,
    jobs: Receiver<Job>,
    checkpointer: Checkpointer,
    wakes: Receiver<Wake>,
    sessions: Vec<(String, SessionJournal)>,
}

impl World {
    pub(super) fn new(seed: u64, durability: Durability) -> World {
        let files = Forgetful::new();
        create_directories(&files, Path::new("/share")).unwrap();
        World {
            seed,
            random: Random::new(seed),
            durability,
            files,
            answered: Arc::default(),
            said: BTreeMap::new(),
            kept: None,
            items: 0,
            asked: BTreeMap::new(),
        }
    }

    /// Several lives, each of which ends at some point of what it writes; gives what is found in the end.
    pub(super) fn lives_and_is_whole(mut self) -> BTreeMap<String, Vec<String>> {
        for _ in 0..2 + self.random.below(3) {
            // some end soon, within what the start itself writes
            let changes = if self.random.below(3) == 0 { 12 } else { 120 };
            self.files.cut_after(1 + self.random.below(changes), self.random.below(2) == 0);
            self.live();
            self.files = match self.random.below(4) {
                0 => self.files.after_a_kill(),
                _ => self.files.after_a_power_cut(&mut self.random),
            };
            self.keeps_what_was_answered();
        }
        self.recovery_changes_nothing_the_second_time();
        self.everything_is_handed_over_once()
    }

    fn open(&self) -> io::Result<Daemon> {
        let files = Arc::new(self.files.clone());
        let prepared = Journal::prepare(files, Path::new("/state/record"), self.durability);
        let (mut journal, writer, jobs) = prepared.map_err(io::Error::other)?;
        let (checkpointer, wakes) = journal.sign(signer()).map_err(io::Error::other)?;
        Ok(Daemon { journal, writer, jobs, checkpointer, wakes, sessions: Vec::new() })
    }

    fn live(&mut self) {
        let mut daemon = match self.open() {
            Ok(daemon) => daemon,
            Err(error) => {
                assert!(self.files.is_off(), "seed {}: it does not start: {error}", self.seed);
                return;
            }
        };
        for _ in 0..self.random.below(60) {
            if self.files.is_off() {
                break;
            }
            self.step(&mut daemon);
        }
    }

    fn step(&mut self, daemon: &mut Daemon) {
        match self.random.below(12) {
            0 | 1 => self.start(daemon),
            2..=5 => self.says(daemon),
            6 | 7 => daemon.write(),
            8 => daemon.writer.sync(),
            9 => {
                daemon.vouch(true);
                if !self.files.is_off() {
                    self.keep_checkpoint();
                }
            }
            10 => self.end(daemon),
            _ => drop(self.hand_over(daemon)),
        }
    }

    fn start(&mut self, daemon: &mut Daemon) {
        if daemon.sessions.len() > 4 {
            return;
        }
        let name = format!("session{}", self.said.len());
        let record = self.record(&name);
        let then = self.answer(&name);
        self.said.entry(name.clone()).or_default();
        if let Ok(session) = daemon.journal.start(&name, record, then) {
            session.target.lock().unwrap().quick = Quick::busy(); // what is quick depends on the time
            daemon.sessions.push((name.clone(), session));
        }
        self.said.get_mut(&name).unwrap().push(format!("{name}.0"));
    }

    fn says(&mut self, daemon: &Daemon) {
        for _ in 0..=self.random.below(4) {
            if daemon.sessions.is_empty() {
                return;
            }
            let (name, session) = &daemon.sessions[self.random.below(daemon.sessions.len())];
            let record = self.record(name);
            let then = self.answer(name);
            let said = self.said.get_mut(name).unwrap();
            said.push(format!("{name}.{}", said.len()));
            if self.random.below(3) == 0 {
                session.note(record, |_| ());
            } else {
                session.append(record, then);
            }
        }
    }

    fn record(&self, session: &str) -> Record {
        let count = self.said.get(session).map_or(0, Vec::len);
        let pipeline = format!("{session}.{count}");
        Record::Completed { pipeline, outcome: Outcome::Completed, error: None, duration: 0 }
    }

    fn answer(&self, session: &str) -> impl FnOnce(Result<(), crate::JournalError>) + Send + 'static {
        let (answered, count) = (Arc::clone(&self.answered), self.said.get(session).map_or(0, Vec::len));
        let said = format!("{session}.{count}");
        move |held| {
            if held.is_ok() {
                answered.lock().unwrap().insert(said);
            }
        }
    }

    fn end(&mut self, daemon: &mut Daemon) {
        if daemon.sessions.is_empty() {
            return;
        }
        let (_, session) = daemon.sessions.remove(self.random.below(daemon.sessions.len()));
        session.append(Record::SessionEnd { reason: "the client left".into() }, |_| ());
        drop(session);
        daemon.write();
        daemon.vouch(false);
    }

    /// `pepd record checkpoint`, which syncs the log before it shows its end.
    fn keep_checkpoint(&mut self) {
        if let Some(log) = self.files.contents(Path::new("/state/record")).get(CHECKPOINTS) {
            self.kept = String::from_utf8_lossy(log).lines().next_back().map(str::to_owned).or(self.kept.take());
        }
    }

    fn hand_over(&mut self, daemon: &mut Daemon) -> Result<Shipment, crate::ShipError> {
        daemon.write();
        daemon.vouch(false);
        self.items += 1;
        let to = Destination {
            directory: PathBuf::from("/share"),
            files: None,
            item: format!("Transcripts_{}", self.items),
            forms: &[(".txt", |journal: &mut dyn BufRead, out: &mut dyn Write| io::copy(journal, out).map(drop))],
        };
        let own = self.random.below(daemon.sessions.len() + 1);
        let own = daemon.sessions.get(own).map_or("nobody", |(name, _)| name.as_str());
        *self.asked.entry(own.to_owned()).or_default() += 1;
        let Daemon { journal, checkpointer, wakes, .. } = daemon;
        let journal = &*journal;
        std::thread::scope(|scope| {
            let ship = scope.spawn(move || journal.ship(own, &to, &mut |_, _| ()));
            while !ship.is_finished() {
                if let Ok(wake) = wakes.recv_timeout(Duration::from_micros(50)) {
                    checkpointer.turn(vec![wake], false);
                }
            }
            ship.join().unwrap()
        })
    }

    /// The record and the items that were handed over, as they are: each line at its place.
    fn found(&self) -> Vec<(PathBuf, String, Vec<String>)> {
        let mut found = Vec::new();
        let items = self.files.list(Path::new("/share")).unwrap();
        let items = items.into_iter().filter(|item| !item.starts_with('.')).map(|item| Path::new("/share").join(item));
        for directory in items.chain([PathBuf::from("/state/record")]) {
            for (file, octets) in self.files.contents(&directory) {
                if file.ends_with(".journal") && !file.starts_with('.') {
                    found.push((directory.clone(), file, said(&octets)));
                }
            }
        }
        found
    }

    fn keeps_what_was_answered(&self) {
        let found = self.found();
        let all: BTreeSet<&String> = found.iter().flat_map(|(_, _, said)| said).collect();
        if self.durability == Durability::Strict {
            for answered in self.answered.lock().unwrap().iter() {
                assert!(all.contains(answered), "seed {}: {answered} is lost", self.seed);
            }
        }
        // in any case what is there is what was said, from the first on
        for (_, file, said) in &found {
            let session = transcript_verify::session_of(file).unwrap();
            assert!(self.said[session].starts_with(said), "seed {}: {file} has {said:?}", self.seed);
        }
    }

    fn recovery_changes_nothing_the_second_time(&mut self) {
        drop(self.open().unwrap_or_else(|error| panic!("seed {}: {error}", self.seed)));
        self.verify(Path::new("/state/record"));
        let before = self.files.contents(Path::new("/state/record"));
        self.files = self.files.after_a_power_cut(&mut self.random);
        drop(self.open().unwrap());
        let after = self.files.contents(Path::new("/state/record"));
        assert!(before == after, "seed {}: {:?} became {:?}", self.seed, before.keys(), after.keys());
        self.keeps_what_was_answered();
    }

    fn everything_is_handed_over_once(&mut self) -> BTreeMap<String, Vec<String>> {
        let mut daemon = self.open().unwrap();
        self.hand_over(&mut daemon).unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        self.keeps_what_was_answered();
        drop(daemon);
        self.verify(Path::new("/state/record"));
        let mut places = BTreeMap::<String, Vec<String>>::new();
        for (directory, file, _) in self.found() {
            let session = transcript_verify::session_of(&file).unwrap().to_owned();
            places.entry(session).or_default().push(directory.display().to_string());
        }
        for (session, places) in &places {
            let once = places.len() <= self.asked.get(session).copied().unwrap_or(1);
            let gone = !places.iter().any(|place| place == "/state/record");
            assert!(once && gone, "seed {}: {session}: {places:?}", self.seed);
        }
        let items: BTreeSet<&String> = places.values().flatten().collect();
        items.iter().for_each(|item| self.verify(Path::new(item)));
        places
    }

    fn verify(&self, directory: &Path) {
        let copy = tempfile::tempdir().unwrap();
        let contents = self.files.contents(directory);
        for (file, octets) in &contents {
            std::fs::write(copy.path().join(file), octets).unwrap();
        }
        let kept = self.kept.as_deref().filter(|_| directory == Path::new("/state/record"));
        let mut report = verify(copy.path(), &signer().public_key(), kept).unwrap();
        // what was not handed over with an item is not missing from it
        report.damages.retain(|damage| kept.is_some() || contents.contains_key(&damage.file));
        assert_eq!(report.damages, [], "seed {}: {}", self.seed, directory.display());
    }
}

impl Daemon {
    fn write(&mut self) {
        let round: Vec<Job> = self.jobs.try_iter().collect();
        if !round.is_empty() {
            self.writer.round(round);
        }
    }

    fn vouch(&mut self, all: bool) {
        let woken = self.wakes.try_iter().collect();
        self.checkpointer.turn(woken, all);
    }
}

/// What a session said, by what is left of its journal.
fn said(octets: &[u8]) -> Vec<String> {
    let lines = octets.split_inclusive(|octet| *octet == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
    let entries = lines.map_while(|line| serde_json::from_slice::<Entry>(line.get(65..)?).ok());
    let said = entries.filter_map(|entry| match entry.record {
        Record::Completed { pipeline, .. } => Some(pipeline),
        _ => None,
    });
    said.collect()
}

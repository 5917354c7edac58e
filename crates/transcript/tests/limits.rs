//! How much of a record there may be, and who else is told of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use transcript::{
    Durability, Entry, Journal, JournalError, Mark, Options, Outcome, Record, SessionJournal, Signer, Space,
    Watermarks, Witness, read_journal,
};
use transcript_verify::{CHECKPOINTS, Kind, PublicKey, journals, verify};

struct Place {
    directory: TempDir,
    key: PublicKey,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let key = Signer::open(&directory.path().join("keys")).unwrap().public_key();
        Place { directory, key }
    }

    fn record(&self) -> PathBuf {
        self.directory.path().join("record")
    }

    fn open(&self, options: Options) -> Journal {
        let signer = Signer::open(&self.directory.path().join("keys")).unwrap();
        Journal::open_with(&self.record(), signer, options).unwrap()
    }
}

fn completed(pipeline: &str) -> Record {
    Record::Completed { pipeline: pipeline.into(), outcome: Outcome::Completed, error: None, duration: 7 }
}

fn ended() -> Record {
    Record::SessionEnd { reason: "the client left".into() }
}

fn start(journal: &Journal, session: &str) -> SessionJournal {
    let (told, held) = channel();
    let session = journal.start(session, completed("start"), move |done| told.send(done.is_ok()).unwrap()).unwrap();
    assert!(held.recv().unwrap());
    session
}

/// What the journal says of so many records that were told in one breath.
fn append(session: &SessionJournal, records: impl IntoIterator<Item = Record>) -> Vec<Result<(), JournalError>> {
    let (told, held): (_, Receiver<Result<(), JournalError>>) = channel();
    for record in records {
        let told = told.clone();
        session.append(record, move |done| told.send(done).unwrap());
    }
    drop(told);
    held.iter().collect()
}

fn entries(record: &Path, session: &str) -> Vec<Entry> {
    let file = journals(record).unwrap().into_iter().find(|file| file.contains(session)).unwrap();
    read_journal(&record.join(file), session).unwrap()
}

#[test]
fn a_record_that_comes_to_its_limit_says_so_and_takes_nothing_more_but_the_end() {
    for durability in [Durability::Strict, Durability::Relaxed] {
        let place = Place::new();
        let journal = place.open(Options { durability, session_limit: Some(2_000), ..Options::default() });
        let session = start(&journal, "busy");
        let quiet = start(&journal, "quiet");
        let answers = append(&session, (0..100).map(|n| completed(&n.to_string())));
        let held = answers.iter().take_while(|answer| answer.is_ok()).count();
        assert!((5..30).contains(&held), "{held}");
        let refused = &answers[held..];
        assert!(refused.iter().all(|answer| matches!(answer, Err(JournalError::Truncated { limit: 2_000 }))));
        let reason = refused[0].as_ref().unwrap_err().to_string();
        assert_eq!(reason, "its record has come to the 2000 bytes that one session may have");
        assert!(append(&session, [ended()])[0].is_ok(), "the end has room always");
        assert!(
            append(&quiet, [completed("other"), ended()]).iter().all(Result::is_ok),
            "each session has its own limit"
        );
        drop((session, quiet, journal));

        let entries = entries(&place.record(), "busy");
        // what was told to hold is there, and nothing of what was refused
        assert_eq!(entries.len(), 1 + held + 2);
        assert_eq!(entries[held + 1].record, Record::Truncated { limit: 2_000 });
        assert_eq!(entries[held + 2].record, ended());
        let file = journals(&place.record()).unwrap().into_iter().find(|file| file.contains("busy")).unwrap();
        let size = fs::metadata(place.record().join(file)).unwrap().len();
        assert!((1_800..2_400).contains(&size), "{size}: the limit, the marker and the end");
        let report = verify(&place.record(), &place.key, None).unwrap();
        assert_eq!(report.damages, []);
        assert_eq!(report.sessions.iter().map(|session| session.truncated).collect::<Vec<_>>(), [true, false]);
    }
}

#[test]
fn a_value_that_looks_like_the_marker_is_none() {
    let place = Place::new();
    let journal = place.open(Options { durability: Durability::Relaxed, ..Options::default() });
    let session = start(&journal, "sly");
    append(&session, [completed(r#"x","kind":"truncated","limit":7"#), ended()]);
    drop((session, journal));
    let report = verify(&place.record(), &place.key, None).unwrap();
    assert!(!report.sessions[0].truncated);
}

#[test]
fn without_room_no_session_begins_and_an_open_one_goes_on() {
    let place = Place::new();
    let free = Arc::new(AtomicU64::new(500));
    let now = Arc::clone(&free);
    let journal = place.open(Options {
        watermarks: Some(Watermarks { warn: Mark::Bytes(400), refuse: Mark::Bytes(100) }),
        measure: Some(Box::new(move |_| Ok(Space { free: now.load(Ordering::Relaxed), total: 1000 }))),
        ..Options::default()
    });
    let first = start(&journal, "first");
    free.store(300, Ordering::Relaxed);
    let second = start(&journal, "second"); // between the marks
    free.store(99, Ordering::Relaxed);
    let refused = journal.start("third", completed("start"), |_| panic!("it never began")).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "the record has 99 bytes left on its file system, and below 100 bytes no session begins"
    );
    assert!(append(&first, [completed("work"), ended()]).iter().all(Result::is_ok));
    assert!(append(&second, [ended()])[0].is_ok());
    free.store(100, Ordering::Relaxed);
    append(&start(&journal, "fourth"), [ended()]);
    assert_eq!(journals(&place.record()).unwrap().len(), 3, "nothing is left of a session that did not begin");
}

/// What a witness heard.
type Heard = Arc<Mutex<Vec<String>>>;

fn witness(every: Duration) -> (Witness, Heard) {
    let heard = Heard::default();
    let ears = Arc::clone(&heard);
    (Witness::new(every, Box::new(move |line| ears.lock().unwrap().push(line.to_owned()))), heard)
}

#[test]
fn a_witness_hears_of_every_session_that_is_over_and_what_he_heard_finds_what_was_cut() {
    let place = Place::new();
    let (witness, heard) = witness(Duration::from_hours(1));
    let options = Options { durability: Durability::Relaxed, witness: Some(witness), ..Options::default() };
    let journal = place.open(options);
    for name in ["one", "two"] {
        let session = start(&journal, name);
        append(&session, [completed("work"), ended()]);
        drop(session);
        let (before, end) = (heard.lock().unwrap().len(), Instant::now() + Duration::from_secs(20));
        while heard.lock().unwrap().len() == before {
            assert!(Instant::now() < end, "{name} is over, and nobody was told");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    drop(journal);
    let heard = heard.lock().unwrap().join("\n");
    let log = fs::read_to_string(place.record().join(CHECKPOINTS)).unwrap();
    assert!(heard.lines().all(|line| log.lines().any(|logged| logged == line)), "{heard}\n\n{log}");
    let damages = |kept: &str| verify(&place.record(), &place.key, Some(kept)).unwrap().damages;
    assert_eq!(damages(&heard), []);

    // the last session and all that told of it are taken away
    let last = journals(&place.record()).unwrap().pop().unwrap();
    fs::remove_file(place.record().join(&last)).unwrap();
    let earlier: String =
        log.lines().take_while(|line| !line.contains(&last)).map(|line| format!("{line}\n")).collect();
    fs::write(place.record().join(CHECKPOINTS), earlier).unwrap();
    assert_eq!(verify(&place.record(), &place.key, None).unwrap().damages, [], "nobody can see it");
    let found: Vec<_> = damages(&heard).into_iter().map(|damage| (damage.file, damage.kind)).collect();
    assert_eq!(found, [(CHECKPOINTS.to_owned(), Kind::LogReplaced), (last, Kind::Missing)]);
    // the short form finds it too, without the name
    let short: String = heard.lines().map(|line| transcript_verify::short_form(line).unwrap() + "\n").collect();
    assert_eq!(damages(&short).into_iter().map(|damage| damage.kind).collect::<Vec<_>>(), [Kind::LogReplaced]);
}

#[test]
fn what_others_write_into_the_systems_log_hides_nothing_and_raises_no_alarm() {
    let place = Place::new();
    let (witness, heard) = witness(Duration::ZERO);
    let journal = place.open(Options { witness: Some(witness), ..Options::default() });
    append(&start(&journal, "one"), [ended()]);
    drop(journal);
    let genuine = heard.lock().unwrap().join("\n");
    let damages = |kept: &str| verify(&place.record(), &place.key, Some(kept)).unwrap().damages;
    // a line of somebody else's key, newer than all
    let other = Place::new();
    let (forger, forged) = self::witness(Duration::ZERO);
    let journal = other.open(Options { witness: Some(forger), ..Options::default() });
    append(&start(&journal, "x"), [ended()]);
    drop(journal);
    let forged = forged.lock().unwrap().join("\n");
    assert_eq!(damages(&format!("{forged}\n{genuine}\n{forged}")), []);
    assert_eq!(damages(&forged)[0].kind, Kind::LogReplaced, "none is this record's");
    // an old line said to be the newest does not stand in for the newest
    let old = genuine.lines().next().unwrap().replace("{\"seq\":1,", "{\"seq\":999999,");
    fs::write(place.record().join(CHECKPOINTS), "").unwrap();
    assert!(damages(&format!("{genuine}\n{old}")).iter().any(|damage| damage.kind == Kind::LogReplaced));
}

//! What stays of a record that nobody hands over.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;
use transcript::{Durability, Journal, Record, Retention, SessionJournal, Signer, Tidied};
use transcript_verify::{journals, verify};

const DAY: Duration = Duration::from_hours(24);

struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn keys(&self) -> PathBuf {
        self.0.path().join("keys")
    }

    fn record(&self) -> PathBuf {
        self.0.path().join("record")
    }

    fn open(&self) -> Journal {
        Journal::open_signed(&self.record(), Durability::Relaxed, Signer::open(&self.keys()).unwrap()).unwrap()
    }

    fn is_undamaged(&self) -> bool {
        let key = Signer::open(&self.keys()).unwrap().public_key();
        verify(&self.record(), &key, None).unwrap().damages.is_empty()
    }
}

fn begin(journal: &Journal, session: &str) -> SessionJournal {
    let (told, held) = channel();
    let record = Record::SessionEnd { reason: "x".repeat(1000) };
    let begun = journal.start(session, record, move |done| told.send(done.is_ok()).unwrap()).unwrap();
    assert!(held.recv().unwrap());
    begun
}

/// Waits until so many sessions' ends were dealt with, and tidies.
fn tidied(journal: &Journal, retention: Retention, now: SystemTime, expected: usize) -> Tidied {
    let end = Instant::now() + Duration::from_secs(20);
    let mut all = Tidied::default();
    while all.removed.len() < expected && Instant::now() < end {
        let Tidied { removed, damaged } = journal.tidy(retention, now).unwrap();
        all.removed.extend(removed);
        all.damaged = damaged;
        std::thread::sleep(Duration::from_millis(20));
    }
    all
}

fn size(directory: &Path) -> u64 {
    let file = journals(directory).unwrap().remove(0);
    fs::metadata(directory.join(file)).unwrap().len()
}

#[test]
fn without_a_setting_everything_stays() {
    let place = Place::new();
    let journal = place.open();
    drop(begin(&journal, "a"));
    let later = SystemTime::now() + 10_000 * DAY;
    assert_eq!(journal.tidy(Retention::default(), later).unwrap(), Tidied::default());
    assert_eq!(journals(&place.record()).unwrap().len(), 1);
}

#[test]
fn what_is_older_than_it_may_be_goes_and_the_record_says_so() {
    let place = Place::new();
    let journal = place.open();
    let open = begin(&journal, "goes-on");
    drop(begin(&journal, "over"));
    let days = Retention { time: Some(30 * DAY), octets: None };
    assert_eq!(tidied(&journal, days, SystemTime::now() + 31 * DAY, 1).removed.len(), 1);
    let left = journals(&place.record()).unwrap();
    assert!(left.len() == 1 && left[0].contains("goes-on"), "{left:?}");
    drop(open);
    drop(journal);
    assert!(place.is_undamaged(), "a journal that was taken away is not missed");
    let journal = place.open();
    assert_eq!(journal.tidy(days, SystemTime::now() + 29 * DAY).unwrap(), Tidied::default(), "it is not old yet");
}

#[test]
fn what_is_too_much_goes_the_oldest_first() {
    let place = Place::new();
    let journal = place.open();
    for session in ["first", "second", "third"] {
        drop(begin(&journal, session));
    }
    let two = Retention { time: None, octets: Some(2 * size(&place.record()) + 200) };
    let gone = tidied(&journal, two, SystemTime::now(), 1).removed;
    assert!(gone.len() == 1 && gone[0].contains("first"), "{gone:?}");
    drop(journal);
    assert!(place.is_undamaged());
}

#[test]
fn a_damaged_journal_stays_as_evidence() {
    let place = Place::new();
    let journal = place.open();
    drop(begin(&journal, "changed"));
    drop(begin(&journal, "whole"));
    let file = journals(&place.record()).unwrap().into_iter().find(|file| file.contains("changed")).unwrap();
    let text = fs::read_to_string(place.record().join(&file)).unwrap();
    fs::write(place.record().join(&file), text.replacen('x', "y", 1)).unwrap();
    let days = Retention { time: Some(DAY), octets: None };
    let told = tidied(&journal, days, SystemTime::now() + 2 * DAY, 1);
    assert!(told.removed.len() == 1 && told.removed[0].contains("whole"), "{told:?}");
    assert_eq!(told.damaged, [file]);
    drop(journal);
    assert!(!place.is_undamaged());
}

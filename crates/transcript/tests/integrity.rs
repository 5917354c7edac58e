//! Whatever is done to a record behind the daemon's back is found; what was not touched is not suspected.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;

use tempfile::TempDir;
use transcript::{Destination, Durability, Journal, Outcome, Record, SessionJournal, ShipError, Signer};
use transcript_verify::{CHECKPOINTS, Kind, PublicKey, Report, verify};

fn completed(pipeline: &str) -> Record {
    Record::Completed { pipeline: pipeline.into(), outcome: Outcome::Completed, error: None, duration: 7 }
}

fn ended() -> Record {
    Record::SessionEnd { reason: "the client left".into() }
}

/// A record of several sessions that are over, and its key.
struct Place {
    directory: TempDir,
    key: PublicKey,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let signer = Signer::open(&directory.path().join("keys")).unwrap();
        let key = signer.public_key();
        Place { directory, key }
    }

    fn record(&self) -> std::path::PathBuf {
        self.directory.path().join("record")
    }

    fn open(&self) -> Journal {
        let signer = Signer::open(&self.directory.path().join("keys")).unwrap();
        Journal::open_signed(&self.record(), Durability::Relaxed, signer).unwrap()
    }

    /// With so many sessions of so many records each.
    fn filled(sessions: usize, records: usize) -> Place {
        let place = Place::new();
        let journal = place.open();
        for session in 0..sessions {
            let session = start(&journal, &format!("session-{session}"));
            for n in 0..records {
                append(&session, completed(&format!("pipeline {n}")));
            }
            append(&session, ended());
        }
        drop(journal);
        place
    }

    fn verify(&self, kept: Option<&str>) -> Report {
        verify(&self.record(), &self.key, kept).unwrap()
    }

    fn kinds(&self, kept: Option<&str>) -> Vec<Kind> {
        self.verify(kept).damages.into_iter().map(|damage| damage.kind).collect()
    }
}

fn start(journal: &Journal, session: &str) -> SessionJournal {
    let (told, held) = channel();
    let session = journal.start(session, completed("start"), move |done| told.send(done.is_ok()).unwrap()).unwrap();
    assert!(held.recv().unwrap());
    session
}

fn append(session: &SessionJournal, record: Record) {
    let (told, held) = channel();
    session.append(record, move |done| told.send(done.is_ok()).unwrap());
    assert!(held.recv().unwrap());
}

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let names = files.map(|entry| entry.file_name().into_string().unwrap()).filter(|name| name != "lock");
    names.map(|name| (name.clone(), fs::read(directory.join(&name)).unwrap())).collect()
}

#[test]
fn an_untouched_record_is_whole_also_while_sessions_go_on_and_after_a_restart() {
    let place = Place::filled(3, 5);
    let first = place.verify(None);
    assert_eq!(first.damages, []);
    assert_eq!(first.sessions.iter().map(|s| (s.records, s.vouched)).collect::<Vec<_>>(), [(7, 7); 3]);
    let journal = place.open();
    let session = start(&journal, "later");
    append(&session, completed("x"));
    let kept = first.last_checkpoint.unwrap();
    assert_eq!(place.kinds(Some(&kept)), []);
    assert!(
        Journal::open_signed(
            &place.record(),
            Durability::Relaxed,
            Signer::open(&place.directory.path().join("keys")).unwrap()
        )
        .is_err(),
        "one process at a time"
    );
    drop((session, journal));
    let last = place.verify(Some(&kept));
    assert_eq!((last.damages, last.sessions.len()), (vec![], 4));
    assert_eq!(last.sessions[3].vouched, 2);
}

#[test]
fn what_a_killed_daemon_left_is_closed_at_the_next_start_and_told_of() {
    let place = Place::new();
    let journal = place.open();
    let session = start(&journal, "orphan");
    append(&session, completed("x"));
    std::mem::forget(session); // nobody says that it is over
    std::mem::forget(journal);
    let name = transcript_verify::journals(&place.record()).unwrap().remove(0);
    let path = place.record().join(name);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"0123 {\"torn");
    fs::write(&path, bytes).unwrap();
    fs::remove_file(place.record().join("lock")).unwrap(); // the process that had it is gone
    drop(place.open());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(r#""kind":"recovered","cut":11"#), "{text}");
    assert!(text.contains(r#""kind":"session-end""#), "{text}");
    let report = place.verify(None);
    assert_eq!(report.damages, []);
    assert_eq!((report.sessions[0].records, report.sessions[0].vouched), (4, 4));
}

#[test]
fn p_044_a_start_does_not_sign_what_was_changed_while_no_daemon_ran() {
    let place = Place::new();
    let journal = place.open();
    let session = start(&journal, "orphan");
    (0..3).for_each(|n| append(&session, completed(&format!("pipeline {n}"))));
    std::mem::forget(session); // it was open when the last checkpoint was made
    drop(journal);
    let path = place.record().join(transcript_verify::journals(&place.record()).unwrap().remove(0));
    let whole = fs::read_to_string(&path).unwrap();
    // the last line cut, and the one before torn, as a crash would leave it
    let cut = whole.rfind("{\"seq\":3").unwrap();
    fs::write(&path, &whole[..cut]).unwrap();
    drop(place.open());
    assert_eq!(fs::read_to_string(&path).unwrap(), whole[..cut], "it stays as it was found");
    assert_eq!(place.kinds(None), [Kind::Torn]);
    // another journal in its place, with a chain that fits
    let other = place.directory.path().join("other");
    let journal = Journal::open(&other, Durability::Relaxed).unwrap();
    let session = start(&journal, "orphan");
    (0..9).for_each(|n| append(&session, completed(&format!("harmless {n}"))));
    fs::write(&path, files(&other).into_values().next().unwrap()).unwrap();
    drop(place.open());
    assert_eq!(place.kinds(None), [Kind::Replaced]);
}

#[test]
fn p_044_a_start_refuses_a_log_that_its_key_did_not_sign() {
    let place = Place::filled(1, 1);
    fs::remove_file(place.directory.path().join("keys/record.key")).unwrap();
    let signer = Signer::open(&place.directory.path().join("keys")).unwrap();
    let refused = Journal::open_signed(&place.record(), Durability::Relaxed, signer).err().unwrap().to_string();
    assert!(refused.contains("signature"), "{refused}");
}

#[test]
fn p_044_each_kind_of_damage_has_its_name() {
    let place = Place::filled(3, 5);
    let journal = place.open();
    append(&start(&journal, "one more"), ended());
    drop(journal);
    let whole = files(&place.record());
    let kept = place.verify(None).last_checkpoint.unwrap();
    let names: Vec<&String> = whole.keys().filter(|name| name.ends_with(".journal")).collect();
    let text = |name: &str| String::from_utf8(whole[name].clone()).unwrap();
    let first = names[0].as_str();
    let lines: Vec<String> = text(first).lines().map(str::to_owned).collect();
    let joined = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let without_last = joined(&lines[..lines.len() - 1]);
    let swapped = {
        let mut lines = lines.clone();
        lines.swap(2, 3);
        joined(&lines)
    };
    let log = text(CHECKPOINTS);
    let shorter = joined(&log.lines().map(str::to_owned).collect::<Vec<_>>()[..1]);
    let cases: Vec<(&str, Option<String>, Kind)> = vec![
        (first, Some(text(first).replace("pipeline 2", "pipeline 9")), Kind::Altered),
        (first, Some(swapped), Kind::Altered),
        (first, Some(without_last), Kind::Cut { had: 7 }),
        (first, Some(text(first).trim_end().to_owned()), Kind::Torn),
        (first, Some(format!("{}x\n", text(first))), Kind::Malformed),
        (first, Some(text(names[1])), Kind::Altered),
        (first, None, Kind::Missing),
        (CHECKPOINTS, None, Kind::LogReplaced),
        (CHECKPOINTS, Some(shorter), Kind::LogReplaced),
    ];
    for (file, changed, kind) in cases {
        match &changed {
            Some(changed) => fs::write(place.record().join(file), changed).unwrap(),
            None => fs::remove_file(place.record().join(file)).unwrap(),
        }
        let kinds = place.kinds(Some(&kept));
        assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
        fs::write(place.record().join(file), &whole[file]).unwrap();
    }
    // a journal written anew from its start to its end, chain and all
    let journal = Journal::open(&place.directory.path().join("other"), Durability::Relaxed).unwrap();
    let session = start(&journal, "session-0");
    (0..6).for_each(|n| append(&session, completed(&format!("harmless {n}"))));
    let forged = files(&place.directory.path().join("other")).into_values().next().unwrap();
    fs::write(place.record().join(first), forged).unwrap();
    assert_eq!(place.kinds(Some(&kept)), [Kind::Replaced]);
    fs::write(place.record().join(first), &whole[first]).unwrap();
    // another key
    let stranger = Signer::open(&place.directory.path().join("stranger")).unwrap().public_key();
    let report = verify(&place.record(), &stranger, Some(&kept)).unwrap();
    assert!(report.damages.iter().any(|damage| damage.kind == Kind::BadSignature));
    assert_eq!(place.kinds(Some(&kept)), []);
}

/// A small generator of its own, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// What becomes of a file.
enum Now {
    Gone,
    Holds(Vec<u8>),
}

/// Damages one file of a record; none if the damage would change nothing.
fn damaged(random: &mut Random, whole: &BTreeMap<String, Vec<u8>>, name: &str) -> Option<Now> {
    let bytes = &whole[name];
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (at, other) = (random.below(lines.len()), random.below(lines.len()));
    let changed = match random.below(8) {
        0 => {
            let mut changed = bytes.clone();
            let byte = random.below(changed.len());
            changed[byte] ^= 1 << random.below(8);
            changed
        }
        1 => {
            lines.remove(at);
            lines.concat()
        }
        2 => {
            lines.swap(at, other);
            lines.concat()
        }
        3 => {
            lines.insert(at, lines[other]);
            lines.concat()
        }
        4 => bytes[..random.below(bytes.len())].to_vec(),
        5 => lines[..at].concat(),
        6 => return Some(Now::Gone),
        _ => {
            // two sessions spliced
            let names: Vec<&String> = whole.keys().collect();
            let theirs = &whole[names[random.below(names.len())]];
            let theirs: Vec<&[u8]> = theirs.split_inclusive(|byte| *byte == b'\n').collect();
            [&lines[..at], &theirs[random.below(theirs.len())..]].concat().concat()
        }
    };
    (changed != *bytes).then_some(Now::Holds(changed))
}

#[test]
fn p_044_random_damage_is_always_found_and_nothing_else_is() {
    let mut random = Random(0x5EED);
    let mut place = Place::filled(4, 12);
    let mut whole = files(&place.record());
    let mut kept = place.verify(None).last_checkpoint.unwrap();
    let names = |whole: &BTreeMap<String, Vec<u8>>| whole.keys().cloned().collect::<Vec<_>>();
    let mut done = 0;
    while done < 10_000 {
        if done % 500 == 0 {
            let (sessions, records) = (2 + random.below(4), random.below(20));
            place = Place::filled(sessions, records);
            whole = files(&place.record());
            kept = place.verify(None).last_checkpoint.unwrap();
        }
        if done % 10 == 0 {
            assert_eq!(place.kinds(Some(&kept)), [], "a false alarm");
        }
        let all = names(&whole);
        let name = &all[random.below(all.len())];
        let Some(changed) = damaged(&mut random, &whole, name) else { continue };
        match &changed {
            Now::Holds(changed) => fs::write(place.record().join(name), changed).unwrap(),
            Now::Gone => fs::remove_file(place.record().join(name)).unwrap(),
        }
        let found = place.kinds(Some(&kept));
        assert!(!found.is_empty(), "damage {done}, of {name}, was not found");
        fs::write(place.record().join(name), &whole[name]).unwrap();
        done += 1;
    }
}

/// The text of a journal in these tests.
fn render(journal: &mut dyn std::io::BufRead, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    writeln!(out, "{} lines", std::io::read_to_string(journal)?.lines().count())
}

fn to(directory: &Path, item: &str) -> Destination {
    Destination { directory: directory.to_owned(), files: None, item: item.into(), forms: &[(".txt", render)] }
}

#[test]
fn p_033_p_034_what_was_handed_over_is_whole_there_and_gone_here_and_the_own_session_follows_at_its_end() {
    let place = Place::filled(3, 5);
    let share = tempfile::tempdir().unwrap();
    let journal = place.open();
    let own = start(&journal, "own");
    let another = start(&journal, "another");
    let mut told = Vec::new();
    let shipment =
        journal.ship("own", &to(share.path(), "Transcripts_1"), &mut |done, all| told.push((done, all))).unwrap();
    assert_eq!((shipment.sessions, told), (4, vec![(0, 4), (1, 4), (2, 4), (3, 4)]));
    let left = transcript_verify::journals(&place.record()).unwrap();
    assert_eq!(left.len(), 2, "its own session, and that of somebody else: {left:?}");
    append(&own, ended());
    drop((own, another));
    drop(journal);
    let left = transcript_verify::journals(&place.record()).unwrap();
    assert!(left.len() == 1 && left[0].ends_with("-another.journal"), "{left:?}");
    let report = place.verify(None);
    assert_eq!(report.damages, []);
    let item = shipment.item.unwrap();
    let names: Vec<String> = files(&item).into_keys().collect();
    assert_eq!(names.iter().filter(|name| name.ends_with(".journal")).count(), 4, "{names:?}");
    let text = names.iter().find(|name| name.ends_with("-own.txt")).unwrap();
    assert_eq!(fs::read_to_string(item.join(text)).unwrap(), "2 lines\n", "with its end");
}

#[test]
fn p_037_a_hand_over_that_fails_takes_nothing_away_and_leaves_nothing_behind() {
    let place = Place::filled(3, 5);
    let share = tempfile::tempdir().unwrap();
    let journal = place.open();
    let own = start(&journal, "own");
    fs::create_dir(share.path().join("Transcripts_1")).unwrap();
    let taken = journal.ship("own", &to(share.path(), "Transcripts_1"), &mut |_, _| ()).unwrap_err();
    assert!(taken.to_string().contains("exists"), "{taken}");
    let nowhere = journal.ship("own", &to(&share.path().join("nowhere"), "x"), &mut |_, _| ()).unwrap_err();
    assert!(matches!(nowhere, ShipError::Destination { .. }), "{nowhere}");
    let failing = Destination {
        forms: &[(".txt", |_, _| Err(std::io::Error::other("no")))],
        ..to(share.path(), "Transcripts_2")
    };
    assert!(journal.ship("own", &failing, &mut |_, _| ()).is_err());
    assert_eq!(fs::read_dir(share.path()).unwrap().count(), 1, "only what was there before");
    assert_eq!(transcript_verify::journals(&place.record()).unwrap().len(), 4);
    drop((own, journal));
    assert_eq!(place.kinds(None), []);
}

#[test]
fn p_040_two_hand_overs_at_once_lose_and_double_nothing() {
    let place = Place::filled(8, 3);
    let share = tempfile::tempdir().unwrap();
    let journal = place.open();
    let shipped: Vec<usize> = std::thread::scope(|scope| {
        let both = ["Transcripts_1", "Transcripts_2"].map(|item| {
            scope.spawn(|| journal.ship("nobody", &to(share.path(), item), &mut |_, _| ()).unwrap().sessions)
        });
        both.map(|one| one.join().unwrap()).into()
    });
    assert_eq!(shipped.iter().sum::<usize>(), 8, "{shipped:?}");
    assert_eq!(transcript_verify::journals(&place.record()).unwrap().len(), 0);
    drop(journal);
    assert_eq!(place.kinds(None), []);
}

#[test]
fn p_040_sessions_begin_and_end_while_others_hand_over_and_each_is_whole_in_one_item() {
    let place = Place::new();
    let share = tempfile::tempdir().unwrap();
    let journal = place.open();
    let (working, number) = (std::sync::atomic::AtomicBool::new(true), 120);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..number {
                let session = start(&journal, &format!("session-{n}"));
                append(&session, completed("x"));
                if n % 10 == 0 {
                    journal
                        .ship(&format!("session-{n}"), &to(share.path(), &format!("own-{n}")), &mut |_, _| ())
                        .unwrap();
                }
                append(&session, ended());
            }
            working.store(false, std::sync::atomic::Ordering::Release);
        });
        for item in 0.. {
            journal.ship("nobody", &to(share.path(), &format!("item-{item}")), &mut |_, _| ()).unwrap();
            if !working.load(std::sync::atomic::Ordering::Acquire) {
                break;
            }
        }
    });
    drop(journal); // what had been handed over before its end has gone after
    let journal = place.open();
    journal.ship("nobody", &to(share.path(), "last"), &mut |_, _| ()).unwrap();
    drop(journal);
    assert_eq!(place.kinds(None), []);
    let mut lines = BTreeMap::<String, Vec<usize>>::new();
    for item in fs::read_dir(share.path()).unwrap() {
        for (file, octets) in files(&item.unwrap().path()) {
            if let Some(session) = transcript_verify::session_of(&file) {
                let count = octets.split(|octet| *octet == b'\n').count() - 1;
                lines.entry(session.to_owned()).or_default().push(count);
            }
        }
    }
    assert_eq!(lines.len(), number);
    for (session, lines) in lines {
        assert_eq!(lines, [3], "{session}");
    }
}

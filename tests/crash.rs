//! The daemon is killed while clients work: whatever was answered is in the record, and at last in what is handed over.
//!
//! `PEPD_CRASHES` says how many times; without it, as often as fits into a quarter of a minute.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use clixml::Guid;
use psrp::message::{Command, CreatePipeline};
use psrp::out_of_process::{Client, ClientEvent};
use psrp::pool::client::{Config, Event};
use support::endpoint::Endpoint;
use tempfile::TempDir;
use transcript::{Record, read_journal};
use transcript_verify::{CHECKPOINTS, PublicKey, journals, session_of, verify};

/// How many pipelines a client runs.
enum Until {
    Killed,
    Done(usize),
}

/// Runs a pipeline again and again until the daemon is gone; each one that was answered to its end is told.
fn work(socket: &Path, session: Guid, commands: &[Command], until: Until, answered: &mpsc::Sender<(Guid, Guid)>) {
    let Ok(mut stream) = UnixStream::connect(socket) else { return };
    let mut client = Client::new(Config::default(), session);
    client.open();
    let mut buffer = [0; 16 * 1024];
    let mut left = if let Until::Done(count) = until { count } else { usize::MAX };
    loop {
        while let Some(line) = client.poll_output() {
            if stream.write_all(&line).is_err() {
                return;
            }
        }
        let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
        client.receive(&buffer[..count]).unwrap();
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Pool(Event::Opened) => {}
                ClientEvent::Pool(Event::Finished { id, .. }) => {
                    answered.send((session, id)).unwrap();
                    client.close_pipeline(id);
                    left -= 1;
                }
                _ => continue,
            }
            if left == 0 {
                return; // the session ends with its connection
            }
            if client.create_pipeline(Guid::new_v4(), CreatePipeline::new(commands.to_vec())).is_err() {
                return; // whoever hands over is out then
            }
        }
    }
}

/// A daemon that is killed again and again, and what its clients were told.
struct Place {
    endpoint: Endpoint,
    share: TempDir,
    answered: BTreeSet<(String, String)>,
    /// Sessions that asked to be handed over, and how often they were answered.
    asked: BTreeMap<String, usize>,
    random: u64,
}

impl Place {
    fn new() -> Place {
        let share = tempfile::tempdir().unwrap();
        let configuration = format!("transcripts = [\"{}\"]\n", share.path().display());
        let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), &configuration);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let random = u64::from(now.subsec_nanos()) | 1;
        Place { endpoint, share, answered: BTreeSet::new(), asked: BTreeMap::new(), random }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % limit
    }

    fn close(&self) -> Vec<Command> {
        let path = self.share.path().to_str().unwrap();
        vec![Command::new("Close-PrivilegedEndpoint").parameter("TranscriptsPathDestination", path)]
    }

    /// Clients work, and at some moment the daemon is killed; sometimes one of them hands over meanwhile.
    fn crash(&mut self) {
        let (answered, told) = mpsc::channel();
        let mut workers = Vec::new();
        let hands_over = self.below(3) == 0;
        for worker in 0..3 {
            let (socket, answered, session) = (self.endpoint.socket(), answered.clone(), Guid::new_v4());
            let commands = if worker == 0 && hands_over {
                self.asked.insert(session.to_string(), 0);
                self.close()
            } else {
                vec![Command::new("Get-Command"), Command::new("Measure-Object")]
            };
            workers.push(thread::spawn(move || work(&socket, session, &commands, Until::Killed, &answered)));
        }
        drop(answered);
        thread::sleep(Duration::from_micros(1_000 + self.below(400_000)));
        self.endpoint.kill();
        for worker in workers {
            worker.join().unwrap();
        }
        self.tell(told.iter());
        self.endpoint.start_again();
    }

    fn tell(&mut self, told: impl Iterator<Item = (Guid, Guid)>) {
        for (session, pipeline) in told {
            if let Some(asked) = self.asked.get_mut(&session.to_string()) {
                *asked += 1;
            }
            self.answered.insert((session.to_string(), pipeline.to_string()));
        }
    }

    /// Somebody hands over what is left; nothing of it is missing there, twice there, or still here.
    fn settle(&mut self) {
        let end = Instant::now() + Duration::from_mins(1);
        while !journals(&self.record()).unwrap().is_empty() {
            assert!(Instant::now() < end, "these never leave: {:?}", journals(&self.record()).unwrap());
            let (answered, told) = mpsc::channel();
            let session = Guid::new_v4();
            self.asked.insert(session.to_string(), 1);
            work(&self.endpoint.socket(), session, &self.close(), Until::Done(1), &answered);
            drop(answered);
            self.tell(told.iter());
            thread::sleep(Duration::from_millis(150)); // its own end goes after it
        }
        self.verify();
        let mut places = BTreeMap::<String, usize>::new();
        let mut found = BTreeSet::new();
        for item in self.items() {
            for file in journals(&item).unwrap() {
                let session = session_of(&file).unwrap().to_owned();
                for entry in read_journal(&item.join(&file), &session).unwrap() {
                    if let Record::Completed { pipeline, .. } = entry.record {
                        found.insert((session.clone(), pipeline));
                    }
                }
                *places.entry(session).or_default() += 1;
            }
        }
        let missing: Vec<_> = self.answered.difference(&found).collect();
        assert!(missing.is_empty(), "answered, and not in the record: {missing:?}");
        for (session, count) in places {
            // whoever asked for it himself, and asked again, may have it in each item; the last request may not have been answered
            let most = self.asked.get(&session).map_or(1, |asked| asked + 1);
            assert!(count <= most, "{session} is in {count} items");
        }
    }

    /// Against a checkpoint that somebody kept.
    fn verify(&self) {
        let key = fs::read_to_string(self.endpoint.state().join("keys/record.pub")).unwrap();
        let log = fs::read_to_string(self.record().join(CHECKPOINTS)).unwrap();
        let kept = log.lines().next_back();
        let report = verify(&self.record(), &PublicKey::parse(&key).unwrap(), kept).unwrap();
        assert_eq!(report.damages, []);
    }

    fn record(&self) -> PathBuf {
        self.endpoint.state().join("record")
    }

    fn items(&self) -> Vec<PathBuf> {
        let items = fs::read_dir(self.share.path()).unwrap().map(|entry| entry.unwrap().path());
        items.filter(|item| item.file_name().unwrap().to_str().unwrap().starts_with("Transcripts_")).collect()
    }
}

#[test]
fn j_105_p_035_p_043_a_daemon_that_is_killed_again_and_again_loses_and_doubles_nothing_that_was_answered() {
    let number: usize = std::env::var("PEPD_CRASHES").map_or(30, |number| number.parse().unwrap());
    let mut place = Place::new();
    let (mut answered, mut items) = (0, 0);
    for crash in 1..=number {
        place.crash();
        if crash % 10 == 0 || crash == number {
            place.settle();
            answered += place.answered.len();
            items += place.items().len();
            place.answered.clear();
            place.items().iter().for_each(|item| fs::remove_dir_all(item).unwrap());
        }
    }
    assert!(answered > number, "the clients did too little work: {answered}");
    println!("killed {number} times; {answered} answered commands, all of them found in {items} items");
}

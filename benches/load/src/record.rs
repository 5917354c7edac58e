//! `record-figures`: what the record costs, in one run: the same endpoint with a strict record, a relaxed one and none, in turn; and
//! how fast a record is verified and taken up again after a crash. Usage: `record-figures DIRECTORY-OF-PROGRAMS`; `load-server` in it
//! must be built with the feature `unrecorded`.

#![allow(clippy::print_stdout, clippy::expect_used)] // a tool for measuring: what cannot be set up ends it
#![allow(clippy::cast_precision_loss)] // figures for people

#[allow(dead_code)] // it knows more ways than are measured here
mod driver;

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clixml::Secret;
use driver::Driver;
use tokio::task::JoinSet;
use transcript::{Durability, Journal, Outcome, Record, Signer, Stream};
use winrm_client::{Authentication, Target, Tickets};

const PASSWORD: &str = "Correct horse 1 batteries";
const ROUNDS: usize = 9;
const LINES: usize = 100_000;

/// An endpoint in a process of its own.
struct Server {
    child: Child,
    driver: Arc<Driver>,
}

impl Server {
    fn start(programs: &Path, mode: &str) -> Server {
        let mut command = Command::new(programs.join("load-server"));
        command.args([mode, PASSWORD]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("load-server");
        let mut told = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut told).expect("addresses");
        let address: SocketAddr =
            told.split(' ').next().unwrap_or_default().parse().expect("load-server knows this mode");
        let driver = Arc::new(Driver::WinRm(Arc::new(Target {
            host: address.ip().to_string(),
            port: address.port(),
            address: None,
            path: "/wsman".into(),
            tls: None,
            user: "load".into(),
            password: Secret::new(PASSWORD),
            authentication: Authentication::Negotiate,
            tickets: Tickets::default(),
            configuration: "PrivilegedEndpoint".into(),
        })));
        Server { child, driver }
    }

    /// Objects a second that so many sessions take, each so many.
    async fn stream(&self, sessions: usize, lines: usize) -> f64 {
        let mut open = Vec::new();
        for _ in 0..sessions {
            open.push(self.driver.open().await.expect("a session"));
        }
        let (began, mut tasks) = (Instant::now(), JoinSet::new());
        for mut session in open {
            tasks.spawn(async move {
                session.stream(lines).await.expect("lines");
                session
            });
        }
        let ended = tasks.join_all().await;
        let took = began.elapsed();
        for session in ended {
            session.close().await.expect("its end");
        }
        (sessions * lines) as f64 / took.as_secs_f64()
    }

    /// Times of no-ops in one session.
    async fn no_ops(&self, count: usize) -> Vec<f64> {
        let mut session = self.driver.open().await.expect("a session");
        let mut times = Vec::new();
        for round in 0..count + 5 {
            let began = Instant::now();
            session.no_op().await.expect("a no-op");
            if round >= 5 {
                times.push(milliseconds(began.elapsed()));
            }
        }
        session.close().await.expect("its end");
        times
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take()); // it ends, and takes its directory with it
        drop(self.child.wait());
    }
}

#[tokio::main]
async fn main() {
    let programs = std::env::args().nth(1).expect("usage: record-figures DIRECTORY-OF-PROGRAMS");
    let [off, relaxed, strict] = ["off", "relaxed", "strict"].map(|mode| Server::start(Path::new(&programs), mode));
    bulk(&off, &relaxed, &strict).await;
    no_op(&off, &relaxed, &strict).await;
    let rates = [strict.stream(32, 10_000).await, strict.stream(32, 10_000).await, strict.stream(32, 10_000).await];
    println!(
        "\n32 sessions under a strict record: {:.0} recorded objects per second (goal: ≥ 20,000).\n",
        median(rates.into())
    );
    drop((off, relaxed, strict));
    journal();
}

async fn bulk(off: &Server, relaxed: &Server, strict: &Server) {
    let servers = [off, relaxed, strict];
    let mut rates = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for turn in 0..3 {
            let at = (round + turn) % 3; // each comes first as often as the others
            if let (Some(server), Some(rates)) = (servers.get(at), rates.get_mut(at)) {
                rates.push(server.stream(1, LINES).await);
            }
        }
    }
    println!("| bulk output, objects per second | median | best | beside no record |\n|---|---|---|---|");
    let [none, ..] = &rates;
    for (name, rates) in ["no record (test build)", "relaxed", "strict"].iter().zip(&rates) {
        let mut ratios: Vec<f64> = rates.iter().zip(none).map(|(rate, none)| 100.0 * rate / none).collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "| {name} | {:.0} | {:.0} | {:.0} % |",
            median(rates.clone()),
            rates.iter().copied().fold(0.0, f64::max),
            median(ratios)
        );
    }
}

async fn no_op(off: &Server, relaxed: &Server, strict: &Server) {
    let (mut times, mut syncs) = ([Vec::new(), Vec::new(), Vec::new()], Vec::new());
    for _ in 0..ROUNDS {
        for (server, times) in [off, relaxed, strict].into_iter().zip(&mut times) {
            times.extend(server.no_ops(60).await);
        }
        syncs.extend(syncs_alone(60));
    }
    let [none, relaxed, strict] = times.map(median);
    println!("\n| a no-op | median |\n|---|---|");
    println!("| no record (test build) | {none:.2} ms |\n| relaxed | {relaxed:.2} ms |\n| strict | {strict:.2} ms |");
    println!("| one line appended to a file and synced, nothing else | {:.2} ms |", median(syncs));
}

/// What the disk takes for a line.
fn syncs_alone(count: usize) -> Vec<f64> {
    let directory = tempfile::tempdir().expect("a directory");
    let mut options = OpenOptions::new();
    let mut file = options.append(true).create(true).open(directory.path().join("file")).expect("a file");
    let times = (0..count).map(|_| {
        std::thread::sleep(Duration::from_micros(300)); // as between two commands
        let began = Instant::now();
        file.write_all(&[b'x'; 600]).and_then(|()| file.sync_data()).expect("a sync");
        milliseconds(began.elapsed())
    });
    times.collect()
}

/// A journal of more than a gigabyte: written, taken up again as after a crash, verified.
fn journal() {
    let directory = tempfile::tempdir().expect("a directory");
    let record = directory.path().join("record");
    let open = || {
        let signer = Signer::open(&directory.path().join("keys")).expect("a key");
        Journal::open_signed(&record, Durability::Relaxed, signer).expect("a record")
    };
    let journal = open();
    let session = journal.start("big", completed(), |_| ()).expect("a journal");
    let clixml = "<S>a line of output as a command writes it, of which there are very many in this session</S>";
    let mut records = 1_u64;
    while records < 4_500_000 {
        let output = Record::Output { pipeline: "p".into(), stream: Stream::Output, clixml: clixml.into() };
        records += 1;
        if records.is_multiple_of(4_000) {
            let (told, held) = std::sync::mpsc::channel();
            session.append(output, move |result| told.send(result.is_ok()).expect("somebody waits"));
            assert!(held.recv().expect("an answer"), "the disk is full");
        } else {
            session.note(output, |_| ());
        }
    }
    std::mem::forget(session); // its end is never told
    drop(journal);
    let size: u64 = std::fs::read_dir(&record)
        .expect("a record")
        .map(|file| file.expect("a file").metadata().expect("it").len())
        .sum();
    let began = Instant::now();
    drop(open());
    let recovered = began.elapsed();
    let signer = Signer::open(&directory.path().join("keys")).expect("a key");
    let mut rates = Vec::new();
    for _ in 0..3 {
        let began = Instant::now();
        let report = transcript_verify::verify(&record, &signer.public_key(), None).expect("a record");
        assert!(report.damages.is_empty() && report.sessions.iter().all(|session| session.records > records));
        rates.push(records as f64 / began.elapsed().as_secs_f64());
    }
    let gigabytes = size as f64 / 1e9;
    println!("A journal of {records} records and {gigabytes:.2} GB, on one core and from the page cache:\n");
    println!("| | | goal |\n|---|---|---|");
    println!("| `pepd record verify` | {:.2} million records per second | ≥ 1 million |", median(rates) / 1e6);
    let seconds = recovered.as_secs_f64() / gigabytes;
    println!("| start after a crash, up to the first client | {seconds:.2} s per GB | < 1 s |");
}

fn completed() -> Record {
    Record::Completed { pipeline: "p".into(), outcome: Outcome::Completed, error: None, duration: 0 }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

//! Runs a server instead of connecting anywhere, relays standard input and output, and notes every chunk.
//!
//! | Variable | What it is |
//! |---|---|
//! | `STAND_IN_SERVER` | command line, for `sh`, of a server that speaks the out-of-process framing |
//! | `STAND_IN_CAPTURE` | optional file for the recording: `{"t": seconds, "d": "C", "S" or "E", "b": text}` a line |
//! | `STAND_IN_PID` | optional file that receives the server's process id |
//! | `STAND_IN_PROTOCOL` | optional version of three characters that both sides are made to announce instead of 2.4 |

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test helper fails by panicking")]

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::stand_in::announce;

fn main() -> ExitCode {
    let Some(command) = env::var_os("STAND_IN_SERVER") else {
        eprintln!("stand-in-ssh: STAND_IN_SERVER is not set");
        return ExitCode::FAILURE;
    };
    let recording = Recording::open();
    recording.note("C", b""); // marks the start of a connection
    let mut line = std::ffi::OsString::from("exec ");
    line.push(command);
    let mut server = Command::new("sh")
        .arg("-c")
        .arg(line)
        .process_group(0) // a Ctrl+C on the client's terminal is not for the server
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let Some(file) = env::var_os("STAND_IN_PID") {
        fs::write(file, server.id().to_string()).unwrap();
    }
    let (to, from, errors) =
        (server.stdin.take().unwrap(), server.stdout.take().unwrap(), server.stderr.take().unwrap());
    let recording: &'static Recording = Box::leak(Box::new(recording));
    let up = thread::spawn(move || recording.relay("C", std::io::stdin(), to));
    let down = thread::spawn(move || recording.relay("S", from, std::io::stdout()));
    thread::spawn(move || recording.relay("E", errors, std::io::stderr()));
    let mut gone_since = None;
    let status = loop {
        if let Some(status) = server.try_wait().unwrap() {
            break status;
        }
        if up.is_finished() && gone_since.get_or_insert_with(Instant::now).elapsed() > Duration::from_secs(3) {
            server.kill().unwrap(); // the client has gone, and the server had its moment
        }
        thread::sleep(Duration::from_millis(20));
    };
    drop(down.join());
    ExitCode::from(
        status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(255 - u8::from(status.signal().is_none())),
    )
}

struct Recording {
    file: Option<Mutex<File>>,
    start: Instant,
    protocol: Option<String>,
    closing: AtomicBool,
}

impl Recording {
    fn open() -> Recording {
        let file = env::var_os("STAND_IN_CAPTURE")
            .map(|path| Mutex::new(OpenOptions::new().create(true).append(true).open(path).unwrap()));
        let protocol = env::var("STAND_IN_PROTOCOL").ok().filter(|version| !version.is_empty());
        Recording { file, start: Instant::now(), protocol, closing: AtomicBool::new(false) }
    }

    fn note(&self, direction: &str, chunk: &[u8]) {
        let Some(file) = &self.file else { return };
        let entry = serde_json::json!({
            "t": self.start.elapsed().as_secs_f64(), "d": direction, "b": String::from_utf8_lossy(chunk),
        });
        file.lock().unwrap().write_all(format!("{entry}\n").as_bytes()).unwrap();
    }

    /// Whole lines only: one element of the framing is one line, and a chunk of it is of no use.
    fn relay(&self, direction: &str, mut from: impl Read, mut to: impl Write) {
        let (mut held, mut buffer) = (Vec::new(), vec![0; 65536]);
        loop {
            let read = from.read(&mut buffer).unwrap_or(0);
            held.extend_from_slice(buffer.get(..read).unwrap_or_default());
            let whole =
                if read == 0 { held.len() } else { held.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1) };
            let mut chunk: Vec<u8> = held.drain(..whole).collect();
            if !chunk.is_empty() {
                if let Some(version) = self.protocol.as_deref().filter(|_| direction != "E") {
                    chunk = chunk.split_inclusive(|b| *b == b'\n').flat_map(|line| announce(line, version)).collect();
                }
                self.note(direction, &chunk);
                if direction == "C" && memmem(&chunk, b"<Close PSGuid='00000000-") {
                    self.closing.store(true, Ordering::Relaxed);
                }
                // a PowerShell server complains about the end of its input: noise
                let noise = direction == "E" && self.closing.load(Ordering::Relaxed);
                if !noise && to.write_all(&chunk).and_then(|()| to.flush()).is_err() {
                    return;
                }
            }
            if read == 0 {
                return;
            }
        }
    }
}

fn memmem(chunk: &[u8], wanted: &[u8]) -> bool {
    chunk.windows(wanted.len()).any(|window| window == wanted)
}

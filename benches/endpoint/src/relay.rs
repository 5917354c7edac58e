//! What the way itself costs: `pepd connect` with nothing but an echo behind it.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A command takes two turns, to run it and to close it.
const TURNS: usize = 2;
/// About what a no-op sends in a turn.
const SIZE: usize = 1024;

/// The median of `runs` times two turns through the relay.
pub(crate) fn measure(pepd: &str, runs: usize) -> Duration {
    let socket = std::env::temp_dir().join(format!("pepd-bench-echo-{}", std::process::id()));
    let listener = UnixListener::bind(&socket).expect("a socket");
    let echo = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the relay comes");
        let mut buffer = [0; SIZE];
        while stream.read_exact(&mut buffer).is_ok() {
            stream.write_all(&buffer).expect("the relay reads");
        }
    });
    let mut command = Command::new(pepd);
    command.arg("connect").arg("--socket").arg(&socket).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut relay = command.spawn().expect("pepd connect starts");
    let (mut to, mut from) = (relay.stdin.take().expect("piped"), relay.stdout.take().expect("piped"));
    let mut buffer = [0; SIZE];
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..TURNS {
                to.write_all(&buffer).expect("the relay reads");
                from.read_exact(&mut buffer).expect("the relay writes");
            }
            start.elapsed()
        })
        .collect();
    drop((to, from));
    let _ = relay.wait();
    let _ = echo.join();
    let _ = std::fs::remove_file(socket);
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

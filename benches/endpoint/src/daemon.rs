//! `pepd serve`, and many idle sessions in it.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clixml::Guid;
use psrp::out_of_process::{Client, ClientEvent};
use psrp::pool::client::{Config, Event};

pub(crate) struct Daemon {
    child: Child,
    directory: PathBuf,
}

impl Daemon {
    /// With a state directory and a socket of its own, and room for many sessions.
    pub(crate) fn start(pepd: &str, record: &str) -> Daemon {
        let directory = std::env::temp_dir().join(format!("pepd-bench-{record}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory for the daemon");
        let configuration = directory.join("pepd.toml");
        std::fs::write(&configuration, format!("record = \"{record}\"\n[limits]\nsessions = 20000\n"))
            .expect("a configuration");
        let mut command = Command::new(pepd);
        command.arg("serve").arg("--config").arg(&configuration);
        command.arg("--state").arg(directory.join("state")).arg("--socket").arg(directory.join("socket"));
        command.env("RUST_LOG", "warn").stdout(Stdio::null()).stderr(Stdio::null());
        let daemon = Daemon { child: command.spawn().expect("pepd starts"), directory };
        let end = Instant::now() + Duration::from_secs(30);
        while UnixStream::connect(daemon.socket()).is_err() {
            assert!(Instant::now() < end, "pepd does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    /// What one session that is open and does nothing adds to the daemon's resident memory.
    pub(crate) fn memory_per_idle_session(&self, sessions: usize) -> u64 {
        let warm: Vec<_> = (0..50).map(|_| open(&self.socket())).collect();
        let before = resident_bytes(self.child.id());
        let idle: Vec<_> = (0..sessions).map(|_| open(&self.socket())).collect();
        std::thread::sleep(Duration::from_millis(500));
        let after = resident_bytes(self.child.id());
        drop((warm, idle));
        after.saturating_sub(before) / u64::try_from(sessions).unwrap_or(1)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// An open session over the socket, kept open by what is returned.
fn open(socket: &Path) -> UnixStream {
    let mut stream = UnixStream::connect(socket).expect("the daemon listens");
    let mut client = Client::new(Config::default(), Guid::new_v4());
    client.open();
    let mut buffer = [0; 8192];
    loop {
        while let Some(line) = client.poll_output() {
            stream.write_all(&line).expect("the daemon reads");
        }
        let count = stream.read(&mut buffer).expect("the daemon writes");
        assert!(count > 0, "the daemon has gone");
        client.receive(buffer.get(..count).unwrap_or_default()).expect("the daemon keeps to the protocol");
        while let Some(event) = client.poll_event() {
            if matches!(event, ClientEvent::Pool(Event::Opened)) {
                return stream;
            }
        }
    }
}

/// `VmRSS` of a process.
pub(crate) fn resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes * 1024
}

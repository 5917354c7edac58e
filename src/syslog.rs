//! Lines for the system's log: RFC 5424, one datagram each, to the local socket.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Facility 10, authpriv: what is about who did what, and not for everybody (RFC 5424, 6.2.1).
const AUTHPRIV: u8 = 10;
/// Severity 6, informational.
const INFORMATIONAL: u8 = 6;

/// A way to the system's log. What cannot be sent is not waited for: a word in the daemon's own log says so, and another when it
/// goes again.
#[derive(Debug)]
pub(crate) struct Syslog {
    socket: UnixDatagram,
    path: PathBuf,
    host: String,
    /// The last datagram was not sent.
    lost: bool,
}

impl Syslog {
    /// To the socket at this path, usually `/dev/log`, which need not be there yet; `host` is this computer.
    ///
    /// # Errors
    /// If there are no sockets to be had.
    pub(crate) fn new(path: &Path, host: &str) -> io::Result<Syslog> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?; // a log that does not read must not hold anybody up
        Ok(Syslog { socket, path: path.to_owned(), host: word(host), lost: false })
    }

    /// Sends one line. `id` says of which kind it is (RFC 5424, MSGID). True if the system took it.
    pub(crate) fn send(&mut self, id: &str, text: &str) -> bool {
        let line = line(Timestamp::now(), &self.host, std::process::id(), id, text);
        // by its path each time: the log may have been started anew meanwhile
        let sent = self.socket.send_to(line.as_bytes(), &self.path);
        match (&sent, self.lost) {
            (Err(error), false) => {
                tracing::warn!(%error, socket = %self.path.display(), "the system's log does not take what it is sent");
            }
            (Ok(_), true) => {
                tracing::info!(socket = %self.path.display(), "the system's log takes what it is sent again");
            }
            _ => {}
        }
        self.lost = sent.is_err();
        sent.is_ok()
    }
}

/// `<PRI>1 TIME HOST pepd PID ID - TEXT` (RFC 5424, 6).
fn line(time: Timestamp, host: &str, process: u32, id: &str, text: &str) -> String {
    let priority = AUTHPRIV * 8 + INFORMATIONAL;
    let time = time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ");
    format!("<{priority}>1 {time} {host} pepd {process} {id} - {text}")
}

/// A host as it may stand in a line: printable ASCII, 255 at most, `-` for none (RFC 5424, 6.2.4).
fn word(host: &str) -> String {
    let host: String = host.chars().filter(char::is_ascii_graphic).take(255).collect();
    if host.is_empty() { "-".into() } else { host }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_the_standard_draws_it() {
        let time: Timestamp = "2026-11-25T21:00:00.5Z".parse().unwrap();
        let line = line(time, "pep01", 77, "checkpoint", "hash");
        assert_eq!(line, "<86>1 2026-11-25T21:00:00.500000Z pep01 pepd 77 checkpoint - hash");
        assert_eq!((word("a b\n"), word("\u{e9}")), ("ab".into(), "-".into()));
    }

    #[test]
    fn a_log_that_does_not_read_holds_nobody_up_and_one_that_comes_back_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut syslog = Syslog::new(&path, "pep01").unwrap();
        assert!(!syslog.send("checkpoint", "nobody is there"));
        let log = UnixDatagram::bind(&path).unwrap();
        let taken = (0..100_000).take_while(|n| syslog.send("checkpoint", &n.to_string())).count();
        assert!(taken > 0 && taken < 100_000, "{taken}: the queue of the socket is full some time");
        let mut datagram = [0; 1024];
        let length = log.recv(&mut datagram).unwrap();
        assert!(datagram[..length].ends_with(b" checkpoint - 0"));
        drop(log);
        std::fs::remove_file(&path).unwrap();
        let log = UnixDatagram::bind(&path).unwrap();
        assert!(syslog.send("checkpoint", "again"));
        let length = log.recv(&mut datagram).unwrap();
        assert!(datagram[..length].ends_with(b" checkpoint - again"));
    }
}

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::{from_hex, to_hex};

/// Another implementation in a process of its own. It is asked in lines of words, and answers each with one line:
/// `ok` and words, or `error` and a text. Bytes travel in hex, nothing as `-`.
pub(crate) struct Peer {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

/// What a peer says that refuses.
#[derive(Debug)]
pub(crate) struct PeerError(pub(crate) String);

impl Peer {
    /// Microsoft's managed client inside PowerShell, which the variable PWSH names.
    pub(crate) fn pwsh() -> Option<Peer> {
        let mut command = Command::new(program("PWSH", "Microsoft's NegotiateAuthentication")?);
        command.args(["-NoProfile", "-NonInteractive", "-File"]).arg(script("negotiate_authentication.ps1"));
        Some(Peer::start(command))
    }

    /// pyspnego and pypsrp in the Python that the variable PEPD_TEST_PYTHON names.
    pub(crate) fn python() -> Option<Peer> {
        let mut command = Command::new(program("PEPD_TEST_PYTHON", "pyspnego and pypsrp")?);
        command.arg(script("pyspnego_peer.py"));
        Some(Peer::start(command))
    }

    fn start(mut command: Command) -> Peer {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Peer { child, stdin, lines: read_lines(stdout) }
    }

    /// Asks, and returns the words of the answer.
    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<Vec<String>, PeerError> {
        writeln!(self.stdin, "{}", words.join(" ")).unwrap();
        self.stdin.flush().unwrap();
        let line = self.lines.recv_timeout(Duration::from_mins(1)).expect("the peer answers within a minute");
        match line.split_once(' ').unwrap_or((line.as_str(), "")) {
            ("ok", rest) => Ok(rest.split(' ').map(str::to_owned).collect()),
            ("error", text) => Err(PeerError(text.to_owned())),
            _ => panic!("the peer said {line:?}"),
        }
    }

    /// Asks something whose answer is bytes.
    pub(crate) fn bytes(&mut self, command: &str, argument: &[u8]) -> Result<Vec<u8>, PeerError> {
        let argument = if argument.is_empty() { "-".to_owned() } else { to_hex(argument) };
        let words = self.ask(&[command, &argument])?;
        let word = words.first().map(String::as_str).unwrap_or_default();
        Ok(if word == "-" { Vec::new() } else { from_hex(word) })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Only what this test started itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(stdout: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line.trim_end().to_owned()).is_err() {
                break;
            }
        }
    });
    receiver
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}

/// The program that a variable names. Without it a test cannot say anything: that is loud, and a failure where `CI` is
/// `true`.
fn program(variable: &str, what: &str) -> Option<String> {
    let found = std::env::var(variable).ok().filter(|path| !path.is_empty());
    if found.is_none() {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!ci, "{variable} names no program: {what} must take part when CI=true");
        eprintln!("NOT TESTED: {variable} names no program, so {what} took no part");
    }
    found
}

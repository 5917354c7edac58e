use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use clixml::Guid;
use serde_json::{Value as Json, json};

/// psrpcore in a process of its own.
pub(crate) struct Peer {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

/// What psrpcore sends: to which pipeline, whether it is a host message, and the bytes.
pub(crate) type Piece = (Option<Guid>, bool, Vec<u8>);

impl Peer {
    pub(crate) fn start() -> Peer {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/psrpcore/peer.py");
        let mut child = Command::new(support::machine::python())
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Peer { child, stdin, lines: BufReader::new(stdout).lines() }
    }

    /// Runs statements.
    pub(crate) fn run(&mut self, statements: &str) {
        self.ask(&json!({ "run": statements })).unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// The value of an expression.
    pub(crate) fn value(&mut self, expression: &str) -> Json {
        self.ask(&json!({ "value": expression })).unwrap_or_else(|error| panic!("{expression:.200}: {error}"))
    }

    /// The error of an expression that must have one.
    pub(crate) fn error(&mut self, expression: &str) -> String {
        self.ask(&json!({ "value": expression })).expect_err(expression)
    }

    /// Everything that its pool has to send.
    pub(crate) fn take(&mut self) -> Vec<Piece> {
        let pieces = self.value("take(pool)");
        let piece = |piece: &Json| {
            let pipeline = piece[0].as_str().map(|id| Guid::parse_str(id).unwrap());
            (pipeline, piece[1].as_bool().unwrap(), from_hex(piece[2].as_str().unwrap()))
        };
        pieces.as_array().unwrap().iter().map(piece).collect()
    }

    /// Gives its pool bytes, and returns what they meant to it.
    pub(crate) fn give(&mut self, pipeline: Option<Guid>, bytes: &[u8]) -> Vec<Json> {
        let pipeline = pipeline.map_or("None".to_owned(), |id| format!("'{id}'"));
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let events = self.value(&format!("give(pool, {pipeline}, '{hex}')"));
        events.as_array().unwrap().clone()
    }

    fn ask(&mut self, request: &Json) -> Result<Json, String> {
        writeln!(self.stdin, "{request}").unwrap();
        self.stdin.flush().unwrap();
        let line = self.lines.next().expect("the peer answers").unwrap();
        let answer: Json = serde_json::from_str(&line).unwrap();
        match answer.get("error").and_then(Json::as_str) {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["ok"].clone()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

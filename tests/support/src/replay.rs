//! The client's half of a recording, played to a server as a client would say it: each line when its time has come.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::mem::take;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use clixml::{Guid, Value};
use psrp::message::MessageType;

use crate::capture::{Chunk, Element, Message, Reader, Speaker, elements};

/// How long the server may take to say what the real one had said by then.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was said when a recording was played.
#[derive(Debug)]
pub struct Played {
    /// The conversation, one connection.
    pub chunks: Vec<Chunk>,
    /// What the real server had said by a time, and this one had not: the pipeline and the message.
    pub missed: Vec<String>,
}

/// Starts a server that speaks the framing on its standard input and output, and plays one connection of a recording to it.
pub fn replay(server: &Path, arguments: &[&str], recorded: &[Chunk]) -> Played {
    let mut player = Player::start(server, arguments);
    let mut said = Heard::default();
    for element in elements(recorded) {
        if element.speaker == Speaker::Server {
            said.hear(&element);
        } else {
            player.wait_for(&said);
            player.say(&element);
        }
    }
    player.wait_for(&said);
    Played { chunks: take(&mut player.chunks), missed: take(&mut player.missed) }
}

/// How often the server has said each kind of thing that a client may wait for.
#[derive(Default)]
struct Heard {
    reader: Reader,
    counts: HashMap<(Guid, String), usize>,
}

impl Heard {
    fn hear(&mut self, element: &Element) {
        if element.name != "Data" {
            *self.counts.entry((element.guid, element.name.clone())).or_default() += 1;
        }
        for message in self.reader.messages(element) {
            let (key, counted) = key(&message);
            let count = self.counts.entry((message.guid, key)).or_default();
            *count = if counted { *count + 1 } else { 1 };
        }
    }
}

/// A client waits for final states, questions and answers one by one; of everything else it is enough to have heard some.
fn key(message: &Message) -> (String, bool) {
    let name = message.kind.name().to_owned();
    let asks =
        || message.body.as_ref().and_then(|body| body.property("ci")).and_then(Value::as_i64).is_some_and(|ci| ci > 0);
    match message.kind {
        MessageType::PipelineHostCall if asks() => ("a question".to_owned(), true),
        MessageType::PipelineState
        | MessageType::RunspacePoolState
        | MessageType::RunspaceAvailability
        | MessageType::EncryptedSessionKey => (name, true),
        _ => (name, false),
    }
}

struct Player {
    child: Child,
    lines: Receiver<String>,
    heard: Heard,
    chunks: Vec<Chunk>,
    missed: Vec<String>,
    start: Instant,
}

impl Player {
    fn start(server: &Path, arguments: &[&str]) -> Player {
        let mut child = Command::new(server)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", server.display()));
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Player { child, lines, heard: Heard::default(), chunks: Vec::new(), missed: Vec::new(), start: Instant::now() }
    }

    fn say(&mut self, element: &Element) {
        let line = format!("{}\n", element.line);
        // a server that has left hears nothing: what it did not say is then missed
        drop(self.child.stdin.as_mut().unwrap().write_all(line.as_bytes()));
        self.note(Speaker::Client, line);
    }

    fn note(&mut self, speaker: Speaker, text: String) {
        self.chunks.push(Chunk { time: self.start.elapsed().as_secs_f64(), speaker, text });
    }

    fn wait_for(&mut self, said: &Heard) {
        let end = Instant::now() + PATIENCE;
        loop {
            let missing = self.missing(said);
            let left = end.saturating_duration_since(Instant::now());
            if missing.is_empty() && left < PATIENCE {
                return;
            }
            let Ok(line) = self.lines.recv_timeout(if missing.is_empty() { Duration::ZERO } else { left }) else {
                self.missed.extend(missing);
                return;
            };
            self.hear(line);
        }
    }

    fn hear(&mut self, line: String) {
        let start = self.chunks.len();
        self.note(Speaker::Server, line + "\n");
        for element in elements(&self.chunks[start..]) {
            self.heard.hear(&element);
        }
    }

    fn missing(&self, said: &Heard) -> Vec<String> {
        let heard = |key| self.heard.counts.get(key).copied().unwrap_or(0);
        let missing = said.counts.iter().filter(|(key, count)| heard(key) < **count);
        missing
            .map(|((guid, what), _)| format!("{guid} {what}"))
            .filter(|missing| !self.missed.contains(missing))
            .collect()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

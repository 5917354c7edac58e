//! A recorded conversation: chunks of text, lines of the out-of-process framing, messages.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clixml::{Guid, Limits, Secret, SecureStringCipher, Value};
use flate2::read::GzDecoder;
use psrp::fragment::Defragmenter;
use psrp::message::{Header, MessageType};
use regex::Regex;
use serde::Deserialize;

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Speaker {
    /// The client.
    #[serde(rename = "C")]
    Client,
    /// The server.
    #[serde(rename = "S")]
    Server,
    /// The server, on its standard error.
    #[serde(rename = "E")]
    ServerError,
}

/// What came in one read.
#[derive(Clone, Debug, Deserialize)]
pub struct Chunk {
    /// Seconds since the start.
    #[serde(rename = "t")]
    pub time: f64,
    /// Who said it.
    #[serde(rename = "d")]
    pub speaker: Speaker,
    /// The text.
    #[serde(rename = "b")]
    pub text: String,
}

/// One line of the framing.
#[derive(Clone, Debug)]
pub struct Element {
    /// Seconds since the start.
    pub time: f64,
    /// Who said it.
    pub speaker: Speaker,
    /// `Data`, `Command`, `CloseAck` …
    pub name: String,
    /// `Default` or `PromptResponse`, of `Data`.
    pub stream: String,
    /// The session (zero) or a pipeline.
    pub guid: Guid,
    /// The line as it came.
    pub line: String,
    /// Fragments, of `Data`.
    pub data: Vec<u8>,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who said it.
    pub speaker: Speaker,
    /// The session (zero) or a pipeline, as the framing says.
    pub guid: Guid,
    /// Its type.
    pub kind: MessageType,
    /// Its body; `None` if there is none.
    pub body: Option<Value>,
}

/// Reads a recording, `.gz` or not: one list of chunks a connection.
pub fn load(path: &Path) -> Vec<Vec<Chunk>> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let text: Box<dyn Read> = if packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let mut connections: Vec<Vec<Chunk>> = Vec::new();
    for line in BufReader::new(text).lines() {
        let chunk: Chunk = serde_json::from_str(&line.unwrap()).unwrap();
        if connections.is_empty() || (chunk.speaker == Speaker::Client && chunk.text.is_empty()) {
            connections.push(Vec::new());
        }
        connections.last_mut().unwrap().push(chunk);
    }
    connections
}

/// The lines of the framing that both sides sent, each when it was whole.
pub fn elements(chunks: &[Chunk]) -> Vec<Element> {
    let mut pending: HashMap<Speaker, String> = HashMap::new();
    let mut elements = Vec::new();
    for chunk in chunks.iter().filter(|chunk| chunk.speaker != Speaker::ServerError) {
        let text = pending.entry(chunk.speaker).or_default();
        text.push_str(&chunk.text);
        while let Some(end) = text.find('\n') {
            let line: String = text.drain(..=end).collect();
            let line = line.trim_matches(['\r', '\n', ' ', '\u{feff}']);
            if !line.is_empty() {
                elements.push(element(chunk, line));
            }
        }
    }
    let rest: String = pending.into_values().collect();
    assert!(rest.trim().is_empty(), "a line of the framing without an end: {rest}");
    elements
}

fn element(chunk: &Chunk, line: &str) -> Element {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^<(\w+)(?: Stream=['"](\w*)['"])? PSGuid=['"]([0-9a-fA-F-]{36})['"] ?(?:/>|>(.*?)</\w+>)$"#)
            .unwrap()
    });
    let parts = LINE.captures(line).unwrap_or_else(|| panic!("not the framing: {line}"));
    let part = |n: usize| parts.get(n).map_or("", |part| part.as_str());
    Element {
        time: chunk.time,
        speaker: chunk.speaker,
        name: part(1).to_owned(),
        stream: part(2).to_owned(),
        guid: part(3).parse().unwrap(),
        line: line.to_owned(),
        data: BASE64.decode(part(4)).unwrap(),
    }
}

/// Puts the messages of one connection together.
#[derive(Default)]
pub struct Reader {
    streams: HashMap<(Speaker, Guid, String), Defragmenter>,
}

impl Reader {
    /// The messages that a line completes.
    pub fn messages(&mut self, element: &Element) -> Vec<Message> {
        let stream = (element.speaker, element.guid, element.stream.clone());
        let defragmenter = self.streams.entry(stream).or_default();
        let (mut input, mut messages) = (element.data.as_slice(), Vec::new());
        while let Some(message) = defragmenter.next_message(&mut input).unwrap() {
            messages.push(Message::read(element, &message));
        }
        messages
    }
}

impl Message {
    fn read(element: &Element, message: &[u8]) -> Message {
        let (header, body) = Header::parse(message).unwrap();
        let body = str::from_utf8(body).unwrap().trim_start_matches('\u{feff}');
        let read =
            |body| clixml::read(body, &Limits::default(), &Closed).unwrap_or_else(|error| panic!("{error}: {body}"));
        let body = (!body.is_empty()).then(|| read(body));
        Message { speaker: element.speaker, guid: element.guid, kind: header.message_type, body }
    }
}

/// Secrets stay as they came.
struct Closed;

impl SecureStringCipher for Closed {
    fn seal(&self, _: &str) -> Option<String> {
        None
    }

    fn open(&self, _: &str) -> Option<Secret> {
        None
    }
}

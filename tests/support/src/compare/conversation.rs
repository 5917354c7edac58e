//! The server's messages of a recording: those of the session first, then those of each pipeline in order of creation.

use clixml::{Guid, Value};
use psrp::message::MessageType;

use crate::capture::{Chunk, Message, Reader, Speaker, elements};

/// The messages of the session or of one pipeline.
#[derive(Clone, Debug)]
pub struct Group {
    /// `pool`, or the pipeline's command line.
    pub label: String,
    /// What the server said.
    pub messages: Vec<Message>,
}

impl Group {
    /// What the messages are. A pipeline that was stopped had time for more or fewer of the same: there each kind stands once.
    pub(super) fn kinds(&self) -> Vec<String> {
        self.messages.iter().map(kind).collect()
    }

    fn is_stopped(&self) -> bool {
        self.messages.iter().any(|message| kind(message) == "PIPELINE_STATE Stopped")
    }
}

/// Groups the server's messages of a recording.
pub fn conversation(connections: &[Vec<Chunk>]) -> Vec<Group> {
    connections.iter().flat_map(|chunks| connection(chunks)).collect()
}

fn connection(chunks: &[Chunk]) -> Vec<Group> {
    let mut groups = vec![(Guid::nil(), Group { label: "pool".to_owned(), messages: Vec::new() })];
    let mut reader = Reader::default();
    for element in elements(chunks) {
        for message in reader.messages(&element) {
            let known = groups.iter().position(|(guid, _)| *guid == message.guid);
            match (message.speaker, known) {
                (Speaker::Server, Some(at)) => groups[at].1.messages.push(message),
                (Speaker::Server, None) => {
                    groups.push((message.guid, Group { label: "?".to_owned(), messages: vec![message] }));
                }
                (_, None) => groups.push((message.guid, Group { label: gist(&message), messages: Vec::new() })),
                (_, Some(_)) => {}
            }
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    groups.iter_mut().filter(|group| group.is_stopped()).for_each(shorten);
    groups
}

/// Keeps the first message of each kind.
fn shorten(group: &mut Group) {
    let mut seen = Vec::new();
    group.messages.retain(|message| {
        let kind = kind(message);
        let first = !seen.contains(&kind);
        seen.push(kind);
        first
    });
}

/// A message's type, with its state or its host method.
pub(super) fn kind(message: &Message) -> String {
    let detail = match (message.kind, &message.body) {
        (MessageType::PipelineState, Some(body)) => state(body, "PipelineState", &PIPELINE_STATES),
        (MessageType::RunspacePoolState, Some(body)) => state(body, "RunspaceState", &POOL_STATES),
        (MessageType::PipelineHostCall | MessageType::RunspacePoolHostCall, Some(body)) => body
            .property("mi")
            .and_then(Value::as_object)
            .and_then(|method| method.to_string.clone())
            .unwrap_or_default()
            .to_string(),
        _ => String::new(),
    };
    format!("{} {detail}", message.kind).trim_end().to_owned()
}

const POOL_STATES: [&str; 9] =
    ["BeforeOpen", "Opening", "Opened", "Closed", "Closing", "Broken", "Disconnecting", "Disconnected", "Connecting"];
const PIPELINE_STATES: [&str; 7] =
    ["NotStarted", "Running", "Stopping", "Stopped", "Completed", "Failed", "Disconnected"];

fn state(body: &Value, property: &str, names: &[&str]) -> String {
    let number = body.property(property).and_then(Value::as_i32).unwrap_or(-1);
    usize::try_from(number)
        .ok()
        .and_then(|n| names.get(n))
        .map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// A few words that say what a message is about; of a pipeline, its command line.
pub(super) fn gist(message: &Message) -> String {
    let Some(body) = &message.body else { return String::new() };
    match message.kind {
        MessageType::CreatePipeline => command_line(body),
        MessageType::GetCommandMetadata => {
            let names = body.property("Name").and_then(Value::as_list).unwrap_or_default();
            format!("Get-Command metadata: {}", names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        MessageType::PipelineState | MessageType::RunspacePoolState => {
            let record = body.property("ExceptionAsErrorRecord");
            text(record.and_then(|record| record.property("FullyQualifiedErrorId")))
        }
        MessageType::PipelineHostCall => {
            let arguments = body.property("mp").and_then(Value::as_list).unwrap_or_default();
            arguments.iter().map(|argument| text(Some(argument))).collect::<Vec<_>>().join(" | ")
        }
        _ => text(Some(body)),
    }
}

fn command_line(body: &Value) -> String {
    let Some(shell) = body.property("PowerShell") else { return String::new() };
    match shell.property("ExtraCmds").and_then(Value::as_list) {
        Some(statements) => {
            let one = |statement: &Value| statement.property("Cmds").map_or_else(String::new, pipe);
            statements.iter().map(one).collect::<Vec<_>>().join(" ; ")
        }
        None => shell.property("Cmds").map_or_else(String::new, pipe),
    }
}

fn pipe(commands: &Value) -> String {
    let command = |command: &Value| {
        let name = text(command.property("Cmd"));
        let script = command.property("IsScript").and_then(Value::as_bool) == Some(true);
        let mut words = vec![if script { format!("script{{{name}}}") } else { name }];
        for argument in command.property("Args").and_then(Value::as_list).unwrap_or_default() {
            words.extend(
                [text(argument.property("N")), text(argument.property("V"))].into_iter().filter(|w| !w.is_empty()),
            );
        }
        words.join(" ")
    };
    commands.as_list().unwrap_or_default().iter().map(command).collect::<Vec<_>>().join(" | ")
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.to_string(),
        Some(Value::Object(object)) => object.to_string.as_ref().map_or_else(|| "{..}".to_owned(), ToString::to_string),
        Some(other) => format!("{other:?}"),
    }
}

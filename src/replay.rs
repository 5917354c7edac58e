//! What stood on the screen of somebody who worked in the endpoint, made again from the record: the lines as they were typed, what was
//! shown, what was asked and what was answered. Where there was no screen (`Invoke-Command`), what there would have been.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Instant;

use clixml::{Content, Limits, Plain, Value};
use cmdlet::convert::text;
use cmdlet::format::{ErrorView, OutDefault, Stream as Written, View};
use psrp::host_call::{HostCall, HostMethodId};
use transcript::{CommandCall, Entry, Record, Stream};

use crate::echoes::{Echoes, Way};
use crate::screen_text::shown;

/// Columns of what was not formatted for a client's screen.
const COLUMNS: u16 = 120;

/// What stands in a secret's place.
const MASKED: &str = "********";

/// Plays a session, one record after the other.
pub struct Replay {
    views: Vec<View>,
    coloured: bool,
    /// What `prompt` answered last.
    prompt: String,
    running: HashMap<String, Running>,
    /// The cursor is not at the start of a line.
    midline: bool,
}

/// A pipeline that runs.
struct Running {
    /// Nobody sees it.
    unseen: bool,
    /// It is one that a console made of a typed line: its errors come back by a pipeline of their own.
    typed: bool,
    /// It asks for the next prompt.
    prompt: bool,
    /// What was asked and not answered.
    asked: Option<HostCall>,
    output: OutDefault,
    echoes: Echoes,
}

#[derive(Clone, Copy)]
enum Colour {
    Plain,
    Dim,
    Red,
    Yellow,
    Number(i32),
}

impl Replay {
    /// With the endpoint's views, in colour or without.
    pub fn new(views: impl IntoIterator<Item = View>, coloured: bool) -> Replay {
        let prompt = "PS> ".to_owned();
        Replay { views: views.into_iter().collect(), coloured, prompt, running: HashMap::new(), midline: false }
    }

    /// What a record added to the screen; often nothing. Lines end with LF.
    pub fn frame(&mut self, entry: &Entry) -> String {
        let mut out = String::new();
        match &entry.record {
            Record::SessionStart { session, account, source, .. } => {
                self.note(&format!("session {session} of {account}, {source}"), &mut out);
            }
            Record::Pipeline { pipeline, statements, history } => {
                self.typed(pipeline, statements, history.as_deref(), &mut out);
            }
            Record::CommandMetadata { pipeline, .. } => self.running(pipeline).unseen = true,
            Record::Output { pipeline, stream, clixml } => self.output(pipeline, *stream, &read(clixml), &mut out),
            Record::HostCall { pipeline, method, clixml } => self.host_call(pipeline, method, clixml, &mut out),
            Record::HostReply { pipeline, clixml } => self.host_reply(pipeline, &read(clixml), &mut out),
            Record::TerminatingError { pipeline, clixml } => {
                if !self.running(pipeline).typed {
                    self.output(pipeline, Stream::Error, &read(clixml), &mut out);
                }
            }
            Record::Stop { .. } => self.line("^C", Colour::Plain, &mut out),
            Record::Completed { pipeline, .. } => {
                if let Some(mut running) = self.running.remove(pipeline)
                    && !running.unseen
                {
                    for line in running.output.finish() {
                        self.line(&line.text, colour(line.stream), &mut out);
                    }
                }
            }
            Record::Truncated { .. } => self.note("the record has come to its limit", &mut out),
            Record::Recovered { .. } => self.note("the daemon was killed", &mut out),
            Record::SessionEnd { reason } => self.note(&format!("session end: {reason}"), &mut out),
            Record::Authorized { .. } | Record::Refused { .. } | Record::Input { .. } => {}
        }
        out
    }

    /// A line at its prompt, as it was typed; if the client did not tell, as it would have been.
    fn typed(&mut self, pipeline: &str, statements: &[Vec<CommandCall>], history: Option<&str>, out: &mut String) {
        let only = |name: &str| matches!(statements, [one] if matches!(one.as_slice(), [call] if call.name.eq_ignore_ascii_case(name)));
        let prompt = only("prompt");
        let running = self.running(pipeline);
        running.prompt = prompt;
        running.typed =
            statements.iter().all(|line| line.last().is_some_and(|call| call.name.eq_ignore_ascii_case("Out-Default")));
        running.unseen = prompt || only("TabExpansion2");
        // a console hands an error that it was told of back to be shown
        if running.unseen || (only("Out-Default") && history.is_none()) {
            return;
        }
        let line = match history {
            Some(history) => history.trim().to_owned(),
            None => statements.iter().map(|line| statement(line)).collect::<Vec<_>>().join("; "),
        };
        let text = format!("{}{line}", self.prompt);
        self.line(&text, Colour::Plain, out);
    }

    fn output(&mut self, pipeline: &str, stream: Stream, value: &Value, out: &mut String) {
        let running = self.running(pipeline);
        if running.prompt && stream == Stream::Output {
            self.prompt = text(value).to_string();
            return;
        }
        if running.unseen {
            return;
        }
        let (prefix, colour_of) = match stream {
            Stream::Output | Stream::Error => {
                for line in running.output.push(value, Instant::now()) {
                    self.line(&line.text, colour(line.stream), out);
                }
                return;
            }
            Stream::Warning => ("WARNING: ", Colour::Yellow),
            Stream::Verbose => ("VERBOSE: ", Colour::Yellow),
            Stream::Debug => ("DEBUG: ", Colour::Yellow),
            Stream::Information => ("", Colour::Plain),
            Stream::Progress => return,
        };
        let message = value.property("InformationalRecord_Message").or_else(|| value.property("MessageData"));
        let line = format!("{prefix}{}", text(message.unwrap_or(value)));
        if running.echoes.is_new(Way::Stream, &line) {
            self.line(&line, colour_of, out);
        }
    }

    fn host_call(&mut self, pipeline: &str, method: &str, clixml: &str, out: &mut String) {
        let arguments = read(clixml);
        let arguments = arguments.as_list().unwrap_or_default();
        let call = HostMethodId::by_name(method).and_then(|id| HostCall::from_parameters(id, arguments).ok());
        let Some(call) = call else { return };
        let (text, colour, ends) = match &call {
            HostCall::Write1(text) if text.contains("\u{1B}[2J") => return self.note("the screen was cleared", out),
            HostCall::SetBufferContents1(..) => return self.note("the screen was cleared", out),
            HostCall::Write1(text) => (text.to_string(), Colour::Plain, false),
            HostCall::Write2(foreground, _, text) => (text.to_string(), Colour::Number(*foreground), false),
            HostCall::WriteLine1 => (String::new(), Colour::Plain, true),
            HostCall::WriteLine2(text) => (text.to_string(), Colour::Plain, true),
            HostCall::WriteLine3(foreground, _, text) => (text.to_string(), Colour::Number(*foreground), true),
            HostCall::WriteErrorLine(text) => (text.to_string(), Colour::Red, true),
            HostCall::WriteWarningLine(text) => (format!("WARNING: {text}"), Colour::Yellow, true),
            HostCall::WriteVerboseLine(text) => (format!("VERBOSE: {text}"), Colour::Yellow, true),
            HostCall::WriteDebugLine(text) => (format!("DEBUG: {text}"), Colour::Yellow, true),
            _ => {
                self.question(&call, out);
                self.running(pipeline).asked = Some(call);
                return;
            }
        };
        if self.running(pipeline).echoes.is_new(Way::Host, &text) {
            self.write(&text, colour, out);
            if ends {
                self.end_line(out);
            }
        }
    }

    fn question(&mut self, call: &HostCall, out: &mut String) {
        let (HostCall::Prompt { caption, message, .. }
        | HostCall::PromptForChoice { caption, message, .. }
        | HostCall::PromptForChoiceMultipleSelection { caption, message, .. }
        | HostCall::PromptForCredential2 { caption, message, .. }) = call
        else {
            return;
        };
        for text in [caption, message].into_iter().filter(|text| !text.is_empty()) {
            self.line(text, Colour::Plain, out);
        }
        if let HostCall::PromptForChoice { choices, .. } | HostCall::PromptForChoiceMultipleSelection { choices, .. } =
            call
        {
            let labels: Vec<String> = choices.iter().map(|choice| choice.label.replace('&', "")).collect();
            self.write(&format!("{}: ", labels.join("  ")), Colour::Plain, out);
        }
    }

    /// What was answered; what was a secret is not on record.
    fn host_reply(&mut self, pipeline: &str, value: &Value, out: &mut String) {
        let asked = self.running(pipeline).asked.take();
        match asked {
            Some(HostCall::Prompt { fields, .. }) => {
                for field in fields {
                    let answer = dictionary(value).find(|(name, _)| *name == *field.name);
                    let answer = answer.map(|(_, value)| said(value)).unwrap_or_default();
                    self.line(&format!("{}: {answer}", field.name), Colour::Plain, out);
                }
            }
            Some(HostCall::PromptForChoice { choices, .. }) => {
                let choice = text(value).parse().ok().and_then(|at: usize| choices.get(at));
                self.line(&choice.map(|choice| choice.label.replace('&', "")).unwrap_or_default(), Colour::Plain, out);
            }
            Some(HostCall::ReadLineAsSecureString) => self.line(MASKED, Colour::Plain, out),
            Some(HostCall::PromptForCredential2 { user_name, .. }) => {
                let user =
                    value.property("userName").map_or_else(|| user_name.to_string(), |user| text(user).to_string());
                self.line(&format!("User: {user}"), Colour::Plain, out);
                self.line(&format!("Password for user {user}: {MASKED}"), Colour::Plain, out);
            }
            Some(HostCall::ReadLine | HostCall::PromptForChoiceMultipleSelection { .. }) => {
                self.line(&said(value), Colour::Plain, out);
            }
            _ => {}
        }
    }

    fn running(&mut self, pipeline: &str) -> &mut Running {
        let (views, coloured) = (&self.views, self.coloured);
        self.running.entry(pipeline.to_owned()).or_insert_with(|| Running {
            unseen: false,
            typed: false,
            prompt: false,
            asked: None,
            output: OutDefault::new(views.iter().copied(), COLUMNS, coloured, ErrorView::Concise),
            echoes: Echoes::default(),
        })
    }

    /// Something that the record says and the screen did not.
    fn note(&mut self, text: &str, out: &mut String) {
        if self.midline {
            self.end_line(out);
        }
        self.line(&format!("[{text}]"), Colour::Dim, out);
    }

    fn line(&mut self, text: &str, colour: Colour, out: &mut String) {
        self.write(text, colour, out);
        self.end_line(out);
    }

    fn end_line(&mut self, out: &mut String) {
        out.push('\n');
        self.midline = false;
    }

    fn write(&mut self, text: &str, colour: Colour, out: &mut String) {
        let text = shown(text, self.coloured);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        match (self.coloured, colour.sgr()) {
            (true, Some(sgr)) if !text.is_empty() => {
                for (number, line) in text.split('\n').enumerate() {
                    let between = if number > 0 { "\n" } else { "" };
                    let _ = write!(out, "{between}\u{1B}[{sgr}m{line}\u{1B}[0m"); // writing to a string does not fail
                }
            }
            _ => out.push_str(text),
        }
        self.midline |= !text.is_empty();
    }
}

impl Colour {
    fn sgr(self) -> Option<String> {
        // `ConsoleColor`: dark ones first, and red and blue change places
        const DARK: [u8; 8] = [30, 34, 32, 36, 31, 35, 33, 37];
        match self {
            Colour::Plain => None,
            Colour::Dim => Some("2".into()),
            Colour::Red => Some("31".into()),
            Colour::Yellow => Some("33".into()),
            Colour::Number(number) => {
                let number = usize::try_from(number).ok()?;
                let dark = DARK.get(number % 8).copied().filter(|_| number < 16)?;
                // grey (7) is bright among the dark ones, dark grey (8) is the bright black
                let bright = number >= 8;
                Some((if bright { dark + 60 } else { dark }).to_string())
            }
        }
    }
}

fn colour(stream: Written) -> Colour {
    match stream {
        Written::Output => Colour::Plain,
        Written::Error => Colour::Red,
        Written::Warning | Written::Verbose | Written::Debug => Colour::Yellow,
    }
}

/// A line that nobody typed: its commands with their arguments.
fn statement(commands: &[CommandCall]) -> String {
    let shown = |call: &CommandCall| {
        let mut line = call.name.clone();
        let arguments = read(&call.arguments);
        for argument in arguments.as_list().unwrap_or_default() {
            let (name, value) = (argument.property("N"), argument.property("V"));
            if let Some(name) = name.filter(|name| !name.is_null()) {
                line = format!("{line} -{}", text(name).trim_start_matches('-'));
            }
            if let Some(value) = value.filter(|value| !value.is_null()) {
                line = format!("{line} {}", said(value));
            }
        }
        line
    };
    commands.iter().map(shown).collect::<Vec<_>>().join(" | ")
}

fn said(value: &Value) -> String {
    match value {
        Value::SecureString(_) => MASKED.into(),
        value => text(value).to_string(),
    }
}

fn dictionary(value: &Value) -> impl Iterator<Item = (String, &Value)> {
    let entries = match value.as_object().map(|object| &object.content) {
        Some(Content::Dictionary(entries)) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().map(|(name, value)| (text(name).to_string(), value))
}

/// What was recorded, or its text if it cannot be read.
fn read(clixml: &str) -> Value {
    clixml::read(clixml, &Limits::default(), &Plain).unwrap_or_else(|_| Value::string(clixml))
}

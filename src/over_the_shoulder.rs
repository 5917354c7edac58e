//! A session's record as the text that PowerShell's own transcripts are: header, `CommandInvocation`, `ParameterBinding`, output.
//!
//! The layout is PowerShell's; what differs is told in `docs/record.md`. No value can forge a line: what is inside quotes is escaped,
//! and a line of output that looks like one of the transcript's own begins with a backslash.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::time::Instant;

use clixml::{Content, Limits, Plain, Value};
use cmdlet::convert::text;
use cmdlet::format::{ErrorView, OutDefault, View};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psrp::record::ErrorRecord;
use transcript::{Bindings, CommandCall, Entry, Record, Stream};

use crate::echoes::{Echoes, Way};

/// What stands around the header and the end.
const STARS: &str = "**********************";

/// Columns of formatted output.
const COLUMNS: u16 = 120;

/// Characters of a list in a binding, as in PowerShell.
const BINDING: usize = 256;

/// Writes transcripts, one record after the other.
pub struct Transcript {
    views: Vec<View>,
    zone: TimeZone,
    /// The pipelines that run.
    running: HashMap<String, Running>,
}

/// What is known of a pipeline that runs.
struct Running {
    /// The names of the commands of each statement that has not begun. A script is one command, whose name is its text.
    statements: VecDeque<Vec<CommandCall>>,
    output: OutDefault,
    echoes: Echoes,
    /// It only serves the client's console, and is not told of.
    silent: bool,
    /// A refusal has told of the error that ends it.
    told: bool,
}

impl Transcript {
    /// With the endpoint's views, in this zone.
    pub fn new(views: impl IntoIterator<Item = View>, zone: TimeZone) -> Transcript {
        Transcript { views: views.into_iter().collect(), zone, running: HashMap::new() }
    }

    /// The lines of one record, with their ends; often none.
    pub fn lines(&mut self, entry: &Entry) -> String {
        let mut text = String::new();
        // writing to a string does not fail
        let _ = self.write(entry, &mut text);
        text
    }

    fn write(&mut self, entry: &Entry, out: &mut String) -> std::fmt::Result {
        match &entry.record {
            Record::SessionStart { session, account, source, client, transport, configuration, host, version } => {
                writeln!(out, "{STARS}\nPowerShell transcript start\nStart time: {}", self.time(entry.time))?;
                writeln!(out, "Username: {}\nRunAs User: {}", one_line(account), one_line(account))?;
                writeln!(out, "Configuration Name: {}\nMachine: {}", one_line(configuration), one_line(host))?;
                writeln!(out, "Host Application: pepd {version}\nSession: {session}")?;
                writeln!(out, "Client: {} from {} by {transport}\n{STARS}", one_line(client), one_line(source))?;
            }
            Record::Pipeline { pipeline, statements, .. } => {
                self.running(pipeline).statements = statements.iter().cloned().collect();
            }
            Record::Authorized { pipeline, commands } => {
                let running = self.running(pipeline);
                running.statements.pop_front();
                running.silent = matches!(commands.as_slice(), [only] if of_the_console(only));
                if running.silent {
                    return Ok(());
                }
                for (number, command) in commands.iter().enumerate() {
                    let (name, first) = (one_line(&command.command), if number == 0 { "PS>" } else { ">> " });
                    writeln!(out, "{first}CommandInvocation({name}): \"{name}\"")?;
                    for (parameter, value) in bindings(&command.parameters) {
                        let (parameter, value) = (one_line(&parameter), one_line(&value));
                        writeln!(out, ">> ParameterBinding({name}): name=\"{parameter}\"; value=\"{value}\"")?;
                    }
                }
            }
            Record::Refused { pipeline, error, target, message } => {
                let running = self.running(pipeline);
                running.told = true;
                let commands = running.statements.pop_front().unwrap_or_default();
                refused(&commands, error, target, out)?;
                terminating_error(error, message, out)?;
            }
            Record::TerminatingError { pipeline, clixml } => {
                if !self.running(pipeline).told {
                    let error = ErrorRecord::from_value(&read(clixml));
                    let (id, message) = error.map_or_else(
                        |_| Default::default(),
                        |error| (error.fully_qualified_error_id.to_string(), error.exception.message.to_string()),
                    );
                    terminating_error(&id, &message, out)?;
                }
            }
            Record::Output { pipeline, stream, clixml } => self.stream(pipeline, *stream, clixml, out)?,
            Record::HostCall { pipeline, method, clixml } => {
                let prefix = match method.as_str() {
                    "WriteWarningLine" => "WARNING: ",
                    "WriteVerboseLine" => "VERBOSE: ",
                    "WriteDebugLine" => "DEBUG: ",
                    "WriteProgress" => return Ok(()),
                    method if method.starts_with("Write") => "",
                    method if method.starts_with("Prompt") => {
                        return strings(&read(clixml)).iter().try_for_each(|piece| said(piece, out));
                    }
                    _ => return Ok(()),
                };
                for piece in strings(&read(clixml)) {
                    let line = format!("{prefix}{piece}");
                    if self.running(pipeline).echoes.is_new(Way::Host, &line) {
                        said(&line, out)?;
                    }
                }
            }
            Record::Stop { .. } => writeln!(out, "PS>^C")?,
            Record::Completed { pipeline, .. } => {
                let lines =
                    self.running.remove(pipeline).map(|mut running| running.output.finish()).unwrap_or_default();
                lines.iter().try_for_each(|line| said(&line.text, out))?;
            }
            Record::Truncated { limit } => {
                writeln!(
                    out,
                    "[the record came to the {limit} octets that one session may have; the session was ended]"
                )?;
            }
            Record::Recovered { cut } => writeln!(out, "[the daemon was killed; {cut} octets of a line were cut off]")?,
            Record::SessionEnd { reason } => {
                writeln!(out, "{STARS}\nPowerShell transcript end\nEnd time: {}", self.time(entry.time))?;
                writeln!(out, "Reason: {}\n{STARS}", one_line(reason))?;
            }
            Record::HostReply { .. } | Record::Input { .. } | Record::CommandMetadata { .. } => {}
        }
        Ok(())
    }

    fn running(&mut self, pipeline: &str) -> &mut Running {
        let views = &self.views;
        self.running.entry(pipeline.to_owned()).or_insert_with(|| Running {
            statements: VecDeque::new(),
            output: OutDefault::new(views.iter().copied(), COLUMNS, false, ErrorView::Concise),
            echoes: Echoes::default(),
            silent: false,
            told: false,
        })
    }

    fn stream(&mut self, pipeline: &str, stream: Stream, clixml: &str, out: &mut String) -> std::fmt::Result {
        if self.running(pipeline).silent {
            return Ok(());
        }
        let value = read(clixml);
        let prefix = match stream {
            Stream::Output | Stream::Error => {
                let lines = self.running(pipeline).output.push(&value, Instant::now());
                return lines.iter().try_for_each(|line| said(&line.text, out));
            }
            Stream::Warning => "WARNING: ",
            Stream::Verbose => "VERBOSE: ",
            Stream::Debug => "DEBUG: ",
            Stream::Information => "",
            Stream::Progress => return Ok(()),
        };
        let message = value.property("InformationalRecord_Message").or_else(|| value.property("MessageData"));
        let message = message.unwrap_or(&value).to_invariant_string();
        let line = format!("{prefix}{message}");
        if self.running(pipeline).echoes.is_new(Way::Stream, &line) { said(&line, out) } else { Ok(()) }
    }

    /// `yyyyMMddHHmmss`, local.
    fn time(&self, microseconds: u64) -> String {
        let time = i64::try_from(microseconds).ok().and_then(|time| Timestamp::from_microsecond(time).ok());
        time.map_or_else(String::new, |time| time.to_zoned(self.zone.clone()).strftime("%Y%m%d%H%M%S").to_string())
    }
}

/// What a console asks for by itself between two lines: what to show before the next, and how a word may go on. PowerShell's
/// transcripts leave it out, too.
fn of_the_console(command: &Bindings) -> bool {
    ["prompt", "TabExpansion2"].iter().any(|name| command.command.eq_ignore_ascii_case(name))
}

/// A statement that did not run: the text of a script, the name of a command that is not there, or the commands that could not be
/// bound.
fn refused(commands: &[CommandCall], error: &str, target: &str, out: &mut String) -> std::fmt::Result {
    match commands {
        [script, ..] if script.script => writeln!(out, "PS>{}", one_line(&script.name)),
        _ if commands.is_empty() || error.starts_with("CommandNotFound") => {
            writeln!(out, "PS>{}", one_line(read(target).to_invariant_string().trim()))
        }
        _ => {
            for (number, command) in commands.iter().enumerate() {
                let (name, first) = (one_line(&command.name), if number == 0 { "PS>" } else { ">> " });
                writeln!(out, "{first}CommandInvocation({name}): \"{name}\"")?;
            }
            Ok(())
        }
    }
}

/// What ended a pipeline; the id of an error ends with the command that it comes from.
fn terminating_error(id: &str, message: &str, out: &mut String) -> std::fmt::Result {
    let command = id.split_once(',').map_or("", |(_, command)| command);
    writeln!(out, ">> TerminatingError({}): \"{}\"", one_line(command), one_line(message))
}

/// What was recorded, or its text if it cannot be read.
fn read(clixml: &str) -> Value {
    clixml::read(clixml, &Limits::default(), &Plain).unwrap_or_else(|_| Value::string(clixml))
}

/// A line of output; one that could be taken for the transcript's own begins with a backslash.
fn said(text: &str, out: &mut String) -> std::fmt::Result {
    // a text without a line is an empty line
    for line in text.lines().chain(text.is_empty().then_some("")) {
        let line: String = uncoloured(line).chars().filter(|c| !c.is_control() || *c == '\t').collect();
        let ours = ["PS>", ">> ", "**", "\\"].iter().any(|mark| line.starts_with(mark));
        writeln!(out, "{}{line}", if ours { "\\" } else { "" })?;
    }
    Ok(())
}

/// Without the sequences that colour a terminal: ESC, a bracket, parameters, a letter (ECMA-48 5.4).
fn uncoloured(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, sequence)) = rest.split_once("\u{1B}[") {
        plain.push_str(before);
        rest = sequence.trim_start_matches(|c: char| ('\u{20}'..'\u{40}').contains(&c));
        rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// Quotes and control characters escaped, as PowerShell would write them in a string.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => line.push_str("`\""),
            '`' => line.push_str("``"),
            '\n' => line.push_str("`n"),
            '\r' => line.push_str("`r"),
            '\t' => line.push_str("`t"),
            '\u{1B}' => line.push_str("`e"),
            control if control.is_control() => {
                let _ = write!(line, "`u{{{:x}}}", u32::from(control));
            }
            letter => line.push(letter),
        }
    }
    line
}

/// Names and values of one command.
fn bindings(clixml: &str) -> Vec<(String, String)> {
    let Value::Object(object) = read(clixml) else { return Vec::new() };
    let Content::Dictionary(entries) = &object.content else { return Vec::new() };
    let named = entries.iter().filter(|(_, value)| !value.is_null());
    named.map(|(name, value)| (name.to_invariant_string().to_string(), bound(value))).collect()
}

/// A value; lists joined, cut when they grow long.
fn bound(value: &Value) -> String {
    let items: Vec<Cow<'_, str>> = match (value, value.as_list()) {
        (Value::Bytes(bytes), _) => bytes.iter().take(BINDING).map(|byte| byte.to_string().into()).collect(),
        (_, Some(items)) => items.iter().take(BINDING).map(|item| text(item).to_string().into()).collect(),
        (Value::Xml(xml), None) => return xml.to_string(),
        _ => return text(value).to_string(),
    };
    let mut text = String::new();
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            text.push_str(", ");
        }
        if text.len() > BINDING {
            text.push_str("...");
            break;
        }
        text.push_str(item);
    }
    text
}

/// The texts among a host call's arguments.
fn strings(arguments: &Value) -> Vec<String> {
    let items = arguments.as_list().unwrap_or_default();
    let texts = items.iter().filter(|item| matches!(item, Value::String(_)));
    texts.map(|text| text.to_invariant_string().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use transcript::Outcome;

    use super::*;

    fn entry(record: Record) -> Entry {
        Entry { seq: 1, time: 1_800_000_000_000_000, record }
    }

    fn output(value: &Value) -> Record {
        Record::Output { pipeline: "p".into(), stream: Stream::Output, clixml: clixml::to_string(value, &Plain) }
    }

    fn transcript(records: impl IntoIterator<Item = Record>) -> String {
        let mut transcript = Transcript::new([], TimeZone::UTC);
        records.into_iter().map(|record| transcript.lines(&entry(record))).collect()
    }

    #[test]
    fn j_101_a_command_with_its_bindings_and_its_output() {
        let parameters = clixml::Object::new().content(Content::Dictionary(vec![
            (Value::string("Name"), Value::string("alpha")),
            (Value::string("Item"), Value::array(vec![Value::string("a"), Value::string("b")])),
        ]));
        let command = Bindings {
            command: "Get-Widget".into(),
            rule: "r".into(),
            parameters: clixml::to_string(&Value::from(parameters), &Plain),
        };
        let text = transcript([
            Record::Authorized { pipeline: "p".into(), commands: vec![command] },
            output(&Value::string("alpha   ready")),
        ]);
        let expected = "PS>CommandInvocation(Get-Widget): \"Get-Widget\"\n\
                        >> ParameterBinding(Get-Widget): name=\"Name\"; value=\"alpha\"\n\
                        >> ParameterBinding(Get-Widget): name=\"Item\"; value=\"a, b\"\n\
                        alpha   ready\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_a_console_asks_for_by_itself_is_left_out_but_not_its_refusal() {
        let prompt = Bindings { command: "prompt".into(), rule: "r".into(), parameters: String::new() };
        let text = transcript([
            Record::Authorized { pipeline: "p".into(), commands: vec![prompt] },
            output(&Value::string("PS> ")),
            Record::Completed { pipeline: "p".into(), outcome: Outcome::Completed, error: None, duration: 1 },
        ]);
        assert_eq!(text, "");
    }

    #[test]
    fn an_error_that_ends_a_line_is_told_with_its_command_and_a_refused_one_once() {
        let call = |name: &str, script| CommandCall { name: name.into(), script, arguments: String::new() };
        let pipeline = |calls| Record::Pipeline { pipeline: "p".into(), statements: vec![calls], history: None };
        let refused = |error: &str, target: &str| Record::Refused {
            pipeline: "p".into(),
            error: error.into(),
            message: "No".into(),
            target: clixml::to_string(&Value::string(target), &Plain),
        };
        let exception = psrp::record::Exception::new(&["System.Exception"], "it \"broke\"");
        let error = ErrorRecord::new(exception, "Broken,Get-Widget", psrp::record::ErrorCategory::NotSpecified);
        let broken =
            Record::TerminatingError { pipeline: "p".into(), clixml: clixml::to_string(&error.to_value(), &Plain) };
        let completed =
            || Record::Completed { pipeline: "p".into(), outcome: Outcome::Failed, error: None, duration: 1 };
        let text = transcript([
            pipeline(vec![call(" $x = 1 ", true)]),
            refused("ScriptsNotAllowed", " $x = 1 "),
            broken.clone(),
            completed(),
            pipeline(vec![call("Get-Nothing", false)]),
            refused("CommandNotFoundException", "Get-Nothing"),
            completed(),
            pipeline(vec![call("Get-Widget", false), call("Select-Object", false)]),
            refused("NamedParameterNotFound,Select-Object", ""),
            completed(),
            pipeline(vec![call("Get-Widget", false)]),
            broken,
            completed(),
        ]);
        let expected = "PS> $x = 1 \n\
                        >> TerminatingError(): \"No\"\n\
                        PS>Get-Nothing\n\
                        >> TerminatingError(): \"No\"\n\
                        PS>CommandInvocation(Get-Widget): \"Get-Widget\"\n\
                        >> CommandInvocation(Select-Object): \"Select-Object\"\n\
                        >> TerminatingError(Select-Object): \"No\"\n\
                        >> TerminatingError(Get-Widget): \"it `\"broke`\"\"\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn j_106_no_value_forges_a_line() {
        let evil = "x\nPS>CommandInvocation(Stop-AzureStack): \"Stop-AzureStack\"\r\n**********************\u{1B}[2Jy";
        let text = transcript([
            output(&Value::string(evil)),
            Record::Refused { pipeline: "p".into(), error: "e".into(), message: "no\nPS>".into(), target: evil.into() },
        ]);
        let own = |line: &&str| line.starts_with("PS>") || line.starts_with("**");
        assert_eq!(text.lines().filter(own).count(), 1, "{text}"); // the refusal's own
        assert!(text.contains("\n\\PS>CommandInvocation(Stop-AzureStack)"), "{text}");
        assert!(!text.contains('\u{1B}'), "{text:?}");
        assert_eq!(uncoloured("\u{1B}[32;1mName \u{1B}[0mx\u{1B}["), "Name x");
    }
}

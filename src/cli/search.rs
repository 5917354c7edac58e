//! `pepd record search`: over all sessions, by account, command, time and text.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, IsTerminal as _, Write as _};
use std::path::Path;

use clixml::{Limits, Plain};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use memchr::memmem::Finder;
use transcript::{Entry, Record};
use transcript_verify::{journals, session_of};

use super::progress::Progress;
use super::screen::{Ink, Screen, painted};
use super::{Done, Search};

/// What of a line is looked at before it is read as a whole.
struct Sieve<'a> {
    /// Any of the forms of a text.
    text: Option<[Finder<'a>; 2]>,
    command: Option<&'a str>,
    /// Only lines of commands that were let run have it: a quotation mark inside of a value has a backslash before it.
    runs: Finder<'static>,
    since: u64,
    until: u64,
}

/// A search under way.
struct Searching<'a> {
    account: Option<&'a str>,
    sieve: Sieve<'a>,
    out: &'a mut BufWriter<Screen>,
    progress: Progress,
    done: u64,
    all: u64,
}

pub(super) fn run(directory: &Path, search: &Search, out: &mut BufWriter<Screen>) -> Done {
    let forms = search.text.as_deref().map(forms);
    let sieve = Sieve {
        text: forms.as_ref().map(|forms| forms.each_ref().map(|form| Finder::new(form.as_bytes()))),
        command: search.command.as_deref(),
        runs: Finder::new(b"\"command\":\""),
        since: search.since.unwrap_or(0),
        until: search.until.unwrap_or(u64::MAX),
    };
    let files = journals(directory)?;
    let all = files.iter().map(|file| fs::metadata(directory.join(file)).map_or(0, |file| file.len())).sum();
    let progress = Progress::of("search");
    let mut searching = Searching { account: search.account.as_deref(), sieve, out, progress, done: 0, all };
    for file in files {
        searching.sift(directory, &file)?;
    }
    Ok(())
}

impl Searching<'_> {
    fn sift(&mut self, directory: &Path, file: &str) -> Done {
        let path = directory.join(file);
        let behind = self.done + fs::metadata(&path)?.len();
        let mut reader = BufReader::with_capacity(256 * 1024, File::open(path)?);
        let mut line = Vec::new();
        let mut account = None;
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line)?;
            self.done += u64::try_from(length).unwrap_or(0);
            self.progress.told(self.done, self.all);
            if length == 0 {
                return Ok(());
            }
            let first = account.is_none();
            let read = || {
                let (_, json) = transcript_verify::split(&line)?;
                serde_json::from_slice::<Entry>(json).ok()
            };
            let account: &str = account.get_or_insert_with(|| match read().map(|entry| entry.record) {
                Some(Record::SessionStart { account, .. }) => account,
                _ => String::new(),
            });
            if first && self.account.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(account)) {
                self.done = behind;
                return Ok(());
            }
            if self.sieve.lets_through(&line)
                && let Some(entry) = read()
                && self.sieve.command.is_none_or(|command| runs(&entry.record, command))
            {
                self.found(file, account, &entry)?;
            }
        }
    }

    fn found(&mut self, file: &str, account: &str, entry: &Entry) -> Done {
        if io::stdout().is_terminal() {
            self.progress.end(); // what was found has the screen to itself
        }
        let coloured = self.out.get_ref().coloured();
        let session = session_of(file).unwrap_or_default().get(..8).unwrap_or_default();
        let (time, session) = (super::record::time(entry.time), painted(session, Ink::Cyan, coloured));
        let (account, summary) = (account.escape_debug().to_string(), summary(&entry.record));
        let summary = match &entry.record {
            Record::Refused { .. } | Record::TerminatingError { .. } => painted(&summary, Ink::Red, coloured),
            Record::Authorized { .. } => painted(&summary, Ink::Bold, coloured),
            _ => summary,
        };
        Ok(writeln!(self.out, "{}  {session}  {account:<16}  {summary}", painted(&time, Ink::Dim, coloured))?)
    }
}

impl Sieve<'_> {
    fn lets_through(&self, line: &[u8]) -> bool {
        if self.text.as_ref().is_some_and(|forms| forms.iter().all(|form| form.find(line).is_none())) {
            return false;
        }
        if self.command.is_some() && self.runs.find(line).is_none() {
            return false;
        }
        if self.since == 0 && self.until == u64::MAX {
            return true;
        }
        let at = line.windows(7).take(120).position(|window| window == b"\"time\":");
        let digits = at.and_then(|at| line.get(at + 7..)).unwrap_or_default();
        let time = digits.iter().take_while(|byte| byte.is_ascii_digit());
        let time = time.fold(0_u64, |time, digit| time.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        (self.since..=self.until).contains(&time)
    }
}

/// How a text stands in a line: as JSON writes it, and as CLIXML does within JSON.
fn forms(text: &str) -> [String; 2] {
    let json = |text: &str| {
        let json = serde_json::to_string(text).unwrap_or_default();
        json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned()
    };
    let clixml = clixml::to_string(&clixml::Value::string(text), &Plain);
    let clixml = clixml.strip_prefix("<S>").and_then(|text| text.strip_suffix("</S>")).unwrap_or(text);
    [json(text), json(clixml)]
}

/// A command of this name, in any letter case, was let run.
fn runs(record: &Record, command: &str) -> bool {
    let Record::Authorized { commands, .. } = record else { return false };
    commands.iter().any(|bound| bound.command.eq_ignore_ascii_case(command))
}

/// One record in a few words.
fn summary(record: &Record) -> String {
    let text = match record {
        Record::SessionStart { source, client, .. } => format!("session from {source}, client {client}"),
        Record::Authorized { commands, .. } => {
            let names: Vec<&str> = commands.iter().map(|bound| bound.command.as_str()).collect();
            format!("run {}", names.join(" | "))
        }
        Record::Refused { target, message, .. } => format!("refused {}: {message}", plain(target)),
        Record::Output { stream, clixml, .. } => format!("{} {}", format!("{stream:?}").to_lowercase(), plain(clixml)),
        Record::TerminatingError { clixml, .. } => format!("ended by the error {}", plain(clixml)),
        Record::HostCall { method, clixml, .. } => format!("host call {method} {}", plain(clixml)),
        Record::HostReply { clixml, .. } => format!("host reply {}", plain(clixml)),
        Record::Input { clixml, .. } => format!("input {}", plain(clixml)),
        Record::Pipeline { .. } => "pipeline".into(),
        Record::CommandMetadata { names, .. } => format!("metadata of {}", names.join(", ")),
        Record::Stop { .. } => "stop".into(),
        Record::Completed { outcome, error, .. } => {
            format!("{} {}", format!("{outcome:?}").to_lowercase(), error.as_deref().unwrap_or_default())
        }
        Record::Truncated { limit } => format!("the record came to its limit of {limit} octets"),
        Record::Recovered { cut } => format!("{cut} octets of a torn line were cut"),
        Record::SessionEnd { reason } => format!("session end: {reason}"),
    };
    let line: String = text.trim().chars().take(160).collect();
    line.escape_debug().to_string()
}

fn plain(clixml: &str) -> String {
    let value = clixml::read(clixml, &Limits::default(), &Plain);
    value.map_or_else(|_| clixml.to_owned(), |value| value.to_invariant_string().to_string())
}

/// A time as a user types it: a date, or a date and a time, in the local zone; or with a zone of its own. Microseconds since 1970.
pub(super) fn parse_time(text: &str) -> Result<u64, String> {
    let local = |time: DateTime| time.to_zoned(TimeZone::system()).map(|zoned| zoned.timestamp());
    let time = text
        .parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().and_then(local))
        .or_else(|_| text.parse::<Date>().and_then(|date| local(date.at(0, 0, 0, 0))))
        .map_err(|_| "not a time: 2026-11-25, 2026-11-25T16:30, or 2026-11-25T16:30:00Z".to_owned())?;
    Ok(u64::try_from(time.as_microsecond()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_as_it_stands_in_a_line() {
        assert_eq!(forms("plain"), ["plain", "plain"]);
        assert_eq!(forms("\"a\" <b>\n"), [r#"\"a\" <b>\n"#, r#"\"a\" &lt;b&gt;_x000A_"#]);
        assert_eq!(forms(""), ["", ""]);
    }
}

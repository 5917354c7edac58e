//! `pepd record`: the record read, and looked at for damage, by whoever may read its directory.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use transcript::{Entry, Record};
use transcript_verify::{Kept, PublicKey, journals, session_of, verify};

use super::place::Surroundings;
use super::{Export, Form, RecordCommand, RecordPlace, Show, Verify, account};
use crate::over_the_shoulder::Transcript;
use crate::record_objects;

type Failure = Box<dyn std::error::Error>;

pub(super) fn run(command: RecordCommand, surroundings: &Surroundings) -> Result<ExitCode, Failure> {
    match command {
        RecordCommand::Verify(arguments) => return verify_record(arguments, surroundings),
        RecordCommand::Checkpoint(place) => checkpoint(&place, surroundings)?,
        RecordCommand::List(place) => list(&place.directory(surroundings)?)?,
        RecordCommand::Show(Show { session, place }) => {
            transcribe(&place.directory(surroundings)?, &session, io::stdout().lock())?;
        }
        RecordCommand::Search(search) => super::search::run(&search.place.directory(surroundings)?, &search)?,
        RecordCommand::Export(export) => write_out(export, surroundings)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl RecordPlace {
    /// The record's directory.
    fn directory(&self, surroundings: &Surroundings) -> Result<PathBuf, Failure> {
        match &self.record {
            Some(directory) => Ok(directory.clone()),
            None => Ok(account::state(super::State { state: self.state.clone() }, surroundings)?.join("record")),
        }
    }
}

fn verify_record(arguments: Verify, surroundings: &Surroundings) -> Result<ExitCode, Failure> {
    let directory = arguments.place.directory(surroundings)?;
    let key = match arguments.key {
        Some(key) => key,
        None => directory.parent().unwrap_or(Path::new("/")).join("keys/record.pub"),
    };
    let text = fs::read_to_string(&key).map_err(|error| format!("{}: {error}", key.display()))?;
    let key = PublicKey::parse(&text).map_err(|error| format!("{}: {error}", key.display()))?;
    let kept = arguments.checkpoint.as_deref().map(kept).transpose()?;
    let report = verify(&directory, &key, kept.as_deref())?;
    let mut out = io::stdout().lock();
    for damage in &report.damages {
        writeln!(out, "{damage}")?;
    }
    let records: u64 = report.sessions.iter().map(|session| session.records).sum();
    let vouched: u64 = report.sessions.iter().map(|session| session.vouched).sum();
    writeln!(
        out,
        "{} sessions, {records} records, {vouched} of them under {} signed checkpoints: {}",
        report.sessions.len(),
        report.checkpoints,
        match report.damages.len() {
            0 => "no damage".to_owned(),
            1 => "1 damage".to_owned(),
            damages => format!("{damages} damages"),
        }
    )?;
    match report.sessions.iter().filter(|session| session.truncated).count() {
        0 => {}
        1 => writeln!(out, "1 session was ended because its record had come to its limit.")?,
        several => writeln!(out, "{several} sessions were ended because their records had come to their limit.")?,
    }
    if kept.is_none() {
        writeln!(
            out,
            "Without a checkpoint that was kept elsewhere (--checkpoint), a log that was cut is not noticed."
        )?;
    }
    Ok(if report.damages.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A file in which somebody keeps checkpoints: a line of the log, or what the system's log has of it.
fn kept(file: &Path) -> Result<String, Failure> {
    let text = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    if Kept::all(&text).is_empty() {
        return Err(format!("{}: there is no checkpoint in it", file.display()).into());
    }
    Ok(text)
}

fn checkpoint(place: &RecordPlace, surroundings: &Surroundings) -> Result<(), Failure> {
    let path = place.directory(surroundings)?.join(transcript_verify::CHECKPOINTS);
    // what is kept elsewhere must not be ahead of this disk
    let read = File::open(&path).and_then(|mut file| file.sync_data().and_then(|()| io::read_to_string(&mut file)));
    let text = read.map_err(|error| format!("{}: {error}", path.display()))?;
    // a line that is just being written has no end yet
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let last = whole.lines().next_back().ok_or("there is no checkpoint yet")?;
    Ok(writeln!(io::stdout(), "{last}")?)
}

fn list(directory: &Path) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let columns = |[session, started, account, source, records, end]: [&str; 6]| {
        format!("{session:<36}  {started:<20}  {account:<16}  {source:<22}  {records:>8}  {end}")
    };
    writeln!(out, "{}", columns(["SESSION", "STARTED", "ACCOUNT", "FROM", "RECORDS", "END"]))?;
    for file in journals(directory)? {
        let session = session_of(&file).unwrap_or_default();
        let (mut first, mut last, mut count) = (None, None, 0_u64);
        for line in BufReader::new(File::open(directory.join(&file))?).lines() {
            let line = line?;
            count += 1;
            if count == 1 {
                first = entry(&line);
            }
            last = Some(line);
        }
        let last = last.and_then(|line| entry(&line));
        let started = first.as_ref().map(|entry| time(entry.time)).unwrap_or_default();
        let (account, source) = match first.map(|entry| entry.record) {
            Some(Record::SessionStart { account, source, .. }) => (account, source),
            _ => Default::default(),
        };
        let end = match last.map(|entry| entry.record) {
            Some(Record::SessionEnd { reason }) => reason,
            _ => "open".to_owned(),
        };
        let plain = |text: &str| text.escape_debug().to_string();
        let row = [session, &started, &plain(&account), &plain(&source), &count.to_string(), &plain(&end)];
        writeln!(out, "{}", columns(row))?;
    }
    Ok(out.flush()?)
}

fn write_out(Export { session, form, output, place }: Export, surroundings: &Surroundings) -> Result<(), Failure> {
    let directory = place.directory(surroundings)?;
    let out: Box<dyn io::Write> = match output {
        None => Box::new(io::stdout().lock()),
        Some(path) => Box::new(
            File::options()
                .write(true)
                .create_new(true)
                .open(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?,
        ),
    };
    match form {
        Form { json: true, .. } => lines(&directory, &session, out),
        Form { clixml: true, .. } => objects(&directory, &session, out),
        Form { .. } => transcribe(&directory, &session, out),
    }
}

/// The only session whose id begins so.
fn find(directory: &Path, session: &str) -> Result<PathBuf, Failure> {
    let files = journals(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let of = |file: &&String| {
        session_of(file).is_some_and(|id| id.len() >= session.len() && id.starts_with(&session.to_ascii_lowercase()))
    };
    let mut found = files.iter().filter(of);
    match (found.next(), found.next()) {
        (Some(file), None) => Ok(directory.join(file)),
        (Some(_), Some(_)) => Err(format!("more than one session begins with {session}").into()),
        (None, _) => Err(format!("there is no session {session}: see `pepd record list`").into()),
    }
}

/// One record a line, without the hashes.
fn lines(directory: &Path, session: &str, out: impl io::Write) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    for line in BufReader::new(File::open(find(directory, session)?)?).lines() {
        let line = line?;
        writeln!(out, "{}", line.split_once(' ').map_or("", |(_, json)| json))?;
    }
    Ok(out.flush()?)
}

/// Objects for `Import-Clixml`.
fn objects(directory: &Path, session: &str, mut out: impl io::Write) -> Result<(), Failure> {
    let mut objects = Vec::new();
    for line in BufReader::new(File::open(find(directory, session)?)?).lines() {
        objects.extend(line?.split_once(' ').and_then(|(_, json)| record_objects::object(json)));
    }
    Ok(out.write_all(record_objects::document(&objects).as_bytes())?)
}

fn transcribe(directory: &Path, session: &str, out: impl io::Write) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    let mut transcript = Transcript::new(commands::table().views().to_vec(), TimeZone::system());
    for (number, line) in (1..).zip(BufReader::new(File::open(find(directory, session)?)?).lines()) {
        match entry(&line?) {
            Some(entry) => out.write_all(transcript.lines(&entry).as_bytes())?,
            None => writeln!(out, "[line {number} of the journal is damaged: see `pepd record verify`]")?,
        }
    }
    Ok(out.flush()?)
}

fn entry(line: &str) -> Option<Entry> {
    serde_json::from_str(line.split_once(' ')?.1).ok()
}

pub(super) fn time(microseconds: u64) -> String {
    let time = i64::try_from(microseconds).ok().and_then(|time| Timestamp::from_microsecond(time).ok());
    time.map_or_else(String::new, |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

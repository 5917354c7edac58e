//! `pepd record`: the record read, and looked at for damage, by whoever may read its directory.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use transcript::{Entry, Record};
use transcript_verify::{CheckpointLog, HeadState, Kept, PublicKey, journals, session_of, verify_telling};

use super::place::Surroundings;
use super::progress::Progress;
use super::screen::{Ink, Screen, painted};
use super::{Export, Form, List, Pages, RecordCommand, RecordPlace, Show, Verify, account};
use crate::over_the_shoulder::Transcript;
use crate::record_objects;

pub(super) type Failure = Box<dyn std::error::Error>;

pub(super) fn run(command: RecordCommand, surroundings: &Surroundings) -> Result<ExitCode, Failure> {
    match command {
        RecordCommand::Verify(arguments) => return verify_record(arguments, surroundings),
        RecordCommand::Checkpoint(place) => checkpoint(&place, surroundings)?,
        RecordCommand::List(List { pages, place }) => {
            let directory = place.directory(surroundings)?;
            on_screen(&pages, |screen| list(&directory, screen))?;
        }
        RecordCommand::Show(Show { session, pages, place }) => {
            let directory = place.directory(surroundings)?;
            let journal = find(&directory, &session)?;
            on_screen(&pages, |screen| show(&journal, screen))?;
        }
        RecordCommand::Replay(replay) => super::replay::run(&replay.place.directory(surroundings)?, &replay)?,
        RecordCommand::Search(search) => {
            let directory = search.place.directory(surroundings)?;
            on_screen(&search.pages, |screen| super::search::run(&directory, &search, screen))?;
        }
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

/// Writes to the terminal, page by page, or into a pipe.
fn on_screen(pages: &Pages, write: impl FnOnce(&mut BufWriter<Screen>) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut out = BufWriter::new(Screen::open(!pages.no_pager));
    let written = write(&mut out).and_then(|()| Ok(out.flush()?));
    let (screen, _) = out.into_parts();
    quiet_at_the_end_of_a_pipe(written.and(screen.close().map_err(Failure::from)))
}

/// Whoever reads has seen enough: that is no failure.
pub(super) fn quiet_at_the_end_of_a_pipe(done: Result<(), Failure>) -> Result<(), Failure> {
    match done {
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) => {
            Ok(())
        }
        done => done,
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
    let mut progress = Progress::of("verify");
    let report = verify_telling(&directory, &key, kept.as_deref(), &mut |done, all| progress.told(done, all))?;
    progress.end();
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

fn list(directory: &Path, out: &mut BufWriter<Screen>) -> Result<(), Failure> {
    let coloured = out.get_ref().coloured();
    let columns = |[session, started, account, source, records, end]: [&str; 6]| {
        format!("{session:<36}  {started:<20}  {account:<16}  {source:<22}  {records:>8}  {end}")
    };
    let heading = columns(["SESSION", "STARTED", "ACCOUNT", "FROM", "RECORDS", "END"]);
    writeln!(out, "{}", painted(&heading, Ink::Bold, coloured))?;
    let over = over(directory);
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
        let (end, ink) = match last.map(|entry| entry.record) {
            Some(Record::SessionEnd { reason }) => (reason, None),
            _ if over.contains(&file) => ("its record could not be written any more".to_owned(), Some(Ink::Yellow)),
            _ => ("open".to_owned(), Some(Ink::Green)),
        };
        let plain = |text: &str| text.escape_debug().to_string();
        let end = ink.map_or_else(|| plain(&end), |ink| painted(&plain(&end), ink, coloured));
        let row = [session, &started, &plain(&account), &plain(&source), &count.to_string(), &end];
        writeln!(out, "{}", columns(row))?;
    }
    Ok(())
}

/// The journals that will not grow any more, as far as the checkpoints can be read.
fn over(directory: &Path) -> BTreeSet<String> {
    let (mut log, mut over) = (CheckpointLog::default(), BTreeSet::new());
    let text = fs::read_to_string(directory.join(transcript_verify::CHECKPOINTS)).unwrap_or_default();
    for checkpoint in text.lines().map_while(|line| log.read(line, None).ok()) {
        over.extend(checkpoint.heads.into_iter().filter(|head| head.state == HeadState::Ended).map(|head| head.file));
    }
    over
}

fn write_out(Export { session, form, output, place }: Export, surroundings: &Surroundings) -> Result<(), Failure> {
    let journal = find(&place.directory(surroundings)?, &session)?;
    let to_terminal = output.is_none() && io::stdout().is_terminal();
    let out: Box<dyn io::Write> = match output {
        None => Box::new(io::stdout().lock()),
        Some(path) => Box::new(new_file(&path)?),
    };
    let mut told = Told::of(&journal, to_terminal)?;
    quiet_at_the_end_of_a_pipe(match form {
        Form { json: true, .. } => lines(&journal, out, &mut told),
        Form { clixml: true, .. } => objects(&journal, out, &mut told),
        Form { .. } => transcribe(&journal, out, &mut told),
    })
}

/// A file that was not there.
pub(super) fn new_file(path: &Path) -> Result<File, Failure> {
    let file = File::options().write(true).create_new(true).open(path);
    Ok(file.map_err(|error| format!("{}: {error}", path.display()))?)
}

/// How far the reading of one journal has come.
struct Told {
    progress: Progress,
    done: u64,
    all: u64,
}

impl Told {
    /// Nothing is told where the text itself goes to the terminal.
    fn of(journal: &Path, to_terminal: bool) -> io::Result<Told> {
        let mut progress = Progress::of("export");
        if to_terminal {
            progress.end();
        }
        Ok(Told { progress, done: 0, all: fs::metadata(journal)?.len() })
    }

    fn line(&mut self, line: &str) {
        self.done += u64::try_from(line.len()).unwrap_or(0) + 1;
        self.progress.told(self.done, self.all);
    }
}

/// The only session whose id begins so.
pub(super) fn find(directory: &Path, session: &str) -> Result<PathBuf, Failure> {
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

/// The session that began last.
pub(super) fn latest(directory: &Path) -> Result<PathBuf, Failure> {
    let files = journals(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    Ok(directory.join(files.last().ok_or("there is no session yet")?))
}

/// One record a line, without the hashes.
fn lines(journal: &Path, out: impl io::Write, told: &mut Told) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    for line in BufReader::new(File::open(journal)?).lines() {
        let line = line?;
        told.line(&line);
        writeln!(out, "{}", line.split_once(' ').map_or("", |(_, json)| json))?;
    }
    Ok(out.flush()?)
}

/// Objects for `Import-Clixml`.
fn objects(journal: &Path, mut out: impl io::Write, told: &mut Told) -> Result<(), Failure> {
    let mut objects = Vec::new();
    for line in BufReader::new(File::open(journal)?).lines() {
        let line = line?;
        told.line(&line);
        objects.extend(line.split_once(' ').and_then(|(_, json)| record_objects::object(json)));
    }
    Ok(out.write_all(record_objects::document(&objects).as_bytes())?)
}

fn transcribe(journal: &Path, out: impl io::Write, told: &mut Told) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    let written = transcript(journal, |line, text| {
        told.line(line);
        out.write_all(text.as_bytes())
    });
    written.and_then(|()| Ok(out.flush()?))
}

fn show(journal: &Path, out: &mut BufWriter<Screen>) -> Result<(), Failure> {
    let coloured = out.get_ref().coloured();
    transcript(journal, |_, text| {
        text.lines().try_for_each(|line| match ink_of(line) {
            Some(ink) => writeln!(out, "{}", painted(line, ink, coloured)),
            None => writeln!(out, "{line}"),
        })
    })
}

/// A line that is the transcript's own is told by how it begins: nothing else begins so.
fn ink_of(line: &str) -> Option<Ink> {
    match () {
        () if line.starts_with(">> TerminatingError(") => Some(Ink::Red),
        () if line.starts_with("PS>") => Some(Ink::Cyan),
        () if line.starts_with(">> ") || line.starts_with("****") => Some(Ink::Dim),
        () if line.starts_with("WARNING: ") => Some(Ink::Yellow),
        () => None,
    }
}

/// Each line of a journal with its part of the transcript.
fn transcript(journal: &Path, mut take: impl FnMut(&str, &str) -> io::Result<()>) -> Result<(), Failure> {
    let mut transcript = Transcript::new(commands::table().views().to_vec(), TimeZone::system());
    for (number, line) in (1..).zip(BufReader::new(File::open(journal)?).lines()) {
        let line = line?;
        match entry(&line) {
            Some(entry) => take(&line, &transcript.lines(&entry))?,
            None => take(&line, &format!("[line {number} of the journal is damaged: see `pepd record verify`]\n"))?,
        }
    }
    Ok(())
}

pub(super) fn entry(line: &str) -> Option<Entry> {
    serde_json::from_str(line.split_once(' ')?.1).ok()
}

pub(super) fn time(microseconds: u64) -> String {
    let time = i64::try_from(microseconds).ok().and_then(|time| Timestamp::from_microsecond(time).ok());
    time.map_or_else(String::new, |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

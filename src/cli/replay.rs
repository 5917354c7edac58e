//! `pepd record replay`: plays the screen of a session, or writes it into a file for a player.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use transcript::{Entry, Record};

use super::record::{Failure, entry, find, latest, new_file};
use super::screen::colours;
use super::{Replay as Arguments, record};
use crate::asciicast::{Asciicast, Header};
use crate::replay::Replay;

pub(super) fn run(directory: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let journal = match &arguments.session {
        Some(session) => find(directory, session)?,
        None => latest(directory)?,
    };
    match &arguments.asciicast {
        Some(file) => write(&journal, file, arguments.idle_limit),
        None => play(&journal, arguments),
    }
}

/// Each record that added something to the screen: when, and what.
fn frames(journal: &Path, coloured: bool, mut take: impl FnMut(&Entry, &str) -> io::Result<()>) -> Result<(), Failure> {
    let mut replay = Replay::new(commands::table().views().to_vec(), coloured);
    for (number, line) in (1..).zip(BufReader::new(File::open(journal)?).lines()) {
        let entry = entry(&line?)
            .ok_or_else(|| format!("line {number} of the journal is damaged: see `pepd record verify`"))?;
        let frame = replay.frame(&entry);
        if !frame.is_empty() {
            take(&entry, &frame)?;
        }
    }
    Ok(())
}

/// On a terminal with the pauses that there were; into a pipe at once.
fn play(journal: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let live = out.is_terminal();
    let mut before = None;
    let played = frames(journal, colours(&out), |entry, frame| {
        let pause = entry.time.saturating_sub(*before.get_or_insert(entry.time));
        before = Some(entry.time);
        if live {
            std::thread::sleep(pause_of(pause, arguments.speed, arguments.idle_limit));
        }
        out.write_all(frame.as_bytes())?;
        out.flush()
    });
    record::quiet_at_the_end_of_a_pipe(played)
}

/// A pause of so many microseconds, cut and then shortened.
fn pause_of(microseconds: u64, speed: f64, limit: Option<f64>) -> Duration {
    let pause = Duration::from_micros(microseconds).as_secs_f64();
    let pause = limit.map_or(pause, |limit| pause.min(limit)) / speed;
    Duration::try_from_secs_f64(pause).unwrap_or_default()
}

fn write(journal: &Path, file: &Path, idle_limit: Option<f64>) -> Result<(), Failure> {
    // how wide it is, is known when all of it is known
    let (mut width, mut start, mut title) = (80, None, String::new());
    frames(journal, false, |entry, frame| {
        start.get_or_insert(entry.time);
        if let Record::SessionStart { account, host, .. } = &entry.record {
            title = format!("{account} on {host}");
        }
        let longest = frame.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        width = width.max(longest.min(400));
        Ok(())
    })?;
    let start = start.ok_or("the journal is empty")?;
    let header = Header { width, timestamp: start / 1_000_000, title: &title, idle_limit };
    let mut cast = Asciicast::begin(BufWriter::new(new_file(file)?), &header)?;
    let written = frames(journal, true, |entry, frame| cast.output(entry.time.saturating_sub(start), frame));
    let written = written.and_then(|()| Ok(cast.end()?));
    if written.is_err() {
        let _ = fs::remove_file(file); // half a file is none
    }
    written
}

/// More than nothing.
pub(super) fn parse_factor(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if factor.is_finite() && factor > 0.0 { Ok(factor) } else { Err("not more than nothing".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_cut_and_then_shortened() {
        assert_eq!(pause_of(10_000_000, 1.0, None), Duration::from_secs(10));
        assert_eq!(pause_of(10_000_000, 4.0, Some(2.0)), Duration::from_millis(500));
        assert_eq!(pause_of(u64::MAX, 0.000_000_000_001, None), Duration::ZERO, "longer than time lasts");
        assert!(parse_factor("2.5").is_ok() && parse_factor("0").is_err() && parse_factor("inf").is_err());
    }
}

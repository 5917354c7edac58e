//! What a real PowerShell's own transcript (`Start-Transcript`, as a session configuration's `TranscriptDirectory` runs it) says of the
//! steps of a recording, and what the text export of our record says of the same steps: line for line the same, but for what
//! `fixtures/oracle/transcripts/differences.toml` lists.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use pepd::over_the_shoulder::Transcript;
use regex::Regex;
use serde::Deserialize;
use support::compare::lines_apart;
use support::machine;
use support::oracle::Recording;
use support::replay::replay;
use transcript::read_journal;
use transcript_verify::{journals, session_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    difference: Vec<Difference>,
}

/// One difference, as a user would tell it, and where it shows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    real: String,
    ours: String,
    reason: String,
    /// What of the real transcript reads otherwise here.
    #[serde(default)]
    rewrite: Vec<Rewrite>,
    /// What reads otherwise in both, and is compared as if it did not.
    #[serde(default)]
    either: Vec<Rewrite>,
    /// Lines that only one of the two has: `- real`, `+ ours`.
    #[serde(default)]
    line: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rewrite {
    pattern: String,
    to: String,
    #[serde(skip)]
    used: Cell<bool>,
}

impl Rewrite {
    fn apply(&self, text: String) -> String {
        let pattern = Regex::new(&self.pattern).unwrap();
        if !pattern.is_match(&text) {
            return text;
        }
        self.used.set(true);
        pattern.replace_all(&text, self.to.as_str()).into_owned()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    recording: Option<String>,
    pattern: String,
    #[serde(skip)]
    used: Cell<bool>,
}

fn directory() -> PathBuf {
    machine::repository().join("fixtures/oracle/transcripts")
}

impl Allowed {
    fn load() -> Allowed {
        toml::from_str(&fs::read_to_string(directory().join("differences.toml")).unwrap()).unwrap()
    }

    /// A real transcript as it would read here.
    fn predicted(&self, real: &str) -> Vec<String> {
        let rewrites = self.difference.iter().flat_map(|difference| &difference.rewrite);
        self.settled(&rewrites.fold(real.to_owned(), |text, rewrite| rewrite.apply(text)))
    }

    /// Either, without what is compared as if it were the same.
    fn settled(&self, text: &str) -> Vec<String> {
        let either = self.difference.iter().flat_map(|difference| &difference.either);
        either.fold(text.to_owned(), |text, rewrite| rewrite.apply(text)).lines().map(str::to_owned).collect()
    }

    fn unexplained<'a>(&self, name: &str, apart: &'a str) -> Vec<&'a str> {
        let lines: Vec<&Line> = self.difference.iter().flat_map(|difference| &difference.line).collect();
        let allows = |line: &Line, delta: &str| {
            let here = line.recording.as_ref().is_none_or(|recording| recording == name);
            let allows = here && Regex::new(&line.pattern).unwrap().is_match(delta);
            line.used.set(line.used.get() || allows);
            allows
        };
        apart.lines().skip(1).filter(|delta| !lines.iter().any(|line| allows(line, delta))).collect()
    }
}

/// The recordings of which there is a real transcript too.
fn names() -> Vec<String> {
    let files = fs::read_dir(directory()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter_map(|file| file.strip_suffix(".txt").map(str::to_owned)).collect();
    names.sort();
    names
}

/// Our transcript of the steps of a recording.
fn ours(name: &str) -> String {
    let record = tempfile::tempdir().unwrap();
    let kept = record.path().to_str().unwrap().to_owned();
    for connection in &(Recording { name }).chunks() {
        drop(replay(&machine::built("oracle-pepd"), &["--record", &kept], connection));
    }
    let mut text = String::new();
    for file in journals(record.path()).unwrap() {
        let mut transcript = Transcript::new(oracle_pep::table(false).views().to_vec(), TimeZone::UTC);
        for entry in read_journal(&record.path().join(&file), session_of(&file).unwrap()).unwrap() {
            text += &transcript.lines(&entry);
        }
    }
    text
}

#[test]
fn the_page_shows_what_is_allowed_to_differ() {
    let path = machine::repository().join("docs/record.md");
    let (begin, end) = ("<!-- transcript differences: begin -->\n", "<!-- transcript differences: end -->");
    let page = fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(begin).unwrap();
    let (_, tail) = rest.split_once(end).unwrap();
    let mut table = "| PowerShell | here | why |\n|---|---|---|\n".to_owned();
    for Difference { real, ours, reason, .. } in Allowed::load().difference {
        writeln!(table, "| {real} | {ours} | {reason} |").unwrap();
    }
    let wanted = format!("{head}{begin}{table}{end}{tail}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert!(page == wanted, "docs/record.md is not what differences.toml says: UPDATE_DOCS=1 rewrites it");
}

#[test]
fn j_101_the_text_export_is_a_real_transcript_line_for_line_but_for_what_is_listed() {
    let allowed = Allowed::load();
    let mut problems = String::new();
    for name in names() {
        let real = fs::read_to_string(directory().join(format!("{name}.txt"))).unwrap();
        let ours = allowed.settled(&ours(&name));
        assert!(ours.len() > 10, "{name}: {ours:?}");
        let apart = lines_apart(&name, &allowed.predicted(&real), &ours);
        let left = allowed.unexplained(&name, &apart);
        if !left.is_empty() {
            writeln!(problems, "== {name}\n{}", left.join("\n")).unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
    let unused = allowed.difference.iter().filter(|difference| {
        difference.rewrite.iter().chain(&difference.either).any(|rewrite| !rewrite.used.get())
            || difference.line.iter().any(|line| !line.used.get())
    });
    let unused: BTreeMap<&str, &str> =
        unused.map(|difference| (difference.real.as_str(), difference.ours.as_str())).collect();
    assert_eq!(unused, BTreeMap::new(), "no longer different: take it out of differences.toml");
}

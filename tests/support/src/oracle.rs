//! The recordings of a real endpoint in `fixtures/oracle`.

use std::fs;
use std::path::PathBuf;

use crate::capture::{self, Chunk};
use crate::machine;
use crate::steps::{self, Step};

/// One recording.
#[derive(Clone, Copy, Debug)]
pub struct Recording<'a> {
    /// As its files are called: `errors`, `secure-2.3`, `screen-enter-basic`.
    pub name: &'a str,
}

impl Recording<'_> {
    /// All of them.
    pub fn names() -> Vec<String> {
        let files = fs::read_dir(directory().join("captures")).unwrap();
        let mut names: Vec<String> = files
            .filter_map(|file| file.unwrap().file_name().to_str().unwrap().strip_suffix(".jsonl.gz").map(str::to_owned))
            .collect();
        names.sort();
        names
    }

    /// The conversation.
    pub fn chunks(self) -> Vec<Vec<Chunk>> {
        capture::load(&directory().join(format!("captures/{}.jsonl.gz", self.name)))
    }

    /// What the client printed.
    pub fn printed(self) -> Vec<String> {
        self.file("out").lines().map(str::to_owned).collect()
    }

    /// What stood on the console after each step.
    pub fn screen(self) -> Vec<Step> {
        steps::recorded(&self.file("screen"))
    }

    fn file(self, extension: &str) -> String {
        let path = directory().join(format!("captures/{}.{extension}", self.name));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The client script.
    pub fn script(self) -> PathBuf {
        directory().join(format!("scenarios/{}.ps1", self.name.strip_suffix("-2.3").unwrap_or(self.name)))
    }

    /// What makes `oracle-pepd` the endpoint that was recorded.
    pub fn server_arguments(self) -> &'static [&'static str] {
        if self.name.contains("friendly") { &["--friendly"] } else { &[] }
    }

    /// Both sides fell back to this protocol version.
    pub fn protocol(self) -> &'static str {
        if self.name.ends_with("-2.3") { "2.3" } else { "2.4" }
    }
}

/// The script that runs a scenario.
pub fn run_script() -> PathBuf {
    directory().join("run.ps1")
}

fn directory() -> PathBuf {
    machine::repository().join("fixtures/oracle").canonicalize().unwrap()
}

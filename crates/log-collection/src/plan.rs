//! The plan of a collection: which files there are, how large they are, and how they fall into zip parts.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use reach::{Limits, Node, ReachError};

use crate::job::{Job, Kind};
use crate::window::Window;

/// One thing that becomes one file in a zip.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The role.
    pub role: String,
    /// The node's name.
    pub node: String,
    /// How the node is reached.
    pub reach: Node,
    /// What is read.
    pub what: What,
    /// Its name in the zip.
    pub name: String,
    /// Bytes, if that is known before.
    pub size: Option<u64>,
    /// When it was last written.
    pub modified: Option<SystemTime>,
}

/// What is read.
#[derive(Clone, Debug)]
pub enum What {
    /// A file of the node.
    File(OsString),
    /// What a program prints.
    Program(Vec<String>),
}

impl Listed {
    /// What it is, for people.
    pub fn shown(&self) -> String {
        let what = match &self.what {
            What::File(path) => String::from_utf8_lossy(path.as_bytes()).escape_debug().to_string(),
            What::Program(argv) => argv.join(" "),
        };
        format!("{} on {}: {what}", self.role, self.node)
    }
}

/// Looks up what a job is. A node's listing takes no longer than this.
const PATIENCE: Duration = Duration::from_mins(2);

/// The files of a job that were written in the window, or its program.
pub(crate) async fn list(job: &Job, window: Window) -> Result<Vec<Listed>, ReachError> {
    let reach = Node::of(&job.node)?;
    let listed = |what, name, size, modified| Listed {
        role: job.role.clone(),
        node: job.node.name.clone(),
        reach: reach.clone(),
        what,
        name,
        size,
        modified,
    };
    match &job.kind {
        Kind::Files(pattern) | Kind::Dumps(pattern) => {
            let limits = Limits { time: PATIENCE, bytes: 64 * 1024 * 1024 };
            let found = reach.find(pattern, limits).await?;
            let (from, to) = (SystemTime::from(window.from), SystemTime::from(window.to));
            // a file that ended before, or began after, has nothing of the window
            let in_window =
                found.into_iter().filter(|file| file.modified >= from && file.born.is_none_or(|born| born <= to));
            Ok(in_window
                .map(|file| {
                    let name = format!("{}/{}", job.node.name, in_zip(&file.path));
                    listed(What::File(file.path), name, Some(file.size), Some(file.modified))
                })
                .collect())
        }
        Kind::Journal { unit, name } => {
            let name = format!("{}/journal/{name}", job.node.name);
            Ok(vec![listed(What::Program(journal(unit, window)), name, None, None)])
        }
        Kind::Command { argv, name } => {
            let name = format!("{}/commands/{name}", job.node.name);
            Ok(vec![listed(What::Program(argv.clone()), name, None, None)])
        }
        Kind::Own(paths) => Ok(paths
            .iter()
            .filter_map(|path| {
                let facts = std::fs::metadata(path).ok()?;
                let name = format!("{}/validation/{}", job.node.name, path.file_name()?.to_string_lossy());
                let what = What::File(path.clone().into_os_string());
                Some(listed(what, name, Some(facts.len()), facts.modified().ok()))
            })
            .collect()),
    }
}

/// `journalctl` for a window of a unit.
pub(crate) fn journal(unit: &str, window: Window) -> Vec<String> {
    let second = |time: Timestamp| format!("@{}", time.as_second());
    let mut argv: Vec<String> =
        ["journalctl", "-q", "--no-pager", "--utc", "-o", "short-iso-precise"].map(str::to_owned).to_vec();
    argv.push(format!("--since={}", second(window.from)));
    argv.push(format!("--until={}", second(window.to)));
    if unit != "*" {
        argv.push(format!("--unit={unit}"));
    }
    argv
}

/// A path as a name in a zip: relative, and without what some system could not unpack.
fn in_zip(path: &OsString) -> String {
    let text = String::from_utf8_lossy(path.as_bytes());
    let parts = text.split('/').filter(|part| !part.is_empty() && *part != "." && *part != "..");
    let clean = |part: &str| -> String {
        part.chars()
            .map(|letter| if letter.is_control() || "\\:*?\"<>|\u{fffd}".contains(letter) { '_' } else { letter })
            .collect()
    };
    parts.map(clean).collect::<Vec<_>>().join("/")
}

/// The things of one role, cut into parts of about so many bytes. A thing that is larger stands alone: a file is never cut. Roles of small
/// things have one part; the parts of a large one can be written at the same time.
pub(crate) fn parts(mut things: Vec<Listed>, limit: u64) -> Vec<Vec<Listed>> {
    make_names_unique(&mut things);
    let mut parts: Vec<Vec<Listed>> = Vec::new();
    let mut room = 0;
    for thing in things {
        let size = thing.size.unwrap_or(0);
        match parts.last_mut() {
            Some(part) if size <= room => {
                room -= size;
                part.push(thing);
            }
            _ => {
                room = limit.saturating_sub(size);
                parts.push(vec![thing]);
            }
        }
    }
    parts
}

/// Two things of one role can have one name: a file that two patterns name is taken once; names that were cleaned to the same are told apart.
fn make_names_unique(things: &mut Vec<Listed>) {
    let mut seen = std::collections::HashMap::new();
    things.retain_mut(|thing| {
        let key = format!("{}\0{:?}", thing.node, thing.what);
        match seen.get(&thing.name) {
            None => {
                seen.insert(thing.name.clone(), key);
                true
            }
            Some(same) if *same == key => false,
            Some(_) => {
                let mut number = 2;
                while seen.contains_key(&format!("{}_{number}", thing.name)) {
                    number += 1;
                }
                thing.name = format!("{}_{number}", thing.name);
                seen.insert(thing.name.clone(), key);
                true
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(path: &str, size: u64) -> Listed {
        Listed {
            role: "R".into(),
            node: "n".into(),
            reach: Node::Local,
            what: What::File(path.into()),
            name: format!("n/{}", in_zip(&path.into())),
            size: Some(size),
            modified: None,
        }
    }

    #[test]
    fn p_061_a_role_is_one_part_until_it_is_too_large_and_no_file_is_cut() {
        let sizes = |parts: Vec<Vec<Listed>>| -> Vec<Vec<u64>> {
            parts.iter().map(|part| part.iter().filter_map(|thing| thing.size).collect()).collect()
        };
        let things =
            |sizes: &[u64]| sizes.iter().enumerate().map(|(at, size)| thing(&format!("/l/{at}"), *size)).collect();
        assert_eq!(sizes(parts(things(&[10, 20, 30]), 100)), [vec![10, 20, 30]]);
        assert_eq!(sizes(parts(things(&[60, 50, 300, 10, 20]), 100)), [vec![60], vec![50], vec![300], vec![10, 20]]);
        assert!(parts(Vec::new(), 100).is_empty());
    }

    #[test]
    fn names_in_a_zip_unpack_anywhere_and_are_no_two_the_same() {
        assert_eq!(in_zip(&"/var/log/a:b\n.log".into()), "var/log/a_b_.log");
        assert_eq!(in_zip(&"/../etc/./x".into()), "etc/x");
        let mut things = vec![thing("/l/a?", 1), thing("/l/a*", 1), thing("/l/a?", 1)];
        make_names_unique(&mut things);
        assert_eq!(things.iter().map(|thing| thing.name.as_str()).collect::<Vec<_>>(), ["n/l/a_", "n/l/a__2"]);
    }
}

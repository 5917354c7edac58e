use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::chain::Chain;
use crate::checkpoint::{CHECKPOINTS, CheckpointLog, Head, HeadState};
use crate::damage::{Damage, Kind};
use crate::kept::Kept;
use crate::key::PublicKey;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each journal.
    pub sessions: Vec<SessionReport>,
    /// How many checkpoints there are.
    pub checkpoints: u64,
    /// The last of them, as it stands in the log: to be kept elsewhere.
    pub last_checkpoint: Option<String>,
    /// Everything that is wrong.
    pub damages: Vec<Damage>,
}

/// One journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// Its file.
    pub file: String,
    /// Its lines.
    pub records: u64,
    /// How many of them a checkpoint vouches for.
    pub vouched: u64,
    /// It says of itself that it came to the limit that was set for one session, and that the session was ended for it.
    pub truncated: bool,
}

/// How long after its start a journal has its first checkpoint at the latest, in microseconds; a busy machine takes its time.
const FIRST: u64 = 60_000_000;

/// Looks at a whole record. `kept` is a text with checkpoints that were taken out of its log before, and kept elsewhere: each
/// that this key has signed must still be there.
///
/// # Errors
/// If the directory cannot be read. A file that cannot is a damage.
pub fn verify(directory: &Path, key: &PublicKey, kept: Option<&str>) -> io::Result<Report> {
    verify_telling(directory, key, kept, &mut |_, _| ())
}

/// The same, and tells how far it has come: octets done, and octets there are.
///
/// # Errors
/// As [`verify`].
pub fn verify_telling(
    directory: &Path,
    key: &PublicKey,
    kept: Option<&str>,
    told: &mut dyn FnMut(u64, u64),
) -> io::Result<Report> {
    let mut report = Report::default();
    let mut heads = BTreeMap::new();
    let mut last_time = 0;
    read_log(directory, key, kept, &mut report, &mut heads, &mut last_time);
    let files = journals(directory)?;
    let late = |start: u64| start + FIRST < now();
    if report.checkpoints == 0 && files.iter().any(|file| started(file).is_none_or(late)) {
        report.damage(CHECKPOINTS, None, Kind::NoCheckpoints);
    }
    let size = |file: &String| fs::metadata(directory.join(file)).map_or(0, |file| file.len());
    let (mut done, all) = (0, files.iter().map(size).sum());
    for file in &files {
        told(done, all);
        let head = heads.remove(file);
        if head.is_none() && report.checkpoints > 0 && started(file).is_none_or(|start| start + FIRST < last_time) {
            report.damage(file, None, Kind::Unlisted);
        }
        let mut so_far = |octets: u64| told(done + octets, all);
        done += read_journal(directory, file, head.as_ref(), &mut report, &mut so_far);
    }
    told(all, all);
    let item = item(directory);
    for (file, heads) in heads {
        let elsewhere = item.as_deref().is_some_and(|item| !heads.went_to(item));
        if heads.state != HeadState::Removed && !elsewhere {
            report.damage(&file, None, Kind::Missing);
        }
    }
    Ok(report)
}

/// What begins the name of an item that was handed over.
const ITEM: &str = "Transcripts_";

/// The item's name, if the directory is one: then the journals that its log tells of and that did not go there are not missed.
fn item(directory: &Path) -> Option<String> {
    let directory = fs::canonicalize(directory).ok()?;
    let name = directory.file_name()?.to_str()?;
    name.starts_with(ITEM).then(|| name.to_owned())
}

/// The names of the journals of a record, in the order in which they began.
///
/// # Errors
/// If the directory cannot be read.
pub fn journals(directory: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        if let Ok(name) = entry?.file_name().into_string()
            && name.ends_with(".journal")
        {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

/// The session whose journal a file is: `TIME-SESSION.journal`.
pub fn session_of(file: &str) -> Option<&str> {
    file.strip_suffix(".journal")?.split_once('-').map(|(_, session)| session)
}

/// A line's hash and its text.
pub fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    Some((line.get(..space)?, line.get(space + 1..)?))
}

/// When the session of a journal started, by its file's name: microseconds since 1970.
pub fn started(file: &str) -> Option<u64> {
    file.split_once('-')?.0.parse().ok()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl Report {
    fn damage(&mut self, file: &str, line: Option<u64>, kind: Kind) {
        self.damages.push(Damage { file: file.to_owned(), line, kind });
    }
}

/// What all checkpoints tell of one journal: each of them vouches for itself, so that a later one cannot hide what an earlier one
/// knew.
struct Heads {
    /// Lines and hashes, in the order of the lines.
    known: BTreeMap<u64, [u8; 64]>,
    /// Two checkpoints tell of different hashes of this line.
    torn_between: Option<u64>,
    state: HeadState,
    /// The item that it went to, as far as that is known.
    to: Option<String>,
}

impl Default for Heads {
    fn default() -> Heads {
        Heads { known: BTreeMap::new(), torn_between: None, state: HeadState::Open, to: None }
    }
}

impl Heads {
    fn add(&mut self, head: Head) {
        let mut hash = [0; 64];
        if head.hash.len() == hash.len() {
            hash.copy_from_slice(head.hash.as_bytes());
        }
        if self.known.insert(head.seq, hash).is_some_and(|before| before != hash) {
            self.torn_between = Some(head.seq);
        }
        self.state = head.state;
        self.to = head.to.or(self.to.take());
    }

    /// Was it handed over in this item?
    fn went_to(&self, item: &str) -> bool {
        self.to.as_deref().and_then(|to| to.rsplit(['/', '\\']).next()) == Some(item)
    }

    /// The lines that there must be.
    fn seq(&self) -> u64 {
        self.known.last_key_value().map_or(0, |(seq, _)| *seq)
    }
}

/// The lines of a file, one after the other in the same place.
struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Lines> {
        Ok(Lines { reader: BufReader::with_capacity(256 * 1024, File::open(path)?), line: Vec::new() })
    }

    /// The next line without its end; none at the end of the file.
    fn next(&mut self) -> Option<Result<&[u8], Kind>> {
        self.line.clear();
        match self.reader.read_until(b'\n', &mut self.line) {
            Ok(0) => None,
            Ok(_) if self.line.pop_if(|end| *end == b'\n').is_some() => Some(Ok(&self.line)),
            Ok(_) => Some(Err(Kind::Torn)),
            Err(error) => Some(Err(Kind::Unreadable(error.to_string()))),
        }
    }
}

fn read_log(
    directory: &Path,
    key: &PublicKey,
    kept: Option<&str>,
    report: &mut Report,
    heads: &mut BTreeMap<String, Heads>,
    last_time: &mut u64,
) {
    let signed = kept.map(|kept| Kept::all(kept).into_iter().filter(|kept| kept.is_signed_by(key)).collect::<Vec<_>>());
    let mut missing: BTreeSet<&str> = signed.iter().flatten().map(|kept| kept.hash.as_str()).collect();
    let none_signed = signed.as_ref().is_some_and(Vec::is_empty);
    let mut log = CheckpointLog::default();
    match Lines::open(&directory.join(CHECKPOINTS)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => report.damage(CHECKPOINTS, None, Kind::Unreadable(error.to_string())),
        Ok(mut lines) => {
            let mut number = 0;
            while let Some(line) = lines.next() {
                number += 1;
                let text = line.and_then(|line| str::from_utf8(line).map_err(|_| Kind::Malformed));
                match text.and_then(|text| Ok((text.to_owned(), log.read(text, Some(key))?))) {
                    Ok((line, checkpoint)) => {
                        missing.remove(line.split(' ').next().unwrap_or_default());
                        *last_time = checkpoint.time;
                        for head in checkpoint.heads {
                            heads.entry(head.file.clone()).or_default().add(head);
                        }
                        report.checkpoints = number;
                        report.last_checkpoint = Some(line);
                    }
                    Err(kind) => {
                        // nothing behind it can be believed
                        report.damage(CHECKPOINTS, Some(number), kind);
                        break;
                    }
                }
            }
        }
    }
    if none_signed || !missing.is_empty() {
        report.damage(CHECKPOINTS, None, Kind::LogReplaced);
    }
    // what the log does not say any more is believed to whoever kept it
    for kept in signed.iter().flatten().filter(|kept| missing.contains(kept.hash.as_str())) {
        for head in &kept.heads {
            let known = heads.entry(head.file.clone()).or_default();
            if known.seq() < head.seq || head.state == HeadState::Removed {
                known.add(head.clone());
            }
        }
    }
}

/// How many octets are read between two words on how far it has come.
const STEP: u64 = 4 << 20;

/// A record is this long at most if it is a marker of truncation.
const MARKER: usize = 160;

/// Gives the octets that were read.
fn read_journal(
    directory: &Path,
    file: &str,
    heads: Option<&Heads>,
    report: &mut Report,
    told: &mut dyn FnMut(u64),
) -> u64 {
    let mut chain = Chain::start(session_of(file).unwrap_or_default());
    let (mut records, mut octets, mut tell_at) = (0, 0, STEP);
    let (mut whole, mut truncated) = (true, false);
    let none = BTreeMap::new();
    let mut next = heads.map_or(&none, |heads| &heads.known).iter().peekable();
    next.next_if(|(seq, _)| **seq == 0);
    let mut replaced = false;
    match Lines::open(&directory.join(file)) {
        Err(error) => {
            report.damage(file, None, Kind::Unreadable(error.to_string()));
            return 0;
        }
        Ok(mut lines) => {
            while let Some(line) = lines.next() {
                let kind = match line {
                    Err(kind) => kind,
                    Ok(line) => match split(line) {
                        None => Kind::Malformed,
                        Some((hash, json)) if chain.fits(hash, json) => {
                            records += 1;
                            octets += u64::try_from(hash.len() + json.len()).unwrap_or(0) + 2;
                            // a quotation mark inside of a value has a backslash before it, so no value looks like a kind
                            truncated |= json.len() <= MARKER && has(json, b"\"kind\":\"truncated\"");
                            if octets >= tell_at {
                                tell_at = octets + STEP;
                                told(octets);
                            }
                            let known = next.next_if(|(seq, _)| **seq == records);
                            if known.is_some_and(|(_, known)| known != hash) && !replaced {
                                replaced = true;
                                report.damage(file, Some(records), Kind::Replaced);
                            }
                            continue;
                        }
                        Some(_) => Kind::Altered,
                    },
                };
                whole = false;
                report.damage(file, Some(records + 1), kind);
                break;
            }
        }
    }
    let vouched = heads.map_or(0, |heads| heads.seq().min(records));
    if let Some(heads) = heads {
        if records < heads.seq() && whole {
            report.damage(file, None, Kind::Cut { had: heads.seq() });
        }
        if records > heads.seq() && heads.state == HeadState::Ended {
            report.damage(file, Some(heads.seq() + 1), Kind::Extended);
        }
        if let Some(line) = heads.torn_between.filter(|_| !replaced) {
            report.damage(file, Some(line), Kind::Replaced);
        }
    }
    report.sessions.push(SessionReport { file: file.to_owned(), records, vouched, truncated });
    octets
}

fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

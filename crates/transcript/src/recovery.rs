//! What a daemon that was killed left behind, or what a power cut left of it.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use transcript_verify::{CHECKPOINTS, Chain, CheckpointLog, Head, HeadState, PublicKey, session_of, split};

use crate::copy;
use crate::files::{Files, journals};
use crate::record::Record;
use crate::target::{Target, now};

/// What the log of checkpoints tells.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) log: CheckpointLog,
    /// The last head of each journal.
    pub(crate) heads: BTreeMap<String, Head>,
    /// Where journals were to be handed over to that did not leave yet.
    pub(crate) leaving: BTreeMap<String, PathBuf>,
}

/// Reads the log of checkpoints to its end, and cuts a torn last line.
pub(crate) fn read_log(files: &dyn Files, directory: &Path, key: &PublicKey) -> io::Result<Told> {
    let path = directory.join(CHECKPOINTS);
    let mut told = Told::default();
    let mut bytes = Vec::new();
    match files.read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(told),
        file => file?.read_to_end(&mut bytes)?,
    };
    let mut whole = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = line.strip_suffix(b"\n").filter(|text| !text.contains(&0)) else { break };
        let broken = |kind| io::Error::other(format!("{CHECKPOINTS}: {kind}"));
        let text = str::from_utf8(text).map_err(io::Error::other)?;
        let checkpoint = told.log.read(text, Some(key)).map_err(broken)?;
        for head in checkpoint.heads {
            match &head.to {
                _ if head.state == HeadState::Removed => drop(told.leaving.remove(&head.file)),
                Some(to) => drop(told.leaving.insert(head.file.clone(), PathBuf::from(to))),
                None => {}
            }
            told.heads.insert(head.file.clone(), head);
        }
        whole += line.len();
    }
    let mut file = files.append(&path)?;
    if whole < bytes.len() {
        file.truncate(u64::try_from(whole).unwrap_or(u64::MAX))?;
    }
    // what was read may not be on the disk yet, and what is built on it must not be there before it
    file.sync()?;
    Ok(told)
}

/// Closes the journals that nobody closed: a torn end is cut and told of, and the session's end is put down. Gives their heads, for
/// the next checkpoint. A journal that is damaged otherwise stays as it is, for `verify` to find.
pub(crate) fn close_orphans(
    files: &dyn Files,
    directory: &Path,
    heads: &BTreeMap<String, Head>,
) -> io::Result<Vec<Head>> {
    let (mut closed, mut removed) = (Vec::new(), false);
    for file in journals(files, directory)? {
        let head = heads.get(&file);
        match head.map(|head| head.state) {
            Some(HeadState::Ended) => continue,
            Some(HeadState::Removed) => {
                // it was handed over; only its name was not gone yet
                let found = copy::head(files, directory, &file)?;
                if head.is_some_and(|head| head.seq == found.seq && head.hash == found.hash) {
                    files.remove(&directory.join(&file))?;
                    removed = true;
                }
                continue;
            }
            Some(HeadState::Open) | None => {}
        }
        match close_orphan(files, directory, &file, head)? {
            Some((seq, hash)) => closed.push(Head { file, seq, hash, state: HeadState::Ended, to: None }),
            None => tracing::error!(file, "this journal was changed behind the daemon's back; it stays as it is"),
        }
    }
    if removed {
        files.sync_directory(directory)?;
    }
    Ok(closed)
}

fn close_orphan(
    files: &dyn Files,
    directory: &Path,
    name: &str,
    head: Option<&Head>,
) -> io::Result<Option<(u64, String)>> {
    let Some(session) = session_of(name) else { return Ok(None) };
    let path = directory.join(name);
    let (mut chain, mut seq, mut whole) = (Chain::start(session), 0, 0_u64);
    let length = files.length(&path)?;
    let mut reader = BufReader::with_capacity(256 * 1024, files.read(&path)?);
    let (mut line, mut last) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        let count = u64::try_from(reader.read_until(b'\n', &mut line)?).unwrap_or(u64::MAX);
        if count == 0 || line.pop_if(|end| *end == b'\n').is_none() {
            break;
        }
        let mut next = chain.clone();
        if !split(&line).is_some_and(|(hash, json)| next.fits(hash, json)) {
            if line.contains(&0) {
                break; // a power cut leaves zeros where an unsynced write did not get through; no line has any
            }
            return Ok(None);
        }
        (chain, seq, whole) = (next, seq + 1, whole + count);
        if head.is_some_and(|head| head.seq == seq && head.hash != chain.hex()) {
            return Ok(None);
        }
        std::mem::swap(&mut line, &mut last);
    }
    // what a checkpoint vouches for was synced: no power cut takes that, so this must not be signed
    if head.is_some_and(|head| head.seq > seq) {
        return Ok(None);
    }
    let torn = length.saturating_sub(whole);
    let ended = String::from_utf8_lossy(&last).contains("\"kind\":\"session-end\"");
    let mut file = files.append(&path)?;
    if torn > 0 {
        file.truncate(whole)?;
    }
    let mut target = Target::new(file, path, seq, chain);
    if torn > 0 {
        let _ = target.line(now(), Record::Recovered { cut: torn }); // told by `failed`
    }
    if !ended {
        let _ = target.line(now(), Record::SessionEnd { reason: "the daemon ended before the session did".into() });
    }
    target.write();
    target.sync();
    if let Some(error) = target.failed() {
        return Err(io::Error::other(error.to_string()));
    }
    Ok(Some(target.held()))
}

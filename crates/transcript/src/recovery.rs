//! What a daemon that was killed left behind.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use transcript_verify::{CHECKPOINTS, Chain, CheckpointLog, Head, HeadState, session_of, split};

use crate::files::{Files, journals};
use crate::record::Record;
use crate::target::{Target, now};

/// Reads the log of checkpoints to its end, cuts a torn last line, and says which journals need nothing more.
pub(crate) fn read_log(files: &dyn Files, directory: &Path) -> io::Result<(CheckpointLog, BTreeSet<String>)> {
    let path = directory.join(CHECKPOINTS);
    let (mut log, mut over) = (CheckpointLog::default(), BTreeSet::new());
    let mut bytes = Vec::new();
    match files.read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((log, over)),
        file => file?.read_to_end(&mut bytes)?,
    };
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < bytes.len() {
        let mut file = files.append(&path)?;
        file.truncate(u64::try_from(whole).unwrap_or(u64::MAX))?;
        file.sync()?;
    }
    let text = String::from_utf8_lossy(bytes.get(..whole).unwrap_or_default()).into_owned();
    for line in text.lines() {
        let checkpoint = log.read(line, None).map_err(|kind| io::Error::other(format!("{CHECKPOINTS}: {kind}")))?;
        for head in checkpoint.heads {
            if head.state == HeadState::Open {
                over.remove(&head.file);
            } else {
                over.insert(head.file);
            }
        }
    }
    Ok((log, over))
}

/// Closes the journals that nobody closed: a torn last line is cut and told of, and the session's end is put down. Gives their
/// heads, for the next checkpoint. A journal that is damaged otherwise stays as it is, for `verify` to find.
pub(crate) fn close_orphans(files: &dyn Files, directory: &Path, over: &BTreeSet<String>) -> io::Result<Vec<Head>> {
    let mut heads = Vec::new();
    for file in journals(files, directory)? {
        if over.contains(&file) {
            continue;
        }
        if let Some((seq, hash)) = close_orphan(files, directory, &file)? {
            heads.push(Head { file, seq, hash, state: HeadState::Ended });
        }
    }
    Ok(heads)
}

fn close_orphan(files: &dyn Files, directory: &Path, name: &str) -> io::Result<Option<(u64, String)>> {
    let Some(session) = session_of(name) else { return Ok(None) };
    let path = directory.join(name);
    let (mut chain, mut seq, mut whole, mut torn) = (Chain::start(session), 0, 0_u64, 0_u64);
    let mut reader = BufReader::with_capacity(256 * 1024, files.read(&path)?);
    let (mut line, mut last) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        let count = u64::try_from(reader.read_until(b'\n', &mut line)?).unwrap_or(u64::MAX);
        if count == 0 {
            break;
        }
        if line.pop_if(|end| *end == b'\n').is_none() {
            torn = count;
            break;
        }
        let Some((hash, json)) = split(&line) else { return Ok(None) };
        if !chain.fits(hash, json) {
            return Ok(None);
        }
        seq += 1;
        whole += count;
        std::mem::swap(&mut line, &mut last);
    }
    let ended = String::from_utf8_lossy(&last).contains("\"kind\":\"session-end\"");
    let mut file = files.append(&path)?;
    if torn > 0 {
        file.truncate(whole)?;
    }
    let mut target = Target::new(file, path, seq, chain);
    if torn > 0 {
        target.line(now(), Record::Recovered { cut: torn });
    }
    if !ended {
        target.line(now(), Record::SessionEnd { reason: "the daemon ended before the session did".into() });
    }
    target.write();
    target.sync();
    if let Some(error) = target.failed() {
        return Err(io::Error::other(error.to_string()));
    }
    Ok(Some(target.held()))
}

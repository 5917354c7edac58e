//! Reading a journal back, with every hash checked.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use transcript_verify::Chain;

use crate::Entry;

/// A journal that cannot be read, or is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("the journal cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// A line is not a hash and a record.
    #[error("line {line} is not a record: {reason}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A line does not fit the one before.
    #[error("line {line} is not what was written: its hash does not fit")]
    Altered {
        /// Counted from 1.
        line: usize,
    },
    /// The last line has no end: the writer was killed or the file was cut within it.
    #[error("the last line ({line}) is torn")]
    Torn {
        /// Counted from 1.
        line: usize,
    },
}

/// Reads the journal of the session with this id.
pub fn read_journal(path: &Path, session: &str) -> Result<Vec<Entry>, ReadError> {
    let mut chain = Chain::start(session);
    let mut entries = Vec::new();
    let mut reader = BufReader::new(File::open(path)?);
    let mut text = String::new();
    for line in 1.. {
        text.clear();
        if reader.read_line(&mut text)? == 0 {
            break;
        }
        let Some(body) = text.strip_suffix('\n') else { return Err(ReadError::Torn { line }) };
        let (hash, json) = body
            .split_once(' ')
            .ok_or_else(|| ReadError::Malformed { line, reason: "there is no hash before it".into() })?;
        if chain.next(json) != hash {
            return Err(ReadError::Altered { line });
        }
        let entry =
            serde_json::from_str(json).map_err(|error| ReadError::Malformed { line, reason: error.to_string() })?;
        entries.push(entry);
    }
    Ok(entries)
}

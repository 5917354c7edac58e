//! Files of a node: which there are, and what is in them.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use glob::{MatchOptions, Pattern};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::{Limits, Node, ReachError, Running};

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its whole path.
    pub path: OsString,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: SystemTime,
    /// When it was made, where the file system knows.
    pub born: Option<SystemTime>,
}

/// A file, or the output of a program, that is read piece by piece.
#[derive(Debug)]
pub enum Source {
    /// A file of this host.
    File(File),
    /// A program's output.
    Program(Box<Running>),
}

impl Source {
    /// Reads some; 0 at the end.
    ///
    /// # Errors
    /// If it cannot be read on, or a program takes longer than it may.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReachError> {
        match self {
            Source::File(file) => Ok(file.read(buffer).await?),
            Source::Program(program) => program.read(buffer).await,
        }
    }

    /// Says whether all was well, once it has been read.
    ///
    /// # Errors
    /// If a program did not end well.
    pub async fn finish(self) -> Result<(), ReachError> {
        match self {
            Source::File(_) => Ok(()),
            Source::Program(program) => program.finish().await,
        }
    }
}

impl Node {
    /// Opens a file, or a pipe's worth of it on another host.
    ///
    /// # Errors
    /// If it cannot be opened here, or `ssh` cannot be started.
    pub async fn open(&self, path: &OsString, limit: Duration) -> Result<Source, ReachError> {
        match self {
            Node::Local => Ok(Source::File(File::open(path).await?)),
            Node::Ssh(_) => {
                let argv: [OsString; 3] = ["cat".into(), "--".into(), path.clone()];
                Ok(Source::Program(Box::new(self.start(&argv, limit)?)))
            }
        }
    }

    /// The regular files that an absolute pattern names, in the order of their paths: `*` and `?` stand for anything but `/`, `**` for
    /// folders. Links are not followed. Nothing is found where nothing is.
    ///
    /// # Errors
    /// If the pattern is none, or the node cannot be asked.
    pub async fn find(&self, pattern: &str, limits: Limits) -> Result<Vec<Found>, ReachError> {
        let compiled = Pattern::new(pattern).map_err(|error| ReachError::Argument(format!("'{pattern}': {error}")))?;
        if !pattern.starts_with('/') {
            return Err(ReachError::Argument(format!("'{pattern}' does not start with '/'.")));
        }
        let literal = pattern.find(['*', '?', '[']).map_or(pattern, |at| pattern.get(..at).unwrap_or("/"));
        let (start, rest) = if literal.len() == pattern.len() {
            (pattern, "")
        } else {
            let cut = literal.rfind('/').unwrap_or(0);
            (literal.get(..cut.max(1)).unwrap_or("/"), pattern.get(cut + 1..).unwrap_or(""))
        };
        let mut argv = vec!["find", "-P", start];
        let depth = rest.split('/').filter(|part| !part.is_empty()).count().to_string();
        if !rest.contains("**") {
            argv.extend(["-maxdepth", &depth]);
        }
        argv.extend(["-type", "f", "-printf", r"%p\0%s\0%T@\0%B@\0"]);
        // find says 1 for what is not there or may not be read, and goes on with the rest
        let mut running = self.start(&argv, limits.time)?;
        let (mut listing, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            let read = running.read(&mut buffer).await?;
            if read == 0 {
                break;
            }
            listing.extend_from_slice(buffer.get(..read).unwrap_or_default());
            if listing.len() > limits.bytes {
                return Err(ReachError::TooMuch { program: "find".into(), limit: limits.bytes });
            }
        }
        match running.finish().await {
            Ok(()) | Err(ReachError::Failed { status: 1, .. }) => {}
            Err(error) => return Err(error),
        }
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::default() };
        let mut found = read_listing(&listing);
        found.retain(|file| compiled.matches_with(&file.path.to_string_lossy(), options));
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }
}

/// What `find` printed: four fields a file, each with a zero byte behind it.
fn read_listing(listing: &[u8]) -> Vec<Found> {
    let mut fields = listing.split(|byte| *byte == 0);
    let mut found = Vec::new();
    while let (Some(path), Some(size), Some(modified), Some(born)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    {
        let size = str::from_utf8(size).ok().and_then(|size| size.parse().ok());
        if let (Some(size), Some(modified)) = (size, time(modified)) {
            found.push(Found { path: OsString::from_vec(path.to_vec()), size, modified, born: time(born) });
        }
    }
    found
}

/// Seconds since 1970 with a fraction, of which the whole ones count; a dash or nothing is no time.
fn time(text: &[u8]) -> Option<SystemTime> {
    let seconds: u64 = str::from_utf8(text).ok()?.split('.').next()?.parse().ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds > 0)
}

impl Found {
    /// The path as text, for people.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(self.path.as_bytes()).escape_debug().to_string()
    }
}

use std::fmt;

/// One damage, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: String,
    /// The line, counted from 1; none if it is about the file as a whole.
    pub line: Option<u64>,
    /// What is wrong.
    pub kind: Kind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file cannot be read.
    Unreadable(String),
    /// A line is not what a line looks like.
    Malformed,
    /// A line does not fit the one before: it was changed, taken out, put in or moved.
    Altered,
    /// The last line has no end: the writer was killed, or the file was cut within it.
    Torn,
    /// A checkpoint that the key's owner did not sign.
    BadSignature,
    /// A journal that a checkpoint tells of is not there.
    Missing,
    /// A journal is shorter than a checkpoint says.
    Cut {
        /// The lines that it had.
        had: u64,
    },
    /// A journal was written anew: it is whole, but another one than the checkpoint tells of.
    Replaced,
    /// Lines were put behind the end of a session that was over.
    Extended,
    /// A journal that no checkpoint tells of, although there was one after it began.
    Unlisted,
    /// There are journals, and no checkpoints.
    NoCheckpoints,
    /// The log does not have the checkpoint that was kept elsewhere: it was cut, or written anew.
    LogReplaced,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Unreadable(why) => write!(f, "it cannot be read ({why})"),
            Kind::Malformed => write!(f, "it is not a record"),
            Kind::Altered => write!(f, "it is not what was written: its hash does not fit"),
            Kind::Torn => write!(f, "the last line is torn"),
            Kind::BadSignature => write!(f, "the signature is not this key's"),
            Kind::Missing => write!(f, "it is gone, but a checkpoint tells of it"),
            Kind::Cut { had } => write!(f, "its end is cut off: it had {had} lines at the last checkpoint"),
            Kind::Replaced => write!(f, "it was written anew: it is not the journal that the checkpoint tells of"),
            Kind::Extended => write!(f, "lines were put behind its end"),
            Kind::Unlisted => write!(f, "no checkpoint tells of it, but it should have had one"),
            Kind::NoCheckpoints => write!(f, "there are journals, but no checkpoints"),
            Kind::LogReplaced => write!(f, "it does not have the checkpoint that was kept elsewhere"),
        }
    }
}

use std::time::Duration;

/// What went wrong on the way to a node, or there.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The program, or `ssh`, could not be started here.
    #[error("'{program}' could not be started: {reason}")]
    NotStarted {
        /// Its name.
        program: String,
        /// Why.
        reason: std::io::Error,
    },
    /// The node did not let us in, or is not there.
    #[error("the node cannot be reached: {0}")]
    Unreachable(String),
    /// The program ended with another status than 0.
    #[error("'{program}' ended with status {status}{}{said}", if said.is_empty() { "" } else { ": " })]
    Failed {
        /// Its name.
        program: String,
        /// Its status; -1 if a signal ended it.
        status: i32,
        /// What it said on its standard error, shortened.
        said: String,
    },
    /// It took longer than it may.
    #[error("'{program}' was ended after {} s", limit.as_secs())]
    TimedOut {
        /// Its name.
        program: String,
        /// How long it might take.
        limit: Duration,
    },
    /// It printed more than is kept.
    #[error("'{program}' printed more than {limit} bytes")]
    TooMuch {
        /// Its name.
        program: String,
        /// How much it might print.
        limit: usize,
    },
    /// Reading failed half way.
    #[error("reading failed: {0}")]
    Broken(#[from] std::io::Error),
    /// A pattern or an argument that cannot be.
    #[error("{0}")]
    Argument(String),
}

impl ReachError {
    /// Is there no such program on the node? A shell says 127 for it.
    pub fn is_missing_program(&self) -> bool {
        match self {
            ReachError::NotStarted { reason, .. } => reason.kind() == std::io::ErrorKind::NotFound,
            ReachError::Failed { status, .. } => *status == 127,
            _ => false,
        }
    }
}

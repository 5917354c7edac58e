//! Why an inventory is not taken.

use std::fmt;
use std::path::PathBuf;

use diagnosis::Diagnosis;

/// An inventory that is not taken. Its author is to blame.
#[derive(Debug)]
pub enum InventoryError {
    /// There is no such file, or it cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What in it is not understood; in the order of the file.
    Wrong(Vec<Diagnosis>),
}

impl fmt::Display for InventoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InventoryError::Unreadable { file, source } => write!(f, "Cannot read {}: {source}", file.display()),
            InventoryError::Wrong(mistakes) => {
                for (n, mistake) in mistakes.iter().enumerate() {
                    write!(f, "{}{mistake}", if n == 0 { "" } else { "\n\n" })?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for InventoryError {}

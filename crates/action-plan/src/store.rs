//! The file that plans are kept in. It is replaced whole, and holds before anybody goes on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::Plan;

/// So many plans are remembered.
const KEPT: usize = 100;

#[derive(Debug)]
pub(crate) struct Store {
    directory: PathBuf,
}

impl Store {
    pub(crate) fn new(directory: &Path) -> Store {
        Store { directory: directory.to_owned() }
    }

    fn file(&self) -> PathBuf {
        self.directory.join("action-plans.json")
    }

    /// The plans, the oldest first.
    pub(crate) fn read(&self) -> io::Result<Vec<Plan>> {
        match fs::read(self.file()) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Replaces them, the oldest of too many left out.
    pub(crate) fn write(&self, plans: &mut Vec<Plan>) -> io::Result<()> {
        plans.drain(..plans.len().saturating_sub(KEPT));
        let bytes = serde_json::to_vec_pretty(plans).map_err(io::Error::other)?;
        let new = self.directory.join("action-plans.json.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, self.file())?;
        File::open(&self.directory)?.sync_all()
    }
}

//! The inventory as the daemon has it: read again when its file has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::{Host, Inventory, InventoryError};

/// Where the inventory comes from. Commands find it as a service.
#[derive(Debug)]
pub struct InventorySource {
    file: Option<PathBuf>,
    host: Host,
    last: Mutex<Option<(Vec<Stamp>, Arc<Inventory>)>>,
}

/// When a file was written last, and its length.
type Stamp = Option<(SystemTime, u64)>;

impl InventorySource {
    /// A file, or without one what can be derived from this host.
    pub fn new(file: Option<PathBuf>) -> InventorySource {
        InventorySource { file, host: Host::this(), last: Mutex::default() }
    }

    /// The file.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The inventory as it is now. Files that have not changed are not read again.
    ///
    /// # Errors
    /// If a file cannot be read, or says anything that is not understood.
    pub fn read(&self) -> Result<Arc<Inventory>, InventoryError> {
        let Some(file) = &self.file else {
            return Ok(Arc::new(Inventory::of_host(&self.host)));
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((stamps, inventory)) = &*last
            && *stamps == stamps_of(file, inventory)
        {
            return Ok(Arc::clone(inventory));
        }
        *last = None;
        let before = stamp(file);
        let inventory = Arc::new(Inventory::read(file, &self.host)?);
        let stamps = stamps_of(file, &inventory);
        if stamps.first() == Some(&before) {
            *last = Some((stamps, Arc::clone(&inventory)));
        }
        Ok(inventory)
    }
}

fn stamps_of(file: &Path, inventory: &Inventory) -> Vec<Stamp> {
    [Some(file), inventory.stamp.deployment_file.as_deref()].into_iter().flatten().map(stamp).collect()
}

fn stamp(file: &Path) -> Stamp {
    let facts = fs::metadata(file).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}

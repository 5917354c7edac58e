//! `pepd stamp export`: the facts of the stamp in the vendor's form.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use inventory::InventorySource;

use super::{Done, StampExport};
use crate::config::Config;

pub(super) fn export(arguments: StampExport) -> Done {
    let config = match &arguments.config {
        Some(file) => Config::read(file)?,
        None => Config::default(),
    };
    let inventory = InventorySource::new(arguments.inventory.or(config.inventory)).read()?;
    for overruled in &inventory.stamp.overruled {
        eprintln!("pepd: {overruled}");
    }
    let mut text = serde_json::to_string_pretty(&inventory.information())?;
    text.push('\n');
    match &arguments.file {
        Some(file) => replace(file, &text).map_err(|error| format!("{}: {error}", file.display()).into()),
        None => Ok(io::stdout().write_all(text.as_bytes())?),
    }
}

/// Whole or not at all: somebody may be reading the file.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let mut name = file.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let mut out = File::create(&new)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(new, file)
}

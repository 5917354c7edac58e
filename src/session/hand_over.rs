//! The transcripts of an endpoint go where its configuration allows.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use commands::transcripts::{HandOver, HandedOver, Refused};
use jiff::Zoned;
use jiff::tz::TimeZone;
use transcript::{Destination, Journal};

use crate::over_the_shoulder::Transcript;

/// The record of this endpoint, and the folders that its transcripts may go to.
pub struct Folders {
    /// The record.
    pub journal: Arc<Journal>,
    /// The folders, and whatever is below them.
    pub allowed: Vec<PathBuf>,
    /// This computer's name.
    pub computer: String,
}

impl HandOver for Folders {
    fn hand_over(
        &self,
        session: &str,
        destination: &str,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<HandedOver, Refused> {
        let directory = self.folder(destination)?;
        let item = format!("Transcripts_{}_{}", self.computer, Zoned::now().strftime("%Y%m%d%H%M%S"));
        let to = Destination { directory, item, render };
        match self.journal.ship(session, &to, told) {
            Ok(shipment) => Ok(HandedOver { item: shipment.item.display().to_string(), sessions: shipment.sessions }),
            Err(error) => Err(Refused::Failed(error.to_string())),
        }
    }
}

impl Folders {
    /// The folder, with every link in its path followed: where it really lies is what counts.
    fn folder(&self, destination: &str) -> Result<PathBuf, Refused> {
        if destination.starts_with(r"\\") || destination.starts_with("//") {
            let text = "This endpoint does not reach file shares yet: give a folder that its configuration lists.";
            return Err(Refused::Destination(text.into()));
        }
        let real = |path: &Path| path.canonicalize().ok().filter(|path| path.is_dir());
        let folder = Path::new(destination).is_absolute().then(|| real(Path::new(destination))).flatten();
        let allowed: Vec<PathBuf> = self.allowed.iter().filter_map(|path| real(path)).collect();
        // whether it is there is told only of what may be used
        match folder.filter(|folder| allowed.iter().any(|allowed| folder.starts_with(allowed))) {
            Some(folder) => Ok(folder),
            None => Err(Refused::Destination(format!(
                "'{}' is no folder that transcripts may go to. The configuration lists: {}.",
                destination.escape_debug(),
                self.allowed.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
            ))),
        }
    }
}

/// A journal in the layout of PowerShell's transcripts.
fn render(journal: &mut dyn BufRead, out: &mut dyn io::Write) -> io::Result<()> {
    let mut transcript = Transcript::new(commands::table().views().to_vec(), TimeZone::system());
    for line in journal.lines() {
        let line = line?;
        match line.split_once(' ').and_then(|(_, json)| serde_json::from_str(json).ok()) {
            Some(entry) => out.write_all(transcript.lines(&entry).as_bytes())?,
            None => writeln!(out, "[this line of the journal is damaged]")?,
        }
    }
    Ok(())
}

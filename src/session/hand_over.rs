//! The transcripts of an endpoint go where its configuration allows.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clixml::SecureString;
use cmdlet::discover::Wildcard;
use commands::transcripts::{HandOver, HandedOver, Refused};
use jiff::Zoned;
use psrp::host_call::PsCredential;
use share::{Login, Place, ShareAddress, ShareError};
use transcript::{Destination, Files, Journal, ShipError};

use super::forms::FORMS;
use super::share_files::{ShareFiles, said};

/// The record of this endpoint, and the places that its transcripts may go to.
pub struct Places {
    journal: Arc<Journal>,
    folders: Vec<PathBuf>,
    shares: Vec<Wildcard>,
    computer: String,
    /// The last item's name, so that none of this endpoint's is called like it.
    last: Mutex<String>,
}

impl Places {
    /// These folders, with whatever is below them, and shares whose names fit these patterns.
    pub fn new(journal: Arc<Journal>, folders: Vec<PathBuf>, shares: Vec<Wildcard>, computer: String) -> Places {
        Places { journal, folders, shares, computer, last: Mutex::default() }
    }
}

impl HandOver for Places {
    fn wants_credential(&self, destination: &str) -> Result<bool, Refused> {
        if ShareAddress::is_meant(destination) {
            self.address(destination)?;
            return Ok(true);
        }
        self.folder(destination)?;
        Ok(false)
    }

    fn hand_over(
        &self,
        session: &str,
        destination: &str,
        credential: Option<&PsCredential>,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<HandedOver, Refused> {
        let (directory, files) = if ShareAddress::is_meant(destination) {
            let (address, files) = self.enter(destination, credential)?;
            (PathBuf::from(address.to_string()), Some(files))
        } else {
            (self.folder(destination)?, None)
        };
        let is_share = files.is_some();
        let shown = |path: &Path| {
            let path = path.display().to_string();
            if is_share { path.replace('/', r"\") } else { path }
        };
        let to = Destination { directory, files, item: self.item(), forms: FORMS };
        match self.journal.ship(session, &to, told) {
            Ok(shipment) => Ok(HandedOver { item: shipment.item.as_deref().map(shown), sessions: shipment.sessions }),
            Err(ShipError::Destination { source, .. }) if said(&source).is_some() => {
                Err(Refused::Failed(sentence(&source.to_string())))
            }
            Err(error) => Err(Refused::Failed(sentence(&error.to_string()))),
        }
    }
}

impl Places {
    /// What the next item is called. No two of this endpoint are called the same, however soon one comes after the other.
    fn item(&self) -> String {
        let stamp = Zoned::now().strftime("%Y%m%d%H%M%S");
        let name = format!("Transcripts_{}_{stamp}", self.computer);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let again =
            last.strip_prefix(&name).map(|rest| rest.strip_prefix('_').and_then(|n| n.parse().ok()).unwrap_or(1));
        *last = match again {
            Some(times) => format!("{name}_{}", times + 1_u32),
            None => name,
        };
        last.clone()
    }

    /// A share that the configuration allows.
    fn address(&self, destination: &str) -> Result<ShareAddress, Refused> {
        let refused = |text: String| Refused::Destination(text);
        let shown = destination.escape_default().to_string().replace(r"\\", r"\");
        let address = destination.parse::<ShareAddress>();
        let address = address.map_err(|error| refused(format!("'{shown}' cannot be used: {error}.")))?;
        let name = address.to_string().replace('\\', "/");
        if self.shares.iter().any(|allowed| allowed.matches(&name)) {
            return Ok(address);
        }
        Err(refused(format!("The configuration of this endpoint does not let transcripts go to {address}.")))
    }

    /// A share that is there, may be used, and can be written.
    fn enter(
        &self,
        destination: &str,
        credential: Option<&PsCredential>,
    ) -> Result<(ShareAddress, Arc<dyn Files>), Refused> {
        let address = self.address(destination)?;
        let Some(PsCredential { user_name, password }) = credential else {
            return Err(Refused::Credential(format!(
                "{address} is entered with a credential: give one by -Credential."
            )));
        };
        let SecureString::Clear(password) = password else {
            return Err(Refused::Credential("The password of the credential cannot be read.".into()));
        };
        let failed = |error: ShareError| match error {
            ShareError::Credential { .. } => Refused::Credential(sentence(&error.to_string())),
            error => Refused::Failed(sentence(&error.to_string())),
        };
        let place =
            Place::share(&address, &Login::parse(user_name, password.expose()), share::LIMIT).map_err(failed)?;
        place.check_writable().map_err(failed)?;
        let root = PathBuf::from(address.to_string());
        Ok((address, Arc::new(ShareFiles::new(place, root))))
    }

    /// The folder, with every link in its path followed: where it really lies is what counts.
    fn folder(&self, destination: &str) -> Result<PathBuf, Refused> {
        let real = |path: &Path| path.canonicalize().ok().filter(|path| path.is_dir());
        let folder = Path::new(destination).is_absolute().then(|| real(Path::new(destination))).flatten();
        let allowed: Vec<PathBuf> = self.folders.iter().filter_map(|path| real(path)).collect();
        // whether it is there is told only of what may be used
        if let Some(folder) = folder.filter(|folder| allowed.iter().any(|allowed| folder.starts_with(allowed))) {
            return Ok(folder);
        }
        let listed = self.folders.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        Err(Refused::Destination(format!(
            "'{}' is no folder that transcripts may go to. {}",
            destination.escape_debug(),
            match (listed.is_empty(), self.shares.is_empty()) {
                (false, _) => format!("The configuration lists: {listed}."),
                (true, _) => r"Give a share, as in \\server\share.".to_owned(),
            }
        )))
    }
}

/// A text of an error, as one.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

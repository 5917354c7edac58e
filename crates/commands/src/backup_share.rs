//! The test of a place that backups go to.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cmdlet::{ErrorRecord, Ps};
use health::{Subject, Test, Trial};
use inventory::Group;
use psrp::host_call::PsCredential;
use share::{Place, ShareAddress, ShareError};

use crate::diagnostics::{Diagnostics, login, wrong_argument};

/// Writes a file to the place, reads it back and deletes it.
pub(crate) fn test(ps: &Ps<'_>, path: &str, credential: Option<&PsCredential>) -> Result<Test, ErrorRecord> {
    let (info, diagnostics) = (ps.info(), ps.service::<Diagnostics>()?);
    let refused = |text: &str| wrong_argument(info, "BackupShareRefused", text);
    let trial: Trial = if ShareAddress::is_meant(path) {
        let parsed = path.parse::<ShareAddress>();
        let address = parsed.map_err(|error| refused(&format!("'{}' is no share: {error}.", path.escape_debug())))?;
        let credential = credential.ok_or_else(|| refused("A share needs -BackupShareCredential."))?;
        let login = login(credential).map_err(refused)?;
        trial(move || Place::share(&address, &login, share::LIMIT))
    } else {
        let folder = diagnostics.folder(path).map_err(|text| refused(&text))?;
        trial(move || Place::folder(&folder))
    };
    Ok(Test {
        name: "AzsBackupShareAccessibility".into(),
        description: "The place that backups go to is writable".into(),
        groups: vec![Group::Default, Group::UpdateReadiness, Group::SecretRotationReadiness],
        subjects: vec![Subject::Tried(trial)],
    })
}

fn trial(open: impl Fn() -> Result<Place, ShareError> + Send + Sync + 'static) -> Trial {
    let open = Arc::new(open);
    Trial(Arc::new(move || {
        let open = Arc::clone(&open);
        Box::pin(async move {
            let tried = tokio::task::spawn_blocking(move || write_and_read(&open()?)).await;
            match tried {
                Ok(Ok(text)) => Ok(text),
                Ok(Err(error)) => Err(error.to_string()),
                Err(error) => Err(error.to_string()),
            }
        })
    }))
}

fn write_and_read(place: &Place) -> Result<String, ShareError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (name, text) =
        (format!("AzsBackupShareAccessibility-{}.txt", since.as_nanos()), b"a test of pepd\r\n".repeat(500));
    let mut file = place.create(&name)?;
    let written = file.write_all(&text).map_err(ShareError::from).and_then(|()| file.finish());
    let mut read = Vec::new();
    let back = written.and_then(|_| place.open(&name)).and_then(|mut file| Ok(file.read_to_end(&mut read)?));
    place.remove_file(&name)?;
    back?;
    let shown = place.shown("");
    if read != text {
        return Err(ShareError::Other { path: shown, reason: "what was written is not what is read".into() });
    }
    Ok(format!("{shown} is writable"))
}

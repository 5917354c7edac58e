//! The Unix socket, where `pepd connect` and with it the SSH subsystem come in. Everybody may connect; the kernel says who it
//! is, and the configuration who is let in.

use std::fs::Permissions;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use audit::Kind;
use psrp::record::{ErrorCategory, ErrorRecord, Exception};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tracing::{info, warn};

use crate::identity::{Doorkeeper, Refusal};
use crate::session::{self, Endpoint};

/// Makes the socket. One that a daemon left behind is replaced; one that a daemon listens at is not.
///
/// # Errors
/// If a daemon listens there already, something else has the name, or the directory does not take it.
pub fn bind(path: &Path) -> Result<UnixListener> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("{} exists and is no socket", path.display())));
        }
        Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
            return Err(Error::new(ErrorKind::AddrInUse, format!("another daemon listens at {}", path.display())));
        }
        Ok(_) => std::fs::remove_file(path)?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)
        .map_err(|error| Error::new(error.kind(), format!("cannot make the socket {}: {error}", path.display())))?;
    std::fs::set_permissions(path, Permissions::from_mode(0o666))?;
    Ok(listener)
}

/// Lets clients in until the future is dropped. `places` are those for sessions, which all listeners share.
pub async fn serve(
    listener: UnixListener,
    endpoint: Arc<Endpoint>,
    doorkeeper: Arc<Doorkeeper>,
    places: Arc<Semaphore>,
) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await; // out of files: others may end meanwhile
                continue;
            }
        };
        let (endpoint, doorkeeper) = (Arc::clone(&endpoint), Arc::clone(&doorkeeper));
        let place = Arc::clone(&places).try_acquire_owned();
        tokio::spawn(async move {
            let served = match (place, doorkeeper.admit(&stream).await) {
                (_, Err(refusal)) => {
                    warn!(%refusal, "a client was refused");
                    endpoint.tell(Kind::AccessRefused, refusal.user(), "", &refusal.to_string());
                    refuse(endpoint, stream, access_denied(&refusal)).await
                }
                (Err(_), Ok(_)) => {
                    warn!("a client was refused: there are too many sessions");
                    refuse(endpoint, stream, too_many_sessions()).await
                }
                (Ok(place), Ok(principal)) => {
                    let (reader, writer) = stream.into_split();
                    let served = session::run(endpoint, principal, reader, writer).await;
                    drop(place);
                    served
                }
            };
            if let Err(error) = served {
                info!(%error, "a connection broke");
            }
        });
    }
}

async fn refuse(endpoint: Arc<Endpoint>, stream: UnixStream, reason: ErrorRecord) -> Result<()> {
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
    let (reader, writer) = stream.into_split();
    tokio::time::timeout(PATIENCE, session::refuse(endpoint, reason, reader, writer)).await.unwrap_or(Ok(()))
}

fn access_denied(refusal: &Refusal) -> ErrorRecord {
    let exception = Exception::new(
        &["System.UnauthorizedAccessException", "System.SystemException", "System.Exception", "System.Object"],
        format!("Access is denied. {refusal}"),
    );
    ErrorRecord::new(exception, "AccessDenied", ErrorCategory::PermissionDenied)
}

fn too_many_sessions() -> ErrorRecord {
    let exception = Exception::new(
        &["System.InvalidOperationException", "System.SystemException", "System.Exception", "System.Object"],
        "The endpoint has no room for another session. Try again when one has ended.".to_owned(),
    );
    ErrorRecord::new(exception, "TooManySessions", ErrorCategory::LimitsExceeded)
}

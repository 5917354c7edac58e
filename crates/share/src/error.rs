//! What can go wrong in a place, and whose fault it is.

use std::io;

/// Why something could not be done. Its text says what of the place it was and why.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// Nothing answers there, or nothing that speaks SMB 2: no such name, no way there, the port is closed, silence.
    #[error("{server} does not answer: {reason}")]
    NoServer {
        /// The server and its port.
        server: String,
        /// What was tried.
        reason: String,
    },
    /// The server does not let this user in.
    #[error("{server} does not let '{user}' in: {reason}")]
    Credential {
        /// The server.
        server: String,
        /// Who was not let in.
        user: String,
        /// What the server says.
        reason: String,
    },
    /// The server has no such share.
    #[error("{server} has no share '{share}'")]
    NoShare {
        /// The server.
        server: String,
        /// The share.
        share: String,
    },
    /// What should be there is not.
    #[error("{path} is not there")]
    NotFound {
        /// What.
        path: String,
    },
    /// What should be a folder is something else.
    #[error("{path} is no folder")]
    NotAFolder {
        /// What.
        path: String,
    },
    /// There already is one.
    #[error("{path} is there already")]
    Exists {
        /// What.
        path: String,
    },
    /// The user may not do that there, or the place is read-only.
    #[error("{path} may not be written: {reason}")]
    Denied {
        /// What.
        path: String,
        /// What the place says.
        reason: String,
    },
    /// The disk, or a quota on it, is full.
    #[error("{path} cannot be written: the disk there, or the quota on it, is full")]
    Full {
        /// What.
        path: String,
    },
    /// The server was there and is not any more.
    #[error("the connection to {server} was lost: {reason}")]
    Lost {
        /// The server.
        server: String,
        /// What was seen of it.
        reason: String,
    },
    /// What the server sends is not protected as it must be: not signed by whom it should be, or not to be encrypted.
    #[error("the connection to {server} cannot be protected: {reason}")]
    Unprotected {
        /// The server.
        server: String,
        /// What is missing.
        reason: String,
    },
    /// Anything else.
    #[error("{path}: {reason}")]
    Other {
        /// What.
        path: String,
        /// What the place says.
        reason: String,
    },
}

impl ShareError {
    /// A local folder's error.
    pub(crate) fn local(path: &str, error: &io::Error) -> ShareError {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => ShareError::NotFound { path },
            io::ErrorKind::NotADirectory => ShareError::NotAFolder { path },
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => ShareError::Exists { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ShareError::Denied { path, reason: error.to_string() }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                ShareError::Full { path }
            }
            _ => ShareError::Other { path, reason: error.to_string() },
        }
    }
}

/// Where only an [`io::Error`] can be given, this one is inside.
impl From<ShareError> for io::Error {
    fn from(error: ShareError) -> io::Error {
        let kind = match &error {
            ShareError::NoServer { .. } => io::ErrorKind::HostUnreachable,
            ShareError::NotFound { .. } | ShareError::NoShare { .. } => io::ErrorKind::NotFound,
            ShareError::NotAFolder { .. } => io::ErrorKind::NotADirectory,
            ShareError::Exists { .. } => io::ErrorKind::AlreadyExists,
            ShareError::Credential { .. } | ShareError::Denied { .. } => io::ErrorKind::PermissionDenied,
            ShareError::Full { .. } => io::ErrorKind::StorageFull,
            ShareError::Lost { .. } => io::ErrorKind::ConnectionReset,
            ShareError::Unprotected { .. } | ShareError::Other { .. } => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

/// The other way round, where it is inside.
impl From<io::Error> for ShareError {
    fn from(error: io::Error) -> ShareError {
        match error.downcast::<ShareError>() {
            Ok(error) => error,
            Err(error) => ShareError::Other { path: "the place".into(), reason: error.to_string() },
        }
    }
}

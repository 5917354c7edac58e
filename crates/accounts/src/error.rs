use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::{NameError, PasswordRefused};

/// The store cannot do its work: we failed, or the machine did. Its text is for the operator and holds no secret.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file or directory.
    #[error("Cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read what only the owner may.
    #[error("{} is open to others (mode {mode:04o}): run 'chmod {wanted:04o}' on it.", path.display())]
    OpenToOthers {
        /// The file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it must have.
        wanted: u32,
    },
    /// `secrets.key` is gone, and the database needs it.
    #[error("{} is missing. It sealed the secrets of the accounts: put it back from a backup, or remove the account \
             database beside it to start with no accounts.", path.display())]
    KeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// `secrets.key` does not belong to the database.
    #[error("{} is not the key that sealed the secrets of the accounts.", path.display())]
    KeyWrong {
        /// Where it is.
        path: PathBuf,
    },
    /// `secrets.key` is no key.
    #[error("{} must have 32 bytes.", path.display())]
    KeyLength {
        /// Where it is.
        path: PathBuf,
    },
    /// A later pepd wrote the database.
    #[error("The account database has version {found}; this pepd knows up to {known}.")]
    Newer {
        /// The database's version.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// SQLite.
    #[error("The account database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A stored secret that was changed.
    #[error("A stored secret does not open: the account database was changed from outside.")]
    Opening,
    /// The cipher failed.
    #[error("A secret cannot be sealed.")]
    Seal,
    /// Argon2 failed, or a stored hash is none.
    #[error("A password hash cannot be made or read.")]
    Hash,
    /// No random bytes.
    #[error("The system gives no random bytes.")]
    Random,
}

impl StoreError {
    pub(crate) fn file(action: &'static str, path: &Path, source: io::Error) -> StoreError {
        StoreError::File { action, path: path.to_owned(), source }
    }
}

/// Why an account was not created, changed or removed.
#[derive(Debug, Error)]
pub enum AccountError {
    /// Not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Not a password to take.
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    /// There is one already.
    #[error("The account '{0}' exists already.")]
    Exists(String),
    /// There is none.
    #[error("There is no account '{}'.", .0.escape_debug())]
    NotFound(String),
    /// The built-in account stays.
    #[error("The account '{0}' is built in and cannot be removed.")]
    BuiltIn(String),
    /// The last account stays, or nobody could enter.
    #[error("The account '{0}' is the last one and cannot be removed.")]
    Last(String),
    /// The present password was not given.
    #[error(transparent)]
    Current(AuthError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for AccountError {
    fn from(error: rusqlite::Error) -> AccountError {
        AccountError::Store(error.into())
    }
}

/// Why somebody is not let in. For logs, and for people who may manage accounts; a stranger learns nothing but that it is so.
#[derive(Debug, Error)]
pub enum AuthError {
    /// There is no such account.
    #[error("There is no account '{}'.", .0.escape_debug())]
    Unknown(String),
    /// The password is not the account's. It was counted.
    #[error("The password of the account '{0}' is wrong.")]
    WrongPassword(String),
    /// The account is switched off.
    #[error("The account '{0}' is disabled.")]
    Disabled(String),
    /// Too many wrong passwords. Right or wrong, no password is taken until the time is over.
    #[error("The account '{name}' is locked after too many wrong passwords, for {} more.", minutes(*remaining))]
    Locked {
        /// The account.
        name: String,
        /// For how long.
        remaining: Duration,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for AuthError {
    fn from(error: rusqlite::Error) -> AuthError {
        AuthError::Store(error.into())
    }
}

fn minutes(duration: Duration) -> String {
    match duration.as_secs().div_ceil(60) {
        0 | 1 => "one minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

//! The embedded account store: passwords, policy, lockout.
//!
//! An account is kept in SQLite in the state directory: an Argon2id hash of its password, and the NT hash that NTLM needs, sealed
//! with a key outside the database. Time is an argument; the methods block.
//!
//! ```
//! use std::time::SystemTime;
//! use accounts::{AccountStore, Secret};
//!
//! # let directory = tempfile::tempdir()?;
//! let store = AccountStore::open(directory.path())?;
//! let now = SystemTime::now();
//! store.create("alice", &Secret::new("Correct horse 1"), now)?;
//! assert!(store.verify_password("ALICE", &Secret::new("Correct horse 1"), now).is_ok());
//! assert!(store.verify_password("alice", &Secret::new("Correct horse 2"), now).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod directory;
mod error;
mod generate;
mod name;
mod password;
mod policy;
mod schema;
mod sealing;
mod sign_in;
mod store;
mod time;

pub use clixml::Secret;
pub use directory::private_directory;
pub use error::{AccountError, AuthError, StoreError};
pub use name::{AccountName, BUILT_IN, NameError};
pub use policy::{LONGEST_HISTORY, LockoutPolicy, PasswordPolicy, PasswordRefused, PasswordRule, Policy};
pub use sign_in::NtSecret;
pub use store::{Account, AccountStore};

//! A place to write to: an SMB 2/3 share with an explicit credential, or a local folder.
//!
//! The same few things can be done in both: look whether it is there and writable and how much room it has, make folders, write and
//! read files piece by piece, rename, list, delete. Everything on a share has a time limit. Which places may be used at all is not
//! decided here.
//!
//! The calls block. Threads that run asynchronous work must not make them: give them a thread of their own, or
//! `tokio::task::spawn_blocking`. A [`Place`] may be used by several threads at a time.
//!
//! ```no_run
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::io::Write as _;
//!
//! use share::{Login, Place, ShareAddress};
//!
//! let address: ShareAddress = r"\\files.example.com\backups\pepd".parse()?;
//! let place = Place::share(&address, &Login::parse(r"CONTOSO\carol", "secret"), share::LIMIT)?;
//! place.check_writable()?;
//! place.create_folder("new")?;
//! let mut file = place.create("new/report.txt")?;
//! file.write_all(b"all is well")?;
//! file.finish()?;
//! place.rename("new", "reports")?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod address;
mod error;
mod file;
mod folder;
mod login;
mod place;
mod smb;

pub use address::{AddressError, PORT, ShareAddress};
pub use error::ShareError;
pub use file::{Reading, Writing};
pub use login::Login;
pub use place::{Entry, LIMIT, Place};

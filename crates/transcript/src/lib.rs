//! The record: an append-only journal of everything a session did, one file a session.
//!
//! Strict by default: what a journal was told is on the disk before whoever told it goes on. One writer thread serves all
//! sessions, so that one sync covers everything that came while the one before was under way.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod checkpoints;
mod copy;
mod files;
mod journal;
#[cfg(test)]
mod power_cuts;
mod reader;
mod record;
mod recovery;
mod retention;
mod ship;
mod signer;
mod space;
mod target;
mod witness;
mod writer;

pub use copy::{Forms, Render};
pub use files::{Disk, Files, WriteFile};
pub use journal::{Durability, Journal, Options, SessionJournal};
pub use reader::{ReadError, read_journal};
pub use record::{Bindings, CommandCall, Entry, Outcome, Record, Stream};
pub use retention::{Retention, Tidied};
pub use ship::{Destination, ShipError, Shipment};
pub use signer::Signer;
pub use space::{Mark, Measure, Space, Watermarks};
pub use target::JournalError;
pub use witness::{Tell, Witness};

//! Finds damage in a record (`docs/record-format.md`): needs the record, the public key, and nothing else of pepd.
//!
//! A record is a directory: one hash-chained journal a session, and one log of signed checkpoints that say how far each journal
//! had come. A line that was changed breaks its chain; a journal that was cut, taken away or written anew does not fit its
//! checkpoint; a log that was cut does not have the checkpoint that somebody keeps elsewhere.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod chain;
mod checkpoint;
mod damage;
mod kept;
mod key;
mod verify;

pub use chain::Chain;
pub use checkpoint::{CHECKPOINTS, Checkpoint, CheckpointLog, Head, HeadState};
pub use damage::{Damage, Kind};
pub use kept::{Kept, short_form};
pub use key::{NotAKey, PublicKey};
pub use verify::{Report, SessionReport, journals, session_of, split, started, verify, verify_telling};

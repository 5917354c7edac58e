//! Collects the logs of roles and nodes: files, journals, what programs print. Roles and nodes are read at the same time; what is read is
//! compressed at once and streamed to where it goes. Nothing of it lies on this host's disk, and little of it in its memory.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod collect;
mod job;
mod object_store;
mod output_log;
mod part;
mod plan;
mod read;
mod run_lock;
mod target;
mod window;

pub use collect::{Event, Request, Summary, collect, folder_name};
pub use job::{Extra, Job, Kind, jobs, role_names};
pub use object_store::{ObjectStore, SasUri, SasUriError};
pub use plan::Listed;
pub use run_lock::{Busy, RunLock, RunPermit};
pub use target::{PlaceTarget, Target, TargetFile};
pub use window::{Moment, Window, WindowError};

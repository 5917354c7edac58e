//! Health checks: real looks at real nodes, in parallel, each within a time; and the reports that are made of them.
//!
//! A test is what an operator names: all checks of the inventory that bear its name, and a few that every endpoint has. What cannot be
//! looked at is never a PASS: it is a WARN that says why.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod finding;
mod probe;
mod repair;
mod report;
mod run;
mod test;

pub use finding::{Finding, Verdict};
pub use repair::{Repair, repairs, update_in_progress};
pub use report::{Report, ReportFiles, newest};
pub use run::{Outcome, run};
pub use test::{Subject, Test, Trial, Tried, tests};

//! WinRM as other people's clients speak it: each test is a story that such a client tells, in its own language.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod curl;
mod door;
mod long;
mod managed;
mod matrix;
mod own_client;
mod pypsrp;
mod pywinrm;
mod raw;
mod rows;
mod slow;

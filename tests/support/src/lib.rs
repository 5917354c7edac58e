//! What the tests need to let real clients judge pepd: consoles, an sshd, the daemon, and a stand-in for `ssh`.
//!
//! Helpers fail by panicking: a test that cannot set its stage has failed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot set its stage has failed"
)]

pub mod capture;
pub mod compare;
pub mod console;
pub mod endpoint;
pub mod listening;
pub mod machine;
pub mod object_store;
pub mod oracle;
pub mod pwsh;
pub mod realm;
pub mod replay;
pub mod smbd;
pub mod sshd;
pub mod stand_in;
pub mod steps;
pub mod terminal;

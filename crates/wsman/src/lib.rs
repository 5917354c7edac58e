//! WS-Management and the remote shell, without input or output (MS-WSMV).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod envelope;
pub mod namespace;

//! The PowerShell Remoting Protocol (MS-PSRP), without input or output: both halves, server and client.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod host_call;
pub mod record;

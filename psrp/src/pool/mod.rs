//! The machines of a runspace pool and its pipelines (MS-PSRP 3.1, 3.2): bytes in, events out; calls in, bytes out.

pub mod client;
pub mod server;

mod channels;

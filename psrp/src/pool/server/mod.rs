//! The server's half of a runspace pool (MS-PSRP 3.2).

mod config;
mod event;
mod host_calls;
mod pipeline;
mod receive;
mod runspace_pool;

pub use config::{Config, Limits};
pub use event::{Event, Opened, PipelineEnd, Record};
pub use runspace_pool::RunspacePool;

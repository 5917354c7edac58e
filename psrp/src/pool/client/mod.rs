//! The client's half of a runspace pool (MS-PSRP 3.1).

mod config;
mod event;
mod key;
mod pipeline;
mod receive;
mod runspace_pool;

pub use config::Config;
pub use event::{Event, PipelineEnd, Record};
pub use runspace_pool::RunspacePool;

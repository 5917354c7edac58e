use clixml::{Str, Value, Version};

use crate::fragment::FragmentLimits;
use crate::message::PsVersionTable;

/// What all pools of a daemon have in common; share it in an `Arc`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The newest protocol version to speak: [`Config::V2_4`], or [`Config::V2_3`].
    pub protocol: Version,
    /// What clients are told about the server.
    pub version_table: PsVersionTable,
    /// What application private data holds beside the version table, such as [`implicit_remoting`](crate::message::implicit_remoting).
    pub private_data: Vec<(Str, Value)>,
    /// How much one client may have at a time.
    pub limits: Limits,
}

/// How much one pool takes. What goes beyond breaks it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of what a client sends to the pool itself: there is no limit on all of it together, only on one object.
    pub object: usize,
    /// Of what a client sends to one pipeline.
    pub pipeline: FragmentLimits,
    /// Pipelines that the client has not closed yet.
    pub pipelines: usize,
    /// Host calls of one pipeline, or of the pool, that wait for an answer.
    pub host_calls: usize,
}

impl Config {
    /// The protocol of PowerShell 5.0 to 7.5: secure strings under a session key.
    pub const V2_3: Version = Version::new(2, 3);

    /// The protocol of PowerShell 7.6: no session key.
    pub const V2_4: Version = Version::new(2, 4);

    /// A server that says this about itself, speaks 2.4 and keeps the limits of a real one.
    pub fn new(version_table: PsVersionTable) -> Config {
        Config { protocol: Config::V2_4, version_table, private_data: Vec::new(), limits: Limits::default() }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        let pipeline = FragmentLimits::default();
        Limits { object: pipeline.object, pipeline, pipelines: 64, host_calls: 64 }
    }
}

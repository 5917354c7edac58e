use clixml::{Value, Version};

use crate::fragment::FragmentLimits;
use crate::host_info::HostInfo;
use crate::pool::server;

/// What a client asks for and tells about itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// The protocol version to announce: 2.4, or 2.3.
    pub protocol: Version,
    /// `MinRunspaces`.
    pub min_runspaces: i32,
    /// `MaxRunspaces`.
    pub max_runspaces: i32,
    /// The host that answers host calls.
    pub host_info: HostInfo,
    /// A dictionary with a `PSVersionTable`, as [`crate::message::PsVersionTable::to_application_arguments`] makes it, or `Null`.
    pub application_arguments: Value,
    /// How much is taken from the server for the pool and for each pipeline.
    pub limits: FragmentLimits,
}

impl Default for Config {
    /// One runspace, no host, 2.4, and a real client's limit: 200 MB an object, any number of objects.
    fn default() -> Config {
        Config {
            protocol: server::Config::V2_4,
            min_runspaces: 1,
            max_runspaces: 1,
            host_info: HostInfo::none(),
            application_arguments: Value::Null,
            limits: FragmentLimits { object: 200 * 1024 * 1024, total: u64::MAX },
        }
    }
}

use clixml::Guid;

use super::host_calls::HostCalls;
use crate::fragment::FragmentLimits;
use crate::pool::channels::Channels;

/// What the server's half knows about one pipeline (MS-PSRP 3.2.1.3), from its first byte until the client closes it.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) id: Guid,
    pub(super) phase: Phase,
    pub(super) channels: Channels,
    pub(super) host_calls: HostCalls,
}

/// Where a pipeline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The transport knows it, CREATE_PIPELINE is not complete yet.
    Announced,
    /// Created, and not ended.
    Running,
    /// Its final state was sent. What the client still sends is late, not wrong.
    Ended,
}

impl Pipeline {
    pub(super) fn new(id: Guid, limits: FragmentLimits) -> Pipeline {
        Pipeline { id, phase: Phase::Announced, channels: Channels::new(limits), host_calls: HostCalls::default() }
    }
}

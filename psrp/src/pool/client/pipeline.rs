use clixml::Guid;

use crate::fragment::FragmentLimits;
use crate::pool::channels::Channels;

/// What the client's half knows about one pipeline (MS-PSRP 3.1.1.3), until it is closed.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) id: Guid,
    pub(super) channels: Channels,
    /// The final state has come.
    pub(super) ended: bool,
    /// Whatever final state comes, it counts as Stopped.
    pub(super) stopping: bool,
}

impl Pipeline {
    pub(super) fn new(id: Guid, limits: FragmentLimits) -> Pipeline {
        Pipeline { id, channels: Channels::new(limits), ended: false, stopping: false }
    }
}

use clixml::{Guid, Value};

use crate::ProtocolError;
use crate::host_call::HostCall;
use crate::message::{AvailabilityResponse, UserEvent};
use crate::record::ErrorRecord;

pub use crate::pool::server::{PipelineEnd, Record};

/// What a server did.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "an event is moved once, from the queue to its reader")]
pub enum Event {
    /// APPLICATION_PRIVATE_DATA: a dictionary.
    ApplicationPrivateData(Value),
    /// RUNSPACEPOOL_STATE Opened, or the answer to a connect: pipelines may be created.
    Opened,
    /// RUNSPACEPOOL_STATE Closing: Closed follows.
    Closing,
    /// RUNSPACEPOOL_STATE Closed.
    Closed,
    /// RUNSPACEPOOL_STATE Broken, with what the server says about it.
    BrokenByServer(Option<Box<ErrorRecord>>),
    /// The server broke the protocol.
    Broken {
        /// What it did.
        reason: ProtocolError,
    },
    /// RUNSPACE_AVAILABILITY: the answer to the call of this id.
    Availability {
        /// As the call returned it.
        call_id: i64,
        /// The answer.
        response: AvailabilityResponse,
    },
    /// USER_EVENT.
    UserEvent(Box<UserEvent>),
    /// The session key is here.
    KeyExchanged,
    /// A host call. Answer it with [`super::RunspacePool::answer`] if its method has a reply.
    HostCall {
        /// Its pipeline, or nothing for one of the pool.
        pipeline: Option<Guid>,
        /// For the answer.
        call_id: i64,
        /// What is asked.
        call: HostCall,
    },
    /// PIPELINE_OUTPUT.
    Output {
        /// Of the pipeline.
        id: Guid,
        /// One object.
        value: Value,
    },
    /// A record of another stream.
    Record {
        /// Of the pipeline.
        id: Guid,
        /// It.
        record: Record,
    },
    /// PIPELINE_STATE: the pipeline has ended. Close it.
    Finished {
        /// Of the pipeline.
        id: Guid,
        /// How. `Failed` without a record from the server has one that says so.
        end: PipelineEnd,
    },
}

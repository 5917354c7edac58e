use clixml::{Guid, Value, Version};

use crate::ProtocolError;
use crate::fields::version_of;
use crate::host_call::HostReply;
use crate::host_info::HostInfo;
use crate::message::{CreatePipeline, GetCommandMetadata, ps_version_table_entry};
use crate::record::{ErrorRecord, InformationRecord, InformationalRecord, ProgressRecord};

/// What a client did, as far as the machine does not answer it by itself.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "an event is moved once, from the queue to its reader")]
pub enum Event {
    /// The pool is open; the answers have been queued.
    Opened(Box<Opened>),
    /// CREATE_PIPELINE: end it with [`super::RunspacePool::finish_pipeline`].
    PipelineCreated {
        /// Of the pipeline.
        id: Guid,
        /// What to run.
        pipeline: Box<CreatePipeline>,
    },
    /// GET_COMMAND_METADATA: a pipeline like any other, with another question.
    CommandMetadata {
        /// Of the pipeline.
        id: Guid,
        /// What is asked.
        request: GetCommandMetadata,
    },
    /// PIPELINE_INPUT of a pipeline that runs.
    PipelineInput {
        /// Of the pipeline.
        id: Guid,
        /// One object.
        value: Value,
    },
    /// END_OF_PIPELINE_INPUT of a pipeline that runs.
    EndOfInput {
        /// Of the pipeline.
        id: Guid,
    },
    /// The answer to a host call that was waiting for one.
    HostResponse {
        /// Of the call's pipeline, or nothing for a call of the pool.
        pipeline: Option<Guid>,
        /// As [`super::RunspacePool::host_call`] returned it.
        call_id: i64,
        /// The answer.
        reply: HostReply,
    },
    /// The client broke the protocol. All pipelines are over; RUNSPACEPOOL_STATE Broken has been queued.
    Broken {
        /// What it did.
        reason: ProtocolError,
    },
}

/// What a client told when it opened a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Of the pool, chosen by the client.
    pub id: Guid,
    /// The protocol version agreed on.
    pub protocol: Version,
    /// `MinRunspaces`.
    pub min_runspaces: i32,
    /// `MaxRunspaces`.
    pub max_runspaces: i32,
    /// The client's host.
    pub host_info: HostInfo,
    /// `ApplicationArguments`: a dictionary, or `Null`.
    pub application_arguments: Value,
}

impl Opened {
    /// The client's PowerShell version, if it told.
    pub fn ps_version(&self) -> Option<Version> {
        ps_version_table_entry(&self.application_arguments, "PSVersion").and_then(version_of)
    }
}

/// What a pipeline writes beside its output.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the streams' own names
pub enum Record {
    Error(ErrorRecord),
    Informational(InformationalRecord),
    Information(InformationRecord),
    Progress(ProgressRecord),
}

/// How a pipeline ends.
#[derive(Clone, Debug, PartialEq)]
pub enum PipelineEnd {
    /// State 4.
    Completed,
    /// State 3, with the record that says so.
    Stopped,
    /// State 5, with what went wrong.
    Failed(Box<ErrorRecord>),
}

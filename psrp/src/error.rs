use clixml::{Guid, Version};

use crate::FieldError;
use crate::fragment::FragmentError;
use crate::message::{MessageError, MessageType, RunspacePoolState};
use crate::record::{ErrorCategory, ErrorRecord, Exception};
use crate::session_key::ExchangeError;

/// The peer broke the protocol: the conversation is over. What we do wrong ourselves is a [`SendError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// Its fragments make no message.
    #[error(transparent)]
    Fragment(#[from] FragmentError),
    /// Its bytes are no message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A message that is not legal in this state, on this stream, or in this direction.
    #[error("{message_type} is not expected: the runspace pool is {state:?}")]
    Unexpected {
        /// Of the message.
        message_type: MessageType,
        /// Of the pool.
        state: RunspacePoolState,
    },
    /// A message of another pool.
    #[error("{message_type} belongs to the runspace pool {pool}")]
    OtherPool {
        /// Of the message.
        message_type: MessageType,
        /// Of the message.
        pool: Guid,
    },
    /// A message that names no pipeline, or another one than the command it came with.
    #[error("{message_type} does not name the pipeline it is for")]
    OtherPipeline {
        /// Of the message.
        message_type: MessageType,
    },
    /// A pipeline that exists already is created again.
    #[error("the pipeline {pipeline} exists already")]
    PipelineExists {
        /// Its id.
        pipeline: Guid,
    },
    /// Versions that we do not speak.
    #[error("the peer speaks version {protocol} (PSVersion {ps}, SerializationVersion {serialization})")]
    Version {
        /// `protocolversion`.
        protocol: Version,
        /// `PSVersion`.
        ps: Version,
        /// `SerializationVersion`.
        serialization: Version,
    },
    /// A pool of so many runspaces cannot be.
    #[error("a runspace pool cannot have {min} to {max} runspaces")]
    Runspaces {
        /// `MinRunspaces`.
        min: i32,
        /// `MaxRunspaces`.
        max: i32,
    },
    /// More pipelines at a time than we keep.
    #[error("more than {limit} pipelines at a time")]
    TooManyPipelines {
        /// How many we keep.
        limit: usize,
    },
    /// The key exchange failed.
    #[error(transparent)]
    Key(#[from] ExchangeError),
    /// The out-of-process framing is broken.
    #[error(transparent)]
    Framing(#[from] crate::out_of_process::FramingError),
}

impl From<FieldError> for ProtocolError {
    fn from(error: FieldError) -> ProtocolError {
        ProtocolError::Message(error.into())
    }
}

impl ProtocolError {
    /// What the peer is told.
    pub(crate) fn to_record(&self) -> ErrorRecord {
        const TYPE_NAMES: &[&str] = &[
            "System.Management.Automation.Remoting.PSRemotingDataStructureException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ];
        let exception = Exception::new(TYPE_NAMES, self.to_string());
        ErrorRecord::new(exception, "PSRemotingDataStructureException", ErrorCategory::ProtocolError)
    }
}

/// We cannot send this now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The pool is not open yet, or no longer.
    #[error("the runspace pool is not open")]
    PoolNotOpen,
    /// The pipeline never was, or has ended.
    #[error("no such pipeline is running")]
    NoSuchPipeline,
    /// A pipeline of this id was created already.
    #[error("the pipeline exists already")]
    PipelineExists,
    /// More calls wait for an answer than we keep.
    #[error("too many host calls wait for an answer")]
    TooManyHostCalls,
}

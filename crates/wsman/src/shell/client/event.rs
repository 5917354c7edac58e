use bytes::Bytes;
use thiserror::Error;

use crate::action::{Action, CreateResponse, IdentifyResponse, Items, ShellDescription, SignalCode};
use crate::fault::FaultReport;
use crate::id::CommandId;
use crate::reply::AnswerError;

/// One HTTP request of this client, by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub u64);

/// Which connection a request belongs on. A Receive occupies its connection while it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// One request at a time: everything that must keep its order.
    Control,
    /// Signal and Delete: they go out at once, also when something before them is stuck.
    Urgent,
    /// The Receives of the shell, or of one command.
    Receive(Option<CommandId>),
}

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What the answer is handed in with.
    pub exchange: ExchangeId,
    /// On which connection.
    pub lane: Lane,
    /// Content-Type.
    pub content_type: &'static str,
    /// The plain body, before it is sealed.
    pub body: Vec<u8>,
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The shell is there.
    Created(Box<CreateResponse>),
    /// The command is there.
    CommandCreated(CommandId),
    /// Input has arrived at the server.
    Sent(Option<CommandId>),
    /// A signal has been obeyed.
    Signalled(CommandId, SignalCode),
    /// Output. The next Receive goes out when this has been taken.
    Output(Option<CommandId>, Bytes),
    /// A command is over: there is no more output.
    Done(CommandId),
    /// The shell is closed.
    Deleted,
    /// The shell goes on without this client.
    Disconnected,
    /// This client is back at the shell, or at a command.
    Reconnected(Option<CommandId>),
    /// This client has come to the shell, with PSRP's answer, or to a command.
    Connected(Option<CommandId>, Bytes),
    /// What server it is.
    Identified(IdentifyResponse),
    /// The shell as it is.
    Described(Box<ShellDescription>),
    /// All items of a list.
    Listed(Items),
    /// An operation failed.
    Failed {
        /// Which operation.
        action: Action,
        /// Of which command; none is the shell.
        command: Option<CommandId>,
        /// The request, to drop its connection if it still waits.
        exchange: ExchangeId,
        /// Why.
        error: Error,
    },
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The server says so.
    #[error("{}", .0.text())]
    Fault(Box<FaultReport>),
    /// The server does not speak this protocol.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The server answered another request.
    #[error("the answer belongs to another request")]
    OtherRequest,
    /// Compressed data cannot be read.
    #[error(transparent)]
    Xpress(#[from] crate::xpress::XpressError),
    /// The connection died.
    #[error("the connection to the server was lost")]
    ConnectionLost,
    /// No answer in time.
    #[error("the server did not answer in time")]
    TimedOut,
}

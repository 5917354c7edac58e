//! Faults: every one that the protocol documents has a name, and a row of the catalogue.

mod catalogue;
mod report;

use std::borrow::Cow;
use std::time::Duration;

use thiserror::Error;

use crate::duration;
use crate::envelope::CharsetError;

pub use catalogue::{FaultAction, Row, SoapCode, code};
pub use report::FaultReport;
pub(crate) use report::write as write_fault;

/// Why a request is not done. [`Fault::row`] says who is to blame: `Sender` is the client, `Receiver` is us.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.message())]
pub enum Fault {
    /// A Receive without data until its time was over.
    TimedOut,
    /// Authenticated, but not allowed.
    AccessDenied,
    /// No shell of that id; none of this user's.
    ShellNotFound,
    /// No command of that id, or it is over.
    CommandNotFound,
    /// The selector `ShellId` is missing.
    SelectorMissing,
    /// Two selectors of one name.
    DuplicateSelectors,
    /// No such session configuration, no such resource.
    UnknownResource,
    /// The resource is no longer there.
    ResourceGone,
    /// An action that is not served.
    ActionNotSupported,
    /// The body belongs to another action.
    ActionMismatch,
    /// Not an action at all.
    InvalidAction,
    /// A header that must be understood and is not.
    NotUnderstood(QualifiedName),
    /// Not SOAP 1.2.
    VersionMismatch,
    /// This header is missing.
    HeaderRequired(&'static str),
    /// This header has a value that makes no sense.
    InvalidHeader(&'static str),
    /// `w:OperationTimeout` makes no sense.
    InvalidTimeout,
    /// `a:ReplyTo` or `a:FaultTo` is not anonymous.
    AddressingMode,
    /// `w:Locale` or `p:DataLocale` must be understood.
    Locale(LocaleHeader),
    /// Parts of a shell are not served.
    FragmentTransfer,
    /// A mode that is not served.
    UnsupportedFeature,
    /// `w:MaxEnvelopeSize` is below 8192.
    EnvelopeTooSmall,
    /// The answer does not fit into `w:MaxEnvelopeSize`.
    ResponseTooLarge,
    /// The request is larger than the service allows. On HTTP it is a bare 413.
    RequestTooLarge,
    /// The resource URI is too long.
    UriTooLong,
    /// Too many selectors.
    TooManySelectors,
    /// Too many options.
    TooManyOptions,
    /// Neither UTF-8 nor UTF-16.
    CharacterSet,
    /// An option that must be complied with and is not known.
    OptionNotSupported(String),
    /// An option without a name.
    OptionName,
    /// The value of this option makes no sense.
    OptionValue(&'static str),
    /// The body is not what the schema says.
    Schema(&'static str),
    /// Not well-formed XML.
    NotWellFormed(String),
    /// A parameter makes no sense.
    InvalidParameter(&'static str),
    /// Filters are not served here.
    FilteringNotSupported,
    /// The filter's dialect is not known.
    FilterDialect,
    /// The commands of which shell? A filter is needed.
    FilterRequired,
    /// No such enumeration context, or it is too old.
    EnumerationContext,
    /// The user has this many shells already.
    ShellsPerUser(usize),
    /// Too many operations altogether.
    Operations,
    /// The user's quota is used up.
    UserQuota,
    /// The system's quota is used up.
    SystemQuota,
    /// This many users have shells already.
    Users(usize),
    /// The plug-in's limit of shells for one user.
    PluginShellsPerUser(usize),
    /// The plug-in's limit of users.
    PluginUsers(usize),
    /// The plug-in's limit of shells.
    PluginShells(usize),
    /// The plug-in's limit of operations.
    PluginOperations(usize),
    /// The plug-in's limit of operations of one user.
    PluginOperationsPerUser(usize),
    /// The shell has this many commands already.
    CommandsPerShell(usize),
    /// Remote shells are switched off.
    ShellsDisabled,
    /// The shell is disconnected.
    ShellDisconnected,
    /// This shell cannot be disconnected.
    DisconnectNotSupported,
    /// Another client instance made the shell.
    SessionIdMismatch,
    /// Another client instance is connected.
    ConnectedElsewhere,
    /// A Disconnect at the wrong time.
    DisconnectInvalid,
    /// A Reconnect at the wrong time.
    ReconnectInvalid,
    /// A waiting Receive ended because its shell was disconnected.
    StreamDisconnected,
    /// A waiting Receive ended because its shell is closed.
    Aborted,
    /// The operation was cancelled.
    Cancelled,
    /// There is a shell of that id.
    DuplicateShellId,
    /// There is a command of that id.
    DuplicateCommandId,
    /// Not an id of a shell.
    InvalidShellId,
    /// Not an id of a command.
    InvalidCommandId,
    /// An idle time-out out of its bounds.
    IdleTimeout {
        /// The least.
        least: Duration,
        /// The most.
        most: Duration,
    },
    /// The MessageID of an operation that still runs.
    MessageIdInUse,
    /// We failed; the text is for the user.
    Internal(Cow<'static, str>),
    /// PSRP: the option `protocolversion` is missing.
    ProtocolVersionMissing,
    /// PSRP: the client's version is refused.
    ProtocolVersion {
        /// Ours, such as `2.3`.
        ours: String,
        /// The version of the server.
        build: String,
    },
    /// PSRP: an option that must be complied with and is not known to the plug-in.
    PluginOption(String),
    /// PSRP: input streams other than `stdin` and `pr`.
    InputStream,
    /// PSRP: output streams other than `stdout`.
    OutputStream,
    /// PSRP: not exactly one argument.
    Arguments,
}

/// A header's name as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualifiedName {
    /// The prefix; may be empty.
    pub prefix: String,
    /// The URI of its namespace.
    pub namespace: String,
    /// The name itself.
    pub local: String,
}

/// Which of the two headers about language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocaleHeader {
    /// `w:Locale`.
    Locale,
    /// `p:DataLocale`.
    DataLocale,
}

impl Fault {
    /// The text for the user: general, with what is special about this case.
    pub fn message(&self) -> Cow<'static, str> {
        let reason = self.row().reason;
        match self {
            Fault::NotUnderstood(name) => format!("{reason} It is {}.", name.local).into(),
            Fault::HeaderRequired(name) | Fault::InvalidHeader(name) | Fault::OptionValue(name) => {
                format!("{reason} It is {name}.").into()
            }
            Fault::OptionNotSupported(name) | Fault::PluginOption(name) => format!("{reason} It is {name}.").into(),
            Fault::Schema(what) | Fault::InvalidParameter(what) => format!("{reason} {what}").into(),
            Fault::NotWellFormed(what) => format!("{reason} {what}.").into(),
            Fault::ShellsPerUser(limit)
            | Fault::Users(limit)
            | Fault::PluginShellsPerUser(limit)
            | Fault::PluginUsers(limit)
            | Fault::PluginShells(limit)
            | Fault::PluginOperations(limit)
            | Fault::PluginOperationsPerUser(limit)
            | Fault::CommandsPerShell(limit) => format!("{reason} The limit is {limit}.").into(),
            Fault::IdleTimeout { least, most } => format!(
                "{reason} It must be between {} and {}.",
                duration::in_seconds(*least),
                duration::in_seconds(*most)
            )
            .into(),
            Fault::Internal(text) => text.clone(),
            _ => reason.into(),
        }
    }

    /// We failed, for a reason that the user need not know.
    pub fn internal() -> Fault {
        Fault::Internal("The service has failed to process the request.".into())
    }
}

impl From<CharsetError> for Fault {
    fn from(error: CharsetError) -> Self {
        match error {
            CharsetError::Malformed => Fault::NotWellFormed(error.to_string()),
            CharsetError::NotSoap | CharsetError::Unsupported => Fault::CharacterSet,
        }
    }
}

use std::any::{Any, TypeId};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clixml::{DateTime, Str, Value};
use futures_util::future::BoxFuture;
use psrp::HostInfo;
use psrp::host_call::{HostCall, HostReply};
use psrp::record::{ErrorRecord, InformationRecord, InformationalRecord, ProgressRecord};

/// What stands around a running pipeline: where its output goes, and who answers its questions. The session implements it.
pub trait Engine: Send + Sync {
    /// Hands one thing to the client, and waits while the client is slow.
    fn emit(&self, output: Output) -> BoxFuture<'_, Result<(), Stopped>>;

    /// Shows something at the client's host; no answer is expected. Does nothing if the client has no host.
    fn show(&self, call: HostCall) -> BoxFuture<'_, Result<(), Stopped>>;

    /// Asks the client's host and waits for its answer.
    fn ask(&self, call: HostCall) -> BoxFuture<'_, Result<HostReply, Stopped>>;

    /// Facts about the session.
    fn session(&self) -> &SessionInfo;

    /// The time now, universal.
    fn now(&self) -> DateTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        DateTime::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
    }

    /// The session ends when this pipeline has ended. The reason goes on record. An engine without a session has nothing to end.
    fn end_session(&self, _reason: &'static str) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    /// A part of the daemon that commands work on, by its type.
    fn service(&self, type_id: TypeId) -> Option<Arc<dyn Any + Send + Sync>>;
}

/// One thing that a pipeline hands to its client.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the streams' own names
pub enum Output {
    Object(Value),
    Error(ErrorRecord),
    Informational(InformationalRecord),
    Information(InformationRecord),
    Progress(ProgressRecord),
}

/// The pipeline was stopped: by the user, or because its session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The pipeline has been stopped.")]
pub struct Stopped;

/// What a command may know about the session it runs in.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    /// Its id: the client's runspace pool.
    pub id: clixml::Guid,
    /// The account that the session runs for.
    pub account: Str,
    /// Where it comes from.
    pub source: Str,
    /// The client's PowerShell version as it told it, or nothing.
    pub client_version: Str,
    /// Columns of the client's buffer; 120 if it has none.
    pub buffer_width: u16,
    /// The client has a host that shows and asks.
    pub has_host: bool,
    /// The client's host description (MS-PSRP 2.2.3.14), for those who ask for more.
    pub host_info: HostInfo,
    /// This computer's name.
    pub computer: Str,
}

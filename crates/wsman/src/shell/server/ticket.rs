use std::time::Instant;

use super::event::{ExchangeId, ShellKey};
use super::repeats::RepeatKey;
use super::user::UserKey;
use crate::envelope::Charset;
use crate::id::{CommandId, MessageId};

/// A request that is not yet answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TicketId(pub(super) u64);

#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) user: UserKey,
    pub(super) key: RepeatKey,
    pub(super) message_id: MessageId,
    /// The connections that wait for the answer: more than one when a client sent the request again, none when all died.
    pub(super) exchanges: Vec<(ExchangeId, Charset)>,
    /// Characters that the answer may have beside its frame.
    pub(super) room: usize,
    pub(super) waits_for: WaitsFor,
    pub(super) deadline: Option<Instant>,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// Nothing: it is being done.
    Nothing,
    /// The verdict about a new shell, or about a client that connects.
    Verdict,
    /// Output.
    Output(ShellKey, Option<CommandId>),
    /// The end of a command that is stopped.
    End(ShellKey, CommandId),
}

/// What became of the connection of a request.
#[derive(Debug, Clone)]
pub(super) enum Exchange {
    /// It waits.
    Waiting(TicketId),
    /// It was given output of this, which is not yet known to have arrived.
    Given(UserKey, ShellKey, Option<CommandId>),
}

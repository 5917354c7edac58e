use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ticket::TicketId;
use crate::action::{Action, Response};
use crate::header::OperationId;
use crate::id::MessageId;
use crate::reply::{Outcome, Reply};

/// What makes two requests of a user the same: an operation is done once however often it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RepeatKey {
    pub(super) action: Action,
    pub(super) message_id: MessageId,
}

/// The requests of one user that run or were answered lately.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    entries: HashMap<RepeatKey, Entry>,
    operations: HashMap<Arc<str>, RepeatKey>,
    /// Answered ones, the oldest first; a forgotten one leaves its place empty until it is the oldest.
    order: VecDeque<(Instant, RepeatKey)>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    operation: Option<Arc<str>>,
    state: State,
}

#[derive(Debug)]
enum State {
    Running(TicketId),
    Done { reply: Box<Reply>, at: Instant },
}

/// What is known of a request.
#[derive(Debug)]
pub(super) enum Known {
    Running(TicketId),
    Done(RepeatKey, Box<Reply>),
}

impl Repeats {
    /// Finds a request by its MessageID or, if it says itself that it was sent before, by its OperationID.
    pub(super) fn find(&self, key: &RepeatKey, operation: Option<&OperationId>) -> Option<Known> {
        let (key, entry) = if let Some(found) = self.entries.get_key_value(key) {
            found
        } else {
            let operation = operation.filter(|operation| operation.retransmission)?;
            let other = self.operations.get(&operation.id).filter(|other| other.action == key.action)?;
            self.entries.get_key_value(other)?
        };
        Some(match &entry.state {
            State::Running(ticket) => Known::Running(*ticket),
            State::Done { reply, .. } => Known::Done(key.clone(), reply.clone()),
        })
    }

    pub(super) fn start(&mut self, key: RepeatKey, operation: Option<&OperationId>, ticket: TicketId) {
        let operation = operation.map(|operation| operation.id.clone());
        if let Some(id) = &operation {
            self.operations.insert(id.clone(), key.clone());
        }
        self.entries.insert(key, Entry { operation, state: State::Running(ticket) });
    }

    pub(super) fn done(&mut self, key: &RepeatKey, reply: Reply, now: Instant) {
        if let Some(entry) = self.entries.get_mut(key) {
            self.bytes += weight(&reply);
            entry.state = State::Done { reply: Box::new(reply), at: now };
            self.order.push_back((now, key.clone()));
        }
    }

    pub(super) fn forget(&mut self, key: &RepeatKey) {
        let Some(entry) = self.entries.remove(key) else { return };
        if let State::Done { reply, .. } = &entry.state {
            self.bytes = self.bytes.saturating_sub(weight(reply));
        }
        if let Some(id) = entry.operation
            && self.operations.get(&id) == Some(key)
        {
            self.operations.remove(&id);
        }
    }

    /// Drops what is too old or too much, the oldest first.
    pub(super) fn trim(&mut self, now: Instant, age: Duration, count: usize, bytes: usize) {
        while let Some((at, key)) = self.order.front() {
            let current =
                self.entries.get(key).is_some_and(|e| matches!(&e.state, State::Done { at: a, .. } if a == at));
            let kept =
                current && now.saturating_duration_since(*at) < age && self.order.len() <= count && self.bytes <= bytes;
            if kept {
                break;
            }
            if let Some((_, key)) = self.order.pop_front()
                && current
            {
                self.forget(&key);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len().max(self.order.len()).max(self.operations.len())
    }
}

fn weight(reply: &Reply) -> usize {
    let data = match &reply.outcome {
        Outcome::Response(Response::Receive(received)) => received.data.iter().map(|piece| piece.len() + 64).sum(),
        Outcome::Response(Response::Connect(connected)) => connected.connect.as_ref().map_or(0, bytes::Bytes::len),
        Outcome::Response(Response::Enumerate(_) | Response::Pull(_)) => 32 << 10,
        Outcome::Response(Response::Create(_) | Response::GetShell(_)) => 1024,
        _ => 0,
    };
    data + 512
}

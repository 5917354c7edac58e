use std::collections::BTreeSet;
use std::time::Instant;

use super::event::ShellKey;
use super::ticket::TicketId;
use crate::id::CommandId;

/// What becomes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A request that waits.
    Ticket(TicketId),
    /// A shell may have been left alone for too long.
    Idle(ShellKey),
    /// A command that is over may be forgotten.
    Linger(ShellKey, CommandId),
    /// Kept answers and lists may be too old.
    Sweep,
}

/// Everything that becomes due, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, Timer)>);

impl Timers {
    pub(super) fn arm(&mut self, at: Instant, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(super) fn disarm(&mut self, at: Instant, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the first one that is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<Timer> {
        let (at, _) = self.0.first()?;
        if *at > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

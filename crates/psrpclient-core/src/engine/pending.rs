//! What PowerShell waits for.

use std::collections::VecDeque;
use std::time::Instant;

use crate::completion::{Callback, Completion, Outcome, flags};
use crate::failure::Failure;
use crate::handle::Handle;

/// An operation that is answered once.
pub(super) struct Pending {
    pub(super) operation: Option<Handle>,
    pub(super) callback: Callback,
}

/// What is answered with: the very handles that were given out.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) shell: Handle,
    pub(super) command: Option<Handle>,
}

impl Pending {
    pub(super) fn new(callback: Callback) -> Pending {
        Pending { operation: None, callback }
    }

    pub(super) fn of(operation: Handle, callback: Callback) -> Pending {
        Pending { operation: Some(operation), callback }
    }

    /// It is done, or it failed.
    pub(super) fn complete(&self, owner: Owner, outcome: Result<Outcome<'_>, &Failure>) {
        self.tell(owner, flags::END_OF_OPERATION, outcome);
    }

    pub(super) fn tell(&self, owner: Owner, flags: u32, outcome: Result<Outcome<'_>, &Failure>) {
        let Owner { shell, command } = owner;
        (self.callback)(&Completion { flags, outcome, shell: Some(shell), command, operation: self.operation });
    }
}

/// What a shell and a command have in common.
#[derive(Default)]
pub(super) struct Streams {
    pub(super) receive: Option<Pending>,
    /// In the order in which they were sent.
    pub(super) sends: VecDeque<Pending>,
}

impl Streams {
    /// Whatever waits is given up.
    pub(super) fn abort(&mut self, owner: Owner, failure: &Failure) {
        for pending in self.receive.take().into_iter().chain(self.sends.drain(..)) {
            pending.complete(owner, Err(failure));
        }
    }
}

/// A command, and what is waited for.
pub(super) struct Command {
    pub(super) handle: Handle,
    /// Run, or connect.
    pub(super) start: Option<Pending>,
    pub(super) streams: Streams,
    pub(super) signal: Option<Pending>,
    /// The signal was obeyed: it is told after the end that it led to, or at this time.
    pub(super) obeyed: Option<Instant>,
    pub(super) reconnect: Option<Pending>,
    pub(super) close: Option<Pending>,
}

impl Command {
    pub(super) fn new(handle: Handle, start: Pending) -> Command {
        Command {
            handle,
            start: Some(start),
            streams: Streams::default(),
            signal: None,
            obeyed: None,
            reconnect: None,
            close: None,
        }
    }

    /// Whatever waits is given up; that it is closed is told last.
    pub(super) fn abort(&mut self, owner: Owner, failure: &Failure) {
        self.streams.abort(owner, failure);
        for pending in [self.start.take(), self.signal.take(), self.reconnect.take()].into_iter().flatten() {
            pending.complete(owner, Err(failure));
        }
        if let Some(close) = self.close.take() {
            close.complete(owner, Ok(Outcome::Done));
        }
    }
}

use std::borrow::Cow;
use std::hash::Hash;
use std::time::Instant;

use super::Server;
use super::event::{CloseReason, ShellKey};
use super::shell::{Ended, State};
use super::timers::Timer;
use super::user::UserKey;
use crate::action::Response;
use crate::fault::Fault;
use crate::header::Header;
use crate::id::CommandId;
use crate::reply::Outcome;

impl<I: Clone + Eq + Hash> Server<I> {
    /// The client closes its shell.
    pub(super) fn delete(&mut self, user: UserKey, header: &Header, now: Instant) -> Result<Response, Fault> {
        self.own_or_any_shell(header)?;
        let (key, _) = self.shell_of(user, header)?;
        self.remove(key, CloseReason::Deleted, now);
        Ok(Response::Delete)
    }

    /// Get and Delete may also name the resource of all shells.
    pub(super) fn own_or_any_shell(&self, header: &Header) -> Result<(), Fault> {
        let own = header.resource.is_configuration(&self.config.configuration);
        if own || header.resource == crate::Resource::Shell { Ok(()) } else { Err(Fault::UnknownResource) }
    }

    /// Closes a shell from the server's side. Write PSRP's last word before: what is written can still be fetched for a
    /// while, then whoever asks for more of the shell is told that it is closed, and whoever asks for more of a command
    /// that is not over gets the text. There is no `Closed` event.
    pub fn close_shell(&mut self, key: ShellKey, text: impl Into<Cow<'static, str>>, now: Instant) {
        let linger = self.config.limits.linger;
        let Some(shell) = self.shells.get_mut(&key) else { return };
        let text = text.into();
        let ticket = match &shell.state {
            State::Ended(_) => return,
            State::Creating(_) => return self.refuse_shell(key, Fault::Internal(text), now),
            State::Connecting(ticket, _) => Some(*ticket),
            State::Connected | State::Disconnected => None,
        };
        shell.state = State::Ended(Ended { since: now, text: text.clone() });
        let commands: Vec<CommandId> = shell.commands.keys().copied().collect();
        let stops: Vec<_> =
            shell.commands.values_mut().flat_map(|command| std::mem::take(&mut command.stops)).collect();
        self.arm_idle(key, now + linger);
        if let Some(ticket) = ticket {
            self.finish(ticket, Outcome::Fault(Fault::Internal(text)), now);
        }
        for ticket in stops {
            self.finish(ticket, Outcome::Response(Response::Signal), now);
        }
        for id in commands {
            self.pump(key, Some(id), now);
        }
        self.pump(key, None, now);
    }

    /// Takes a shell away at once. Its surroundings hear of it, unless it was they who closed it.
    fn remove(&mut self, key: ShellKey, reason: CloseReason, now: Instant) {
        let Some(shell) = self.forget_shell(key) else { return };
        if let State::Creating(ticket) | State::Connecting(ticket, _) = shell.state {
            self.finish(ticket, Outcome::Fault(Fault::Aborted), now);
        }
        if !matches!(shell.state, State::Ended(_)) {
            self.closed(key, reason);
        }
        if let Some(ticket) = shell.output.parked {
            self.finish(ticket, Outcome::Fault(Fault::Aborted), now);
        }
        for command in shell.commands.into_values() {
            self.end_command(command, &Fault::Aborted, now);
        }
    }

    /// A shell may have been left alone for too long. While something waits for it, it is not.
    pub(super) fn idle(&mut self, key: ShellKey, now: Instant) {
        let linger = self.config.limits.linger;
        let Some(shell) = self.shells.get_mut(&key) else { return };
        let (from, allowed) = match &shell.state {
            State::Ended(Ended { since, .. }) => (*since, linger),
            State::Creating(_) | State::Connecting(..) => (now, shell.idle_timeout),
            _ if shell.waiting > 0 => (now, shell.idle_timeout),
            _ => (shell.last_active, shell.idle_timeout),
        };
        let due = from + allowed;
        if due > now {
            shell.idle_timer = due;
            self.timers.arm(due, Timer::Idle(key));
        } else {
            self.remove(key, CloseReason::Idle, now);
        }
    }

    /// Sets the idle timer of a shell earlier, never later: it is moved on when it fires.
    pub(super) fn arm_idle(&mut self, key: ShellKey, at: Instant) {
        let Some(shell) = self.shells.get_mut(&key) else { return };
        if at < shell.idle_timer {
            self.timers.disarm(shell.idle_timer, Timer::Idle(key));
            self.timers.arm(at, Timer::Idle(key));
            shell.idle_timer = at;
        }
    }
}

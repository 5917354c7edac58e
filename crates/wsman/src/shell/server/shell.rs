use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::Config;
use super::output::{End, OutputQueue};
use super::ticket::TicketId;
use super::user::UserKey;
use crate::action::{BufferMode, ShellDescription};
use crate::fault::Fault;
use crate::id::{CommandId, ShellId};

/// A shell.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) id: ShellId,
    pub(super) user: UserKey,
    pub(super) name: Option<String>,
    pub(super) owner: String,
    pub(super) address: String,
    pub(super) url: String,
    pub(super) locale: Option<String>,
    pub(super) data_locale: Option<String>,
    /// Only the client knows an id that it chose itself, so only then can it come back.
    pub(super) chosen_id: bool,
    pub(super) session_id: Option<Arc<str>>,
    pub(super) compressed: bool,
    pub(super) utf16: bool,
    pub(super) buffer_mode: BufferMode,
    pub(super) idle_timeout: Duration,
    pub(super) state: State,
    pub(super) created: Instant,
    pub(super) last_active: Instant,
    /// When its idle timer is set to.
    pub(super) idle_timer: Instant,
    /// Requests that wait for this shell, its commands included.
    pub(super) waiting: usize,
    pub(super) output: OutputQueue,
    pub(super) commands: BTreeMap<CommandId, Command>,
}

/// How far a shell is.
#[derive(Debug)]
pub(super) enum State {
    /// It was asked for.
    Creating(TicketId),
    Connected,
    Disconnected,
    /// Another client instance asks for it.
    Connecting(TicketId, Option<Arc<str>>),
    /// The server closed it; what it still has to say can be fetched, then comes this.
    Ended(Ended),
}

/// A shell that the server closed.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) since: Instant,
    /// What the user is told about a command that was not over.
    pub(super) text: Cow<'static, str>,
}

impl Ended {
    /// What a Receive gets when everything is told. A known client waits for ever when it hears `Aborted` about a command
    /// without PSRP's word before, so it hears that the server failed.
    pub(super) fn fault(&self, command: Option<CommandId>) -> Fault {
        match command {
            None => Fault::Aborted,
            Some(_) => Fault::Internal(self.text.clone()),
        }
    }
}

/// A command.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) line: String,
    pub(super) output: OutputQueue,
    /// When it is forgotten, once its client has been told that it is over.
    pub(super) linger: Option<Instant>,
    /// Signals that wait for its end.
    pub(super) stops: Vec<TicketId>,
}

impl Shell {
    pub(super) fn queue(&mut self, command: Option<CommandId>) -> Option<&mut OutputQueue> {
        match command {
            None => Some(&mut self.output),
            Some(id) => self.commands.get_mut(&id).map(|command| &mut command.output),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected)
    }

    /// Output may be lost: nobody is there, and that is how it was wanted.
    pub(super) fn is_lossy(&self) -> bool {
        self.buffer_mode == BufferMode::Drop && matches!(self.state, State::Disconnected | State::Connecting(..))
    }

    /// How many commands are not over.
    pub(super) fn running(&self) -> usize {
        self.commands.values().filter(|command| !command.output.is_finished()).count()
    }

    /// How many commands have not told their client that they are over: each may hold output.
    pub(super) fn unreported(&self) -> usize {
        self.commands.values().filter(|command| command.output.end != End::Told).count()
    }

    pub(super) fn describe(&self, config: &Config, now: Instant, with_memory: bool) -> ShellDescription {
        let queued = self.commands.values().map(|command| command.output.bytes()).sum::<usize>() + self.output.bytes();
        let language = |own: &Option<String>| own.clone().unwrap_or_else(|| "en-US".to_owned());
        let since = |at: Instant| now.saturating_duration_since(at);
        ShellDescription {
            id: self.id,
            name: self.name.clone(),
            resource: format!("{}/{}", crate::namespace::POWERSHELL, config.configuration),
            owner: self.owner.clone(),
            client_ip: self.address.clone(),
            process_id: config.process_id,
            idle_timeout: self.idle_timeout,
            max_idle_timeout: config.limits.max_idle_timeout,
            locale: language(&self.locale),
            data_locale: language(&self.data_locale),
            compressed: self.compressed,
            utf16: self.utf16,
            buffer_mode: self.buffer_mode,
            connected: !matches!(self.state, State::Disconnected | State::Connecting(..)),
            run_time: since(self.created),
            inactivity: if self.waiting > 0 { Duration::ZERO } else { since(self.last_active) },
            memory: with_memory.then(|| u64::try_from(queued).unwrap_or(u64::MAX)),
        }
    }
}

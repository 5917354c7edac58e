use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use winrm_client::{Answered, Error as ClientError, Target};
use wsman::action::{BufferMode, SignalCode};
use wsman::envelope::Charset;
use wsman::header::HeaderOption;
use wsman::shell::client::{Client, Config, Event, ExchangeId, Outgoing};
use wsman::{CommandId, ShellId};

use super::call::{Call, Startup, base64, command_id, input_stream, signal_code};
use super::pending::{Command, Owner, Pending, Streams};
use crate::completion::{Callback, Outcome, flags};
use crate::failure::{Failure, code};
use crate::handle::Handle;
use crate::option::{Options, locked};

/// A shell: the machine that speaks for it, and what PowerShell waits for.
pub(super) struct Shell {
    pub(super) handle: Handle,
    pub(super) options: Arc<Mutex<Options>>,
    /// None when it could not even be asked for.
    pub(super) client: Option<Client>,
    pub(super) life: Life,
    pub(super) start: Option<Pending>,
    pub(super) streams: Streams,
    pub(super) commands: BTreeMap<CommandId, Command>,
    pub(super) disconnect: Option<Pending>,
    pub(super) reconnect: Option<Pending>,
    pub(super) close: Option<Pending>,
    close_deadline: Option<Instant>,
    /// No earlier is it told that the shell is closed.
    close_told_from: Option<Instant>,
    /// What connections failed with: the machine knows only that they did.
    pub(super) failures: HashMap<ExchangeId, ClientError>,
    /// Commands that are closed.
    pub(super) released: Vec<Handle>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// Create or Connect is under way.
    Opening,
    Open,
    /// It goes on at the server without us. Nothing may be sent but Reconnect.
    Disconnected,
    /// It never came about.
    Failed,
    Closed,
}

impl Shell {
    pub(super) fn new(handle: Handle, options: Arc<Mutex<Options>>) -> Shell {
        Shell {
            handle,
            options,
            client: None,
            life: Life::Opening,
            start: None,
            streams: Streams::default(),
            commands: BTreeMap::new(),
            disconnect: None,
            reconnect: None,
            close: None,
            close_deadline: None,
            close_told_from: None,
            failures: HashMap::new(),
            released: Vec::new(),
        }
    }

    pub(super) fn create(
        &mut self,
        target: Result<Arc<Target>, Failure>,
        startup: Startup,
        callback: Callback,
        now: Instant,
    ) {
        self.start = Some(Pending::new(callback));
        match self.machine(target, &startup, now) {
            Ok((mut client, fragments)) => {
                client.create(startup.name.as_deref(), startup.idle_timeout, fragments, now);
                self.client = Some(client);
            }
            Err(failure) => self.failed_to_open(&failure),
        }
    }

    pub(super) fn connect(
        &mut self,
        target: Result<Arc<Target>, Failure>,
        startup: Startup,
        callback: Callback,
        now: Instant,
    ) {
        self.start = Some(Pending::new(callback));
        match self.machine(target, &startup, now) {
            Ok((mut client, fragments)) => {
                client.connect(fragments, now);
                self.client = Some(client);
            }
            Err(failure) => self.failed_to_open(&failure),
        }
    }

    fn machine(
        &self,
        target: Result<Arc<Target>, Failure>,
        startup: &Startup,
        now: Instant,
    ) -> Result<(Client, Bytes), Failure> {
        let target = target?;
        let shell = ShellId::parse(&startup.shell_id)
            .map_err(|_| Failure::with(code::INVALID_PARAMETER, "The shell id is not a GUID."))?;
        let mut config = Config::new(&target.url(), startup.configuration()?);
        let options = locked(&self.options);
        config.operation_timeout = options.operation;
        config.create_timeout = options.create;
        config.signal_timeout = options.signal;
        config.close_timeout = options.close;
        config.max_envelope_size = options.max_envelope_kilobytes * 1024;
        if let Some(locale) = &options.locale {
            config.locale.clone_from(locale);
        }
        if let Some(locale) = &options.data_locale {
            config.data_locale.clone_from(locale);
        }
        if options.utf16 {
            config.charset = Charset::Utf16;
        }
        for (name, value, must_comply) in &startup.options {
            if name == "protocolversion" {
                config.protocol_version.clone_from(value);
            } else {
                let option = HeaderOption { name: name.clone(), value: value.clone(), must_comply: *must_comply };
                config.options.push(option);
            }
        }
        Ok((Client::new(config, shell, now), startup.fragments()?))
    }

    /// Any call but the two that make a shell. `id` is that of the command it is about.
    pub(super) fn call(&mut self, call: Call, id: Option<CommandId>, now: Instant) {
        match call {
            Call::Run { command, id, line, argument, callback, .. } => {
                let pending = Pending::new(callback);
                let read = command_id(&id).and_then(|id| Ok((id, base64(&argument)?)));
                match (read, self.client()) {
                    (Ok((id, argument)), Some(client)) => {
                        client.command(id, &line, argument, now);
                        self.commands.insert(id, Command::new(command, pending));
                    }
                    (read, _) => self.refuse(Some(command), &pending, read.err()),
                }
            }
            Call::ConnectCommand { command, id, callback, .. } => {
                let pending = Pending::new(callback);
                match (command_id(&id), self.client()) {
                    (Ok(id), Some(client)) => {
                        client.connect_command(id, now);
                        self.commands.insert(id, Command::new(command, pending));
                    }
                    (read, _) => self.refuse(Some(command), &pending, read.err()),
                }
            }
            Call::Receive { command, operation, delayed, callback, .. } => {
                self.receive(command, id, Pending::of(operation, callback), delayed, now);
            }
            Call::Send { command, operation, stream, data, callback, .. } => {
                let pending = Pending::of(operation, callback);
                match (input_stream(&stream), self.client()) {
                    (Ok(stream), Some(client)) if command.is_some() == id.is_some() => {
                        client.send(id, stream, data, now);
                        match id {
                            None => self.streams.sends.push_back(pending),
                            Some(id) => match self.commands.get_mut(&id) {
                                Some(command) => command.streams.sends.push_back(pending),
                                None => self.refuse(command, &pending, None),
                            },
                        }
                    }
                    (read, _) => self.refuse(command, &pending, read.err()),
                }
            }
            Call::Signal { command, operation, code, callback, .. } => {
                let pending = Pending::of(operation, callback);
                let known = id.filter(|id| self.commands.contains_key(id));
                match (signal_code(&code), known, self.client()) {
                    (Ok(code), Some(id), Some(client)) => {
                        client.signal(id, code, now);
                        if let Some(command) = self.commands.get_mut(&id) {
                            command.signal = Some(pending);
                        }
                    }
                    (read, ..) => self.refuse(command, &pending, read.err()),
                }
            }
            Call::CloseCommand { command, callback } => self.close_command(command, id, Pending::new(callback), now),
            Call::CloseShell { callback, .. } => self.close_shell(Pending::new(callback), now),
            Call::Disconnect { flags, idle_timeout, callback, .. } => {
                let pending = Pending::new(callback);
                match self.client() {
                    Some(client) => {
                        client.disconnect(idle_timeout, buffer_mode(flags), now);
                        self.disconnect = Some(pending);
                    }
                    None => self.refuse(None, &pending, None),
                }
            }
            Call::Reconnect { callback, .. } => {
                let pending = Pending::new(callback);
                match &mut self.client {
                    Some(client) if self.life == Life::Disconnected => {
                        client.reconnect(None, now);
                        self.reconnect = Some(pending);
                    }
                    _ => self.refuse(None, &pending, None),
                }
            }
            Call::ReconnectCommand { command, callback } => {
                let pending = Pending::new(callback);
                match (id, self.client()) {
                    (Some(id), Some(client)) => {
                        client.reconnect(Some(id), now);
                        if let Some(command) = self.commands.get_mut(&id) {
                            command.reconnect = Some(pending);
                        }
                    }
                    _ => self.refuse(Some(command), &pending, None),
                }
            }
            Call::Create { .. } | Call::Connect { .. } => {} // made elsewhere
        }
    }

    /// The machine, as long as anything may be sent.
    pub(super) fn client(&mut self) -> Option<&mut Client> {
        self.client.as_mut().filter(|_| self.life == Life::Open && self.close.is_none())
    }

    pub(super) fn owner(&self, command: Option<Handle>) -> Owner {
        Owner { shell: self.handle, command }
    }

    fn refuse(&self, command: Option<Handle>, pending: &Pending, why: Option<Failure>) {
        let why = why.unwrap_or_else(|| Failure::new(code::ABORTED));
        pending.complete(self.owner(command), Err(&why));
    }

    fn receive(
        &mut self,
        command: Option<Handle>,
        id: Option<CommandId>,
        pending: Pending,
        delayed: bool,
        now: Instant,
    ) {
        if delayed {
            pending.tell(self.owner(command), flags::RECEIVE_DELAYED, Ok(Outcome::Done));
        } else if self.client().is_none() {
            return self.refuse(command, &pending, None);
        }
        let streams = match (command, id) {
            (None, _) => &mut self.streams,
            (Some(_), Some(id)) if self.commands.contains_key(&id) => match self.commands.get_mut(&id) {
                Some(command) => &mut command.streams,
                None => return,
            },
            _ => return self.refuse(command, &pending, None),
        };
        streams.receive = Some(pending);
        if !delayed && let Some(client) = &mut self.client {
            client.start_receiving(command.and(id), now);
        }
    }

    fn close_command(&mut self, handle: Handle, id: Option<CommandId>, pending: Pending, now: Instant) {
        let owner = self.owner(Some(handle));
        let Some((id, command)) = id.and_then(|id| Some((id, self.commands.get_mut(&id)?))) else {
            self.released.push(handle);
            return pending.complete(owner, Ok(Outcome::Done));
        };
        command.streams.abort(owner, &Failure::new(code::ABORTED));
        command.close = Some(pending);
        let starting = command.start.is_some();
        match self.client() {
            // the server must know the command before it can let it go
            Some(_) if starting => {}
            Some(client) => {
                client.stop_receiving(Some(id));
                client.signal(id, SignalCode::Terminate, now);
            }
            None => self.release(id),
        }
    }

    /// A command is closed.
    pub(super) fn release(&mut self, id: CommandId) {
        if let Some(mut command) = self.commands.remove(&id) {
            command.abort(self.owner(Some(command.handle)), &Failure::new(code::ABORTED));
            self.released.push(command.handle);
        }
    }

    fn close_shell(&mut self, pending: Pending, now: Instant) {
        self.close = Some(pending);
        self.close_deadline = Some(now + locked(&self.options).close);
        match (&mut self.client, self.life) {
            (Some(client), Life::Open) => {
                client.stop_receiving(None);
                client.delete(now);
                self.close_told_from = Some(now + CLOSING);
            }
            (Some(_), Life::Opening) => self.start = None, // deleted as soon as it is there
            _ => self.closed(),
        }
    }

    /// The server has let the shell go, or will not.
    pub(super) fn deleted(&mut self, now: Instant) {
        match self.close_told_from {
            Some(from) if from > now => {
                self.client = None;
                self.close_deadline = Some(from);
            }
            _ => self.closed(),
        }
    }

    pub(super) fn closed(&mut self) {
        self.life = Life::Closed;
        self.client = None;
        self.abort();
    }

    /// Whatever waits is given up; that the shell is closed is told last.
    pub(super) fn abort(&mut self) {
        let (failure, owner) = (Failure::new(code::ABORTED), self.owner(None));
        for id in self.commands.keys().copied().collect::<Vec<_>>() {
            self.release(id);
        }
        self.streams.abort(owner, &failure);
        let pending = [self.start.take(), self.disconnect.take(), self.reconnect.take()];
        pending.iter().flatten().for_each(|pending| pending.complete(owner, Err(&failure)));
        if let Some(close) = self.close.take() {
            close.complete(owner, Ok(Outcome::Done));
        }
    }

    pub(super) fn is_closing(&self) -> bool {
        self.close.is_some()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.life == Life::Closed
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let machine = self.client.as_ref().and_then(Client::poll_timeout);
        let signals = self.commands.values().filter_map(|command| command.obeyed);
        machine.into_iter().chain(self.close_deadline).chain(signals).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let Some(client) = &mut self.client {
            client.handle_timeout(now);
        }
        let late = self.commands.iter().filter(|(_, command)| command.obeyed.is_some_and(|at| at <= now));
        for id in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.obeyed(id);
        }
        if self.close_deadline.is_some_and(|deadline| deadline <= now) {
            self.close_deadline = None;
            self.closed();
        }
    }

    pub(super) fn poll_output(&mut self) -> Option<Outgoing> {
        self.client.as_mut()?.poll_output()
    }

    /// The answer to a request, or that there will be none.
    pub(super) fn exchanged(&mut self, exchange: ExchangeId, answered: Result<Answered, ClientError>, now: Instant) {
        let Some(client) = &mut self.client else { return };
        match answered {
            Ok(answer) => client.receive(exchange, answer.status, answer.content_type.as_deref(), &answer.body, now),
            Err(error) => {
                self.failures.insert(exchange, error);
                client.lost(exchange, now);
            }
        }
    }

    /// The next thing that has happened.
    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.client.as_mut()?.poll_event()
    }

    pub(super) fn failed_to_open(&mut self, failure: &Failure) {
        self.life = Life::Failed;
        self.client = None;
        if let Some(start) = self.start.take() {
            start.complete(self.owner(None), Err(failure));
        }
        if self.close.is_some() {
            self.closed();
        }
    }
}

/// How long closing a shell takes at least, as PowerShell sees it. It tells its subscribers of `Closing` and of `Closed` by one work item
/// of its thread pool each, and nothing keeps these in order: when a server answers within a millisecond, the second may overtake the
/// first. The module of `Import-PSSession` then unsubscribes inside its handler of `Closed` while `Closing` still waits, and
/// PowerShell waits for itself for ever (`PSLocalEventManager.DrainPendingActions`).
const CLOSING: Duration = Duration::from_millis(25);

/// `WSMAN_FLAG_SERVER_BUFFERING_MODE_DROP` and `…_BLOCK`.
fn buffer_mode(flags: u32) -> Option<BufferMode> {
    match flags & 0xC {
        4 => Some(BufferMode::Drop),
        8 => Some(BufferMode::Block),
        _ => None,
    }
}

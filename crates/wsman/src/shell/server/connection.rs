use std::hash::Hash;
use std::time::Instant;

use bytes::Bytes;

use super::event::{Caller, Event, ShellKey};
use super::shell::State;
use super::ticket::{TicketId, WaitsFor};
use super::user::UserKey;
use super::{Server, same_session};
use crate::action::{BufferMode, Connect, ConnectResponse, Disconnect, Reconnect, Response};
use crate::fault::Fault;
use crate::header::Header;
use crate::id::CommandId;
use crate::reply::Outcome;

impl<I: Clone + Eq + Hash> Server<I> {
    /// The client leaves; its shell goes on. What waits for output is told so.
    pub(super) fn disconnect(
        &mut self,
        user: UserKey,
        header: &Header,
        disconnect: Disconnect,
        now: Instant,
    ) -> Result<Response, Fault> {
        let idle_timeout = self.idle_timeout(disconnect.idle_timeout)?;
        let high = self.config.limits.output_high;
        let (key, shell) = self.configured_shell(user, header)?;
        if !shell.chosen_id {
            return Err(Fault::DisconnectNotSupported);
        }
        if !same_session(shell.session_id.as_ref(), header.session_id.as_ref()) {
            return Err(Fault::SessionIdMismatch);
        }
        match shell.state {
            State::Connected | State::Disconnected => {}
            _ => return Err(Fault::DisconnectInvalid),
        }
        shell.state = State::Disconnected;
        shell.last_active = now;
        shell.idle_timeout = idle_timeout.unwrap_or(shell.idle_timeout);
        if let Some(mode) = disconnect.buffer_mode {
            shell.buffer_mode = mode;
        }
        let lossy = shell.buffer_mode == BufferMode::Drop;
        let mut waiting = Vec::new();
        let mut signals = Vec::new();
        let mut targets = vec![None];
        targets.extend(shell.commands.keys().copied().map(Some));
        for target in &targets {
            if let Some(queue) = shell.queue(*target) {
                waiting.extend(queue.parked.take());
                if lossy {
                    queue.lose(high);
                }
            }
        }
        for command in shell.commands.values_mut() {
            signals.append(&mut command.stops);
        }
        if let Some(idle_timeout) = idle_timeout {
            self.arm_idle(key, now + idle_timeout);
        }
        for ticket in waiting {
            self.finish(ticket, Outcome::Fault(Fault::StreamDisconnected), now);
        }
        for ticket in signals {
            self.finish(ticket, Outcome::Response(Response::Signal), now);
        }
        self.events.push_back(Event::Disconnected { shell: key });
        if lossy {
            for target in targets {
                self.drained(key, target);
            }
        }
        Ok(Response::Disconnect)
    }

    /// The same client instance is back.
    pub(super) fn reconnect(
        &mut self,
        user: UserKey,
        header: &Header,
        reconnect: Reconnect,
        now: Instant,
    ) -> Result<Response, Fault> {
        let (key, shell) = self.configured_shell(user, header)?;
        let same = same_session(shell.session_id.as_ref(), header.session_id.as_ref());
        let was_connected = match shell.state {
            State::Connected if same => true,
            State::Disconnected if same => false,
            State::Connected | State::Connecting(..) => return Err(Fault::ConnectedElsewhere),
            State::Disconnected => return Err(Fault::SessionIdMismatch),
            State::Creating(_) | State::Ended(_) => return Err(Fault::ReconnectInvalid),
        };
        shell.last_active = now;
        if let Some(id) = reconnect.command {
            // Some bring their commands back before, some after their shell.
            return self.command_connected(key, id).map(|()| Response::Reconnect);
        }
        if let Some(mode) = reconnect.buffer_mode {
            shell.buffer_mode = mode;
        }
        shell.state = State::Connected;
        if !was_connected {
            self.events.push_back(Event::Reconnected { shell: key });
        }
        Ok(Response::Reconnect)
    }

    /// Another client instance of the same user. PSRP decides.
    pub(super) fn connect(
        &mut self,
        ticket: TicketId,
        user: UserKey,
        caller: &Caller<I>,
        header: Header,
        connect: Connect,
        now: Instant,
    ) -> Result<Option<Response>, Fault> {
        self.protocol_version(&header, false)?;
        let (key, shell) = self.configured_shell(user, &header)?;
        shell.last_active = now;
        if let Some(id) = connect.command {
            // The shell was connected before, by this instance.
            if !shell.is_connected() || !same_session(shell.session_id.as_ref(), header.session_id.as_ref()) {
                return Err(Fault::ConnectedElsewhere);
            }
            self.command_connected(key, id)?;
            return Ok(Some(Response::Connect(ConnectResponse::default())));
        }
        match shell.state {
            State::Disconnected => {}
            State::Connected | State::Connecting(..) => return Err(Fault::ConnectedElsewhere),
            State::Creating(_) | State::Ended(_) => return Err(Fault::ReconnectInvalid),
        }
        shell.state = State::Connecting(ticket, header.session_id);
        if let Some(t) = self.tickets.get_mut(&ticket) {
            t.waits_for = WaitsFor::Verdict;
        }
        let address = caller.address.clone();
        self.events.push_back(Event::Connect { shell: key, address, data: connect.connect });
        Ok(None)
    }

    /// The client of an [`Event::Connect`] is let in, and this is PSRP's answer in fragments. What else it is to get goes
    /// through `write`.
    pub fn accept_connect(&mut self, key: ShellKey, answer: Bytes, now: Instant) {
        let Some(shell) = self.shells.get_mut(&key) else { return };
        let State::Connecting(ticket, session) = &mut shell.state else { return };
        let ticket = *ticket;
        shell.session_id = session.take();
        shell.state = State::Connected;
        shell.last_active = now;
        let response = ConnectResponse { connect: Some(answer) };
        self.finish(ticket, Outcome::Response(Response::Connect(response)), now);
    }

    /// The client of an [`Event::Connect`] is not let in; the shell stays as it was.
    pub fn refuse_connect(&mut self, key: ShellKey, fault: Fault, now: Instant) {
        let Some(shell) = self.shells.get_mut(&key) else { return };
        let State::Connecting(ticket, _) = shell.state else { return };
        shell.state = State::Disconnected;
        shell.last_active = now;
        self.finish(ticket, Outcome::Fault(fault), now);
    }

    fn command_connected(&mut self, key: ShellKey, id: CommandId) -> Result<(), Fault> {
        let known = self.shells.get(&key).is_some_and(|shell| shell.commands.contains_key(&id));
        if !known {
            return Err(Fault::CommandNotFound);
        }
        self.events.push_back(Event::CommandConnected { shell: key, command: id });
        Ok(())
    }

    fn configured_shell(
        &mut self,
        user: UserKey,
        header: &Header,
    ) -> Result<(ShellKey, &mut super::shell::Shell), Fault> {
        if !header.resource.is_configuration(&self.config.configuration) {
            return Err(Fault::UnknownResource);
        }
        self.shell_of(user, header)
    }
}

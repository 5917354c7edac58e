use std::hash::Hash;
use std::time::Instant;

use super::Server;
use super::event::{Event, ShellKey};
use super::output::OutputQueue;
use super::shell;
use super::ticket::{TicketId, WaitsFor};
use super::timers::Timer;
use super::user::UserKey;
use crate::action::{Command, CommandResponse, Response, Send, Signal, SignalCode};
use crate::fault::Fault;
use crate::header::Header;
use crate::id::CommandId;
use crate::reply::Outcome;
use crate::xpress::{self, Lz77Huffman};

/// Characters of a command line that are kept: clients send no more.
const LINE: usize = 256;
/// Commands of one shell that are over and not yet released.
const LINGERING: usize = 1000;

impl<I: Clone + Eq + Hash> Server<I> {
    /// Answered before PSRP has seen it: the client sends the rest only then.
    pub(super) fn command(
        &mut self,
        user: UserKey,
        header: &Header,
        command: Command,
        now: Instant,
    ) -> Result<Response, Fault> {
        let limit = self.config.limits.commands_per_shell;
        let (key, shell) = self.connected_shell(user, header, now)?;
        if !shell.is_connected() {
            return Err(Fault::ShellNotFound);
        }
        let id = command.command.unwrap_or_default();
        if shell.commands.contains_key(&id) {
            return Err(Fault::DuplicateCommandId);
        }
        // Those that are over and told so are small and soon forgotten, but not for nothing.
        if shell.unreported() >= limit || shell.commands.len() >= limit + LINGERING {
            return Err(Fault::CommandsPerShell(limit));
        }
        let line: String = command.line.chars().take(LINE).collect();
        let list_line = line.clone();
        shell
            .commands
            .insert(id, shell::Command { line, output: OutputQueue::default(), linger: None, stops: Vec::new() });
        if let Some(user) = self.users.get_mut(&user) {
            user.operations += 1;
        }
        self.events.push_back(Event::Command {
            shell: key,
            command: id,
            line: list_line,
            arguments: command.arguments,
        });
        Ok(Response::Command(CommandResponse { command: id }))
    }

    /// All of it or nothing: every stream is looked at before the first is handed out.
    pub(super) fn send(
        &mut self,
        user: UserKey,
        header: &Header,
        mut send: Send,
        now: Instant,
    ) -> Result<Response, Fault> {
        let limit = self.config.limits.decompressed;
        let (key, shell) = self.connected_shell(user, header, now)?;
        if !shell.is_connected() {
            return Err(Fault::ShellNotFound);
        }
        let compressed = shell.compressed;
        for input in &mut send.streams {
            if let Some(id) = input.command
                && !shell.commands.contains_key(&id)
            {
                return Err(Fault::CommandNotFound);
            }
            if compressed && !input.data.is_empty() {
                input.data = xpress::decode(&input.data, limit, &Lz77Huffman)
                    .map_err(|_| Fault::Schema("A Stream is not compressed as it must be."))?;
            }
        }
        // Answers to host calls overtake what is queued.
        send.streams.sort_by_key(|input| input.stream);
        // Input for a command that is over is dropped: the two crossed on their way.
        let over = |id: CommandId| shell.commands.get(&id).is_none_or(|command| command.output.is_finished());
        send.streams.retain(|input| !input.data.is_empty() && !input.command.is_some_and(over));
        for input in send.streams {
            let (stream, data) = (input.stream, input.data);
            self.events.push_back(Event::Input { shell: key, command: input.command, stream, data });
        }
        Ok(Response::Send)
    }

    pub(super) fn signal(
        &mut self,
        ticket: TicketId,
        user: UserKey,
        header: &Header,
        signal: Signal,
        now: Instant,
    ) -> Result<Option<Response>, Fault> {
        let patience = self.config.limits.stop_patience;
        let (key, shell) = self.connected_shell(user, header, now)?;
        let Some(id) = signal.command else { return Ok(Some(Response::Signal)) };
        let command = shell.commands.get_mut(&id).ok_or(Fault::CommandNotFound)?;
        if signal.code == SignalCode::Terminate {
            self.release(key, id, now);
            return Ok(Some(Response::Signal));
        }
        if command.output.is_finished() {
            return Ok(Some(Response::Signal));
        }
        command.stops.push(ticket);
        shell.waiting += 1;
        let deadline = now + patience;
        if let Some(t) = self.tickets.get_mut(&ticket) {
            t.waits_for = WaitsFor::End(key, id);
            t.deadline = Some(deadline);
        }
        self.timers.arm(deadline, Timer::Ticket(ticket));
        self.events.push_back(Event::Stop { shell: key, command: id });
        Ok(None)
    }

    /// Forgets a command: its client released it, or it was over for long enough.
    pub(super) fn release(&mut self, key: ShellKey, id: CommandId, now: Instant) {
        let Some(shell) = self.shells.get_mut(&key) else { return };
        let Some(command) = shell.commands.remove(&id) else { return };
        let user = shell.user;
        if !command.output.is_finished()
            && let Some(user) = self.users.get_mut(&user)
        {
            user.operations = user.operations.saturating_sub(1);
        }
        self.events.push_back(Event::Released { shell: key, command: id });
        self.forget_linger(key, id, command.linger);
        self.end_command(command, &Fault::Aborted, now);
    }

    /// Answers what waits for a command that was taken out of its shell.
    pub(super) fn end_command(&mut self, command: shell::Command, fault: &Fault, now: Instant) {
        if let Some(ticket) = command.output.parked {
            self.finish(ticket, Outcome::Fault(fault.clone()), now);
        }
        for ticket in command.stops {
            self.finish(ticket, Outcome::Response(Response::Signal), now);
        }
    }

    /// A command that is over is forgotten after a while, if its client does not release it.
    pub(super) fn linger(&mut self, key: ShellKey, id: CommandId, now: Instant) {
        let at = now + self.config.limits.linger;
        let Some(command) = self.shells.get_mut(&key).and_then(|shell| shell.commands.get_mut(&id)) else { return };
        let old = command.linger.replace(at);
        self.forget_linger(key, id, old);
        self.timers.arm(at, Timer::Linger(key, id));
    }

    /// Its client may not know that it is over: it stays.
    pub(super) fn stay(&mut self, key: ShellKey, id: CommandId) {
        let command = self.shells.get_mut(&key).and_then(|shell| shell.commands.get_mut(&id));
        let old = command.and_then(|command| command.linger.take());
        self.forget_linger(key, id, old);
    }

    pub(super) fn forget_linger(&mut self, key: ShellKey, id: CommandId, at: Option<Instant>) {
        if let Some(at) = at {
            self.timers.disarm(at, Timer::Linger(key, id));
        }
    }
}

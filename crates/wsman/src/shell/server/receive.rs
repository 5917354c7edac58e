use std::hash::Hash;
use std::time::Instant;

use bytes::Bytes;
use thiserror::Error;

use super::Server;
use super::event::{Delivery, ExchangeId, Output, Room, ShellKey};
use super::output::{End, Given};
use super::repeats::RepeatKey;
use super::shell::State;
use super::ticket::{Exchange, TicketId, WaitsFor};
use super::timers::Timer;
use super::user::UserKey;
use crate::action::{CommandState, Receive, ReceiveResponse, Response};
use crate::fault::Fault;
use crate::header::Header;
use crate::id::CommandId;
use crate::reply::{Outcome, Reply};

/// The shell or command that output was for is gone. End what makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the shell or the command is gone")]
pub struct Gone;

/// An answer with fewer raw bytes than this is not worth it.
const LEAST_ROOM: usize = 256;

impl<I: Clone + Eq + Hash> Server<I> {
    /// A Receive waits for output, but not longer than its client does.
    pub(super) fn park(
        &mut self,
        ticket: TicketId,
        user: UserKey,
        header: &Header,
        receive: Receive,
        now: Instant,
    ) -> Result<Option<Response>, Fault> {
        let limits = &self.config.limits;
        let asked = header.operation_timeout.unwrap_or(limits.max_timeout).min(limits.max_timeout);
        let wait = asked.saturating_sub(limits.timeout_margin).max(asked / 2);
        let t = self.tickets.get(&ticket).ok_or_else(Fault::internal)?;
        let (key_of_request, room) = (t.key.clone(), raw_room(t.room));
        let (key, shell) = self.connected_shell(user, header, now)?;
        if shell.queue(receive.command).is_none() {
            return Err(Fault::CommandNotFound);
        }
        if room < LEAST_ROOM {
            return Err(Fault::ResponseTooLarge);
        }
        shell.waiting += 1;
        let queue = shell.queue(receive.command).ok_or(Fault::CommandNotFound)?;
        let older = queue.parked.replace(ticket);
        let last = queue.last_receive.replace(key_of_request.clone()).filter(|last| *last != key_of_request);
        let deadline = now + wait;
        if let Some(t) = self.tickets.get_mut(&ticket) {
            t.waits_for = WaitsFor::Output(key, receive.command);
            t.deadline = Some(deadline);
            t.room = room;
        }
        self.timers.arm(deadline, Timer::Ticket(ticket));
        if let Some(older) = older {
            // A client that lost its connection takes over.
            self.finish(older, Outcome::Fault(Fault::TimedOut), now);
        }
        if let Some(last) = last
            && let Some(user) = self.users.get_mut(&user)
        {
            // Whoever asks for more has got what was before.
            user.repeats.forget(&last);
        }
        self.pump(key, receive.command, now);
        Ok(None)
    }

    /// Takes output of a shell, or of one of its commands, for its client. It is never refused for want of room: `Full`
    /// asks the producer to wait for `Drained` before the next.
    pub fn write(
        &mut self,
        key: ShellKey,
        command: Option<CommandId>,
        output: Output,
        now: Instant,
    ) -> Result<Room, Gone> {
        let high = self.config.limits.output_high;
        let shell = self.shells.get_mut(&key).ok_or(Gone)?;
        if matches!(shell.state, State::Ended(_)) {
            return Err(Gone);
        }
        let lossy = shell.is_lossy();
        let user = shell.user;
        let queue = shell.queue(command).ok_or(Gone)?;
        if queue.is_finished() {
            return Err(Gone);
        }
        let over = output.last && command.is_some();
        queue.write(output, high, lossy);
        if over && let Some(user) = self.users.get_mut(&user) {
            user.operations = user.operations.saturating_sub(1);
        }
        self.pump(key, command, now);
        if over {
            self.ended(key, command, now);
        }
        Ok(self.shells.get_mut(&key).and_then(|shell| shell.queue(command)).map_or(Room::Open, |q| q.room(high)))
    }

    /// A command is over: nothing waits for its end any more, and after a while it is forgotten.
    fn ended(&mut self, key: ShellKey, command: Option<CommandId>, now: Instant) {
        let Some(id) = command else { return };
        let Some(command) = self.shells.get_mut(&key).and_then(|shell| shell.commands.get_mut(&id)) else { return };
        // A client that hears that its signal was obeyed before it hears the end makes up an end of its own.
        if command.output.given.as_ref().is_some_and(|given| given.done) {
            return;
        }
        for ticket in std::mem::take(&mut command.stops) {
            self.finish(ticket, Outcome::Response(Response::Signal), now);
        }
    }

    /// Gives output to the Receive that waits for it, if both are there. While something is under way to a connection
    /// nothing else is given: it may come back, and order matters.
    pub(super) fn pump(&mut self, key: ShellKey, command: Option<CommandId>, now: Instant) {
        let Some(shell) = self.shells.get_mut(&key) else { return };
        let ended = match &shell.state {
            State::Ended(ended) => Some(ended.fault(command)),
            _ => None,
        };
        let user = shell.user;
        let Some(queue) = shell.queue(command) else { return };
        let Some(ticket) = queue.parked else { return };
        if queue.given.is_some() {
            return;
        }
        let news = !queue.is_empty() || queue.end == End::Written;
        if !news {
            let fault = if queue.end == End::Told { Some(Fault::CommandNotFound) } else { ended };
            if let Some(fault) = fault {
                queue.parked = None;
                self.finish(ticket, Outcome::Fault(fault), now);
            }
            return;
        }
        let Some(t) = self.tickets.get(&ticket) else { return };
        let Some((exchange, _)) = t.exchanges.last().copied() else { return };
        let (room, repeat) = (t.room, t.key.clone());
        let data = queue.take(room);
        let done = queue.is_finished() && queue.is_empty();
        let pending = queue.is_empty() && std::mem::take(&mut queue.pending);
        if done {
            queue.end = End::Told;
        }
        queue.parked = None;
        queue.given = Some(Given { exchange, key: repeat, data: data.clone(), done });
        let state = match (command, done, pending) {
            (None, ..) => None,
            (_, true, _) => Some(CommandState::Done),
            (_, _, true) => Some(CommandState::Pending),
            _ => Some(CommandState::Running),
        };
        if let (true, Some(id)) = (done, command) {
            self.linger(key, id, now);
        }
        let response = ReceiveResponse { command, data, state };
        self.finish(ticket, Outcome::Response(Response::Receive(response)), now);
        self.exchanges.insert(exchange, Exchange::Given(user, key, command));
        self.drained(key, command);
    }

    /// What was given to a connection has arrived, or comes back.
    pub(super) fn arrived(
        &mut self,
        exchange: ExchangeId,
        user: UserKey,
        key: ShellKey,
        command: Option<CommandId>,
        delivery: Delivery,
        now: Instant,
    ) {
        if delivery == Delivery::Lost {
            self.replies.retain(|(waiting, _)| *waiting != exchange);
        }
        let Some(queue) = self.shells.get_mut(&key).and_then(|shell| shell.queue(command)) else { return };
        let Some(given) = queue.given.take_if(|given| given.exchange == exchange) else { return };
        if delivery == Delivery::Lost {
            let over = given.done;
            queue.put_back(given.data);
            if given.done {
                queue.end = End::Written;
            }
            if let Some(user) = self.users.get_mut(&user) {
                // If the client asks the same again, it is to be asked as if for the first time.
                user.repeats.forget(&given.key);
            }
            if let (true, Some(id)) = (over, command) {
                self.stay(key, id);
            }
        } else if given.done {
            self.ended(key, command, now);
        }
        self.pump(key, command, now);
    }

    /// The answer to a Receive goes out once more: from now on this connection has it.
    pub(super) fn given_again(
        &mut self,
        exchange: ExchangeId,
        user: UserKey,
        header: &Header,
        key: &RepeatKey,
        reply: &Reply,
    ) {
        let Outcome::Response(Response::Receive(received)) = &reply.outcome else { return };
        let Ok((shell_key, shell)) = self.shell_of(user, header) else { return };
        let Some(queue) = shell.queue(received.command) else { return };
        if queue.last_receive.as_ref() != Some(key) {
            return;
        }
        let done = received.state == Some(CommandState::Done);
        let data: Vec<Bytes> = received.data.clone();
        let old = queue.given.replace(Given { exchange, key: key.clone(), data, done });
        if let Some(old) = old {
            self.exchanges.remove(&old.exchange);
        }
        self.exchanges.insert(exchange, Exchange::Given(user, shell_key, received.command));
    }

    /// A request has waited long enough.
    pub(super) fn expire(&mut self, ticket: TicketId, now: Instant) {
        let Some(t) = self.tickets.get_mut(&ticket) else { return };
        t.deadline = None;
        match t.waits_for {
            WaitsFor::Output(key, command) => {
                self.unpark(ticket, key, command);
                self.finish(ticket, Outcome::Fault(Fault::TimedOut), now);
            }
            WaitsFor::End(key, command) => {
                if let Some(command) = self.shells.get_mut(&key).and_then(|shell| shell.commands.get_mut(&command)) {
                    command.stops.retain(|waiting| *waiting != ticket);
                }
                self.finish(ticket, Outcome::Response(Response::Signal), now);
            }
            WaitsFor::Verdict | WaitsFor::Nothing => {}
        }
    }

    /// Nobody waits for the answer of this Receive any more.
    pub(super) fn abandon(&mut self, ticket: TicketId, now: Instant) {
        let Some(t) = self.close_ticket(ticket, now) else { return };
        if let WaitsFor::Output(key, command) = t.waits_for {
            self.unpark(ticket, key, command);
        }
        if let Some(user) = self.users.get_mut(&t.user) {
            user.repeats.forget(&t.key);
        }
    }

    fn unpark(&mut self, ticket: TicketId, key: ShellKey, command: Option<CommandId>) {
        if let Some(queue) = self.shells.get_mut(&key).and_then(|shell| shell.queue(command)) {
            queue.parked.take_if(|parked| *parked == ticket);
        }
    }
}

/// Raw bytes that fit into that many characters of base64, the heads of compressed blocks included.
fn raw_room(characters: usize) -> usize {
    let raw = characters / 4 * 3;
    raw.saturating_sub(4 * (raw / 65536 + 1))
}

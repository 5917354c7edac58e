//! The server's machine: shells, commands, and the requests that wait for them.
//!
//! Everything that touches bytes is outside: read a [`Request`] before, [`Reply::render`] after. What is in here moves
//! values, so one lock around it serves many connections.

mod closing;
mod command;
mod config;
mod connection;
mod create;
mod event;
mod list;
mod output;
mod receive;
mod repeats;
mod shell;
mod ticket;
mod timers;
mod user;

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use config::{Config, Limits};
pub use event::{Caller, CloseReason, Delivery, Event, ExchangeId, NewShell, Output, Room, ShellKey};
pub use receive::Gone;

use repeats::{Known, RepeatKey};
use shell::Shell;
use ticket::{Exchange, Ticket, TicketId, WaitsFor};
use timers::{Timer, Timers};
use user::{User, UserKey};

use crate::action::{IdentifyResponse, Operation, Response};
use crate::envelope::{Charset, escaped_len};
use crate::fault::Fault;
use crate::header::{Header, ShellSelector};
use crate::id::CommandId;
use crate::reply::{Outcome, Reply};
use crate::request::Request;

/// Characters that the frame of an answer takes, its MessageID aside.
const FRAME: usize = 2560;
/// How often kept answers are looked through.
const SWEEP: Duration = Duration::from_secs(65);

/// How much a server holds; all of it is bounded by its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Users of whom anything is known.
    pub users: usize,
    /// Shells.
    pub shells: usize,
    /// Commands.
    pub commands: usize,
    /// Requests that wait for their answer.
    pub waiting: usize,
    /// Answers that are kept for clients that ask again.
    pub kept_answers: usize,
    /// Exchanges of which it is not yet known what became of them.
    pub exchanges: usize,
    /// Things that become due.
    pub timers: usize,
}

/// The server's half of WS-Management and the remote shell. `I` is how users are told apart.
#[derive(Debug)]
pub struct Server<I> {
    config: Config,
    users: HashMap<UserKey, User<I>>,
    user_keys: HashMap<I, UserKey>,
    shells: HashMap<ShellKey, Shell>,
    tickets: HashMap<TicketId, Ticket>,
    exchanges: HashMap<ExchangeId, Exchange>,
    timers: Timers,
    sweeping: bool,
    replies: VecDeque<(ExchangeId, Reply)>,
    events: VecDeque<Event<I>>,
    last_number: u64,
}

impl<I: Clone + Eq + Hash> Server<I> {
    /// A server without shells.
    pub fn new(config: Config) -> Server<I> {
        Server {
            config,
            users: HashMap::new(),
            user_keys: HashMap::new(),
            shells: HashMap::new(),
            tickets: HashMap::new(),
            exchanges: HashMap::new(),
            timers: Timers::default(),
            sweeping: false,
            replies: VecDeque::new(),
            events: VecDeque::new(),
            last_number: 0,
        }
    }

    /// What the server is.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The answer to Identify from somebody unknown: no version, no ways to log on (MS-WSMV 3.1.4.1.23).
    pub fn identify_stranger(config: &Config, charset: Charset) -> Reply {
        let response = IdentifyResponse { vendor: config.vendor.clone(), version: None, profiles: Vec::new() };
        let outcome = Outcome::Response(Response::Identify(response));
        Reply::new(None, outcome, charset, config.machine.clone())
    }

    /// Takes a request. Its answer comes from [`Server::poll_output`], at once or later, exactly once for every exchange
    /// whose connection was not reported lost before.
    pub fn receive(&mut self, exchange: ExchangeId, caller: &Caller<I>, request: Request, now: Instant) {
        let Request { header, operation, charset } = request;
        if operation == Operation::Identify {
            let response = IdentifyResponse {
                vendor: self.config.vendor.clone(),
                version: Some(self.config.version.clone()),
                profiles: self.config.profiles.clone(),
            };
            return self.answer(exchange, &header, charset, Outcome::Response(Response::Identify(response)));
        }
        if !caller.allowed {
            return self.answer(exchange, &header, charset, Outcome::Fault(Fault::AccessDenied));
        }
        let user = self.user(&caller.identity);
        let key = RepeatKey { action: operation.action(), message_id: header.message_id.clone() };
        let known = self.users.get(&user).and_then(|u| u.repeats.find(&key, header.operation_id.as_ref()));
        match known {
            Some(Known::Done(key, reply)) => return self.resend(exchange, user, &header, charset, &key, *reply),
            Some(Known::Running(ticket)) => return self.join(exchange, charset, ticket),
            None => {}
        }
        let ticket = TicketId(self.number());
        let room = self.room(&header, charset);
        if let Some(u) = self.users.get_mut(&user) {
            u.repeats.start(key.clone(), header.operation_id.as_ref(), ticket);
            u.operations += 1;
        }
        let waits_for = WaitsFor::Nothing;
        let exchanges = vec![(exchange, charset)];
        let message_id = header.message_id.clone();
        self.tickets.insert(ticket, Ticket { user, key, message_id, exchanges, room, waits_for, deadline: None });
        self.exchanges.insert(exchange, Exchange::Waiting(ticket));
        match self.dispatch(ticket, user, caller, header, operation, charset, now) {
            Ok(Some(response)) => self.finish(ticket, Outcome::Response(response), now),
            Ok(None) => {}
            Err(fault) => self.finish(ticket, Outcome::Fault(fault), now),
        }
        if !self.sweeping {
            self.sweeping = true;
            self.timers.arm(now + SWEEP, Timer::Sweep);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one call, and all of it is needed")]
    fn dispatch(
        &mut self,
        ticket: TicketId,
        user: UserKey,
        caller: &Caller<I>,
        header: Header,
        operation: Operation,
        charset: Charset,
        now: Instant,
    ) -> Result<Option<Response>, Fault> {
        let operations = self.users.get(&user).map_or(0, |u| u.operations);
        // Whoever is over the limit must still be able to end something.
        let frees = matches!(operation, Operation::Delete | Operation::Signal(_) | Operation::Disconnect(_));
        if operations > self.config.limits.operations_per_user && !frees {
            return Err(Fault::Operations);
        }
        match operation {
            Operation::Create(create) => self.create(ticket, user, caller, header, create, charset, now),
            Operation::Get => self.get(user, &header, now).map(Some),
            Operation::Enumerate(enumerate) => self.enumerate(ticket, user, &header, &enumerate, now).map(Some),
            Operation::Pull(pull) => self.pull(ticket, user, &pull, now).map(Some),
            Operation::Release(release) => self.release_list(user, &release).map(Some),
            Operation::Delete => self.delete(user, &header, now).map(Some),
            Operation::Command(command) => self.command(user, &header, command, now).map(Some),
            Operation::Send(send) => self.send(user, &header, send, now).map(Some),
            Operation::Receive(receive) => self.park(ticket, user, &header, receive, now),
            Operation::Signal(signal) => self.signal(ticket, user, &header, signal, now),
            Operation::Disconnect(disconnect) => self.disconnect(user, &header, disconnect, now).map(Some),
            Operation::Reconnect(reconnect) => self.reconnect(user, &header, reconnect, now).map(Some),
            Operation::Connect(connect) => self.connect(ticket, user, caller, header, connect, now),
            Operation::Identify => Err(Fault::internal()),
        }
    }

    /// How much the server holds.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            users: self.users.len(),
            shells: self.shells.len(),
            commands: self.shells.values().map(|shell| shell.commands.len()).sum(),
            waiting: self.tickets.len(),
            kept_answers: self.users.values().map(|user| user.repeats.len()).sum(),
            exchanges: self.exchanges.len(),
            timers: self.timers.len(),
        }
    }

    /// Takes the next answer. Make bytes of it, write it, and say with [`Server::settle`] what became of it: every answer
    /// must be settled, for output that is under way holds back what follows it.
    pub fn poll_output(&mut self) -> Option<(ExchangeId, Reply)> {
        self.replies.pop_front()
    }

    /// Takes the next thing that the server's surroundings are to do.
    pub fn poll_event(&mut self) -> Option<Event<I>> {
        self.events.pop_front()
    }

    /// When [`Server::handle_timeout`] is to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.due(now) {
            match timer {
                Timer::Ticket(ticket) => self.expire(ticket, now),
                Timer::Idle(key) => self.idle(key, now),
                Timer::Linger(key, command) => self.release(key, command, now),
                Timer::Sweep => self.sweep(now),
            }
        }
    }

    /// Says what became of an exchange: its answer was written, or its connection died, before or after there was an
    /// answer. Output that did not arrive goes back to its place; the next Receive gets it.
    pub fn settle(&mut self, exchange: ExchangeId, delivery: Delivery, now: Instant) {
        match self.exchanges.remove(&exchange) {
            Some(Exchange::Waiting(ticket)) => {
                if delivery == Delivery::Written {
                    // There was no answer yet, so this cannot be.
                    self.exchanges.insert(exchange, Exchange::Waiting(ticket));
                    return;
                }
                let Some(t) = self.tickets.get_mut(&ticket) else { return };
                t.exchanges.retain(|(waiting, _)| *waiting != exchange);
                if t.exchanges.is_empty() && matches!(t.waits_for, WaitsFor::Output(..)) {
                    self.abandon(ticket, now);
                }
            }
            Some(Exchange::Given(user, shell, command)) => self.arrived(exchange, user, shell, command, delivery, now),
            None => self.replies.retain(|(waiting, _)| delivery == Delivery::Written || *waiting != exchange),
        }
    }

    /// Answers a ticket.
    fn finish(&mut self, ticket: TicketId, outcome: Outcome, now: Instant) {
        let Some(t) = self.close_ticket(ticket, now) else { return };
        let mut reply = Reply::new(Some(t.message_id.clone()), outcome, Charset::Utf8, self.config.machine.clone());
        if let Outcome::Response(Response::Receive(_)) = &reply.outcome
            && let WaitsFor::Output(shell, _) = t.waits_for
        {
            reply.compressed = self.shells.get(&shell).is_some_and(|shell| shell.compressed);
        }
        for (exchange, charset) in &t.exchanges {
            self.exchanges.remove(exchange);
            let mut reply = reply.clone();
            reply.charset = *charset;
            self.replies.push_back((*exchange, reply));
        }
        let limits = &self.config.limits;
        if let Some(user) = self.users.get_mut(&t.user) {
            user.repeats.done(&t.key, reply, now);
            user.repeats.trim(now, limits.repeat_age, limits.repeat_count, limits.repeat_bytes);
        }
    }

    /// Takes a ticket out of everything that counts it.
    fn close_ticket(&mut self, ticket: TicketId, now: Instant) -> Option<Ticket> {
        let t = self.tickets.remove(&ticket)?;
        if let Some(at) = t.deadline {
            self.timers.disarm(at, Timer::Ticket(ticket));
        }
        if let Some(user) = self.users.get_mut(&t.user) {
            user.operations = user.operations.saturating_sub(1);
        }
        if let WaitsFor::Output(shell, _) | WaitsFor::End(shell, _) = t.waits_for
            && let Some(shell) = self.shells.get_mut(&shell)
        {
            shell.waiting = shell.waiting.saturating_sub(1);
            shell.last_active = now;
        }
        Some(t)
    }

    /// Answers without a trace: nothing was done.
    fn answer(&mut self, exchange: ExchangeId, header: &Header, charset: Charset, outcome: Outcome) {
        let reply = Reply::new(Some(header.message_id.clone()), outcome, charset, self.config.machine.clone());
        self.replies.push_back((exchange, reply));
    }

    /// The same request again, and its answer is known.
    fn resend(
        &mut self,
        exchange: ExchangeId,
        user: UserKey,
        header: &Header,
        charset: Charset,
        key: &RepeatKey,
        mut reply: Reply,
    ) {
        reply.charset = charset;
        reply.relates_to = Some(header.message_id.clone());
        self.given_again(exchange, user, header, key, &reply);
        self.replies.push_back((exchange, reply));
    }

    /// The same request again, and it still runs.
    fn join(&mut self, exchange: ExchangeId, charset: Charset, ticket: TicketId) {
        let Some(t) = self.tickets.get_mut(&ticket) else { return };
        let left =
            if matches!(t.waits_for, WaitsFor::Output(..)) { std::mem::take(&mut t.exchanges) } else { Vec::new() };
        t.exchanges.push((exchange, charset));
        let message_id = t.message_id.clone();
        self.exchanges.insert(exchange, Exchange::Waiting(ticket));
        for (old, charset) in left {
            // Its client went on elsewhere.
            self.exchanges.remove(&old);
            let outcome = Outcome::Fault(Fault::TimedOut);
            let reply = Reply::new(Some(message_id.clone()), outcome, charset, self.config.machine.clone());
            self.replies.push_back((old, reply));
        }
    }

    fn user(&mut self, identity: &I) -> UserKey {
        if let Some(user) = self.user_keys.get(identity) {
            return *user;
        }
        let key = UserKey(self.number());
        self.user_keys.insert(identity.clone(), key);
        self.users.insert(key, User::new(identity.clone()));
        key
    }

    /// The shell that a request names: one of this user's own.
    fn shell_of(&mut self, user: UserKey, header: &Header) -> Result<(ShellKey, &mut Shell), Fault> {
        let ShellSelector::Id(id) = header.shell else {
            return Err(match header.shell {
                ShellSelector::Missing => Fault::SelectorMissing,
                _ => Fault::ShellNotFound,
            });
        };
        let key = self.users.get(&user).and_then(|u| u.shells.get(&id)).copied().ok_or(Fault::ShellNotFound)?;
        let shell = self.shells.get_mut(&key).ok_or(Fault::ShellNotFound)?;
        if matches!(shell.state, shell::State::Creating(_)) {
            return Err(Fault::ShellNotFound);
        }
        Ok((key, shell))
    }

    /// The same, of our session configuration and for an operation that needs its client connected.
    fn connected_shell(
        &mut self,
        user: UserKey,
        header: &Header,
        now: Instant,
    ) -> Result<(ShellKey, &mut Shell), Fault> {
        if !header.resource.is_configuration(&self.config.configuration) {
            return Err(Fault::UnknownResource);
        }
        let (key, shell) = self.shell_of(user, header)?;
        shell.last_active = now;
        match shell.state {
            shell::State::Connected | shell::State::Ended(_) => Ok((key, shell)),
            _ => Err(Fault::ShellDisconnected),
        }
    }

    /// Characters that the answer to a request may have beside its frame.
    fn room(&self, header: &Header, charset: Charset) -> usize {
        let octets = header.max_envelope_size.unwrap_or(u32::MAX).min(self.config.limits.max_envelope);
        let characters = usize::try_from(octets).unwrap_or(usize::MAX) / charset.width();
        characters.saturating_sub(FRAME + escaped_len(header.message_id.as_str()))
    }

    fn sweep(&mut self, now: Instant) {
        let limits = &self.config.limits;
        for user in self.users.values_mut() {
            user.repeats.trim(now, limits.repeat_age, limits.repeat_count, limits.repeat_bytes);
            user.lists.retain(|list| list.until > now);
        }
        let keys = &mut self.user_keys;
        self.users.retain(|_, user| {
            let keep = !user.is_unknown();
            if !keep {
                keys.remove(&user.identity);
            }
            keep
        });
        self.sweeping = !self.users.is_empty();
        if self.sweeping {
            self.timers.arm(now + SWEEP, Timer::Sweep);
        }
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn drained(&mut self, shell: ShellKey, command: Option<CommandId>) {
        let low = self.config.limits.output_low;
        let queue = self.shells.get_mut(&shell).and_then(|shell| shell.queue(command));
        if queue.is_some_and(|queue| queue.drained(low)) {
            self.events.push_back(Event::Drained { shell, command });
        }
    }
}

/// The session of a client instance, as it is compared.
fn same_session(a: Option<&Arc<str>>, b: Option<&Arc<str>>) -> bool {
    a.map(|a| a.to_ascii_lowercase()) == b.map(|b| b.to_ascii_lowercase())
}

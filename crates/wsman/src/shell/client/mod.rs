//! The client's machine: one shell and its commands.
//!
//! Requests come out of [`Client::poll_output`], each with the lane (connection) it belongs on; answers go into
//! [`Client::receive`]; what they mean comes out of [`Client::poll_event`].

mod config;
mod event;
mod receiving;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

pub use config::Config;
pub use event::{Error, Event, ExchangeId, Lane, Outgoing};

use receiving::Receiving;

use crate::action::{
    Action, BufferMode, Command, Connect, ConnectResponse, Create, Disconnect, Enumerate, EnumerateResponse, Filter,
    InputStream, Items, Operation, Pull, PullResponse, Receive, Reconnect, Response, Send, Signal, SignalCode,
    StreamInput,
};
use crate::header::{Header, HeaderOption, ShellSelector};
use crate::id::{CommandId, MessageId, ShellId};
use crate::reply::{Answer, Received};
use crate::request::Request;
use crate::resource::Resource;
use crate::xpress;

/// The client's half of WS-Management and the remote shell.
#[derive(Debug)]
pub struct Client {
    config: Config,
    shell: ShellId,
    /// Requests of the control lane that wait for their turn.
    queue: VecDeque<Request>,
    control: Option<ExchangeId>,
    outstanding: HashMap<ExchangeId, Outstanding>,
    receiving: BTreeMap<Option<CommandId>, Receiving>,
    /// Items of a list that is not complete.
    list: Option<Items>,
    outgoing: VecDeque<Outgoing>,
    events: VecDeque<Queued>,
    last_exchange: u64,
    /// How often this client came back to the shell.
    returns: u32,
    now: Instant,
}

#[derive(Debug)]
struct Outstanding {
    request: Request,
    lane: Lane,
    deadline: Instant,
    retries: u32,
    /// Before which return to the shell it was sent.
    returns: u32,
}

#[derive(Debug)]
enum Queued {
    Event(Event),
    /// All output before this was taken: ask for more.
    Resume(Option<CommandId>),
}

impl Client {
    /// A client for the shell of this id, which is yet to be made, or to be connected to.
    pub fn new(config: Config, shell: ShellId, now: Instant) -> Client {
        Client {
            config,
            shell,
            queue: VecDeque::new(),
            control: None,
            outstanding: HashMap::new(),
            receiving: BTreeMap::new(),
            list: None,
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
            last_exchange: 0,
            returns: 0,
            now,
        }
    }

    /// The shell.
    pub fn shell(&self) -> ShellId {
        self.shell
    }

    /// Octets of the answers to come; to be called when the server's version is known.
    pub fn set_max_envelope_size(&mut self, octets: u32) {
        self.config.max_envelope_size = octets;
    }

    /// Makes the shell.
    pub fn create(&mut self, name: Option<&str>, idle_timeout: Option<Duration>, creation: Bytes, now: Instant) {
        let mut header = self.header();
        header.options = self.options();
        header.compression = self.config.compression;
        let create = Create {
            shell: Some(self.shell),
            name: name.map(str::to_owned),
            idle_timeout,
            input_streams: "stdin pr".to_owned(),
            output_streams: "stdout".to_owned(),
            creation,
        };
        self.request(header, Operation::Create(create), now);
    }

    /// Starts a command.
    pub fn command(&mut self, command: CommandId, line: &str, arguments: Bytes, now: Instant) {
        let operation = Operation::Command(Command { command: Some(command), line: line.to_owned(), arguments });
        self.request(self.shell_header(), operation, now);
    }

    /// Sends input.
    pub fn send(&mut self, command: Option<CommandId>, stream: InputStream, data: Bytes, now: Instant) {
        let data = if self.config.compression { xpress::encode(&[data]).into() } else { data };
        let streams = vec![StreamInput { stream, command, data, end: false }];
        self.request(self.shell_header(), Operation::Send(Send { streams }), now);
    }

    /// Stops a command, or releases it, also while input for it is stuck.
    pub fn signal(&mut self, command: CommandId, code: SignalCode, now: Instant) {
        let operation = Operation::Signal(Signal { command: Some(command), code });
        self.urgent(operation, now);
    }

    /// Closes the shell, also while input for it is stuck.
    pub fn delete(&mut self, now: Instant) {
        self.urgent(Operation::Delete, now);
    }

    /// Leaves the shell running.
    pub fn disconnect(&mut self, idle_timeout: Option<Duration>, buffer_mode: Option<BufferMode>, now: Instant) {
        let operation = Operation::Disconnect(Disconnect { idle_timeout, buffer_mode });
        self.request(self.shell_header(), operation, now);
    }

    /// Comes back to the shell, or to a command of it.
    pub fn reconnect(&mut self, command: Option<CommandId>, now: Instant) {
        let operation = Operation::Reconnect(Reconnect { command, buffer_mode: None });
        self.request(self.shell_header(), operation, now);
    }

    /// Comes to a shell that another client instance left, with PSRP's question.
    pub fn connect(&mut self, connect: Bytes, now: Instant) {
        let mut header = self.shell_header();
        header.options = self.options();
        self.request(header, Operation::Connect(Connect { command: None, connect }), now);
    }

    /// Comes to a command of that shell.
    pub fn connect_command(&mut self, command: CommandId, now: Instant) {
        let operation = Operation::Connect(Connect { command: Some(command), connect: Bytes::new() });
        self.request(self.shell_header(), operation, now);
    }

    /// Asks what server it is.
    pub fn identify(&mut self, now: Instant) {
        self.request(self.header(), Operation::Identify, now);
    }

    /// Asks how the shell is.
    pub fn get(&mut self, now: Instant) {
        let mut header = self.shell_header();
        header.resource = Resource::Shell;
        self.request(header, Operation::Get, now);
    }

    /// Lists all shells of this user.
    pub fn list_shells(&mut self, now: Instant) {
        let mut header = self.header();
        header.resource = Resource::Shell;
        let enumerate = Enumerate { optimize: true, max_elements: Some(32000), filter: None };
        self.request(header, Operation::Enumerate(enumerate), now);
    }

    /// Lists the commands of the shell.
    pub fn list_commands(&mut self, now: Instant) {
        let mut header = self.header();
        header.resource = Resource::Command;
        let filter = Some(Filter { shell: Some(self.shell.to_string()) });
        let enumerate = Enumerate { optimize: true, max_elements: Some(32000), filter };
        self.request(header, Operation::Enumerate(enumerate), now);
    }

    /// Takes the next request to send.
    pub fn poll_output(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    /// Takes the next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        loop {
            match self.events.pop_front()? {
                Queued::Event(event) => return Some(event),
                Queued::Resume(command) => self.ask(command),
            }
        }
    }

    /// When [`Client::handle_timeout`] is to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.outstanding.values().map(|request| request.deadline).min()
    }

    /// Gives up on what was not answered in time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        let late = self.outstanding.iter().filter(|(_, request)| request.deadline <= now);
        let late: Vec<ExchangeId> = late.map(|(exchange, _)| *exchange).collect();
        for exchange in late {
            self.failed(exchange, Error::TimedOut);
        }
    }

    /// Takes the plain body of an answer.
    pub fn receive(
        &mut self,
        exchange: ExchangeId,
        status: u16,
        content_type: Option<&str>,
        body: &[u8],
        now: Instant,
    ) {
        self.now = now;
        let Some(request) = self.outstanding.get(&exchange) else { return };
        let received = match Received::read(status, content_type, body, &self.config.answer) {
            Ok(received) => received,
            Err(error) => return self.failed(exchange, error.into()),
        };
        // Some servers leave RelatesTo out; a wrong one is somebody else's answer.
        if received.relates_to.is_some_and(|id| id != request.request.header.message_id) {
            return self.failed(exchange, Error::OtherRequest);
        }
        match received.answer {
            Answer::Fault(fault) => self.failed(exchange, Error::Fault(Box::new(fault))),
            Answer::Response(response) => self.answered(exchange, response),
        }
    }

    /// The connection of a request died before its answer was complete.
    pub fn lost(&mut self, exchange: ExchangeId, now: Instant) {
        self.now = now;
        self.failed(exchange, Error::ConnectionLost);
    }

    fn answered(&mut self, exchange: ExchangeId, response: Response) {
        let Some(Outstanding { request, lane, .. }) = self.outstanding.remove(&exchange) else { return };
        self.free(lane, exchange);
        match (response, request.operation) {
            (Response::Create(created), Operation::Create(_)) => self.event(Event::Created(created)),
            (Response::Command(created), Operation::Command(_)) => self.event(Event::CommandCreated(created.command)),
            (Response::Send, Operation::Send(send)) => {
                self.event(Event::Sent(send.streams.first().and_then(|input| input.command)));
            }
            (Response::Signal, Operation::Signal(Signal { command: Some(command), code })) => {
                self.event(Event::Signalled(command, code));
            }
            (Response::Delete, Operation::Delete) => {
                self.receiving.clear();
                self.event(Event::Deleted);
            }
            (Response::Disconnect, Operation::Disconnect(_)) => self.event(Event::Disconnected),
            (Response::Reconnect, Operation::Reconnect(reconnect)) => {
                if reconnect.command.is_none() {
                    self.returns += 1;
                }
                self.event(Event::Reconnected(reconnect.command));
                self.resume(reconnect.command);
            }
            (Response::Connect(ConnectResponse { connect }), Operation::Connect(asked)) => {
                self.event(Event::Connected(asked.command, connect.unwrap_or_default()));
            }
            (Response::Identify(identified), Operation::Identify) => self.event(Event::Identified(identified)),
            (Response::GetShell(shell), Operation::Get) => self.event(Event::Described(shell)),
            (Response::Enumerate(EnumerateResponse { context, items }), Operation::Enumerate(_)) => {
                self.listed(request.header.resource, context, items);
            }
            (Response::Pull(PullResponse { context, items }), Operation::Pull(_)) => {
                self.listed(request.header.resource, context, Some(items));
            }
            (Response::Receive(received), Operation::Receive(Receive { command })) => self.output(command, received),
            (_, operation) => self.event(Event::Failed {
                action: operation.action(),
                command: None,
                exchange,
                error: Error::OtherRequest,
            }),
        }
    }

    fn failed(&mut self, exchange: ExchangeId, error: Error) {
        let Some(outstanding) = self.outstanding.remove(&exchange) else { return };
        self.free(outstanding.lane, exchange);
        if let Lane::Receive(command) = outstanding.lane {
            return self.receive_failed(exchange, command, outstanding, error);
        }
        let command = match &outstanding.request.operation {
            Operation::Command(command) => command.command,
            Operation::Send(send) => send.streams.first().and_then(|input| input.command),
            Operation::Signal(signal) => signal.command,
            Operation::Reconnect(reconnect) => reconnect.command,
            Operation::Connect(connect) => connect.command,
            _ => None,
        };
        let action = outstanding.request.operation.action();
        if action == Action::Delete {
            self.receiving.clear();
        }
        self.event(Event::Failed { action, command, exchange, error });
    }

    fn listed(&mut self, resource: Resource, context: Option<String>, items: Option<Items>) {
        let more = items.unwrap_or(Items::Shells(Vec::new()));
        let all = match (self.list.take(), more) {
            (Some(Items::Shells(mut all)), Items::Shells(more)) if !all.is_empty() => {
                all.extend(more);
                Items::Shells(all)
            }
            (Some(Items::Commands(mut all)), Items::Commands(more)) => {
                all.extend(more);
                Items::Commands(all)
            }
            (_, more) => more,
        };
        let Some(context) = context else { return self.event(Event::Listed(all)) };
        self.list = Some(all);
        let mut header = self.header();
        header.resource = resource;
        self.request(header, Operation::Pull(Pull { context, max_elements: Some(32000) }), self.now);
    }

    fn event(&mut self, event: Event) {
        self.events.push_back(Queued::Event(event));
    }

    /// Sends a request that waits for nothing.
    fn urgent(&mut self, operation: Operation, now: Instant) {
        self.now = now;
        let mut header = self.shell_header();
        header.operation_timeout = Some(self.config.timeout(&operation));
        let request = Request { header, operation, charset: self.config.charset };
        self.dispatch(request, Lane::Urgent, 0);
    }

    /// Puts a request of the control lane in its place.
    fn request(&mut self, mut header: Header, operation: Operation, now: Instant) {
        self.now = now;
        header.operation_timeout = Some(self.config.timeout(&operation));
        self.queue.push_back(Request { header, operation, charset: self.config.charset });
        self.next();
    }

    fn next(&mut self) {
        if self.control.is_none()
            && let Some(request) = self.queue.pop_front()
        {
            self.control = Some(self.dispatch(request, Lane::Control, self.config.retries));
        }
    }

    fn free(&mut self, lane: Lane, exchange: ExchangeId) {
        if lane == Lane::Control && self.control == Some(exchange) {
            self.control = None;
            self.next();
        }
    }

    fn dispatch(&mut self, request: Request, lane: Lane, retries: u32) -> ExchangeId {
        self.last_exchange += 1;
        let exchange = ExchangeId(self.last_exchange);
        let (content_type, body) = (request.charset.content_type(), request.write());
        let deadline = self.now + self.config.timeout(&request.operation) + self.config.network_delay;
        self.outgoing.push_back(Outgoing { exchange, lane, content_type, body });
        self.outstanding.insert(exchange, Outstanding { request, lane, deadline, retries, returns: self.returns });
        exchange
    }

    fn options(&self) -> Vec<HeaderOption> {
        let mut options = vec![protocol_version(&self.config.protocol_version)];
        options.extend(self.config.options.iter().cloned());
        options
    }

    fn header(&self) -> Header {
        let config = &self.config;
        let mut header = Header::new(&config.url, Resource::Configuration(config.configuration.clone()));
        header.max_envelope_size = Some(config.max_envelope_size);
        header.operation_timeout = Some(config.operation_timeout);
        header.locale = Some(config.locale.clone());
        header.data_locale = Some(config.data_locale.clone());
        header.session_id.clone_from(&config.session_id);
        header.message_id = MessageId::new();
        header
    }

    fn shell_header(&self) -> Header {
        let mut header = self.header();
        header.shell = ShellSelector::Id(self.shell);
        header
    }
}

fn protocol_version(version: &str) -> HeaderOption {
    HeaderOption { name: "protocolversion".to_owned(), value: version.to_owned(), must_comply: true }
}

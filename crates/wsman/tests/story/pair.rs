//! A server machine, client machines and a clock that only moves when told to: no network, no waiting.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use wsman::action::{Action, Operation, Response};
use wsman::shell::client::{self, Client};
use wsman::shell::server::{self, Caller, Config, Delivery, Event, ExchangeId, Output, Server, ShellKey};
use wsman::{CommandId, Outcome, Rendered, Request, ShellId};

pub(crate) const NAME: &str = "PrivilegedEndpoint";
pub(crate) const URL: &str = "http://server01:5985/wsman?PSVersion=5.1.17763.771";

/// What one exchange was and became, in order.
#[derive(Debug)]
pub(crate) struct Exchanged {
    pub(crate) action: Action,
    pub(crate) outcome: Outcome,
}

pub(crate) struct Pair {
    pub(crate) server: Server<&'static str>,
    pub(crate) now: Instant,
    pub(crate) clients: Vec<Client>,
    users: Vec<&'static str>,
    /// What the clients saw.
    pub(crate) seen: Vec<Vec<client::Event>>,
    /// What the server's surroundings were told.
    pub(crate) told: Vec<Event<&'static str>>,
    pub(crate) log: Vec<Exchanged>,
    /// New shells and connects are let in by themselves.
    pub(crate) accepting: bool,
    /// Answers to this client do not arrive: their connections die while they are written.
    pub(crate) losing: Option<usize>,
    under_way: HashMap<ExchangeId, UnderWay>,
    last_exchange: u64,
}

struct UnderWay {
    client: usize,
    exchange: client::ExchangeId,
    action: Action,
    max_envelope_size: u32,
}

pub(crate) fn caller(user: &'static str) -> Caller<&'static str> {
    Caller {
        identity: user,
        owner: format!("SERVER01\\{user}"),
        address: "192.0.2.10".to_owned(),
        url: URL.to_owned(),
        allowed: user != "mallory",
    }
}

pub(crate) fn config() -> Config {
    Config::new(NAME, "SERVER01")
}

pub(crate) fn client_config() -> client::Config {
    client::Config::new(URL, NAME)
}

pub(crate) fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

pub(crate) fn output(text: &str) -> Output {
    Output { fragments: vec![bytes(text)], droppable: true, ..Output::default() }
}

pub(crate) fn last(text: &str) -> Output {
    Output { fragments: vec![bytes(text)], last: true, ..Output::default() }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Pair {
    /// A server with a client of alice's.
    pub(crate) fn new() -> Pair {
        Pair::with(config(), client_config())
    }

    pub(crate) fn with(server: Config, client: client::Config) -> Pair {
        let now = Instant::now();
        let mut pair = Pair {
            server: Server::new(server),
            now,
            clients: Vec::new(),
            users: Vec::new(),
            seen: Vec::new(),
            told: Vec::new(),
            log: Vec::new(),
            accepting: true,
            losing: None,
            under_way: HashMap::new(),
            last_exchange: 0,
        };
        pair.add(client, ShellId::new(), "alice");
        pair
    }

    /// Another client.
    pub(crate) fn add(&mut self, config: client::Config, shell: ShellId, user: &'static str) -> usize {
        self.clients.push(Client::new(config, shell, self.now));
        self.users.push(user);
        self.seen.push(Vec::new());
        self.clients.len() - 1
    }

    /// The first client makes its shell and receives from it.
    pub(crate) fn open(&mut self) -> ShellKey {
        self.open_with(0)
    }

    pub(crate) fn open_with(&mut self, client: usize) -> ShellKey {
        let now = self.now;
        self.clients[client].create(Some("Runspace1"), None, bytes("creation"), now);
        self.run();
        self.clients[client].start_receiving(None, now);
        self.run();
        self.key(client)
    }

    /// A command of the first client, receiving.
    pub(crate) fn command(&mut self) -> CommandId {
        let id = CommandId::new();
        let now = self.now;
        self.clients[0].command(id, "Get-Thing", bytes("arguments"), now);
        self.run();
        self.clients[0].start_receiving(Some(id), now);
        self.run();
        id
    }

    pub(crate) fn key(&self, client: usize) -> ShellKey {
        self.server.find_shell(&self.users[client], self.clients[client].shell()).expect("the shell")
    }

    pub(crate) fn write(&mut self, command: Option<CommandId>, output: Output) -> server::Room {
        let key = self.key(0);
        let room = self.server.write(key, command, output, self.now).expect("somebody to write to");
        self.run();
        room
    }

    /// Carries requests and answers until nothing moves.
    pub(crate) fn run(&mut self) {
        loop {
            let mut moved = false;
            for client in 0..self.clients.len() {
                while let Some(outgoing) = self.clients[client].poll_output() {
                    moved = true;
                    self.carry(client, &outgoing);
                }
            }
            while let Some(event) = self.server.poll_event() {
                moved = true;
                match &event {
                    Event::Create(shell) if self.accepting => self.server.accept_shell(shell.shell, self.now),
                    Event::Connect { shell, .. } if self.accepting => {
                        self.server.accept_connect(*shell, bytes("connected"), self.now);
                    }
                    _ => {}
                }
                self.told.push(event);
            }
            while let Some((exchange, reply)) = self.server.poll_output() {
                moved = true;
                self.bring_back(exchange, reply.outcome().clone(), &reply.render());
            }
            for client in 0..self.clients.len() {
                while let Some(event) = self.clients[client].poll_event() {
                    moved = true;
                    self.seen[client].push(event);
                }
            }
            if !moved {
                break;
            }
        }
    }

    fn carry(&mut self, client: usize, outgoing: &client::Outgoing) {
        let budget = &self.server.config().limits.request;
        let request = Request::read(Some(outgoing.content_type), &outgoing.body, budget).expect("our own request");
        self.last_exchange += 1;
        let exchange = ExchangeId(self.last_exchange);
        let max_envelope_size = request.header.max_envelope_size.unwrap_or(u32::MAX);
        let action = request.operation.action();
        self.under_way.insert(exchange, UnderWay { client, exchange: outgoing.exchange, action, max_envelope_size });
        self.server.receive(exchange, &caller(self.users[client]), request, self.now);
    }

    pub(crate) fn bring_back(&mut self, exchange: ExchangeId, outcome: Outcome, rendered: &Rendered) {
        let Some(UnderWay { client, exchange: own, action, max_envelope_size }) = self.under_way.remove(&exchange)
        else {
            panic!("an answer to nothing: {outcome:?}")
        };
        // W-098, in every test
        assert!(rendered.body.len() <= usize::try_from(max_envelope_size).unwrap(), "{}", rendered.body.len());
        self.log.push(Exchanged { action, outcome });
        if self.losing == Some(client) {
            self.server.settle(exchange, Delivery::Lost, self.now);
            self.clients[client].lost(own, self.now);
            return;
        }
        self.clients[client].receive(own, rendered.status, rendered.content_type, &rendered.body, self.now);
        self.server.settle(exchange, Delivery::Written, self.now);
    }

    /// The connections of a client die, with whatever waits on them. It notices at once.
    pub(crate) fn cut(&mut self, client: usize) {
        let dead: Vec<_> =
            self.under_way.iter().filter(|(_, u)| u.client == client).map(|(e, u)| (*e, u.exchange)).collect();
        for (exchange, own) in dead {
            self.under_way.remove(&exchange);
            self.server.settle(exchange, Delivery::Lost, self.now);
            self.clients[client].lost(own, self.now);
        }
    }

    /// Lets time pass; everything happens when it is due.
    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let timeouts = self.clients.iter().map(Client::poll_timeout).chain([self.server.poll_timeout()]);
            let Some(next) = timeouts.flatten().min().filter(|next| *next <= until) else { break };
            self.now = next.max(self.now);
            self.server.handle_timeout(self.now);
            self.run();
            for client in &mut self.clients {
                client.handle_timeout(self.now);
            }
            self.run();
        }
        self.now = until;
    }

    /// What the first client has received, put together.
    pub(crate) fn received(&self, command: Option<CommandId>) -> String {
        self.received_by(0, command)
    }

    pub(crate) fn received_by(&self, client: usize, command: Option<CommandId>) -> String {
        let data = self.seen[client].iter().filter_map(|event| match event {
            client::Event::Output(from, data) if *from == command => Some(String::from_utf8(data.to_vec()).unwrap()),
            _ => None,
        });
        data.collect()
    }

    /// The faults of one action that the first client's requests got, by number.
    pub(crate) fn faults(&self, action: Action) -> Vec<u32> {
        self.log
            .iter()
            .filter(|e| e.action == action)
            .filter_map(|e| match &e.outcome {
                Outcome::Fault(fault) => Some(fault.row().number),
                _ => None,
            })
            .collect()
    }

    /// How many requests of one action were answered well.
    pub(crate) fn done(&self, action: Action) -> usize {
        self.log.iter().filter(|e| e.action == action && matches!(e.outcome, Outcome::Response(_))).count()
    }

    /// The last answer to a request of one action.
    pub(crate) fn last_response(&self, action: Action) -> &Response {
        let last = self.log.iter().rev().find(|e| e.action == action).expect("an answer");
        match &last.outcome {
            Outcome::Response(response) => response,
            other => panic!("{other:?}"),
        }
    }

    /// Asks the server directly, without a client machine; the answer if there is one by now.
    pub(crate) fn ask(&mut self, user: &'static str, request: Request) -> (ExchangeId, Option<Outcome>) {
        let exchange = self.ask_later(user, request);
        (exchange, self.answer_to(exchange))
    }

    pub(crate) fn ask_later(&mut self, user: &'static str, request: Request) -> ExchangeId {
        self.last_exchange += 1;
        let exchange = ExchangeId(self.last_exchange);
        self.server.receive(exchange, &caller(user), request, self.now);
        exchange
    }

    /// The answer to something asked directly. Other answers go their way.
    pub(crate) fn answer_to(&mut self, wanted: ExchangeId) -> Option<Outcome> {
        while let Some(event) = self.server.poll_event() {
            if let Event::Create(shell) = &event
                && self.accepting
            {
                self.server.accept_shell(shell.shell, self.now);
            }
            self.told.push(event);
        }
        let mut found = None;
        while let Some((exchange, reply)) = self.server.poll_output() {
            if exchange == wanted {
                found = Some(reply.outcome().clone());
            } else {
                self.bring_back(exchange, reply.outcome().clone(), &reply.render());
            }
        }
        found
    }

    /// A request as the first client would write it.
    pub(crate) fn request(&self, operation: Operation) -> Request {
        let mut header = wsman::header::Header::new(URL, wsman::Resource::Configuration(NAME.to_owned()));
        header.shell = wsman::header::ShellSelector::Id(self.clients[0].shell());
        header.session_id.clone_from(&client_config().session_id);
        header.max_envelope_size = Some(512_000);
        Request { header, operation, charset: wsman::envelope::Charset::Utf8 }
    }
}

/// The number of a fault; anything else fails the test.
pub(crate) fn fault(outcome: Option<Outcome>) -> u32 {
    match outcome {
        Some(Outcome::Fault(fault)) => fault.row().number,
        other => panic!("{other:?}"),
    }
}

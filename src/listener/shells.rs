//! The remote shells of all WinRM clients: WS-Management's machine, the requests that wait in it, and a session behind each shell.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use clixml::Guid;
use psrp::Stream;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tracing::{info, warn};
use wsman::action::InputStream;
use wsman::fault::Fault;
use wsman::shell::server::{
    Caller, Config, Delivery, Event, ExchangeId, Gone, NewShell, Output, Room, Server, ShellKey,
};
use wsman::{CommandId, Reply, Request};

use crate::identity::Principal;
use crate::session::{Endpoint, Outlet, ShellInput, run_in_shell};

/// All remote shells of an endpoint.
pub(crate) struct Shells {
    endpoint: Arc<Endpoint>,
    config: Config,
    machine: Mutex<Machine>,
    /// A timer may be due earlier than the clock's task thinks.
    rewound: Notify,
    /// Places for sessions, shared with the other listeners.
    places: Arc<Semaphore>,
    dispatched: Dispatched,
}

struct Machine {
    server: Server<Principal>,
    waiting: HashMap<ExchangeId, oneshot::Sender<Reply>>,
    sessions: HashMap<ShellKey, mpsc::UnboundedSender<ShellInput>>,
    last_exchange: u64,
}

/// Counts the requests that came as far as the shells. Nobody unknown may ever be among them.
#[derive(Clone, Debug, Default)]
pub struct Dispatched(Arc<AtomicU64>);

impl Dispatched {
    /// How many.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Shells {
    pub(crate) fn new(
        endpoint: Arc<Endpoint>,
        config: Config,
        places: Arc<Semaphore>,
        dispatched: Dispatched,
    ) -> Arc<Shells> {
        let machine = Machine {
            server: Server::new(config.clone()),
            waiting: HashMap::new(),
            sessions: HashMap::new(),
            last_exchange: 0,
        };
        Arc::new(Shells { endpoint, config, machine: Mutex::new(machine), rewound: Notify::new(), places, dispatched })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Takes a request of somebody known. What it changes is done when this returns; the answer may take its time.
    pub(crate) fn dispatch(
        self: &Arc<Shells>,
        principal: &Principal,
        from: SocketAddr,
        url: String,
        request: Request,
    ) -> Exchange {
        let caller = Caller {
            identity: principal.clone(),
            owner: format!(r"{}\{}", self.endpoint.computer, principal.account()),
            address: from.ip().to_canonical().to_string(),
            url,
            allowed: true,
        };
        self.dispatched.0.fetch_add(1, Ordering::Relaxed);
        let (answer, reply) = oneshot::channel();
        let id = self.turn(|machine, now| {
            machine.last_exchange += 1;
            let id = ExchangeId(machine.last_exchange);
            machine.waiting.insert(id, answer);
            machine.server.receive(id, &caller, request, now);
            id
        });
        Exchange { shells: Arc::clone(self), id, reply: Some(reply), settled: false }
    }

    /// Keeps time for the machine, for ever.
    pub(crate) async fn keep_time(self: Arc<Shells>) {
        loop {
            let next = self.lock().server.poll_timeout();
            let due = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => self.turn(|machine, now| machine.server.handle_timeout(now)),
                () = self.rewound.notified() => {}
            }
        }
    }

    /// One turn of the machine, and all that follows from it.
    fn turn<T>(self: &Arc<Shells>, change: impl FnOnce(&mut Machine, Instant) -> T) -> T {
        let now = Instant::now();
        let mut machine = self.lock();
        let before = machine.server.poll_timeout();
        let result = change(&mut machine, now);
        loop {
            if let Some(event) = machine.server.poll_event() {
                self.happened(&mut machine, event, now);
            } else if let Some((exchange, reply)) = machine.server.poll_output() {
                let answered = machine.waiting.remove(&exchange).is_some_and(|waiting| waiting.send(reply).is_ok());
                if !answered {
                    machine.server.settle(exchange, Delivery::Lost, now);
                }
            } else {
                break;
            }
        }
        let after = machine.server.poll_timeout();
        drop(machine);
        if after.is_some_and(|after| before.is_none_or(|before| after < before)) {
            self.rewound.notify_one();
        }
        result
    }

    fn happened(self: &Arc<Shells>, machine: &mut Machine, event: Event<Principal>, now: Instant) {
        let (shell, input) = match event {
            Event::Create(new) => return self.create(machine, *new, now),
            Event::Input { shell, command, stream, data } => {
                let stream = match stream {
                    InputStream::Stdin => Stream::Default,
                    InputStream::PromptResponse => Stream::PromptResponse,
                };
                (shell, ShellInput::Fragments { command: command.map(CommandId::as_uuid), stream, data })
            }
            Event::Command { shell, command, arguments, .. } => {
                let command = Some(command.as_uuid());
                (shell, ShellInput::Fragments { command, stream: Stream::Default, data: arguments })
            }
            Event::Stop { shell, command } => (shell, ShellInput::Stop { command: command.as_uuid() }),
            Event::Released { shell, command } => (shell, ShellInput::Released { command: command.as_uuid() }),
            Event::Drained { shell, command } => {
                (shell, ShellInput::Drained { command: command.map(CommandId::as_uuid) })
            }
            Event::Connect { shell, address, data } => {
                info!(address, "another client of the account takes a session over");
                (shell, ShellInput::Connect { data })
            }
            Event::Closed { shell, reason } => {
                let session = machine.sessions.remove(&shell);
                // a session that has ended already does not hear it
                let _ = session.map(|session| session.send(ShellInput::Closed { reason }));
                return;
            }
            Event::Disconnected { .. } | Event::Reconnected { .. } | Event::CommandConnected { .. } => return,
        };
        if let Some(session) = machine.sessions.get(&shell) {
            let _ = session.send(input);
        }
    }

    fn create(self: &Arc<Shells>, machine: &mut Machine, new: NewShell<Principal>, now: Instant) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            warn!(account = new.identity.account(), "a client was refused: there are too many sessions");
            return machine.server.refuse_shell(new.shell, Fault::SystemQuota, now);
        };
        let (session, input) = mpsc::unbounded_channel();
        let creation = ShellInput::Fragments { command: None, stream: Stream::Default, data: new.creation };
        let _ = session.send(creation);
        machine.sessions.insert(new.shell, session);
        // its client asks for what PSRP answers by itself
        machine.server.accept_shell(new.shell, now);
        let (shells, key) = (Arc::clone(self), new.shell);
        tokio::spawn(shells.serve(key, new.identity, input, place));
    }

    async fn serve(
        self: Arc<Shells>,
        key: ShellKey,
        principal: Principal,
        input: mpsc::UnboundedReceiver<ShellInput>,
        place: OwnedSemaphorePermit,
    ) {
        let outlet = ShellOutlet { shells: Arc::clone(&self), key };
        if let Err(error) = run_in_shell(Arc::clone(&self.endpoint), principal, outlet, input).await {
            warn!(%error, "a session could not be served");
            self.turn(|machine, now| machine.server.close_shell(key, "The session could not be served.", now));
        }
        self.lock().sessions.remove(&key);
        drop(place);
    }

    fn settle(self: &Arc<Shells>, exchange: ExchangeId, delivery: Delivery) {
        self.turn(|machine, now| {
            machine.waiting.remove(&exchange);
            machine.server.settle(exchange, delivery, now);
        });
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request on its way through the machine. Dropped before its answer was delivered, the answer is lost: what it held goes to the
/// next request that asks.
pub(crate) struct Exchange {
    shells: Arc<Shells>,
    id: ExchangeId,
    reply: Option<oneshot::Receiver<Reply>>,
    settled: bool,
}

impl Exchange {
    /// The answer.
    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        self.reply.take()?.await.ok()
    }

    /// The kernel has all of the answer.
    pub(crate) fn delivered(mut self) {
        self.settled = true;
        self.shells.settle(self.id, Delivery::Written);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.settled {
            self.shells.settle(self.id, Delivery::Lost);
        }
    }
}

/// A session's way to its shell.
struct ShellOutlet {
    shells: Arc<Shells>,
    key: ShellKey,
}

impl Outlet for ShellOutlet {
    fn write(&self, command: Option<Guid>, output: Output) -> Result<Room, Gone> {
        self.shells.turn(|machine, now| machine.server.write(self.key, command.map(CommandId::from), output, now))
    }

    fn connected(&self, answer: Result<Bytes, Fault>) {
        self.shells.turn(|machine, now| match answer {
            Ok(answer) => machine.server.accept_connect(self.key, answer, now),
            Err(fault) => machine.server.refuse_connect(self.key, fault, now),
        });
    }

    fn close(&self, text: &'static str) {
        self.shells.turn(|machine, now| machine.server.close_shell(self.key, text, now));
    }
}

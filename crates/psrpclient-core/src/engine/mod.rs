//! One thread a session: it carries the exchanges, keeps the time and calls the completions, one after the other.

mod call;
mod connections;
mod events;
mod pending;
mod shell;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use winrm_client::{Authentication, Target, Tickets, Trust};
use wsman::CommandId;

pub use call::{Call, Startup};

use connections::Connections;
use shell::Shell;

use crate::completion::{Completion, Outcome, flags};
use crate::destination::Destination;
use crate::failure::{Failure, code};
use crate::handle::Handle;
use crate::logon::Logon;
use crate::option::{Options, locked};

/// What comes to an engine.
pub(crate) enum Order {
    Call(Call),
    /// The session is closed.
    End,
}

/// What a session was when its first shell was asked for.
pub(crate) struct Settings {
    pub(crate) destination: Destination,
    pub(crate) logon: Logon,
    pub(crate) authentication: Authentication,
    pub(crate) options: Arc<Mutex<Options>>,
}

/// Told which shells and commands are closed.
pub(crate) type Forget = Box<dyn Fn(Handle) + Send>;

/// Starts the thread of a session.
pub(crate) fn start(settings: Settings, forget: Forget) -> UnboundedSender<Order> {
    let (sender, orders) = unbounded_channel();
    let thread = thread::Builder::new().name("psrpclient".into());
    // without a thread the orders are refused where they are given
    let _ = thread.spawn(move || run(settings, orders, forget));
    sender
}

fn run(settings: Settings, mut orders: UnboundedReceiver<Order>, forget: Forget) {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        while let Some(Order::Call(call)) = orders.blocking_recv() {
            let (shell, command, operation) = call.handles();
            let failure = Failure::new(code::OUT_OF_MEMORY);
            let completion =
                Completion { flags: flags::END_OF_OPERATION, outcome: Err(&failure), shell, command, operation };
            call.callback()(&completion);
        }
        return;
    };
    let engine = Engine {
        forget,
        target: target(&settings).map(Arc::new),
        options: settings.options,
        shells: BTreeMap::new(),
        commands: BTreeMap::new(),
        connections: Connections::new(),
    };
    runtime.block_on(engine.serve(orders));
    runtime.shutdown_background(); // a name that is still looked up keeps nobody
}

fn target(settings: &Settings) -> Result<Target, Failure> {
    let options = locked(&settings.options).clone();
    let tls = settings.destination.https.unwrap_or(options.tls);
    if settings.authentication == Authentication::Basic && !tls {
        let detail = "Basic sends the password as it is typed: it needs HTTPS.";
        return Err(Failure::with(code::AUTHENTICATION, detail));
    }
    let trust = || match (options.skip_authority, options.skip_name) {
        (true, true) => Trust::Anybody,
        (true, false) => Trust::AnyAuthority,
        (false, true) => Trust::AnyName(Trust::platform()),
        (false, false) => Trust::Roots(Trust::platform()),
    };
    Ok(Target {
        host: settings.destination.host.clone(),
        port: settings.destination.port(tls),
        address: None,
        path: settings.destination.path.clone(),
        tls: tls.then(trust),
        user: settings.logon.user.clone(),
        password: settings.logon.password.clone(),
        tickets: Tickets::new(options.port_in_spn),
        authentication: settings.authentication,
        configuration: String::new(),
    })
}

struct Engine {
    forget: Forget,
    target: Result<Arc<Target>, Failure>,
    options: Arc<Mutex<Options>>,
    shells: BTreeMap<Handle, Shell>,
    /// Which shell a command belongs to, and its id.
    commands: BTreeMap<Handle, (Handle, CommandId)>,
    connections: Connections,
}

impl Engine {
    async fn serve(mut self, mut orders: UnboundedReceiver<Order>) {
        let mut ending = false;
        loop {
            self.settle();
            if ending && !self.shells.values().any(Shell::is_closing) {
                break;
            }
            let deadline = self.shells.values().filter_map(Shell::deadline).min();
            let deadline = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                order = orders.recv(), if !ending => match order {
                    Some(Order::Call(call)) => self.call(call),
                    Some(Order::End) | None => ending = true,
                },
                exchanged = self.connections.next() => {
                    let now = Instant::now();
                    if let Some(shell) = self.shells.get_mut(&exchanged.shell) {
                        shell.exchanged(exchanged.exchange, exchanged.answered, now);
                    }
                }
                () = deadline => {
                    let now = Instant::now();
                    self.shells.values_mut().for_each(|shell| shell.handle_timeout(now));
                }
            }
        }
        // a call that came with the end is answered
        orders.close();
        while let Ok(Order::Call(call)) = orders.try_recv() {
            self.call(call);
        }
        for (handle, mut shell) in std::mem::take(&mut self.shells) {
            self.connections.drop_shell(handle);
            shell.abort();
            (self.forget)(handle);
        }
        self.commands.keys().for_each(|command| (self.forget)(*command));
    }

    /// What has happened is told, what is to be sent goes out, what is over goes away.
    fn settle(&mut self) {
        let mut over = Vec::new();
        for (handle, shell) in &mut self.shells {
            while let Some(event) = shell.poll_event() {
                if let Some(exchange) = shell.happened(event, Instant::now()) {
                    self.connections.abort(*handle, exchange);
                }
            }
            for command in shell.released.drain(..) {
                self.commands.remove(&command);
                (self.forget)(command);
            }
            if let Ok(target) = &self.target {
                while let Some(outgoing) = shell.poll_output() {
                    self.connections.send(target, *handle, outgoing);
                }
            }
            if shell.is_closed() {
                over.push(*handle);
            }
        }
        for handle in over {
            self.connections.drop_shell(handle);
            self.shells.remove(&handle);
            self.commands.retain(|command, (shell, _)| {
                let stays = *shell != handle;
                if !stays {
                    (self.forget)(*command);
                }
                stays
            });
            (self.forget)(handle);
        }
    }

    fn call(&mut self, call: Call) {
        let now = Instant::now();
        let (shell, command, _) = call.handles();
        match call {
            Call::Create { shell, startup, callback } => {
                let target = self.target.clone();
                let shell = self.shells.entry(shell).or_insert_with(|| Shell::new(shell, Arc::clone(&self.options)));
                shell.create(target, startup, callback, now);
            }
            Call::Connect { shell, startup, callback } => {
                let target = self.target.clone();
                let shell = self.shells.entry(shell).or_insert_with(|| Shell::new(shell, Arc::clone(&self.options)));
                shell.connect(target, startup, callback, now);
            }
            call => {
                let known = command.and_then(|command| self.commands.get(&command).copied());
                let of = shell.or(known.map(|(shell, _)| shell));
                let Some(shell) = of.and_then(|shell| self.shells.get_mut(&shell)) else { return unknown(&call) };
                if let Call::Run { command, id, .. } | Call::ConnectCommand { command, id, .. } = &call
                    && let Ok(id) = CommandId::parse(id)
                {
                    self.commands.insert(*command, (shell.handle, id));
                }
                shell.call(call, known.map(|(_, id)| id), now);
            }
        }
    }
}

/// Asked of a shell or a command that is no more.
fn unknown(call: &Call) {
    let failure = Failure::new(code::INVALID_HANDLE);
    let closing = matches!(call, Call::CloseShell { .. } | Call::CloseCommand { .. });
    let outcome = if closing { Ok(Outcome::Done) } else { Err(&failure) };
    let (shell, command, operation) = call.handles();
    call.callback()(&Completion { flags: flags::END_OF_OPERATION, outcome, shell, command, operation });
}

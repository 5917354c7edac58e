use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::mpsc::{self, UnboundedSender};
use winrm_client::{Authentication, Tickets};

use crate::completion::{Completion, flags};
use crate::destination::Destination;
use crate::engine::{Call, Order, Settings, start};
use crate::failure::{Failure, code};
use crate::handle::Handle;
use crate::logon::{Logon, Mechanism};
use crate::option::{OptionValue, Options, SessionOption, locked};

/// All that was given out and is not yet closed.
#[derive(Default)]
pub struct Library {
    entries: Mutex<HashMap<Handle, Entry>>,
}

enum Entry {
    Api,
    Session(Arc<Session>),
    /// A shell or a command: where its calls go.
    Routed(UnboundedSender<Order>),
}

struct Session {
    destination: Destination,
    logon: Logon,
    options: Arc<Mutex<Options>>,
    engine: OnceLock<UnboundedSender<Order>>,
}

/// Through which proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyAccess {
    /// Through none.
    None,
    /// Through one.
    Some,
}

impl Library {
    /// The library of this process.
    pub fn global() -> &'static Library {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(Library::default)
    }

    /// `WSManInitialize`.
    pub fn initialize(&self) -> Handle {
        self.add(Entry::Api)
    }

    /// `WSManDeinitialize`; sessions made by way of it go on.
    pub fn deinitialize(&self, api: Handle) -> bool {
        self.with(|entries| matches!(entries.get(&api), Some(Entry::Api)) && entries.remove(&api).is_some())
    }

    /// `WSManCreateSession`: nothing goes to the network yet. No logon is one that is not whole.
    ///
    /// # Errors
    /// A code for [`text`](crate::text), if the session could never come about.
    pub fn create_session(&self, connection: &str, logon: Option<Logon>, proxy: ProxyAccess) -> Result<Handle, u32> {
        let destination = Destination::parse(connection).map_err(|_| code::INVALID_PARAMETER)?;
        if proxy == ProxyAccess::Some {
            return Err(code::NOT_SUPPORTED);
        }
        let logon = logon.ok_or(code::CREDENTIALS)?;
        match logon.mechanism {
            Mechanism::Other => return Err(code::AUTHENTICATION),
            Mechanism::Kerberos if !Tickets::are_possible() => return Err(code::KERBEROS),
            Mechanism::Basic if logon.user.is_empty() => return Err(code::CREDENTIALS),
            Mechanism::Negotiate if logon.user.is_empty() && !Tickets::are_possible() => return Err(code::CREDENTIALS),
            Mechanism::Negotiate | Mechanism::Kerberos | Mechanism::Basic => {}
        }
        let session = Session { destination, logon, options: Arc::default(), engine: OnceLock::new() };
        Ok(self.add(Entry::Session(Arc::new(session))))
    }

    /// `WSManCloseSession`: what still runs is dropped, but a shell that is being closed is closed.
    pub fn close_session(&self, session: Handle) {
        let session = self.with(|entries| match entries.get(&session) {
            Some(Entry::Session(_)) => entries.remove(&session),
            _ => None,
        });
        if let Some(Entry::Session(session)) = session
            && let Some(engine) = session.engine.get()
        {
            let _ = engine.send(Order::End); // its engine may be gone
        }
    }

    /// `WSManSetSessionOption`; `false` if there is no such session, or the option takes no such value.
    pub fn set_option(&self, session: Handle, option: SessionOption, value: OptionValue) -> bool {
        self.session(session).is_some_and(|session| locked(&session.options).set(option, value))
    }

    /// `WSManGetSessionOptionAsDword`.
    pub fn number_option(&self, session: Handle, option: SessionOption) -> Option<u32> {
        locked(&self.session(session)?.options).number(option)
    }

    /// `WSManGetSessionOptionAsString`.
    pub fn text_option(&self, session: Handle, option: SessionOption) -> Option<String> {
        locked(&self.session(session)?.options).text(option).map(str::to_owned)
    }

    /// A handle for what comes about next: it is written where the caller looks before anything can complete.
    pub fn reserve() -> Handle {
        Handle::next()
    }

    /// Any operation, by way of the handle that it was asked of: a session, a shell or a command.
    pub fn submit(&'static self, by: Handle, call: Call) {
        let route = self.with(|entries| match entries.get(&by) {
            Some(Entry::Session(session)) => Some(Err(Arc::clone(session))),
            Some(Entry::Routed(route)) => Some(Ok(route.clone())),
            _ => None,
        });
        let route = match route {
            Some(Ok(route)) => route,
            Some(Err(session)) => session.engine(self),
            None => return refuse(&call, code::INVALID_HANDLE),
        };
        let made = match &call {
            Call::Create { shell, .. } | Call::Connect { shell, .. } => Some(*shell),
            Call::Run { command, .. } | Call::ConnectCommand { command, .. } => Some(*command),
            _ => None,
        };
        if let Some(made) = made {
            self.with(|entries| entries.insert(made, Entry::Routed(route.clone())));
        }
        if let Err(mpsc::error::SendError(Order::Call(call))) = route.send(Order::Call(call)) {
            refuse(&call, code::ABORTED);
        }
    }

    /// A shell or a command that is closed.
    fn forget(&self, handle: Handle) {
        self.with(|entries| entries.remove(&handle));
    }

    /// How many handles are open.
    pub fn open_handles(&self) -> usize {
        self.with(|entries| entries.len())
    }

    fn session(&self, handle: Handle) -> Option<Arc<Session>> {
        self.with(|entries| match entries.get(&handle) {
            Some(Entry::Session(session)) => Some(Arc::clone(session)),
            _ => None,
        })
    }

    fn add(&self, entry: Entry) -> Handle {
        let handle = Handle::next();
        self.with(|entries| entries.insert(handle, entry));
        handle
    }

    fn with<T>(&self, look: impl FnOnce(&mut HashMap<Handle, Entry>) -> T) -> T {
        look(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Session {
    /// Where its calls go. The first one settles what the session is.
    fn engine(&self, library: &'static Library) -> UnboundedSender<Order> {
        let sender = self.engine.get_or_init(|| {
            let settings = Settings {
                destination: self.destination.clone(),
                logon: self.logon.clone(),
                authentication: match self.logon.mechanism {
                    Mechanism::Basic => Authentication::Basic,
                    Mechanism::Kerberos => Authentication::Kerberos,
                    _ => Authentication::Negotiate,
                },
                options: Arc::clone(&self.options),
            };
            start(settings, Box::new(move |handle| library.forget(handle)))
        });
        sender.clone()
    }
}

/// A call that nobody takes is answered all the same, or the client would wait for ever.
fn refuse(call: &Call, code: u32) {
    let failure = Failure::new(code);
    let closing = matches!(call, Call::CloseShell { .. } | Call::CloseCommand { .. });
    let outcome = if closing { Ok(crate::Outcome::Done) } else { Err(&failure) };
    let (shell, command, operation) = call.handles();
    call.callback()(&Completion { flags: flags::END_OF_OPERATION, outcome, shell, command, operation });
}

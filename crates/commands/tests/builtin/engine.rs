//! A session that remembers what its commands wrote and showed, for both test programs of this crate.

#![allow(dead_code)] // neither needs all of it

use std::any::{Any, TypeId};
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use cmdlet::format::{DisplaySettings, ErrorView};
use cmdlet::{
    Argument, Authorized, Bound, Call, CommandInfo, CommandTable, Engine, ErrorRecord, Invocation, Output, Policy,
    Recorder, Redirection, SessionInfo, Stopped, Target, Terminate, Value,
};
use futures_util::future::BoxFuture;
use psrp::host_call::{HostCall, HostReply};
use psrp::{HostDefaultData, HostInfo};

pub(crate) struct Session {
    pub(crate) table: CommandTable,
    info: SessionInfo,
    services: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    answers: Mutex<VecDeque<Value>>,
    seen: Mutex<Seen>,
}

/// What came of a statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) objects: Vec<Value>,
    pub(crate) errors: Vec<ErrorRecord>,
    pub(crate) calls: Vec<HostCall>,
}

impl Seen {
    /// The lines on the screen; an error line begins with `!`.
    pub(crate) fn screen(&self) -> Vec<String> {
        let line = |call: &HostCall| match call {
            HostCall::WriteLine2(text) => text.to_string(),
            HostCall::WriteErrorLine(text) => format!("!{text}"),
            HostCall::WriteWarningLine(text) => format!("WARNING: {text}"),
            other => format!("{other:?}"),
        };
        self.calls.iter().map(line).collect()
    }

    /// A property of each object, as text.
    pub(crate) fn texts(&self, property: &str) -> Vec<String> {
        self.objects.iter().map(|object| object.property(property).unwrap().to_invariant_string().to_string()).collect()
    }
}

impl Session {
    pub(crate) fn new(table: CommandTable) -> Session {
        let screen =
            HostDefaultData { foreground_color: Some(7), background_color: Some(0), ..HostDefaultData::default() };
        let info = SessionInfo {
            id: clixml::Guid::nil(),
            account: "operator".into(),
            source: "socket".into(),
            client_version: "7.6.9".into(),
            buffer_width: 100,
            has_host: true,
            host_info: HostInfo::with_screen(screen),
            computer: "SERVER01".into(),
        };
        Session { table, info, services: HashMap::new(), answers: Mutex::default(), seen: Mutex::default() }
    }

    pub(crate) fn without_host(mut self) -> Session {
        self.info.has_host = false;
        self.info.host_info = HostInfo::none();
        self
    }

    pub(crate) fn client_version(mut self, version: &str) -> Session {
        self.info.client_version = version.into();
        self
    }

    pub(crate) fn error_view(mut self, error_view: ErrorView) -> Session {
        self.services.insert(TypeId::of::<DisplaySettings>(), Arc::new(DisplaySettings { error_view }));
        self
    }

    /// Gives commands a part of the daemon to work on.
    pub(crate) fn service<T: Send + Sync + 'static>(mut self, service: Arc<T>) -> Session {
        self.services.insert(TypeId::of::<T>(), service);
        self
    }

    /// What the user will answer to the next question that has no answer yet; without one, nothing.
    pub(crate) fn answer(&self, answer: impl Into<Value>) {
        self.answers.lock().unwrap().push_back(answer.into());
    }

    /// Runs a line of commands, with `-Name` and plain words.
    pub(crate) fn run(&self, line: &str) -> Result<Seen, Box<ErrorRecord>> {
        self.run_calls(calls(line), None)
    }

    /// Runs a line that the client pipes objects into.
    pub(crate) fn run_with(&self, line: &str, input: Vec<Value>) -> Result<Seen, Box<ErrorRecord>> {
        self.run_calls(calls(line), Some(input))
    }

    /// What the last line showed and asked, also if it failed.
    pub(crate) fn calls(&self) -> Vec<HostCall> {
        self.seen.lock().unwrap().calls.clone()
    }

    pub(crate) fn run_calls(&self, calls: Vec<Call>, input: Option<Vec<Value>>) -> Result<Seen, Box<ErrorRecord>> {
        *self.seen.lock().unwrap() = Seen::default();
        let done = now(async {
            let invocation = Invocation::bind(&self.table, calls, input.is_some(), self).await?;
            let recorded = invocation.authorize(&Everything)?.record(&Nowhere).await?;
            recorded.run(&self.table, self, futures_util::stream::iter(input.unwrap_or_default())).await
        });
        match done {
            Ok(()) => Ok(self.seen.lock().unwrap().clone()),
            Err(Terminate::Error(error)) => Err(error),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// Waits for whatever a command waits for.
fn now<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

pub(crate) fn calls(line: &str) -> Vec<Call> {
    line.split('|').map(|command| call(command.trim())).collect()
}

pub(crate) fn call(command: &str) -> Call {
    let mut words = command.split_whitespace();
    let name = words.next().unwrap_or_default().into();
    let argument = |word: &str| match word.strip_prefix('-') {
        Some(name) => Argument::Name(name.into()),
        None => Argument::Value(word.into()),
    };
    Call { name, arguments: words.map(argument).collect(), redirection: Redirection::default() }
}

/// As a typed line has it: errors go the way of the output.
pub(crate) fn merged(mut calls: Vec<Call>) -> Vec<Call> {
    for call in &mut calls {
        call.redirection.error = Target::Output;
    }
    calls
}

impl Engine for Session {
    fn emit(&self, output: Output) -> BoxFuture<'_, Result<(), Stopped>> {
        let mut seen = self.seen.lock().unwrap();
        match output {
            Output::Object(value) => seen.objects.push(value),
            Output::Error(error) => seen.errors.push(error),
            // what a user sees of these is shown at the host, too
            Output::Informational(_) | Output::Information(_) | Output::Progress(_) => {}
        }
        Box::pin(async { Ok(()) })
    }

    fn show(&self, call: HostCall) -> BoxFuture<'_, Result<(), Stopped>> {
        self.seen.lock().unwrap().calls.push(call);
        Box::pin(async { Ok(()) })
    }

    fn ask(&self, call: HostCall) -> BoxFuture<'_, Result<HostReply, Stopped>> {
        self.seen.lock().unwrap().calls.push(call);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or_default();
        Box::pin(async { Ok(HostReply::Value(answer)) })
    }

    fn session(&self) -> &SessionInfo {
        &self.info
    }

    fn service(&self, type_id: TypeId) -> Option<Arc<dyn Any + Send + Sync>> {
        self.services.get(&type_id).cloned()
    }
}

struct Everything;

impl Policy for Everything {
    fn authorize(&self, _: &'static CommandInfo, _: &Bound) -> Result<clixml::Str, ErrorRecord> {
        Ok("everything".into())
    }
}

struct Nowhere;

impl Recorder for Nowhere {
    fn invocation<'a>(&'a self, _: &'a Authorized<Invocation>) -> BoxFuture<'a, Result<(), Terminate>> {
        Box::pin(async { Ok(()) })
    }
}

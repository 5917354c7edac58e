//! A host as PowerShell is one, in Rust: asks, and waits for what it is told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clixml::{Guid, Secret};
use psrp::Stream;
use psrp::message::{Command, CreatePipeline};
use psrp::pool::client::{Config, Event, PipelineEnd, RunspacePool};
use psrpclient_core::{
    Call, Callback, Failure, Handle, Library, Logon, Mechanism, OptionValue, Outcome, ProxyAccess, SessionOption,
    Startup, code,
};
use support::listening::Listening;

/// One completion, copied.
#[derive(Debug)]
struct Told {
    what: &'static str,
    flags: u32,
    outcome: Result<Vec<u8>, Failure>,
    shell: Option<Handle>,
    command: Option<Handle>,
}

struct Host {
    session: Handle,
    pool: RunspacePool,
    id: Guid,
    shell: Handle,
    sender: Sender<Told>,
    told: Receiver<Told>,
}

impl Host {
    fn new(address: &str, user: &str, password: &str) -> Host {
        let logon = Logon { user: user.into(), password: Secret::new(password), mechanism: Mechanism::Negotiate };
        let connection = format!("http://{address}/wsman?PSVersion=7.6.9");
        let session = Library::global().create_session(&connection, Some(logon), ProxyAccess::None).unwrap();
        let (sender, told) = channel();
        let id = Guid::new_v4();
        let shell = Library::reserve();
        Host { session, pool: RunspacePool::new(Config::default(), id), id, shell, sender, told }
    }

    fn to(server: &Listening) -> Host {
        Host::new(&server.http.to_string(), &server.user, &server.password)
    }

    fn option(&self, number: u32, milliseconds: u32) {
        let option = SessionOption::of(number).unwrap();
        assert!(Library::global().set_option(self.session, option, OptionValue::Number(milliseconds)));
    }

    fn callback(&self, what: &'static str) -> Callback {
        let sender = self.sender.clone();
        Box::new(move |completion| {
            let outcome = match completion.outcome {
                Ok(Outcome::Done) => Ok(Vec::new()),
                Ok(Outcome::Text(text)) => Ok(text.as_bytes().to_vec()),
                Ok(Outcome::Output(octets)) => Ok(octets.to_vec()),
                Err(failure) => Err(failure.clone()),
            };
            let (shell, command) = (completion.shell, completion.command);
            drop(sender.send(Told { what, flags: completion.flags, outcome, shell, command }));
        })
    }

    fn startup(&self, element: &str, fragments: &[u8]) -> Startup {
        Startup {
            resource: "http://schemas.microsoft.com/powershell/PrivilegedEndpoint".into(),
            shell_id: format!("{:X}", self.id.hyphenated()),
            options: vec![("protocolversion".into(), "2.3".into(), true)],
            content: format!("<{element} xmlns=\"x\">{}</{element}>", STANDARD.encode(fragments)),
            ..Startup::default()
        }
    }

    fn create(&mut self) {
        self.pool.open();
        let fragments = self.pool.poll_output_for(None, Stream::Default, usize::MAX).unwrap_or_default();
        let startup = self.startup("creationXml", &fragments);
        let (shell, callback) = (self.shell, self.callback("create"));
        Library::global().submit(self.session, Call::Create { shell, startup, callback });
    }

    fn close(&self) {
        Library::global().submit(self.shell, Call::CloseShell { shell: self.shell, callback: self.callback("close") });
    }

    fn receive(&self, command: Option<Handle>) {
        let (shell, operation) = (self.shell, Library::reserve());
        let callback = self.callback(if command.is_some() { "output" } else { "pool" });
        Library::global().submit(shell, Call::Receive { shell, command, operation, delayed: false, callback });
    }

    /// The next completion.
    fn next(&self) -> Told {
        self.told.recv_timeout(Duration::from_secs(30)).expect("a completion")
    }

    /// The next completion of this kind; others may come before.
    fn next_of(&self, what: &str) -> Told {
        loop {
            let told = self.next();
            if told.what == what {
                return told;
            }
        }
    }

    /// Opens the shell, and the pool in it.
    fn open(&mut self) -> Told {
        self.create();
        let created = self.next();
        created.outcome.as_ref().unwrap();
        self.receive(None);
        loop {
            self.pool.receive(None, &self.next_of("pool").outcome.unwrap()).unwrap();
            while let Some(event) = self.pool.poll_event() {
                if matches!(event, Event::Opened) {
                    return created;
                }
            }
        }
    }

    /// Starts a command; gives its handle, its id, and a pool that knows it.
    fn run(&mut self, command: Command) -> (Handle, Guid) {
        let id = Guid::new_v4();
        self.pool.create_pipeline(id, CreatePipeline::new(vec![command])).unwrap();
        let fragments = self.pool.poll_output_for(Some(id), Stream::Default, usize::MAX).unwrap();
        let (shell, command) = (self.shell, Library::reserve());
        let call = Call::Run {
            shell,
            command,
            id: format!("{:X}", id.hyphenated()),
            line: "x".into(),
            argument: STANDARD.encode(fragments),
            callback: self.callback("run"),
        };
        Library::global().submit(shell, call);
        let run = self.next_of("run");
        run.outcome.unwrap();
        assert_eq!((run.shell, run.command), (Some(shell), Some(command)), "L-025");
        (command, id)
    }

    /// How a command ended, and how many objects it gave. Its receive has been asked for.
    fn end(&mut self, id: Guid) -> (PipelineEnd, usize) {
        let mut objects = 0;
        loop {
            let told = self.next_of("output");
            self.pool.receive(Some(id), &told.outcome.unwrap()).unwrap();
            assert!(told.flags <= 1, "L-023: {}", told.flags);
            while let Some(event) = self.pool.poll_event() {
                match event {
                    Event::Output { .. } => objects += 1,
                    Event::Finished { end, .. } => {
                        while self.told.try_recv().is_ok() {}
                        return (end, objects);
                    }
                    _ => {}
                }
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        Library::global().close_session(self.session);
    }
}

#[test]
fn l_021_l_024_l_026_a_new_shell_says_its_times_as_powershell_reads_them_and_that_it_can_be_left() {
    let server = Listening::test_table();
    let mut host = Host::to(&server);
    let created = host.open();
    assert_eq!(created.flags, 0x21);
    let text = String::from_utf8(created.outcome.unwrap()).unwrap();
    assert!(text.contains("<rsp:IdleTimeOut>PT600.000S</rsp:IdleTimeOut><rsp:OutputStreams>"), "{text}");
    assert!(text.contains("</rsp:OutputStreams><rsp:MaxIdleTimeOut>PT"), "{text}");
    assert!(text.contains(&format!("<rsp:ShellId>{:X}</rsp:ShellId>", host.id.hyphenated())), "L-026: {text}");
    host.close();
    host.next_of("close").outcome.unwrap();
}

/// PowerShell hung in `Remove-PSSession`, or right behind it, when an imported session was closed within a millisecond.
#[test]
fn a_shell_is_not_closed_so_fast_that_powershell_hears_of_it_before_it_hears_that_it_closes() {
    let server = Listening::test_table();
    let mut host = Host::to(&server);
    host.open();
    let asked = Instant::now();
    host.close();
    host.next_of("close").outcome.unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(25), "{:?}", asked.elapsed());
}

#[test]
fn l_019_a_receive_that_the_server_answers_with_a_time_out_is_asked_again_in_silence() {
    let server = Listening::test_table();
    let mut host = Host::to(&server);
    host.option(1, 1000);
    host.open();
    assert!(host.told.recv_timeout(Duration::from_secs(4)).is_err(), "nothing is told of it");
    let (command, id) = host.run(Command::new("Get-PepGreeting").parameter("Name", "x").parameter("Count", 3));
    host.receive(Some(command));
    assert_eq!(host.end(id), (PipelineEnd::Completed, 3));
}

#[test]
fn l_007_l_017_no_call_waits_for_a_silent_server_and_each_is_answered_by_its_own_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut host = Host::new(&silent.local_addr().unwrap().to_string(), "alice", "x");
    host.option(12, 1500);
    host.option(17, 1000);
    let started = Instant::now();
    host.create();
    assert!(started.elapsed() < Duration::from_millis(500), "the call returns at once");
    let created = host.next_of("create");
    assert_eq!(created.outcome.unwrap_err().code, code::TIMED_OUT);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    let closing = Instant::now();
    host.close();
    host.next_of("close").outcome.unwrap();
    assert!(closing.elapsed() < Duration::from_millis(500), "L-033: there is nothing to be closed");
}

#[test]
fn l_032_a_shell_may_be_closed_while_everything_is_pending() {
    let server = Listening::test_table();
    // while create is under way
    let mut host = Host::to(&server);
    host.create();
    host.close();
    host.next_of("close").outcome.unwrap();
    // while a receive, a send, a signal and the close of the command are
    let mut host = Host::to(&server);
    host.open();
    let (command, _) = host.run(Command::new("Start-PepTask").parameter("Seconds", 600.0).parameter("Quiet", true));
    host.receive(Some(command));
    let shell = host.shell;
    let operation = Library::reserve();
    let data = Bytes::new();
    let stream = "stdin".to_owned();
    let callback = host.callback("send");
    Library::global().submit(shell, Call::Send { shell, command: Some(command), operation, stream, data, callback });
    let code = "powershell/signal/crtl_c".to_owned();
    let callback = host.callback("signal");
    Library::global().submit(shell, Call::Signal { shell, command: Some(command), operation, code, callback });
    Library::global().submit(command, Call::CloseCommand { command, callback: host.callback("close command") });
    host.close();
    let mut told: Vec<&str> = Vec::new();
    while told.last() != Some(&"close") {
        told.push(host.next().what);
    }
    for what in ["send", "signal", "close command", "output", "pool"] {
        assert!(told.contains(&what), "{what} in {told:?}");
    }
    assert!(host.told.recv_timeout(Duration::from_millis(500)).is_err(), "nothing is told after the close");
}

#[test]
fn l_031_a_stop_is_told_after_the_end_that_it_led_to() {
    let server = Listening::test_table();
    let mut host = Host::to(&server);
    host.open();
    let (command, id) = host.run(Command::new("Start-PepTask").parameter("Seconds", 600.0).parameter("Quiet", true));
    host.receive(Some(command));
    let (shell, operation) = (host.shell, Library::reserve());
    let code = "powershell/signal/crtl_c".to_owned();
    let callback = host.callback("signal");
    Library::global().submit(shell, Call::Signal { shell, command: Some(command), operation, code, callback });
    let mut ended = false;
    loop {
        let told = host.next();
        match told.what {
            "output" => {
                host.pool.receive(Some(id), &told.outcome.unwrap()).unwrap();
                ended |= told.flags == 1;
            }
            "signal" => break,
            _ => {}
        }
    }
    assert!(ended);
    while host.pool.poll_event().is_some() {}
    let (command, id) = host.run(Command::new("Get-PepGreeting").parameter("Name", "x"));
    host.receive(Some(command));
    assert_eq!(host.end(id), (PipelineEnd::Completed, 1));
}

#[test]
fn l_009_l_011_handles_that_are_gone_do_no_harm() {
    let library = Library::global();
    let api = library.initialize();
    assert!(library.deinitialize(api));
    assert!(!library.deinitialize(api));
    let (sender, told) = channel();
    let gone = Library::reserve();
    library.close_session(gone);
    let callback: Callback = Box::new(move |completion| sender.send(completion.outcome.is_ok()).unwrap());
    library.submit(gone, Call::CloseShell { shell: gone, callback });
    assert!(told.recv_timeout(Duration::from_secs(1)).unwrap(), "L-018: a close is always told");
}

#[test]
fn l_044_a_password_shows_in_nothing_that_is_printed() {
    let logon = Logon { user: "alice".into(), password: Secret::new("Str0ng&Long"), mechanism: Mechanism::Basic };
    let printed = format!("{logon:?}");
    assert!(printed.contains("alice") && !printed.contains("Str0ng"), "{printed}");
}

//! One session over a server's standard input and output.

use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clixml::{Guid, Version};
use psrp::message::{CreatePipeline, GetCommandMetadata};
use psrp::out_of_process::{Client, ClientEvent};
use psrp::pool::client::{Config, Event, PipelineEnd};

/// A client half and the process it talks with.
pub(crate) struct Session {
    client: Client,
    server: Child,
    buffer: Vec<u8>,
}

/// Medians.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) open: Duration,
    pub(crate) no_op: Duration,
    pub(crate) get_command: Duration,
}

/// Opens `opens` sessions, one after the other, then runs `runs` commands in the last.
pub(crate) fn measure(server: &impl Fn() -> Command, opens: usize, runs: usize) -> Times {
    let mut open = Vec::with_capacity(opens);
    let mut last = None;
    for _ in 0..opens {
        let start = Instant::now();
        let session = Session::open(server());
        open.push(start.elapsed());
        last = Some(session);
    }
    let mut session = last.expect("one session at least");
    let mut timed = |command: &str, runs: usize| {
        let mut times = Vec::with_capacity(runs);
        for run in 0..runs + 5 {
            let start = Instant::now();
            session.run(command);
            if run >= 5 {
                times.push(start.elapsed());
            }
        }
        median(times)
    };
    // both servers have it, and it does next to nothing: it counts one object
    let no_op = timed("Measure-Object|5", runs);
    let get_command = timed("Get-Command", runs.div_ceil(5));
    Times { open: median(open), no_op, get_command }
}

/// How long the server takes for what `Import-PSSession` asks of it: the commands' metadata and the views. Median.
pub(crate) fn measure_import(server: &impl Fn() -> Command, runs: usize) -> (Duration, usize) {
    let mut session = Session::open(server());
    let mut times = Vec::with_capacity(runs);
    let mut commands = 0;
    for run in 0..runs + 3 {
        let start = Instant::now();
        commands = session.import();
        if run >= 3 {
            times.push(start.elapsed());
        }
    }
    (median(times), commands)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

impl Session {
    /// Starts the server and opens a session in it.
    pub(crate) fn open(mut server: Command) -> Session {
        let server = server.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let server = server.expect("the server starts");
        let client = Client::new(Config::default(), Guid::new_v4());
        let mut session = Session { client, server, buffer: vec![0; 64 * 1024] };
        session.client.open();
        session.until(|event| matches!(event, ClientEvent::Pool(Event::Opened)));
        session
    }

    /// Runs one command, `Name` or `Name|argument`, to its end.
    pub(crate) fn run(&mut self, command: &str) {
        let (name, argument) = command.split_once('|').unwrap_or((command, ""));
        let mut command = psrp::message::Command::new(name);
        if !argument.is_empty() {
            command = command.argument(argument);
        }
        self.run_command(command);
    }

    fn run_command(&mut self, command: psrp::message::Command) {
        let id = Guid::new_v4();
        self.client.create_pipeline(id, CreatePipeline::new(vec![command])).expect("the session is open");
        self.until(|event| match event {
            ClientEvent::Pool(Event::Finished { end, .. }) => {
                assert!(matches!(end, PipelineEnd::Completed), "{end:?}");
                true
            }
            _ => false,
        });
        self.client.close_pipeline(id);
        self.until(|event| matches!(event, ClientEvent::PipelineClosed { .. }));
    }

    /// What an import asks for; gives the number of objects that describe commands.
    fn import(&mut self) -> usize {
        let id = Guid::new_v4();
        self.client.get_command_metadata(id, GetCommandMetadata::new(["*"])).expect("the session is open");
        let described = Cell::new(0);
        self.until(|event| match event {
            ClientEvent::Pool(Event::Output { .. }) => {
                described.set(described.get() + 1);
                false
            }
            event => matches!(event, ClientEvent::Pool(Event::Finished { .. })),
        });
        self.client.close_pipeline(id);
        self.until(|event| matches!(event, ClientEvent::PipelineClosed { .. }));
        let version = Version::new(7, 6);
        let views = psrp::message::Command::new("Get-FormatData");
        self.run_command(views.parameter("TypeName", "*").parameter("PowerShellVersion", version));
        described.get()
    }

    fn until(&mut self, wanted: impl Fn(&ClientEvent) -> bool) {
        loop {
            while let Some(event) = self.client.poll_event() {
                if wanted(&event) {
                    return;
                }
            }
            let input = self.server.stdin.as_mut().expect("piped");
            while let Some(line) = self.client.poll_output() {
                input.write_all(&line).expect("the server reads");
            }
            input.flush().expect("the server reads");
            let output = self.server.stdout.as_mut().expect("piped");
            let count = output.read(&mut self.buffer).expect("the server writes");
            assert!(count > 0, "the server has gone");
            self.client
                .receive(self.buffer.get(..count).unwrap_or_default())
                .expect("the server keeps to the protocol");
        }
    }

    /// Resident memory of the server process.
    pub(crate) fn resident_bytes(&self) -> u64 {
        crate::daemon::resident_bytes(self.server.id())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

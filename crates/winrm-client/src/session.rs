//! A PowerShell session over WinRM.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use clixml::{Guid, Value};
use psrp::Stream;
use psrp::message::{Command, CreatePipeline};
use psrp::pool::client::{Config as PoolConfig, Event as PoolEvent, PipelineEnd, Record, RunspacePool};
use tokio::sync::mpsc;
use wsman::action::{InputStream, SignalCode};
use wsman::shell::client::{Client, Config, Event, ExchangeId};
use wsman::{CommandId, ShellId};

use crate::connection::{Answered, Connection};
use crate::error::Error;
use crate::target::Target;

/// Bytes of PSRP in one request: with everything around them they fit into an envelope of 500 KB.
const ROOM: usize = 256 * 1024;

/// A session, and what runs in it. Dropped, it leaves its shell to the server's idle time-out: call [`Session::close`].
pub struct Session {
    target: Arc<Target>,
    wsman: Client,
    pool: RunspacePool,
    /// Commands that the server knows of, or will when its turn comes.
    started: HashSet<Guid>,
    /// The shell is there.
    created: bool,
    idle: Vec<Connection>,
    answered: mpsc::UnboundedReceiver<Exchanged>,
    answers: mpsc::UnboundedSender<Exchanged>,
    /// Why the last request failed: the machine knows only that it did.
    failure: Option<Error>,
}

/// What came of a request; and its connection, which is free again.
type Exchanged = (ExchangeId, Result<(Connection, Answered), Error>);

/// What came of a pipeline.
#[derive(Debug)]
pub struct Ended {
    /// Its output.
    pub output: Vec<Value>,
    /// What it wrote beside.
    pub records: Vec<Record>,
    /// How it ended.
    pub end: PipelineEnd,
}

/// What happened next.
#[allow(clippy::large_enum_variant)] // moved once, from the machine to its reader
enum Step {
    Pool(PoolEvent),
    Created,
    CommandReleased(CommandId),
    Closed,
}

impl Session {
    /// Connects, logs on, makes a shell and opens a pool in it.
    ///
    /// # Errors
    /// If any of that fails.
    pub async fn open(target: Arc<Target>, pool: PoolConfig) -> Result<Session, Error> {
        let id = Guid::new_v4();
        let config = Config::new(&target.url(), &target.configuration);
        let now = Instant::now();
        let (answers, answered) = mpsc::unbounded_channel();
        let mut session = Session {
            target,
            wsman: Client::new(config, ShellId::from(id), now),
            pool: RunspacePool::new(pool, id),
            started: HashSet::new(),
            created: false,
            idle: Vec::new(),
            answered,
            answers,
            failure: None,
        };
        session.pool.open();
        let creation = session.pool.poll_output_for(None, Stream::Default, ROOM).unwrap_or_default();
        session.wsman.create(None, None, creation, now);
        loop {
            match session.step().await? {
                Step::Created => session.wsman.start_receiving(None, Instant::now()),
                Step::Pool(PoolEvent::Opened) => return Ok(session),
                Step::Pool(PoolEvent::BrokenByServer(reason)) => return Err(Error::Broken(reason)),
                _ => {}
            }
        }
    }

    /// Runs commands as one pipeline, to its end.
    ///
    /// # Errors
    /// If the session breaks.
    pub async fn run(&mut self, commands: Vec<Command>) -> Result<Ended, Error> {
        let id = self.start(CreatePipeline::new(commands))?;
        let (mut output, mut records) = (Vec::new(), Vec::new());
        let end = loop {
            match self.next().await? {
                PoolEvent::Output { id: of, value } if of == id => output.push(value),
                PoolEvent::Record { id: of, record } if of == id => records.push(record),
                PoolEvent::Finished { id: of, end } if of == id => break end,
                _ => {}
            }
        };
        self.release(id).await?;
        Ok(Ended { output, records, end })
    }

    /// Starts a pipeline.
    ///
    /// # Errors
    /// If the pool is not open.
    pub fn start(&mut self, pipeline: CreatePipeline) -> Result<Guid, Error> {
        let id = Guid::new_v4();
        self.pool.create_pipeline(id, pipeline)?;
        Ok(id)
    }

    /// Stops a pipeline. Its end comes as usual.
    pub fn stop(&mut self, pipeline: Guid) {
        self.pool.stop_pipeline(pipeline);
        self.wsman.signal(CommandId::from(pipeline), SignalCode::Stop, Instant::now());
    }

    /// Tells the server that nothing more is wanted of a pipeline that has ended.
    ///
    /// # Errors
    /// If the session breaks.
    pub async fn release(&mut self, pipeline: Guid) -> Result<(), Error> {
        let command = CommandId::from(pipeline);
        self.pool.close_pipeline(pipeline);
        self.started.remove(&pipeline);
        self.wsman.signal(command, SignalCode::Terminate, Instant::now());
        loop {
            match self.step().await? {
                Step::CommandReleased(released) if released == command => return Ok(()),
                _ => {}
            }
        }
    }

    /// Hangs up connections that nothing is under way on. The next request opens one anew.
    pub fn close_idle_connections(&mut self) {
        self.idle.clear();
    }

    /// The pool, to send input and answers through.
    pub fn pool(&mut self) -> &mut RunspacePool {
        &mut self.pool
    }

    /// What happens next.
    ///
    /// # Errors
    /// If the session breaks.
    pub async fn next(&mut self) -> Result<PoolEvent, Error> {
        loop {
            match self.step().await? {
                Step::Pool(PoolEvent::BrokenByServer(reason)) => return Err(Error::Broken(reason)),
                Step::Pool(event) => return Ok(event),
                _ => {}
            }
        }
    }

    /// Closes the shell and all that is in it.
    ///
    /// # Errors
    /// If the server does not say that it did.
    pub async fn close(mut self) -> Result<(), Error> {
        self.wsman.stop_receiving(None);
        self.wsman.delete(Instant::now());
        loop {
            if let Step::Closed = self.step().await? {
                return Ok(());
            }
        }
    }

    async fn step(&mut self) -> Result<Step, Error> {
        loop {
            if let Some(event) = self.pool.poll_event() {
                return Ok(Step::Pool(event));
            }
            while let Some(event) = self.wsman.poll_event() {
                if let Some(step) = self.happened(event)? {
                    return Ok(step);
                }
                if let Some(event) = self.pool.poll_event() {
                    return Ok(Step::Pool(event));
                }
            }
            self.send_what_waits();
            self.dispatch();
            let Some((exchange, answered)) = self.answered.recv().await else { return Err(Error::Ended) };
            let now = Instant::now();
            match answered {
                Ok((connection, answer)) => {
                    self.idle.push(connection);
                    let content_type = answer.content_type.as_deref();
                    self.wsman.receive(exchange, answer.status, content_type, &answer.body, now);
                }
                Err(error) => {
                    self.failure = Some(error);
                    self.wsman.lost(exchange, now);
                }
            }
        }
    }

    fn happened(&mut self, event: Event) -> Result<Option<Step>, Error> {
        match event {
            Event::Created(_) => {
                self.created = true;
                return Ok(Some(Step::Created));
            }
            Event::CommandCreated(command) => self.wsman.start_receiving(Some(command), Instant::now()),
            Event::Output(command, data) => {
                // an error becomes an event of the pool
                let _ = self.pool.receive(command.map(CommandId::as_uuid), &data);
            }
            Event::Signalled(command, SignalCode::Terminate) => return Ok(Some(Step::CommandReleased(command))),
            Event::Deleted => return Ok(Some(Step::Closed)),
            Event::Failed { error, .. } => {
                return Err(match (error, self.failure.take()) {
                    (wsman::shell::client::Error::ConnectionLost, Some(failure)) => failure,
                    (error, _) => error.into(),
                });
            }
            _ => {}
        }
        Ok(None)
    }

    /// What PSRP has to say becomes Command and Send.
    fn send_what_waits(&mut self) {
        if !self.created {
            return;
        }
        let now = Instant::now();
        while let Some((pipeline, stream, data)) = self.pool.poll_output(ROOM) {
            let stream = match stream {
                Stream::Default => InputStream::Stdin,
                Stream::PromptResponse => InputStream::PromptResponse,
            };
            match pipeline {
                Some(id) if self.started.insert(id) => self.wsman.command(CommandId::from(id), "", data, now),
                pipeline => self.wsman.send(pipeline.map(CommandId::from), stream, data, now),
            }
        }
    }

    /// Every request that is ready goes out on a connection of its own.
    fn dispatch(&mut self) {
        while let Some(outgoing) = self.wsman.poll_output() {
            let (target, idle, answers) = (Arc::clone(&self.target), self.idle.pop(), self.answers.clone());
            tokio::spawn(async move {
                let exchanged = async {
                    let mut connection = match idle {
                        Some(connection) => connection,
                        None => Connection::open(target).await?,
                    };
                    let answered = connection.post(outgoing.content_type, outgoing.body).await?;
                    Ok((connection, answered))
                };
                let exchanged = exchanged.await;
                let _ = answers.send((outgoing.exchange, exchanged)); // nobody waits any more for a session that is gone
            });
        }
    }
}

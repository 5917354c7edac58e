//! What a client does and what it gets, whatever transport carries it: events of its pool in, recorded things out to its pool.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use audit::Kind;
use clixml::{Guid, Str, Value};
use cmdlet::{CommandTable, SessionInfo};
use psrp::host_call::HostReply;
use psrp::message::{CreatePipeline, GetCommandMetadata};
use psrp::pool::server::{Event, Opened, PipelineEnd, Record as PoolRecord, RunspacePool};
use psrp::record::ErrorRecord;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use transcript::{Outcome, Record};

use super::context::Endpoint;
use super::metadata;
use super::pipeline::Pipeline;
use super::record::{Asked, FromJournal, Outbox, Outgoing, Place, Recorded, arguments, clixml, history};
use super::statement::statements;
use crate::identity::Principal;

/// One client in the endpoint.
pub(crate) struct Conversation {
    endpoint: Arc<Endpoint>,
    principal: Principal,
    transport: &'static str,
    from_journal: mpsc::UnboundedSender<FromJournal>,
    session: Option<Open>,
    running: HashMap<Guid, Running>,
    /// Pipelines that wait for their turn: a pool runs as many at a time as its client asked for.
    waiting: VecDeque<Pipeline>,
}

/// What has been handed to the pool.
pub(crate) struct Sent {
    pub(crate) pipeline: Guid,
    /// Its place on the way out.
    pub(crate) place: Place,
    /// Output that a client may agree to lose while it is away. States and questions are not.
    pub(crate) droppable: bool,
}

/// What there is once the client has opened its pool.
struct Open {
    info: Arc<SessionInfo>,
    /// What it may run.
    table: Arc<CommandTable>,
    outbox: Outbox,
    ready: bool,
}

/// A pipeline that has not ended.
struct Running {
    stop: CancellationToken,
    input: Option<mpsc::UnboundedSender<Value>>,
    replies: HashMap<i64, (Asked, oneshot::Sender<HostReply>)>,
    /// Takes one of the pool's runspaces. A nested one does not: it runs beside the one it belongs to.
    takes_runspace: bool,
    started: bool,
}

impl Conversation {
    pub(crate) fn new(
        endpoint: Arc<Endpoint>,
        principal: Principal,
        transport: &'static str,
        from_journal: mpsc::UnboundedSender<FromJournal>,
    ) -> Conversation {
        Conversation {
            endpoint,
            principal,
            transport,
            from_journal,
            session: None,
            running: HashMap::new(),
            waiting: VecDeque::new(),
        }
    }

    /// May what waits in the pool be sent? Not before the session's own start is on record.
    pub(crate) fn may_answer(&self) -> bool {
        self.session.as_ref().is_none_or(|session| session.ready)
    }

    /// Something the client did.
    pub(crate) fn event(&mut self, pool: &mut RunspacePool, event: Event) {
        match event {
            Event::Opened(opened) => self.opened(pool, &opened),
            Event::PipelineCreated { id, pipeline } => self.pipeline_created(pool, id, *pipeline),
            Event::CommandMetadata { id, request } => self.command_metadata(id, &request),
            Event::PipelineInput { id, value } => self.input(id, value),
            Event::EndOfInput { id } => {
                if let Some(running) = self.running.get_mut(&id) {
                    running.input = None;
                }
            }
            Event::HostResponse { pipeline, call_id, reply } => self.host_response(pipeline, call_id, reply),
            Event::Broken { reason } => {
                warn!(account = %self.principal.account(), source = %self.principal.source(), %reason, "the client broke the protocol");
                self.end(&reason.to_string());
            }
        }
    }

    fn opened(&mut self, pool: &mut RunspacePool, opened: &Opened) {
        let version = opened.ps_version().map(|version| version.to_string()).unwrap_or_default();
        let width = opened.host_info.buffer_width().and_then(|width| u16::try_from(width).ok());
        let info = SessionInfo {
            id: opened.id,
            account: self.principal.account().into(),
            source: self.principal.source().into(),
            client_version: version.as_str().into(),
            buffer_width: width.unwrap_or(120),
            has_host: !opened.host_info.is_host_null,
            host_info: opened.host_info.clone(),
            computer: Str::from(&*self.endpoint.computer),
        };
        let start = Record::SessionStart {
            session: opened.id.to_string(),
            account: info.account.to_string(),
            source: info.source.to_string(),
            client: version,
            transport: self.transport.into(),
            configuration: self.endpoint.configuration.clone(),
            host: self.endpoint.computer.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
        };
        let told = self.from_journal.clone();
        let started = self.endpoint.journal.start(&opened.id.to_string(), start, move |held| {
            let _ = told.send(match held {
                Ok(()) => FromJournal::Started,
                Err(error) => FromJournal::Failed(error),
            });
        });
        match started {
            Ok(journal) => {
                info!(account = %info.account, source = %info.source, session = %opened.id, "session opened");
                self.tell(Kind::Accessed);
                let outbox = Outbox::new(journal, self.from_journal.clone());
                let table = self.endpoint.permitted_table();
                self.session = Some(Open { info: Arc::new(info), table, outbox, ready: false });
            }
            Err(error) => {
                warn!(account = %info.account, source = %info.source, %error, "session refused: it cannot be recorded");
                pool.break_pool(cannot_record("begin", &error.to_string()));
            }
        }
    }

    fn pipeline_created(&mut self, pool: &RunspacePool, id: Guid, create: CreatePipeline) {
        let Some(session) = &self.session else { return };
        session.outbox.note(pipeline_record(&session.table, id, &create));
        let (input, inputs) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let has_input = !create.no_input;
        let nested = create.is_nested;
        let mut info = Arc::clone(&session.info);
        if create.host_info.is_host_null && !create.host_info.use_runspace_host && info.has_host {
            info = Arc::new(SessionInfo { has_host: false, ..(*info).clone() });
        }
        let pipeline = Pipeline {
            id,
            statements: statements(create.power_shell),
            has_input,
            input: inputs,
            endpoint: Arc::clone(&self.endpoint),
            table: Arc::clone(&session.table),
            session: info,
            outbox: session.outbox.clone(),
            stop: stop.clone(),
        };
        let running = Running {
            stop,
            input: has_input.then_some(input),
            replies: HashMap::new(),
            takes_runspace: !nested,
            started: false,
        };
        self.running.insert(id, running);
        self.waiting.push_back(pipeline);
        self.start_waiting(pool);
    }

    /// Starts what may run now, in the order it came.
    fn start_waiting(&mut self, pool: &RunspacePool) {
        let runspaces = usize::try_from(pool.max_runspaces()).unwrap_or(1).max(1);
        let mut later = VecDeque::new();
        while let Some(pipeline) = self.waiting.pop_front() {
            let taken = self.running.values().filter(|running| running.started && running.takes_runspace).count();
            match self.running.get_mut(&pipeline.id) {
                Some(running) if !running.takes_runspace || taken < runspaces => {
                    running.started = true;
                    tokio::spawn(pipeline.run());
                }
                Some(_) => later.push_back(pipeline),
                None => {}
            }
        }
        self.waiting = later;
    }

    fn command_metadata(&mut self, id: Guid, request: &GetCommandMetadata) {
        let Some(session) = &self.session else { return };
        let names = request.names.iter().map(ToString::to_string).collect();
        session.outbox.note(Record::CommandMetadata { pipeline: id.to_string(), names });
        let running = Running {
            stop: CancellationToken::new(),
            input: None,
            replies: HashMap::new(),
            takes_runspace: false,
            started: true,
        };
        self.running.insert(id, running);
        metadata::answer(&session.table, id, request, &session.outbox);
    }

    fn input(&mut self, id: Guid, value: Value) {
        let Some(session) = &self.session else { return };
        let Some(input) = self.running.get(&id).and_then(|running| running.input.as_ref()) else { return };
        session.outbox.note(Record::Input { pipeline: id.to_string(), clixml: clixml(&value) });
        let _ = input.send(value); // a pipeline that has ended takes no more
    }

    fn host_response(&mut self, pipeline: Option<Guid>, call_id: i64, reply: HostReply) {
        let (Some(session), Some(id)) = (&self.session, pipeline) else { return };
        let Some((asked, waiting)) = self.running.get_mut(&id).and_then(|running| running.replies.remove(&call_id))
        else {
            return;
        };
        let shown = match &reply {
            HostReply::Value(value) => asked.shown(value),
            HostReply::Error(error) => clixml(&error.to_value()),
        };
        session.outbox.note(Record::HostReply { pipeline: id.to_string(), clixml: shown });
        let _ = waiting.send(match reply {
            HostReply::Error(error) => {
                HostReply::Error(ErrorRecord { exception: error.exception.clone().into_remote(), ..error })
            }
            value @ HostReply::Value(_) => value,
        });
    }

    /// The client wants this pipeline stopped. Its host calls are dropped at once; its end is sent when its commands have let go.
    pub(crate) fn stop(&mut self, id: Guid) {
        let Some(running) = self.running.get_mut(&id) else { return };
        running.stop.cancel();
        running.replies.clear();
        running.input = None;
        if let Some(session) = &self.session {
            session.outbox.note(Record::Stop { pipeline: id.to_string() });
        }
        if !running.started {
            // it never ran: its end is all there is
            self.waiting.retain(|pipeline| pipeline.id != id);
            if let Some(session) = &self.session {
                let error = Some(Box::new(cmdlet::refusal::pipeline_stopped()));
                let duration = std::time::Duration::ZERO;
                let (pipeline, outcome, ends_session) = (id, Outcome::Stopped, None);
                session.outbox.send(Outgoing::Finished { pipeline, outcome, error, duration, ends_session });
            }
        }
    }

    /// The client has been away for too long.
    pub(crate) fn time_out(&mut self) {
        self.tell(Kind::SessionTimedOut);
        self.end("the session was idle for too long");
    }

    /// Tells those who watch the endpoint.
    fn tell(&self, kind: Kind) {
        self.endpoint.tell(kind, self.principal.account(), self.principal.source(), "");
    }

    /// The client leaves or is gone. Everything stops; `reason` goes on record. Only the first call counts.
    pub(crate) fn end(&mut self, reason: &str) {
        for running in self.running.values_mut() {
            running.stop.cancel();
            running.replies.clear();
        }
        self.waiting.clear();
        if let Some(session) = &self.session {
            info!(account = %session.info.account, source = %session.info.source, reason, "session ended");
            session.outbox.note(Record::SessionEnd { reason: reason.into() });
        }
        self.session = None;
        self.running.clear();
    }

    /// The journal's answer: what is on record may go out, and has now been handed to the pool. Whose it is, and its place on the
    /// way out: keep that while the client does not take what it has.
    pub(crate) fn journaled(&mut self, pool: &mut RunspacePool, message: FromJournal) -> Option<Sent> {
        match message {
            FromJournal::Started => {
                if let Some(session) = &mut self.session {
                    session.ready = true;
                }
                None
            }
            FromJournal::Send(recorded) => Some(self.send(pool, recorded)),
            FromJournal::Failed(error) => {
                if self.session.is_some() {
                    warn!(%error, "the session ends: it cannot be recorded any more");
                }
                pool.break_pool(cannot_record("go on", &error.to_string()));
                self.end(&error.to_string());
                None
            }
        }
    }

    /// The only way to the client. What belongs to a pipeline that the client has closed meanwhile is dropped.
    fn send(&mut self, pool: &mut RunspacePool, recorded: Recorded<Outgoing>) -> Sent {
        match recorded.into_inner() {
            Outgoing::Output { pipeline, output, place } => {
                let _ = match output {
                    cmdlet::Output::Object(value) => pool.send_output(pipeline, value),
                    cmdlet::Output::Error(error) => pool.send_record(pipeline, PoolRecord::Error(error)),
                    cmdlet::Output::Informational(record) => {
                        pool.send_record(pipeline, PoolRecord::Informational(record))
                    }
                    cmdlet::Output::Information(record) => pool.send_record(pipeline, PoolRecord::Information(record)),
                    cmdlet::Output::Progress(record) => pool.send_record(pipeline, PoolRecord::Progress(record)),
                };
                Sent { pipeline, place, droppable: true }
            }
            Outgoing::HostCall { pipeline, call, reply, place } => {
                if let Some(running) = self.running.get_mut(&pipeline).filter(|running| !running.stop.is_cancelled()) {
                    let asked = Asked::by(&call);
                    match (pool.host_call(Some(pipeline), call), reply) {
                        (Ok(call_id), Some(reply)) => {
                            running.replies.insert(call_id, (asked, reply));
                        }
                        (Ok(_), None) => {}
                        (Err(error), _) => warn!(%error, "a host call could not be sent"),
                    }
                }
                Sent { pipeline, place, droppable: false }
            }
            Outgoing::Finished { pipeline, outcome, error, ends_session, .. } => {
                let end = match (outcome, error) {
                    (Outcome::Completed, _) => PipelineEnd::Completed,
                    (Outcome::Failed, Some(error)) => PipelineEnd::Failed(error),
                    _ => PipelineEnd::Stopped,
                };
                let _ = pool.finish_pipeline(pipeline, end);
                self.running.remove(&pipeline);
                match ends_session {
                    Some(reason) => {
                        pool.close_pool();
                        self.end(reason);
                    }
                    None => self.start_waiting(pool),
                }
                Sent { pipeline, place: Place::free(), droppable: false }
            }
        }
    }
}

/// A pipeline as it came, secrets masked.
fn pipeline_record(table: &CommandTable, id: Guid, create: &CreatePipeline) -> Record {
    let shell = &create.power_shell;
    let first = std::slice::from_ref(&shell.commands);
    let statements = if shell.extra_commands.is_empty() { first } else { &shell.extra_commands };
    let call = |command: &psrp::message::Command| transcript::CommandCall {
        name: command.name.to_string(),
        script: command.is_script,
        arguments: arguments(table, command),
    };
    Record::Pipeline {
        pipeline: id.to_string(),
        statements: statements.iter().map(|commands| commands.iter().map(call).collect()).collect(),
        history: history(table, create),
    }
}

/// What the client is told when its session cannot be recorded.
fn cannot_record(what: &str, reason: &str) -> ErrorRecord {
    let exception = psrp::record::Exception::new(
        &["System.InvalidOperationException", "System.SystemException", "System.Exception", "System.Object"],
        format!("This session cannot {what}: what is done in it must be recorded, and {reason}."),
    );
    ErrorRecord::new(exception, "RecordNotAvailable", psrp::record::ErrorCategory::ResourceUnavailable)
}

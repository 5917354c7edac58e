use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use clixml::{Guid, Plain, SecureStringCipher, Value, Version};

use super::host_calls::HostCalls;
use super::pipeline::{Phase, Pipeline};
use super::{Config, Event, PipelineEnd, Record};
use crate::fragment::FragmentLimits;
use crate::host_call::HostCall;
use crate::message::{
    Body, HostCallMessage, Message, PipelineState, PipelineStateInfo, RunspacePoolState, RunspacePoolStateInfo,
    UserEvent,
};
use crate::outbox::{Outbox, Target};
use crate::pool::channels::Channels;
use crate::record::ErrorRecord;
use crate::session_key::SessionKey;
use crate::{Half, ProtocolError, SendError, Stream};

/// The server's half of one runspace pool, with its pipelines.
///
/// Bytes go in by [`receive`](RunspacePool::receive); what the client wants comes out of [`poll_event`](RunspacePool::poll_event);
/// what a command does is told by the `send_…` calls; bytes come out of [`poll_output`](RunspacePool::poll_output). By itself it
/// answers the opening, version and key negotiation, questions about runspaces, and everything illegal.
#[derive(Debug)]
pub struct RunspacePool {
    pub(super) config: Arc<Config>,
    pub(super) session_key: SessionKey,
    pub(super) state: RunspacePoolState,
    /// Nil until the client told it.
    pub(super) id: Guid,
    pub(super) protocol: Version,
    pub(super) min_runspaces: i32,
    pub(super) max_runspaces: i32,
    pub(super) channels: Channels,
    pub(super) pipelines: Vec<Pipeline>,
    pub(super) host_calls: HostCalls,
    pub(super) outbox: Outbox,
    /// The message that says that the pool is open.
    pub(super) told_open: Option<u64>,
    pub(super) events: VecDeque<Event>,
}

impl RunspacePool {
    /// A pool that waits for a client. `session_key` is used at protocol 2.3 and older only, but then from the first secure string on.
    pub fn new(config: Arc<Config>, session_key: SessionKey) -> RunspacePool {
        let limits = FragmentLimits { object: config.limits.object, total: u64::MAX };
        RunspacePool {
            protocol: config.protocol,
            config,
            session_key,
            state: RunspacePoolState::BeforeOpen,
            id: Guid::nil(),
            min_runspaces: 1,
            max_runspaces: 1,
            channels: Channels::new(limits),
            pipelines: Vec::new(),
            host_calls: HostCalls::default(),
            outbox: Outbox::default(),
            told_open: None,
            events: VecDeque::new(),
        }
    }

    /// Where the pool stands.
    pub fn state(&self) -> RunspacePoolState {
        self.state
    }

    /// The id the client chose, once it did.
    pub fn id(&self) -> Option<Guid> {
        (!self.id.is_nil()).then_some(self.id)
    }

    /// The protocol version agreed on; before that, the newest we speak.
    pub fn protocol(&self) -> Version {
        self.protocol
    }

    /// How many pipelines the client wants to run at a time: `MaxRunspaces` as it stands now.
    pub fn max_runspaces(&self) -> i32 {
        self.max_runspaces
    }

    /// Is this pipeline created and not ended?
    pub fn is_running(&self, pipeline: Guid) -> bool {
        self.pipelines.iter().any(|p| p.id == pipeline && p.phase == Phase::Running)
    }

    /// Is this pipeline known, by its transport or by a message, and not closed?
    pub(crate) fn is_known(&self, pipeline: Guid) -> bool {
        self.pipelines.iter().any(|p| p.id == pipeline)
    }

    /// What the client did next.
    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        if self.events.is_empty() {
            self.events = VecDeque::new(); // an idle pool holds nothing
        }
        event
    }

    /// The oldest message that waits to be sent, or as much of it as `room` bytes hold, and the pipeline it belongs to. For
    /// transports with one stream for everything.
    pub fn poll_output(&mut self, room: usize) -> Option<(Option<Guid>, Bytes)> {
        self.outbox.poll(room).map(|(target, bytes)| (target.pipeline, bytes))
    }

    /// As much of what waits for the pool (`None`) or for one pipeline as `room` bytes hold. For transports that ask for each.
    pub fn poll_output_for(&mut self, pipeline: Option<Guid>, room: usize) -> Option<Bytes> {
        self.outbox.poll_for(target(pipeline), room)
    }

    /// The object id of the oldest message that waits to be sent.
    pub(crate) fn oldest_output(&self) -> Option<u64> {
        self.outbox.oldest()
    }

    /// The object id of the last message that was made.
    pub(crate) fn newest_output(&self) -> u64 {
        self.outbox.newest()
    }

    /// Bytes that wait to be sent to the pool (`None`) or to one pipeline: whoever makes output should wait while they are many.
    pub fn output_waiting(&self, pipeline: Option<Guid>) -> usize {
        self.outbox.waiting(target(pipeline))
    }

    /// PIPELINE_OUTPUT: one object.
    pub fn send_output(&mut self, pipeline: Guid, value: Value) -> Result<(), SendError> {
        self.send_of_running(pipeline, Body::PipelineOutput(value))
    }

    /// ERROR_RECORD, WARNING_RECORD … INFORMATION_RECORD.
    pub fn send_record(&mut self, pipeline: Guid, record: Record) -> Result<(), SendError> {
        let body = match record {
            Record::Error(record) => Body::ErrorRecord(Box::new(record)),
            Record::Informational(record) => Body::Informational(record),
            Record::Information(record) => Body::InformationRecord(Box::new(record)),
            Record::Progress(record) => Body::ProgressRecord(record),
        };
        self.send_of_running(pipeline, body)
    }

    /// USER_EVENT.
    pub fn send_user_event(&mut self, event: UserEvent) -> Result<(), SendError> {
        self.check_open()?;
        self.send(None, Body::UserEvent(Box::new(event)));
        Ok(())
    }

    /// Calls a method of the client's host, for a pipeline or for the pool. Returns the call's id; if the method answers, the answer
    /// comes as [`Event::HostResponse`] with that id.
    pub fn host_call(&mut self, pipeline: Option<Guid>, call: HostCall) -> Result<i64, SendError> {
        self.check_open()?;
        let limit = self.config.limits.host_calls;
        let host_calls = match pipeline {
            Some(id) => &mut self.running(id)?.host_calls,
            None => &mut self.host_calls,
        };
        let call_id = host_calls.begin(&call, limit)?;
        let message = HostCallMessage { call_id, call };
        let body = match pipeline {
            Some(_) => Body::PipelineHostCall(message),
            None => Body::RunspacePoolHostCall(message),
        };
        self.send(pipeline, body);
        Ok(call_id)
    }

    /// PIPELINE_STATE: the pipeline has ended. Its host calls are no longer waited for.
    pub fn finish_pipeline(&mut self, pipeline: Guid, end: PipelineEnd) -> Result<(), SendError> {
        self.check_open()?;
        let ended = self.running(pipeline)?;
        ended.phase = Phase::Ended;
        ended.host_calls.forget_all();
        self.send_end(pipeline, end);
        Ok(())
    }

    fn send_end(&mut self, pipeline: Guid, end: PipelineEnd) {
        let (state, reason) = match end {
            PipelineEnd::Completed => (PipelineState::Completed, None),
            PipelineEnd::Stopped => (PipelineState::Stopped, Some(Box::new(ErrorRecord::pipeline_stopped()))),
            PipelineEnd::Failed(reason) => (PipelineState::Failed, Some(reason)),
        };
        self.send(Some(pipeline), Body::PipelineState(PipelineStateInfo { state, reason }));
    }

    /// The client closed this pipeline (signal `terminate`, `Close`): nothing of it is kept, unsent output included. End it before.
    pub fn close_pipeline(&mut self, pipeline: Guid) {
        self.pipelines.retain(|p| p.id != pipeline);
        if self.pipelines.is_empty() {
            self.pipelines = Vec::new(); // an idle pool holds nothing
        }
        self.outbox.forget(pipeline);
    }

    /// Closes the pool: running pipelines are stopped, then RUNSPACEPOOL_STATE Closing and Closed.
    pub fn close_pool(&mut self) {
        if self.state.is_final() {
            return;
        }
        self.end_all(|| PipelineEnd::Stopped);
        for state in [RunspacePoolState::Closing, RunspacePoolState::Closed] {
            self.send(None, Body::RunspacePoolState(RunspacePoolStateInfo { state, reason: None }));
        }
        self.state = RunspacePoolState::Closed;
    }

    /// Ends the pool with RUNSPACEPOOL_STATE Broken; clients show the reason.
    pub fn break_pool(&mut self, reason: ErrorRecord) {
        if self.state.is_final() {
            return;
        }
        // a client that waits for a pipeline hears of that one only
        self.end_all(|| PipelineEnd::Failed(Box::new(reason.clone())));
        // who was not let in is told that alone: a client that is told it is in and out again says the reason to nobody
        if let Some(told) = self.told_open {
            self.outbox.withdraw(told);
        }
        let reason = Some(Box::new(reason));
        self.send(None, Body::RunspacePoolState(RunspacePoolStateInfo { state: RunspacePoolState::Broken, reason }));
        self.state = RunspacePoolState::Broken;
    }

    /// The client broke the protocol.
    pub(crate) fn break_off(&mut self, reason: ProtocolError) {
        if self.state.is_final() {
            return;
        }
        self.break_pool(reason.to_record());
        self.events.push_back(Event::Broken { reason });
    }

    fn end_all(&mut self, end: impl Fn() -> PipelineEnd) {
        self.host_calls.forget_all();
        for pipeline in std::mem::take(&mut self.pipelines) {
            if pipeline.phase == Phase::Running {
                self.send_end(pipeline.id, end());
            }
        }
    }

    fn send_of_running(&mut self, pipeline: Guid, body: Body) -> Result<(), SendError> {
        self.check_open()?;
        self.running(pipeline)?;
        self.send(Some(pipeline), body);
        Ok(())
    }

    /// Queues a message as it is.
    pub(super) fn send(&mut self, pipeline: Option<Guid>, body: Body) {
        let pool = match body {
            Body::SessionCapability(_) | Body::EncryptedSessionKey(_) => Guid::nil(), // MS-PSRP 3.2.5.4.1.2, 3.2.5.4.4
            _ => self.id,
        };
        let message = Message { pool, pipeline, body };
        let bytes = message.encode(Half::Client, self.cipher());
        self.outbox.push(target(pipeline), bytes);
    }

    /// How secure strings travel in this pool.
    pub(super) fn cipher(&self) -> &dyn SecureStringCipher {
        if self.protocol >= Config::V2_4 { &Plain } else { &self.session_key }
    }

    fn check_open(&self) -> Result<(), SendError> {
        if self.state == RunspacePoolState::Opened { Ok(()) } else { Err(SendError::PoolNotOpen) }
    }

    fn running(&mut self, pipeline: Guid) -> Result<&mut Pipeline, SendError> {
        let mut pipelines = self.pipelines.iter_mut();
        pipelines.find(|p| p.id == pipeline && p.phase == Phase::Running).ok_or(SendError::NoSuchPipeline)
    }
}

fn target(pipeline: Option<Guid>) -> Target {
    Target { pipeline, stream: Stream::Default }
}

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use clixml::{Guid, Value, Version};

use super::key::{Key, Waiting};
use super::pipeline::Pipeline;
use super::{Config, Event};
use crate::fragment::Fragmenter;
use crate::host_call::{HostMethodId, HostReply};
use crate::message::{
    ApartmentState, Body, ConnectRunspacePool, CreatePipeline, GetCommandMetadata, HostResponseMessage,
    InitRunspacePool, Message, PsThreadOptions, RunspaceCall, RunspacePoolState, SessionCapability, SetRunspaces,
};
use crate::outbox::{Outbox, Target};
use crate::pool::channels::Channels;
use crate::{Half, SendError, Stream};

/// The client's half of one runspace pool, with its pipelines: the counterpart of [`crate::pool::server::RunspacePool`].
#[derive(Debug)]
pub struct RunspacePool {
    pub(super) config: Config,
    pub(super) id: Guid,
    pub(super) state: RunspacePoolState,
    pub(super) negotiated: bool,
    pub(super) protocol: Version,
    pub(super) channels: Channels,
    pub(super) pipelines: Vec<Pipeline>,
    pub(super) calls: Vec<HostCallWaiting>,
    pub(super) key: Key,
    pub(super) waiting: Waiting,
    pub(super) outbox: Outbox,
    pub(super) events: VecDeque<Event>,
    last_call_id: i64,
}

/// A host call that this side has to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HostCallWaiting {
    pub(super) pipeline: Option<Guid>,
    pub(super) call_id: i64,
    pub(super) method: HostMethodId,
}

impl RunspacePool {
    /// A pool with this id, not open yet. Ids must be new: take a random one.
    pub fn new(config: Config, id: Guid) -> RunspacePool {
        RunspacePool {
            id,
            state: RunspacePoolState::BeforeOpen,
            negotiated: false,
            protocol: config.protocol,
            channels: Channels::new(config.limits),
            pipelines: Vec::new(),
            calls: Vec::new(),
            key: Key::None,
            waiting: Waiting::default(),
            outbox: Outbox::default(),
            events: VecDeque::new(),
            last_call_id: 0,
            config,
        }
    }

    /// Where the pool stands.
    pub fn state(&self) -> RunspacePoolState {
        self.state
    }

    /// Its id.
    pub fn id(&self) -> Guid {
        self.id
    }

    /// The protocol version agreed on; before that, the one announced.
    pub fn protocol(&self) -> Version {
        self.protocol
    }

    /// Sends SESSION_CAPABILITY and INIT_RUNSPACEPOOL. Does nothing the second time.
    pub fn open(&mut self) {
        if self.state != RunspacePoolState::BeforeOpen {
            return;
        }
        self.state = RunspacePoolState::Opening;
        let init = InitRunspacePool {
            min_runspaces: self.config.min_runspaces,
            max_runspaces: self.config.max_runspaces,
            thread_options: PsThreadOptions::Default,
            apartment_state: ApartmentState::Unknown,
            application_arguments: self.config.application_arguments.clone(),
            host_info: self.config.host_info.clone(),
        };
        self.send(None, Body::SessionCapability(SessionCapability::new(self.config.protocol)));
        self.send(None, Body::InitRunspacePool(Box::new(init)));
    }

    /// What is sent with the transport's connect to a pool of this id that was left: SESSION_CAPABILITY and CONNECT_RUNSPACEPOOL.
    /// Give the transport's answer to [`RunspacePool::receive`].
    pub fn connect(&mut self) -> Bytes {
        self.state = RunspacePoolState::Connecting;
        let mut out = BytesMut::new();
        let mut fragmenter = Fragmenter::default();
        let bodies = [
            Body::SessionCapability(SessionCapability::new(self.config.protocol)),
            Body::ConnectRunspacePool(ConnectRunspacePool::default()),
        ];
        for body in bodies {
            let message = Message { pool: self.id, pipeline: None, body }.encode(Half::Server, self.cipher());
            fragmenter.begin(message.into()).write(usize::MAX, &mut out);
        }
        out.freeze()
    }

    /// CREATE_PIPELINE, under a new id.
    pub fn create_pipeline(&mut self, id: Guid, pipeline: CreatePipeline) -> Result<(), SendError> {
        self.create(id, Body::CreatePipeline(Box::new(pipeline)))
    }

    /// GET_COMMAND_METADATA, under a new id.
    pub fn get_command_metadata(&mut self, id: Guid, request: GetCommandMetadata) -> Result<(), SendError> {
        self.create(id, Body::GetCommandMetadata(request))
    }

    fn create(&mut self, id: Guid, body: Body) -> Result<(), SendError> {
        self.check_open()?;
        if self.pipelines.iter().any(|p| p.id == id) {
            return Err(SendError::PipelineExists);
        }
        self.pipelines.push(Pipeline::new(id, self.config.limits));
        self.send(Some(id), body);
        Ok(())
    }

    /// PIPELINE_INPUT: one object.
    pub fn send_input(&mut self, pipeline: Guid, value: Value) -> Result<(), SendError> {
        self.send_of_running(pipeline, Body::PipelineInput(value))
    }

    /// END_OF_PIPELINE_INPUT.
    pub fn end_input(&mut self, pipeline: Guid) -> Result<(), SendError> {
        self.send_of_running(pipeline, Body::EndOfPipelineInput)
    }

    /// Answers a host call whose method has a reply. An answer that nobody asked for, or that comes too late, is dropped.
    pub fn answer(&mut self, pipeline: Option<Guid>, call_id: i64, reply: HostReply) {
        let call = self.calls.iter().position(|call| call.pipeline == pipeline && call.call_id == call_id);
        let Some(HostCallWaiting { method, .. }) = call.map(|at| self.calls.swap_remove(at)) else { return };
        let response = HostResponseMessage { call_id, method, reply };
        let body = match pipeline {
            Some(_) => Body::PipelineHostResponse(response),
            None => Body::RunspacePoolHostResponse(response),
        };
        self.send(pipeline, body);
    }

    /// SET_MAX_RUNSPACES. The answer comes as [`Event::Availability`] with the id returned here; so with the next three.
    pub fn set_max_runspaces(&mut self, runspaces: i32) -> Result<i64, SendError> {
        self.call(|call_id| Body::SetMaxRunspaces(SetRunspaces { runspaces, call_id }))
    }

    /// SET_MIN_RUNSPACES.
    pub fn set_min_runspaces(&mut self, runspaces: i32) -> Result<i64, SendError> {
        self.call(|call_id| Body::SetMinRunspaces(SetRunspaces { runspaces, call_id }))
    }

    /// GET_AVAILABLE_RUNSPACES.
    pub fn get_available_runspaces(&mut self) -> Result<i64, SendError> {
        self.call(|call_id| Body::GetAvailableRunspaces(RunspaceCall { call_id }))
    }

    /// RESET_RUNSPACE_STATE.
    pub fn reset_runspace_state(&mut self) -> Result<i64, SendError> {
        self.call(|call_id| Body::ResetRunspaceState(RunspaceCall { call_id }))
    }

    fn call(&mut self, body: impl FnOnce(i64) -> Body) -> Result<i64, SendError> {
        self.check_open()?;
        self.last_call_id += 1;
        self.send(None, body(self.last_call_id));
        Ok(self.last_call_id)
    }

    /// The transport was told to stop this pipeline: its end, whatever it is, counts as Stopped, and its questions are forgotten.
    pub fn stop_pipeline(&mut self, pipeline: Guid) {
        if let Some(pipeline) = self.pipelines.iter_mut().find(|p| p.id == pipeline) {
            pipeline.stopping = true;
        }
        self.calls.retain(|call| call.pipeline != Some(pipeline));
    }

    /// The transport was told to close this pipeline: nothing of it is kept.
    pub fn close_pipeline(&mut self, pipeline: Guid) {
        self.pipelines.retain(|p| p.id != pipeline);
        self.calls.retain(|call| call.pipeline != Some(pipeline));
        self.waiting.to_send.retain(|(target, _)| target.pipeline != Some(pipeline));
        self.waiting.received.retain(|(id, _)| *id != pipeline);
        self.outbox.forget(pipeline);
    }

    /// What the server did next.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The oldest message that waits to be sent, or as much of it as `room` bytes hold, with its pipeline and stream.
    pub fn poll_output(&mut self, room: usize) -> Option<(Option<Guid>, Stream, Bytes)> {
        self.outbox.poll(room).map(|(Target { pipeline, stream }, bytes)| (pipeline, stream, bytes))
    }

    /// As much of what waits for the pool (`None`) or for one pipeline, on this stream, as `room` bytes hold.
    pub fn poll_output_for(&mut self, pipeline: Option<Guid>, stream: Stream, room: usize) -> Option<Bytes> {
        self.outbox.poll_for(Target { pipeline, stream }, room)
    }

    /// The targets that something waits for, the one with the oldest message first.
    pub(crate) fn targets(&self) -> Vec<Target> {
        self.outbox.targets()
    }

    fn send_of_running(&mut self, pipeline: Guid, body: Body) -> Result<(), SendError> {
        self.check_open()?;
        if !self.pipelines.iter().any(|p| p.id == pipeline && !p.ended) {
            return Err(SendError::NoSuchPipeline);
        }
        self.send(Some(pipeline), body);
        Ok(())
    }

    /// Sends a message, or keeps it until the session key is there.
    pub(super) fn send(&mut self, pipeline: Option<Guid>, body: Body) {
        let stream = match body {
            Body::RunspacePoolHostResponse(_) | Body::PipelineHostResponse(_) => Stream::PromptResponse,
            _ => Stream::Default,
        };
        let target = Target { pipeline, stream };
        let wait = self.must_wait_to_send(target, &body);
        let message = Message { pool: self.id, pipeline, body };
        if !wait {
            self.send_now(target, &message);
            return;
        }
        self.waiting.to_send.push((target, message));
        if let Err(error) = self.exchange_key() {
            self.break_off(error.into());
        }
    }

    pub(super) fn send_now(&mut self, target: Target, message: &Message) {
        let bytes = message.encode(Half::Server, self.cipher());
        self.outbox.push(target, bytes);
    }

    fn check_open(&self) -> Result<(), SendError> {
        if self.state == RunspacePoolState::Opened { Ok(()) } else { Err(SendError::PoolNotOpen) }
    }
}

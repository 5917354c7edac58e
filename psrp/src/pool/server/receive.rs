//! What a client sends, message by message: which is legal when, and what the machine answers by itself.

use bytes::{Bytes, BytesMut};
use clixml::{Guid, Version};

use super::pipeline::{Phase, Pipeline};
use super::{Config, Event, Opened, RunspacePool};
use crate::fragment::{Defragmenter, Fragmenter};
use crate::message::{
    AvailabilityResponse, Body, CreatePipeline, GetCommandMetadata, Header, HostResponseMessage, InitRunspacePool,
    Message, MessageType, PublicKey, RunspaceAvailability, RunspacePoolInitData, RunspacePoolState,
    RunspacePoolStateInfo, SessionCapability, SetRunspaces,
};
use crate::session_key::seal_for;
use crate::{Half, ProtocolError, Stream};

impl RunspacePool {
    /// Takes bytes that the client sent to the pool (`None`) or to a pipeline, on this stream.
    ///
    /// An error means that the client broke the protocol: the pool is broken, the client is told, and what it sends from then on is
    /// ignored.
    pub fn receive(&mut self, pipeline: Option<Guid>, stream: Stream, bytes: &[u8]) -> Result<(), ProtocolError> {
        if self.state.is_final() {
            return Ok(());
        }
        self.try_receive(pipeline, stream, bytes).inspect_err(|error| self.break_off(error.clone()))
    }

    fn try_receive(&mut self, pipeline: Option<Guid>, stream: Stream, mut bytes: &[u8]) -> Result<(), ProtocolError> {
        if let Some(id) = pipeline {
            self.announce_pipeline(id)?;
        }
        // The defragmenter is put aside while its messages are worked on.
        let Some(channel) = self.channel(pipeline, stream) else { return Ok(()) };
        let mut defragmenter = std::mem::take(channel);
        while let Some(message) = defragmenter.next_message(&mut bytes)? {
            self.receive_message(pipeline, stream, &message)?;
        }
        if let Some(channel) = self.channel(pipeline, stream) {
            *channel = defragmenter;
        }
        Ok(())
    }

    fn channel(&mut self, pipeline: Option<Guid>, stream: Stream) -> Option<&mut Defragmenter> {
        let channels = match pipeline {
            Some(id) => &mut self.pipelines.iter_mut().find(|p| p.id == id)?.channels,
            None => &mut self.channels,
        };
        Some(channels.stream(stream))
    }

    /// Makes room for a pipeline that the transport has heard of. A command may be known long before its CREATE_PIPELINE is
    /// complete.
    pub(crate) fn announce_pipeline(&mut self, id: Guid) -> Result<(), ProtocolError> {
        if self.pipelines.iter().any(|p| p.id == id) {
            return Ok(());
        }
        let limit = self.config.limits.pipelines;
        if self.pipelines.len() >= limit {
            return Err(ProtocolError::TooManyPipelines { limit });
        }
        self.pipelines.push(Pipeline::new(id, self.config.limits.pipeline));
        Ok(())
    }

    fn receive_message(&mut self, target: Option<Guid>, stream: Stream, message: &[u8]) -> Result<(), ProtocolError> {
        let (header, _) = Header::parse(message)?;
        self.check(header, target, stream)?;
        if header.message_type.is_of_pipeline() && self.is_late(header)? {
            return Ok(());
        }
        let Message { pool, pipeline, body } = Message::decode(message, Half::Server, self.cipher())?;
        match (body, pipeline) {
            (Body::SessionCapability(client), _) => self.negotiate(pool, client),
            (Body::InitRunspacePool(init), _) => self.open(*init),
            (Body::PublicKey(key), _) => self.exchange_key(&key),
            (Body::SetMaxRunspaces(set), _) => {
                self.set_runspaces(self.min_runspaces, set.runspaces, set);
                Ok(())
            }
            (Body::SetMinRunspaces(set), _) => {
                self.set_runspaces(set.runspaces, self.max_runspaces, set);
                Ok(())
            }
            (Body::GetAvailableRunspaces(call), _) => {
                let running = self.pipelines.iter().filter(|p| p.phase == Phase::Running).count();
                let free = self.max_runspaces.saturating_sub(i32::try_from(running).unwrap_or(i32::MAX)).max(0);
                self.answer(AvailabilityResponse::Available(free), call.call_id);
                Ok(())
            }
            (Body::ResetRunspaceState(call), _) => {
                // There is no state that could be reset. A real server says yes between the pipelines of a single runspace, else no.
                let idle = self.pipelines.iter().all(|p| p.phase != Phase::Running);
                self.answer(AvailabilityResponse::Done(idle && self.max_runspaces == 1), call.call_id);
                Ok(())
            }
            (Body::RunspacePoolHostResponse(response), _) => {
                self.host_response(None, response);
                Ok(())
            }
            (Body::PipelineHostResponse(response), Some(id)) => {
                self.host_response(Some(id), response);
                Ok(())
            }
            (Body::CreatePipeline(pipeline), Some(id)) => self.create(id, pipeline),
            (Body::GetCommandMetadata(request), Some(id)) => self.command_metadata(id, request),
            (Body::PipelineInput(value), Some(id)) => {
                self.events.push_back(Event::PipelineInput { id, value });
                Ok(())
            }
            (Body::EndOfPipelineInput, Some(id)) => {
                self.events.push_back(Event::EndOfInput { id });
                Ok(())
            }
            _ => Err(self.unexpected(header.message_type)),
        }
    }

    /// Is the message legal now, here, and in this direction?
    fn check(&self, header: Header, target: Option<Guid>, stream: Stream) -> Result<(), ProtocolError> {
        let message_type = header.message_type;
        let expected = match message_type {
            MessageType::SessionCapability => self.state == RunspacePoolState::BeforeOpen,
            MessageType::InitRunspacePool => self.state == RunspacePoolState::Opening,
            MessageType::ConnectRunspacePool => false, // see `connect`
            _ => self.state == RunspacePoolState::Opened && message_type.goes_to(Half::Server),
        };
        let is_response =
            matches!(message_type, MessageType::RunspacePoolHostResponse | MessageType::PipelineHostResponse);
        if !expected || (stream == Stream::PromptResponse && !is_response) {
            return Err(self.unexpected(message_type));
        }
        if !self.id.is_nil() && header.pool != self.id {
            return Err(ProtocolError::OtherPool { message_type, pool: header.pool });
        }
        let named = if message_type.is_of_pipeline() {
            // Some clients send host responses to the pool's stream: there only the header names the pipeline.
            header.pipeline.is_some() && (target.is_none() || target == header.pipeline)
        } else {
            target.is_none()
        };
        if named { Ok(()) } else { Err(ProtocolError::OtherPipeline { message_type }) }
    }

    /// Does the message come too late for its pipeline? The client cannot know that it has ended.
    fn is_late(&self, header: Header) -> Result<bool, ProtocolError> {
        if matches!(header.message_type, MessageType::CreatePipeline | MessageType::GetCommandMetadata) {
            return Ok(false);
        }
        match self.pipelines.iter().find(|p| Some(p.id) == header.pipeline).map(|pipeline| pipeline.phase) {
            Some(Phase::Announced) => Err(self.unexpected(header.message_type)), // too early
            Some(Phase::Running) => Ok(false),
            Some(Phase::Ended) | None => Ok(true),
        }
    }

    fn unexpected(&self, message_type: MessageType) -> ProtocolError {
        ProtocolError::Unexpected { message_type, state: self.state }
    }

    /// MS-PSRP 3.2.5.4.1.
    fn negotiate(&mut self, pool: Guid, client: SessionCapability) -> Result<(), ProtocolError> {
        self.protocol = negotiated(client, self.config.protocol)?;
        self.id = pool;
        self.send(None, Body::SessionCapability(SessionCapability::new(self.protocol)));
        self.state = RunspacePoolState::Opening;
        Ok(())
    }

    /// MS-PSRP 3.2.5.4.2. The private data goes before the state: clients take decisions by it as soon as the pool is open.
    fn open(&mut self, init: InitRunspacePool) -> Result<(), ProtocolError> {
        let (min, max) = (init.min_runspaces, init.max_runspaces);
        if min < 1 || max < min {
            return Err(ProtocolError::Runspaces { min, max });
        }
        (self.min_runspaces, self.max_runspaces) = (min, max);
        self.send_application_private_data();
        self.state = RunspacePoolState::Opened;
        let opened = RunspacePoolStateInfo { state: RunspacePoolState::Opened, reason: None };
        self.send(None, Body::RunspacePoolState(opened));
        self.told_open = Some(self.outbox.newest());
        self.events.push_back(Event::Opened(Box::new(Opened {
            id: self.id,
            protocol: self.protocol,
            min_runspaces: min,
            max_runspaces: max,
            host_info: init.host_info,
            application_arguments: init.application_arguments,
        })));
        Ok(())
    }

    fn send_application_private_data(&mut self) {
        let config = &self.config;
        let data = config.version_table.to_application_private_data(self.protocol, &config.private_data);
        self.send(None, Body::ApplicationPrivateData(data));
    }

    /// MS-PSRP 3.2.5.4.3, at any time: the client may need the key while a pipeline waits for its answer.
    fn exchange_key(&mut self, key: &PublicKey) -> Result<(), ProtocolError> {
        let sealed = seal_for(key, &self.session_key)?;
        self.send(None, Body::EncryptedSessionKey(sealed));
        Ok(())
    }

    fn set_runspaces(&mut self, min: i32, max: i32, set: SetRunspaces) {
        let possible = min >= 1 && max >= min;
        if possible {
            (self.min_runspaces, self.max_runspaces) = (min, max);
        }
        self.answer(AvailabilityResponse::Done(possible), set.call_id);
    }

    fn answer(&mut self, response: AvailabilityResponse, call_id: i64) {
        self.send(None, Body::RunspaceAvailability(RunspaceAvailability { response, call_id }));
    }

    /// An answer that nobody waits for is dropped: its pipeline may have been stopped meanwhile.
    fn host_response(&mut self, pipeline: Option<Guid>, response: HostResponseMessage) {
        let waiting = match pipeline {
            Some(id) => self.pipelines.iter_mut().find(|p| p.id == id).map(|p| &mut p.host_calls),
            None => Some(&mut self.host_calls),
        };
        let HostResponseMessage { call_id, reply, .. } = response;
        if waiting.is_some_and(|calls| calls.end(call_id)) {
            self.events.push_back(Event::HostResponse { pipeline, call_id, reply });
        }
    }

    fn create(&mut self, id: Guid, pipeline: Box<CreatePipeline>) -> Result<(), ProtocolError> {
        self.start(id)?;
        self.events.push_back(Event::PipelineCreated { id, pipeline });
        Ok(())
    }

    fn command_metadata(&mut self, id: Guid, request: GetCommandMetadata) -> Result<(), ProtocolError> {
        self.start(id)?;
        self.events.push_back(Event::CommandMetadata { id, request });
        Ok(())
    }

    fn start(&mut self, id: Guid) -> Result<(), ProtocolError> {
        self.announce_pipeline(id)?;
        match self.pipelines.iter_mut().find(|p| p.id == id) {
            Some(pipeline) if pipeline.phase == Phase::Announced => {
                pipeline.phase = Phase::Running;
                Ok(())
            }
            _ => Err(ProtocolError::PipelineExists { pipeline: id }),
        }
    }

    /// MS-PSRP 3.2.5.3.14: another client takes over a pool that was left. `connect` is what it sent (SESSION_CAPABILITY and
    /// CONNECT_RUNSPACEPOOL), the result is what it gets with the transport's answer. A refusal leaves the pool as it is.
    pub fn connect(&mut self, mut connect: &[u8]) -> Result<Bytes, ProtocolError> {
        let mut defragmenter = Defragmenter::new(self.config.limits.pipeline);
        let mut messages = Vec::new();
        while let Some(message) = defragmenter.next_message(&mut connect)? {
            messages.push(Message::decode(&message, Half::Server, self.cipher())?);
        }
        if self.state != RunspacePoolState::Opened {
            return Err(self.unexpected(MessageType::ConnectRunspacePool));
        }
        let mut bodies = Vec::new();
        for Message { pool, body, .. } in messages {
            if pool != self.id {
                return Err(ProtocolError::OtherPool { message_type: body.message_type(), pool });
            }
            bodies.push(body);
        }
        let mut bodies = bodies.into_iter();
        let (Some(Body::SessionCapability(client)), Some(Body::ConnectRunspacePool(wanted)), None) =
            (bodies.next(), bodies.next(), bodies.next())
        else {
            return Err(self.unexpected(MessageType::ConnectRunspacePool));
        };
        let (min, max) =
            (wanted.min_runspaces.unwrap_or(self.min_runspaces), wanted.max_runspaces.unwrap_or(self.max_runspaces));
        if (min, max) != (self.min_runspaces, self.max_runspaces) {
            return Err(ProtocolError::Runspaces { min, max });
        }
        self.protocol = negotiated(client, self.config.protocol)?;
        let mut out = BytesMut::new();
        let mut fragmenter = Fragmenter::default(); // these bytes are no part of the connection's stream
        let answers = [
            (Guid::nil(), Body::SessionCapability(SessionCapability::new(self.protocol))),
            (self.id, Body::RunspacePoolInitData(RunspacePoolInitData { min_runspaces: min, max_runspaces: max })),
        ];
        for (pool, body) in answers {
            let message = Message { pool, pipeline: None, body }.encode(Half::Client, self.cipher());
            fragmenter.begin(message.into()).write(usize::MAX, &mut out);
        }
        self.send_application_private_data();
        Ok(out.freeze())
    }
}

/// MS-PSRP 3.2.5.4.1.1, and the answer that each client accepts: 2.4 to a 2.4 client, 2.3 to newer ones that we do not know, an
/// older client's own.
fn negotiated(client: SessionCapability, newest: Version) -> Result<Version, ProtocolError> {
    let SessionCapability { protocol, ps, serialization } = client;
    if protocol.major != 2 || ps.major != 2 || serialization.major != 1 {
        return Err(ProtocolError::Version { protocol, ps, serialization });
    }
    let asked = Version::new(protocol.major, protocol.minor);
    if asked == Config::V2_4 && newest >= Config::V2_4 {
        return Ok(Config::V2_4);
    }
    Ok(asked.min(Config::V2_3).min(newest))
}

//! What a server sends, message by message.

use clixml::{Guid, Version};

use super::runspace_pool::HostCallWaiting;
use super::{Event, PipelineEnd, Record, RunspacePool};
use crate::fragment::Defragmenter;
use crate::message::{
    Body, Header, HostCallMessage, Message, MessageType, PipelineState, PipelineStateInfo, RunspacePoolState,
    RunspacePoolStateInfo, SessionCapability,
};
use crate::pool::server::Config as Versions;
use crate::record::{ErrorCategory, ErrorRecord, Exception};
use crate::{Half, ProtocolError, Stream};

impl RunspacePool {
    /// Takes bytes that the server sent to the pool (`None`) or to a pipeline.
    ///
    /// An error means that the server broke the protocol: the pool is broken, and what comes from then on is ignored.
    pub fn receive(&mut self, pipeline: Option<Guid>, bytes: &[u8]) -> Result<(), ProtocolError> {
        if self.state.is_final() {
            return Ok(());
        }
        self.try_receive(pipeline, bytes).inspect_err(|error| self.break_off(error.clone()))
    }

    fn try_receive(&mut self, pipeline: Option<Guid>, mut bytes: &[u8]) -> Result<(), ProtocolError> {
        let Some(channel) = self.channel(pipeline) else { return Ok(()) }; // late data of a pipeline that was closed
        let mut defragmenter = std::mem::take(channel);
        while let Some(message) = defragmenter.next_message(&mut bytes)? {
            let (header, _) = Header::parse(&message)?;
            self.check(header, pipeline)?;
            match header.pipeline {
                Some(id) if self.must_wait_to_read(id, &message) => {
                    self.waiting.received.push((id, message.into_owned()));
                    self.exchange_key()?;
                }
                _ => self.receive_message(&message)?,
            }
        }
        if let Some(channel) = self.channel(pipeline) {
            *channel = defragmenter;
        }
        Ok(())
    }

    fn channel(&mut self, pipeline: Option<Guid>) -> Option<&mut Defragmenter> {
        let channels = match pipeline {
            Some(id) => &mut self.pipelines.iter_mut().find(|p| p.id == id)?.channels,
            None => &mut self.channels,
        };
        Some(channels.stream(Stream::Default))
    }

    fn check(&self, header: Header, target: Option<Guid>) -> Result<(), ProtocolError> {
        let message_type = header.message_type;
        let expected = match message_type {
            MessageType::SessionCapability => !self.negotiated,
            MessageType::RunspacePoolState => self.state != RunspacePoolState::BeforeOpen,
            MessageType::RunspacePoolInitData => self.state == RunspacePoolState::Connecting && self.negotiated,
            _ => self.negotiated && message_type.goes_to(Half::Client),
        };
        if !expected || self.state == RunspacePoolState::BeforeOpen {
            return Err(self.unexpected(message_type));
        }
        // Servers know no pool yet when they send the first, and name none in the second.
        let nameless = matches!(message_type, MessageType::SessionCapability | MessageType::EncryptedSessionKey);
        if header.pool != self.id && !nameless && message_type != MessageType::RunspacePoolState {
            return Err(ProtocolError::OtherPool { message_type, pool: header.pool });
        }
        let pipeline = if message_type.is_of_pipeline() { header.pipeline } else { None };
        if pipeline == target && pipeline.is_some() == message_type.is_of_pipeline() {
            Ok(())
        } else {
            Err(ProtocolError::OtherPipeline { message_type })
        }
    }

    pub(super) fn receive_message(&mut self, message: &[u8]) -> Result<(), ProtocolError> {
        let Message { pipeline, body, .. } = Message::decode(message, Half::Client, self.cipher())?;
        match (body, pipeline) {
            (Body::SessionCapability(server), _) => self.negotiate(server),
            (Body::EncryptedSessionKey(sealed), _) => self.take_key(&sealed),
            (Body::PublicKeyRequest, _) => Ok(self.exchange_key()?),
            (Body::RunspacePoolState(state), _) => {
                self.pool_state(state);
                Ok(())
            }
            (Body::RunspacePoolInitData(_), _) => {
                self.pool_state(RunspacePoolStateInfo { state: RunspacePoolState::Opened, reason: None });
                Ok(())
            }
            (Body::CloseSession, _) => {
                self.pool_state(RunspacePoolStateInfo { state: RunspacePoolState::Closed, reason: None });
                Ok(())
            }
            (Body::ApplicationPrivateData(data), _) => self.happened(Event::ApplicationPrivateData(data)),
            (Body::RunspaceAvailability(answer), _) => {
                self.happened(Event::Availability { call_id: answer.call_id, response: answer.response })
            }
            (Body::UserEvent(event), _) => self.happened(Event::UserEvent(event)),
            (Body::RunspacePoolHostCall(call), _) => self.host_call(None, call),
            (body, Some(id)) => self.receive_of_pipeline(id, body),
            (body, None) => Err(self.unexpected(body.message_type())),
        }
    }

    fn receive_of_pipeline(&mut self, id: Guid, body: Body) -> Result<(), ProtocolError> {
        let Some(pipeline) = self.pipelines.iter_mut().find(|p| p.id == id && !p.ended) else {
            return Ok(()); // after the final state nothing counts
        };
        let record = match body {
            Body::PipelineOutput(value) => return self.happened(Event::Output { id, value }),
            Body::PipelineHostCall(call) => return self.host_call(Some(id), call),
            Body::PipelineState(state) => {
                let Some(end) = end_of(state, pipeline.stopping) else { return Ok(()) };
                pipeline.ended = true;
                self.calls.retain(|call| call.pipeline != Some(id));
                return self.happened(Event::Finished { id, end });
            }
            Body::ErrorRecord(record) => Record::Error(*record),
            Body::Informational(record) => Record::Informational(record),
            Body::InformationRecord(record) => Record::Information(*record),
            Body::ProgressRecord(record) => Record::Progress(record),
            other => return Err(self.unexpected(other.message_type())),
        };
        self.happened(Event::Record { id, record })
    }

    #[allow(clippy::unnecessary_wraps)] // ends the arms above
    fn happened(&mut self, event: Event) -> Result<(), ProtocolError> {
        self.events.push_back(event);
        Ok(())
    }

    /// The check that real clients make: any older protocol is fine, the two other versions have to be equal.
    fn negotiate(&mut self, server: SessionCapability) -> Result<(), ProtocolError> {
        let SessionCapability { protocol, ps, serialization } = server;
        let own = self.config.protocol;
        let asked = Version::new(protocol.major, protocol.minor);
        let same = SessionCapability { protocol, ..SessionCapability::new(own) };
        if server != same || protocol.major != 2 || (asked != own && asked > own.min(Versions::V2_3)) {
            return Err(ProtocolError::Version { protocol, ps, serialization });
        }
        self.protocol = asked;
        self.negotiated = true;
        Ok(())
    }

    fn pool_state(&mut self, RunspacePoolStateInfo { state, reason }: RunspacePoolStateInfo) {
        let event = match state {
            RunspacePoolState::Opened => Event::Opened,
            RunspacePoolState::Closing => Event::Closing,
            RunspacePoolState::Closed => Event::Closed,
            RunspacePoolState::Broken => Event::BrokenByServer(reason),
            _ => return, // states of the client only
        };
        self.state = state;
        if state.is_final() {
            self.forget_all();
        }
        self.events.push_back(event);
    }

    fn host_call(&mut self, pipeline: Option<Guid>, message: HostCallMessage) -> Result<(), ProtocolError> {
        let HostCallMessage { call_id, call } = message;
        if call.has_reply() {
            self.calls.push(HostCallWaiting { pipeline, call_id, method: call.method_id() });
        }
        self.happened(Event::HostCall { pipeline, call_id, call })
    }

    pub(super) fn unexpected(&self, message_type: MessageType) -> ProtocolError {
        ProtocolError::Unexpected { message_type, state: self.state }
    }

    pub(crate) fn break_off(&mut self, reason: ProtocolError) {
        if !self.state.is_final() {
            self.state = RunspacePoolState::Broken;
            self.forget_all();
            self.events.push_back(Event::Broken { reason });
        }
    }

    fn forget_all(&mut self) {
        self.calls.clear();
        self.waiting.to_send.clear();
        self.waiting.received.clear();
    }
}

fn end_of(PipelineStateInfo { state, reason }: PipelineStateInfo, stopping: bool) -> Option<PipelineEnd> {
    Some(match state {
        PipelineState::Completed | PipelineState::Failed | PipelineState::Stopped if stopping => PipelineEnd::Stopped,
        PipelineState::Completed => PipelineEnd::Completed,
        PipelineState::Stopped => PipelineEnd::Stopped,
        PipelineState::Failed => PipelineEnd::Failed(reason.unwrap_or_else(|| Box::new(no_reason()))),
        _ => return None,
    })
}

/// A server failed a pipeline and did not say why.
fn no_reason() -> ErrorRecord {
    let exception = Exception::new(&["System.Management.Automation.RemoteException"], "The remote pipeline failed.");
    ErrorRecord::new(exception, "RemotePSInvocationStateInfoReason", ErrorCategory::NotSpecified)
}

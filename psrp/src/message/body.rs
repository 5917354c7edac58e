use std::borrow::Cow;

use clixml::{Object, Value};

use super::{
    ConnectRunspacePool, CreatePipeline, EncryptedSessionKey, GetCommandMetadata, HostCallMessage, HostResponseMessage,
    InitRunspacePool, MessageType, PipelineStateInfo, PublicKey, RunspaceAvailability, RunspaceCall,
    RunspacePoolInitData, RunspacePoolStateInfo, SessionCapability, SetRunspaces, UserEvent,
};
use crate::fields::{FieldError, Fields};
use crate::record::{ErrorRecord, InformationRecord, InformationalKind, InformationalRecord, ProgressRecord};

/// What a message says (MS-PSRP 2.2.2), by its type.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the names are those of the messages; each type says more
pub enum Body {
    SessionCapability(SessionCapability),
    CloseSession,
    InitRunspacePool(Box<InitRunspacePool>),
    PublicKey(PublicKey),
    EncryptedSessionKey(EncryptedSessionKey),
    PublicKeyRequest,
    ConnectRunspacePool(ConnectRunspacePool),
    SetMaxRunspaces(SetRunspaces),
    SetMinRunspaces(SetRunspaces),
    RunspaceAvailability(RunspaceAvailability),
    RunspacePoolState(RunspacePoolStateInfo),
    CreatePipeline(Box<CreatePipeline>),
    GetAvailableRunspaces(RunspaceCall),
    UserEvent(Box<UserEvent>),
    /// The dictionary.
    ApplicationPrivateData(Value),
    GetCommandMetadata(GetCommandMetadata),
    RunspacePoolInitData(RunspacePoolInitData),
    ResetRunspaceState(RunspaceCall),
    RunspacePoolHostCall(HostCallMessage),
    RunspacePoolHostResponse(HostResponseMessage),
    /// One object; `$null` has no data on the wire.
    PipelineInput(Value),
    EndOfPipelineInput,
    /// One object; `$null` has no data on the wire.
    PipelineOutput(Value),
    ErrorRecord(Box<ErrorRecord>),
    PipelineState(PipelineStateInfo),
    /// DEBUG_RECORD, VERBOSE_RECORD, WARNING_RECORD.
    Informational(InformationalRecord),
    ProgressRecord(ProgressRecord),
    InformationRecord(Box<InformationRecord>),
    PipelineHostCall(HostCallMessage),
    PipelineHostResponse(HostResponseMessage),
}

impl Body {
    /// The number of the header.
    pub fn message_type(&self) -> MessageType {
        match self {
            Body::SessionCapability(_) => MessageType::SessionCapability,
            Body::CloseSession => MessageType::CloseSession,
            Body::InitRunspacePool(_) => MessageType::InitRunspacePool,
            Body::PublicKey(_) => MessageType::PublicKey,
            Body::EncryptedSessionKey(_) => MessageType::EncryptedSessionKey,
            Body::PublicKeyRequest => MessageType::PublicKeyRequest,
            Body::ConnectRunspacePool(_) => MessageType::ConnectRunspacePool,
            Body::SetMaxRunspaces(_) => MessageType::SetMaxRunspaces,
            Body::SetMinRunspaces(_) => MessageType::SetMinRunspaces,
            Body::RunspaceAvailability(_) => MessageType::RunspaceAvailability,
            Body::RunspacePoolState(_) => MessageType::RunspacePoolState,
            Body::CreatePipeline(_) => MessageType::CreatePipeline,
            Body::GetAvailableRunspaces(_) => MessageType::GetAvailableRunspaces,
            Body::UserEvent(_) => MessageType::UserEvent,
            Body::ApplicationPrivateData(_) => MessageType::ApplicationPrivateData,
            Body::GetCommandMetadata(_) => MessageType::GetCommandMetadata,
            Body::RunspacePoolInitData(_) => MessageType::RunspacePoolInitData,
            Body::ResetRunspaceState(_) => MessageType::ResetRunspaceState,
            Body::RunspacePoolHostCall(_) => MessageType::RunspacePoolHostCall,
            Body::RunspacePoolHostResponse(_) => MessageType::RunspacePoolHostResponse,
            Body::PipelineInput(_) => MessageType::PipelineInput,
            Body::EndOfPipelineInput => MessageType::EndOfPipelineInput,
            Body::PipelineOutput(_) => MessageType::PipelineOutput,
            Body::ErrorRecord(_) => MessageType::ErrorRecord,
            Body::PipelineState(_) => MessageType::PipelineState,
            Body::Informational(record) => match record.kind {
                InformationalKind::Debug => MessageType::DebugRecord,
                InformationalKind::Verbose => MessageType::VerboseRecord,
                InformationalKind::Warning => MessageType::WarningRecord,
            },
            Body::ProgressRecord(_) => MessageType::ProgressRecord,
            Body::InformationRecord(_) => MessageType::InformationRecord,
            Body::PipelineHostCall(_) => MessageType::PipelineHostCall,
            Body::PipelineHostResponse(_) => MessageType::PipelineHostResponse,
        }
    }

    /// The data of the message; nothing for one that is a header only.
    pub(crate) fn as_value(&self) -> Option<Cow<'_, Value>> {
        Some(Cow::Owned(match self {
            Body::SessionCapability(body) => body.to_value(),
            Body::InitRunspacePool(body) => body.to_value(),
            Body::PublicKey(body) => body.to_value(),
            Body::EncryptedSessionKey(body) => body.to_value(),
            Body::PublicKeyRequest => Value::string(""),
            Body::ConnectRunspacePool(body) => body.to_value(),
            Body::SetMaxRunspaces(body) => body.to_value("MaxRunspaces"),
            Body::SetMinRunspaces(body) => body.to_value("MinRunspaces"),
            Body::RunspaceAvailability(body) => body.to_value(),
            Body::RunspacePoolState(body) => body.to_value(),
            Body::CreatePipeline(body) => body.to_value(),
            Body::GetAvailableRunspaces(body) | Body::ResetRunspaceState(body) => body.to_value(),
            Body::UserEvent(body) => body.to_value(),
            Body::ApplicationPrivateData(dictionary) => {
                Object::new().note("ApplicationPrivateData", dictionary.clone()).into()
            }
            Body::GetCommandMetadata(body) => body.to_value(),
            Body::RunspacePoolInitData(body) => body.to_value(),
            Body::RunspacePoolHostCall(body) | Body::PipelineHostCall(body) => body.to_value(),
            Body::RunspacePoolHostResponse(body) | Body::PipelineHostResponse(body) => body.to_value(),
            Body::PipelineInput(Value::Null)
            | Body::PipelineOutput(Value::Null)
            | Body::EndOfPipelineInput
            | Body::CloseSession => return None,
            Body::PipelineInput(value) | Body::PipelineOutput(value) => return Some(Cow::Borrowed(value)),
            Body::ErrorRecord(record) => record.to_message(),
            Body::PipelineState(body) => body.to_value(),
            Body::Informational(record) => record.to_value(),
            Body::ProgressRecord(record) => record.to_value(),
            Body::InformationRecord(record) => record.to_value(),
        }))
    }

    /// Reads the data of a message of this type; `value` is `Null` for one that is a header only.
    pub(crate) fn from_value(message_type: MessageType, value: Value) -> Result<Body, FieldError> {
        let name = message_type.name();
        Ok(match message_type {
            MessageType::SessionCapability => Body::SessionCapability(SessionCapability::from_value(&value)?),
            MessageType::CloseSession => Body::CloseSession,
            MessageType::InitRunspacePool => Body::InitRunspacePool(Box::new(InitRunspacePool::from_value(&value)?)),
            MessageType::PublicKey => Body::PublicKey(PublicKey::from_value(&value)?),
            MessageType::EncryptedSessionKey => Body::EncryptedSessionKey(EncryptedSessionKey::from_value(&value)?),
            MessageType::PublicKeyRequest => Body::PublicKeyRequest,
            MessageType::ConnectRunspacePool => Body::ConnectRunspacePool(ConnectRunspacePool::from_value(&value)),
            MessageType::SetMaxRunspaces => {
                Body::SetMaxRunspaces(SetRunspaces::from_value(name, "MaxRunspaces", &value)?)
            }
            MessageType::SetMinRunspaces => {
                Body::SetMinRunspaces(SetRunspaces::from_value(name, "MinRunspaces", &value)?)
            }
            MessageType::RunspaceAvailability => Body::RunspaceAvailability(RunspaceAvailability::from_value(&value)?),
            MessageType::RunspacePoolState => Body::RunspacePoolState(RunspacePoolStateInfo::from_value(&value)?),
            MessageType::CreatePipeline => Body::CreatePipeline(Box::new(CreatePipeline::from_value(&value)?)),
            MessageType::GetAvailableRunspaces => Body::GetAvailableRunspaces(RunspaceCall::from_value(name, &value)?),
            MessageType::UserEvent => Body::UserEvent(Box::new(UserEvent::from_value(&value)?)),
            MessageType::ApplicationPrivateData => {
                let fields = Fields::new(name, &value)?;
                Body::ApplicationPrivateData(fields.find("ApplicationPrivateData").cloned().unwrap_or_default())
            }
            MessageType::GetCommandMetadata => Body::GetCommandMetadata(GetCommandMetadata::from_value(&value)?),
            MessageType::RunspacePoolInitData => Body::RunspacePoolInitData(RunspacePoolInitData::from_value(&value)?),
            MessageType::ResetRunspaceState => Body::ResetRunspaceState(RunspaceCall::from_value(name, &value)?),
            MessageType::RunspacePoolHostCall => Body::RunspacePoolHostCall(HostCallMessage::from_value(&value)?),
            MessageType::RunspacePoolHostResponse => {
                Body::RunspacePoolHostResponse(HostResponseMessage::from_value(&value)?)
            }
            MessageType::PipelineInput => Body::PipelineInput(value),
            MessageType::EndOfPipelineInput => Body::EndOfPipelineInput,
            MessageType::PipelineOutput => Body::PipelineOutput(value),
            MessageType::ErrorRecord => Body::ErrorRecord(Box::new(ErrorRecord::from_value(&value)?)),
            MessageType::PipelineState => Body::PipelineState(PipelineStateInfo::from_value(&value)?),
            MessageType::DebugRecord => Body::informational(InformationalKind::Debug, &value)?,
            MessageType::VerboseRecord => Body::informational(InformationalKind::Verbose, &value)?,
            MessageType::WarningRecord => Body::informational(InformationalKind::Warning, &value)?,
            MessageType::ProgressRecord => Body::ProgressRecord(ProgressRecord::from_value(&value)?),
            MessageType::InformationRecord => Body::InformationRecord(Box::new(InformationRecord::from_value(&value)?)),
            MessageType::PipelineHostCall => Body::PipelineHostCall(HostCallMessage::from_value(&value)?),
            MessageType::PipelineHostResponse => Body::PipelineHostResponse(HostResponseMessage::from_value(&value)?),
        })
    }

    fn informational(kind: InformationalKind, value: &Value) -> Result<Body, FieldError> {
        Ok(Body::Informational(InformationalRecord::from_value(kind, value)?))
    }
}

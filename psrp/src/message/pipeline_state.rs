use clixml::{Object, Value};

use crate::fields::{FieldError, Fields};
use crate::record::ErrorRecord;

/// MS-PSRP 2.2.2.21, PIPELINE_STATE.
#[derive(Clone, Debug, PartialEq)]
pub struct PipelineStateInfo {
    /// `PipelineState`.
    pub state: PipelineState,
    /// `ExceptionAsErrorRecord`: why, if it failed or was stopped.
    pub reason: Option<Box<ErrorRecord>>,
}

/// MS-PSRP 2.2.3.5, `PSInvocationState`. A server sends only the three final ones, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum PipelineState {
    NotStarted = 0,
    Running = 1,
    Stopping = 2,
    Stopped = 3,
    Completed = 4,
    Failed = 5,
    Disconnected = 6,
}

impl PipelineState {
    /// By its number.
    pub fn from_i32(number: i32) -> Option<PipelineState> {
        Some(match number {
            0 => PipelineState::NotStarted,
            1 => PipelineState::Running,
            2 => PipelineState::Stopping,
            3 => PipelineState::Stopped,
            4 => PipelineState::Completed,
            5 => PipelineState::Failed,
            6 => PipelineState::Disconnected,
            _ => return None,
        })
    }

    /// Is it over?
    pub fn is_final(self) -> bool {
        matches!(self, PipelineState::Stopped | PipelineState::Completed | PipelineState::Failed)
    }
}

impl PipelineStateInfo {
    pub(crate) fn to_value(&self) -> Value {
        let object = Object::new().note("PipelineState", self.state as i32);
        match &self.reason {
            Some(reason) => object.note("ExceptionAsErrorRecord", reason.to_value()).into(),
            None => object.into(),
        }
    }

    pub(crate) fn from_value(value: &Value) -> Result<PipelineStateInfo, FieldError> {
        let fields = Fields::new("PIPELINE_STATE", value)?;
        let state = PipelineState::from_i32(fields.i32("PipelineState")?);
        Ok(PipelineStateInfo {
            state: state.ok_or_else(|| fields.wrong("PipelineState", "a state of a pipeline"))?,
            reason: fields.find("ExceptionAsErrorRecord").map(ErrorRecord::from_value).transpose()?.map(Box::new),
        })
    }
}

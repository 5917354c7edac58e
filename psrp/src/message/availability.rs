use clixml::{Object, Value};

use crate::fields::{FieldError, Fields, bool_of, i64_of};

/// A question that asks for a RUNSPACE_AVAILABILITY: GET_AVAILABLE_RUNSPACES (MS-PSRP 2.2.2.11) and RESET_RUNSPACE_STATE
/// (MS-PSRP 2.2.2.31).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunspaceCall {
    /// `ci`, echoed in the answer.
    pub call_id: i64,
}

impl RunspaceCall {
    pub(crate) fn to_value(self) -> Value {
        Object::new().note("ci", self.call_id).into()
    }

    pub(crate) fn from_value(of: &'static str, value: &Value) -> Result<RunspaceCall, FieldError> {
        Ok(RunspaceCall { call_id: Fields::new(of, value)?.i64("ci")? })
    }
}

/// SET_MAX_RUNSPACES (MS-PSRP 2.2.2.6) and SET_MIN_RUNSPACES (MS-PSRP 2.2.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetRunspaces {
    /// The new bound.
    pub runspaces: i32,
    /// `ci`, echoed in the answer.
    pub call_id: i64,
}

impl SetRunspaces {
    pub(crate) fn to_value(self, property: &'static str) -> Value {
        Object::new().note(property, self.runspaces).note("ci", self.call_id).into()
    }

    pub(crate) fn from_value(
        of: &'static str,
        property: &'static str,
        value: &Value,
    ) -> Result<SetRunspaces, FieldError> {
        let fields = Fields::new(of, value)?;
        Ok(SetRunspaces { runspaces: fields.i32(property)?, call_id: fields.i64("ci")? })
    }
}

/// MS-PSRP 2.2.2.8, RUNSPACE_AVAILABILITY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunspaceAvailability {
    /// `SetMinMaxRunspacesResponse`.
    pub response: AvailabilityResponse,
    /// `ci` of the question.
    pub call_id: i64,
}

/// What a server answers about its runspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvailabilityResponse {
    /// To SET_MAX_RUNSPACES, SET_MIN_RUNSPACES, RESET_RUNSPACE_STATE: was it done?
    Done(bool),
    /// To GET_AVAILABLE_RUNSPACES: how many are free. An `I32` on the wire: clients fail on the `I64` of MS-PSRP.
    Available(i32),
}

impl RunspaceAvailability {
    pub(crate) fn to_value(self) -> Value {
        let response: Value = match self.response {
            AvailabilityResponse::Done(done) => done.into(),
            AvailabilityResponse::Available(count) => count.into(),
        };
        Object::new().note("SetMinMaxRunspacesResponse", response).note("ci", self.call_id).into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<RunspaceAvailability, FieldError> {
        let fields = Fields::new("RUNSPACE_AVAILABILITY", value)?;
        let response =
            fields.required("SetMinMaxRunspacesResponse", "a truth value or a number", |value| {
                match bool_of(value) {
                    Some(done) => Some(AvailabilityResponse::Done(done)),
                    None => Some(AvailabilityResponse::Available(i32::try_from(i64_of(value)?).ok()?)),
                }
            })?;
        Ok(RunspaceAvailability { response, call_id: fields.i64("ci")? })
    }
}

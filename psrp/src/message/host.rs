use clixml::{Object, Value};

use crate::fields::{FieldError, Fields};
use crate::host_call::{HostCall, HostMethodId, HostReply};
use crate::record::ErrorRecord;

/// The call id of a call that nobody answers.
pub const NO_REPLY: i64 = -100;

/// MS-PSRP 2.2.2.15 and 2.2.2.27: a call of a method of the client's host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostCallMessage {
    /// `ci`: [`NO_REPLY`], or a number of its own for each call that is answered.
    pub call_id: i64,
    /// `mi` and `mp`.
    pub call: HostCall,
}

/// MS-PSRP 2.2.2.16 and 2.2.2.28: the answer to one.
#[derive(Clone, Debug, PartialEq)]
pub struct HostResponseMessage {
    /// `ci` of the call.
    pub call_id: i64,
    /// `mi` of the call.
    pub method: HostMethodId,
    /// `mr` or `me`.
    pub reply: HostReply,
}

impl HostCallMessage {
    pub(crate) fn to_value(&self) -> Value {
        Object::new()
            .note("ci", self.call_id)
            .note("mi", self.call.method_id().to_value())
            .note("mp", self.call.parameters())
            .into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<HostCallMessage, FieldError> {
        let fields = Fields::new("HOST_CALL", value)?;
        let method = fields.required("mi", "a host method", HostMethodId::from_value)?;
        let parameters = fields.list("mp")?.unwrap_or_default();
        Ok(HostCallMessage { call_id: fields.i64("ci")?, call: HostCall::from_parameters(method, parameters)? })
    }
}

impl HostResponseMessage {
    pub(crate) fn to_value(&self) -> Value {
        let object = match &self.reply {
            HostReply::Value(Value::Null) => Object::new(),
            HostReply::Value(value) => Object::new().note("mr", value.clone()),
            HostReply::Error(record) => Object::new().note("me", record.to_host_exception()),
        };
        object.note("ci", self.call_id).note("mi", self.method.to_value()).into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<HostResponseMessage, FieldError> {
        let fields = Fields::new("HOST_RESPONSE", value)?;
        let reply = match fields.find("me") {
            Some(exception) => HostReply::Error(ErrorRecord::from_value(exception)?),
            None => HostReply::Value(fields.find("mr").cloned().unwrap_or_default()),
        };
        Ok(HostResponseMessage {
            call_id: fields.i64("ci")?,
            method: fields.required("mi", "a host method", HostMethodId::from_value)?,
            reply,
        })
    }
}

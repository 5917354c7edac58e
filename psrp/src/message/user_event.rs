use clixml::{DateTime, Guid, Object, Str, Value};

use crate::fields::{FieldError, Fields};

/// MS-PSRP 2.2.2.12, USER_EVENT: something happened on the server.
#[derive(Clone, Debug, PartialEq)]
pub struct UserEvent {
    /// `PSEventArgs.EventIdentifier`.
    pub event_identifier: i32,
    /// `PSEventArgs.SourceIdentifier`.
    pub source_identifier: Str,
    /// `PSEventArgs.TimeGenerated`, if it was readable as a date.
    pub time_generated: Option<DateTime>,
    /// `PSEventArgs.Sender`.
    pub sender: Value,
    /// `PSEventArgs.SourceArgs`.
    pub source_args: Value,
    /// `PSEventArgs.MessageData`.
    pub message_data: Value,
    /// `PSEventArgs.ComputerName`.
    pub computer_name: Option<Str>,
    /// `PSEventArgs.RunspaceId`.
    pub runspace_id: Option<Guid>,
}

impl UserEvent {
    pub(crate) fn to_value(&self) -> Value {
        Object::new()
            .note("PSEventArgs.EventIdentifier", self.event_identifier)
            .note("PSEventArgs.SourceIdentifier", self.source_identifier.clone())
            .note("PSEventArgs.TimeGenerated", self.time_generated)
            .note("PSEventArgs.Sender", self.sender.clone())
            .note("PSEventArgs.SourceArgs", self.source_args.clone())
            .note("PSEventArgs.MessageData", self.message_data.clone())
            .note("PSEventArgs.ComputerName", self.computer_name.clone())
            .note("PSEventArgs.RunspaceId", self.runspace_id)
            .into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<UserEvent, FieldError> {
        let fields = Fields::new("USER_EVENT", value)?;
        let any = |name| fields.find(name).cloned().unwrap_or_default();
        Ok(UserEvent {
            event_identifier: fields.optional_i32("PSEventArgs.EventIdentifier")?.unwrap_or(0),
            source_identifier: fields.string_or_empty("PSEventArgs.SourceIdentifier")?,
            time_generated: match fields.find("PSEventArgs.TimeGenerated") {
                Some(Value::DateTime(time)) => Some(*time),
                _ => None,
            },
            sender: any("PSEventArgs.Sender"),
            source_args: any("PSEventArgs.SourceArgs"),
            message_data: any("PSEventArgs.MessageData"),
            computer_name: fields.optional_string("PSEventArgs.ComputerName")?,
            runspace_id: match fields.find("PSEventArgs.RunspaceId") {
                Some(Value::Guid(id)) => Some(*id),
                _ => None,
            },
        })
    }
}

use clixml::{Object, Str, Value};

use crate::fields::{FieldError, Fields};
use crate::message::number_of;

/// MS-PSRP 2.2.2.25, one state of a progress bar. The bounds that clients insist on hold by construction of the writer:
/// an empty activity or status is written as a blank.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgressRecord {
    /// What is going on.
    pub activity: Str,
    /// Which bar, 0 or more.
    pub activity_id: i32,
    /// How it stands.
    pub status_description: Str,
    /// The step at hand.
    pub current_operation: Option<Str>,
    /// The bar this one stands under, or -1. Never itself.
    pub parent_activity_id: i32,
    /// 0 to 100, or -1 if nobody knows.
    pub percent_complete: i32,
    /// Going on, or over.
    pub kind: ProgressType,
    /// Seconds to go, or -1 if nobody knows.
    pub seconds_remaining: i32,
}

/// `System.Management.Automation.ProgressRecordType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum ProgressType {
    Processing = 0,
    Completed = 1,
}

impl ProgressRecord {
    /// The object of the message, and of the host call. What a client would refuse is made acceptable: empty texts become a
    /// blank, a bar under itself stands alone, more than 100 percent are 100.
    pub fn to_value(&self) -> Value {
        let parent = if self.parent_activity_id == self.activity_id { -1 } else { self.parent_activity_id };
        Object::new()
            .note("Activity", or_blank(&self.activity))
            .note("ActivityId", self.activity_id.max(0))
            .note("StatusDescription", or_blank(&self.status_description))
            .note("CurrentOperation", self.current_operation.clone())
            .note("ParentActivityId", parent)
            .note("PercentComplete", self.percent_complete.clamp(-1, 100))
            .note("Type", self.kind.to_value())
            .note("SecondsRemaining", self.seconds_remaining)
            .into()
    }

    /// Reads a record as peers write it.
    pub fn from_value(value: &Value) -> Result<ProgressRecord, FieldError> {
        let fields = Fields::new("PROGRESS_RECORD", value)?;
        let kind = fields.find("Type").and_then(|value| number_of(value, ProgressType::MEMBERS));
        Ok(ProgressRecord {
            activity: fields.string_or_empty("Activity")?,
            activity_id: fields.optional_i32("ActivityId")?.unwrap_or(0),
            status_description: fields.string_or_empty("StatusDescription")?,
            current_operation: fields.optional_string("CurrentOperation")?,
            parent_activity_id: fields.optional_i32("ParentActivityId")?.unwrap_or(-1),
            percent_complete: fields.optional_i32("PercentComplete")?.unwrap_or(-1),
            kind: if kind == Some(1) { ProgressType::Completed } else { ProgressType::Processing },
            seconds_remaining: fields.optional_i32("SecondsRemaining")?.unwrap_or(-1),
        })
    }
}

impl ProgressType {
    const MEMBERS: &[(&str, i32)] = &[("Processing", 0), ("Completed", 1)];

    fn to_value(self) -> Value {
        let name = match self {
            ProgressType::Processing => "Processing",
            ProgressType::Completed => "Completed",
        };
        Object::enumeration("System.Management.Automation.ProgressRecordType", name, self as i32).into()
    }
}

fn or_blank(text: &Str) -> Str {
    if text.is_empty() { " ".into() } else { text.clone() }
}

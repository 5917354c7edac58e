use clixml::{Object, Properties, Str, Value};

use super::{ErrorCategory, Exception};
use crate::fields::{FieldError, Fields};

/// MS-PSRP 2.2.3.15, `System.Management.Automation.ErrorRecord`.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorRecord {
    /// What went wrong. Clients use its message; the type names are labels.
    pub exception: Exception,
    /// The object it went wrong with, or `Null`.
    pub target_object: Value,
    /// `Id,Command`.
    pub fully_qualified_error_id: Str,
    /// An `InvocationInfo` object, or `Null`. Clients print it, and nothing more.
    pub invocation_info: Value,
    /// `ErrorCategory_Category`.
    pub category: ErrorCategory,
    /// `ErrorCategory_Activity`: the command, or nothing.
    pub activity: Str,
    /// `ErrorCategory_Reason`: the short name of the exception's type.
    pub reason: Str,
    /// `ErrorCategory_TargetName`.
    pub target_name: Str,
    /// `ErrorCategory_TargetType`.
    pub target_type: Str,
    /// A text for people that replaces the exception's message, and what they may do.
    pub details: Option<ErrorDetails>,
    /// `ErrorDetails_ScriptStackTrace`.
    pub script_stack_trace: Option<Str>,
}

/// `System.Management.Automation.ErrorDetails`.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorDetails {
    /// Replaces the exception's message where it is shown.
    pub message: Str,
    /// What the user may do about it.
    pub recommended_action: Option<Str>,
}

impl ErrorRecord {
    /// A record with no target and no activity; `reason` is the short name of the exception's type.
    pub fn new(exception: Exception, fully_qualified_error_id: impl Into<Str>, category: ErrorCategory) -> ErrorRecord {
        let reason = exception.type_names.first().map_or("", |name| name.rsplit('.').next().unwrap_or(name)).into();
        ErrorRecord {
            exception,
            target_object: Value::Null,
            fully_qualified_error_id: fully_qualified_error_id.into(),
            invocation_info: Value::Null,
            category,
            activity: Str::default(),
            reason,
            target_name: Str::default(),
            target_type: Str::default(),
            details: None,
            script_stack_trace: None,
        }
    }

    /// Names the object it went wrong with.
    #[must_use]
    pub fn target(mut self, object: impl Into<Value>, name: impl Into<Str>, type_name: impl Into<Str>) -> ErrorRecord {
        self.target_object = object.into();
        self.target_name = name.into();
        self.target_type = type_name.into();
        self
    }

    /// Names the command.
    #[must_use]
    pub fn activity(mut self, command: impl Into<Str>) -> ErrorRecord {
        self.activity = command.into();
        self
    }
}

const TYPE_NAMES: &[&str] = &["System.Management.Automation.ErrorRecord", "System.Object"];

impl ErrorRecord {
    /// What ends a pipeline that was stopped (captured.md 3.2: FQEI `PipelineStopped`, category 14).
    pub fn pipeline_stopped() -> ErrorRecord {
        const STOPPED: &[&str] = &[
            "System.Management.Automation.PipelineStoppedException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ];
        let exception = Exception::new(STOPPED, "The pipeline has been stopped.");
        ErrorRecord::new(exception, "PipelineStopped", ErrorCategory::OperationStopped)
    }

    /// What the user reads: the details' message if there is one, else the exception's.
    pub fn message(&self) -> &Str {
        match &self.details {
            Some(details) if !details.message.is_empty() => &details.message,
            _ => &self.exception.message,
        }
    }

    /// `ErrorCategory_Message`, which clients print as `CategoryInfo`: `Category: (Target:Type) [Activity], Reason`. Parts of more
    /// than 40 characters lose their middle, the reason excepted.
    pub fn category_message(&self) -> String {
        format!(
            "{}: ({}:{}) [{}], {}",
            self.category.name(),
            shortened(&self.target_name),
            shortened(&self.target_type),
            shortened(&self.activity),
            self.reason
        )
    }

    /// The object of MS-PSRP 2.2.3.15, as `ExceptionAsErrorRecord` and pipeline objects carry it.
    pub fn to_value(&self) -> Value {
        let mut object = Object::with_type_names(TYPE_NAMES).text(self.message().clone());
        self.write_properties(&mut object.extended);
        object.into()
    }

    /// The same in an ERROR_RECORD, which has one property more.
    pub(crate) fn to_message(&self) -> Value {
        let mut object = Object::with_type_names(TYPE_NAMES).text(self.message().clone());
        self.write_properties(&mut object.extended);
        object.note("PSMessageDetails", Value::Null).into()
    }

    /// The same without type names, as host responses carry it.
    pub(crate) fn to_host_exception(&self) -> Value {
        let mut object = Object::new();
        self.write_properties(&mut object.extended);
        object.into()
    }

    fn write_properties(&self, properties: &mut Properties) {
        properties.push("Exception", self.exception.to_value());
        properties.push("TargetObject", self.target_object.clone());
        properties.push("FullyQualifiedErrorId", self.fully_qualified_error_id.clone());
        properties.push("InvocationInfo", self.invocation_info.clone());
        properties.push("ErrorCategory_Category", self.category as i32);
        properties.push("ErrorCategory_Activity", self.activity.clone());
        properties.push("ErrorCategory_Reason", self.reason.clone());
        properties.push("ErrorCategory_TargetName", self.target_name.clone());
        properties.push("ErrorCategory_TargetType", self.target_type.clone());
        properties.push("ErrorCategory_Message", self.category_message());
        if let Some(details) = &self.details {
            properties.push("ErrorDetails_Message", details.message.clone());
            properties.push("ErrorDetails_RecommendedAction", details.recommended_action.clone().unwrap_or_default());
        }
        properties.push("SerializeExtendedInfo", false);
        if let Some(trace) = &self.script_stack_trace {
            properties.push("ErrorDetails_ScriptStackTrace", trace.clone());
        }
    }

    /// Reads a record as peers write it. What only describes the place in a script (the extended information) is dropped.
    pub fn from_value(value: &Value) -> Result<ErrorRecord, FieldError> {
        let fields = Fields::new("ErrorRecord", value)?;
        let exception = Exception::from_value(fields.find("Exception"), value);
        let action = fields.optional_string("ErrorDetails_RecommendedAction")?;
        let details = fields.optional_string("ErrorDetails_Message")?;
        Ok(ErrorRecord {
            exception,
            target_object: fields.find("TargetObject").cloned().unwrap_or_default(),
            fully_qualified_error_id: fields.string_or_empty("FullyQualifiedErrorId")?,
            invocation_info: fields.find("InvocationInfo").cloned().unwrap_or_default(),
            category: ErrorCategory::from_i32(fields.optional_i32("ErrorCategory_Category")?.unwrap_or(0)),
            activity: fields.string_or_empty("ErrorCategory_Activity")?,
            reason: fields.string_or_empty("ErrorCategory_Reason")?,
            target_name: fields.string_or_empty("ErrorCategory_TargetName")?,
            target_type: fields.string_or_empty("ErrorCategory_TargetType")?,
            details: details.map(|message| ErrorDetails {
                message,
                recommended_action: action.filter(|action| !action.is_empty()),
            }),
            script_stack_trace: fields.optional_string("ErrorDetails_ScriptStackTrace")?,
        })
    }
}

/// The first 19 and the last 19 UTF-16 units of a text that has more than 40.
fn shortened(text: &str) -> Str {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (Some((first, _)), Some((_, last))) =
        (units.split_at_checked(19), units.split_at_checked(units.len().wrapping_sub(19)))
    else {
        return text.into();
    };
    if units.len() <= 40 {
        return text.into();
    }
    let (first, last) = (String::from_utf16_lossy(first), String::from_utf16_lossy(last));
    Str::from(format!("{first}\u{2026}{last}"))
}

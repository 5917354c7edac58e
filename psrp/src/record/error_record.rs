use clixml::{Properties, Str, TypeNames, Value};

use super::ErrorCategory;

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

/// The exception inside an [`ErrorRecord`].
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// Labels, the most derived first.
    pub type_names: TypeNames,
    /// What the user reads.
    pub message: Str,
    /// Further adapted properties, such as `CommandName` or `ParameterName`, written after `Message`.
    pub properties: Properties,
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

impl Exception {
    /// An exception with its type names (the most derived first) and its message.
    pub fn new(type_names: &'static [&'static str], message: impl Into<Str>) -> Exception {
        Exception {
            type_names: TypeNames::from_static(type_names),
            message: message.into(),
            properties: Properties::new(),
        }
    }
}

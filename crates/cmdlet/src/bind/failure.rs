//! The errors of binding as a client sees them (captured.md 3.2).

use clixml::{Content, Object, Properties, Str, TypeNames, Value};
use psrp::record::{ErrorCategory, ErrorRecord, Exception};

use crate::CommandInfo;
use crate::convert::Cause;

/// What an error of binding says beside its message.
pub(crate) struct BindingError<'a> {
    info: &'a CommandInfo,
    id: &'static str,
    parameter_name: Option<Str>,
    parameter_type: Option<String>,
    type_specified: Option<String>,
    inner: Option<Cause>,
}

impl<'a> BindingError<'a> {
    /// An error of this id.
    pub(crate) fn new(info: &'a CommandInfo, id: &'static str) -> BindingError<'a> {
        BindingError { info, id, parameter_name: None, parameter_type: None, type_specified: None, inner: None }
    }

    /// `ParameterName`.
    pub(crate) fn parameter_name(mut self, name: impl Into<Str>) -> Self {
        self.parameter_name = Some(name.into());
        self
    }

    /// `ParameterType`, a full .NET name.
    pub(crate) fn parameter_type(mut self, name: impl Into<String>) -> Self {
        self.parameter_type = Some(name.into());
        self
    }

    /// `TypeSpecified`, the full .NET name of the argument's type.
    pub(crate) fn type_specified(mut self, name: Option<String>) -> Self {
        self.type_specified = name;
        self
    }

    /// `InnerException`.
    pub(crate) fn inner(mut self, cause: Cause) -> Self {
        self.inner = Some(cause);
        self
    }

    /// `ParameterBindingException`, InvalidArgument: names, sets, missing things.
    pub(crate) fn record(self, message: impl Into<Str>) -> ErrorRecord {
        self.build(BINDING_EXCEPTION, ErrorCategory::InvalidArgument, message.into())
    }

    /// `ParameterBindingArgumentTransformationException`, InvalidData: an argument that does not convert.
    pub(crate) fn transformation(self, message: impl Into<Str>) -> ErrorRecord {
        self.build(TRANSFORMATION_EXCEPTION, ErrorCategory::InvalidData, message.into())
    }

    /// `ParameterBindingValidationException`, InvalidData: an argument that is not allowed.
    pub(crate) fn validation(self, message: impl Into<Str>) -> ErrorRecord {
        self.build(VALIDATION_EXCEPTION, ErrorCategory::InvalidData, message.into())
    }

    /// `ParameterBindingException`, WriteError: a value that its place does not take.
    pub(crate) fn write_error(self, message: impl Into<Str>) -> ErrorRecord {
        self.build(BINDING_EXCEPTION, ErrorCategory::WriteError, message.into())
    }

    fn build(self, type_names: &'static [&'static str], category: ErrorCategory, message: Str) -> ErrorRecord {
        let mut exception = Exception::new(type_names, message);
        let optional = |text: Option<Str>| text.map_or(Value::Null, Value::String);
        let properties = &mut exception.properties;
        properties.push("ParameterName", optional(self.parameter_name));
        properties.push("ParameterType", optional(self.parameter_type.map(Into::into)));
        properties.push("TypeSpecified", optional(self.type_specified.map(Into::into)));
        properties.push("ErrorId", self.id);
        properties.push("Line", 0_i64);
        properties.push("Offset", 0_i64);
        properties.push("CommandInvocation", "System.Management.Automation.InvocationInfo");
        if let Some(inner) = self.inner {
            properties.push("InnerException", exception_value(&inner));
        }
        let id = format!("{},{}", self.id, self.info.name);
        let mut record = ErrorRecord::new(exception, id, category).activity(self.info.name);
        record.invocation_info = invocation_info(self.info.name);
        record
    }
}

/// A session without variables refuses the parameters that name one (captured.md 2.4).
pub(super) fn variable_refused() -> ErrorRecord {
    let exception = Exception::new(
        RUNTIME_EXCEPTION,
        "A variable that cannot be referenced in restricted language mode or a Data section is being referenced. Variables that \
         can be referenced include the following: $PSCulture, $PSUICulture, $true, $false, $null.",
    );
    ErrorRecord::new(exception, "VariableReferenceNotSupportedInDataSection", ErrorCategory::InvalidOperation)
}

/// An inner exception as an object.
fn exception_value(cause: &Cause) -> Value {
    let name = cause.type_names.first().copied().unwrap_or_default();
    let inner = cause.cause.as_deref().map_or(Value::Null, exception_value);
    let mut adapted = Properties::new();
    adapted.push("Message", cause.message.clone());
    adapted.push("Data", Value::from(empty_data()));
    adapted.push("InnerException", inner);
    adapted.push("HelpLink", Value::Null);
    Object {
        type_names: TypeNames::from_static(cause.type_names),
        to_string: Some(format!("{name}: {}", cause.message).into()),
        adapted,
        ..Object::default()
    }
    .into()
}

fn empty_data() -> Object {
    Object::with_type_names(&["System.Collections.ListDictionaryInternal", "System.Object"])
        .content(Content::Dictionary(Vec::new()))
}

/// An `InvocationInfo` of a command that no script has called.
pub(crate) fn invocation_info(command: &str) -> Value {
    Object::with_type_names(&["System.Management.Automation.InvocationInfo", "System.Object"])
        .text("System.Management.Automation.InvocationInfo")
        .adapted("MyCommand", command)
        .adapted("ScriptLineNumber", 0)
        .adapted("OffsetInLine", 0)
        .adapted("HistoryId", 0_i64)
        .adapted("ScriptName", "")
        .adapted("Line", "")
        .adapted("PositionMessage", "")
        .adapted("InvocationName", "")
        .adapted("PipelineLength", 0)
        .adapted("PipelinePosition", 0)
        .adapted("ExpectingInput", false)
        .adapted("CommandOrigin", "Internal")
        .into()
}

const RUNTIME_EXCEPTION: &[&str] =
    &["System.Management.Automation.RuntimeException", "System.SystemException", "System.Exception", "System.Object"];

const BINDING_EXCEPTION: &[&str] = &[
    "System.Management.Automation.ParameterBindingException",
    "System.Management.Automation.RuntimeException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

const TRANSFORMATION_EXCEPTION: &[&str] = &[
    "System.Management.Automation.ParameterBindingArgumentTransformationException",
    "System.Management.Automation.ParameterBindingException",
    "System.Management.Automation.RuntimeException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

const VALIDATION_EXCEPTION: &[&str] = &[
    "System.Management.Automation.ParameterBindingValidationException",
    "System.Management.Automation.ParameterBindingException",
    "System.Management.Automation.RuntimeException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

/// The exception that says why an argument did not convert.
pub(super) const METADATA_EXCEPTION: &[&str] = &[
    "System.Management.Automation.ArgumentTransformationMetadataException",
    "System.Management.Automation.MetadataException",
    "System.Management.Automation.RuntimeException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

/// The exception that says why an argument is not allowed.
pub(super) const VALIDATION_METADATA_EXCEPTION: &[&str] = &[
    "System.Management.Automation.ValidationMetadataException",
    "System.Management.Automation.MetadataException",
    "System.Management.Automation.RuntimeException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

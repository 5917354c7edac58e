use clixml::{Content, Str, Value};

use super::{base, is_rehydrated, quoted, shown_type_name, type_full_name};
use crate::ParameterType;

/// Why an argument is not a value of its parameter's type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ConversionError {
    /// The sentence after "Cannot process argument transformation on parameter '…'. ".
    pub message: Str,
    /// What a .NET type's own parser said about it.
    pub cause: Option<Box<Cause>>,
}

/// An exception inside another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// Its type names, the most derived first.
    pub type_names: &'static [&'static str],
    /// Its message.
    pub message: Str,
    /// What is inside it.
    pub cause: Option<Box<Cause>>,
}

impl Cause {
    /// A text of the wrong form.
    pub(crate) fn format(message: impl Into<Str>) -> Cause {
        Cause { type_names: FORMAT_EXCEPTION, message: message.into(), cause: None }
    }

    /// A number out of range.
    pub(crate) fn overflow(message: impl Into<Str>) -> Cause {
        Cause { type_names: OVERFLOW_EXCEPTION, message: message.into(), cause: None }
    }

    /// What PowerShell itself says.
    pub(crate) fn runtime(message: impl Into<Str>) -> Cause {
        Cause { type_names: RUNTIME_EXCEPTION, message: message.into(), cause: None }
    }

    /// A type that does not convert by itself.
    pub(crate) fn invalid_cast(message: impl Into<Str>) -> Cause {
        Cause { type_names: DOTNET_INVALID_CAST, message: message.into(), cause: None }
    }

    /// A bad argument of a .NET method.
    pub(crate) fn argument(message: impl Into<Str>) -> Cause {
        Cause { type_names: ARGUMENT_EXCEPTION, message: message.into(), cause: None }
    }
}

impl ConversionError {
    /// With a message and nothing inside.
    pub(crate) fn new(message: impl Into<Str>) -> ConversionError {
        ConversionError { message: message.into(), cause: None }
    }

    /// `InvalidCastException`, or without the value where the value is no plain text or must not be shown.
    pub(crate) fn no_conversion(value: &Value, to: &ParameterType) -> ConversionError {
        let (from, to_name) = (shown_type_name(value), to.full_name());
        let secret = is_secret(to);
        ConversionError::new(match base(value) {
            Value::Null => format!("Cannot convert null to type \"{to_name}\"."),
            _ if secret => format!("Cannot convert the value of type \"{from}\" to type \"{to_name}\"."),
            _ => format!("Cannot convert the \"{}\" value of type \"{from}\" to type \"{to_name}\".", quoted(value)),
        })
    }

    /// The same for a secret of any type.
    pub(crate) fn masked(value: &Value, to: &ParameterType) -> ConversionError {
        let (from, to) = (shown_type_name(value), to.full_name());
        ConversionError::new(format!("Cannot convert the value of type \"{from}\" to type \"{to}\"."))
    }

    /// No way from this type to a type that is no primitive one: `IConvertible` types say so themselves, and property bags were
    /// tried before.
    pub(crate) fn refused(value: &Value, to: &ParameterType) -> ConversionError {
        let inner = base(value);
        let name = to.full_name();
        match inner {
            Value::Bool(_) | Value::Char(_) | Value::DateTime(_) => {
                let from = type_full_name(inner);
                let cause = Cause::invalid_cast(format!("Invalid cast from '{from}' to '{name}'."));
                ConversionError::because(&quoted(inner), &name, cause)
            }
            Value::Object(object)
                if matches!(object.content, Content::None) && !is_rehydrated(object) && !is_secret(to) =>
            {
                ConversionError::because(&quoted(inner), &name, ConversionError::no_conversion(value, to).into_cause())
            }
            _ => ConversionError::no_conversion(value, to),
        }
    }

    /// `InvalidCastExceptionForBooleanArgumentValue`, which names the argument's type where others name its value.
    pub(crate) fn not_a_boolean(value: &Value, to: &ParameterType) -> ConversionError {
        let from = match type_full_name(value) {
            _ if base(value).is_null() => String::new(),
            bag if bag == "System.Management.Automation.PSObject" => {
                "System.Management.Automation.PSCustomObject".into()
            }
            other => other.into_owned(),
        };
        ConversionError::new(format!(
            "Cannot convert value \"{from}\" to type \"{}\". Boolean parameters accept only Boolean values and numbers, \
             such as $True, $False, 1 or 0.",
            to.full_name()
        ))
    }

    /// `InvalidCastExceptionWithInnerException`.
    pub(crate) fn because(shown: &str, to: &str, cause: Cause) -> ConversionError {
        ConversionError {
            message: format!("Cannot convert value \"{shown}\" to type \"{to}\". Error: \"{}\"", cause.message).into(),
            cause: Some(Box::new(cause)),
        }
    }

    /// The exception inside which this error travels: `PSInvalidCastException`.
    pub(crate) fn into_cause(self) -> Cause {
        Cause { type_names: INVALID_CAST_EXCEPTION, message: self.message, cause: self.cause }
    }
}

fn is_secret(to: &ParameterType) -> bool {
    matches!(to, ParameterType::SecureString | ParameterType::PsCredential)
}

const FORMAT_EXCEPTION: &[&str] =
    &["System.FormatException", "System.SystemException", "System.Exception", "System.Object"];

const OVERFLOW_EXCEPTION: &[&str] = &[
    "System.OverflowException",
    "System.ArithmeticException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

const ARGUMENT_EXCEPTION: &[&str] =
    &["System.ArgumentException", "System.SystemException", "System.Exception", "System.Object"];

const RUNTIME_EXCEPTION: &[&str] =
    &["System.Management.Automation.RuntimeException", "System.SystemException", "System.Exception", "System.Object"];

const INVALID_CAST_EXCEPTION: &[&str] = &[
    "System.Management.Automation.PSInvalidCastException",
    "System.InvalidCastException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

const DOTNET_INVALID_CAST: &[&str] =
    &["System.InvalidCastException", "System.SystemException", "System.Exception", "System.Object"];

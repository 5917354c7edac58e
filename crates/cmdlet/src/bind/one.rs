//! One value for one parameter: conversion, validation, and the checks of mandatory ones (jea.md 3.5, 3.6).

use clixml::{Str, Value};
use psrp::record::ErrorRecord;

use super::ActionPreference;
use super::failure::{BindingError, METADATA_EXCEPTION, VALIDATION_METADATA_EXCEPTION};
use super::sets::sets_of;
use crate::bound::BoundParameter;
use crate::convert::{
    Cause, ConversionError, base, convert, enum_member, is_instance, is_list, items, quoted, real_number, text,
    type_full_name,
};
use crate::{Bound, CommandInfo, ParameterInfo, ParameterType};

/// Why a value was not bound.
#[derive(Debug)]
pub(super) enum Failure {
    /// It does not convert.
    InvalidCast(Box<ErrorRecord>),
    /// Anything else.
    Other(Box<ErrorRecord>),
}

impl From<ErrorRecord> for Failure {
    fn from(record: ErrorRecord) -> Failure {
        Failure::Other(Box::new(record))
    }
}

impl Failure {
    pub(super) fn into_record(self) -> ErrorRecord {
        match self {
            Failure::InvalidCast(record) | Failure::Other(record) => *record,
        }
    }
}

/// A value with where it comes from.
pub(super) struct Given<'a> {
    value: &'a Value,
    type_name: Option<String>,
    from_pipeline: bool,
}

impl<'a> Given<'a> {
    pub(super) fn argument(value: &'a Value) -> Given<'a> {
        Given { value, type_name: specified(value), from_pipeline: false }
    }

    /// What a prompt answers is wrapped, whatever it is.
    pub(super) fn prompted(value: &'a Value) -> Given<'a> {
        let type_name = Some("System.Management.Automation.PSObject".to_owned());
        Given { value, type_name, from_pipeline: false }
    }

    pub(super) fn from_pipeline(value: &'a Value) -> Given<'a> {
        Given { value, type_name: specified(value), from_pipeline: true }
    }
}

/// The type of an argument; whatever is no plain value on the wire is wrapped.
pub(super) fn specified(value: &Value) -> Option<String> {
    match value {
        Value::Object(_) => Some("System.Management.Automation.PSObject".to_owned()),
        _ => (!value.is_null()).then(|| type_full_name(value).into_owned()),
    }
}

impl Bound {
    /// Binds a value, converting it first if `coerce`; without that only a value of the right type is taken, and the answer
    /// says whether it was.
    pub(super) fn bind_value(
        &mut self,
        parameter: &'static ParameterInfo,
        given: &Given<'_>,
        coerce: bool,
    ) -> Result<bool, Failure> {
        if !coerce && !binds_uncoerced(given.value, &parameter.kind) {
            return Ok(false);
        }
        // an object of the pipeline stays as it is where anything is taken
        let as_it_is = !coerce && parameter.kind == ParameterType::Object;
        let value = if as_it_is { Ok(given.value.clone()) } else { convert(given.value, &parameter.kind) };
        let value = value.map_err(|error| {
            let masked = parameter.secret && !parameter.kind.is_secret(); // those that are secrets by their type show none
            let error = if masked { ConversionError::masked(given.value, &parameter.kind) } else { error };
            let metadata = Cause {
                type_names: METADATA_EXCEPTION,
                message: error.message.clone(),
                cause: Some(Box::new(error.clone().into_cause())),
            };
            let binding_error = BindingError::new(self.info, "ParameterArgumentTransformationError")
                .parameter_name(parameter.name)
                .parameter_type(parameter.kind.full_name())
                .type_specified(given.type_name.clone())
                .inner(metadata);
            Failure::InvalidCast(Box::new(binding_error.transformation(format!(
                "Cannot process argument transformation on parameter '{}'. {}",
                parameter.name, error.message
            ))))
        })?;
        self.check(parameter, &value)?;
        self.values.push(BoundParameter { parameter, value, from_pipeline: given.from_pipeline });
        let named = sets_of(self.info, parameter);
        if named != super::Sets::NONE {
            self.sets = self.sets.and(named);
        }
        Ok(true)
    }

    /// Validation attributes, then what a mandatory parameter must not be.
    fn check(&self, parameter: &'static ParameterInfo, value: &Value) -> Result<(), ErrorRecord> {
        let type_name = (!value.is_null()).then(|| own_type_name(value, &parameter.kind));
        let error = |id| {
            BindingError::new(self.info, id)
                .parameter_name(parameter.name)
                .parameter_type(parameter.kind.full_name())
                .type_specified(type_name.clone())
        };
        if let Err(message) = crate::validate::validate(parameter, value) {
            let masked = "The argument, which is not shown, does not meet the rules of this parameter.";
            let message = if parameter.secret { masked.into() } else { message };
            let inner =
                Cause { type_names: VALIDATION_METADATA_EXCEPTION, message: message.as_str().into(), cause: None };
            return Err(error("ParameterArgumentValidationError")
                .inner(inner)
                .validation(format!("Cannot validate argument on parameter '{}'. {message}", parameter.name)));
        }
        if !parameter.sets.iter().any(|set| set.mandatory) {
            return Ok(());
        }
        let Some((what, type_name)) = forbidden(parameter, value) else { return Ok(()) };
        let (id, what) = match what {
            Forbidden::Null => ("ParameterArgumentValidationErrorNullNotAllowed", "it is null"),
            Forbidden::EmptyString => {
                ("ParameterArgumentValidationErrorEmptyStringNotAllowed", "it is an empty string")
            }
            Forbidden::EmptyArray => ("ParameterArgumentValidationErrorEmptyArrayNotAllowed", "it is an empty array"),
        };
        Err(error(id)
            .type_specified(type_name)
            .validation(format!("Cannot bind argument to parameter '{}' because {what}.", parameter.name)))
    }

    /// Binds a common parameter the way of compiled cmdlets, also on commands that look like functions (J-095).
    pub(super) fn bind_common(&mut self, parameter: &'static ParameterInfo, value: &Value) -> Result<(), Failure> {
        let (kind, inner) = (&parameter.kind, base(value));
        let error = |id| {
            BindingError::new(self.info, id)
                .parameter_name(parameter.name)
                .parameter_type(kind.full_name())
                .type_specified(specified(value))
        };
        let converted = if inner.is_null() {
            // the mere presence of a switch is true; nothing else becomes anything
            if *kind == ParameterType::Switch { Value::Bool(true) } else { Value::Null }
        } else if let (ParameterType::Switch, Some(number)) = (kind, real_number(inner)) {
            Value::Bool(number != 0.0)
        } else if is_list(value) && !matches!(kind, ParameterType::Enum(_) | ParameterType::Switch) {
            return Err(Failure::Other(Box::new(error("CannotConvertArgument").record(format!(
                "Cannot convert '{}' to the type '{}' required by parameter '{}'. Specified method is not supported.",
                shown(value),
                kind.full_name(),
                parameter.name
            )))));
        } else {
            match convert(value, kind) {
                Ok(converted) => converted,
                Err(_) if *kind == ParameterType::Switch => {
                    return Err(Failure::Other(Box::new(error("CannotConvertArgument").record(format!(
                        "Cannot convert '{}' to the type '{}' required by parameter '{}'. ",
                        type_full_name(value),
                        kind.full_name(),
                        parameter.name
                    )))));
                }
                Err(reason) => {
                    let message = format!("Cannot bind parameter '{}'. {}", parameter.name, reason.message);
                    let inner = reason.into_cause();
                    let record = error("CannotConvertArgumentNoMessage").inner(inner).record(message);
                    return Err(Failure::Other(Box::new(record)));
                }
            }
        };
        self.check(parameter, &converted)?;
        if let Some(reason) = unsettable(kind, &converted) {
            let type_name = (!converted.is_null()).then(|| kind.full_name());
            let error = error("ParameterBindingFailed").type_specified(type_name);
            return Err(Failure::Other(Box::new(error.write_error(format!(
                "Cannot bind parameter '{0}' to the target. Exception setting \"{0}\": \"{reason}\"",
                parameter.name
            )))));
        }
        self.common_names.push(parameter.name);
        if self.common.set(parameter.name, &converted) {
            self.names_variable = true;
        }
        Ok(())
    }
}

impl Bound {
    /// A value that its field cannot hold: the declaration and the field disagree.
    pub(crate) fn unusable(&self, name: &str) -> ErrorRecord {
        let value = self.get(name).unwrap_or(&Value::Null);
        BindingError::new(self.info, "ParameterBindingFailed")
            .parameter_name(name)
            .type_specified(specified(value))
            .record(format!("Cannot bind parameter '{name}' to the target. Its value cannot be held."))
    }
}

/// A preference that cannot be, though it converts.
fn unsettable(kind: &ParameterType, value: &Value) -> Option<String> {
    if !matches!(kind, ParameterType::Enum(_)) {
        return None;
    }
    match convert(value, kind) {
        Err(reason) => Some(reason.message.to_string()),
        Ok(_) if enum_member(value) == Some(ActionPreference::Suspend) => Some(
            "The Suspend ActionPreference value is reserved for future use and is not supported at this time. For more \
             information about preference variables, see the Help topic, \"about_Preference_Variables.\""
                .to_owned(),
        ),
        Ok(_) => None,
    }
}

/// The type of a value that was converted.
fn own_type_name(value: &Value, kind: &ParameterType) -> String {
    match kind {
        ParameterType::Object => type_full_name(value).into_owned(),
        _ => kind.full_name(),
    }
}

fn binds_uncoerced(value: &Value, kind: &ParameterType) -> bool {
    if base(value).is_null() {
        return !kind.is_value_type() && *kind != ParameterType::String;
    }
    is_instance(value, kind)
}

enum Forbidden {
    Null,
    EmptyString,
    EmptyArray,
}

/// What a mandatory parameter does not take, in itself or as an element, and the type of that.
fn forbidden(parameter: &ParameterInfo, value: &Value) -> Option<(Forbidden, Option<String>)> {
    let null_or_empty = |value: &Value, kind: &ParameterType| match value {
        Value::Null if !parameter.allow_null => Some((Forbidden::Null, None)),
        Value::String(text) if *kind == ParameterType::String && text.is_empty() && !parameter.allow_empty_string => {
            Some((Forbidden::EmptyString, Some(kind.full_name())))
        }
        _ => None,
    };
    let ParameterType::Array(element) = &parameter.kind else { return null_or_empty(value, &parameter.kind) };
    let Some(items) = items(value) else { return null_or_empty(value, &parameter.kind) };
    if items.is_empty() && !parameter.allow_empty_collection {
        return Some((Forbidden::EmptyArray, Some(parameter.kind.full_name())));
    }
    if element.is_value_type() {
        return None;
    }
    items.iter().find_map(|item| null_or_empty(item, element))
}

/// The host could not or would not ask for a credential.
pub(super) fn credential_refused(info: &CommandInfo, parameter: &'static str, error: &ErrorRecord) -> ErrorRecord {
    let inner = Cause { type_names: REMOTE_EXCEPTION, message: error.exception.message.clone(), cause: None };
    BindingError::new(info, "ParameterArgumentTransformationError")
        .parameter_name(parameter)
        .parameter_type(ParameterType::PsCredential.full_name())
        .type_specified(Some("System.String".to_owned()))
        .inner(inner)
        .transformation(format!(
            "Cannot process argument transformation on parameter '{parameter}'. {}",
            error.exception.message
        ))
}

/// What a host method of the client threw.
pub(super) const REMOTE_EXCEPTION: &[&str] = &[
    "System.Management.Automation.RemoteException",
    "System.Management.Automation.RuntimeException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

/// What stands in a secret's place.
pub(super) const MASKED: &str = "********";

/// The text that an argument is reported with.
pub(super) fn shown(value: &Value) -> Str {
    match value {
        Value::Null => "$null".into(),
        Value::Object(_) => text(value),
        _ => quoted(value),
    }
}

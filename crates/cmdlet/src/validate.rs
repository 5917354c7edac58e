//! Validation attributes (jea.md 3.6): what they allow, and what they say when they do not.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use clixml::Value;
use regex::{Regex, RegexBuilder};

use crate::convert::{items, text, type_full_name};
use crate::{ParameterInfo, ParameterType, Validation};

/// Checks a converted value. The error is the sentence after "Cannot validate argument on parameter '…'. ".
pub(crate) fn validate(parameter: &ParameterInfo, value: &Value) -> Result<(), String> {
    parameter.validation.iter().try_for_each(|validation| check(validation, parameter, value))
}

fn check(validation: &Validation, parameter: &ParameterInfo, value: &Value) -> Result<(), String> {
    let list = matches!(parameter.kind, ParameterType::Array(_)).then(|| items(value)).flatten();
    match (validation, list) {
        (Validation::Count(least, most), list) => count(*least, *most, list, value),
        (Validation::NotNull | Validation::NotNullOrEmpty | Validation::NotNullOrWhiteSpace, Some(list)) => {
            not_null_in(validation, &list)
        }
        (_, Some(list)) => list.iter().try_for_each(|element| one(validation, element)),
        (_, None) => one(validation, value),
    }
}

/// Attributes that test a value, or each element of a list.
fn one(validation: &Validation, value: &Value) -> Result<(), String> {
    match validation {
        Validation::NotNull => return if value.is_null() { Err(NULL.into()) } else { Ok(()) },
        Validation::NotNullOrEmpty => {
            let empty = value.as_str().is_some_and(str::is_empty) || is_empty_collection(value);
            return if value.is_null() || empty { Err(NULL_OR_EMPTY.into()) } else { Ok(()) };
        }
        Validation::NotNullOrWhiteSpace => {
            let blank = value.as_str().is_some_and(|text| text.trim().is_empty()) || is_empty_collection(value);
            return if value.is_null() || blank { Err(NULL_OR_WHITE_SPACE.into()) } else { Ok(()) };
        }
        _ if value.is_null() => return Err(NULL_OR_EMPTY.into()),
        _ => {}
    }
    let shown = text(value);
    match validation {
        Validation::Set(names) if !names.iter().any(|name| same(name, &shown)) => Err(format!(
            "The argument \"{shown}\" does not belong to the set \"{}\" specified by the ValidateSet attribute. Supply an \
             argument that is in the set and then try the command again.",
            names.join(",")
        )),
        Validation::Range(least, most) => range(*least, *most, value),
        Validation::Length(least, most) => length(*least, *most, &shown),
        Validation::Pattern(pattern) if !matches(pattern, &shown) => Err(format!(
            "The argument \"{shown}\" does not match the \"{pattern}\" pattern. Supply an argument that matches \"{pattern}\" \
             and try the command again."
        )),
        _ => Ok(()),
    }
}

fn same(name: &str, shown: &str) -> bool {
    name.eq_ignore_ascii_case(shown) || name.to_lowercase() == shown.to_lowercase()
}

fn range(least: i64, most: i64, value: &Value) -> Result<(), String> {
    let shown = text(value);
    let Some(order) = compare(value, least).zip(compare(value, most)) else {
        return Err(format!(
            "The argument cannot be validated because its type \"{}\" is not the same type (System.Int32) as the maximum and \
             minimum limits of the parameter. Make sure the argument is of type System.Int32 and then try the command again.",
            type_full_name(value)
        ));
    };
    if order.0.is_lt() {
        return Err(format!(
            "The {shown} argument is less than the minimum allowed range of {least}. Supply an argument that is greater than or \
             equal to {least} and then try the command again."
        ));
    }
    if order.1.is_gt() {
        return Err(format!(
            "The {shown} argument is greater than the maximum allowed range of {most}. Supply an argument that is less than or \
             equal to {most} and then try the command again."
        ));
    }
    Ok(())
}

fn compare(value: &Value, limit: i64) -> Option<std::cmp::Ordering> {
    let limit = i128::from(limit);
    match crate::convert::whole_number(value) {
        Some(number) => Some(number.cmp(&limit)),
        #[allow(clippy::cast_precision_loss)] // limits are written in source code and small
        None => crate::convert::real_number(value)?.partial_cmp(&(limit as f64)),
    }
}

fn length(least: usize, most: usize, shown: &str) -> Result<(), String> {
    let length = shown.encode_utf16().count();
    if length < least {
        return Err(format!(
            "The character length ({length}) of the argument is too short. Specify an argument with a length that is greater \
             than or equal to \"{least}\", and then try the command again."
        ));
    }
    if length > most {
        return Err(format!(
            "The character length ({length}) of the argument is too long. Specify an argument with a length that is shorter \
             than or equal to \"{most}\", and then try the command again."
        ));
    }
    Ok(())
}

fn count(least: usize, most: usize, list: Option<Vec<Value>>, value: &Value) -> Result<(), String> {
    let given =
        match list {
            Some(list) => list.len(),
            None if value.is_null() => 0,
            None => return Err(
                "The ValidateCount attribute cannot be applied to a non-array parameter. Either remove the attribute \
                            from the parameter or make the parameter an array parameter."
                    .into(),
            ),
        };
    if (least..=most).contains(&given) {
        return Ok(());
    }
    Err(if least == most {
        format!("The parameter requires exactly {most} value(s) - {given} value(s) were provided.")
    } else {
        format!(
            "The parameter requires at least {least} value(s) and no more than {most} value(s) - {given} value(s) were provided."
        )
    })
}

fn not_null_in(validation: &Validation, list: &[Value]) -> Result<(), String> {
    let has_null = list.iter().any(Value::is_null);
    let has_empty = list.iter().any(|item| item.as_str().is_some_and(str::is_empty));
    let has_blank = list.iter().any(|item| item.as_str().is_some_and(|text| text.trim().is_empty()));
    match validation {
        Validation::NotNull if has_null => Err("The argument has a null value, or an element of the argument collection contains a \
                                                null value. Provide a collection that does not contain any null values, and \
                                                then try the command again."
            .into()),
        Validation::NotNullOrEmpty if list.is_empty() || has_null || has_empty => {
            Err("The argument is null, empty, or an element of the argument collection contains a null value. Supply a \
                 collection that does not contain any null values and then try the command again."
                .into())
        }
        Validation::NotNullOrWhiteSpace if list.is_empty() || has_null || has_blank => {
            Err("An element of the argument collection is null, empty, or consists of only white-space characters. Supply a \
                 collection that does not contain any those values and then try the command again."
                .into())
        }
        _ => Ok(()),
    }
}

fn is_empty_collection(value: &Value) -> bool {
    items(value).is_some_and(|items| items.is_empty())
        || value.as_object().and_then(clixml::Object::entries).is_some_and(<[_]>::is_empty)
}

/// Patterns are compiled once for the life of the daemon: they come from commands only, never from a client.
static PATTERNS: LazyLock<RwLock<HashMap<&'static str, Option<Regex>>>> = LazyLock::new(RwLock::default);

/// Letter case aside; a pattern that does not compile lets nothing through.
fn matches(pattern: &'static str, shown: &str) -> bool {
    if let Some(known) = PATTERNS.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return known.as_ref().is_some_and(|regex| regex.is_match(shown));
    }
    let compiled = RegexBuilder::new(pattern).case_insensitive(true).build().ok();
    let answer = compiled.as_ref().is_some_and(|regex| regex.is_match(shown));
    PATTERNS.write().unwrap_or_else(PoisonError::into_inner).insert(pattern, compiled);
    answer
}

const NULL: &str =
    "The argument is null. Provide a valid value for the argument, and then try running the command again.";

const NULL_OR_EMPTY: &str =
    "The argument is null or empty. Provide an argument that is not null or empty, and then try the command again.";

const NULL_OR_WHITE_SPACE: &str = "The argument is null, empty, or consists of only white-space characters. Provide an argument \
                                   that contains non white-space characters, and then try the command again.";

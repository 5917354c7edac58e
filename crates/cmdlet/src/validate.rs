//! Validation attributes (jea.md 3.6): what they allow, and what they say when they do not.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use clixml::{Object, Value};
use regex::{Regex, RegexBuilder};

use crate::convert::{convert, is_list, items, text, type_short_name, whole_number};
use crate::{ParameterInfo, ParameterType, Validation};

/// Checks a converted value. The error is the sentence after "Cannot validate argument on parameter '…'. ".
pub(crate) fn validate(parameter: &ParameterInfo, value: &Value) -> Result<(), String> {
    parameter.validation.iter().try_for_each(|validation| check(validation, parameter, value))
}

fn check(validation: &Validation, parameter: &ParameterInfo, value: &Value) -> Result<(), String> {
    let list = is_list(value).then(|| items(value)).flatten();
    match (validation, list) {
        (Validation::Count(least, most), list) => count(*least, *most, list, value),
        (Validation::NotNull | Validation::NotNullOrEmpty | Validation::NotNullOrWhiteSpace, Some(list)) => {
            not_null_in(validation, &list)
        }
        (Validation::NotNull, None) if value.is_null() => Err(NULL.into()),
        (Validation::NotNullOrEmpty, None) if value.is_null() || is_empty(value) => Err(NULL_OR_EMPTY.into()),
        (Validation::NotNullOrWhiteSpace, None) if value.is_null() || is_blank(value) => {
            Err(NULL_OR_WHITE_SPACE.into())
        }
        (Validation::NotNull | Validation::NotNullOrEmpty | Validation::NotNullOrWhiteSpace, None) => Ok(()),
        (_, Some(list)) => list.iter().try_for_each(|element| one(validation, element)),
        (_, None) if value.is_null() && !matches!(parameter.kind, ParameterType::String) => {
            Err(EMPTY_COLLECTION.into())
        }
        (_, None) => one(validation, value),
    }
}

/// Attributes that test a value, or each element of a list.
fn one(validation: &Validation, value: &Value) -> Result<(), String> {
    if value.is_null() {
        return Err(NULL_OR_EMPTY.into());
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

fn is_empty(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty)
        || value.as_object().and_then(Object::entries).is_some_and(<[_]>::is_empty)
}

fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn same(name: &str, shown: &str) -> bool {
    name.eq_ignore_ascii_case(shown) || name.to_lowercase() == shown.to_lowercase()
}

/// The value is converted to the type of the limits first, so a real number is rounded.
fn range(least: i64, most: i64, value: &Value) -> Result<(), String> {
    let small = i32::try_from(least).is_ok() && i32::try_from(most).is_ok();
    let (kind, name) = if small { (ParameterType::Int32, "Int32") } else { (ParameterType::Int64, "Int64") };
    let number = convert(value, &kind).ok().and_then(|number| whole_number(&number)).ok_or_else(|| {
        format!(
            "The argument cannot be validated because its type \"{}\" is not the same type ({name}) as the maximum and minimum \
             limits of the parameter. Make sure the argument is of type {name} and then try the command again.",
            type_short_name(value)
        )
    })?;
    if number < i128::from(least) {
        return Err(format!(
            "The {number} argument is less than the minimum allowed range of {least}. Supply an argument that is greater than \
             or equal to {least} and then try the command again."
        ));
    }
    if number > i128::from(most) {
        return Err(format!(
            "The {number} argument is greater than the maximum allowed range of {most}. Supply an argument that is less than \
             or equal to {most} and then try the command again."
        ));
    }
    Ok(())
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
            "The character length of the {length} argument is too long. Shorten the character length of the argument so it is \
             fewer than or equal to \"{most}\" characters, and then try the command again."
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
    match validation {
        Validation::NotNull if has_null => Err(NULL_COLLECTION.into()),
        Validation::NotNullOrEmpty if list.is_empty() || has_null || list.iter().any(is_empty) => {
            Err(EMPTY_COLLECTION.into())
        }
        Validation::NotNullOrWhiteSpace if list.is_empty() => Err(EMPTY_COLLECTION.into()),
        Validation::NotNullOrWhiteSpace if has_null || list.iter().any(is_blank) => Err(BLANK_COLLECTION.into()),
        _ => Ok(()),
    }
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

const NULL_COLLECTION: &str = "The argument has a null value, or an element of the argument collection contains a null value. \
                               Provide a collection that does not contain any null values, and then try the command again.";

const EMPTY_COLLECTION: &str = "The argument is null, empty, or an element of the argument collection contains a null value. \
                                Supply a collection that does not contain any null values and then try the command again.";

const BLANK_COLLECTION: &str = "An element of the argument collection is null, empty, or consists of only white-space \
                                characters. Supply a collection that does not contain any those values and then try the \
                                command again.";

const NULL_OR_WHITE_SPACE: &str = "The argument is null, empty, or consists of only white-space characters. Provide an argument \
                                   that contains non white-space characters, and then try the command again.";

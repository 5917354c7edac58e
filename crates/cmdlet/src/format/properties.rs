//! Type names and properties of a value: what its .NET type would have, where the wire does not carry it.

use std::borrow::Cow;

use clixml::{Str, TimeSpan, Value, Version};

use super::number;

/// From the most to the least derived type; of a primitive, just its own.
pub(crate) fn type_names(value: &Value) -> impl Iterator<Item = &str> {
    let object = value.as_object().filter(|object| !object.type_names.is_empty());
    let own = if object.is_some() { None } else { Some(value.type_name()) };
    own.into_iter().chain(object.into_iter().flat_map(|object| object.type_names.iter()))
}

/// Is it written by its text alone: text, numbers, characters, truth values, secrets, enumeration members.
pub(crate) fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Null
        | Value::DateTime(_)
        | Value::TimeSpan(_)
        | Value::Bytes(_)
        | Value::Guid(_)
        | Value::Version(_) => false,
        Value::Object(object) => {
            let mut names = object.type_names.iter().map(|name| name.strip_prefix("Deserialized.").unwrap_or(name));
            let scalar =
                names.next().is_some_and(|name| SCALAR_TYPES.iter().any(|known| known.eq_ignore_ascii_case(name)));
            scalar || names.next() == Some("System.Enum")
        }
        _ => true,
    }
}

const SCALAR_TYPES: &[&str] = &[
    "System.String",
    "System.SByte",
    "System.Byte",
    "System.Int16",
    "System.UInt16",
    "System.Int32",
    "System.UInt32",
    "System.Int64",
    "System.UInt64",
    "System.Char",
    "System.Single",
    "System.Double",
    "System.Boolean",
    "System.Decimal",
    "System.IntPtr",
    "System.Security.SecureString",
    "System.Numerics.BigInteger",
];

/// Does a column of such values stand to the right?
pub(crate) fn is_right_aligned(value: &Value) -> bool {
    let text = match value {
        Value::Object(object) => object.type_names.first().is_some_and(|name| name.ends_with("System.String")),
        Value::String(_) | Value::Uri(_) | Value::Xml(_) | Value::ScriptBlock(_) => true,
        _ => false,
    };
    !text && is_scalar(value)
}

/// In the order shown, each name once.
pub(crate) fn property_names(value: &Value) -> Vec<Str> {
    match value {
        Value::Object(object) => {
            let mut names: Vec<Str> = Vec::new();
            for (name, _) in object.adapted.iter().chain(object.extended.iter()) {
                if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    names.push(name.into());
                }
            }
            names
        }
        _ => Vec::new(),
    }
}

/// A property by name, letter case aside.
pub(crate) fn property<'a>(value: &'a Value, name: &str) -> Option<Cow<'a, Value>> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    match value {
        Value::Object(object) => object.property(name).map(Cow::Borrowed),
        Value::TimeSpan(span) => time_span_property(*span, is).map(Cow::Owned),
        Value::Version(version) => version_property(*version, is).map(Cow::Owned),
        Value::Guid(guid) if is("Guid") => Some(Cow::Owned(guid.to_string().into())),
        Value::DateTime(date) if is("DateTime") => Some(Cow::Owned(number::long_date(*date).into())),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss)] // as .NET's own Total… properties
fn time_span_property(span: TimeSpan, is: impl Fn(&str) -> bool) -> Option<Value> {
    const UNITS: [(&str, &str, i64, i64); 5] = [
        ("Days", "TotalDays", 864_000_000_000, i64::MAX),
        ("Hours", "TotalHours", 36_000_000_000, 24),
        ("Minutes", "TotalMinutes", 600_000_000, 60),
        ("Seconds", "TotalSeconds", 10_000_000, 60),
        ("Milliseconds", "TotalMilliseconds", 10_000, 1000),
    ];
    if is("Ticks") {
        return Some(span.ticks.into());
    }
    UNITS.into_iter().find_map(|(part, total, ticks, modulus)| {
        if is(part) {
            Some(Value::Int64(span.ticks / ticks % modulus))
        } else if is(total) {
            Some(Value::Double(span.ticks as f64 / ticks as f64))
        } else {
            None
        }
    })
}

fn version_property(version: Version, is: impl Fn(&str) -> bool) -> Option<Value> {
    let part = |part: Option<u32>| part.map_or(-1, i64::from);
    [
        ("Major", i64::from(version.major)),
        ("Minor", i64::from(version.minor)),
        ("Build", part(version.build)),
        ("Revision", part(version.revision)),
    ]
    .into_iter()
    .find(|(name, _)| is(name))
    .map(|(_, number)| number.into())
}

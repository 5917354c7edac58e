//! Type names and properties of a value: what its .NET type would have, where the wire does not carry it.

use std::borrow::Cow;

use clixml::{Civil, DateTime, DateTimeKind, Str, TimeSpan, Value, Version};

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
    let Value::Object(object) = value else {
        return dotnet_properties(value).into_iter().map(|(name, _)| name.into()).collect();
    };
    let mut names: Vec<Str> = Vec::new();
    for (name, _) in object.adapted.iter().chain(object.extended.iter()) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.into());
        }
    }
    names
}

/// A property by name, letter case aside.
pub(crate) fn property<'a>(value: &'a Value, name: &str) -> Option<Cow<'a, Value>> {
    match value {
        Value::Object(object) => object.property(name).map(Cow::Borrowed),
        other => {
            let mut own = dotnet_properties(other).into_iter();
            own.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| Cow::Owned(value))
        }
    }
}

/// The properties that primitives have in .NET, where they are shown at all.
fn dotnet_properties(value: &Value) -> Vec<(&'static str, Value)> {
    match value {
        Value::TimeSpan(span) => time_span(*span),
        Value::Version(version) => self::version(*version),
        Value::DateTime(date) => date_time(*date),
        Value::Guid(guid) => {
            let (_, _, third, last) = guid.as_fields();
            let variant = i32::from(last.first().copied().unwrap_or(0) >> 4);
            vec![
                ("Variant", variant.into()),
                ("Version", i32::from(third >> 12).into()),
                ("Guid", guid.to_string().into()),
            ]
        }
        _ => Vec::new(),
    }
}

fn version(version: Version) -> Vec<(&'static str, Value)> {
    let part = |part: Option<u32>| part.and_then(|part| i32::try_from(part).ok()).unwrap_or(-1);
    let revision = part(version.revision);
    let half = |half: i32| {
        i64::from(half.cast_unsigned().to_le_bytes().first_chunk().map_or(0, |low| i16::from_le_bytes(*low)))
    };
    vec![
        ("Major", i64::from(version.major).into()),
        ("Minor", i64::from(version.minor).into()),
        ("Build", part(version.build).into()),
        ("Revision", revision.into()),
        ("MajorRevision", half(revision >> 16).into()),
        ("MinorRevision", half(revision).into()),
    ]
}

#[allow(clippy::cast_precision_loss)] // as .NET's own Total… properties
fn time_span(span: TimeSpan) -> Vec<(&'static str, Value)> {
    const HOUR: i64 = 3600 * TimeSpan::TICKS_PER_SECOND;
    const MINUTE: i64 = 60 * TimeSpan::TICKS_PER_SECOND;
    let ticks = span.ticks;
    let total = |unit: i64| Value::Double(ticks as f64 / unit as f64);
    vec![
        ("Ticks", ticks.into()),
        ("Days", (ticks / TimeSpan::TICKS_PER_DAY).into()),
        ("Hours", (ticks / HOUR % 24).into()),
        ("Milliseconds", (ticks / 10_000 % 1000).into()),
        ("Microseconds", (ticks / 10 % 1000).into()),
        ("Nanoseconds", (ticks % 10 * 100).into()),
        ("Minutes", (ticks / MINUTE % 60).into()),
        ("Seconds", (ticks / TimeSpan::TICKS_PER_SECOND % 60).into()),
        ("TotalDays", total(TimeSpan::TICKS_PER_DAY)),
        ("TotalHours", total(HOUR)),
        ("TotalMilliseconds", total(10_000)),
        ("TotalMicroseconds", total(10)),
        ("TotalNanoseconds", Value::Double(ticks as f64 * 100.0)),
        ("TotalMinutes", total(MINUTE)),
        ("TotalSeconds", total(TimeSpan::TICKS_PER_SECOND)),
    ]
}

fn date_time(date: DateTime) -> Vec<(&'static str, Value)> {
    let civil = date.to_civil();
    let fraction = i64::from(civil.fraction);
    let in_day = date.ticks.rem_euclid(TimeSpan::TICKS_PER_DAY);
    let january_first = Civil { month: 1, day: 1, hour: 0, minute: 0, second: 0, fraction: 0, ..civil };
    let days = DateTime::from_civil(january_first, date.kind)
        .map_or(0, |start| (date.ticks - start.ticks) / TimeSpan::TICKS_PER_DAY);
    let kind = match date.kind {
        DateTimeKind::Unspecified => "Unspecified",
        DateTimeKind::Utc => "Utc",
        DateTimeKind::Local(_) => "Local",
    };
    vec![
        ("Date", DateTime { ticks: date.ticks - in_day, kind: date.kind }.into()),
        ("Day", i64::from(civil.day).into()),
        ("DayOfWeek", number::day_of_week(date).into()),
        ("DayOfYear", (days + 1).into()),
        ("Hour", i64::from(civil.hour).into()),
        ("Kind", kind.into()),
        ("Millisecond", (fraction / 10_000).into()),
        ("Microsecond", (fraction / 10 % 1000).into()),
        ("Nanosecond", (fraction % 10 * 100).into()),
        ("Minute", i64::from(civil.minute).into()),
        ("Month", i64::from(civil.month).into()),
        ("Second", i64::from(civil.second).into()),
        ("Ticks", date.ticks.into()),
        ("TimeOfDay", TimeSpan::from_ticks(in_day).into()),
        ("Year", i64::from(civil.year).into()),
        ("DateTime", number::long_date(date).into()),
    ]
}

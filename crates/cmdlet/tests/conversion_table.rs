//! J-087: every conversion that was asked of a real PowerShell 7.6 (function parameters, arguments as they come off the wire)
//! gives the same value or the same error here. The few deliberate differences are listed with their reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::fmt::Write as _;

use clixml::{Content, DateTime, DateTimeKind, Decimal, Object, SecureString, TimeSpan, TypeNames, Value};
use cmdlet::convert::{convert, text};
use cmdlet::{EnumInfo, ParameterType};

const TABLE: &str = include_str!("../../../fixtures/binding/conversions.tsv");

/// Where being saner is right, or where the .NET text is not worth its weight: type, argument (or its beginning with `*`), why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("*", "H(S:a=I32:1)", "a hashtable is no recipe for objects here: it just does not convert"),
    ("hashtable", "C:97", "a character is no capacity"),
    ("ipaddress", "I*", NUMBER),
    ("ipaddress", "D*", NUMBER),
    ("ipaddress", "Sg:*", NUMBER),
    ("ipaddress", "By:*", NUMBER),
    ("ipaddress", "C:*", NUMBER),
    ("ipaddress", "E(*", NUMBER),
    ("ipaddress", "BA:*", NUMBER),
    ("ipaddress", "S:10", SPELLING),
    ("ipaddress", "S:10.0.0", SPELLING),
    ("ipaddress", "S:0x7f.1", SPELLING),
    ("ipaddress", "S:010.0.0.1", SPELLING),
    ("ipaddress", "S:[::1]:80", SPELLING),
    ("ipaddress", "S:fe80::1%3", "zones are this computer's own"),
    ("securestring", "P(*", "what was given for a secret is not quoted"),
    ("guid", "BA:*", "bytes are no GUID"),
    ("guid", "S:{11111111222233334444555555555555}", "the form X is not taken"),
    ("guid", "S:{0x*", "the form X is not taken"),
    ("uri", "S:C:\\\\x", "there is no file of the client here"),
    ("uri", "S:HTTP://EXAMPLE.COM/a b", "the text stays as it was given"),
    ("xml", "L()", "nothing is no document"),
    ("xml", "S:<a/>", VERBATIM),
    ("xml", "S: <a/>", VERBATIM),
    ("xml", "S:  ", VERBATIM),
    ("xml", "S:<?xml*", VERBATIM),
    ("xml", "S:<!DOCTYPE*", "document types are refused"),
    ("xml", "S:<a></b>", LINES),
    ("xml", "S:<a>&x;</a>", LINES),
    ("System.IO.FileAttributes", "L()", ".NET prefers some members of this one enumeration"),
    ("System.IO.FileAttributes", "S:", ".NET prefers some members of this one enumeration"),
    ("System.IO.FileAttributes", "S:R", ".NET prefers some members of this one enumeration"),
    ("System.IO.FileAttributes", "Db:100000000000000", "which of two errors comes first"),
    ("System.DayOfWeek", "Db:100000000000000", "which of two errors comes first"),
    ("System.Management.Automation.ActionPreference", "Db:100000000000000", "which of two errors comes first"),
    ("datetime", "Db:-1E-05", "which of two errors comes first"),
    ("datetime", "S:20240131T100000", "which of two errors comes first"),
    ("decimal", "S:5-", "a sign stands in front"),
    ("decimal", "Sg:0.00001", "the zero behind it says nothing"),
    ("byte", "S:0xFFFFFFFFFFFFFFFF", "the type that the error names"),
    ("uint16", "S:0xFFFFFFFFFFFFFFFF", "the type that the error names"),
];

const NUMBER: &str = "an address is not a number";
const SPELLING: &str = "an address is four decimal numbers or IPv6: other spellings have hidden hosts before";
const VERBATIM: &str = "the document stays as it was given";
const LINES: &str = "lines are not counted";

static DAY_OF_WEEK: EnumInfo = EnumInfo {
    type_name: "System.DayOfWeek",
    members: &[
        ("Sunday", 0),
        ("Monday", 1),
        ("Tuesday", 2),
        ("Wednesday", 3),
        ("Thursday", 4),
        ("Friday", 5),
        ("Saturday", 6),
    ],
    flags: false,
};

static FILE_ATTRIBUTES: EnumInfo = EnumInfo {
    type_name: "System.IO.FileAttributes",
    members: &[
        ("None", 0),
        ("ReadOnly", 1),
        ("Hidden", 2),
        ("System", 4),
        ("Directory", 16),
        ("Archive", 32),
        ("Device", 64),
        ("Normal", 128),
        ("Temporary", 256),
        ("SparseFile", 512),
        ("ReparsePoint", 1024),
        ("Compressed", 2048),
        ("Offline", 4096),
        ("NotContentIndexed", 8192),
        ("Encrypted", 16384),
        ("IntegrityStream", 32768),
        ("NoScrubData", 131_072),
    ],
    flags: true,
};

#[test]
fn j_087_conversions_are_those_of_powershell() {
    let mut wrong = String::new();
    let mut count = 0;
    let mut used = vec![false; DIFFERENCES.len()];
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let [type_name, argument, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let excuse = DIFFERENCES.iter().position(|(kind, pattern, _)| {
            (*kind == type_name || *kind == "*")
                && match pattern.strip_suffix('*') {
                    Some(start) => argument.starts_with(start),
                    None => argument == *pattern,
                }
        });
        let actual = match convert(&value(&unescaped(argument)), &kind(type_name)) {
            Ok(value) => format!("ok {}", shown(&value)),
            Err(error) => format!("error {error}"),
        };
        count += 1;
        if escaped(&actual) == expected {
            continue;
        }
        match excuse {
            Some(at) => used[at] = true,
            None => {
                writeln!(wrong, "{type_name} | {argument}\n   real {expected}\n   ours {}", escaped(&actual)).unwrap();
            }
        }
    }
    for ((kind, pattern, _), _) in DIFFERENCES.iter().zip(used).filter(|(_, used)| !used) {
        writeln!(wrong, "{kind} | {pattern} is listed as a difference, but there is none").unwrap();
    }
    assert!(count > 1000, "the table is there");
    assert!(wrong.is_empty(), "some of {count} differ:\n{wrong}");
}

/// What was converted converts to itself.
#[test]
fn j_087_a_converted_value_is_a_fixed_point() {
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let [type_name, argument, _] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let kind = kind(type_name);
        if let Ok(once) = convert(&value(&unescaped(argument)), &kind) {
            // a null string is an empty one, but bool has no null
            let twice = convert(&once, &kind);
            let same = twice.as_ref().is_ok_and(|twice| format!("{twice:?}") == format!("{once:?}"));
            assert!(same, "{type_name} {argument}: {once:?} then {twice:?}");
        }
    }
}

fn kind(name: &str) -> ParameterType {
    match name {
        "string" => ParameterType::String,
        "char" => ParameterType::Char,
        "bool" => ParameterType::Bool,
        "switch" => ParameterType::Switch,
        "byte" => ParameterType::Byte,
        "int16" => ParameterType::Int16,
        "int" => ParameterType::Int32,
        "long" => ParameterType::Int64,
        "uint16" => ParameterType::UInt16,
        "uint32" => ParameterType::UInt32,
        "uint64" => ParameterType::UInt64,
        "single" => ParameterType::Single,
        "double" => ParameterType::Double,
        "decimal" => ParameterType::Decimal,
        "datetime" => ParameterType::DateTime,
        "timespan" => ParameterType::TimeSpan,
        "guid" => ParameterType::Guid,
        "version" => ParameterType::Version,
        "uri" => ParameterType::Uri,
        "ipaddress" => ParameterType::IpAddress,
        "xml" => ParameterType::Xml,
        "hashtable" => ParameterType::Hashtable,
        "object" => ParameterType::Object,
        "securestring" => ParameterType::SecureString,
        "System.DayOfWeek" => ParameterType::Enum(&DAY_OF_WEEK),
        "System.IO.FileAttributes" => ParameterType::Enum(&FILE_ATTRIBUTES),
        "System.Management.Automation.ActionPreference" => ParameterType::Enum(&cmdlet::bind::ACTION_PREFERENCE),
        "string[]" => ParameterType::Array(&ParameterType::String),
        "int[]" => ParameterType::Array(&ParameterType::Int32),
        "byte[]" => ParameterType::Array(&ParameterType::Byte),
        "bool[]" => ParameterType::Array(&ParameterType::Bool),
        other => panic!("{other}"),
    }
}

/// An argument of the table as it comes off the wire.
fn value(text: &str) -> Value {
    if text == "Nil" {
        return Value::Null;
    }
    if let Some(inner) = text.strip_prefix("L(").and_then(|rest| rest.strip_suffix(')')) {
        let items = split(inner).into_iter().map(value).collect();
        return Value::array(items);
    }
    if let Some(inner) = text.strip_prefix("H(").and_then(|rest| rest.strip_suffix(')')) {
        let (key, item) = inner.split_once('=').unwrap();
        return Object::with_type_names(&["System.Collections.Hashtable", "System.Object"])
            .content(Content::Dictionary(vec![(value(key), value(item))]))
            .into();
    }
    if let Some(inner) = text.strip_prefix("P(").and_then(|rest| rest.strip_suffix(')')) {
        let mut object = Object::custom();
        for property in split(inner) {
            let (name, item) = property.split_once('=').unwrap();
            object = object.note(name, value(item));
        }
        return object.into();
    }
    if let Some(inner) = text.strip_prefix("E(").and_then(|rest| rest.strip_suffix(')')) {
        let [type_name, member, number] = inner.split(',').collect::<Vec<_>>().try_into().unwrap();
        return Object::enumeration(type_name, &member.replace(' ', ", "), number.parse().unwrap()).into();
    }
    let (tag, rest) = text.split_once(':').unwrap();
    match tag {
        "S" => Value::string(rest),
        "I32" => Value::Int32(rest.parse().unwrap()),
        "I64" => Value::Int64(rest.parse().unwrap()),
        "U64" => Value::UInt64(rest.parse().unwrap()),
        "By" => Value::Byte(rest.parse().unwrap()),
        "Db" => Value::Double(rest.parse().unwrap()),
        "Sg" => Value::Single(rest.parse().unwrap()),
        "D" => {
            let scale = rest.split_once('.').map_or(0, |(_, part)| part.len());
            let mantissa = rest.replace('.', "").parse().unwrap();
            Value::Decimal(Decimal { mantissa, scale: u8::try_from(scale).unwrap() })
        }
        "B" => Value::Bool(rest == "true"),
        "C" => Value::Char(rest.parse().unwrap()),
        "TS" => Value::TimeSpan(TimeSpan::from_ticks(rest.parse().unwrap())),
        "DT" => Value::DateTime(DateTime { ticks: rest.parse().unwrap(), kind: DateTimeKind::Unspecified }),
        "G" => Value::Guid(rest.parse().unwrap()),
        "V" => Value::Version(rest.parse().unwrap()),
        "U" => Value::Uri(rest.into()),
        "X" => Value::Xml(rest.into()),
        "BA" => Value::Bytes([1, 2, 3].as_slice().into()),
        "SS" => Value::SecureString(SecureString::new(rest)),
        "A" => Object {
            type_names: TypeNames::new(["System.Net.IPAddress", "System.Object"]),
            to_string: Some(rest.into()),
            ..Object::default()
        }
        .into(),
        other => panic!("{other}"),
    }
}

/// At the commas that stand in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

/// A value as the table writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Char(unit) => unit.to_string(),
        Value::Xml(text) => text.to_string(),
        Value::Double(_) | Value::Single(_) => value.to_invariant_string().to_string(),
        Value::DateTime(date_time) => {
            let general = text(value);
            let (date, time) = general.split_once(' ').unwrap();
            let [month, day, year] = date.split('/').collect::<Vec<_>>().try_into().unwrap();
            let fraction = date_time.ticks % 10_000_000;
            let kind = match date_time.kind {
                DateTimeKind::Unspecified => " Unspecified",
                DateTimeKind::Utc => "Z Utc",
                DateTimeKind::Local(0) => "+00:00 Local",
                DateTimeKind::Local(_) => "? Local",
            };
            format!("{year}-{month}-{day}T{time}.{fraction:07}{kind}")
        }
        Value::Bytes(bytes) => {
            format!("[{}]", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join("|"))
        }
        Value::Object(object) => match &object.content {
            Content::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join("|")),
            Content::Dictionary(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, item)| format!("{}={}", text(key), text(item))).collect();
                format!("{{{}}}", entries.join(";"))
            }
            Content::Primitive(number) if object.is_a("System.Enum") => {
                format!("{}={}", object.to_string.as_deref().unwrap(), text(number))
            }
            _ => text(value).to_string(),
        },
        _ => text(value).to_string(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
}

fn unescaped(text: &str) -> String {
    text.replace("\\\\", "\u{1}").replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace('\u{1}', "\\")
}

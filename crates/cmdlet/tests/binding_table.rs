//! J-080 to J-083, J-085, J-086, J-089 to J-092, J-095: every command line that was put to a real PowerShell 7.6 binds here to
//! the same parameters, or fails with the same record. The arguments are what a client sends: `-Name` alone, `-Name:value`,
//! `=Name=value` for a pair of the PowerShell API, a value alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs, dead_code)]

mod commands;

use std::fmt::Write as _;

use clixml::{Content, DateTime, DateTimeKind, Object, Value};
use cmdlet::convert::{convert, text};
use cmdlet::{Argument, Bound, ErrorRecord, ParameterType, bind};

const TABLE: &str = include_str!("../../../fixtures/binding/binding.tsv");

/// Deliberate differences: command, arguments, input, why.
const DIFFERENCES: &[(&str, &str, &str, &str)] = &[
    ("Get-PepGreeting", "-", "", "a dash alone is no name"),
    ("Get-PepGreeting", "-Name S:a -:S:x", "", "a dash alone is no name"),
    ("Get-PepGreeting", "-Name S:a -OutVariable Nil", "", "no variable may be named here, not even none"),
    ("Test-PipeList", "", "S:a", "a string has no property Length here"),
    ("Add-PepList", "S:a", "", "it takes secrets, so what nobody takes is not shown"),
];

#[test]
fn command_lines_bind_as_in_powershell() {
    let mut wrong = String::new();
    let mut count = 0;
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let [name, arguments, input, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        count += 1;
        let actual = run(name, arguments, input).replace('\\', "\\\\").replace('\n', "\\n");
        let excused = DIFFERENCES.iter().any(|(n, a, i, _)| (*n, *a, *i) == (name, arguments, input));
        if (actual == expected) == excused {
            writeln!(wrong, "{name} {arguments} < {input}\n   real {expected}\n   ours {actual}").unwrap();
        }
    }
    assert!(count > 250, "the table is there");
    assert!(wrong.is_empty(), "some of {count} differ:\n{wrong}");
}

fn run(name: &str, arguments: &str, input: &str) -> String {
    let info = commands::info(name);
    let arguments = arguments.split(' ').filter(|word| !word.is_empty()).map(|word| argument(&word.replace('_', " ")));
    let bound = bind::bind(info, arguments.collect(), !input.is_empty()).and_then(bind::Binding::finish);
    let mut bound = match bound {
        Ok(bound) => bound,
        Err(error) => return failed(&error),
    };
    if input.is_empty() {
        return shown(&bound);
    }
    let (mut outputs, mut errors) = (Vec::new(), Vec::new());
    for object in input.split(' ').map(value) {
        match bound.bind_pipeline_object(&object) {
            Ok(()) => outputs.push(shown(&bound)),
            Err(error) => errors.push(format!("nonterminating {}", failed(&error))),
        }
        bound.clear_pipeline_object();
    }
    outputs.extend(errors);
    outputs.join(" // ")
}

fn argument(word: &str) -> Argument {
    if let Some((name, item)) = word.strip_prefix('=').and_then(|rest| rest.split_once('=')) {
        return Argument::Pair(name.into(), value(item));
    }
    let Some(name) = word.strip_prefix(['-', '–', '—', '―']) else { return Argument::Value(value(word)) };
    match name.split_once(':') {
        Some((name, item)) => Argument::Pair(name.into(), value(item)),
        None => Argument::Name(name.into()),
    }
}

fn value(word: &str) -> Value {
    if word == "Nil" {
        return Value::Null;
    }
    if let Some(inner) = word.strip_prefix("L(").and_then(|rest| rest.strip_suffix(')')) {
        let items = inner.split(',').filter(|item| !item.is_empty()).map(value).collect();
        return Object::with_type_names(&["System.Collections.ArrayList", "System.Object"])
            .content(Content::List(items))
            .into();
    }
    if let Some(inner) = word.strip_prefix("P(").and_then(|rest| rest.strip_suffix(')')) {
        return inner
            .split(',')
            .map(|property| property.split_once('=').unwrap())
            .fold(Object::custom(), |object, (name, item)| object.note(name, value(item)))
            .into();
    }
    let (tag, rest) = word.split_once(':').unwrap();
    match tag {
        "S" => Value::string(rest),
        "I32" => Value::Int32(rest.parse().unwrap()),
        "B" => Value::Bool(rest == "true"),
        "Db" => Value::Double(rest.parse().unwrap()),
        "DT" => match convert(&Value::string(rest), &ParameterType::DateTime).unwrap() {
            Value::DateTime(DateTime { ticks, .. }) => DateTime { ticks, kind: DateTimeKind::Unspecified }.into(),
            other => other,
        },
        other => panic!("{other}"),
    }
}

fn shown(bound: &Bound) -> String {
    let common = bound.common();
    let flag =
        |name: &str, truth: Option<bool>| truth.map(|truth| format!("{name}={}", if truth { "True" } else { "False" }));
    let action =
        |name: &str, action: Option<cmdlet::ActionPreference>| action.map(|action| format!("{name}={action:?}"));
    let mut parameters: Vec<String> =
        bound.iter().map(|(parameter, value)| format!("{}={}", parameter.name, one(&parameter.kind, value))).collect();
    parameters.extend(flag("Verbose", common.verbose));
    parameters.extend(flag("Debug", common.debug));
    parameters.extend(flag("Confirm", common.confirm));
    parameters.extend(common.what_if.then(|| "WhatIf=True".to_owned()));
    parameters.extend(action("ErrorAction", common.error_action));
    parameters.extend(action("ProgressAction", common.progress_action));
    parameters.extend(common.out_buffer.map(|size| format!("OutBuffer={size}")));
    parameters.sort();
    format!("ok {} {}", bound.parameter_set(), parameters.join(";"))
}

fn one(kind: &ParameterType, value: &Value) -> String {
    match (kind, value.as_list()) {
        _ if value.is_null() => "null".into(),
        (ParameterType::Array(_), Some(items)) => {
            format!("[{}]", items.iter().map(listed).collect::<Vec<_>>().join("|"))
        }
        _ => text(value).to_string(),
    }
}

fn listed(item: &Value) -> String {
    if item.as_list().is_some() { "System.Collections.ArrayList".into() } else { text(item).to_string() }
}

fn failed(error: &ErrorRecord) -> String {
    let property = |name: &str| error.exception.properties.get(name).map(text).unwrap_or_default();
    format!(
        "error {} | {} | {} | {} | {} | {}:{} | {}",
        error.fully_qualified_error_id,
        error.category as i32,
        property("ParameterName"),
        property("ParameterType"),
        property("TypeSpecified"),
        error.target_name,
        error.target_type,
        error.exception.message
    )
}

//! A session's record as objects: a file that `Import-Clixml` opens.

use clixml::{DateTime, Limits, Object, Plain, TimeSpan, Value};
use serde_json::Value as Json;

/// The type of a record, for whoever makes views of it.
const RECORD: &[&str] = &["Pepd.Record", "System.Management.Automation.PSCustomObject", "System.Object"];

/// The type of what is inside a record.
const PART: &[&str] = &["System.Management.Automation.PSCustomObject", "System.Object"];

/// One line of a journal as an object: typed times, commands with their bindings, and the objects that were sent. None if it is no
/// record.
pub fn object(json: &str) -> Option<Value> {
    let Json::Object(members) = serde_json::from_str(json).ok()? else { return None };
    let mut object = Object::with_type_names(RECORD);
    for (name, value) in members {
        object = object.note(property(&name), member(&name, value));
    }
    Some(object.into())
}

/// A document of objects, as `Export-Clixml` writes it.
pub fn document(objects: &[Value]) -> String {
    clixml::write_document(objects, &Plain)
}

/// `clixml` holds an object, `time` a time: what a member is follows from its name.
fn member(name: &str, json: Json) -> Value {
    match (name, json) {
        ("clixml" | "parameters" | "arguments" | "target", Json::String(text)) => read(&text),
        ("time", Json::Number(time)) => {
            let time = time.as_i64().unwrap_or_default();
            let nanoseconds = u32::try_from(time.rem_euclid(1_000_000)).unwrap_or_default() * 1000;
            Value::DateTime(DateTime::from_unix(time.div_euclid(1_000_000), nanoseconds))
        }
        ("duration", Json::Number(time)) => {
            Value::TimeSpan(TimeSpan { ticks: time.as_i64().unwrap_or_default().saturating_mul(10) })
        }
        ("kind" | "outcome" | "stream", Json::String(text)) => Value::string(property(&text)),
        (_, Json::String(text)) => Value::string(text),
        (_, Json::Number(number)) => Value::Int64(number.as_i64().unwrap_or_default()),
        (_, Json::Bool(yes)) => Value::Bool(yes),
        (_, Json::Null) => Value::Null,
        (name, Json::Array(items)) => {
            let items = items.into_iter().map(|item| member(name, item));
            Value::array(items.collect())
        }
        (_, Json::Object(members)) => {
            let mut object = Object::with_type_names(PART);
            for (name, value) in members {
                object = object.note(property(&name), member(&name, value));
            }
            object.into()
        }
    }
}

fn read(clixml: &str) -> Value {
    if clixml.is_empty() {
        return Value::Null;
    }
    clixml::read(clixml, &Limits::default(), &Plain).unwrap_or_else(|_| Value::string(clixml))
}

/// `session-start` becomes `SessionStart`, `seq` becomes `Sequence`, `clixml` becomes `Value`.
fn property(name: &str) -> String {
    match name {
        "seq" => return "Sequence".to_owned(),
        "clixml" => return "Value".to_owned(),
        _ => {}
    }
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    });
    words.collect()
}

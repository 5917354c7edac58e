//! A value as sorted lines `path = text`, free of what two runs of one server do not share.

use std::collections::HashMap;
use std::sync::LazyLock;

use clixml::{Content, Object, Plain, SecureString, SecureStringCipher, Value};
use regex::{Captures, Regex};

/// Properties of exceptions that say where in the server's own code something happened.
const NOISE: [&str; 13] = [
    "StackTrace",
    "TargetSite",
    "ErrorDetails_ScriptStackTrace",
    "Data",
    "HelpLink",
    "Source",
    "HResult",
    "InnerException",
    "PSMessageDetails",
    "Errors",
    "ErrorRecord",
    "WasThrownFromThrowStatement",
    "InvocationInfo",
];

/// Properties that every run has and no two runs share.
const VOLATILE: [&str; 8] = [
    "ProcessId",
    "NativeThreadId",
    "ManagedThreadId",
    "TimeGenerated",
    "Computer",
    "User",
    "PublicKey",
    "EncryptedSessionKey",
];

static GUID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").unwrap());
static GENERIC: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[\[.*\]\]").unwrap());

/// The lines of a message's body.
pub fn flatten(value: &Value) -> Vec<String> {
    let mut walk = Walk::default();
    walk.value(value, "$", "");
    walk.lines.sort();
    walk.lines
}

#[derive(Default)]
struct Walk {
    lines: Vec<String>,
    guids: HashMap<String, usize>,
}

impl Walk {
    fn value(&mut self, value: &Value, path: &str, name: &str) {
        if let Value::Object(object) = value {
            return self.object(object, path);
        }
        let text = if VOLATILE.contains(&name) {
            format!("#{name}")
        } else if name == "ci" && *value != Value::Int64(-100) {
            "#ci".to_owned()
        } else {
            let text = self.leaf(value);
            self.text(&text)
        };
        self.lines.push(format!("{path} = {text}"));
    }

    fn object(&mut self, object: &Object, path: &str) {
        let names: Vec<&str> = object.type_names.iter().collect();
        let names = names.join(", ");
        let exception = names.contains("System.Exception");
        if !names.is_empty() {
            // assembly names inside generic types say nothing
            self.lines.push(format!("{path} : {}", GENERIC.replace_all(&names, "[[..]]")));
        }
        if let Some(text) = object.to_string.as_ref().filter(|text| !exception && !text.starts_with("@{")) {
            let text = self.text(text);
            self.lines.push(format!("{path} ~ {text}"));
        }
        for (name, value) in object.adapted.iter().chain(object.extended.iter()) {
            if NOISE.contains(&name) && (exception || name != "Source") {
                continue;
            }
            self.value(value, &format!("{path}.{name}"), name);
        }
        match &object.content {
            Content::None => {}
            Content::Primitive(value) => self.value(value, &format!("{path}#"), ""),
            Content::List(items) => self.items("LST", items, path),
            Content::Enumerable(items) => self.items("IE", items, path),
            Content::Stack(items) => self.items("STK", items, path),
            Content::Queue(items) => self.items("QUE", items, path),
            Content::Dictionary(entries) => {
                for (key, value) in entries {
                    let key = self.leaf(key);
                    let key = self.text(&key);
                    self.value(value, &format!("{path}{{{key}}}"), "");
                }
            }
        }
    }

    fn items(&mut self, kind: &str, items: &[Value], path: &str) {
        self.lines.push(format!("{path} has {kind} of {}", items.len()));
        for (n, item) in items.iter().enumerate() {
            self.value(item, &format!("{path}[{n}]"), "");
        }
    }

    #[allow(clippy::unused_self, reason = "it reads as the other leaves do")]
    fn leaf(&self, value: &Value) -> String {
        match value {
            // the size of a window that is none is the machine's affair
            Value::String(text) if text.starts_with("window 80,") => "String window of no terminal".to_owned(),
            Value::String(text) => format!("String {}", text.escape_debug()),
            Value::SecureString(SecureString::Sealed(cell)) => match Plain.open(cell) {
                Some(secret) if secret.expose().is_ascii() => format!("SecureString {}", secret.expose()),
                _ => "SecureString, sealed for a session".to_owned(),
            },
            other => format!("{other:?}"),
        }
    }

    /// GUIDs become numbers, in the order in which they come.
    fn text(&mut self, text: &str) -> String {
        GUID.replace_all(text, |found: &Captures<'_>| {
            let next = self.guids.len() + 1;
            let number = *self.guids.entry(found[0].to_ascii_lowercase()).or_insert(next);
            format!("{{guid{number}}}")
        })
        .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use clixml::{Object, Value};

    use super::flatten;

    #[test]
    fn a_value_becomes_lines_that_two_runs_share() {
        let error = Object::with_type_names(&["System.Exception", "System.Object"])
            .text("boom")
            .adapted("Message", "boom 11111111-2222-3333-4444-555555555555")
            .adapted("StackTrace", "at line 3");
        let value: Value = Object::new().note("ProcessId", 77).note("Exception", Value::from(error)).into();
        assert_eq!(
            flatten(&value),
            [
                "$.Exception : System.Exception, System.Object",
                "$.Exception.Message = String boom {guid1}",
                "$.ProcessId = #ProcessId",
            ]
        );
    }
}

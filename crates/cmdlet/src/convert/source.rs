//! What a value is to .NET after it has crossed the wire: a list is an `ArrayList`, a property bag a `PSObject`, a script
//! block its text.

use std::borrow::Cow;

use clixml::{Content, Object, Value};

use crate::ParameterType;

/// The value inside a wrapper: the number of a number literal, the value of an enumeration's member.
pub(crate) fn base(value: &Value) -> &Value {
    let mut inner = value;
    while let Value::Object(object) = inner {
        match &object.content {
            Content::Primitive(primitive) => inner = primitive,
            _ => break,
        }
    }
    inner
}

/// The text of a wrapped number: what a number literal was typed as, when that is not the number's own text (`0x10`, `007`;
/// jea.md 3.1, J-089), or the name of an enumeration's member.
pub(crate) fn wrapped_text(value: &Value) -> Option<&str> {
    let object = value.as_object()?;
    object.to_string.as_deref().filter(|_| matches!(object.content, Content::Primitive(_)))
}

/// A value for a parameter that takes anything: without its wrapper. What was wrapped is a plain value, a list or a hashtable
/// then, whatever its type was at the client; property bags stay what they are.
pub(crate) fn plain(value: &Value) -> Value {
    let object = match base(value) {
        Value::ScriptBlock(script) => return Value::String(script.clone()),
        Value::Object(object) => object,
        inner => return inner.clone(),
    };
    let type_names: &'static [&'static str] = match object.content {
        Content::None | Content::Primitive(_) => return Value::Object(object.clone()),
        Content::Dictionary(_) => &["System.Collections.Hashtable", "System.Object"],
        Content::Stack(_) => &["System.Collections.Stack", "System.Object"],
        Content::Queue(_) => &["System.Collections.Queue", "System.Object"],
        Content::List(_) | Content::Enumerable(_) => &["System.Collections.ArrayList", "System.Object"],
    };
    Object::with_type_names(type_names).content(object.content.clone()).into()
}

/// Is it a list, as `IList` is?
pub(crate) fn is_list(value: &Value) -> bool {
    match base(value) {
        Value::Bytes(_) => true,
        Value::Object(object) => object.items().is_some(),
        _ => false,
    }
}

/// `GetType().FullName` of the deserialized value.
pub(crate) fn type_full_name(value: &Value) -> Cow<'static, str> {
    let name = match base(value) {
        Value::Null => "null",
        Value::String(_) | Value::ScriptBlock(_) => "System.String",
        Value::Char(_) => "System.Char",
        Value::Bool(_) => "System.Boolean",
        Value::DateTime(_) => "System.DateTime",
        Value::TimeSpan(_) => "System.TimeSpan",
        Value::Byte(_) => "System.Byte",
        Value::SByte(_) => "System.SByte",
        Value::UInt16(_) => "System.UInt16",
        Value::Int16(_) => "System.Int16",
        Value::UInt32(_) => "System.UInt32",
        Value::Int32(_) => "System.Int32",
        Value::UInt64(_) => "System.UInt64",
        Value::Int64(_) => "System.Int64",
        Value::Single(_) => "System.Single",
        Value::Double(_) => "System.Double",
        Value::Decimal(_) => "System.Decimal",
        Value::Bytes(_) => "System.Byte[]",
        Value::Guid(_) => "System.Guid",
        Value::Uri(_) => "System.Uri",
        Value::Version(_) => "System.Version",
        Value::Xml(_) => "System.Xml.XmlDocument",
        Value::SecureString(_) => "System.Security.SecureString",
        Value::Object(object) => {
            let rehydrated = REHYDRATED.into_iter().find(|name| object.is_a(name));
            match (&object.content, rehydrated) {
                (_, Some(name)) => name,
                (Content::List(_) | Content::Enumerable(_), None) => "System.Collections.ArrayList",
                (Content::Stack(_), None) => "System.Collections.Stack",
                (Content::Queue(_), None) => "System.Collections.Queue",
                (Content::Dictionary(_), None) => "System.Collections.Hashtable",
                (Content::None | Content::Primitive(_), None) => "System.Management.Automation.PSObject",
            }
        }
    };
    Cow::Borrowed(name)
}

/// The type that an error names: of a property bag the one that it had at the client.
pub(crate) fn shown_type_name(value: &Value) -> Cow<'static, str> {
    match base(value) {
        Value::Object(object) if matches!(object.content, Content::None) && !is_rehydrated(object) => {
            let own = object.type_names.first().unwrap_or("System.Object");
            let deserialized = if own.starts_with("Deserialized.") { "" } else { "Deserialized." };
            Cow::Owned(format!("{deserialized}{own}"))
        }
        _ => type_full_name(value),
    }
}

/// Objects that are of their .NET type again once they are off the wire.
pub(crate) fn is_rehydrated(object: &Object) -> bool {
    REHYDRATED.iter().any(|name| object.is_a(name))
}

const REHYDRATED: [&str; 3] = [
    "System.Management.Automation.PSCredential",
    "System.Management.Automation.SwitchParameter",
    "System.Net.IPAddress",
];

/// `GetType().Name` of the deserialized value.
pub(crate) fn type_short_name(value: &Value) -> String {
    short(&type_full_name(value)).to_owned()
}

/// The type of an object that a command of this session wrote: full name and `GetType().Name`.
pub(crate) fn native_type_name(value: &Value) -> (String, String) {
    let own = value
        .as_object()
        .and_then(|object| object.type_names.first())
        .filter(|name| !name.starts_with("Deserialized.") && *name != "System.Management.Automation.PSCustomObject");
    let full = match (own, value) {
        (Some(name), _) => name.to_owned(),
        (None, Value::ScriptBlock(_)) => "System.Management.Automation.ScriptBlock".to_owned(),
        (None, _) => type_full_name(value).into_owned(),
    };
    let name = short(&full).to_owned();
    (full, name)
}

/// A type's name without its namespace and without the types it is made of.
fn short(full: &str) -> &str {
    let plain = full.split("[[").next().unwrap_or(full);
    plain.rsplit('.').next().unwrap_or(plain)
}

/// Is the value one of this type already, so that it binds without coercion?
pub(crate) fn is_instance(value: &Value, kind: &ParameterType) -> bool {
    let inner = base(value);
    match kind {
        ParameterType::Object => true,
        ParameterType::Array(element) => match super::items(inner) {
            Some(items) => items.iter().all(|item| is_instance(item, element)),
            None => !inner.is_null() && is_instance(inner, element),
        },
        ParameterType::Enum(_) | ParameterType::ScriptBlock => false,
        ParameterType::Hashtable => matches!(inner, Value::Object(object) if object.entries().is_some()),
        _ => *type_full_name(value) == *kind.full_name(),
    }
}

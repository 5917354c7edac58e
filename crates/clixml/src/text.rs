//! What `ToString()` says of a value, in the invariant culture.

use crate::float::{write_double, write_single};
use crate::{Str, Value};

impl Value {
    /// The full .NET name of the value's type; of an object, its first type name; of `$null`, nothing.
    pub fn type_name(&self) -> &str {
        match self {
            Value::Null => "",
            Value::String(_) => "System.String",
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
            Value::ScriptBlock(_) => "System.Management.Automation.ScriptBlock",
            Value::SecureString(_) => "System.Security.SecureString",
            Value::Object(object) => object.type_names.first().unwrap_or("System.Management.Automation.PSObject"),
        }
    }

    /// What `ToString()` says in the invariant culture; of an object its text, its primitive's text, or its type's name.
    pub fn to_invariant_string(&self) -> Str {
        match self {
            Value::Null => Str::default(),
            Value::String(text) | Value::Uri(text) | Value::Xml(text) | Value::ScriptBlock(text) => text.clone(),
            Value::Char(unit) => {
                char::from_u32(u32::from(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER).to_string().into()
            }
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::DateTime(date) => {
                let c = date.to_civil();
                let (hour, minute, second) = (c.hour, c.minute, c.second);
                format!("{:02}/{:02}/{:04} {hour:02}:{minute:02}:{second:02}", c.month, c.day, c.year).into()
            }
            Value::TimeSpan(span) => span.to_string().into(),
            Value::Byte(n) => n.to_string().into(),
            Value::SByte(n) => n.to_string().into(),
            Value::UInt16(n) => n.to_string().into(),
            Value::Int16(n) => n.to_string().into(),
            Value::UInt32(n) => n.to_string().into(),
            Value::Int32(n) => n.to_string().into(),
            Value::UInt64(n) => n.to_string().into(),
            Value::Int64(n) => n.to_string().into(),
            Value::Single(n) => float_text(n.is_infinite(), *n > 0.0, |out| write_single(*n, out)),
            Value::Double(n) => float_text(n.is_infinite(), *n > 0.0, |out| write_double(*n, out)),
            Value::Decimal(n) => n.to_string().into(),
            Value::Guid(guid) => guid.to_string().into(),
            Value::Version(version) => version.to_string().into(),
            Value::Bytes(_) | Value::SecureString(_) => self.type_name().into(),
            Value::Object(object) => match (&object.to_string, &object.content) {
                (Some(text), _) => text.clone(),
                (None, crate::Content::Primitive(value)) => value.to_invariant_string(),
                (None, _) => self.type_name().into(),
            },
        }
    }
}

/// `Infinity` for people where the wire says `INF`, and `NaN`.
fn float_text(infinite: bool, positive: bool, write: impl FnOnce(&mut Str) -> std::fmt::Result) -> Str {
    if infinite {
        return if positive { "Infinity".into() } else { "-Infinity".into() };
    }
    let mut out = Str::default();
    // a text in memory takes everything; only what is no number has no digits
    if write(&mut out).is_err() { "NaN".into() } else { out }
}

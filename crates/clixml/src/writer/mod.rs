//! Values to CLIXML, in the bytes that .NET's serializer writes into PSRP messages.

mod references;

use std::fmt::{self, Write as _};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::escape::{Place, write_escaped};
use crate::float::{write_double, write_single};
use crate::limits::WIRE_DEPTH;
use crate::{Content, Object, Properties, SecureString, SecureStringCipher, TypeNames, Value};
use references::References;

/// What stands in the place of an object that a reader would refuse as nested too deeply: .NET's own words.
pub const TOO_DEEP: &str = "Serialized XML is nested too deeply.";

/// Appends the one element that is a value in a PSRP message (MS-PSRP 2.2.5): no declaration, no namespace.
///
/// An object that several places share (the same `Arc`) is written once and then referred to. Secrets are sealed by
/// `cipher`. Objects nested deeper than any reader takes become [`TOO_DEEP`].
pub fn write(value: &Value, cipher: &dyn SecureStringCipher, out: &mut String) {
    Writer::new(cipher, out).value(value, None, 1);
}

/// [`write`] into a text of its own.
pub fn to_string(value: &Value, cipher: &dyn SecureStringCipher) -> String {
    let mut out = String::with_capacity(256);
    write(value, cipher, &mut out);
    out
}

/// Writes a whole document, as `Import-Clixml` reads it: the values inside `Objs`, references shared between them.
pub fn write_document<'v>(values: impl IntoIterator<Item = &'v Value>, cipher: &dyn SecureStringCipher) -> String {
    let mut out = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">"#.to_owned();
    let mut writer = Writer::new(cipher, &mut out);
    for value in values {
        writer.value(value, None, 1);
    }
    out.push_str("</Objs>");
    out
}

struct Writer<'v, 'w> {
    out: &'w mut String,
    cipher: &'w dyn SecureStringCipher,
    references: References<'v>,
}

impl<'v, 'w> Writer<'v, 'w> {
    fn new(cipher: &'w dyn SecureStringCipher, out: &'w mut String) -> Writer<'v, 'w> {
        Writer { out, cipher, references: References::default() }
    }

    /// `depth` is 1 for a root.
    fn value(&mut self, value: &'v Value, name: Option<&str>, depth: usize) {
        match value {
            Value::Null => self.empty("Nil", name),
            Value::String(text) => self.escaped("S", name, text),
            Value::Char(unit) => self.number("C", name, *unit),
            Value::Bool(truth) => self.plain("B", name, if *truth { "true" } else { "false" }),
            Value::DateTime(moment) => self.formatted("DT", name, |out| moment.write_iso(out)),
            Value::TimeSpan(span) => self.formatted("TS", name, |out| span.write_iso(out)),
            Value::Byte(number) => self.number("By", name, *number),
            Value::SByte(number) => self.number("SB", name, *number),
            Value::UInt16(number) => self.number("U16", name, *number),
            Value::Int16(number) => self.number("I16", name, *number),
            Value::UInt32(number) => self.number("U32", name, *number),
            Value::Int32(number) => self.number("I32", name, *number),
            Value::UInt64(number) => self.number("U64", name, *number),
            Value::Int64(number) => self.number("I64", name, *number),
            Value::Single(number) => match not_finite(f64::from(*number)) {
                Some(word) => self.plain("Sg", name, word),
                None => self.formatted("Sg", name, |out| write_single(*number, out)),
            },
            Value::Double(number) => match not_finite(*number) {
                Some(word) => self.plain("Db", name, word),
                None => self.formatted("Db", name, |out| write_double(*number, out)),
            },
            Value::Decimal(number) => self.number("D", name, *number),
            Value::Bytes(bytes) => self.bytes(name, bytes),
            Value::Guid(guid) => self.plain("G", name, guid.hyphenated().encode_lower(&mut [0; 36])),
            Value::Uri(text) => self.escaped("URI", name, text),
            Value::Version(version) => self.number("Version", name, *version),
            Value::Xml(text) => self.escaped("XD", name, text),
            Value::ScriptBlock(text) => self.escaped("SBK", name, text),
            Value::SecureString(secret) => self.secure_string(name, secret),
            Value::Object(object) => self.object(object, name, depth),
        }
    }

    fn object(&mut self, object: &'v Arc<Object>, name: Option<&str>, depth: usize) {
        if let Some(id) = self.references.of(object) {
            self.start("Ref", name);
            self.ref_id(id);
            self.out.push_str(" />");
            return;
        }
        // what it holds would stand at a depth that .NET's reader refuses
        if depth + 1 >= WIRE_DEPTH && holds_values(object) {
            return self.escaped("S", name, TOO_DEEP);
        }
        let id = self.references.add(object);
        self.start("Obj", name);
        self.ref_id(id);
        self.out.push('>');
        self.type_names(&object.type_names);
        match object.to_string.as_deref() {
            None => {}
            Some("") => self.out.push_str("<ToString />"),
            Some(text) => self.escaped("ToString", None, text),
        }
        self.content(&object.content, depth + 1);
        self.properties("Props", &object.adapted, depth + 1);
        self.properties("MS", &object.extended, depth + 1);
        self.end("Obj");
    }

    fn type_names(&mut self, names: &'v TypeNames) {
        if names.is_empty() {
            return;
        }
        match self.references.of_type_names(names) {
            Ok(known) => {
                self.start("TNRef", None);
                self.ref_id(known);
                self.out.push_str(" />");
            }
            Err(new) => {
                self.start("TN", None);
                self.ref_id(new);
                self.out.push('>');
                for name in names.iter() {
                    self.escaped("T", None, name);
                }
                self.end("TN");
            }
        }
    }

    fn content(&mut self, content: &'v Content, depth: usize) {
        match content {
            Content::None => {}
            // a wrapped null is nothing; a reader would refuse `Nil` here
            Content::Primitive(value) if value.is_null() => {}
            Content::Primitive(value) => self.value(value, None, depth),
            Content::List(items) => self.items("LST", items, depth),
            Content::Enumerable(items) => self.items("IE", items, depth),
            Content::Stack(items) => self.items("STK", items, depth),
            Content::Queue(items) => self.items("QUE", items, depth),
            Content::Dictionary(entries) => {
                if entries.is_empty() {
                    return self.empty("DCT", None);
                }
                self.open("DCT", None);
                for (key, value) in entries {
                    self.open("En", None);
                    self.value(key, Some("Key"), depth);
                    self.value(value, Some("Value"), depth);
                    self.end("En");
                }
                self.end("DCT");
            }
        }
    }

    fn items(&mut self, tag: &str, items: &'v [Value], depth: usize) {
        if items.is_empty() {
            return self.empty(tag, None);
        }
        self.open(tag, None);
        for item in items {
            self.value(item, None, depth);
        }
        self.end(tag);
    }

    fn properties(&mut self, tag: &str, properties: &'v Properties, depth: usize) {
        if properties.is_empty() {
            return;
        }
        self.open(tag, None);
        for (name, value) in properties.iter() {
            self.value(value, Some(name), depth);
        }
        self.end(tag);
    }

    fn bytes(&mut self, name: Option<&str>, bytes: &[u8]) {
        if bytes.is_empty() {
            return self.empty("BA", name);
        }
        self.plain("BA", name, &BASE64_STANDARD.encode(bytes));
    }

    fn secure_string(&mut self, name: Option<&str>, secret: &SecureString) {
        let cell = match secret {
            SecureString::Clear(text) => self.cipher.seal(text.expose()),
            SecureString::Sealed(cell) => self.cipher.pass_on(cell),
        };
        match cell {
            Some(cell) => self.escaped("SS", name, &cell),
            None => self.empty("Nil", name),
        }
    }

    fn escaped(&mut self, tag: &str, name: Option<&str>, text: &str) {
        self.open(tag, name);
        write_escaped(text, Place::Content, self.out);
        self.end(tag);
    }

    /// A text of which we know that it holds nothing to escape.
    fn plain(&mut self, tag: &str, name: Option<&str>, text: &str) {
        self.open(tag, name);
        self.out.push_str(text);
        self.end(tag);
    }

    fn number(&mut self, tag: &str, name: Option<&str>, number: impl fmt::Display) {
        self.formatted(tag, name, |out| write!(out, "{number}"));
    }

    fn formatted(&mut self, tag: &str, name: Option<&str>, format: impl FnOnce(&mut String) -> fmt::Result) {
        self.open(tag, name);
        // a buffer in memory takes everything
        let _ = format(self.out);
        self.end(tag);
    }

    fn start(&mut self, tag: &str, name: Option<&str>) {
        self.out.push('<');
        self.out.push_str(tag);
        if let Some(name) = name {
            self.out.push_str(" N=\"");
            write_escaped(name, Place::Attribute, self.out);
            self.out.push('"');
        }
    }

    fn ref_id(&mut self, id: usize) {
        self.out.push_str(" RefId=\"");
        let _ = write!(self.out, "{id}");
        self.out.push('"');
    }

    fn open(&mut self, tag: &str, name: Option<&str>) {
        self.start(tag, name);
        self.out.push('>');
    }

    fn empty(&mut self, tag: &str, name: Option<&str>) {
        self.start(tag, name);
        self.out.push_str(" />");
    }

    fn end(&mut self, tag: &str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }
}

/// XML Schema's words for what is no number.
fn not_finite(number: f64) -> Option<&'static str> {
    match number {
        f64::INFINITY => Some("INF"),
        f64::NEG_INFINITY => Some("-INF"),
        number if number.is_nan() => Some("NaN"),
        _ => None,
    }
}

fn holds_values(object: &Object) -> bool {
    let content = match &object.content {
        Content::None => false,
        Content::Primitive(value) => matches!(**value, Value::Object(_)),
        Content::Dictionary(entries) => !entries.is_empty(),
        Content::List(items) | Content::Enumerable(items) | Content::Stack(items) | Content::Queue(items) => {
            !items.is_empty()
        }
    };
    content || !object.adapted.is_empty() || !object.extended.is_empty()
}

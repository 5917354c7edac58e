use std::sync::Arc;

use crate::{Content, DateTime, Decimal, Guid, Object, SecureString, Str, TimeSpan, Version};

/// One PowerShell value: `$null`, a primitive (MS-PSRP 2.2.5.1), or a complex object (MS-PSRP 2.2.5.2).
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// `Nil`, `$null`.
    #[default]
    Null,
    /// `S`, [`System.String`](https://learn.microsoft.com/dotnet/api/system.string).
    String(Str),
    /// `C`, one UTF-16 code unit.
    Char(u16),
    /// `B`.
    Bool(bool),
    /// `DT`.
    DateTime(DateTime),
    /// `TS`.
    TimeSpan(TimeSpan),
    /// `By`.
    Byte(u8),
    /// `SB`.
    SByte(i8),
    /// `U16`.
    UInt16(u16),
    /// `I16`.
    Int16(i16),
    /// `U32`.
    UInt32(u32),
    /// `I32`.
    Int32(i32),
    /// `U64`.
    UInt64(u64),
    /// `I64`.
    Int64(i64),
    /// `Sg`.
    Single(f32),
    /// `Db`.
    Double(f64),
    /// `D`.
    Decimal(Decimal),
    /// `BA`, base64 on the wire.
    Bytes(Arc<[u8]>),
    /// `G`.
    Guid(Guid),
    /// `URI`.
    Uri(Str),
    /// `Version`.
    Version(Version),
    /// `XD`, an XML document as text.
    Xml(Str),
    /// `SBK`, the text of a script block. Never run.
    ScriptBlock(Str),
    /// `SS`.
    SecureString(SecureString),
    /// `Obj`, shared: one message may refer to it many times.
    Object(Arc<Object>),
}

impl Value {
    /// A list as .NET writes an `object[]`.
    pub fn array(items: Vec<Value>) -> Value {
        Object::with_type_names(&["System.Object[]", "System.Array", "System.Object"])
            .content(Content::List(items))
            .into()
    }

    /// A list as .NET writes a `string[]`.
    pub fn string_array<S: Into<Str>>(items: impl IntoIterator<Item = S>) -> Value {
        Object::with_type_names(&["System.String[]", "System.Array", "System.Object"])
            .content(Content::List(items.into_iter().map(Value::string).collect()))
            .into()
    }

    /// A string value.
    pub fn string(text: impl Into<Str>) -> Value {
        Value::String(text.into())
    }

    /// The text of an `S`, and of nothing else.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an `I32`, and of nothing else: PSRP's readers want the exact type.
    pub fn as_i32(&self) -> Option<i32> {
        match self {
            Value::Int32(number) => Some(*number),
            _ => None,
        }
    }

    /// The number of an `I64`.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int64(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value of a `B`.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The object of an `Obj`.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items of a list, stack, queue or enumerable.
    pub fn as_list(&self) -> Option<&[Value]> {
        self.as_object().and_then(Object::items)
    }

    /// Is this `$null`?
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// A property by name, letter case aside: extended ones win over adapted ones, as in PowerShell.
    pub fn property(&self, name: &str) -> Option<&Value> {
        self.as_object().and_then(|object| object.property(name))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(Arc::new(object))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text.into())
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Value {
        Value::String(text)
    }
}

macro_rules! from_primitive {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Value {
                Value::$variant(value)
            }
        }
    )*};
}

from_primitive! {
    bool => Bool, u8 => Byte, i8 => SByte, u16 => UInt16, i16 => Int16, u32 => UInt32, i32 => Int32, u64 => UInt64,
    i64 => Int64, f32 => Single, f64 => Double, DateTime => DateTime, TimeSpan => TimeSpan, Decimal => Decimal,
    Guid => Guid, Version => Version, SecureString => SecureString,
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

//! From a converted value to a field of a command.

use std::net::IpAddr;

use clixml::{Content, DateTime, Decimal, Guid, Secret, SecureString, Str, TimeSpan, Value, Version};
use psrp::host_call::PsCredential;

use super::{Flags, Hashtable, Switch, Uri, base, credential, enumeration, items};
use crate::{EnumInfo, ParameterType};

/// A Rust type that a parameter's converted value becomes.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a type that a parameter's field can have")]
pub trait FromValue: Sized {
    /// The value as this type; `None` if it was converted for another one.
    fn from_value(value: &Value) -> Option<Self>;
}

/// The .NET type of a parameter whose field has this Rust type.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a type that a parameter's field can have")]
pub trait ParameterKind {
    /// That type.
    const KIND: ParameterType;
    /// The same, for the element type of an array.
    const KIND_REF: &'static ParameterType = &Self::KIND;
}

/// What a field holds when its parameter is not bound and has no `default`: its type's natural nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no natural value for a parameter that is not given",
    note = "make the field an `Option`, the parameter `mandatory`, or write a `default`"
)]
pub trait Unbound {
    /// That value.
    fn unbound() -> Self;
}

impl<T: Default> Unbound for T {
    fn unbound() -> T {
        T::default()
    }
}

/// An enumeration made by `#[derive(PsEnum)]`.
pub trait EnumMember: Sized {
    /// Its .NET name and its members.
    const ENUM: &'static EnumInfo;
    /// The member of this value; for flags the first of those it is made of.
    fn from_number(number: i32) -> Option<Self>;
    /// The value of this member.
    fn number(&self) -> i32;
}

macro_rules! field_types {
    ($($rust:ty => $kind:ident, $pattern:pat => $made:expr;)*) => {$(
        impl ParameterKind for $rust {
            const KIND: ParameterType = ParameterType::$kind;
        }

        impl FromValue for $rust {
            fn from_value(value: &Value) -> Option<$rust> {
                match base(value) {
                    $pattern => $made,
                    _ => None,
                }
            }
        }
    )*};
}

field_types! {
    String => String, Value::String(text) => Some(text.to_string());
    Str => String, Value::String(text) => Some(text.clone());
    bool => Bool, Value::Bool(truth) => Some(*truth);
    Switch => Switch, Value::Bool(truth) => Some(Switch::from(*truth));
    u8 => Byte, Value::Byte(number) => Some(*number);
    i16 => Int16, Value::Int16(number) => Some(*number);
    i32 => Int32, Value::Int32(number) => Some(*number);
    i64 => Int64, Value::Int64(number) => Some(*number);
    u16 => UInt16, Value::UInt16(number) => Some(*number);
    u32 => UInt32, Value::UInt32(number) => Some(*number);
    u64 => UInt64, Value::UInt64(number) => Some(*number);
    f32 => Single, Value::Single(number) => Some(*number);
    f64 => Double, Value::Double(number) => Some(*number);
    Decimal => Decimal, Value::Decimal(number) => Some(*number);
    DateTime => DateTime, Value::DateTime(date_time) => Some(*date_time);
    TimeSpan => TimeSpan, Value::TimeSpan(span) => Some(*span);
    Guid => Guid, Value::Guid(guid) => Some(*guid);
    Version => Version, Value::Version(version) => Some(*version);
    Uri => Uri, Value::Uri(text) => Some(Uri(text.clone()));
    char => Char, Value::Char(unit) => char::from_u32(u32::from(*unit));
    SecureString => SecureString, Value::SecureString(secret) => Some(secret.clone());
    Secret => SecureString, Value::SecureString(SecureString::Clear(secret)) => Some(secret.clone());
    Hashtable => Hashtable, Value::Object(object) => object.entries().map(|entries| Hashtable(entries.to_vec()));
    IpAddr => IpAddress, Value::Object(object) => object.to_string.as_deref().and_then(|text| text.parse().ok());
    PsCredential => PsCredential, value @ Value::Object(_) =>
        credential::read(value).map(|(user_name, password)| PsCredential { user_name, password });
}

impl ParameterKind for Value {
    const KIND: ParameterType = ParameterType::Object;
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Option<Value> {
        Some(value.clone())
    }
}

impl<T: ParameterKind> ParameterKind for Option<T> {
    const KIND: ParameterType = T::KIND;
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Option<T>> {
        if value.is_null() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

impl<T: ParameterKind> ParameterKind for Vec<T> {
    const KIND: ParameterType = ParameterType::Array(T::KIND_REF);
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Option<Vec<T>> {
        if value.is_null() {
            return Some(Vec::new());
        }
        items(value)?.iter().map(T::from_value).collect()
    }
}

impl<E: EnumMember> ParameterKind for Flags<E> {
    const KIND: ParameterType = ParameterType::Enum(E::ENUM);
}

impl<E: EnumMember> FromValue for Flags<E> {
    fn from_value(value: &Value) -> Option<Flags<E>> {
        let Content::Primitive(number) = &value.as_object()?.content else { return None };
        number.as_i32().map(Flags::from_number)
    }
}

/// An enumeration's member as a value; the derive's `From` is this.
pub fn enum_value<E: EnumMember>(member: &E) -> Value {
    let name = enumeration::name_of(member.number(), E::ENUM).unwrap_or_else(|| member.number().to_string());
    clixml::Object::enumeration(E::ENUM.type_name, &name, member.number()).into()
}

/// Reads an enumeration's member; the derive's `FromValue` is this.
pub fn enum_member<E: EnumMember>(value: &Value) -> Option<E> {
    let Content::Primitive(number) = &value.as_object()?.content else { return None };
    number.as_i32().and_then(E::from_number)
}

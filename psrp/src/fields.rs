//! Reads the properties of a message by name: in any order, letter case aside, numbers bare or wrapped, as real peers do.

use clixml::{Content, Object, Str, Value, Version};

/// The CLIXML of a message is sound, but it does not say what the message has to say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Something else than an `Obj`, or nothing at all.
    #[error("{of} is not an object")]
    NotAnObject {
        /// What was read.
        of: &'static str,
    },
    /// A property that has to be there is not.
    #[error("{of} has no {name}")]
    Missing {
        /// What was read.
        of: &'static str,
        /// The property.
        name: &'static str,
    },
    /// A property has another type, or a value out of its range.
    #[error("{name} of {of} is not {expected}")]
    WrongType {
        /// What was read.
        of: &'static str,
        /// The property.
        name: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
}

/// The properties of one object. `of` names it in errors.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    of: &'static str,
    object: &'a Object,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(of: &'static str, value: &'a Value) -> Result<Fields<'a>, FieldError> {
        value.as_object().map(|object| Fields { of, object }).ok_or(FieldError::NotAnObject { of })
    }

    /// The property, unless it is absent or `Nil`.
    pub(crate) fn find(&self, name: &str) -> Option<&'a Value> {
        self.object.property(name).filter(|value| !value.is_null())
    }

    /// The property, even if it is `Nil`.
    pub(crate) fn value(&self, name: &'static str) -> Result<&'a Value, FieldError> {
        self.object.property(name).ok_or(FieldError::Missing { of: self.of, name })
    }

    pub(crate) fn wrong(&self, name: &'static str, expected: &'static str) -> FieldError {
        FieldError::WrongType { of: self.of, name, expected }
    }

    /// Reads a property if there is one.
    pub(crate) fn optional<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, FieldError> {
        self.find(name).map(|value| read(value).ok_or_else(|| self.wrong(name, expected))).transpose()
    }

    /// Reads a property that has to be there.
    pub(crate) fn required<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, FieldError> {
        self.optional(name, expected, read)?.ok_or(FieldError::Missing { of: self.of, name })
    }

    pub(crate) fn i32(&self, name: &'static str) -> Result<i32, FieldError> {
        self.required(name, "a 32-bit number", i32_of)
    }

    pub(crate) fn optional_i32(&self, name: &'static str) -> Result<Option<i32>, FieldError> {
        self.optional(name, "a 32-bit number", i32_of)
    }

    pub(crate) fn i64(&self, name: &'static str) -> Result<i64, FieldError> {
        self.required(name, "a number", i64_of)
    }

    pub(crate) fn u32(&self, name: &'static str) -> Result<Option<u32>, FieldError> {
        self.optional(name, "an unsigned 32-bit number", |value| i64_of(value).and_then(|n| u32::try_from(n).ok()))
    }

    /// A truth value that older peers leave out.
    pub(crate) fn bool_or(&self, name: &'static str, default: bool) -> Result<bool, FieldError> {
        Ok(self.optional(name, "a truth value", bool_of)?.unwrap_or(default))
    }

    pub(crate) fn string(&self, name: &'static str) -> Result<Str, FieldError> {
        self.required(name, "a string", str_of)
    }

    /// A string, empty if it is absent or `Nil`.
    pub(crate) fn string_or_empty(&self, name: &'static str) -> Result<Str, FieldError> {
        Ok(self.optional_string(name)?.unwrap_or_default())
    }

    pub(crate) fn optional_string(&self, name: &'static str) -> Result<Option<Str>, FieldError> {
        self.optional(name, "a string", str_of)
    }

    pub(crate) fn version(&self, name: &'static str) -> Result<Version, FieldError> {
        self.required(name, "a version", version_of)
    }

    pub(crate) fn list(&self, name: &'static str) -> Result<Option<&'a [Value]>, FieldError> {
        self.optional(name, "a list", Value::as_list)
    }
}

/// What an `Obj` wraps, or the value itself.
pub(crate) fn unwrapped(value: &Value) -> &Value {
    match value.as_object().map(|object| &object.content) {
        Some(Content::Primitive(inner)) => inner,
        _ => value,
    }
}

pub(crate) fn i64_of(value: &Value) -> Option<i64> {
    match unwrapped(value) {
        Value::Byte(n) => Some((*n).into()),
        Value::SByte(n) => Some((*n).into()),
        Value::Int16(n) => Some((*n).into()),
        Value::UInt16(n) => Some((*n).into()),
        Value::Int32(n) => Some((*n).into()),
        Value::UInt32(n) => Some((*n).into()),
        Value::Int64(n) => Some(*n),
        Value::UInt64(n) => i64::try_from(*n).ok(),
        _ => None,
    }
}

pub(crate) fn i32_of(value: &Value) -> Option<i32> {
    i64_of(value).and_then(|number| i32::try_from(number).ok())
}

pub(crate) fn bool_of(value: &Value) -> Option<bool> {
    unwrapped(value).as_bool()
}

pub(crate) fn str_of(value: &Value) -> Option<Str> {
    match unwrapped(value) {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

pub(crate) fn version_of(value: &Value) -> Option<Version> {
    match unwrapped(value) {
        Value::Version(version) => Some(*version),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Strings of a list; entries of other types are left out.
pub(crate) fn strings_of(value: &Value) -> Option<Vec<Str>> {
    Some(value.as_list()?.iter().filter_map(str_of).collect())
}

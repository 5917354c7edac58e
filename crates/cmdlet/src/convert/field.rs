//! Field types of commands that Rust has no type of its own for.

use std::marker::PhantomData;

use clixml::{Str, Value};

use super::EnumMember;

/// A switch: present or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Switch(bool);

impl Switch {
    /// A switch that is present.
    pub const PRESENT: Switch = Switch(true);

    /// Was it given, and not as `-Name:$false`?
    pub fn is_present(self) -> bool {
        self.0
    }
}

impl From<bool> for Switch {
    fn from(present: bool) -> Switch {
        Switch(present)
    }
}

/// A `System.Uri` as text, absolute or relative.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Uri(pub Str);

impl Uri {
    /// The text as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A `@{…}`: entries in the order they arrived, keys compared letter case aside.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Hashtable(pub Vec<(Value, Value)>);

impl Hashtable {
    /// The value of a string key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let is_it = |name: &Value| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(key));
        self.0.iter().find(|(name, _)| is_it(name)).map(|(_, value)| value)
    }
}

/// Several members of an enumeration with `[Flags]`.
#[derive(Debug)]
pub struct Flags<E>(i32, PhantomData<E>);

impl<E: EnumMember> Flags<E> {
    /// The members of this sum.
    pub fn from_number(number: i32) -> Flags<E> {
        Flags(number, PhantomData)
    }

    /// The sum of the members' values.
    pub fn number(self) -> i32 {
        self.0
    }

    /// Is this member among them?
    pub fn contains(self, member: &E) -> bool {
        self.0 & member.number() == member.number()
    }
}

impl<E> Clone for Flags<E> {
    fn clone(&self) -> Flags<E> {
        *self
    }
}

impl<E> Copy for Flags<E> {}

impl<E> PartialEq for Flags<E> {
    fn eq(&self, other: &Flags<E>) -> bool {
        self.0 == other.0
    }
}

impl<E> Eq for Flags<E> {}

impl<E> Default for Flags<E> {
    fn default() -> Flags<E> {
        Flags(0, PhantomData)
    }
}

//! Field types of commands that Rust has no type of its own for.

use clixml::{Str, Value};

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

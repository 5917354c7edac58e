use crate::{Str, TypeNames, Value};

/// A complex object (MS-PSRP 2.2.5.2): type names, an optional text, optional content, and two bags of properties.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Object {
    /// `TN`: from the most to the least derived .NET type. Labels only.
    pub type_names: TypeNames,
    /// `ToString`.
    pub to_string: Option<Str>,
    /// The wrapped primitive or the items.
    pub content: Content,
    /// `Props`: properties that the .NET type has (MS-PSRP 2.2.5.2.8).
    pub adapted: Properties,
    /// `MS`: properties that were added (MS-PSRP 2.2.5.2.9).
    pub extended: Properties,
}

/// What an object holds beside its properties (MS-PSRP 2.2.5.2.5 to 2.2.5.2.7).
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Content {
    /// Nothing.
    #[default]
    None,
    /// A primitive: a wrapped number, or an enumeration's value.
    Primitive(Box<Value>),
    /// `LST`.
    List(Vec<Value>),
    /// `IE`.
    Enumerable(Vec<Value>),
    /// `STK`, top of the stack last.
    Stack(Vec<Value>),
    /// `QUE`, head of the queue first.
    Queue(Vec<Value>),
    /// `DCT`, in the order written.
    Dictionary(Vec<(Value, Value)>),
}

impl Object {
    /// An object without a type name, as PSRP's own messages use it.
    pub fn new() -> Object {
        Object::default()
    }

    /// An object with these type names.
    pub fn with_type_names(names: &'static [&'static str]) -> Object {
        Object { type_names: TypeNames::from_static(names), ..Object::default() }
    }

    /// A property bag as PowerShell's `[pscustomobject]` travels.
    pub fn custom() -> Object {
        Object::with_type_names(&["System.Management.Automation.PSCustomObject", "System.Object"])
    }

    /// An enumeration member: its name as text, its value as content (MS-PSRP 2.2.5.2.7).
    pub fn enumeration(type_name: &str, member: &str, value: i32) -> Object {
        Object {
            type_names: TypeNames::new([type_name, "System.Enum", "System.ValueType", "System.Object"]),
            to_string: Some(member.into()),
            content: Content::Primitive(Box::new(Value::Int32(value))),
            ..Object::default()
        }
    }

    /// Sets the text.
    #[must_use]
    pub fn text(mut self, text: impl Into<Str>) -> Object {
        self.to_string = Some(text.into());
        self
    }

    /// Sets the content.
    #[must_use]
    pub fn content(mut self, content: Content) -> Object {
        self.content = content;
        self
    }

    /// Adds an extended property (`MS`).
    #[must_use]
    pub fn note(mut self, name: impl Into<Str>, value: impl Into<Value>) -> Object {
        self.extended.push(name, value);
        self
    }

    /// Adds an adapted property (`Props`).
    #[must_use]
    pub fn adapted(mut self, name: impl Into<Str>, value: impl Into<Value>) -> Object {
        self.adapted.push(name, value);
        self
    }

    /// A property by name, letter case aside: extended ones win over adapted ones, as in PowerShell.
    pub fn property(&self, name: &str) -> Option<&Value> {
        self.extended.get(name).or_else(|| self.adapted.get(name))
    }

    /// The items of a list, stack, queue or enumerable.
    pub fn items(&self) -> Option<&[Value]> {
        match &self.content {
            Content::List(items) | Content::Enumerable(items) | Content::Stack(items) | Content::Queue(items) => {
                Some(items)
            }
            Content::None | Content::Primitive(_) | Content::Dictionary(_) => None,
        }
    }

    /// The entries of a dictionary.
    pub fn entries(&self) -> Option<&[(Value, Value)]> {
        match &self.content {
            Content::Dictionary(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a dictionary's string key, letter case aside.
    pub fn entry(&self, key: &str) -> Option<&Value> {
        self.entries()?
            .iter()
            .find(|(k, _)| k.as_str().is_some_and(|k| k.eq_ignore_ascii_case(key)))
            .map(|(_, value)| value)
    }

    /// Does the object carry this type name, with or without the `Deserialized.` a reader puts before it?
    pub fn is_a(&self, type_name: &str) -> bool {
        self.type_names.contains(type_name)
    }
}

/// Properties in the order written.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Properties(Vec<(Str, Value)>);

impl Properties {
    /// None yet.
    pub const fn new() -> Properties {
        Properties(Vec::new())
    }

    /// Adds one at the end.
    pub fn push(&mut self, name: impl Into<Str>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }

    /// The first of this name, letter case aside.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Str>, V: Into<Value>> FromIterator<(N, V)> for Properties {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(iter: I) -> Properties {
        Properties(iter.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

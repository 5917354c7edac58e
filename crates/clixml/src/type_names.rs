use std::sync::Arc;

use crate::Str;

/// A type's name and those of its bases, the most derived first (MS-PSRP 2.2.5.2.3). Cheap to clone.
#[derive(Clone, Debug, Default)]
pub enum TypeNames {
    /// No `TN` at all.
    #[default]
    None,
    /// Names known when we were built.
    Static(&'static [&'static str]),
    /// Names from the wire, or made at run time.
    Shared(Arc<[Str]>),
}

impl TypeNames {
    /// From names known when we were built.
    pub const fn from_static(names: &'static [&'static str]) -> TypeNames {
        TypeNames::Static(names)
    }

    /// From names made at run time.
    pub fn new<S: Into<Str>>(names: impl IntoIterator<Item = S>) -> TypeNames {
        TypeNames::Shared(names.into_iter().map(Into::into).collect())
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (fixed, shared): (&[&str], &[Str]) = match self {
            TypeNames::None => (&[], &[]),
            TypeNames::Static(names) => (names, &[]),
            TypeNames::Shared(names) => (&[], names),
        };
        fixed.iter().copied().chain(shared.iter().map(Str::as_str))
    }

    /// The most derived one.
    pub fn first(&self) -> Option<&str> {
        self.iter().next()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// Is this name among them, with or without the `Deserialized.` a reader puts before it?
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|n| n.strip_prefix("Deserialized.").unwrap_or(n).eq_ignore_ascii_case(name))
    }
}

impl PartialEq for TypeNames {
    fn eq(&self, other: &TypeNames) -> bool {
        match (self, other) {
            (TypeNames::Shared(a), TypeNames::Shared(b)) if Arc::ptr_eq(a, b) => true,
            _ => self.iter().eq(other.iter()),
        }
    }
}

impl Eq for TypeNames {}

use std::borrow::Cow;

use crate::namespace::Namespace;

/// One element of an envelope, its names resolved.
#[derive(Debug, Clone)]
pub struct Element<'a> {
    /// Its prefix as it was written; only `s:NotUnderstood` needs it.
    pub(crate) prefix: Box<str>,
    pub(crate) namespace: Namespace,
    pub(crate) local: Box<str>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Element<'a>>,
    pub(crate) text: Cow<'a, str>,
}

/// One attribute; declarations of namespaces are not among them.
#[derive(Debug, Clone)]
pub struct Attribute {
    pub(crate) namespace: Namespace,
    pub(crate) local: Box<str>,
    pub(crate) value: Box<str>,
}

impl<'a> Element<'a> {
    /// Its namespace.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Its name without prefix.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Whether it has this name.
    pub fn is(&self, namespace: &Namespace, local: &str) -> bool {
        self.namespace == *namespace && &*self.local == local
    }

    /// Its children, in order.
    pub fn children(&self) -> &[Element<'a>] {
        &self.children
    }

    /// The first child of this name.
    pub fn child(&self, namespace: &Namespace, local: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|child| child.is(namespace, local))
    }

    /// All children of this name.
    pub fn children_named<'e>(
        &'e self,
        namespace: &'e Namespace,
        local: &'e str,
    ) -> impl Iterator<Item = &'e Element<'a>> {
        self.children.iter().filter(move |child| child.is(namespace, local))
    }

    /// Its own text, without the white space around it; the text of its children is theirs.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// Its own text to the last byte.
    pub fn raw_text(&self) -> &str {
        &self.text
    }

    /// Its text and that of everything in it, one after the other.
    pub fn deep_text(&self) -> String {
        let mut all = self.text().to_owned();
        for child in &self.children {
            let text = child.deep_text();
            if !all.is_empty() && !text.is_empty() {
                all.push(' ');
            }
            all.push_str(&text);
        }
        all
    }

    /// The text of the first child of this name.
    pub fn child_text(&self, namespace: &Namespace, local: &str) -> Option<&str> {
        self.child(namespace, local).map(Element::text)
    }

    /// The value of the attribute of this name that has no prefix.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attribute_of(&Namespace::None, local)
    }

    /// The value of the attribute of this name in this namespace.
    pub fn attribute_of(&self, namespace: &Namespace, local: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.namespace == *namespace && &*a.local == local).map(|a| &*a.value)
    }

    /// Whether SOAP's own `mustUnderstand` says so. One without prefix, or with another, is none (some clients write it so).
    pub fn must_understand(&self) -> bool {
        self.attribute_of(&Namespace::Soap, "mustUnderstand").is_some_and(is_true)
    }
}

/// How booleans are written by the various clients.
pub(crate) fn is_true(text: &str) -> bool {
    let text = text.trim();
    text == "1" || text.eq_ignore_ascii_case("true")
}

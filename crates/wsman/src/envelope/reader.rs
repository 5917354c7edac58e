use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use thiserror::Error;

use super::element::{Attribute, Element};
use crate::namespace::Namespace;

/// How much an envelope may be; all of it is checked before anything is built.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Bytes of the text.
    pub bytes: usize,
    /// Elements in elements.
    pub depth: usize,
    /// Elements altogether.
    pub elements: usize,
    /// Attributes of one element, declarations of namespaces among them.
    pub attributes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { bytes: 4 << 20, depth: 32, elements: 4096, attributes: 64 }
    }
}

/// What is wrong with the XML. The peer is to blame for all of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlError {
    /// More bytes than allowed.
    #[error("the envelope is too large")]
    TooLarge,
    /// Elements nested too deeply.
    #[error("elements are nested too deeply")]
    TooDeep,
    /// Too many elements.
    #[error("there are too many elements")]
    TooManyElements,
    /// Too many attributes.
    #[error("an element has too many attributes")]
    TooManyAttributes,
    /// A document type: SOAP forbids it.
    #[error("a document type is not allowed")]
    DocumentType,
    /// A processing instruction: SOAP forbids it.
    #[error("a processing instruction is not allowed")]
    ProcessingInstruction,
    /// A character that XML 1.0 does not know.
    #[error("a character is not allowed in XML")]
    Character,
    /// Not a name.
    #[error("not a valid name")]
    Name,
    /// A prefix that nothing declares.
    #[error("a prefix is not declared")]
    Prefix,
    /// An entity that is not one of the five.
    #[error("an entity is not known")]
    Entity,
    /// More than one root, none, text outside it, or an end that is missing.
    #[error("not exactly one complete root element")]
    Root,
    /// What the lexer found.
    #[error("not well-formed: {0}")]
    Syntax(String),
}

/// Why there is no tree, and whom to tell: the MessageID if it had been read by then.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{cause}")]
pub struct Unreadable {
    /// What is wrong.
    pub cause: XmlError,
    /// `a:MessageID`, when it stood before the mistake.
    pub message_id: Option<String>,
}

/// Reads one document into a tree, prefixes resolved, the five entities and character references replaced.
pub fn read<'a>(text: &'a str, budget: &Budget) -> Result<Element<'a>, Unreadable> {
    let mut builder = Builder { budget, open: Vec::new(), scope: Vec::new(), root: None, count: 0, message_id: None };
    match builder.run(text) {
        Ok(root) => Ok(root),
        Err(cause) => Err(Unreadable { cause, message_id: builder.message_id }),
    }
}

struct Open<'a> {
    element: Element<'a>,
    /// How many prefixes were declared before it.
    declared: usize,
}

struct Builder<'a, 'b> {
    budget: &'b Budget,
    open: Vec<Open<'a>>,
    scope: Vec<(Box<str>, Namespace)>,
    root: Option<Element<'a>>,
    count: usize,
    message_id: Option<String>,
}

impl<'a> Builder<'a, '_> {
    fn run(&mut self, text: &'a str) -> Result<Element<'a>, XmlError> {
        if text.len() > self.budget.bytes {
            return Err(XmlError::TooLarge);
        }
        check_characters(text)?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().enable_all_checks(true);
        let mut first = true;
        loop {
            let event = reader.read_event().map_err(|error| XmlError::Syntax(error.to_string()))?;
            match event {
                Event::Start(start) => self.start(&start)?,
                Event::Empty(start) => {
                    self.start(&start)?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(part) => {
                    let raw: &str = &part;
                    if raw.contains("]]>") {
                        return Err(XmlError::Syntax("\"]]>\" in text".into()));
                    }
                    self.text(part.xml10_content())?;
                }
                Event::CData(part) => self.text(part.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let c = match reference.resolve_char_ref().map_err(|_| XmlError::Entity)? {
                        Some(c) => c,
                        None => entity(&reference).ok_or(XmlError::Entity)?,
                    };
                    if !is_xml_char(c) {
                        return Err(XmlError::Character);
                    }
                    self.text(Cow::Owned(c.to_string()))?;
                }
                Event::Comment(_) => {}
                Event::Decl(_) if first => {}
                Event::Decl(_) | Event::PI(_) => return Err(XmlError::ProcessingInstruction),
                Event::DocType(_) => return Err(XmlError::DocumentType),
                Event::Eof => break,
            }
            first = false;
        }
        if !self.open.is_empty() {
            return Err(XmlError::Root);
        }
        self.root.take().ok_or(XmlError::Root)
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        self.count += 1;
        if self.count > self.budget.elements {
            return Err(XmlError::TooManyElements);
        }
        if self.open.len() >= self.budget.depth {
            return Err(XmlError::TooDeep);
        }
        if self.root.is_some() {
            return Err(XmlError::Root);
        }
        let declared = self.scope.len();
        let raw = self.declarations(start)?;
        let mut attributes = Vec::with_capacity(raw.len());
        for (prefix, local, value) in raw {
            // An attribute without a prefix is in no namespace, whatever the default is.
            let namespace = if prefix.is_empty() { Namespace::None } else { self.resolve(&prefix)? };
            attributes.push(Attribute { namespace, local, value });
        }
        let name = start.name();
        let (prefix, local) = qualified(name.as_ref())?;
        let namespace = self.resolve(prefix)?;
        self.open.push(Open {
            element: Element {
                prefix: prefix.into(),
                namespace,
                local: local.into(),
                attributes,
                children: Vec::new(),
                text: Cow::Borrowed(""),
            },
            declared,
        });
        Ok(())
    }

    /// Takes the declarations of namespaces into the scope and returns the other attributes.
    #[allow(clippy::type_complexity)]
    fn declarations(&mut self, start: &BytesStart<'_>) -> Result<Vec<(Box<str>, Box<str>, Box<str>)>, XmlError> {
        if start.attributes_raw().contains('<') {
            return Err(XmlError::Syntax("\"<\" in an attribute".into()));
        }
        let mut others = Vec::new();
        for (n, attribute) in start.attributes().enumerate() {
            if n >= self.budget.attributes {
                return Err(XmlError::TooManyAttributes);
            }
            let attribute = attribute.map_err(|error| XmlError::Syntax(error.to_string()))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| XmlError::Entity)?;
            if !value.chars().all(is_xml_char) {
                return Err(XmlError::Character);
            }
            match qualified(attribute.key.as_ref())? {
                ("", "xmlns") => self.scope.push(("".into(), Namespace::of(&value))),
                ("xmlns", prefix) => {
                    let namespace = Namespace::of(&value);
                    if prefix == "xmlns" || (prefix == "xml") != (namespace == Namespace::Xml) || value.is_empty() {
                        return Err(XmlError::Prefix);
                    }
                    self.scope.push((prefix.into(), namespace));
                }
                (prefix, local) => others.push((prefix.into(), local.into(), value.into())),
            }
        }
        Ok(others)
    }

    fn resolve(&self, prefix: &str) -> Result<Namespace, XmlError> {
        if prefix == "xml" {
            return Ok(Namespace::Xml);
        }
        match self.scope.iter().rev().find(|(declared, _)| **declared == *prefix) {
            Some((_, namespace)) => Ok(namespace.clone()),
            None if prefix.is_empty() => Ok(Namespace::None),
            None => Err(XmlError::Prefix),
        }
    }

    fn end(&mut self) -> Result<(), XmlError> {
        let Some(Open { element, declared }) = self.open.pop() else { return Err(XmlError::Root) };
        self.scope.truncate(declared);
        if self.open.len() == 2 && element.is(&Namespace::Addressing, "MessageID") && self.message_id.is_none() {
            self.message_id = Some(element.text().to_owned()).filter(|id| !id.is_empty());
        }
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, part: Cow<'a, str>) -> Result<(), XmlError> {
        let Some(open) = self.open.last_mut() else {
            return if part.trim().is_empty() { Ok(()) } else { Err(XmlError::Root) };
        };
        if open.element.text.is_empty() {
            open.element.text = part;
        } else {
            open.element.text.to_mut().push_str(&part);
        }
        Ok(())
    }
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn qualified(name: &str) -> Result<(&str, &str), XmlError> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    if (prefix.is_empty() && name.contains(':')) || !(prefix.is_empty() || is_name(prefix)) || !is_name(local) {
        return Err(XmlError::Name);
    }
    Ok((prefix, local))
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') || !c.is_ascii())
}

/// XML 1.0, `Char`.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn check_characters(text: &str) -> Result<(), XmlError> {
    let control = text.bytes().any(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'));
    // U+FFFE and U+FFFF are the only others; their first byte is rare.
    let beyond = text.contains(['\u{FFFE}', '\u{FFFF}']);
    if control || beyond { Err(XmlError::Character) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(text: &str) -> XmlError {
        read(text, &Budget::default()).unwrap_err().cause
    }

    #[test]
    fn w_052_names_are_resolved_by_uri_and_may_be_declared_again_further_down() {
        let text = r#"<q:Envelope xmlns:q="http://www.w3.org/2003/05/soap-envelope" xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd">
            <q:Header><p:SessionId/></q:Header><q:Body><p:Shell xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" ShellId="X">
            <creationXml xmlns="http://schemas.microsoft.com/powershell">AA&#x3D;&amp;<![CDATA[=]]></creationXml></p:Shell></q:Body></q:Envelope>"#;
        let root = read(text, &Budget::default()).unwrap();
        assert!(root.is(&Namespace::Soap, "Envelope"));
        let header = root.child(&Namespace::Soap, "Header").unwrap();
        assert!(header.child(&Namespace::MsWsman, "SessionId").is_some());
        let shell = root.child(&Namespace::Soap, "Body").unwrap().child(&Namespace::Shell, "Shell").unwrap();
        assert_eq!(shell.attribute("ShellId"), Some("X"));
        assert_eq!(shell.child_text(&Namespace::PowerShell, "creationXml"), Some("AA=&="));
    }

    #[test]
    fn w_052_document_types_and_processing_instructions_are_refused() {
        assert_eq!(cause("<!DOCTYPE a><a/>"), XmlError::DocumentType);
        assert_eq!(cause("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), XmlError::DocumentType);
        assert_eq!(cause("<?xml-stylesheet href='x'?><a/>"), XmlError::ProcessingInstruction);
        assert_eq!(cause("<a/><?xml version='1.0'?>"), XmlError::ProcessingInstruction);
        assert!(read("<?xml version='1.0' encoding='UTF-8'?>\n<a/>\n", &Budget::default()).is_ok());
    }

    #[test]
    fn what_the_lexer_lets_pass_is_refused_here() {
        for text in ["", "  ", "<a>", "<a/><b/>", "text<a/>", "<a/>text", "<a><b></a></b>", "</a>"] {
            assert!(read(text, &Budget::default()).is_err(), "{text}");
        }
        assert_eq!(cause("<a>&nbsp;</a>"), XmlError::Entity);
        assert_eq!(cause("<a>&#1;</a>"), XmlError::Character);
        assert_eq!(cause("<a b='&#xFFFF;'/>"), XmlError::Character);
        assert_eq!(cause("<a>\u{1}</a>"), XmlError::Character);
        assert_eq!(cause("<b:a/>"), XmlError::Prefix);
        assert_eq!(cause("<a b:c='1'/>"), XmlError::Prefix);
        assert_eq!(cause("<1a/>"), XmlError::Name);
        assert_eq!(cause("<:a/>"), XmlError::Name);
        assert!(matches!(cause("<a b='<'/>"), XmlError::Syntax(_)));
        assert!(matches!(cause("<a b='1' b='2'/>"), XmlError::Syntax(_)));
        assert!(matches!(cause("<a>]]></a>"), XmlError::Syntax(_)));
    }

    #[test]
    fn w_114_depth_elements_attributes_and_bytes_are_bounded() {
        assert_eq!(cause(&"<a>".repeat(100_000)), XmlError::TooDeep);
        assert_eq!(cause(&format!("<a>{}</a>", "<b/>".repeat(5000))), XmlError::TooManyElements);
        let many: Vec<String> = (0..1000).map(|n| format!("a{n}='1'")).collect();
        assert_eq!(cause(&format!("<a {}/>", many.join(" "))), XmlError::TooManyAttributes);
        assert_eq!(cause(&" ".repeat((4 << 20) + 1)), XmlError::TooLarge);
    }

    #[test]
    fn w_092_the_message_id_before_the_mistake_is_kept() {
        let text = r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">
            <s:Header><a:MessageID> uuid:1 </a:MessageID></s:Header><s:Body>"#;
        assert_eq!(read(text, &Budget::default()).unwrap_err().message_id.as_deref(), Some("uuid:1"));
        assert_eq!(read("<a", &Budget::default()).unwrap_err().message_id, None);
    }
}

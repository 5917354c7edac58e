//! CLIXML to values. Bytes from the network come through here, so everything is bounded: nesting, elements, size, references.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::escape::{decode, entities};
use crate::lexer::{Lexer, Next, Tag};
use crate::{
    Content, DateTime, Guid, Limits, Object, Properties, SecureString, SecureStringCipher, Str, TimeSpan, TypeNames,
    Value,
};

/// A text that is not CLIXML, or more of it than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at byte {position})")]
pub struct ReadError {
    /// How far the reader came, in bytes.
    pub position: usize,
    /// What stopped it.
    pub kind: ReadErrorKind,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // each says what it is
pub enum ReadErrorKind {
    #[error("Serialized XML is nested too deeply.")]
    TooDeep,
    #[error("the serialized XML has too many elements")]
    TooManyElements,
    #[error("the serialized XML is too long")]
    TooLong,
    #[error("an element has too many attributes")]
    TooManyAttributes,
    #[error("an attribute stands there twice")]
    DuplicateAttribute,
    #[error("the serialized XML ends too early")]
    UnexpectedEnd,
    #[error("text stands where an element must")]
    UnexpectedText,
    #[error("an element stands where it must not")]
    UnexpectedElement,
    #[error("an end tag does not fit its start tag")]
    WrongEndTag,
    #[error("a DTD, a processing instruction or CDATA is not allowed")]
    NotAllowed,
    #[error("the markup is malformed")]
    Malformed,
    #[error("an entity is not known")]
    UnknownEntity,
    #[error("a character is not allowed in XML")]
    InvalidCharacter,
    #[error("an element is not known")]
    UnknownElement,
    #[error("a value does not fit its type")]
    InvalidValue,
    #[error("a reference leads nowhere")]
    UnknownReference,
    #[error("something follows the end")]
    TrailingContent,
}

/// Reads one value: a whole message body, with or without a byte order mark.
///
/// # Errors
/// What stopped the reader, and where.
pub fn read(text: &str, limits: &Limits, cipher: &dyn SecureStringCipher) -> Result<Value, ReadError> {
    let mut reader = Reader::start(text, limits, cipher)?;
    let value = reader.root();
    value.map_err(|kind| reader.error(kind))
}

/// Reads a document as `Export-Clixml` writes it: an `Objs` element with any number of values.
///
/// # Errors
/// What stopped the reader, and where.
pub fn read_document(text: &str, limits: &Limits, cipher: &dyn SecureStringCipher) -> Result<Vec<Value>, ReadError> {
    let mut reader = Reader::start(text, limits, cipher)?;
    let values = reader.document();
    values.map_err(|kind| reader.error(kind))
}

struct Reader<'t> {
    lexer: Lexer<'t>,
    cipher: &'t dyn SecureStringCipher,
    /// Elements that may still come.
    elements: usize,
    depth: usize,
    /// How many levels of objects there may be when references are followed.
    followed: usize,
    /// Levels of objects below the place at hand, as far as they have been read.
    height: usize,
    /// References to objects that may still come.
    references: usize,
    /// In the order of their start tags.
    objects: Numbered<'t, Option<Seen>>,
    type_names: Numbered<'t, TypeNames>,
}

/// An object that may be referred to.
struct Seen {
    object: Arc<Object>,
    /// Elements that it stands for, references followed.
    elements: usize,
    /// Levels of objects in it, references followed.
    height: usize,
}

/// Things with a reference id. Ids are nearly always 0, 1, 2 … in the order of their start tags; others are looked up by name. The
/// later of two with the same id is the one that is meant.
struct Numbered<'t, T> {
    things: Vec<(&'t str, T)>,
    named: HashMap<&'t str, usize>,
}

impl<'t, T> Numbered<'t, T> {
    fn new() -> Numbered<'t, T> {
        Numbered { things: Vec::new(), named: HashMap::new() }
    }

    fn add(&mut self, id: &'t str, thing: T) -> usize {
        let place = self.things.len();
        if id.parse() != Ok(place) {
            self.named.insert(id, place);
        }
        self.things.push((id, thing));
        place
    }

    fn find(&self, id: &str) -> Option<&T> {
        let place = self.named.get(id).copied().or_else(|| id.parse().ok())?;
        self.things.get(place).filter(|(own, _)| *own == id).map(|(_, thing)| thing)
    }

    fn at(&mut self, place: usize) -> Option<&mut T> {
        self.things.get_mut(place).map(|(_, thing)| thing)
    }
}

type Read<T> = Result<T, ReadErrorKind>;

impl<'t> Reader<'t> {
    fn start(text: &'t str, limits: &Limits, cipher: &'t dyn SecureStringCipher) -> Result<Reader<'t>, ReadError> {
        let refuse = |kind, position| Err(ReadError { position, kind });
        if text.len() > limits.bytes {
            return refuse(ReadErrorKind::TooLong, limits.bytes);
        }
        if let Some(position) = invalid_character(text) {
            return refuse(ReadErrorKind::InvalidCharacter, position);
        }
        Ok(Reader {
            lexer: Lexer::new(text.strip_prefix('\u{feff}').unwrap_or(text)),
            cipher,
            elements: limits.elements,
            depth: limits.depth.min(Limits::MAX_DEPTH),
            followed: limits.depth.min(Limits::MAX_DEPTH) * 2,
            height: 0,
            references: limits.references,
            objects: Numbered::new(),
            type_names: Numbered::new(),
        })
    }

    fn error(&self, kind: ReadErrorKind) -> ReadError {
        ReadError { position: self.lexer.position(), kind }
    }

    fn root(&mut self) -> Read<Value> {
        self.lexer.skip_declaration()?;
        if self.lexer.at_end()? {
            return Err(ReadErrorKind::UnexpectedEnd);
        }
        let tag = self.lexer.start_tag()?;
        let value = self.value(tag)?;
        if self.lexer.at_end()? { Ok(value) } else { Err(ReadErrorKind::TrailingContent) }
    }

    fn document(&mut self) -> Read<Vec<Value>> {
        self.lexer.skip_declaration()?;
        if self.lexer.at_end()? {
            return Err(ReadErrorKind::UnexpectedEnd);
        }
        let tag = self.lexer.start_tag()?;
        if tag.name != "Objs" {
            return Err(ReadErrorKind::UnknownElement);
        }
        let mut values = Vec::new();
        if !tag.empty {
            while let Next::Start(tag) = self.lexer.next("Objs")? {
                values.push(self.value(tag)?);
            }
        }
        if self.lexer.at_end()? { Ok(values) } else { Err(ReadErrorKind::TrailingContent) }
    }

    /// The value whose start tag was just read.
    fn value(&mut self, tag: Tag<'t>) -> Read<Value> {
        self.elements = self.elements.checked_sub(1).ok_or(ReadErrorKind::TooManyElements)?;
        Ok(match tag.name {
            "S" => Value::String(self.string(tag)?),
            "I32" => Value::Int32(self.parsed(tag)?),
            "B" => match &*self.plain(tag)? {
                "true" | "1" => Value::Bool(true),
                "false" | "0" => Value::Bool(false),
                _ => return Err(ReadErrorKind::InvalidValue),
            },
            "Obj" => self.object(tag)?,
            "Nil" => {
                self.end_of_empty(tag)?;
                Value::Null
            }
            "Ref" => {
                let id = tag.ref_id.ok_or(ReadErrorKind::UnknownReference)?;
                self.end_of_empty(tag)?;
                self.reference(id)?
            }
            "C" => Value::Char(self.parsed(tag)?),
            "DT" => Value::DateTime(self.checked(tag, DateTime::parse_iso)?),
            "TS" => Value::TimeSpan(self.checked(tag, TimeSpan::parse_iso)?),
            "By" => Value::Byte(self.parsed(tag)?),
            "SB" => Value::SByte(self.parsed(tag)?),
            "U16" => Value::UInt16(self.parsed(tag)?),
            "I16" => Value::Int16(self.parsed(tag)?),
            "U32" => Value::UInt32(self.parsed(tag)?),
            "U64" => Value::UInt64(self.parsed(tag)?),
            "I64" => Value::Int64(self.parsed(tag)?),
            "Sg" => Value::Single(self.checked(tag, |text| float(text).or_else(|| text.parse().ok()))?),
            "Db" => Value::Double(self.checked(tag, |text| float(text).or_else(|| text.parse().ok()))?),
            "D" => Value::Decimal(self.parsed(tag)?),
            "BA" => {
                let text = self.plain(tag)?;
                Value::Bytes(decode_base64(&text).ok_or(ReadErrorKind::InvalidValue)?.into())
            }
            "G" => Value::Guid(self.checked(tag, |text| Guid::try_parse(text).ok())?),
            "URI" => Value::Uri(self.string(tag)?),
            "Version" => Value::Version(self.parsed(tag)?),
            "XD" => Value::Xml(self.string(tag)?),
            "SBK" => Value::ScriptBlock(self.string(tag)?),
            "SS" => {
                let cell = self.string(tag)?;
                Value::SecureString(match self.cipher.open(&cell) {
                    Some(secret) => SecureString::Clear(secret),
                    None => SecureString::Sealed(cell),
                })
            }
            "PR" => self.progress(tag)?,
            _ => return Err(ReadErrorKind::UnknownElement),
        })
    }

    /// `PR` (MS-PSRP 2.2.5.1.25): the fields of a progress record as elements, kept as an object's properties.
    fn progress(&mut self, tag: Tag<'t>) -> Read<Value> {
        let mut fields = Properties::new();
        if !tag.empty {
            while let Next::Start(field) = self.lexer.next("PR")? {
                self.elements = self.elements.checked_sub(1).ok_or(ReadErrorKind::TooManyElements)?;
                let text = self.string(field)?;
                fields.push(field.name, text);
            }
        }
        let mut object = Object::with_type_names(&["System.Management.Automation.ProgressRecord", "System.Object"]);
        object.adapted = fields;
        Ok(object.into())
    }

    fn reference(&mut self, id: &str) -> Read<Value> {
        self.references = self.references.checked_sub(1).ok_or(ReadErrorKind::TooManyElements)?;
        match self.objects.find(id).ok_or(ReadErrorKind::UnknownReference)? {
            Some(seen) => {
                // a few lines may stand for a million values: each counts
                self.elements = self.elements.checked_sub(seen.elements).ok_or(ReadErrorKind::TooManyElements)?;
                self.height = self.height.max(seen.height);
                Ok(Value::Object(Arc::clone(&seen.object)))
            }
            // Real clients refer to objects around the reference: an exception whose record holds that exception. A tree cannot
            // hold itself, and nobody looks there.
            None => Ok(Value::Null),
        }
    }

    fn object(&mut self, tag: Tag<'t>) -> Read<Value> {
        self.depth = self.depth.checked_sub(1).ok_or(ReadErrorKind::TooDeep)?;
        let place = tag.ref_id.map(|id| self.objects.add(id, None));
        let (around, before) = (std::mem::take(&mut self.height), self.elements);
        let mut object = Object::default();
        let mut parts = Parts::default();
        if !tag.empty {
            while let Next::Start(part) = self.lexer.next("Obj")? {
                self.part(part, &mut object, &mut parts)?;
            }
        }
        self.depth += 1;
        let height = self.height + 1;
        if height > self.followed {
            return Err(ReadErrorKind::TooDeep);
        }
        self.height = around.max(height);
        let object = Arc::new(object);
        if let Some(slot) = place.and_then(|place| self.objects.at(place)) {
            let elements = before.saturating_sub(self.elements) + 1;
            *slot = Some(Seen { object: Arc::clone(&object), elements, height });
        }
        Ok(Value::Object(object))
    }

    fn part(&mut self, part: Tag<'t>, object: &mut Object, seen: &mut Parts) -> Read<()> {
        match part.name {
            "MS" => {
                once(&mut seen.extended)?;
                self.properties(part, &mut object.extended)?;
            }
            "Props" => {
                once(&mut seen.adapted)?;
                self.properties(part, &mut object.adapted)?;
            }
            "TN" => {
                once(&mut seen.type_names)?;
                object.type_names = self.type_names(part)?;
            }
            "TNRef" => {
                once(&mut seen.type_names)?;
                let id = part.ref_id.ok_or(ReadErrorKind::UnknownReference)?;
                self.end_of_empty(part)?;
                object.type_names = self.type_names.find(id).ok_or(ReadErrorKind::UnknownReference)?.clone();
            }
            "ToString" => {
                once(&mut seen.to_string)?;
                object.to_string = Some(self.string(part)?);
            }
            "LST" | "IE" | "STK" | "QUE" => {
                once(&mut seen.content)?;
                let items = self.items(part)?;
                object.content = match part.name {
                    "LST" => Content::List(items),
                    "IE" => Content::Enumerable(items),
                    "STK" => Content::Stack(items),
                    _ => Content::Queue(items),
                };
            }
            "DCT" => {
                once(&mut seen.content)?;
                object.content = Content::Dictionary(self.entries(part)?);
            }
            _ => {
                once(&mut seen.content)?;
                let primitive = self.value(part)?;
                object.content = Content::Primitive(Box::new(primitive));
            }
        }
        Ok(())
    }

    fn type_names(&mut self, tag: Tag<'t>) -> Read<TypeNames> {
        let mut names: Vec<Str> = Vec::new();
        if !tag.empty {
            while let Next::Start(name) = self.lexer.next("TN")? {
                if name.name != "T" {
                    return Err(ReadErrorKind::UnknownElement);
                }
                self.elements = self.elements.checked_sub(1).ok_or(ReadErrorKind::TooManyElements)?;
                names.push(self.string(name)?);
            }
        }
        let names = TypeNames::Shared(names.into());
        if let Some(id) = tag.ref_id {
            self.type_names.add(id, names.clone());
        }
        Ok(names)
    }

    fn properties(&mut self, tag: Tag<'t>, properties: &mut Properties) -> Read<()> {
        if tag.empty {
            return Ok(());
        }
        while let Next::Start(property) = self.lexer.next(tag.name)? {
            let name = name(property)?;
            let value = self.value(property)?;
            properties.push(name, value);
        }
        Ok(())
    }

    fn items(&mut self, tag: Tag<'t>) -> Read<Vec<Value>> {
        let mut items = Vec::new();
        if !tag.empty {
            while let Next::Start(item) = self.lexer.next(tag.name)? {
                items.push(self.value(item)?);
            }
        }
        Ok(items)
    }

    fn entries(&mut self, tag: Tag<'t>) -> Read<Vec<(Value, Value)>> {
        let mut entries = Vec::new();
        if tag.empty {
            return Ok(entries);
        }
        while let Next::Start(entry) = self.lexer.next("DCT")? {
            if entry.name != "En" || entry.empty {
                return Err(ReadErrorKind::UnknownElement);
            }
            self.elements = self.elements.checked_sub(1).ok_or(ReadErrorKind::TooManyElements)?;
            let (mut key, mut value) = (None, None);
            while let Next::Start(half) = self.lexer.next("En")? {
                let slot = match half.n {
                    Some("Key") => &mut key,
                    Some("Value") => &mut value,
                    _ => return Err(ReadErrorKind::UnknownElement),
                };
                if slot.is_some() {
                    return Err(ReadErrorKind::UnexpectedElement);
                }
                *slot = Some(self.value(half)?);
            }
            entries.push((key.ok_or(ReadErrorKind::InvalidValue)?, value.ok_or(ReadErrorKind::InvalidValue)?));
        }
        Ok(entries)
    }

    /// An element that must be empty, in either spelling.
    fn end_of_empty(&mut self, tag: Tag<'t>) -> Read<()> {
        if tag.empty {
            return Ok(());
        }
        match self.lexer.next(tag.name)? {
            Next::End => Ok(()),
            Next::Start(_) => Err(ReadErrorKind::UnexpectedElement),
        }
    }

    /// Text without PowerShell's escapes.
    fn plain(&mut self, tag: Tag<'t>) -> Read<Cow<'t, str>> {
        if tag.empty { Ok(Cow::Borrowed("")) } else { self.lexer.text(tag.name) }
    }

    fn string(&mut self, tag: Tag<'t>) -> Read<Str> {
        Ok(Str::from(&*decode(&self.plain(tag)?)))
    }

    fn parsed<T: std::str::FromStr>(&mut self, tag: Tag<'t>) -> Read<T> {
        self.plain(tag)?.trim().parse().map_err(|_| ReadErrorKind::InvalidValue)
    }

    fn checked<T>(&mut self, tag: Tag<'t>, parse: impl FnOnce(&str) -> Option<T>) -> Read<T> {
        parse(self.plain(tag)?.trim()).ok_or(ReadErrorKind::InvalidValue)
    }
}

/// Which parts of an object stood there already.
#[derive(Default)]
struct Parts {
    type_names: bool,
    to_string: bool,
    content: bool,
    adapted: bool,
    extended: bool,
}

fn once(seen: &mut bool) -> Read<()> {
    if std::mem::replace(seen, true) { Err(ReadErrorKind::UnexpectedElement) } else { Ok(()) }
}

fn name(tag: Tag<'_>) -> Read<Str> {
    let raw = tag.n.ok_or(ReadErrorKind::InvalidValue)?;
    let text = entities(raw).map_err(|_| ReadErrorKind::UnknownEntity)?;
    Ok(Str::from(&*decode(&text)))
}

fn float<T: From<f32>>(text: &str) -> Option<T> {
    match text {
        "INF" => Some(f32::INFINITY.into()),
        "-INF" => Some(f32::NEG_INFINITY.into()),
        "NaN" => Some(f32::NAN.into()),
        _ => None,
    }
}

/// Base64, blanks and line ends between the digits allowed.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    if let Ok(bytes) = STANDARD.decode(text.as_bytes()) {
        return Some(bytes);
    }
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).ok()
}

/// The first character that XML 1.0 does not allow.
fn invalid_character(text: &str) -> Option<usize> {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    // the common case is no such byte at all: look at whole blocks first
    let blocks = text.as_bytes().chunks(4096);
    for (number, block) in blocks.enumerate() {
        if block.iter().fold(false, |any, byte| any | control(*byte)) {
            return block.iter().position(|byte| control(*byte)).map(|at| number * 4096 + at);
        }
    }
    memchr::memmem::find(text.as_bytes(), "\u{fffe}".as_bytes())
        .or_else(|| memchr::memmem::find(text.as_bytes(), "\u{ffff}".as_bytes()))
}

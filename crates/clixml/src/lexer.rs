//! The markup of CLIXML: start tags, end tags, and the text between. Nothing of XML that PowerShell never writes is known:
//! no DTD, no processing instruction, no CDATA.

use std::borrow::Cow;

use crate::ReadErrorKind;
use crate::escape::entities;

/// A start tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'t> {
    pub(crate) name: &'t str,
    /// `N`, as it stands there.
    pub(crate) n: Option<&'t str>,
    /// `RefId`, as it stands there.
    pub(crate) ref_id: Option<&'t str>,
    /// `<x />`: there is no end tag.
    pub(crate) empty: bool,
}

/// What comes next inside an element.
#[derive(Debug)]
pub(crate) enum Next<'t> {
    Start(Tag<'t>),
    End,
}

pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, at: 0 }
    }

    /// How far it has read, in bytes.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Skips blanks and comments; is that the end of the text?
    pub(crate) fn at_end(&mut self) -> Result<bool, ReadErrorKind> {
        self.skip_trivia()?;
        Ok(self.at >= self.text.len())
    }

    fn skip_trivia(&mut self) -> Result<(), ReadErrorKind> {
        loop {
            self.skip_space();
            let Some(comment) = self.rest().strip_prefix("<!--") else { return Ok(()) };
            let end = memchr::memmem::find(comment.as_bytes(), b"--").ok_or(ReadErrorKind::UnexpectedEnd)?;
            if comment.get(end..end + 3) != Some("-->") {
                return Err(ReadErrorKind::Malformed);
            }
            self.at += 4 + end + 3;
        }
    }

    /// Skips one XML declaration at the very start.
    pub(crate) fn skip_declaration(&mut self) -> Result<(), ReadErrorKind> {
        if let Some(declaration) = self.rest().strip_prefix("<?xml ") {
            let end = memchr::memmem::find(declaration.as_bytes(), b"?>").ok_or(ReadErrorKind::UnexpectedEnd)?;
            self.at += 6 + end + 2;
        }
        Ok(())
    }

    /// The next tag inside `parent`; text other than blanks is out of place there.
    pub(crate) fn next(&mut self, parent: &str) -> Result<Next<'t>, ReadErrorKind> {
        self.skip_trivia()?;
        if self.byte() != Some(b'<') {
            return Err(self.out_of_place());
        }
        if self.text.as_bytes().get(self.at + 1) == Some(&b'/') {
            self.end_tag(parent)?;
            return Ok(Next::End);
        }
        self.start_tag().map(Next::Start)
    }

    fn out_of_place(&self) -> ReadErrorKind {
        if self.at >= self.text.len() { ReadErrorKind::UnexpectedEnd } else { ReadErrorKind::UnexpectedText }
    }

    /// A start tag, which must come now.
    pub(crate) fn start_tag(&mut self) -> Result<Tag<'t>, ReadErrorKind> {
        if self.byte() != Some(b'<') {
            return Err(self.out_of_place());
        }
        self.at += 1;
        match self.byte() {
            Some(b'!' | b'?') => return Err(ReadErrorKind::NotAllowed),
            Some(b'A'..=b'Z' | b'a'..=b'z' | b'_') => {}
            Some(_) => return Err(ReadErrorKind::Malformed),
            None => return Err(ReadErrorKind::UnexpectedEnd),
        }
        let mut tag = Tag { name: self.word(), n: None, ref_id: None, empty: false };
        // PowerShell writes two attributes at most; a few more are passed over, many are an attack
        let mut seen: [&str; 8] = [""; 8];
        let mut count = 0;
        loop {
            let before = self.at;
            self.skip_space();
            match self.byte() {
                Some(b'>') => {
                    self.at += 1;
                    return Ok(tag);
                }
                Some(b'/') if self.text.as_bytes().get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    tag.empty = true;
                    return Ok(tag);
                }
                Some(b'A'..=b'Z' | b'a'..=b'z' | b'_') if self.at > before => {}
                Some(_) => return Err(ReadErrorKind::Malformed),
                None => return Err(ReadErrorKind::UnexpectedEnd),
            }
            let (name, value) = self.attribute()?;
            let slot = seen.get_mut(count).ok_or(ReadErrorKind::TooManyAttributes)?;
            *slot = name;
            if seen.iter().take(count).any(|other| *other == name) {
                return Err(ReadErrorKind::DuplicateAttribute);
            }
            count += 1;
            match name {
                "N" => tag.n = Some(value),
                "RefId" => tag.ref_id = Some(value),
                _ => {}
            }
        }
    }

    fn attribute(&mut self) -> Result<(&'t str, &'t str), ReadErrorKind> {
        let name = self.word();
        self.skip_space();
        if self.byte() != Some(b'=') {
            return Err(ReadErrorKind::Malformed);
        }
        self.at += 1;
        self.skip_space();
        let quote = self.byte().filter(|quote| matches!(quote, b'"' | b'\'')).ok_or(ReadErrorKind::Malformed)?;
        self.at += 1;
        let rest = self.rest();
        let end = memchr::memchr(quote, rest.as_bytes()).ok_or(ReadErrorKind::UnexpectedEnd)?;
        let value = rest.get(..end).unwrap_or_default();
        if value.as_bytes().contains(&b'<') {
            return Err(ReadErrorKind::Malformed);
        }
        self.at += end + 1;
        Ok((name, value))
    }

    /// Letters, digits and what else a name may hold.
    fn word(&mut self) -> &'t str {
        let start = self.at;
        while matches!(self.byte(), Some(b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b':')) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The end tag of `name`, which must come now.
    fn end_tag(&mut self, name: &str) -> Result<(), ReadErrorKind> {
        let rest = self.rest();
        let Some(after) = rest.strip_prefix("</").and_then(|rest| rest.strip_prefix(name)) else {
            return Err(if rest.is_empty() { ReadErrorKind::UnexpectedEnd } else { ReadErrorKind::WrongEndTag });
        };
        self.at += 2 + name.len();
        if after.as_bytes().first() != Some(&b'>') {
            self.skip_space();
            if self.byte() != Some(b'>') {
                return Err(ReadErrorKind::WrongEndTag);
            }
        }
        self.at += 1;
        Ok(())
    }

    /// The text of an element that holds nothing else, entities read, and its end tag.
    pub(crate) fn text(&mut self, name: &str) -> Result<Cow<'t, str>, ReadErrorKind> {
        let rest = self.rest();
        let end = memchr::memchr(b'<', rest.as_bytes()).ok_or(ReadErrorKind::UnexpectedEnd)?;
        let raw = rest.get(..end).unwrap_or_default();
        self.at += end;
        if self.text.as_bytes().get(self.at + 1) != Some(&b'/') {
            return Err(match self.text.as_bytes().get(self.at + 1) {
                Some(b'!' | b'?') => ReadErrorKind::NotAllowed,
                _ => ReadErrorKind::UnexpectedElement,
            });
        }
        self.end_tag(name)?;
        entities(raw).map_err(|_| ReadErrorKind::UnknownEntity)
    }
}

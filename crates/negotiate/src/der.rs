//! As much of DER as SPNEGO tokens and the head of a certificate need (ITU-T X.690). Definite lengths only, nothing is
//! copied, nothing recurses: nesting is as deep as the caller's code.

use thiserror::Error;

/// Universal and context tags used by SPNEGO and X.509.
pub(crate) mod tag {
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const APPLICATION_0: u8 = 0x60;

    /// `[n]`, constructed.
    pub(crate) const fn context(n: u8) -> u8 {
        0xa0 | n
    }
}

/// Why bytes are not the DER that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DerError {
    /// The bytes end before the element does.
    #[error("an element is cut off")]
    Truncated,
    /// Indefinite, or longer than four octets can say.
    #[error("a length is indefinite or too long")]
    Length,
    /// Another element than the one that belongs here.
    #[error("unexpected tag {0:#04x}")]
    Tag(u8),
    /// Bytes are left where the structure ends.
    #[error("bytes are left over")]
    Trailing,
    /// The contents do not fit the type.
    #[error("a value is out of range")]
    Value,
}

/// Reads elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// One element: its tag, its contents, and all of its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    pub(crate) encoded: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever it is. Lengths that are longer than they need to be are let through: old SPNEGO
    /// peers write them.
    pub(crate) fn element(&mut self) -> Result<Element<'a>, DerError> {
        let whole = self.rest;
        let (&tag, after_tag) = whole.split_first().ok_or(DerError::Truncated)?;
        if tag & 0x1f == 0x1f {
            return Err(DerError::Tag(tag));
        }
        let (&first, mut rest) = after_tag.split_first().ok_or(DerError::Truncated)?;
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let octets = usize::from(first & 0x7f);
            if !(1..=4).contains(&octets) {
                return Err(DerError::Length);
            }
            let (written, after) = rest.split_at_checked(octets).ok_or(DerError::Truncated)?;
            length = written.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            rest = after;
        }
        let (contents, after) = rest.split_at_checked(length).ok_or(DerError::Truncated)?;
        self.rest = after;
        let encoded = whole.get(..whole.len() - after.len()).ok_or(DerError::Truncated)?;
        Ok(Element { tag, contents, encoded })
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, DerError> {
        let element = self.element()?;
        if element.tag == tag { Ok(element) } else { Err(DerError::Tag(element.tag)) }
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), DerError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DerError::Trailing) }
    }
}

/// The one element that `bytes` consist of.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Result<Element<'_>, DerError> {
    let mut reader = Reader::new(bytes);
    let element = reader.expect(tag)?;
    reader.finish()?;
    Ok(element)
}

/// An element around contents, with the shortest length.
pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    if let Ok(short) = u8::try_from(length)
        && short < 0x80
    {
        out.push(short);
    } else {
        let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
        out.push(0x80 | u8::try_from(octets.len()).unwrap_or(8));
        out.extend_from_slice(&octets);
    }
    out.extend_from_slice(contents);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(contents in proptest::collection::vec(any::<u8>(), 0..70_000)) {
            let written = element(tag::OCTET_STRING, &contents);
            let read = only(&written, tag::OCTET_STRING).unwrap();
            prop_assert_eq!(read.contents, &contents[..]);
            prop_assert_eq!(read.encoded, &written[..]);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            while reader.element().is_ok() {}
        }
    }

    #[test]
    fn indefinite_and_huge_lengths_are_refused() {
        assert_eq!(Reader::new(&[0x30, 0x80, 0, 0]).element().unwrap_err(), DerError::Length);
        assert_eq!(Reader::new(&[0x30, 0x85, 0, 0, 0, 0, 1, 0]).element().unwrap_err(), DerError::Length);
        assert_eq!(Reader::new(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).element().unwrap_err(), DerError::Truncated);
    }

    #[test]
    fn a_length_longer_than_needed_is_read() {
        assert_eq!(only(&[0x04, 0x82, 0x00, 0x01, 7], tag::OCTET_STRING).unwrap().contents, [7]);
    }

    #[test]
    fn bytes_after_the_end_are_refused() {
        assert_eq!(only(&[0x04, 1, 7, 9], tag::OCTET_STRING).unwrap_err(), DerError::Trailing);
    }
}

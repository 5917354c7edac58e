use std::ops::Range;

use super::{MessageError, fixed};

/// Reads the fields that a message's fixed part points at (length, maximum length, offset; MS-NLMP 2.2.1).
pub(super) struct Fields<'a> {
    message: &'a [u8],
    /// Where the payload may begin.
    payload: usize,
    taken: Vec<Range<usize>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8], payload: usize) -> Fields<'a> {
        Fields { message, payload, taken: Vec::with_capacity(6) }
    }

    /// The bytes of the field whose descriptor stands at `at`. They must lie behind the fixed part and share nothing
    /// with the fields read before.
    pub(super) fn bytes(&mut self, at: usize, name: &'static str) -> Result<&'a [u8], MessageError> {
        let [l0, l1, _, _, o0, o1, o2, o3] = fixed(self.message, at)?;
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        if length == 0 {
            return Ok(&[]);
        }
        let outside = MessageError::OutOfBounds(name);
        let start = usize::try_from(u32::from_le_bytes([o0, o1, o2, o3])).map_err(|_| outside)?;
        let end = start.checked_add(length).ok_or(outside)?;
        let bytes = self.message.get(start..end).ok_or(outside)?;
        if start < self.payload {
            return Err(outside);
        }
        if self.taken.iter().any(|other| start < other.end && other.start < end) {
            return Err(MessageError::Overlap(name));
        }
        self.taken.push(start..end);
        Ok(bytes)
    }

    /// Where the first field begins; the end of the message when all are empty.
    pub(super) fn first(&self) -> usize {
        self.taken.iter().map(|range| range.start).min().unwrap_or(self.message.len())
    }
}

/// Collects a payload and the descriptors that point at its parts.
pub(super) struct Payload {
    start: usize,
    pub(super) bytes: Vec<u8>,
}

impl Payload {
    /// A payload that begins `start` bytes into the message.
    pub(super) fn new(start: usize) -> Payload {
        Payload { start, bytes: Vec::new() }
    }

    /// Adds a part and returns its descriptor.
    pub(super) fn add(&mut self, part: &[u8], name: &'static str) -> Result<[u8; 8], MessageError> {
        let too_long = MessageError::Length(name, part.len());
        let length = u16::try_from(part.len()).map_err(|_| too_long)?;
        let offset = u32::try_from(self.start + self.bytes.len()).map_err(|_| too_long)?;
        self.bytes.extend_from_slice(part);
        let ([l0, l1], [o0, o1, o2, o3]) = (length.to_le_bytes(), offset.to_le_bytes());
        Ok([l0, l1, l0, l1, o0, o1, o2, o3])
    }
}

//! Fragments: how a message is cut into pieces, and how the pieces become a message again (MS-PSRP 2.2.4).
//!
//! ```text
//! object id u64 │ fragment id u64 │ flags u8 (1 start, 2 end) │ blob length u32 │ blob      (all big-endian)
//! ```

use std::borrow::Cow;

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes before the blob of each fragment.
pub const FRAGMENT_HEADER: usize = 21;

/// The largest blob of a fragment, as Windows sends it.
pub const MAX_BLOB: usize = 32_768;

const START: u8 = 1;
const END: u8 = 2;

/// The peer's fragments make no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FragmentError {
    /// Object ids begin at 1.
    #[error("a fragment has the object id 0")]
    NoObjectId,
    /// A first fragment has the fragment id 0.
    #[error("the first fragment of object {object_id} has the fragment id {fragment_id}")]
    NotFirst {
        /// Of the object.
        object_id: u64,
        /// Instead of 0.
        fragment_id: u64,
    },
    /// Not the fragment that has to follow.
    #[error("fragment {fragment_id} of object {object_id} does not follow the one before it")]
    OutOfOrder {
        /// Of the fragment.
        object_id: u64,
        /// Of the fragment.
        fragment_id: u64,
    },
    /// One object is larger than we take.
    #[error("an object has more than {limit} bytes")]
    ObjectTooLarge {
        /// In bytes.
        limit: usize,
    },
    /// All objects of one command together are larger than we take.
    #[error("a command has received more than {limit} bytes")]
    TooMuchData {
        /// In bytes.
        limit: u64,
    },
}

/// How much a [`Defragmenter`] takes before it refuses. A real server takes 10 MB an object and 50 MB a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentLimits {
    /// Bytes of one object.
    pub object: usize,
    /// Bytes of all objects together, fragment headers included.
    pub total: u64,
}

impl Default for FragmentLimits {
    fn default() -> FragmentLimits {
        FragmentLimits { object: 10 * 1024 * 1024, total: 50 * 1024 * 1024 }
    }
}

/// Gives each message the next object id of its connection: 1, 2, 3 …, over all streams.
#[derive(Debug)]
pub struct Fragmenter {
    next_object_id: u64,
}

impl Default for Fragmenter {
    fn default() -> Fragmenter {
        Fragmenter { next_object_id: 1 }
    }
}

impl Fragmenter {
    /// That of the last message begun; 0 if there was none.
    pub fn last_object_id(&self) -> u64 {
        self.next_object_id - 1
    }

    /// Begins to send a message.
    pub fn begin(&mut self, message: Bytes) -> Fragments {
        let object_id = self.next_object_id;
        self.next_object_id += 1;
        Fragments { object_id, fragment_id: 0, message, done: false }
    }
}

/// A message on its way out. It can be cut anew for each envelope that takes a part of it.
#[derive(Debug)]
pub struct Fragments {
    object_id: u64,
    fragment_id: u64,
    message: Bytes,
    done: bool,
}

impl Fragments {
    /// The message's place among all messages of the connection.
    pub fn object_id(&self) -> u64 {
        self.object_id
    }

    /// Bytes that are still to be sent, without headers.
    pub fn remaining(&self) -> usize {
        self.message.len()
    }

    /// Has the first fragment been written?
    pub fn is_begun(&self) -> bool {
        self.fragment_id > 0
    }

    /// Has the last fragment been written?
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Appends as many fragments as `room` bytes hold. Writes nothing if the room is smaller than a header and one byte.
    pub fn write(&mut self, mut room: usize, out: &mut BytesMut) {
        while !self.done && room > FRAGMENT_HEADER {
            let blob = self.message.split_to(self.message.len().min(MAX_BLOB).min(room - FRAGMENT_HEADER));
            self.done = self.message.is_empty();
            let start = if self.fragment_id == 0 { START } else { 0 };
            let end = if self.done { END } else { 0 };
            out.reserve(FRAGMENT_HEADER + blob.len());
            out.put_u64(self.object_id);
            out.put_u64(self.fragment_id);
            out.put_u8(start | end);
            out.put_u32(u32::try_from(blob.len()).unwrap_or(u32::MAX)); // at most MAX_BLOB
            out.put_slice(&blob);
            self.fragment_id += 1;
            room -= FRAGMENT_HEADER + blob.len();
        }
    }
}

/// Puts the fragments of one stream together. It holds no more than one message and grows only with bytes that came.
#[derive(Debug, Default)]
pub struct Defragmenter {
    limits: FragmentLimits,
    received: u64,
    header: Vec<u8>,
    expected: Option<Position>,
    in_blob: Option<Blob>,
    message: Vec<u8>,
}

/// Where a message stands between two fragments.
#[derive(Clone, Copy, Debug)]
struct Position {
    object_id: u64,
    next_fragment_id: u64,
}

/// The blob that is being read.
#[derive(Clone, Copy, Debug)]
struct Blob {
    missing: usize,
    ends_message: bool,
}

impl Defragmenter {
    /// One that takes this much.
    pub fn new(limits: FragmentLimits) -> Defragmenter {
        Defragmenter { limits, ..Defragmenter::default() }
    }

    /// Is a message, or a part of a fragment, still waiting for its rest?
    pub fn is_empty(&self) -> bool {
        self.header.is_empty() && self.expected.is_none() && self.in_blob.is_none()
    }

    /// Takes bytes from the front of `input`, until a message is whole or `input` is used up.
    ///
    /// After an error the stream has lost its place: nothing more can be read from it.
    pub fn next_message<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Cow<'a, [u8]>>, FragmentError> {
        loop {
            let blob = match self.in_blob.take() {
                Some(blob) => blob,
                None => match self.read_header(input)? {
                    Some(blob) => blob,
                    None => return Ok(None),
                },
            };
            let whole = self.message.is_empty() && blob.ends_message;
            let part = take(input, blob.missing);
            self.count(part.len())?;
            if part.len() < blob.missing {
                self.message.extend_from_slice(part);
                self.in_blob = Some(Blob { missing: blob.missing - part.len(), ..blob });
                return Ok(None);
            }
            if whole {
                self.expected = None;
                return Ok(Some(Cow::Borrowed(part)));
            }
            self.message.extend_from_slice(part);
            if blob.ends_message {
                self.expected = None;
                return Ok(Some(Cow::Owned(std::mem::take(&mut self.message))));
            }
        }
    }

    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<Blob>, FragmentError> {
        let part = take(input, FRAGMENT_HEADER.saturating_sub(self.header.len()));
        self.count(part.len())?;
        let header = if self.header.is_empty() {
            Header::parse(part)
        } else {
            self.header.extend_from_slice(part);
            Header::parse(&self.header)
        };
        let Some(header) = header else {
            if self.header.is_empty() {
                self.header.extend_from_slice(part);
            }
            return Ok(None);
        };
        self.header = Vec::new();
        self.check(header).map(Some)
    }

    fn check(&mut self, header: Header) -> Result<Blob, FragmentError> {
        let Header { object_id, fragment_id, flags, blob_length } = header;
        if object_id == 0 {
            return Err(FragmentError::NoObjectId);
        }
        if flags & START != 0 {
            if fragment_id != 0 {
                return Err(FragmentError::NotFirst { object_id, fragment_id });
            }
            self.message.clear(); // a start drops what was unfinished, as in a real server
        } else if !self.expected.is_some_and(|p| p.object_id == object_id && p.next_fragment_id == fragment_id) {
            return Err(FragmentError::OutOfOrder { object_id, fragment_id });
        }
        let missing = usize::try_from(blob_length).unwrap_or(usize::MAX);
        if self.message.len().saturating_add(missing) > self.limits.object {
            return Err(FragmentError::ObjectTooLarge { limit: self.limits.object });
        }
        self.expected = Some(Position { object_id, next_fragment_id: fragment_id.saturating_add(1) });
        Ok(Blob { missing, ends_message: flags & END != 0 })
    }

    fn count(&mut self, bytes: usize) -> Result<(), FragmentError> {
        self.received = self.received.saturating_add(bytes as u64);
        if self.received > self.limits.total {
            return Err(FragmentError::TooMuchData { limit: self.limits.total });
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Header {
    object_id: u64,
    fragment_id: u64,
    flags: u8,
    blob_length: u32,
}

impl Header {
    fn parse(bytes: &[u8]) -> Option<Header> {
        let (object_id, rest) = bytes.split_first_chunk()?;
        let (fragment_id, rest) = rest.split_first_chunk()?;
        let (flags, rest) = rest.split_first()?;
        let (blob_length, _) = rest.split_first_chunk()?;
        Some(Header {
            object_id: u64::from_be_bytes(*object_id),
            fragment_id: u64::from_be_bytes(*fragment_id),
            flags: *flags,
            blob_length: u32::from_be_bytes(*blob_length),
        })
    }
}

/// Takes up to `count` bytes from the front.
fn take<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (front, rest) = input.split_at(count.min(input.len()));
    *input = rest;
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(messages: &[&[u8]], room: usize) -> Vec<u8> {
        let mut fragmenter = Fragmenter::default();
        let mut out = BytesMut::new();
        for message in messages {
            let mut fragments = fragmenter.begin(Bytes::copy_from_slice(message));
            while !fragments.is_done() {
                fragments.write(room, &mut out);
            }
        }
        out.to_vec()
    }

    fn join(defragmenter: &mut Defragmenter, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, FragmentError> {
        let mut messages = Vec::new();
        while let Some(message) = defragmenter.next_message(&mut bytes)? {
            messages.push(message.into_owned());
        }
        Ok(messages)
    }

    #[test]
    fn messages_of_any_size_come_out_as_they_went_in() {
        let long: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let messages: [&[u8]; 3] = [b"first", &long, b"x"];
        for room in [22, 23, 40, 1_000, 32_789, 1_000_000] {
            let bytes = cut(&messages, room);
            assert_eq!(join(&mut Defragmenter::default(), &bytes).unwrap(), messages, "in pieces of {room}");
        }
    }

    #[test]
    fn bytes_may_come_one_by_one() {
        let bytes = cut(&[b"hello", b"", b"world"], 23);
        let mut defragmenter = Defragmenter::default();
        let got: Vec<_> = bytes.iter().flat_map(|byte| join(&mut defragmenter, &[*byte]).unwrap()).collect();
        assert_eq!(got, [b"hello".to_vec(), b"".to_vec(), b"world".to_vec()]);
        assert!(defragmenter.is_empty());
    }

    #[test]
    fn object_ids_count_from_one_and_blobs_have_at_most_32768_bytes() {
        let bytes = cut(&[&vec![7; 40_000], b"x"], 1_000_000);
        assert_eq!(bytes[..21], *b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\x01\0\0\x80\0");
        assert_eq!(bytes[21 + 32_768..][..17], *b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\x02");
        assert_eq!(bytes[bytes.len() - 22..][..17], *b"\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\x03");
    }

    fn fragment(object_id: u64, fragment_id: u64, flags: u8, blob: &[u8]) -> Vec<u8> {
        let length = u32::try_from(blob.len()).unwrap();
        [&object_id.to_be_bytes()[..], &fragment_id.to_be_bytes(), &[flags], &length.to_be_bytes(), blob].concat()
    }

    #[test]
    fn a_start_drops_what_was_unfinished() {
        let bytes = [fragment(1, 0, START, b"lost"), fragment(2, 0, START | END, b"kept")].concat();
        assert_eq!(join(&mut Defragmenter::default(), &bytes).unwrap(), [b"kept"]);
    }

    #[test]
    fn what_does_not_follow_is_refused() {
        let broken = [
            (fragment(0, 0, START | END, b"x"), FragmentError::NoObjectId),
            (fragment(1, 1, START, b"x"), FragmentError::NotFirst { object_id: 1, fragment_id: 1 }),
            (fragment(1, 1, 0, b"x"), FragmentError::OutOfOrder { object_id: 1, fragment_id: 1 }),
            (
                [fragment(1, 0, START, b"a"), fragment(2, 1, END, b"b")].concat(),
                FragmentError::OutOfOrder { object_id: 2, fragment_id: 1 },
            ),
            (
                [fragment(1, 0, START, b"a"), fragment(1, 2, END, b"b")].concat(),
                FragmentError::OutOfOrder { object_id: 1, fragment_id: 2 },
            ),
            (
                [fragment(1, 0, START | END, b"a"), fragment(1, 1, END, b"b")].concat(),
                FragmentError::OutOfOrder { object_id: 1, fragment_id: 1 },
            ),
        ];
        for (bytes, error) in broken {
            assert_eq!(join(&mut Defragmenter::default(), &bytes), Err(error));
        }
    }

    #[test]
    fn too_much_is_refused_before_it_is_held() {
        let limits = FragmentLimits { object: 10, total: 100 };
        let mut defragmenter = Defragmenter::new(limits);
        let announced = [&fragment(1, 0, START, b"")[..17], &u32::MAX.to_be_bytes()].concat();
        assert_eq!(join(&mut defragmenter, &announced), Err(FragmentError::ObjectTooLarge { limit: 10 }));

        let mut defragmenter = Defragmenter::new(limits);
        let split = [fragment(1, 0, START, b"123456"), fragment(1, 1, 0, b"12345")].concat();
        assert_eq!(join(&mut defragmenter, &split), Err(FragmentError::ObjectTooLarge { limit: 10 }));

        let mut defragmenter = Defragmenter::new(limits);
        let many = fragment(1, 0, START | END, b"").repeat(5);
        assert_eq!(join(&mut defragmenter, &many), Err(FragmentError::TooMuchData { limit: 100 }));
    }
}

use clixml::{Guid, Limits, ReadError, SecureStringCipher, Value};

use super::{Body, MessageType};
use crate::Half;
use crate::fields::FieldError;

/// One message (MS-PSRP 2.2.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// `RPID`. Zero in a server's SESSION_CAPABILITY and ENCRYPTED_SESSION_KEY.
    pub pool: Guid,
    /// `PID`; nothing for messages of the pool.
    pub pipeline: Option<Guid>,
    /// What it says.
    pub body: Body,
}

/// To whom a message goes (MS-PSRP 2.2.1, `Destination`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)] // the names are the protocol's own
pub enum Destination {
    Client = 1,
    Server = 2,
}

/// What stands before the data of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// To whom it goes.
    pub destination: Destination,
    /// What it is.
    pub message_type: MessageType,
    /// `RPID`.
    pub pool: Guid,
    /// `PID`.
    pub pipeline: Option<Guid>,
}

/// The peer's bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Shorter than a header.
    #[error("a message has only {length} bytes")]
    TooShort {
        /// In bytes.
        length: usize,
    },
    /// Sent to nobody, or to ourselves.
    #[error("a message has the destination {destination}")]
    WrongDestination {
        /// As received.
        destination: u32,
    },
    /// A type that MS-PSRP does not know.
    #[error("a message has the unknown type {number:#010x}")]
    UnknownType {
        /// As received.
        number: u32,
    },
    /// The data is not UTF-8.
    #[error("{message_type} is not UTF-8")]
    NotUtf8 {
        /// Of the message.
        message_type: MessageType,
    },
    /// The data is not CLIXML.
    #[error("{message_type}: {error}")]
    Clixml {
        /// Of the message.
        message_type: MessageType,
        /// What and where.
        error: ReadError,
    },
    /// The data is CLIXML, but not that of this message.
    #[error(transparent)]
    Field(#[from] FieldError),
}

const HEADER: usize = 40;
const BOM: char = '\u{feff}';

impl Header {
    /// Reads the header of a message, and leaves its data.
    pub fn parse(message: &[u8]) -> Result<(Header, &[u8]), MessageError> {
        fn chunk<'a, const N: usize>(input: &mut &'a [u8]) -> Option<&'a [u8; N]> {
            let (chunk, rest) = input.split_first_chunk()?;
            *input = rest;
            Some(chunk)
        }
        let mut rest = message;
        let mut fields = || {
            let destination = u32::from_le_bytes(*chunk(&mut rest)?);
            let message_type = u32::from_le_bytes(*chunk(&mut rest)?);
            let pool = Guid::from_bytes_le(*chunk(&mut rest)?);
            let pipeline = Guid::from_bytes_le(*chunk(&mut rest)?);
            Some((destination, message_type, pool, pipeline))
        };
        let (destination, message_type, pool, pipeline) =
            fields().ok_or(MessageError::TooShort { length: message.len() })?;
        let header = Header {
            destination: match destination {
                1 => Destination::Client,
                2 => Destination::Server,
                destination => return Err(MessageError::WrongDestination { destination }),
            },
            message_type: MessageType::from_u32(message_type)
                .ok_or(MessageError::UnknownType { number: message_type })?,
            pool,
            pipeline: (!pipeline.is_nil()).then_some(pipeline),
        };
        Ok((header, rest))
    }

    fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let fields = (self.destination as u32).to_le_bytes().into_iter();
        let fields = fields.chain((self.message_type as u32).to_le_bytes());
        let fields = fields.chain(self.pool.to_bytes_le()).chain(self.pipeline.unwrap_or_default().to_bytes_le());
        for (to, from) in bytes.iter_mut().zip(fields) {
            *to = from;
        }
        bytes
    }
}

impl Message {
    /// Its bytes, on the way to this half.
    pub fn encode(&self, to: Half, cipher: &dyn SecureStringCipher) -> Vec<u8> {
        let destination = match to {
            Half::Client => Destination::Client,
            Half::Server => Destination::Server,
        };
        let message_type = self.body.message_type();
        let header = Header { destination, message_type, pool: self.pool, pipeline: self.pipeline };
        // The text is written behind room for the header, so that it need not be moved.
        let mut text = "\0".repeat(HEADER);
        if let Some(value) = self.body.as_value() {
            text.push(BOM);
            clixml::write(&value, cipher, &mut text);
        }
        let mut bytes = text.into_bytes();
        for (to, from) in bytes.iter_mut().zip(header.to_bytes()) {
            *to = from;
        }
        bytes
    }

    /// Reads the bytes of a message that came to this half.
    pub fn decode(message: &[u8], at: Half, cipher: &dyn SecureStringCipher) -> Result<Message, MessageError> {
        let (header, data) = Header::parse(message)?;
        header.check_destination(at)?;
        let value = read_data(header.message_type, data, cipher)?;
        let body = Body::from_value(header.message_type, value)?;
        Ok(Message { pool: header.pool, pipeline: header.pipeline, body })
    }
}

impl Header {
    fn check_destination(self, at: Half) -> Result<(), MessageError> {
        match (self.destination, at) {
            (Destination::Client, Half::Client) | (Destination::Server, Half::Server) => Ok(()),
            (destination, _) => Err(MessageError::WrongDestination { destination: destination as u32 }),
        }
    }
}

fn read_data(message_type: MessageType, data: &[u8], cipher: &dyn SecureStringCipher) -> Result<Value, MessageError> {
    let text = std::str::from_utf8(data).map_err(|_| MessageError::NotUtf8 { message_type })?;
    if text.trim_start_matches(BOM).trim().is_empty() {
        return Ok(Value::Null);
    }
    // How long a message may be was decided when its fragments came.
    let limits = Limits { bytes: data.len(), ..Limits::default() };
    clixml::read(text, &limits, cipher).map_err(|error| MessageError::Clixml { message_type, error })
}

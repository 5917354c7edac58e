//! Sealed messages in HTTP bodies (MS-WSMV 2.2.9.1). It looks like MIME and is none: no blank line after the headers,
//! no line break before the closing boundary.

use thiserror::Error;

use crate::sealing::{SealError, Sealing};

const BOUNDARY: &str = "Encrypted Boundary";
/// RFC 2046 5.1.1.
const MAX_BOUNDARY: usize = 70;
/// The longest line between the boundaries that is looked at.
const MAX_LINE: usize = 1024;
const MAX_HEADERS: usize = 8;

/// What the `protocol` parameter says. It names the scheme of the handshake; clients mix them up, so an answer repeats
/// the one of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// After `Negotiate`.
    Spnego,
    /// After `Kerberos`.
    Kerberos,
    /// After `CredSSP`.
    CredSsp,
}

impl Protocol {
    const ALL: [Protocol; 3] = [Protocol::Spnego, Protocol::Kerberos, Protocol::CredSsp];

    /// As it stands in headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Protocol::Spnego => "application/HTTP-SPNEGO-session-encrypted",
            Protocol::Kerberos => "application/HTTP-Kerberos-session-encrypted",
            Protocol::CredSsp => "application/HTTP-CredSSP-session-encrypted",
        }
    }

    fn parse(text: &str) -> Option<Protocol> {
        Protocol::ALL.into_iter().find(|protocol| protocol.as_str().eq_ignore_ascii_case(text))
    }
}

/// Why a body is not a sealed message, or does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MultipartError {
    /// The Content-Type is `multipart/encrypted`, but its parameters are unknown.
    #[error("unknown parameters of multipart/encrypted")]
    ContentType,
    /// `multipart/x-multi-encrypted` belongs to CredSSP, which is not offered.
    #[error("a message in several parts belongs to CredSSP, which is not offered")]
    SeveralParts,
    /// A boundary or a header is not where it belongs.
    #[error("malformed multipart body: {0}")]
    Malformed(&'static str),
    /// The message itself does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// What a Content-Type says about sealing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedType {
    /// Which scheme sealed it.
    pub protocol: Protocol,
    boundary: String,
}

impl EncryptedType {
    /// None if the Content-Type is of some other kind of body.
    pub fn parse(content_type: &str) -> Result<Option<EncryptedType>, MultipartError> {
        let mut parts = content_type.split(';');
        let kind = parts.next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("multipart/x-multi-encrypted") {
            return Err(MultipartError::SeveralParts);
        }
        if !kind.eq_ignore_ascii_case("multipart/encrypted") {
            return Ok(None);
        }
        let (mut protocol, mut boundary) = (None, BOUNDARY);
        for part in parts {
            let Some((name, value)) = part.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "protocol" => protocol = Protocol::parse(value),
                "boundary" => boundary = value,
                _ => {}
            }
        }
        let fits = (1..=MAX_BOUNDARY).contains(&boundary.len());
        let (Some(protocol), true) = (protocol, fits) else { return Err(MultipartError::ContentType) };
        Ok(Some(EncryptedType { protocol, boundary: boundary.to_owned() }))
    }
}

/// A sealed message in its wrapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// The Content-Type of the message inside. Nothing protects it.
    pub content_type: String,
    /// The signature or GSS token.
    pub token: &'a [u8],
    /// The encrypted text.
    pub data: &'a [u8],
}

impl<'a> Part<'a> {
    /// Takes a body apart. Tabs, spaces and letter case between the boundaries do not matter; what is encrypted may
    /// hold anything, boundaries too.
    pub fn parse(encrypted: &EncryptedType, body: &'a [u8]) -> Result<Part<'a>, MultipartError> {
        let mut lines = Lines { rest: body };
        lines.boundary(&encrypted.boundary)?;
        let mut content_type = None;
        let mut headers = 0;
        loop {
            let line = lines.next()?;
            if is_boundary(line, &encrypted.boundary) {
                break;
            }
            headers += 1;
            if headers > MAX_HEADERS {
                return Err(MultipartError::Malformed("too many headers"));
            }
            if let Some(value) = header(line, "OriginalContent") {
                content_type = Some(original_content(value)?);
            }
        }
        let kind = header(lines.next()?, "Content-Type").unwrap_or_default();
        if !kind.eq_ignore_ascii_case("application/octet-stream") {
            return Err(MultipartError::Malformed("the second part is no octet-stream"));
        }
        let payload = before_close(lines.rest, &encrypted.boundary)?;
        let cut = MultipartError::Malformed("the token is cut off");
        let (length, rest) = payload.split_first_chunk::<4>().ok_or(cut)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| cut)?;
        let (token, data) = rest.split_at_checked(length).ok_or(cut)?;
        let content_type = content_type.ok_or(MultipartError::Malformed("OriginalContent is missing"))?;
        Ok(Part { content_type, token, data })
    }
}

/// Lines that end with CR LF.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<&'a str, MultipartError> {
        let window = self.rest.get(..MAX_LINE).unwrap_or(self.rest);
        let end = window.windows(2).position(|pair| pair == b"\r\n");
        let end = end.ok_or(MultipartError::Malformed("a line does not end"))?;
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(2..).unwrap_or_default();
        std::str::from_utf8(line).map_err(|_| MultipartError::Malformed("a line is no text"))
    }

    fn boundary(&mut self, boundary: &str) -> Result<(), MultipartError> {
        if is_boundary(self.next()?, boundary) { Ok(()) } else { Err(MultipartError::Malformed("no boundary")) }
    }
}

/// `--Encrypted Boundary`, or with a blank after the dashes, as Exchange has it.
fn is_boundary(line: &str, boundary: &str) -> bool {
    line.strip_prefix("--").is_some_and(|rest| rest.trim() == boundary)
}

fn header<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
}

/// `type=application/soap+xml;charset=UTF-8;Length=1594`: the type without the length, which is a hint only.
fn original_content(value: &str) -> Result<String, MultipartError> {
    let malformed = MultipartError::Malformed("OriginalContent has no type");
    let (name, kind) = value.split(';').next().and_then(|first| first.split_once('=')).ok_or(malformed)?;
    if !name.trim().eq_ignore_ascii_case("type") {
        return Err(malformed);
    }
    let mut content_type = kind.trim().to_owned();
    for parameter in value.split(';').skip(1).map(str::trim) {
        let is_length = parameter.split_once('=').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case("length"));
        if !is_length && !parameter.is_empty() {
            content_type.push(';');
            content_type.push_str(parameter);
        }
    }
    Ok(content_type)
}

/// What stands before the last boundary of a body.
fn before_close<'a>(body: &'a [u8], boundary: &str) -> Result<&'a [u8], MultipartError> {
    let malformed = MultipartError::Malformed("no closing boundary");
    let text = boundary.as_bytes();
    let at = body.windows(text.len()).rposition(|window| window == text).ok_or(malformed)?;
    let (before, after) = body.split_at_checked(at).ok_or(malformed)?;
    if after.get(text.len()..).unwrap_or_default().trim_ascii() != b"--" {
        return Err(malformed);
    }
    // Only blanks may stand between the dashes and the boundary.
    let blanks = before.iter().rev().take_while(|byte| **byte == b' ').count();
    before.get(..before.len() - blanks).and_then(|before| before.strip_suffix(b"--")).ok_or(malformed)
}

/// An opened message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its Content-Type; the client's word, not protected by the seal.
    pub content_type: String,
    /// The message.
    pub body: Vec<u8>,
}

/// Takes a body apart and opens it.
pub fn open(sealing: &mut dyn Sealing, encrypted: &EncryptedType, body: &[u8]) -> Result<Opened, MultipartError> {
    let part = Part::parse(encrypted, body)?;
    let body = sealing.unseal(part.token, part.data.to_vec())?;
    Ok(Opened { content_type: part.content_type, body })
}

/// The Content-Type of a sealed body.
pub fn content_type(protocol: Protocol) -> String {
    format!("multipart/encrypted;protocol=\"{}\";boundary=\"{BOUNDARY}\"", protocol.as_str())
}

/// Seals a message of this Content-Type and wraps it. Clients compare bytes: the tabs, the missing line break before the
/// closing boundary and `Length` at the end of its line are all needed.
pub fn close(
    sealing: &mut dyn Sealing,
    protocol: Protocol,
    content_type: &str,
    body: Vec<u8>,
) -> Result<Vec<u8>, SealError> {
    let length = body.len();
    let sealed = sealing.seal(body)?;
    let head = format!(
        "--{BOUNDARY}\r\n\
         \tContent-Type: {}\r\n\
         \tOriginalContent: type={content_type};Length={length}\r\n\
         --{BOUNDARY}\r\n\
         \tContent-Type: application/octet-stream\r\n",
        protocol.as_str(),
    );
    let token_length = u32::try_from(sealed.token.len()).map_err(|_| SealError::Token)?.to_le_bytes();
    let close = format!("--{BOUNDARY}--\r\n");
    Ok([head.as_bytes(), &token_length, &sealed.token, &sealed.data, close.as_bytes()].concat())
}

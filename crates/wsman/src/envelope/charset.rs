use std::borrow::Cow;

use thiserror::Error;

/// How the characters of an envelope are put into bytes. The answer comes as the request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// UTF-8, without a byte order mark on the way out.
    #[default]
    Utf8,
    /// UTF-16, little-endian with a byte order mark on the way out.
    Utf16,
}

/// Why a body is not text. The peer is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CharsetError {
    /// The Content-Type names no kind of XML.
    #[error("the content type is not SOAP")]
    NotSoap,
    /// A character set other than UTF-8 and UTF-16.
    #[error("the character set is not supported")]
    Unsupported,
    /// Bytes that are no text in that character set.
    #[error("the bytes are not text in their character set")]
    Malformed,
}

impl Charset {
    /// Reads a Content-Type, any letter case, spaces and quotes as they come. Without a `charset` it is UTF-8.
    pub fn of_content_type(value: Option<&str>) -> Result<Charset, CharsetError> {
        let Some(value) = value else { return Ok(Charset::Utf8) };
        let mut parts = split_outside_quotes(value).map(str::trim);
        let essence = parts.next().unwrap_or_default();
        if !["application/soap+xml", "text/xml", "application/xml"].iter().any(|e| essence.eq_ignore_ascii_case(e)) {
            return Err(CharsetError::NotSoap);
        }
        for part in parts {
            let Some((name, value)) = part.split_once('=') else { continue };
            if name.trim().eq_ignore_ascii_case("charset") {
                let value = value.trim().trim_matches('"').trim();
                return match value.to_ascii_lowercase().as_str() {
                    "" | "utf-8" | "utf8" => Ok(Charset::Utf8),
                    "utf-16" | "utf-16le" | "utf16" => Ok(Charset::Utf16),
                    _ => Err(CharsetError::Unsupported),
                };
            }
        }
        Ok(Charset::Utf8)
    }

    /// The Content-Type of an answer, spelled as Windows spells it.
    pub fn content_type(self) -> &'static str {
        match self {
            Charset::Utf8 => "application/soap+xml;charset=UTF-8",
            Charset::Utf16 => "application/soap+xml;charset=UTF-16",
        }
    }

    /// Bytes to text; a byte order mark is taken off.
    pub fn decode(self, body: &[u8]) -> Result<Cow<'_, str>, CharsetError> {
        match self {
            Charset::Utf8 => {
                let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
                std::str::from_utf8(body).map(Cow::Borrowed).map_err(|_| CharsetError::Malformed)
            }
            Charset::Utf16 => {
                let (body, unit): (_, fn([u8; 2]) -> u16) = match body {
                    [0xFF, 0xFE, rest @ ..] => (rest, u16::from_le_bytes),
                    [0xFE, 0xFF, rest @ ..] => (rest, u16::from_be_bytes),
                    _ => (body, u16::from_le_bytes),
                };
                let (pairs, []) = body.as_chunks::<2>() else { return Err(CharsetError::Malformed) };
                char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
                    .collect::<Result<String, _>>()
                    .map(Cow::Owned)
                    .map_err(|_| CharsetError::Malformed)
            }
        }
    }

    /// Text to bytes.
    pub fn encode(self, text: String) -> Vec<u8> {
        match self {
            Charset::Utf8 => text.into_bytes(),
            Charset::Utf16 => {
                let mut bytes = Vec::with_capacity(2 + text.len() * 2);
                bytes.extend_from_slice(&[0xFF, 0xFE]);
                for unit in text.encode_utf16() {
                    bytes.extend_from_slice(&unit.to_le_bytes());
                }
                bytes
            }
        }
    }

    /// How many bytes an ASCII character takes.
    pub(crate) fn width(self) -> usize {
        match self {
            Charset::Utf8 => 1,
            Charset::Utf16 => 2,
        }
    }
}

fn split_outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == ';' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_003_content_types_as_real_clients_write_them() {
        for (value, expected) in [
            ("application/soap+xml;charset=UTF-8", Charset::Utf8),
            ("application/soap+xml; charset=utf-8", Charset::Utf8),
            ("Application/SOAP+XML ; action=\"a;charset=x\" ; Charset = \"utf-16\"", Charset::Utf16),
            ("application/soap+xml;charset=UTF-16", Charset::Utf16),
            ("application/soap+xml", Charset::Utf8),
        ] {
            assert_eq!(Charset::of_content_type(Some(value)), Ok(expected), "{value}");
        }
        assert_eq!(Charset::of_content_type(None), Ok(Charset::Utf8));
        assert_eq!(
            Charset::of_content_type(Some("application/soap+xml;charset=latin1")),
            Err(CharsetError::Unsupported)
        );
        assert_eq!(Charset::of_content_type(Some("text/html")), Err(CharsetError::NotSoap));
    }

    #[test]
    fn w_003_utf_16_with_and_without_a_byte_order_mark() {
        let text = "<a>ü€𝄞</a>";
        let with = Charset::Utf16.encode(text.to_owned());
        assert_eq!(&with[..4], [0xFF, 0xFE, b'<', 0]);
        assert_eq!(Charset::Utf16.decode(&with).unwrap(), text);
        assert_eq!(Charset::Utf16.decode(&with[2..]).unwrap(), text);
        let big: Vec<u8> = with.as_chunks::<2>().0.iter().flat_map(|[a, b]| [*b, *a]).collect();
        assert_eq!(Charset::Utf16.decode(&big).unwrap(), text);
        assert_eq!(Charset::Utf16.decode(&with[..with.len() - 1]), Err(CharsetError::Malformed));
        assert_eq!(Charset::Utf16.decode(&[0x00, 0xD8]), Err(CharsetError::Malformed));
    }

    #[test]
    fn w_004_utf_8_comes_with_or_without_a_mark_and_leaves_without() {
        assert_eq!(Charset::Utf8.decode(b"\xEF\xBB\xBF<a/>").unwrap(), "<a/>");
        assert_eq!(Charset::Utf8.encode("<a/>".to_owned()), b"<a/>");
        assert_eq!(Charset::Utf8.decode(b"\xFF"), Err(CharsetError::Malformed));
    }
}

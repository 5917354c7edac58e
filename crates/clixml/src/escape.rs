//! The two layers over a text on the wire: `_xHHHH_` (MS-PSRP 2.2.5.3.2) below, XML's entities above.

use std::borrow::Cow;

/// Where a text will stand: an attribute's value escapes the quotation mark, too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Content,
    Attribute,
}

const PLAIN: u8 = 0;
/// `& < >`, and `"` in an attribute.
const MARKUP: u8 = 1;
/// C0 and DEL.
const CONTROL: u8 = 2;
/// `_`: an escape if an `x` follows.
const UNDERSCORE: u8 = 3;
/// 0xC2: U+0080 to U+009F begin with it.
const C1_LEAD: u8 = 4;
/// 0xEF: U+FFFE and U+FFFF begin with it.
const NONCHARACTER_LEAD: u8 = 5;
/// 0xF0 to 0xF4: a character that is a surrogate pair in UTF-16.
const ASTRAL_LEAD: u8 = 6;
/// `"`.
const QUOTE: u8 = 7;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut class = [PLAIN; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::indexing_slicing, reason = "evaluated when we are built")]
        {
            class[byte] = match byte {
                0x00..=0x1f | 0x7f => CONTROL,
                0x22 => QUOTE,
                0x26 | 0x3c | 0x3e => MARKUP,
                0x5f => UNDERSCORE,
                0xc2 => C1_LEAD,
                0xef => NONCHARACTER_LEAD,
                0xf0..=0xf4 => ASTRAL_LEAD,
                _ => PLAIN,
            };
        }
        byte += 1;
    }
    class
}

fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(PLAIN)
}

/// Appends a text as .NET's serializer and XML writer do together.
pub(crate) fn write_escaped(text: &str, place: Place, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| class(byte) != PLAIN) {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut chars = tail.chars();
        let Some(special) = chars.next() else { return };
        rest = chars.as_str();
        write_special(special, rest, place, out);
    }
    out.push_str(rest);
}

fn write_special(special: char, rest: &str, place: Place, out: &mut String) {
    match special {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' if place == Place::Attribute => out.push_str("&quot;"),
        '_' if rest.starts_with(['x', 'X']) => out.push_str("_x005F_"),
        // not allowed in XML: .NET's writer turns them into references when told not to check
        '\u{fffe}' => out.push_str("&#xFFFE;"),
        '\u{ffff}' => out.push_str("&#xFFFF;"),
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{10000}'.. => {
            for unit in special.encode_utf16(&mut [0; 2]) {
                write_unit(*unit, out);
            }
        }
        _ => out.push(special),
    }
}

fn write_unit(unit: u16, out: &mut String) {
    out.push_str("_x");
    for shift in [12, 8, 4, 0] {
        let digit = char::from_digit(u32::from(unit >> shift & 0xf), 16).unwrap_or('0');
        out.push(digit.to_ascii_uppercase());
    }
    out.push('_');
}

/// Undoes `_xHHHH_` and `_xHHHHHHHH_` as .NET's `XmlConvert.DecodeName` does: letter case aside, from the left, pairs of
/// surrogates joined. A surrogate alone becomes U+FFFD.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = find_escape(text) else { return Cow::Borrowed(text) };
    let mut decoded = Decoded { text: String::with_capacity(text.len()), high: None };
    let mut rest = text;
    let mut next = Some(first);
    while let Some((at, escape)) = next {
        decoded.push_str(rest.get(..at).unwrap_or(rest));
        decoded.push_escape(escape);
        rest = rest.get(at + escape.len..).unwrap_or("");
        next = find_escape(rest);
    }
    decoded.push_str(rest);
    Cow::Owned(decoded.finish())
}

#[derive(Clone, Copy)]
struct Escape {
    code: u32,
    len: usize,
}

fn find_escape(text: &str) -> Option<(usize, Escape)> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'_', bytes).find_map(|at| Some((at, escape_at(bytes.get(at..)?)?)))
}

fn escape_at(bytes: &[u8]) -> Option<Escape> {
    let [b'_', b'x' | b'X', rest @ ..] = bytes else { return None };
    for digits in [4, 8] {
        let (Some(hex), Some(b'_')) = (rest.get(..digits), rest.get(digits)) else { continue };
        let Some(code) = hex.iter().try_fold(0_u32, |code, byte| Some(code << 4 | char::from(*byte).to_digit(16)?))
        else {
            continue;
        };
        // longer ones that name no character stay as they are
        if code <= 0x10_ffff {
            return Some(Escape { code, len: digits + 3 });
        }
    }
    None
}

/// A text that is being put together from characters and UTF-16 code units.
struct Decoded {
    text: String,
    high: Option<u16>,
}

impl Decoded {
    fn push_str(&mut self, text: &str) {
        if !text.is_empty() {
            self.drop_lone_high();
            self.text.push_str(text);
        }
    }

    fn push_escape(&mut self, escape: Escape) {
        match (escape.code, self.high) {
            (0xd800..=0xdbff, _) => {
                self.drop_lone_high();
                self.high = u16::try_from(escape.code).ok();
            }
            (low @ 0xdc00..=0xdfff, Some(high)) => {
                self.high = None;
                let code = 0x10000 + ((u32::from(high) - 0xd800) << 10 | (low - 0xdc00));
                self.text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (code, _) => {
                self.drop_lone_high();
                self.text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
    }

    fn drop_lone_high(&mut self) {
        if self.high.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }

    fn finish(mut self) -> String {
        self.drop_lone_high();
        self.text
    }
}

/// Replaces XML's entities and character references. The error is the place of what is none.
pub(crate) fn entities(raw: &str) -> Result<Cow<'_, str>, usize> {
    let Some(first) = memchr::memchr(b'&', raw.as_bytes()) else { return Ok(Cow::Borrowed(raw)) };
    let mut text = String::with_capacity(raw.len());
    let (plain, mut rest) = raw.split_at_checked(first).ok_or(first)?;
    text.push_str(plain);
    while let Some(tail) = rest.strip_prefix('&') {
        let at = raw.len() - rest.len();
        let (name, tail) = tail.split_once(';').ok_or(at)?;
        text.push(entity(name).ok_or(at)?);
        let end = memchr::memchr(b'&', tail.as_bytes()).unwrap_or(tail.len());
        let (plain, tail) = tail.split_at_checked(end).ok_or(at)?;
        text.push_str(plain);
        rest = tail;
    }
    Ok(Cow::Owned(text))
}

fn entity(name: &str) -> Option<char> {
    let code = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let (digits, radix) = match code.strip_prefix('x') {
        Some(hex) => (hex, 16),
        None => (code, 10),
    };
    let all_digits = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    let code = u32::from_str_radix(digits, radix).ok().filter(|_| all_digits)?;
    // .NET's writer names U+FFFE and U+FFFF this way, so they are taken; control characters are escaped in another way
    char::from_u32(code).filter(|char| *char >= ' ' || matches!(char, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> String {
        let mut out = String::new();
        write_escaped(text, Place::Content, &mut out);
        out
    }

    #[test]
    fn escapes_are_those_of_a_real_server() {
        let nasty = "a&b<c>d\"e'f_x0041_\t\r\n\0 _X _x \x7f\u{80}\u{9f}\u{a0}\u{fffe}\u{ffff}\u{1f600}é€";
        assert_eq!(
            content(nasty),
            "a&amp;b&lt;c&gt;d\"e'f_x005F_x0041__x0009__x000D__x000A__x0000_ _x005F_X _x005F_x \
             _x007F__x0080__x009F_\u{a0}&#xFFFE;&#xFFFF;_xD83D__xDE00_é€"
        );
    }

    #[test]
    fn only_an_attribute_escapes_the_quotation_mark() {
        let mut out = String::new();
        write_escaped("\"'", Place::Attribute, &mut out);
        assert_eq!(out, "&quot;'");
    }

    #[test]
    fn decoding_follows_xml_convert_decode_name() {
        for (wire, text) in [
            ("plain _ text_", "plain _ text_"),
            ("_x0041_x0042_", "Ax0042_"),
            ("_X0041_", "A"),
            ("_x0001F600_", "\u{1f600}"),
            ("_x00110000_", "_x00110000_"),
            ("_xD83D__xDE00_", "\u{1f600}"),
            ("_xD83D_-_xDE00_", "\u{fffd}-\u{fffd}"),
            ("_xD83D__xD83D__xDE00_", "\u{fffd}\u{1f600}"),
            ("_xD800_", "\u{fffd}"),
            ("_x005F_x0041_", "_x0041_"),
            ("_x004_", "_x004_"),
            ("__x0041_", "_A"),
            ("_x00G1_", "_x00G1_"),
        ] {
            assert_eq!(decode(wire), text, "{wire}");
        }
    }
}

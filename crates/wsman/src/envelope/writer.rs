use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::reader::is_xml_char;
use crate::namespace::Namespace;

/// Writes an envelope: no declaration, no indentation, no white space between elements, prefixes of Windows.
///
/// Names are written as given (`"a:Action"`); texts and values are escaped.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
}

impl Writer {
    /// An empty one, with room for that many bytes.
    pub fn with_capacity(bytes: usize) -> Writer {
        Writer { text: String::with_capacity(bytes) }
    }

    /// Starts the envelope and declares these namespaces.
    pub fn envelope(&mut self, language: bool, namespaces: &[Namespace]) {
        self.text.push_str("<s:Envelope");
        if language {
            self.text.push_str(" xml:lang=\"en-US\"");
        }
        for namespace in namespaces {
            self.text.push_str(" xmlns:");
            self.text.push_str(namespace.prefix());
            self.text.push_str("=\"");
            self.text.push_str(namespace.uri());
            self.text.push('"');
        }
        self.text.push('>');
    }

    /// `<name a="b">`.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push('>');
    }

    /// `</name>`.
    pub fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    /// `<name a="b"/>`.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push_str("/>");
    }

    /// `<name>text</name>`.
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, &[], text);
    }

    /// `<name a="b">text</name>`.
    pub fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        escape(&mut self.text, text);
        self.close(name);
    }

    /// `<name a="b">base64</name>` of pieces that follow each other.
    pub fn base64<B: AsRef<[u8]>>(&mut self, name: &str, attributes: &[(&str, &str)], pieces: &[B]) {
        self.open(name, attributes);
        let mut rest: Vec<u8> = Vec::new();
        for piece in pieces {
            let mut piece = piece.as_ref();
            if !rest.is_empty() {
                let missing = (3 - rest.len()).min(piece.len());
                let (head, tail) = piece.split_at(missing);
                rest.extend_from_slice(head);
                piece = tail;
                if rest.len() < 3 {
                    continue;
                }
                STANDARD.encode_string(&rest, &mut self.text);
                rest.clear();
            }
            let (whole, tail) = piece.split_at(piece.len() - piece.len() % 3);
            STANDARD.encode_string(whole, &mut self.text);
            rest.extend_from_slice(tail);
        }
        STANDARD.encode_string(&rest, &mut self.text);
        self.close(name);
    }

    /// Text between two elements, escaped.
    pub fn text(&mut self, text: &str) {
        escape(&mut self.text, text);
    }

    /// Text as it is: only for what this crate wrote itself.
    pub(crate) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.text
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (key, value) in attributes {
            self.text.push(' ');
            self.text.push_str(key);
            self.text.push_str("=\"");
            escape(&mut self.text, value);
            self.text.push('"');
        }
    }
}

/// How long a text is when it is escaped.
pub(crate) fn escaped_len(text: &str) -> usize {
    let mut out = String::new();
    escape(&mut out, text);
    out.len()
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // White space other than blanks would be normalised by the reader.
            '\t' | '\n' | '\r' => {
                out.push_str("&#");
                out.push_str(match c {
                    '\t' => "9",
                    '\n' => "10",
                    _ => "13",
                });
                out.push(';');
            }
            c if is_xml_char(c) => out.push(c),
            _ => out.push('\u{FFFD}'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{Budget, read};

    #[test]
    fn what_is_written_is_read_back() {
        let mut writer = Writer::default();
        writer.envelope(true, &[Namespace::Soap]);
        writer.leaf_with("s:Body", &[("a", "1 < 2\n\"")], "x & y > z \r\n\t'");
        writer.close("s:Envelope");
        let text = writer.finish();
        let root = read(&text, &Budget::default()).unwrap();
        let body = root.child(&Namespace::Soap, "Body").unwrap();
        assert_eq!(body.attribute("a"), Some("1 < 2\n\""));
        assert_eq!(body.raw_text(), "x & y > z \r\n\t'");
        assert_eq!(root.attribute_of(&Namespace::Xml, "lang"), Some("en-US"));
    }

    #[test]
    fn a_character_that_xml_does_not_know_is_replaced() {
        let mut writer = Writer::default();
        writer.leaf("a", "b\u{0}\u{FFFF}");
        assert_eq!(writer.finish(), "<a>b\u{FFFD}\u{FFFD}</a>");
    }

    #[test]
    fn base64_of_pieces_is_that_of_the_whole() {
        let whole: Vec<u8> = (0..=255).collect();
        for sizes in [&[1usize][..], &[2, 3, 1], &[7, 64], &[256], &[4, 0, 1]] {
            let mut pieces: Vec<&[u8]> = Vec::new();
            let mut rest = &whole[..];
            for size in sizes.iter().cycle() {
                let (head, tail) = rest.split_at((*size).min(rest.len()));
                pieces.push(head);
                rest = tail;
                if rest.is_empty() {
                    break;
                }
            }
            let mut writer = Writer::default();
            writer.base64("a", &[], &pieces);
            assert_eq!(writer.finish(), format!("<a>{}</a>", STANDARD.encode(&whole)));
        }
    }
}

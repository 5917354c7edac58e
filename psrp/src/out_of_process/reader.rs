use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clixml::Guid;

use super::{Packet, PacketKind};
use crate::Stream;

/// The longest line that is taken. A full fragment needs 43,800 bytes.
pub const LINE_LIMIT: usize = 1024 * 1024;

/// The peer's bytes are no framing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// A line is longer than we take.
    #[error("a line has more than {limit} bytes")]
    LineTooLong {
        /// In bytes.
        limit: usize,
    },
    /// A line is no element of the framing.
    #[error("a line is no element of the out-of-process framing")]
    NotFraming,
    /// An element that this side does not get.
    #[error("<{element}> is not expected here")]
    Unexpected {
        /// Its name.
        element: &'static str,
    },
}

/// Cuts bytes into lines and reads them. It holds no more than one line.
#[derive(Debug, Default)]
pub struct PacketReader {
    line: Vec<u8>,
}

impl PacketReader {
    /// Takes bytes from the front of `input`, until a packet is whole or `input` is used up. After an error nothing more can be
    /// read.
    pub fn next_packet(&mut self, input: &mut &[u8]) -> Result<Option<Packet>, FramingError> {
        loop {
            let Some(end) = input.iter().position(|byte| *byte == b'\n') else {
                self.keep(input)?;
                *input = &[];
                return Ok(None);
            };
            let (rest_of_line, after) = input.split_at(end);
            *input = after.strip_prefix(b"\n").unwrap_or(after);
            let packet = if self.line.is_empty() {
                check_length(rest_of_line.len())?;
                parse(rest_of_line)
            } else {
                self.keep(rest_of_line)?;
                let packet = parse(&self.line);
                self.line = Vec::new(); // an idle session holds nothing
                packet
            };
            if let Some(packet) = packet? {
                return Ok(Some(packet));
            }
        }
    }

    fn keep(&mut self, part: &[u8]) -> Result<(), FramingError> {
        check_length(self.line.len().saturating_add(part.len()))?;
        self.line.extend_from_slice(part);
        Ok(())
    }
}

fn check_length(length: usize) -> Result<(), FramingError> {
    if length > LINE_LIMIT { Err(FramingError::LineTooLong { limit: LINE_LIMIT }) } else { Ok(()) }
}

/// One line; nothing for a blank one.
fn parse(line: &[u8]) -> Result<Option<Packet>, FramingError> {
    let line = std::str::from_utf8(line).map_err(|_| FramingError::NotFraming)?;
    let line = line.trim_start_matches('\u{feff}').trim();
    if line.is_empty() {
        return Ok(None);
    }
    element(line).map(Some).ok_or(FramingError::NotFraming)
}

fn element(line: &str) -> Option<Packet> {
    let rest = line.strip_prefix('<')?;
    let name_end = rest.find(|c: char| !c.is_ascii_alphabetic())?;
    let (name, mut rest) = rest.split_at_checked(name_end)?;
    let (mut id, mut stream) = (None, Stream::Default);
    let content = loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            break after.is_empty().then_some("")?;
        }
        if let Some(content) = rest.strip_prefix('>') {
            let content = content.strip_suffix('>')?.trim_end().strip_suffix(name)?.strip_suffix("</")?;
            break content;
        }
        let (attribute, value, after) = attribute(rest)?;
        match attribute {
            "PSGuid" => id = Some(Guid::try_parse(value).ok()?),
            "Stream" if value.eq_ignore_ascii_case("Default") => stream = Stream::Default,
            "Stream" if value.eq_ignore_ascii_case("PromptResponse") => stream = Stream::PromptResponse,
            _ => return None,
        }
        rest = after;
    };
    let kind = match name {
        "Data" => PacketKind::Data(stream, STANDARD.decode(content.trim()).ok()?.into()),
        _ if !content.trim().is_empty() => return None,
        "DataAck" => PacketKind::DataAck,
        "Command" => PacketKind::Command,
        "CommandAck" => PacketKind::CommandAck,
        "Close" => PacketKind::Close,
        "CloseAck" => PacketKind::CloseAck,
        "Signal" => PacketKind::Signal,
        "SignalAck" => PacketKind::SignalAck,
        _ => return None,
    };
    let id = id?;
    Some(Packet { id: (!id.is_nil()).then_some(id), kind })
}

/// `name = 'value'`: the name, the value, and what follows.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('=')?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let (value, rest) = rest.strip_prefix(quote)?.split_once(quote)?;
    Some((name.trim_end(), value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &str) -> Result<Vec<Packet>, FramingError> {
        let (mut reader, mut input, mut packets) = (PacketReader::default(), bytes.as_bytes(), Vec::new());
        while let Some(packet) = reader.next_packet(&mut input)? {
            packets.push(packet);
        }
        Ok(packets)
    }

    fn id() -> Guid {
        Guid::from_u128(0x440f_238b_0000_0000_0000_0000_0000_0001)
    }

    #[test]
    fn every_line_reads_back_as_it_was_written() {
        let kinds = [
            PacketKind::Data(Stream::Default, b"\0\x01\xff".to_vec().into()),
            PacketKind::Data(Stream::PromptResponse, Vec::new().into()),
            PacketKind::DataAck,
            PacketKind::Command,
            PacketKind::CommandAck,
            PacketKind::Close,
            PacketKind::CloseAck,
            PacketKind::Signal,
            PacketKind::SignalAck,
        ];
        let packets: Vec<Packet> =
            kinds.into_iter().flat_map(|kind| [None, Some(id())].map(|id| Packet::new(id, kind.clone()))).collect();
        let lines: Vec<u8> = packets.iter().flat_map(|packet| packet.to_line().to_vec()).collect();
        let (mut reader, mut read) = (PacketReader::default(), Vec::new());
        for mut piece in lines.chunks(7) {
            while let Some(packet) = reader.next_packet(&mut piece).unwrap() {
                read.push(packet);
            }
        }
        assert_eq!(read, packets);
    }

    #[test]
    fn lines_are_written_as_real_peers_write_them() {
        let data = Packet::new(None, PacketKind::Data(Stream::Default, b"abc".to_vec().into()));
        let expected = "<Data Stream='Default' PSGuid='00000000-0000-0000-0000-000000000000'>YWJj</Data>\n";
        assert_eq!(data.to_line(), expected);
        let expected = "<CloseAck PSGuid='440f238b-0000-0000-0000-000000000001' />\n";
        assert_eq!(Packet::new(Some(id()), PacketKind::CloseAck).to_line(), expected);
    }

    #[test]
    fn other_spellings_of_the_same_xml_are_read_too() {
        let lines = "\u{feff}<Command PSGuid=\"440F238B-0000-0000-0000-000000000001\"/>\r\n\n  \n\
                     <Data PSGuid = '440f238b-0000-0000-0000-000000000001' Stream='default' > YWJj </Data >\n";
        let data = PacketKind::Data(Stream::Default, b"abc".to_vec().into());
        assert_eq!(read(lines).unwrap(), [PacketKind::Command, data].map(|kind| Packet::new(Some(id()), kind)));
    }

    #[test]
    fn garbage_is_refused() {
        let zero = "PSGuid='00000000-0000-0000-0000-000000000000'";
        for line in [
            "hello".to_owned(),
            "<Data>".to_owned(),
            format!("<Date {zero} />"),
            format!("<Close {zero} /> more"),
            format!("<Close {zero}>text</Close>"),
            format!("<Close {zero} Stream='Other' />"),
            format!("<Close {zero} x='y' />"),
            "<Close />".to_owned(),
            "<Close PSGuid='nonsense' />".to_owned(),
            format!("<Data {zero}>%%%</Data>"),
            format!("<Data {zero}>YWJj</Dat>"),
            format!("<Data {zero}>YWJj"),
            "\u{0}\u{1}".to_owned(),
        ] {
            assert_eq!(read(&format!("{line}\n")), Err(FramingError::NotFraming), "{line}");
        }
        assert_eq!(PacketReader::default().next_packet(&mut &b"\xff\xfe\n"[..]), Err(FramingError::NotFraming));
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let mut reader = PacketReader::default();
        let piece = vec![b'x'; 100_000];
        let refused = (0..20).find_map(|_| reader.next_packet(&mut &piece[..]).err());
        assert_eq!(refused, Some(FramingError::LineTooLong { limit: LINE_LIMIT }));
        assert!(reader.line.len() <= LINE_LIMIT);
    }
}

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clixml::Guid;

use crate::Stream;

/// One line of the framing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// `PSGuid`: the pipeline, or nothing for the session (the zero GUID).
    pub id: Option<Guid>,
    /// The element, and what is in it.
    pub kind: PacketKind,
}

/// The elements.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are those of the elements
pub enum PacketKind {
    /// Fragments, on one of the client's streams.
    Data(Stream, Bytes),
    DataAck,
    Command,
    CommandAck,
    Close,
    CloseAck,
    Signal,
    SignalAck,
}

impl Packet {
    /// A line about a pipeline, or about the session (`None`).
    pub fn new(id: Option<Guid>, kind: PacketKind) -> Packet {
        Packet { id, kind }
    }

    /// The line, its end included.
    pub fn to_line(&self) -> Bytes {
        let id = self.id.unwrap_or_default();
        let name = match &self.kind {
            PacketKind::Data(stream, data) => {
                let stream = match stream {
                    Stream::Default => "Default",
                    Stream::PromptResponse => "PromptResponse",
                };
                let mut line = String::with_capacity(80 + data.len().div_ceil(3) * 4);
                line.push_str("<Data Stream='");
                line.push_str(stream);
                line.push_str("' PSGuid='");
                line.push_str(id.hyphenated().encode_lower(&mut [0; 36]));
                line.push_str("'>");
                STANDARD.encode_string(data, &mut line);
                line.push_str("</Data>\n");
                return line.into();
            }
            PacketKind::DataAck => "DataAck",
            PacketKind::Command => "Command",
            PacketKind::CommandAck => "CommandAck",
            PacketKind::Close => "Close",
            PacketKind::CloseAck => "CloseAck",
            PacketKind::Signal => "Signal",
            PacketKind::SignalAck => "SignalAck",
        };
        format!("<{name} PSGuid='{id}' />\n").into()
    }
}

use bytes::Bytes;

use super::{base64_bytes, command_id, expect};
use crate::envelope::{Element, Writer, is_true};
use crate::fault::Fault;
use crate::id::CommandId;
use crate::namespace::Namespace;

/// Which of the two input streams. Each has its own sequence of fragments. `pr` comes first: what is on it is answered
/// before what is queued on `stdin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputStream {
    /// `pr`: answers to host calls.
    PromptResponse,
    /// `stdin`: everything else.
    Stdin,
}

impl InputStream {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            InputStream::PromptResponse => "pr",
            InputStream::Stdin => "stdin",
        }
    }

    fn of(name: &str) -> Option<InputStream> {
        [InputStream::Stdin, InputStream::PromptResponse].into_iter().find(|s| s.as_str().eq_ignore_ascii_case(name))
    }
}

/// Input for a shell or a command (MS-WSMV 3.1.4.13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// At least one.
    pub streams: Vec<StreamInput>,
}

/// One `rsp:Stream` of a Send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInput {
    /// `stdin` or `pr`.
    pub stream: InputStream,
    /// To which command; none is the shell.
    pub command: Option<CommandId>,
    /// Whole fragments of PSRP, compressed if the shell is.
    pub data: Bytes,
    /// The end of the stream, not of the pipeline.
    pub end: bool,
}

impl Send {
    pub(crate) fn read(body: &Element<'_>) -> Result<Send, Fault> {
        let send = expect(body, &Namespace::Shell, "Send")?;
        let streams = send
            .children_named(&Namespace::Shell, "Stream")
            .map(|stream| {
                Ok(StreamInput {
                    stream: stream.attribute("Name").and_then(InputStream::of).ok_or(Fault::InputStream)?,
                    command: command_id(stream)?,
                    data: base64_bytes(stream.raw_text(), "A Stream is not base64.")?,
                    end: stream.attribute("End").is_some_and(is_true),
                })
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        if streams.is_empty() {
            return Err(Fault::Schema("A Send has no Stream."));
        }
        Ok(Send { streams })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.open("rsp:Send", &[]);
        for input in &self.streams {
            let id = input.command.map(|id| id.to_string());
            let mut attributes = vec![("Name", input.stream.as_str())];
            attributes.extend(id.iter().map(|id| ("CommandId", id.as_str())));
            if input.end {
                attributes.push(("End", "true"));
            }
            writer.base64("rsp:Stream", &attributes, &[&input.data]);
        }
        writer.close("rsp:Send");
    }
}

use bytes::Bytes;

use super::{base64_bytes, expect};
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::id::CommandId;
use crate::namespace::Namespace;

/// Start a command, that is a pipeline (MS-WSMV 3.1.4.11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The id that the client chose.
    pub command: Option<CommandId>,
    /// A text to show in lists: empty, a blank, or the beginning of the first command. Never parsed.
    pub line: String,
    /// The first fragments of PSRP.
    pub arguments: Bytes,
}

impl Command {
    pub(crate) fn read(body: &Element<'_>) -> Result<Command, Fault> {
        let line = expect(body, &Namespace::Shell, "CommandLine")?;
        let command = match line.attribute("CommandId").map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => Some(CommandId::parse(id).map_err(|_| Fault::InvalidCommandId)?),
            None => None,
        };
        let mut arguments = line.children_named(&Namespace::Shell, "Arguments");
        let (Some(only), None) = (arguments.next(), arguments.next()) else { return Err(Fault::Arguments) };
        Ok(Command {
            command,
            line: line.child_text(&Namespace::Shell, "Command").unwrap_or_default().to_owned(),
            arguments: base64_bytes(only.raw_text(), "Arguments is not base64.")?,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let id = self.command.map(|id| id.to_string());
        let attributes: Vec<_> = id.iter().map(|id| ("CommandId", id.as_str())).collect();
        writer.open("rsp:CommandLine", &attributes);
        writer.leaf("rsp:Command", &self.line);
        writer.base64("rsp:Arguments", &[], &[&self.arguments]);
        writer.close("rsp:CommandLine");
    }
}

/// The command is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandResponse {
    /// Its id.
    pub command: CommandId,
}

impl CommandResponse {
    pub(crate) fn write(self, writer: &mut Writer) {
        writer.open("rsp:CommandResponse", &[]);
        writer.leaf("rsp:CommandId", &self.command.to_string());
        writer.close("rsp:CommandResponse");
    }

    pub(crate) fn read(body: &Element<'_>) -> Result<CommandResponse, Fault> {
        let response = expect(body, &Namespace::Shell, "CommandResponse")?;
        let id = response.child_text(&Namespace::Shell, "CommandId").and_then(|id| CommandId::parse(id).ok());
        Ok(CommandResponse { command: id.ok_or(Fault::Schema("There is no CommandId."))? })
    }
}

use super::{BufferMode, command_id, expect};
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::id::CommandId;
use crate::namespace::Namespace;

/// Come back to a shell or a command (MS-WSMV 3.1.4.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconnect {
    /// Which command; none is the shell.
    pub command: Option<CommandId>,
    /// What happens to output from now on; without one as before.
    pub buffer_mode: Option<BufferMode>,
}

impl Reconnect {
    pub(crate) fn read(body: &Element<'_>) -> Result<Reconnect, Fault> {
        if body.children().is_empty() {
            return Ok(Reconnect::default());
        }
        let reconnect = expect(body, &Namespace::Shell, "Reconnect")?;
        let command = match reconnect.child_text(&Namespace::Shell, "CommandId") {
            Some(id) => Some(CommandId::parse(id).map_err(|_| Fault::CommandNotFound)?),
            None => command_id(reconnect)?,
        };
        Ok(Reconnect { command, buffer_mode: BufferMode::child(reconnect)? })
    }

    pub(crate) fn write(self, writer: &mut Writer) {
        let id = self.command.map(|id| id.to_string());
        let attributes: Vec<_> = id.iter().map(|id| ("CommandId", id.as_str())).collect();
        writer.open("rsp:Reconnect", &attributes);
        if let Some(mode) = self.buffer_mode {
            writer.leaf("rsp:BufferMode", mode.as_str());
        }
        writer.close("rsp:Reconnect");
    }
}

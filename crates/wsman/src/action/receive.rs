use bytes::Bytes;

use super::{base64_bytes, command_id, expect};
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::id::CommandId;
use crate::namespace::{Namespace, SHELL};

/// Wait for output of a shell or a command (MS-WSMV 3.1.4.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive {
    /// Of which command; none is the shell.
    pub command: Option<CommandId>,
}

impl Receive {
    pub(crate) fn read(body: &Element<'_>) -> Result<Receive, Fault> {
        let receive = expect(body, &Namespace::Shell, "Receive")?;
        let desired = receive.child(&Namespace::Shell, "DesiredStream");
        let desired = desired.ok_or(Fault::Schema("A Receive has no DesiredStream."))?;
        if !desired.text().split_ascii_whitespace().any(|name| name.eq_ignore_ascii_case("stdout")) {
            return Err(Fault::OutputStream);
        }
        Ok(Receive { command: command_id(desired)? })
    }

    pub(crate) fn write(self, writer: &mut Writer) {
        let id = self.command.map(|id| id.to_string());
        let attributes: Vec<_> = id.iter().map(|id| ("CommandId", id.as_str())).collect();
        writer.open("rsp:Receive", &[]);
        writer.leaf_with("rsp:DesiredStream", &attributes, "stdout");
        writer.close("rsp:Receive");
    }
}

/// How far a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandState {
    /// It runs.
    Running,
    /// It waits for the client.
    Pending,
    /// It is over; there will be no more output.
    Done,
}

impl CommandState {
    fn as_str(self) -> &'static str {
        match self {
            CommandState::Running => "Running",
            CommandState::Pending => "Pending",
            CommandState::Done => "Done",
        }
    }

    fn of(uri: &str) -> Option<CommandState> {
        let last = uri.rsplit('/').next()?;
        [CommandState::Running, CommandState::Pending, CommandState::Done].into_iter().find(|s| s.as_str() == last)
    }
}

/// Output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveResponse {
    /// Of which command; none is the shell.
    pub command: Option<CommandId>,
    /// What is to be put into one `rsp:Stream`, in order: a server's pieces that it does not want to copy together. Or,
    /// with a client, what each `rsp:Stream` held.
    pub data: Vec<Bytes>,
    /// How far the command is.
    pub state: Option<CommandState>,
}

impl ReceiveResponse {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let id = self.command.map(|id| id.to_string());
        writer.open("rsp:ReceiveResponse", &[]);
        if !self.data.is_empty() {
            let mut attributes = vec![("Name", "stdout")];
            attributes.extend(id.iter().map(|id| ("CommandId", id.as_str())));
            writer.base64("rsp:Stream", &attributes, &self.data);
        }
        if let Some(state) = self.state {
            let uri = format!("{SHELL}/CommandState/{}", state.as_str());
            let mut attributes: Vec<_> = id.iter().map(|id| ("CommandId", id.as_str())).collect();
            attributes.push(("State", &uri));
            if state == CommandState::Done {
                writer.open("rsp:CommandState", &attributes);
                writer.leaf("rsp:ExitCode", "0");
                writer.close("rsp:CommandState");
            } else {
                writer.empty("rsp:CommandState", &attributes);
            }
        }
        writer.close("rsp:ReceiveResponse");
    }

    pub(crate) fn read(body: &Element<'_>) -> Result<ReceiveResponse, Fault> {
        let response = expect(body, &Namespace::Shell, "ReceiveResponse")?;
        let mut command = None;
        let mut data = Vec::new();
        for stream in response.children_named(&Namespace::Shell, "Stream") {
            command = command.or(command_id(stream)?);
            // `stderr` belongs to shells of another kind.
            if stream.attribute("Name").is_none_or(|name| name.eq_ignore_ascii_case("stdout")) {
                data.push(base64_bytes(stream.raw_text(), "A Stream is not base64.")?);
            }
        }
        let state = response.child(&Namespace::Shell, "CommandState");
        if let Some(state) = state {
            command = command.or(command_id(state)?);
        }
        let state = state.and_then(|state| state.attribute("State")).and_then(CommandState::of);
        Ok(ReceiveResponse { command, data, state })
    }
}

use bytes::Bytes;

use super::{base64_bytes, command_id, expect};
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::id::CommandId;
use crate::namespace::{Namespace, POWERSHELL};

/// Come to a disconnected shell or its command from another client instance (MS-WSMV 3.1.4.17).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connect {
    /// Which command; none is the shell.
    pub command: Option<CommandId>,
    /// Fragments of PSRP's SESSION_CAPABILITY and CONNECT_RUNSPACEPOOL; for a shell only.
    pub connect: Bytes,
}

impl Connect {
    pub(crate) fn read(body: &Element<'_>) -> Result<Connect, Fault> {
        let connect = expect(body, &Namespace::Shell, "Connect")?;
        let command = command_id(connect)?;
        let data = match connect.child(&Namespace::PowerShell, "connectXml") {
            Some(data) => base64_bytes(data.raw_text(), "connectXml is not base64.")?,
            None if command.is_some() => Bytes::new(),
            None => return Err(Fault::Schema("A Connect has no connectXml.")),
        };
        Ok(Connect { command, connect: data })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let Some(id) = self.command else {
            writer.open("rsp:Connect", &[]);
            writer.base64("connectXml", &[("xmlns", POWERSHELL)], &[&self.connect]);
            writer.close("rsp:Connect");
            return;
        };
        writer.empty("rsp:Connect", &[("CommandId", &id.to_string())]);
    }
}

/// Connected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectResponse {
    /// For a shell: fragments of PSRP's SESSION_CAPABILITY and RUNSPACEPOOL_INIT_DATA.
    pub connect: Option<Bytes>,
}

impl ConnectResponse {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let Some(data) = &self.connect else {
            writer.empty("rsp:ConnectResponse", &[]);
            return;
        };
        writer.open("rsp:ConnectResponse", &[]);
        writer.leaf("rsp:InputStreams", "stdin pr");
        writer.leaf("rsp:OutputStreams", "stdout");
        writer.base64("connectResponseXml", &[("xmlns", POWERSHELL)], &[data]);
        writer.close("rsp:ConnectResponse");
    }

    pub(crate) fn read(body: &Element<'_>) -> Result<ConnectResponse, Fault> {
        let response = expect(body, &Namespace::Shell, "ConnectResponse")?;
        let connect = match response.child(&Namespace::PowerShell, "connectResponseXml") {
            Some(data) => Some(base64_bytes(data.raw_text(), "connectResponseXml is not base64.")?),
            None => None,
        };
        Ok(ConnectResponse { connect })
    }
}

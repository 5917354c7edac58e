use std::time::Duration;

use bytes::Bytes;

use super::{ShellDescription, base64_bytes, expect};
use crate::duration;
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::id::ShellId;
use crate::namespace::{Namespace, POWERSHELL};

/// Make a shell (MS-WSMV 3.1.4.5.2). The client may choose its id; without one it cannot be disconnected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Create {
    /// The id that the client chose.
    pub shell: Option<ShellId>,
    /// The name of the session.
    pub name: Option<String>,
    /// How long the shell may be left alone.
    pub idle_timeout: Option<Duration>,
    /// `stdin pr`.
    pub input_streams: String,
    /// `stdout`.
    pub output_streams: String,
    /// The first fragments of PSRP; may be a part, or nothing.
    pub creation: Bytes,
}

impl Create {
    pub(crate) fn read(body: &Element<'_>) -> Result<Create, Fault> {
        let shell = expect(body, &Namespace::Shell, "Shell")?;
        let id = match shell.attribute("ShellId").map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => Some(ShellId::parse(id).map_err(|_| Fault::InvalidShellId)?),
            None => None,
        };
        let idle_timeout = match shell.child_text(&Namespace::Shell, "IdleTimeOut") {
            Some(text) => Some(duration::parse(text).map_err(|_| Fault::Schema("IdleTimeOut is not a duration."))?),
            None => None,
        };
        let creation = shell.child(&Namespace::PowerShell, "creationXml").map(Element::raw_text).unwrap_or_default();
        if shell.attribute("Name").is_some_and(|name| name.len() > 1024) {
            return Err(Fault::Schema("The name is too long."));
        }
        Ok(Create {
            shell: id,
            name: shell.attribute("Name").map(str::to_owned),
            idle_timeout,
            input_streams: shell.child_text(&Namespace::Shell, "InputStreams").unwrap_or_default().to_owned(),
            output_streams: shell.child_text(&Namespace::Shell, "OutputStreams").unwrap_or_default().to_owned(),
            creation: base64_bytes(creation, "creationXml is not base64.")?,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let id = self.shell.map(|id| id.to_string());
        let mut attributes = Vec::new();
        if let Some(name) = &self.name {
            attributes.push(("Name", name.as_str()));
        }
        if let Some(id) = &id {
            attributes.push(("ShellId", id.as_str()));
        }
        writer.open("rsp:Shell", &attributes);
        if let Some(idle) = self.idle_timeout {
            writer.leaf("rsp:IdleTimeOut", &duration::in_seconds(idle));
        }
        writer.leaf("rsp:InputStreams", &self.input_streams);
        writer.leaf("rsp:OutputStreams", &self.output_streams);
        if !self.creation.is_empty() {
            writer.base64("creationXml", &[("xmlns", POWERSHELL)], &[&self.creation]);
        }
        writer.close("rsp:Shell");
    }
}

/// The shell is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateResponse {
    /// The URL of the request.
    pub address: String,
    /// The shell as it was made.
    pub shell: ShellDescription,
}

impl CreateResponse {
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.open("x:ResourceCreated", &[]);
        writer.leaf("a:Address", &self.address);
        writer.open("a:ReferenceParameters", &[]);
        writer.leaf("w:ResourceURI", &self.shell.resource);
        writer.open("w:SelectorSet", &[]);
        writer.leaf_with("w:Selector", &[("Name", "ShellId")], &self.shell.id.to_string());
        writer.close("w:SelectorSet");
        writer.close("a:ReferenceParameters");
        writer.close("x:ResourceCreated");
        self.shell.write(writer);
    }

    pub(crate) fn read(body: &Element<'_>) -> Result<CreateResponse, Fault> {
        let created = body.child(&Namespace::Transfer, "ResourceCreated");
        let address = created.and_then(|c| c.child_text(&Namespace::Addressing, "Address")).unwrap_or_default();
        let shell = body.child(&Namespace::Shell, "Shell").ok_or(Fault::Schema("There is no Shell."))?;
        Ok(CreateResponse { address: address.to_owned(), shell: ShellDescription::read(shell)? })
    }
}

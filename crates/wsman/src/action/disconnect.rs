use std::time::Duration;

use super::expect;
use crate::duration;
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::namespace::Namespace;

/// What happens to output that nobody fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BufferMode {
    /// The pipeline waits when the buffer is full.
    #[default]
    Block,
    /// The oldest output is lost when the buffer is full.
    Drop,
}

impl BufferMode {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            BufferMode::Block => "Block",
            BufferMode::Drop => "Drop",
        }
    }

    pub(crate) fn of(text: &str) -> Option<BufferMode> {
        [BufferMode::Block, BufferMode::Drop].into_iter().find(|mode| mode.as_str().eq_ignore_ascii_case(text))
    }

    /// The child of this name, if there is one.
    pub(crate) fn child(element: &Element<'_>) -> Result<Option<BufferMode>, Fault> {
        match element.child_text(&Namespace::Shell, "BufferMode") {
            Some(text) => BufferMode::of(text).map(Some).ok_or(Fault::Schema("BufferMode is not Block or Drop.")),
            None => Ok(None),
        }
    }
}

/// Leave a shell running without a client (MS-WSMV 3.1.4.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Disconnect {
    /// How long it may be left alone; without one as before.
    pub idle_timeout: Option<Duration>,
    /// What happens to output meanwhile; without one as before.
    pub buffer_mode: Option<BufferMode>,
}

impl Disconnect {
    pub(crate) fn read(body: &Element<'_>) -> Result<Disconnect, Fault> {
        if body.children().is_empty() {
            return Ok(Disconnect::default());
        }
        let disconnect = expect(body, &Namespace::Shell, "Disconnect")?;
        let idle_timeout = match disconnect.child_text(&Namespace::Shell, "IdleTimeOut") {
            Some(text) => Some(duration::parse(text).map_err(|_| Fault::Schema("IdleTimeOut is not a duration."))?),
            None => None,
        };
        Ok(Disconnect { idle_timeout, buffer_mode: BufferMode::child(disconnect)? })
    }

    pub(crate) fn write(self, writer: &mut Writer) {
        writer.open("rsp:Disconnect", &[]);
        if let Some(idle) = self.idle_timeout {
            writer.leaf("rsp:IdleTimeOut", &duration::in_seconds(idle));
        }
        if let Some(mode) = self.buffer_mode {
            writer.leaf("rsp:BufferMode", mode.as_str());
        }
        writer.close("rsp:Disconnect");
    }
}

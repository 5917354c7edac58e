use std::time::Duration;

use super::BufferMode;
use crate::duration;
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::id::ShellId;
use crate::namespace::{Namespace, SHELL};

/// `rsp:Shell` in answers to Create, Get and Enumerate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellDescription {
    /// Its id.
    pub id: ShellId,
    /// The name of the session.
    pub name: Option<String>,
    /// The URI of its session configuration.
    pub resource: String,
    /// `DOMAIN\user`.
    pub owner: String,
    /// Where its client is.
    pub client_ip: String,
    /// The process that serves it.
    pub process_id: u32,
    /// How long it may be left alone.
    pub idle_timeout: Duration,
    /// The most that can be asked for.
    pub max_idle_timeout: Duration,
    /// The client's language.
    pub locale: String,
    /// The client's language for data.
    pub data_locale: String,
    /// Whether streams are compressed.
    pub compressed: bool,
    /// Whether its client writes UTF-16.
    pub utf16: bool,
    /// What happens to output while it is disconnected.
    pub buffer_mode: BufferMode,
    /// Whether a client is connected.
    pub connected: bool,
    /// How long it is there.
    pub run_time: Duration,
    /// How long it is left alone.
    pub inactivity: Duration,
    /// Bytes it holds; in answers to Get and Enumerate only.
    pub memory: Option<u64>,
}

impl ShellDescription {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let yes_no = |condition, yes, no| if condition { yes } else { no };
        writer.open("rsp:Shell", &[("xmlns:rsp", SHELL)]);
        writer.leaf("rsp:ShellId", &self.id.to_string());
        if let Some(name) = &self.name {
            writer.leaf("rsp:Name", name);
        }
        writer.leaf("rsp:ResourceUri", &self.resource);
        writer.leaf("rsp:Owner", &self.owner);
        writer.leaf("rsp:ClientIP", &self.client_ip);
        writer.leaf("rsp:ProcessId", &self.process_id.to_string());
        writer.leaf("rsp:IdleTimeOut", &duration::in_seconds(self.idle_timeout));
        writer.leaf("rsp:InputStreams", "stdin pr");
        writer.leaf("rsp:OutputStreams", "stdout");
        writer.leaf("rsp:MaxIdleTimeOut", &duration::in_seconds(self.max_idle_timeout));
        writer.leaf("rsp:Locale", &self.locale);
        writer.leaf("rsp:DataLocale", &self.data_locale);
        writer.leaf("rsp:CompressionMode", yes_no(self.compressed, "XpressCompression", "NoCompression"));
        writer.leaf("rsp:ProfileLoaded", "Yes");
        writer.leaf("rsp:Encoding", yes_no(self.utf16, "UTF16", "UTF8"));
        writer.leaf("rsp:BufferMode", self.buffer_mode.as_str());
        writer.leaf("rsp:State", yes_no(self.connected, "Connected", "Disconnected"));
        writer.leaf("rsp:ShellRunTime", &duration::in_parts(self.run_time));
        writer.leaf("rsp:ShellInactivity", &duration::in_parts(self.inactivity));
        if let Some(memory) = self.memory {
            writer.leaf("rsp:MemoryUsed", &format!("{}MB", memory.div_ceil(1 << 20)));
            writer.leaf("rsp:ChildProcesses", "0");
        }
        writer.close("rsp:Shell");
    }

    /// Reads one; only the id and the resource must be there.
    pub(crate) fn read(shell: &Element<'_>) -> Result<ShellDescription, Fault> {
        let text = |name| shell.child_text(&Namespace::Shell, name);
        let owned = |name| text(name).unwrap_or_default().to_owned();
        let time = |name| text(name).and_then(|text| duration::parse(text).ok()).unwrap_or_default();
        let id = text("ShellId").and_then(|id| ShellId::parse(id).ok()).ok_or(Fault::Schema("There is no ShellId."))?;
        let megabytes = text("MemoryUsed").and_then(|m| m.trim_end_matches("MB").parse::<u64>().ok());
        Ok(ShellDescription {
            id,
            name: text("Name").map(str::to_owned),
            resource: text("ResourceUri").ok_or(Fault::Schema("There is no ResourceUri."))?.to_owned(),
            owner: owned("Owner"),
            client_ip: owned("ClientIP"),
            process_id: text("ProcessId").and_then(|id| id.parse().ok()).unwrap_or_default(),
            idle_timeout: time("IdleTimeOut"),
            max_idle_timeout: time("MaxIdleTimeOut"),
            locale: owned("Locale"),
            data_locale: owned("DataLocale"),
            compressed: text("CompressionMode") == Some("XpressCompression"),
            utf16: text("Encoding") == Some("UTF16"),
            buffer_mode: text("BufferMode").and_then(BufferMode::of).unwrap_or_default(),
            connected: text("State") != Some("Disconnected"),
            run_time: time("ShellRunTime"),
            inactivity: time("ShellInactivity"),
            memory: megabytes.map(|m| m.saturating_mul(1 << 20)),
        })
    }
}

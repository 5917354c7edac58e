//! Commands that show what the server knows of its client.

use clixml::Value;
use cmdlet::convert::Switch;
use cmdlet::{Cmdlet, Ps, Run, Terminate};
use psrp::host_call::HostCall;

/// Reads what the server knows of the client's host.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepHostInfo", module = "OraclePep")]
pub struct GetPepHostInfo {
    set: Switch,
}

impl Run for GetPepHostInfo {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let data = ps.session().host_info.default_data.clone().unwrap_or_default();
        let size = |size: Option<psrp::host_call::Size>| {
            size.map_or_else(String::new, |size| format!("{},{}", size.width, size.height))
        };
        let cursor = data.cursor_position.map_or_else(String::new, |at| format!("{},{}", at.x, at.y));
        ps.write("name ServerRemoteHost").await?;
        ps.write("version 7.6.9").await?;
        ps.write("culture  ").await?;
        ps.write(format!(
            "window {} buffer {} max {} {}",
            size(data.window_size),
            size(data.buffer_size),
            size(data.max_window_size),
            size(data.max_physical_window_size)
        ))
        .await?;
        ps.write(format!(
            "cursor {cursor} {} title {} colours {} {}",
            data.cursor_size.unwrap_or_default(),
            data.window_title.unwrap_or_default(),
            data.foreground_color.unwrap_or(-1),
            data.background_color.unwrap_or(-1)
        ))
        .await?;
        if self.set.is_present() {
            ps.show(HostCall::SetWindowTitle("set by server".into())).await?;
            ps.show(HostCall::SetForegroundColor(14)).await?;
            ps.show(HostCall::SetForegroundColor(7)).await?;
        }
        Ok(())
    }
}

/// Facts about the session.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepSession", module = "OraclePep")]
pub struct GetPepSession {}

impl Run for GetPepSession {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let session = ps.session().clone();
        for line in [
            "language FullLanguage".to_owned(),
            "user ".to_owned(),
            "connected http://localhost".to_owned(),
            format!("client {}", session.client_version),
            format!("size {}", session.buffer_width),
        ] {
            ps.write(Value::from(line)).await?;
        }
        Ok(())
    }
}

/// The prompt of the friendly reference server.
#[derive(Cmdlet)]
#[cmdlet(name = "prompt", module = "OraclePep")]
pub struct FriendlyPrompt {}

impl Run for FriendlyPrompt {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        ps.write("PEP> ").await
    }
}

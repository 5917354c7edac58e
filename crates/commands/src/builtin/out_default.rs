use std::time::Instant;

use cmdlet::format::{self, DisplaySettings, Line, Stream};
use cmdlet::{Cmdlet, Ps, Run, Terminate, Value};
use psrp::host_call::HostCall;

use super::console;

/// Shows objects on the client's screen.
///
/// Ends every line typed in an interactive session: what comes down the pipeline is written as tables, lists and text, as wide as
/// the client's window.
///
/// # Examples
/// ```powershell
/// Get-Command | Out-Default
/// ```
/// The same as Get-Command alone.
#[derive(Cmdlet)]
#[cmdlet(verb = "Out", noun = "Default", role = "Session", help_uri = "https://go.microsoft.com/fwlink/?LinkID=113362")]
pub struct OutDefault {
    /// The objects to show.
    #[parameter(mandatory, pipeline)]
    input_object: Value,
    #[state]
    formatter: Option<format::OutDefault>,
}

impl Run for OutDefault {
    async fn begin(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let error_view = ps.service::<DisplaySettings>().map(|settings| settings.error_view).unwrap_or_default();
        let session = ps.session();
        let views = ps.table().views().iter().copied();
        let colours = console::understands_escapes(session);
        self.formatter = Some(format::OutDefault::new(views, session.buffer_width, colours, error_view));
        Ok(())
    }

    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let Some(formatter) = &mut self.formatter else { return Ok(()) };
        let lines = formatter.push(&self.input_object, Instant::now());
        show(ps, lines).await
    }

    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let Some(formatter) = &mut self.formatter else { return Ok(()) };
        let lines = formatter.finish();
        show(ps, lines).await
    }
}

async fn show(ps: &mut Ps<'_>, lines: Vec<Line>) -> Result<(), Terminate> {
    for Line { stream, text } in lines {
        let text = text.into();
        ps.show(match stream {
            Stream::Output => HostCall::WriteLine2(text),
            Stream::Error => HostCall::WriteErrorLine(text),
            Stream::Warning => HostCall::WriteWarningLine(text),
            Stream::Verbose => HostCall::WriteVerboseLine(text),
            Stream::Debug => HostCall::WriteDebugLine(text),
        })
        .await?;
    }
    Ok(())
}

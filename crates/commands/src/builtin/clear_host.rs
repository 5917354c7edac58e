use cmdlet::{Cmdlet, Ps, Run, Terminate};
use psrp::host_call::{BufferCell, Coordinates, HostCall, Rectangle};

/// Clears the screen.
///
/// Removes all text from the client's console. What was written stays in the recording.
///
/// # Examples
/// ```powershell
/// Clear-Host
/// ```
/// An empty screen.
#[derive(Cmdlet)]
#[cmdlet(verb = "Clear", noun = "Host", role = "Session", help_uri = "https://go.microsoft.com/fwlink/?LinkID=2096480")]
pub struct ClearHost {}

impl Run for ClearHost {
    /// As the function does on Windows: the cursor to the corner, then a rectangle that stands for the whole buffer.
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        const WHOLE_BUFFER: Rectangle = Rectangle { left: -1, top: -1, right: -1, bottom: -1 };
        let screen = ps.session().host_info.default_data.clone().unwrap_or_default();
        let blank = BufferCell {
            character: u16::from(b' '),
            foreground_color: screen.foreground_color.unwrap_or(-1),
            background_color: screen.background_color.unwrap_or(-1),
            buffer_cell_type: 0,
        };
        ps.show(HostCall::SetCursorPosition(Coordinates { x: 0, y: 0 })).await?;
        ps.show(HostCall::SetBufferContents1(WHOLE_BUFFER, blank)).await
    }
}

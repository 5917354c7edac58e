use cmdlet::{Cmdlet, Ps, Run, Terminate};
use psrp::host_call::{BufferCell, Coordinates, HostCall, Rectangle};

use super::console;

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
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        if console::understands_escapes(ps.session()) {
            // the raw UI of PowerShell on Unix cannot fill a rectangle
            return ps.show(HostCall::Write1(CLEAR.into())).await;
        }
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

/// As `clear` writes it: the cursor to the corner, the screen and what was scrolled off it.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// The rectangle that stands for all of the buffer: what the function does on Windows.
const WHOLE_BUFFER: Rectangle = Rectangle { left: -1, top: -1, right: -1, bottom: -1 };

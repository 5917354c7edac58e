use super::{command_id, expect};
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::id::CommandId;
use crate::namespace::{Namespace, SHELL};

/// Stop or release a command (MS-WSMV 3.1.4.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// Which command; none is the shell, which PSRP never signals.
    pub command: Option<CommandId>,
    /// What is to happen.
    pub code: SignalCode,
}

/// What a signal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalCode {
    /// Stop the pipeline. `powershell/signal/crtl_c` is the field's spelling; the right one comes too.
    Stop,
    /// Forget the command.
    Terminate,
}

impl SignalCode {
    fn of(text: &str) -> Option<SignalCode> {
        let text = text.to_ascii_lowercase();
        let last = text.rsplit('/').next()?;
        match last {
            "crtl_c" | "ctrl_c" | "ctrl_break" => Some(SignalCode::Stop),
            "terminate" => Some(SignalCode::Terminate),
            _ => None,
        }
    }
}

impl Signal {
    pub(crate) fn read(body: &Element<'_>) -> Result<Signal, Fault> {
        let signal = expect(body, &Namespace::Shell, "Signal")?;
        let code = signal.child_text(&Namespace::Shell, "Code").unwrap_or_default();
        Ok(Signal {
            command: command_id(signal)?,
            code: SignalCode::of(code).ok_or(Fault::InvalidParameter("The signal is not known."))?,
        })
    }

    pub(crate) fn write(self, writer: &mut Writer) {
        let id = self.command.map(|id| id.to_string());
        let attributes: Vec<_> = id.iter().map(|id| ("CommandId", id.as_str())).collect();
        writer.open("rsp:Signal", &attributes);
        match self.code {
            SignalCode::Stop => writer.leaf("rsp:Code", "powershell/signal/crtl_c"),
            SignalCode::Terminate => writer.leaf("rsp:Code", &format!("{SHELL}/signal/terminate")),
        }
        writer.close("rsp:Signal");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_072_w_073_every_spelling_of_the_signals() {
        for (text, code) in [
            ("powershell/signal/crtl_c", Some(SignalCode::Stop)),
            ("powershell/signal/ctrl_c", Some(SignalCode::Stop)),
            ("PowerShell/Signal/Crtl_C", Some(SignalCode::Stop)),
            ("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/ctrl_c", Some(SignalCode::Stop)),
            ("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/ctrl_break", Some(SignalCode::Stop)),
            ("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/terminate", Some(SignalCode::Terminate)),
            ("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/Terminate", Some(SignalCode::Terminate)),
            ("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/dance", None),
            ("", None),
        ] {
            assert_eq!(SignalCode::of(text), code, "{text}");
        }
    }
}

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use wsman::CommandId;
use wsman::action::{InputStream, SignalCode};

use crate::completion::Callback;
use crate::failure::{Failure, code};
use crate::handle::Handle;

/// What PowerShell asks for. Each carries the handles that were given out for it, and is answered through its callback.
#[allow(missing_docs)] // the fields are the parameters of the C functions
pub enum Call {
    /// `WSManCreateShellEx`.
    Create { shell: Handle, startup: Startup, callback: Callback },
    /// `WSManConnectShell`.
    Connect { shell: Handle, startup: Startup, callback: Callback },
    /// `WSManDisconnectShell`; without a time the server's own holds; the flags say what becomes of output.
    Disconnect { shell: Handle, flags: u32, idle_timeout: Option<Duration>, callback: Callback },
    /// `WSManReconnectShell`.
    Reconnect { shell: Handle, callback: Callback },
    /// `WSManCloseShell`.
    CloseShell { shell: Handle, callback: Callback },
    /// `WSManRunShellCommandEx`; the argument is base64.
    Run { shell: Handle, command: Handle, id: String, line: String, argument: String, callback: Callback },
    /// `WSManConnectShellCommand`.
    ConnectCommand { shell: Handle, command: Handle, id: String, callback: Callback },
    /// `WSManReconnectShellCommand`.
    ReconnectCommand { command: Handle, callback: Callback },
    /// `WSManCloseCommand`.
    CloseCommand { command: Handle, callback: Callback },
    /// `WSManReceiveShellOutput`; a delayed one only announces itself.
    Receive { shell: Handle, command: Option<Handle>, operation: Handle, delayed: bool, callback: Callback },
    /// `WSManSendShellInput`.
    Send { shell: Handle, command: Option<Handle>, operation: Handle, stream: String, data: Bytes, callback: Callback },
    /// `WSManSignalShell`.
    Signal { shell: Handle, command: Option<Handle>, operation: Handle, code: String, callback: Callback },
}

impl Call {
    /// Where it is answered.
    pub(crate) fn callback(&self) -> &Callback {
        match self {
            Call::Create { callback, .. }
            | Call::Connect { callback, .. }
            | Call::Disconnect { callback, .. }
            | Call::Reconnect { callback, .. }
            | Call::CloseShell { callback, .. }
            | Call::Run { callback, .. }
            | Call::ConnectCommand { callback, .. }
            | Call::ReconnectCommand { callback, .. }
            | Call::CloseCommand { callback, .. }
            | Call::Receive { callback, .. }
            | Call::Send { callback, .. }
            | Call::Signal { callback, .. } => callback,
        }
    }

    /// The handles it is answered with: shell, command, operation.
    pub(crate) fn handles(&self) -> (Option<Handle>, Option<Handle>, Option<Handle>) {
        match *self {
            Call::Create { shell, .. }
            | Call::Connect { shell, .. }
            | Call::Disconnect { shell, .. }
            | Call::Reconnect { shell, .. }
            | Call::CloseShell { shell, .. } => (Some(shell), None, None),
            Call::Run { shell, command, .. } | Call::ConnectCommand { shell, command, .. } => {
                (Some(shell), Some(command), None)
            }
            Call::ReconnectCommand { command, .. } | Call::CloseCommand { command, .. } => (None, Some(command), None),
            Call::Receive { shell, command, operation, .. }
            | Call::Send { shell, command, operation, .. }
            | Call::Signal { shell, command, operation, .. } => (Some(shell), command, Some(operation)),
        }
    }
}

/// What a shell starts with.
#[derive(Clone, Debug, Default)]
pub struct Startup {
    /// `http://schemas.microsoft.com/powershell/` and the session configuration.
    pub resource: String,
    /// The id of the pool, in capitals.
    pub shell_id: String,
    /// The name of the session.
    pub name: Option<String>,
    /// How long the shell may be left alone; without it the server's own time holds.
    pub idle_timeout: Option<Duration>,
    /// Name, value, must be complied with.
    pub options: Vec<(String, String, bool)>,
    /// `creationXml` or `connectXml`, with base64 in it.
    pub content: String,
}

/// Where the resource URIs of session configurations begin.
const CONFIGURATIONS: &str = "http://schemas.microsoft.com/powershell/";

impl Startup {
    /// The name of the session configuration.
    pub(super) fn configuration(&self) -> Result<&str, Failure> {
        let (prefix, name) = self.resource.split_at_checked(CONFIGURATIONS.len()).unwrap_or_default();
        if prefix.eq_ignore_ascii_case(CONFIGURATIONS) && !name.is_empty() {
            return Ok(name);
        }
        Err(Failure::with(0x8033_803B, format!("{} is not the URI of a session configuration.", self.resource)))
    }

    /// What is inside the one element of the open content.
    pub(super) fn fragments(&self) -> Result<Bytes, Failure> {
        let text = self.content.trim();
        if text.is_empty() {
            return Ok(Bytes::new());
        }
        let inside = text.split_once('>').and_then(|(_, rest)| rest.split_once("</")).map_or("", |(inside, _)| inside);
        base64(inside)
    }
}

pub(super) fn base64(text: &str) -> Result<Bytes, Failure> {
    let decoded = STANDARD.decode(text.trim());
    decoded.map(Bytes::from).map_err(|_| Failure::with(code::INVALID_PARAMETER, "The fragments are not base64."))
}

pub(super) fn command_id(text: &str) -> Result<CommandId, Failure> {
    CommandId::parse(text).map_err(|_| Failure::with(code::INVALID_PARAMETER, "The command id is not a GUID."))
}

pub(super) fn input_stream(name: &str) -> Result<InputStream, Failure> {
    [InputStream::Stdin, InputStream::PromptResponse]
        .into_iter()
        .find(|stream| stream.as_str().eq_ignore_ascii_case(name))
        .ok_or_else(|| Failure::with(code::INVALID_PARAMETER, format!("There is no input stream {name}.")))
}

/// `powershell/signal/crtl_c`, in the client's spelling, and WinRS' own signals.
pub(super) fn signal_code(text: &str) -> Result<SignalCode, Failure> {
    match text.rsplit('/').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "crtl_c" | "ctrl_c" | "ctrl_break" => Ok(SignalCode::Stop),
        "terminate" => Ok(SignalCode::Terminate),
        _ => Err(Failure::with(code::INVALID_PARAMETER, format!("The signal {text} is not known."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_027_the_fragments_are_taken_out_of_their_element_as_they_are() {
        let content = r#"<creationXml xmlns="http://schemas.microsoft.com/powershell">AAEC/w==</creationXml>"#;
        let startup = Startup { content: content.into(), ..Startup::default() };
        assert_eq!(startup.fragments().unwrap(), b"\x00\x01\x02\xff".as_slice());
        assert_eq!(Startup::default().fragments().unwrap(), b"".as_slice());
        let broken = Startup { content: "<creationXml>!</creationXml>".into(), ..Startup::default() };
        assert_eq!(broken.fragments().unwrap_err().code, code::INVALID_PARAMETER);
    }

    #[test]
    fn only_session_configurations_are_shells_of_powershell() {
        let of = |resource: &str| Startup { resource: resource.into(), ..Startup::default() };
        let startup = of("HTTP://schemas.microsoft.com/powershell/PrivilegedEndpoint");
        assert_eq!(startup.configuration().unwrap(), "PrivilegedEndpoint");
        for bad in [
            "",
            "http://schemas.microsoft.com/powershell/",
            "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd",
        ] {
            assert_eq!(of(bad).configuration().unwrap_err().code, 0x8033_803B);
        }
    }
}

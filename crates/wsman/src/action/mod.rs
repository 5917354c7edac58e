//! The operations, one file each: what a request asks, what the answer says, and both as XML.

mod command;
mod config;
mod connect;
mod create;
mod disconnect;
mod enumerate;
mod identify;
mod operation;
mod pull;
mod receive;
mod reconnect;
mod release;
mod send;
mod shell_description;
mod signal;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::envelope::Element;
use crate::fault::Fault;
use crate::id::CommandId;
use crate::namespace::{Namespace, SHELL};

pub use command::{Command, CommandResponse};
pub use config::ServiceConfig;
pub use connect::{Connect, ConnectResponse};
pub use create::{Create, CreateResponse};
pub use disconnect::{BufferMode, Disconnect};
pub use enumerate::{CommandDescription, Enumerate, EnumerateResponse, Filter, Items};
pub use identify::{IdentifyResponse, SecurityProfile};
pub use operation::{Operation, Response};
pub use pull::{Pull, PullResponse};
pub use receive::{CommandState, Receive, ReceiveResponse};
pub use reconnect::Reconnect;
pub use release::Release;
pub use send::{InputStream, Send, StreamInput};
pub use shell_description::ShellDescription;
pub use signal::{Signal, SignalCode};

/// What is asked, by `a:Action`. Identify has none; it is known by its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make a shell.
    Create,
    /// Close a shell.
    Delete,
    /// Describe a shell, or the configuration of the service.
    Get,
    /// List shells or commands.
    Enumerate,
    /// More of a list.
    Pull,
    /// No more of a list.
    Release,
    /// Start a command.
    Command,
    /// Input for a shell or a command.
    Send,
    /// Wait for output of a shell or a command.
    Receive,
    /// Stop or release a command.
    Signal,
    /// Leave a shell running.
    Disconnect,
    /// Come back to it, the same client instance.
    Reconnect,
    /// Come to it, another client instance.
    Connect,
    /// What server is this?
    Identify,
}

const TRANSFER: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
const ENUMERATION: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";

const ACTIONS: &[(Action, &str, &str)] = &[
    (Action::Create, TRANSFER, "Create"),
    (Action::Delete, TRANSFER, "Delete"),
    (Action::Get, TRANSFER, "Get"),
    (Action::Enumerate, ENUMERATION, "Enumerate"),
    (Action::Pull, ENUMERATION, "Pull"),
    (Action::Release, ENUMERATION, "Release"),
    (Action::Command, SHELL, "Command"),
    (Action::Send, SHELL, "Send"),
    (Action::Receive, SHELL, "Receive"),
    (Action::Signal, SHELL, "Signal"),
    (Action::Disconnect, SHELL, "Disconnect"),
    (Action::Reconnect, SHELL, "Reconnect"),
    (Action::Connect, SHELL, "Connect"),
];

impl Action {
    /// The action of a URI; none for what is not served.
    pub fn of(uri: &str) -> Option<Action> {
        let (head, last) = uri.rsplit_once('/')?;
        ACTIONS.iter().find(|(_, base, name)| *base == head && *name == last).map(|(action, _, _)| *action)
    }

    /// The action whose answer has this URI.
    pub fn of_response(uri: &str) -> Option<Action> {
        Action::of(uri.strip_suffix("Response")?)
    }

    /// Its URI; Identify has none.
    pub fn uri(self) -> String {
        self.with("")
    }

    /// The URI of its answer; Identify has none.
    pub fn response_uri(self) -> String {
        self.with("Response")
    }

    fn with(self, suffix: &str) -> String {
        let found = ACTIONS.iter().find(|(action, _, _)| *action == self);
        found.map_or_else(String::new, |(_, base, name)| format!("{base}/{name}{suffix}"))
    }
}

/// Base64 with white space anywhere, as some clients break it into lines.
pub(crate) fn base64_bytes(text: &str, what: &'static str) -> Result<Bytes, Fault> {
    let decoded = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        STANDARD.decode(text.bytes().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<u8>>())
    } else {
        STANDARD.decode(text)
    };
    decoded.map(Bytes::from).map_err(|_| Fault::Schema(what))
}

/// The attribute `CommandId`.
pub(crate) fn command_id(element: &Element<'_>) -> Result<Option<CommandId>, Fault> {
    match element.attribute("CommandId").map(str::trim).filter(|id| !id.is_empty()) {
        // Nobody can have a command of that name.
        Some(id) => CommandId::parse(id).map(Some).map_err(|_| Fault::CommandNotFound),
        None => Ok(None),
    }
}

/// The body's element of this name. Another one belongs to another action.
pub(crate) fn expect<'e, 'a>(
    body: &'e Element<'a>,
    namespace: &Namespace,
    local: &str,
) -> Result<&'e Element<'a>, Fault> {
    match body.children().first() {
        Some(child) if child.is(namespace, local) => Ok(child),
        Some(_) => Err(Fault::ActionMismatch),
        None => Err(Fault::Schema("The body is empty.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_matched_exactly() {
        for (action, base, name) in ACTIONS {
            assert_eq!(Action::of(&format!("{base}/{name}")), Some(*action));
            assert_eq!(Action::of(&action.uri()), Some(*action));
            assert_eq!(Action::of_response(&action.response_uri()), Some(*action));
        }
        for other in [
            "",
            "Create",
            "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put",
            "http://schemas.xmlsoap.org/ws/2004/09/transfer/create",
        ] {
            assert_eq!(Action::of(other), None, "{other}");
        }
    }

    #[test]
    fn base64_may_be_broken_into_lines() {
        assert_eq!(base64_bytes("QUJD\r\n REVG\t", "").unwrap(), &b"ABCDEF"[..]);
        assert_eq!(base64_bytes("", "").unwrap(), &b""[..]);
        assert!(base64_bytes("QUJ", "").is_err());
        assert!(base64_bytes("QU*D", "").is_err());
    }
}

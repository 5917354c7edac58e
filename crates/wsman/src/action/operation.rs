use super::{
    Action, Command, CommandResponse, Connect, ConnectResponse, Create, CreateResponse, Disconnect, Enumerate,
    EnumerateResponse, IdentifyResponse, Pull, PullResponse, Receive, ReceiveResponse, Reconnect, Release, Send,
    ServiceConfig, ShellDescription, Signal,
};
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::namespace::Namespace;

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is documented at its type")]
pub enum Operation {
    Create(Create),
    Delete,
    Get,
    Enumerate(Enumerate),
    Pull(Pull),
    Release(Release),
    Command(Command),
    Send(Send),
    Receive(Receive),
    Signal(Signal),
    Disconnect(Disconnect),
    Reconnect(Reconnect),
    Connect(Connect),
    Identify,
}

impl Operation {
    /// Its action.
    pub fn action(&self) -> Action {
        match self {
            Operation::Create(_) => Action::Create,
            Operation::Delete => Action::Delete,
            Operation::Get => Action::Get,
            Operation::Enumerate(_) => Action::Enumerate,
            Operation::Pull(_) => Action::Pull,
            Operation::Release(_) => Action::Release,
            Operation::Command(_) => Action::Command,
            Operation::Send(_) => Action::Send,
            Operation::Receive(_) => Action::Receive,
            Operation::Signal(_) => Action::Signal,
            Operation::Disconnect(_) => Action::Disconnect,
            Operation::Reconnect(_) => Action::Reconnect,
            Operation::Connect(_) => Action::Connect,
            Operation::Identify => Action::Identify,
        }
    }

    pub(crate) fn read(action: Action, body: &Element<'_>) -> Result<Operation, Fault> {
        Ok(match action {
            Action::Create => Operation::Create(Create::read(body)?),
            Action::Delete => Operation::Delete,
            Action::Get => Operation::Get,
            Action::Enumerate => Operation::Enumerate(Enumerate::read(body)?),
            Action::Pull => Operation::Pull(Pull::read(body)?),
            Action::Release => Operation::Release(Release::read(body)?),
            Action::Command => Operation::Command(Command::read(body)?),
            Action::Send => Operation::Send(Send::read(body)?),
            Action::Receive => Operation::Receive(Receive::read(body)?),
            Action::Signal => Operation::Signal(Signal::read(body)?),
            Action::Disconnect => Operation::Disconnect(Disconnect::read(body)?),
            Action::Reconnect => Operation::Reconnect(Reconnect::read(body)?),
            Action::Connect => Operation::Connect(Connect::read(body)?),
            Action::Identify => Operation::Identify,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Operation::Create(create) => create.write(writer),
            Operation::Delete | Operation::Get => {}
            Operation::Enumerate(enumerate) => enumerate.write(writer),
            Operation::Pull(pull) => pull.write(writer),
            Operation::Release(release) => release.write(writer),
            Operation::Command(command) => command.write(writer),
            Operation::Send(send) => send.write(writer),
            Operation::Receive(receive) => receive.write(writer),
            Operation::Signal(signal) => signal.write(writer),
            Operation::Disconnect(disconnect) => disconnect.write(writer),
            Operation::Reconnect(reconnect) => reconnect.write(writer),
            Operation::Connect(connect) => connect.write(writer),
            Operation::Identify => writer.empty("wsmid:Identify", &[("xmlns:wsmid", Namespace::Identity.uri())]),
        }
    }
}

/// The body of an answer that is not a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is documented at its type")]
pub enum Response {
    Create(Box<CreateResponse>),
    Delete,
    GetShell(Box<ShellDescription>),
    GetConfig(Box<ServiceConfig>),
    Enumerate(EnumerateResponse),
    Pull(PullResponse),
    Release,
    Command(CommandResponse),
    Send,
    Receive(ReceiveResponse),
    Signal,
    Disconnect,
    Reconnect,
    Connect(ConnectResponse),
    Identify(IdentifyResponse),
}

impl Response {
    /// The action that it answers.
    pub fn action(&self) -> Action {
        match self {
            Response::Create(_) => Action::Create,
            Response::Delete => Action::Delete,
            Response::GetShell(_) | Response::GetConfig(_) => Action::Get,
            Response::Enumerate(_) => Action::Enumerate,
            Response::Pull(_) => Action::Pull,
            Response::Release => Action::Release,
            Response::Command(_) => Action::Command,
            Response::Send => Action::Send,
            Response::Receive(_) => Action::Receive,
            Response::Signal => Action::Signal,
            Response::Disconnect => Action::Disconnect,
            Response::Reconnect => Action::Reconnect,
            Response::Connect(_) => Action::Connect,
            Response::Identify(_) => Action::Identify,
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Response::Create(created) => created.write(writer),
            Response::GetShell(shell) => shell.write(writer),
            Response::GetConfig(config) => config.write(writer),
            Response::Enumerate(enumerated) => enumerated.write(writer),
            Response::Pull(pulled) => pulled.write(writer),
            Response::Command(command) => command.write(writer),
            Response::Send => writer.empty("rsp:SendResponse", &[]),
            Response::Receive(received) => received.write(writer),
            Response::Signal => writer.empty("rsp:SignalResponse", &[]),
            Response::Connect(connected) => connected.write(writer),
            Response::Identify(identified) => identified.write(writer),
            Response::Delete | Response::Release | Response::Disconnect | Response::Reconnect => {}
        }
    }

    pub(crate) fn read(action: Action, body: &Element<'_>) -> Result<Response, Fault> {
        Ok(match action {
            Action::Create => Response::Create(Box::new(CreateResponse::read(body)?)),
            Action::Delete => Response::Delete,
            Action::Get => {
                if let Some(config) = body.child(&Namespace::Config, "Config") {
                    return Ok(Response::GetConfig(Box::new(ServiceConfig::read(config))));
                }
                let shell = body.child(&Namespace::Shell, "Shell").ok_or(Fault::Schema("There is no Shell."))?;
                Response::GetShell(Box::new(ShellDescription::read(shell)?))
            }
            Action::Enumerate => Response::Enumerate(EnumerateResponse::read(body)?),
            Action::Pull => Response::Pull(PullResponse::read(body)?),
            Action::Release => Response::Release,
            Action::Command => Response::Command(CommandResponse::read(body)?),
            Action::Send => Response::Send,
            Action::Receive => Response::Receive(ReceiveResponse::read(body)?),
            Action::Signal => Response::Signal,
            Action::Disconnect => Response::Disconnect,
            Action::Reconnect => Response::Reconnect,
            Action::Connect => Response::Connect(ConnectResponse::read(body)?),
            Action::Identify => Response::Identify(IdentifyResponse::read(body)?),
        })
    }
}

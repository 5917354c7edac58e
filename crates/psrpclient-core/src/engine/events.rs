//! What the machine of a shell says, told to whoever waits for it.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wsman::action::{Action, CreateResponse, SignalCode};
use wsman::shell::client::{Error, Event, ExchangeId};
use wsman::{CommandId, duration};

use super::pending::{Owner, Streams};
use super::shell::{Life, Shell};
use crate::completion::{Outcome, flags};
use crate::failure::{Failure, code};
use crate::option::locked;

/// How long the end of a command may come behind the answer to the signal that led to it. A client that hears first of the
/// signal makes up an end of its own.
const END: Duration = Duration::from_secs(2);

impl Shell {
    /// Tells what has happened. Gives back the exchange that is no longer waited for, if there is one.
    pub(super) fn happened(&mut self, event: Event, now: Instant) -> Option<ExchangeId> {
        match event {
            Event::Created(created) => self.created(&created, now),
            Event::Connected(None, answer) => self.connected(&answer, now),
            Event::CommandCreated(id) | Event::Connected(Some(id), _) => self.command_started(id, now),
            Event::Sent(id) => {
                let (owner, streams) = self.streams(id)?;
                if let Some(send) = streams.sends.pop_front() {
                    send.complete(owner, Ok(Outcome::Done));
                }
            }
            Event::Signalled(id, SignalCode::Stop) => {
                let command = self.commands.get_mut(&id)?;
                if command.streams.receive.is_some() {
                    command.obeyed = Some(now + END);
                } else {
                    command.obeyed = Some(now);
                    self.obeyed(id);
                }
            }
            Event::Signalled(id, SignalCode::Terminate) => self.release(id),
            Event::Output(id, data) => self.output(id, &data, flags::MORE),
            Event::Done(id) => {
                self.output(Some(id), &[], flags::END_OF_OPERATION);
                if let Some(command) = self.commands.get_mut(&id) {
                    command.streams.receive = None;
                }
                self.obeyed(id);
            }
            Event::Deleted => self.deleted(now),
            Event::Disconnected => {
                self.life = Life::Disconnected;
                if let Some(pending) = self.disconnect.take() {
                    pending.complete(self.owner(None), Ok(Outcome::Done));
                }
            }
            Event::Reconnected(id) => self.reconnected(id, now),
            Event::Failed { action, command, exchange, error } => {
                let failure = Failure::of(&error, self.failures.remove(&exchange).as_ref());
                self.failed(action, command, &failure, &error);
                return Some(exchange);
            }
            Event::Identified(_) | Event::Described(_) | Event::Listed(_) => {} // never asked for
        }
        None
    }

    fn streams(&mut self, id: Option<CommandId>) -> Option<(Owner, &mut Streams)> {
        let shell = self.handle;
        match id {
            None => Some((Owner { shell, command: None }, &mut self.streams)),
            Some(id) => {
                let command = self.commands.get_mut(&id)?;
                Some((Owner { shell, command: Some(command.handle) }, &mut command.streams))
            }
        }
    }

    /// A signal was obeyed, and the end that it led to has been told.
    pub(super) fn obeyed(&mut self, id: CommandId) {
        let Some(command) = self.commands.get_mut(&id) else { return };
        let (signal, handle) = (command.signal.take_if(|_| command.obeyed.is_some()), command.handle);
        command.obeyed = None;
        if let Some(signal) = signal {
            signal.complete(self.owner(Some(handle)), Ok(Outcome::Done));
        }
    }

    fn created(&mut self, created: &CreateResponse, now: Instant) {
        self.life = Life::Open;
        if self.close.is_some() {
            if let Some(client) = &mut self.client {
                client.delete(now);
            }
            return;
        }
        let Some(start) = self.start.take() else { return };
        // The times as PowerShell reads them, each with another element behind it: it would skip a neighbour.
        let (idle, most) = (created.shell.idle_timeout, created.shell.max_idle_timeout);
        let disconnectable = idle > Duration::ZERO;
        let text = format!(
            "<rsp:Shell xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\"><rsp:ShellId>{}</rsp:ShellId>\
             <rsp:IdleTimeOut>{}</rsp:IdleTimeOut><rsp:OutputStreams>stdout</rsp:OutputStreams>\
             <rsp:MaxIdleTimeOut>{}</rsp:MaxIdleTimeOut><rsp:InputStreams>stdin pr</rsp:InputStreams>\
             <rsp:BufferMode>{}</rsp:BufferMode></rsp:Shell>",
            created.shell.id,
            duration::in_seconds(idle),
            duration::in_seconds(most.max(idle)),
            created.shell.buffer_mode.as_str(),
        );
        let (flag, outcome) = if disconnectable {
            (flags::SUPPORTS_DISCONNECT, Outcome::Text(&text))
        } else {
            (0, Outcome::Done) // without times: zeros would be taken for such
        };
        start.tell(self.owner(None), flags::END_OF_OPERATION | flag, Ok(outcome));
    }

    fn connected(&mut self, answer: &[u8], now: Instant) {
        self.life = Life::Open;
        if self.close.is_some() {
            if let Some(client) = &mut self.client {
                client.delete(now);
            }
            return;
        }
        let text = format!(
            "<connectResponseXml xmlns=\"http://schemas.microsoft.com/powershell\">{}</connectResponseXml>",
            STANDARD.encode(answer)
        );
        if let Some(start) = self.start.take() {
            start.complete(self.owner(None), Ok(Outcome::Text(&text)));
        }
    }

    fn command_started(&mut self, id: CommandId, now: Instant) {
        let Some(command) = self.commands.get_mut(&id) else { return };
        let (closing, start, handle) = (command.close.is_some(), command.start.take(), command.handle);
        if let Some(start) = start {
            start.complete(self.owner(Some(handle)), Ok(Outcome::Done));
        }
        if closing && let Some(client) = self.client() {
            client.signal(id, SignalCode::Terminate, now);
        }
    }

    fn output(&mut self, id: Option<CommandId>, data: &[u8], flags: u32) {
        let Some((owner, streams)) = self.streams(id) else { return };
        if let Some(receive) = &streams.receive {
            receive.tell(owner, flags, Ok(Outcome::Output(data)));
        }
    }

    /// What was parked goes on: the client does not ask for it again.
    fn reconnected(&mut self, id: Option<CommandId>, now: Instant) {
        let pending = match id {
            None => {
                self.life = Life::Open;
                self.reconnect.take()
            }
            Some(id) => self.commands.get_mut(&id).and_then(|command| command.reconnect.take()),
        };
        let Some((owner, streams)) = self.streams(id) else { return };
        let receiving = streams.receive.is_some();
        if let Some(pending) = pending {
            pending.complete(owner, Ok(Outcome::Done));
        }
        if receiving && let Some(client) = &mut self.client {
            client.start_receiving(id, now);
        }
    }

    fn failed(&mut self, action: Action, id: Option<CommandId>, failure: &Failure, error: &Error) {
        match (action, id) {
            (Action::Create | Action::Connect, None) => {
                if failure.code == code::REDIRECT {
                    locked(&self.options).redirect = location(error);
                }
                self.failed_to_open(failure);
            }
            (Action::Command | Action::Connect, Some(id)) => {
                let Some(command) = self.commands.get_mut(&id) else { return };
                let (start, closing, handle) = (command.start.take(), command.close.is_some(), command.handle);
                if let Some(start) = start {
                    start.complete(self.owner(Some(handle)), Err(failure));
                }
                if closing {
                    self.release(id);
                }
            }
            (Action::Receive, id) => {
                // the server's way to say that it parks it
                if self.disconnect.is_some() || self.life == Life::Disconnected {
                    return;
                }
                let Some((owner, streams)) = self.streams(id) else { return };
                if let Some(receive) = streams.receive.take() {
                    receive.complete(owner, Err(failure));
                }
            }
            (Action::Send, id) => {
                let Some((owner, streams)) = self.streams(id) else { return };
                if let Some(send) = streams.sends.pop_front() {
                    send.complete(owner, Err(failure));
                }
            }
            (Action::Signal, Some(id)) => {
                let Some(command) = self.commands.get_mut(&id) else { return };
                let (signal, handle) = (command.signal.take(), command.handle);
                match signal {
                    Some(signal) => signal.complete(self.owner(Some(handle)), Err(failure)),
                    // that a command could not be let go is nobody's concern
                    None => self.release(id),
                }
            }
            (Action::Reconnect, Some(id)) => {
                let Some(command) = self.commands.get_mut(&id) else { return };
                let (pending, handle) = (command.reconnect.take(), command.handle);
                if let Some(pending) = pending {
                    pending.complete(self.owner(Some(handle)), Err(failure));
                }
            }
            (Action::Reconnect, None) => self.refuse_shell(false, failure),
            (Action::Disconnect, _) => self.refuse_shell(true, failure),
            (Action::Delete, _) => self.closed(),
            _ => {}
        }
    }

    fn refuse_shell(&mut self, disconnect: bool, failure: &Failure) {
        let pending = if disconnect { self.disconnect.take() } else { self.reconnect.take() };
        if let Some(pending) = pending {
            pending.complete(self.owner(None), Err(failure));
        }
    }
}

/// The first URL in a redirect fault.
fn location(error: &Error) -> String {
    let Error::Fault(fault) = error else { return String::new() };
    let texts = [&fault.message, &fault.reason, &fault.detail];
    let url = texts.into_iter().find_map(|text| {
        let start = text.find("https://").or_else(|| text.find("http://"))?;
        text.get(start..)?.split(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '\'')).next()
    });
    url.unwrap_or_default().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use wsman::fault::FaultReport;

    use super::*;

    #[test]
    fn l_037_a_redirect_says_where_to() {
        let fault = |message: &str| {
            Error::Fault(Box::new(FaultReport {
                number: code::REDIRECT,
                subcode: String::new(),
                detail: String::new(),
                reason: String::new(),
                message: message.to_owned(),
                machine: String::new(),
            }))
        };
        let url = "https://other.example:5986/wsman?PSVersion=7.6.9";
        assert_eq!(location(&fault(&format!("The session is at {url} now"))), url);
        assert_eq!(location(&fault(&format!("<Location>{url}</Location>"))), url);
        assert_eq!(location(&fault("elsewhere")), "");
        assert_eq!(location(&Error::TimedOut), "");
    }
}

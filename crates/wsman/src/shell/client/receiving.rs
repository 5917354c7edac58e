use super::{Client, Error, Event, ExchangeId, Lane, Outstanding, Queued};
use crate::action::{Action, CommandState, Operation, Receive, ReceiveResponse};
use crate::fault::code;
use crate::id::CommandId;
use crate::request::Request;
use crate::xpress::{self, Lz77Huffman};
use bytes::Bytes;
use std::time::Instant;

/// How receiving from the shell or a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receiving {
    /// A Receive waits at the server, or output waits to be taken here.
    On,
    /// The shell is disconnected.
    Paused,
}

/// Plain bytes of one compressed stream.
const DECOMPRESSED: usize = 64 << 20;

impl Client {
    /// Receives from the shell, or from a command, until it is over. Asks again by itself whenever the server had nothing.
    pub fn start_receiving(&mut self, command: Option<CommandId>, now: Instant) {
        self.now = now;
        if self.receiving.insert(command, Receiving::On) != Some(Receiving::On) {
            self.ask(command);
        }
    }

    /// No more of a command. A Receive that waits at the server ends there.
    pub fn stop_receiving(&mut self, command: Option<CommandId>) {
        self.receiving.remove(&command);
    }

    pub(super) fn ask(&mut self, command: Option<CommandId>) {
        if self.receiving.get(&command) == Some(&Receiving::On) {
            let operation = Operation::Receive(Receive { command });
            let request = Request { header: self.shell_header(), operation, charset: self.config.charset };
            self.dispatch(request, Lane::Receive(command), self.config.retries);
        }
    }

    pub(super) fn resume(&mut self, command: Option<CommandId>) {
        if self.receiving.get(&command) == Some(&Receiving::Paused) {
            self.receiving.insert(command, Receiving::On);
            self.ask(command);
        }
    }

    pub(super) fn output(&mut self, command: Option<CommandId>, received: ReceiveResponse) {
        if !self.receiving.contains_key(&command) {
            return;
        }
        for data in received.data {
            match self.plain(data) {
                Ok(data) => self.event(Event::Output(command, data)),
                Err(error) => {
                    self.receiving.remove(&command);
                    let exchange = ExchangeId(self.last_exchange);
                    return self.event(Event::Failed { action: Action::Receive, command, exchange, error });
                }
            }
        }
        match (command, received.state) {
            (Some(id), Some(CommandState::Done)) => {
                self.receiving.remove(&command);
                self.event(Event::Done(id));
            }
            _ => self.events.push_back(Queued::Resume(command)),
        }
    }

    pub(super) fn receive_failed(
        &mut self,
        exchange: ExchangeId,
        command: Option<CommandId>,
        outstanding: Outstanding,
        error: Error,
    ) {
        if self.receiving.get(&command) != Some(&Receiving::On) {
            return;
        }
        match &error {
            Error::Fault(fault) if fault.number == code::TIMED_OUT => return self.ask(command),
            Error::Fault(fault) if [code::STREAM_DISCONNECTED, code::SHELL_DISCONNECTED].contains(&fault.number) => {
                // It may have been left before this client came back.
                if outstanding.returns < self.returns {
                    return self.ask(command);
                }
                self.receiving.insert(command, Receiving::Paused);
                return;
            }
            // The same request, its MessageID too: the server gives the same answer.
            Error::ConnectionLost | Error::TimedOut if outstanding.retries > 0 => {
                self.dispatch(outstanding.request, outstanding.lane, outstanding.retries - 1);
                return;
            }
            _ => {}
        }
        self.receiving.remove(&command);
        self.event(Event::Failed { action: Action::Receive, command, exchange, error });
    }

    fn plain(&self, data: Bytes) -> Result<Bytes, Error> {
        if self.config.compression {
            return Ok(xpress::decode(&data, DECOMPRESSED, &Lz77Huffman)?);
        }
        Ok(data)
    }
}

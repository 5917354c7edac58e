//! A session in a remote shell of WS-Management: every command has a stream of its own, and each is fetched by itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use clixml::Guid;
use psrp::Stream;
use psrp::pool::server::RunspacePool;
use tokio::sync::mpsc;
use wsman::fault::Fault;
use wsman::shell::server::{CloseReason, Gone, Output, Room};

use super::context::Endpoint;
use super::conversation::{Conversation, Sent};
use super::record::{FromJournal, Place};
use super::session_key;
use crate::identity::Principal;

/// Bytes of a fragment: an envelope takes several.
const FRAGMENT: usize = 64 * 1024;
/// How many recorded things are handed on before the client is served again.
const ROUND: usize = 256;

/// What a client does to its shell.
#[derive(Debug)]
pub(crate) enum ShellInput {
    /// Fragments of PSRP, for the shell or for a command.
    Fragments { command: Option<Guid>, stream: Stream, data: Bytes },
    /// It wants a command stopped.
    Stop { command: Guid },
    /// It wants no more of a command.
    Released { command: Guid },
    /// It has taken output of a shell or a command that was [`Room::Full`].
    Drained { command: Option<Guid> },
    /// Another client of the same account takes the shell over.
    Connect { data: Bytes },
    /// The shell is gone.
    Closed { reason: CloseReason },
}

/// What a session does to its shell.
pub(crate) trait Outlet: Send {
    /// Hands output to the client, or keeps it until the client asks.
    fn write(&self, command: Option<Guid>, output: Output) -> Result<Room, Gone>;
    /// The other client is let in, with PSRP's answer, or is not.
    fn connected(&self, answer: Result<Bytes, Fault>);
    /// Closes the shell from this side. What was written can still be fetched.
    fn close(&self, text: &'static str);
}

/// Serves one client until its shell is gone.
///
/// # Errors
/// If there are no random bytes for a session key.
pub(crate) async fn run(
    endpoint: Arc<Endpoint>,
    principal: Principal,
    outlet: impl Outlet,
    mut input: mpsc::UnboundedReceiver<ShellInput>,
) -> std::io::Result<()> {
    let (from_journal, mut recorded) = mpsc::unbounded_channel();
    let pool = RunspacePool::new(Arc::clone(&endpoint.psrp), session_key()?);
    let conversation = Conversation::new(endpoint, principal, "winrm", from_journal);
    let mut shell = Shell { pool, conversation, outlet, full: HashSet::new(), held: HashMap::new() };
    loop {
        let mut sent = Vec::new();
        tokio::select! {
            input = input.recv() => match input {
                Some(ShellInput::Closed { reason }) => {
                    match reason {
                        CloseReason::Deleted => shell.conversation.end("the client left"),
                        CloseReason::Idle => shell.conversation.time_out(),
                    }
                    return Ok(());
                }
                Some(input) => shell.take(input),
                None => {
                    shell.conversation.end("the endpoint ends");
                    return Ok(());
                }
            },
            Some(message) = recorded.recv() => {
                sent.extend(shell.journaled(message));
                while sent.len() < ROUND && let Ok(message) = recorded.try_recv() {
                    sent.extend(shell.journaled(message));
                }
            }
        }
        shell.write(sent);
        if shell.pool.state().is_final() && shell.conversation.may_answer() {
            shell.conversation.end("the client broke the protocol");
            shell.outlet.close("The session has ended.");
            return Ok(());
        }
    }
}

struct Shell<O> {
    pool: RunspacePool,
    conversation: Conversation,
    outlet: O,
    /// Commands whose client does not keep up.
    full: HashSet<Guid>,
    /// Their places on the way out: a command waits when it has no more of them.
    held: HashMap<Guid, Vec<Place>>,
}

impl<O: Outlet> Shell<O> {
    fn take(&mut self, input: ShellInput) {
        match input {
            ShellInput::Fragments { command, stream, data } => {
                // an error is the client's: it has been told, and what it sends further is ignored
                let _ = self.pool.receive(command, stream, &data);
                while let Some(event) = self.pool.poll_event() {
                    self.conversation.event(&mut self.pool, event);
                }
            }
            ShellInput::Stop { command } if self.pool.is_running(command) => self.conversation.stop(command),
            ShellInput::Stop { command } => self.end_unborn(command),
            ShellInput::Released { command } => {
                if self.pool.is_running(command) {
                    self.conversation.stop(command);
                }
                self.pool.close_pipeline(command);
                self.let_go(command);
            }
            ShellInput::Drained { command } => {
                if let Some(command) = command {
                    self.let_go(command);
                }
            }
            ShellInput::Connect { data } => {
                let answer = self.pool.connect(&data);
                self.outlet.connected(answer.map_err(|_| Fault::ReconnectInvalid));
            }
            ShellInput::Closed { .. } => {}
        }
    }

    fn journaled(&mut self, message: FromJournal) -> Option<Sent> {
        self.conversation.journaled(&mut self.pool, message)
    }

    /// A command whose pipeline never came to be is over when its client says so.
    fn end_unborn(&mut self, command: Guid) {
        self.pool.close_pipeline(command);
        let _ = self.outlet.write(Some(command), Output { last: true, ..Output::default() });
    }

    /// The client keeps up again, or is not waited for any more.
    fn let_go(&mut self, command: Guid) {
        self.full.remove(&command);
        self.held.remove(&command);
    }

    /// Hands on what waits in the pool. `sent` is what came into it since the last time.
    fn write(&mut self, sent: Vec<Sent>) {
        if !self.conversation.may_answer() {
            return;
        }
        let lasting: HashSet<Guid> = sent.iter().filter(|sent| !sent.droppable).map(|sent| sent.pipeline).collect();
        let droppable: HashSet<Guid> =
            sent.iter().map(|sent| sent.pipeline).filter(|id| !lasting.contains(id)).collect();
        let mut ready: Vec<(Option<Guid>, Vec<Bytes>)> = Vec::new();
        while let Some((command, fragment)) = self.pool.poll_output(FRAGMENT) {
            match ready.iter_mut().find(|(known, _)| *known == command) {
                Some((_, fragments)) => fragments.push(fragment),
                None => ready.push((command, vec![fragment])),
            }
        }
        for (command, fragments) in ready {
            let output = Output {
                fragments,
                droppable: command.is_some_and(|id| droppable.contains(&id)),
                // the last thing that a pipeline says is its state
                last: command.is_some_and(|id| !self.pool.is_running(id)),
                pending: false,
            };
            match (command, self.outlet.write(command, output)) {
                (Some(id), Ok(Room::Full)) => {
                    self.full.insert(id);
                }
                (Some(id), Err(Gone)) if self.pool.is_running(id) => self.conversation.stop(id),
                _ => {}
            }
        }
        for Sent { pipeline, place, .. } in sent {
            if self.full.contains(&pipeline) {
                self.held.entry(pipeline).or_default().push(place);
            }
        }
    }
}

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;
use winrm_client::{Answered, Connection, Error, Target};
use wsman::shell::client::{ExchangeId, Outgoing};

use crate::handle::Handle;

/// The connections of one session: as many as requests are under way, each with a logon of its own.
pub(super) struct Connections {
    idle: Vec<Connection>,
    running: HashMap<(Handle, ExchangeId), AbortHandle>,
    done: UnboundedReceiver<Done>,
    results: UnboundedSender<Done>,
}

type Done = (Handle, ExchangeId, Result<(Connection, Answered), Error>);

/// A request that is over.
pub(super) struct Exchanged {
    pub(super) shell: Handle,
    pub(super) exchange: ExchangeId,
    pub(super) answered: Result<Answered, Error>,
}

impl Connections {
    pub(super) fn new() -> Connections {
        let (results, done) = unbounded_channel();
        Connections { idle: Vec::new(), running: HashMap::new(), done, results }
    }

    /// Sends a request on a connection that nothing else is under way on.
    pub(super) fn send(&mut self, target: &Arc<Target>, shell: Handle, outgoing: Outgoing) {
        let idle = loop {
            match self.idle.pop() {
                Some(connection) if connection.is_closed() => {}
                other => break other,
            }
        };
        let (target, results) = (Arc::clone(target), self.results.clone());
        let exchange = outgoing.exchange;
        let task = tokio::spawn(async move {
            let answered = carry(idle, target, outgoing).await;
            let _ = results.send((shell, exchange, answered)); // the session may be gone
        });
        self.running.insert((shell, exchange), task.abort_handle());
    }

    /// The next request that is over.
    pub(super) async fn next(&mut self) -> Exchanged {
        loop {
            // never closed: there is a sender in `self`
            let Some((shell, exchange, answered)) = self.done.recv().await else { std::future::pending().await };
            if self.running.remove(&(shell, exchange)).is_none() {
                continue; // given up before
            }
            let answered = answered.map(|(connection, answered)| {
                self.idle.push(connection);
                answered
            });
            return Exchanged { shell, exchange, answered };
        }
    }

    /// Hangs up on a request that is no longer waited for.
    pub(super) fn abort(&mut self, shell: Handle, exchange: ExchangeId) {
        if let Some(task) = self.running.remove(&(shell, exchange)) {
            task.abort();
        }
    }

    /// Hangs up on all requests of a shell.
    pub(super) fn drop_shell(&mut self, shell: Handle) {
        self.running.retain(|(of, _), task| {
            if *of == shell {
                task.abort();
            }
            *of != shell
        });
    }
}

/// A server may hang up a connection that lay idle, or take its logon for too old: then another one carries the request,
/// if nothing of an answer has come. The same MessageID tells the server that it is the same request.
async fn carry(
    idle: Option<Connection>,
    target: Arc<Target>,
    outgoing: Outgoing,
) -> Result<(Connection, Answered), Error> {
    if let Some(mut connection) = idle {
        match connection.post(outgoing.content_type, outgoing.body.clone()).await {
            Ok(answered) => return Ok((connection, answered)),
            Err(Error::Http(_) | Error::Denied) => {}
            Err(error) => return Err(error),
        }
    }
    let mut connection = Connection::open(target).await?;
    let answered = connection.post(outgoing.content_type, outgoing.body).await?;
    Ok((connection, answered))
}

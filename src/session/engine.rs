//! What stands around one running pipeline: its way out, and its questions to the client.

use std::any::{Any, TypeId};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clixml::Guid;
use cmdlet::{Engine, Output, SessionInfo, Stopped};
use futures_util::future::BoxFuture;
use psrp::host_call::{HostCall, HostReply};
use tokio::sync::{Semaphore, oneshot};

use super::context::Endpoint;
use super::record::{Outbox, Outgoing, Place};

/// How many things one pipeline may have on the way before it waits for its client.
const IN_FLIGHT: usize = 64;

/// How long a client may take to show what a pipeline said that ends its session.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// One pipeline's [`Engine`].
pub(crate) struct PipelineEngine {
    pipeline: Guid,
    endpoint: Arc<Endpoint>,
    session: Arc<SessionInfo>,
    outbox: Outbox,
    in_flight: Arc<Semaphore>,
    /// Why the session ends with this pipeline, if it does.
    ends: Arc<OnceLock<&'static str>>,
}

impl PipelineEngine {
    pub(crate) fn new(
        pipeline: Guid,
        endpoint: Arc<Endpoint>,
        session: Arc<SessionInfo>,
        outbox: Outbox,
        ends: Arc<OnceLock<&'static str>>,
    ) -> PipelineEngine {
        PipelineEngine { pipeline, endpoint, session, outbox, in_flight: Arc::new(Semaphore::new(IN_FLIGHT)), ends }
    }

    /// A place on the way out. A client that is slow makes its own pipeline wait here, and no other.
    async fn place(&self) -> Result<Place, Stopped> {
        Arc::clone(&self.in_flight).acquire_owned().await.map(Place::of_pipeline).map_err(|_| Stopped)
    }
}

impl Engine for PipelineEngine {
    fn emit(&self, output: Output) -> BoxFuture<'_, Result<(), Stopped>> {
        Box::pin(async move {
            let place = self.place().await?;
            self.outbox.send(Outgoing::Output { pipeline: self.pipeline, output, place });
            Ok(())
        })
    }

    fn show(&self, call: HostCall) -> BoxFuture<'_, Result<(), Stopped>> {
        Box::pin(async move {
            if self.session.has_host {
                let place = self.place().await?;
                self.outbox.send(Outgoing::HostCall { pipeline: self.pipeline, call, reply: None, place });
            }
            Ok(())
        })
    }

    fn ask(&self, call: HostCall) -> BoxFuture<'_, Result<HostReply, Stopped>> {
        Box::pin(async move {
            let place = self.place().await?;
            let (reply, answer) = oneshot::channel();
            self.outbox.send(Outgoing::HostCall { pipeline: self.pipeline, call, reply: Some(reply), place });
            answer.await.map_err(|_| Stopped)
        })
    }

    fn session(&self) -> &SessionInfo {
        &self.session
    }

    /// A client that hears that it is out throws away what its host was still to show and to do. So its host is asked for its name: it
    /// answers when it is through with everything before.
    fn end_session(&self, reason: &'static str) -> BoxFuture<'_, ()> {
        const GET_NAME: i32 = 1;
        Box::pin(async move {
            // also if the client stops the pipeline meanwhile; the first reason is the reason
            let _ = self.ends.set(reason);
            if self.session.has_host {
                let through = || tokio::time::timeout(LAST_WORDS, self.ask(HostCall::Other(GET_NAME, Vec::new())));
                // one that does not answer is out all the same
                if through().await.is_ok() {
                    // an interactive client leaves by itself, as after `exit`, before it asks for a prompt that nobody gives any more
                    let _ = self.show(HostCall::PopRunspace).await;
                    let _ = through().await;
                }
            }
        })
    }

    fn service(&self, type_id: TypeId) -> Option<Arc<dyn Any + Send + Sync>> {
        self.endpoint.services.get(type_id)
    }
}

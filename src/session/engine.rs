//! What stands around one running pipeline: its way out, and its questions to the client.

use std::any::{Any, TypeId};
use std::sync::Arc;

use clixml::Guid;
use cmdlet::{Engine, Output, SessionInfo, Stopped};
use futures_util::future::BoxFuture;
use psrp::host_call::{HostCall, HostReply};
use tokio::sync::{Semaphore, oneshot};

use super::context::Endpoint;
use super::record::{Outbox, Outgoing, Place};

/// How many things one pipeline may have on the way before it waits for its client.
const IN_FLIGHT: usize = 64;

/// One pipeline's [`Engine`].
pub(crate) struct PipelineEngine {
    pipeline: Guid,
    endpoint: Arc<Endpoint>,
    session: Arc<SessionInfo>,
    outbox: Outbox,
    in_flight: Arc<Semaphore>,
}

impl PipelineEngine {
    pub(crate) fn new(
        pipeline: Guid,
        endpoint: Arc<Endpoint>,
        session: Arc<SessionInfo>,
        outbox: Outbox,
    ) -> PipelineEngine {
        PipelineEngine { pipeline, endpoint, session, outbox, in_flight: Arc::new(Semaphore::new(IN_FLIGHT)) }
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

    fn service(&self, type_id: TypeId) -> Option<Arc<dyn Any + Send + Sync>> {
        self.endpoint.services.get(type_id)
    }
}

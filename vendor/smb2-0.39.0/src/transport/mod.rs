//! Transport abstraction for sending and receiving SMB2 messages.
//!
//! The transport layer handles framing (TCP's 4-byte length-prefix header)
//! and provides split send/receive traits to avoid deadlocks in the
//! pipeline's `tokio::select!` loop.
//!
//! Two implementations are provided:
//! - [`TcpTransport`] -- direct TCP connection to an SMB server (port 445)
//! - [`MockTransport`] -- canned responses for testing
//!
//! Most users don't need this module directly -- use [`SmbClient`](crate::SmbClient)
//! which handles transport setup internally.

pub mod mock;
pub mod progress;
pub mod tcp;

pub use mock::MockTransport;
pub use progress::{FrameProgress, ReceiveProgress, ReceiveSnapshot};
pub use tcp::{ConnectAttempt, ConnectOptions, TcpTransport};

use std::sync::Arc;

use crate::error::Result;
use async_trait::async_trait;

/// Send half of a transport connection.
#[async_trait]
pub trait TransportSend: Send + Sync {
    /// Send a complete SMB2 message (the implementation adds framing).
    async fn send(&self, data: &[u8]) -> Result<()>;
}

/// Receive half of a transport connection.
#[async_trait]
pub trait TransportReceive: Send + Sync {
    /// Receive one complete SMB2 transport frame.
    ///
    /// The implementation handles the TCP framing (4-byte header:
    /// 1 zero byte + 3-byte big-endian length). The returned buffer
    /// contains the SMB2 message(s) without the framing header.
    ///
    /// The buffer may contain multiple compounded responses linked
    /// by NextCommand in the SMB2 headers -- the caller must split them.
    async fn receive(&self) -> Result<Vec<u8>>;

    /// Live counts for what this transport is receiving, published while a
    /// frame is still arriving, or `None` if it can't see inside a frame.
    ///
    /// A connection asks once, when it takes the transport over, and reads the
    /// counts from then on. They feed its liveness clock, which is why this
    /// matters beyond a progress display: a large response trickling in over
    /// a slow link is the server talking, and a transport that returns `None`
    /// makes it look like silence until the last byte lands. The connection
    /// then counts whole frames itself, so the totals stay right.
    ///
    /// Return the same `Arc` every time. See [`ReceiveProgress`] for what to
    /// call from the receive path.
    fn receive_progress(&self) -> Option<Arc<ReceiveProgress>> {
        None
    }
}

/// A combined transport that can both send and receive.
pub trait Transport: TransportSend + TransportReceive {}

// Blanket implementation: anything that implements both halves is a Transport.
impl<T: TransportSend + TransportReceive> Transport for T {}

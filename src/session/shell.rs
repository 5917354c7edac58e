//! A session over a stream of bytes: the Unix socket, or a pair of pipes.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use psrp::out_of_process::{Server, ServerEvent};
use psrp::record::ErrorRecord;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::context::Endpoint;
use super::conversation::Conversation;
use super::session_key;
use crate::identity::Principal;

/// While this much waits for the client, its commands wait too.
const HIGH_WATER: usize = 128 * 1024;
/// How long a client that is out may take to go.
const FAREWELL: Duration = Duration::from_secs(10);
/// How much is read at a time. Every idle session keeps a buffer of this size.
const READ: usize = 8 * 1024;

/// Serves one client until it leaves.
///
/// # Errors
/// If the transport breaks.
pub async fn run(
    endpoint: Arc<Endpoint>,
    principal: Principal,
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let (from_journal, mut recorded) = mpsc::unbounded_channel();
    let mut server = Server::new(Arc::clone(&endpoint.psrp), session_key()?);
    let mut conversation = Conversation::new(endpoint, principal, "socket", from_journal);
    let mut input = [0; READ];
    let mut output = BytesMut::new();
    let mut leaving = false;
    let mut out_since = None;
    loop {
        if conversation.may_answer() {
            fill(&mut output, &mut server);
        }
        if output.is_empty() && (server.is_closed() || (leaving && server.pool().state().is_final())) {
            break;
        }
        if output.is_empty() {
            output = BytesMut::new(); // an idle session keeps little
        }
        if server.pool().state().is_final() {
            out_since.get_or_insert_with(Instant::now);
        }
        tokio::select! {
            () = sleep_until(out_since.unwrap_or_else(Instant::now) + FAREWELL), if out_since.is_some() => break,
            written = writer.write(&output), if !output.is_empty() => {
                match written {
                    Ok(0) => break,
                    Ok(count) => output.advance(count),
                    Err(error) => {
                        conversation.end("the connection was lost");
                        return Err(error);
                    }
                }
                if output.is_empty() {
                    writer.flush().await?;
                }
            }
            Some(message) = recorded.recv(), if output.len() < HIGH_WATER => {
                drop(conversation.journaled(server.pool(), message));
                // what the journal released together goes out as one piece, as far as there is room for it
                while conversation.may_answer()
                    && fill(&mut output, &mut server)
                    && let Ok(message) = recorded.try_recv()
                {
                    drop(conversation.journaled(server.pool(), message));
                }
            }
            read = reader.read(&mut input), if !leaving => {
                let bytes = input.get(..read.unwrap_or(0)).unwrap_or_default();
                if bytes.is_empty() {
                    conversation.end("the connection was lost");
                    break;
                }
                // an error is the client's: it has been told, and what it sends further is ignored
                leaving = server.receive(bytes).is_err();
                while let Some(event) = server.poll_event() {
                    match event {
                        ServerEvent::Pool(event) => conversation.event(server.pool(), event),
                        ServerEvent::Signal { id } | ServerEvent::ClosePipeline { id } => conversation.stop(id),
                        ServerEvent::CloseSession => {
                            conversation.end("the client left");
                            server.pool().close_pool();
                        }
                    }
                }
            }
        }
    }
    writer.shutdown().await
}

/// Takes lines that are ready; is there room for more?
fn fill(output: &mut BytesMut, server: &mut Server) -> bool {
    while output.len() < HIGH_WATER {
        match server.poll_output() {
            Some(line) => output.extend_from_slice(&line),
            None => return true,
        }
    }
    false
}

/// Answers a client that is not let in: its session opens no further than to tell it why.
///
/// # Errors
/// If the transport breaks.
pub async fn refuse(
    endpoint: Arc<Endpoint>,
    reason: ErrorRecord,
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut server = Server::new(Arc::clone(&endpoint.psrp), session_key()?);
    let mut buffer = vec![0; READ];
    loop {
        let count = reader.read(&mut buffer).await?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
        let broken = server.receive(bytes).is_err();
        let opened = std::iter::from_fn(|| server.poll_event()).count() > 0;
        if opened {
            server.pool().break_pool(reason.clone());
        }
        while let Some(line) = server.poll_output() {
            writer.write_all(&line).await?;
        }
        if opened || broken {
            return writer.shutdown().await;
        }
    }
}

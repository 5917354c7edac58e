//! What one TCP connection is doing, and since when: whoever does nothing for too long is hung up on, and an answer counts as
//! delivered when the kernel has all of it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::shells::Exchange;

/// How long a connection may take for what it does.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From its first byte until somebody has logged on, with pauses.
    pub stranger: Duration,
    /// Without a request, once somebody has logged on. Their session may well live on.
    pub idle: Duration,
    /// For one request to arrive (`MaxPacketRetrievalTimeSeconds`, MS-WSMV 2.2.4.10).
    pub request: Duration,
    /// For the peer to take one answer.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            stranger: Duration::from_secs(30),
            idle: Duration::from_mins(15),
            request: Duration::from_mins(2),
            answer: Duration::from_mins(1),
        }
    }
}

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing.
    Idle,
    /// A request arrives.
    Receiving,
    /// It is worked on: that may take as long as it wants.
    Serving,
    /// The answer is on its way.
    Answering,
}

/// Watches one connection.
pub(crate) struct Watch(Mutex<State>);

struct State {
    phase: Phase,
    since: Instant,
    /// Nobody has logged on, since then.
    stranger_since: Option<Instant>,
    /// An answer that hyper has taken and the kernel may not have.
    under_way: Option<Exchange>,
}

impl Watch {
    pub(crate) fn new() -> Arc<Watch> {
        let now = Instant::now();
        let state = State { phase: Phase::Idle, since: now, stranger_since: Some(now), under_way: None };
        Arc::new(Watch(Mutex::new(state)))
    }

    /// It does something else now.
    pub(crate) fn enter(&self, phase: Phase) {
        let mut state = self.lock();
        state.phase = phase;
        state.since = Instant::now();
    }

    /// Somebody has logged on.
    pub(crate) fn logged_on(&self) {
        self.lock().stranger_since = None;
    }

    /// The last byte of an answer has been handed over, to be flushed.
    pub(crate) fn handed_over(&self, exchange: Option<Exchange>) {
        self.enter(Phase::Answering);
        self.lock().under_way = exchange;
    }

    /// Ends when the connection's time is up.
    pub(crate) async fn overdue(&self, patience: Patience) {
        const LOOK_AGAIN: Duration = Duration::from_secs(20);
        loop {
            let now = Instant::now();
            let left = self.left(patience, now);
            if left == Some(Duration::ZERO) {
                return;
            }
            tokio::time::sleep(left.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)).await;
        }
    }

    fn left(&self, patience: Patience, now: Instant) -> Option<Duration> {
        let state = self.lock();
        let of_phase = match state.phase {
            Phase::Idle => patience.idle,
            Phase::Receiving => patience.request,
            Phase::Serving => return None,
            Phase::Answering => patience.answer,
        };
        let ends = [Some(state.since + of_phase), state.stranger_since.map(|since| since + patience.stranger)];
        ends.into_iter().flatten().min().map(|end| end.saturating_duration_since(now))
    }

    fn received(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Idle {
            state.phase = Phase::Receiving;
            state.since = Instant::now();
        }
    }

    fn flushed(&self) {
        let mut state = self.lock();
        if state.phase != Phase::Answering {
            return;
        }
        state.phase = Phase::Idle;
        state.since = Instant::now();
        let delivered = state.under_way.take();
        drop(state); // the exchange has locks of its own
        if let Some(exchange) = delivered {
            exchange.delivered();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that is watched.
pub(crate) struct Watched<S> {
    stream: S,
    watch: Arc<Watch>,
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S, watch: Arc<Watch>) -> Watched<S> {
        Watched { stream, watch }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.watch.received();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if let Poll::Ready(Ok(())) = flushed {
            self.watch.flushed(); // hyper flushes only when it has written all that it has
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w_017_who_has_logged_on_may_be_silent_for_minutes_and_a_stranger_may_not() {
        let (watch, patience) = (Watch::new(), Patience::default());
        let later = |minutes| Instant::now() + Duration::from_mins(minutes);
        assert_eq!(watch.left(patience, later(1)), Some(Duration::ZERO));
        watch.logged_on();
        assert!(watch.left(patience, later(4)).is_some_and(|left| left > Duration::from_mins(5)));
        assert_eq!(watch.left(patience, later(16)), Some(Duration::ZERO));
    }

    #[test]
    fn a_request_that_is_worked_on_has_all_the_time_it_wants_but_not_to_arrive() {
        let (watch, patience) = (Watch::new(), Patience::default());
        watch.logged_on();
        watch.received();
        assert!(watch.left(patience, Instant::now()).is_some_and(|left| left <= patience.request));
        watch.enter(Phase::Serving);
        assert_eq!(watch.left(patience, Instant::now() + Duration::from_hours(1)), None);
    }
}

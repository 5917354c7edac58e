//! Events of the endpoint for those who watch it, one CEF line each: to a local file, and to wherever the daemon sends lines. The record
//! is what proves who did what; this is what wakes somebody up.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod event;
mod file;

use std::io;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;

pub use event::{Event, Kind};
use file::AuditFile;

/// So many events may wait for the disk. Somebody who guesses passwords must not fill the memory.
const WAITING: usize = 8192;

/// Takes events and writes them from a thread of its own, in the order they came. Commands find it as a service.
#[derive(Debug)]
pub struct AuditLog {
    queue: Option<SyncSender<(Timestamp, Event)>>,
    writer: Option<JoinHandle<()>>,
}

impl AuditLog {
    /// Events go to `events.cef` in this directory, each synced, and to `send`, each as one line. `host` is this computer.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(directory: &Path, host: &str, send: impl FnMut(&str) + Send + 'static) -> io::Result<AuditLog> {
        let file = AuditFile::open(directory)?;
        let (queue, events) = mpsc::sync_channel(WAITING);
        let host = host.to_owned();
        let write = move || write(&events, file, &host, send);
        let writer = thread::Builder::new().name("audit".into()).spawn(write)?;
        Ok(AuditLog { queue: Some(queue), writer: Some(writer) })
    }

    /// Tells of an event. Nobody waits for the disk.
    pub fn tell(&self, event: Event) {
        if let Some(queue) = &self.queue
            && let Err(TrySendError::Full((_, event))) = queue.try_send((Timestamp::now(), event))
        {
            tracing::error!(%event, "an audit event is lost: the disk does not keep up");
        }
    }
}

impl Drop for AuditLog {
    /// What was told is written before it is gone.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn write(events: &Receiver<(Timestamp, Event)>, mut file: AuditFile, host: &str, mut send: impl FnMut(&str)) {
    for (time, event) in events {
        let cef = event.to_string();
        send(&cef);
        let line = format!("{} {host} {cef}\n", time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"));
        if let Err(error) = file.append(&line) {
            tracing::error!(%error, %cef, "an audit event is not in the file");
        }
    }
}

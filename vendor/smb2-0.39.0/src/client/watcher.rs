//! Directory change notification via SMB2 CHANGE_NOTIFY.
//!
//! The [`Watcher`] type registers for change notifications on a directory
//! and returns [`FileNotifyEvent`] entries describing changes as they happen.
//! The server holds the request until a change occurs, making this a long-poll
//! operation.
//!
//! Because hours of silence is the healthy case here, nothing about the
//! request itself can say the server died -- so the wait is bounded by the
//! connection going silent instead, which only the ECHO keepalive makes
//! meaningful. That bound lives in `Connection::await_response`, and this
//! module reaches it by handing the pre-issued request's `WaiterGuard` there
//! rather than awaiting the guard directly. ❌ A bare `WaiterGuard::recv()` is
//! an unbounded `oneshot` await; using one here is what left a watcher on a
//! silent-but-open session waiting forever.

use log::{debug, trace};

use crate::client::connection::{Connection, LongPollOutcome, WaiterGuard};
use crate::client::tree::Tree;
use crate::client::Frame;
use crate::error::Result;
use crate::msg::change_notify::{
    ChangeNotifyRequest, ChangeNotifyResponse, FILE_NOTIFY_CHANGE_ATTRIBUTES,
    FILE_NOTIFY_CHANGE_CREATION, FILE_NOTIFY_CHANGE_DIR_NAME, FILE_NOTIFY_CHANGE_EA,
    FILE_NOTIFY_CHANGE_FILE_NAME, FILE_NOTIFY_CHANGE_LAST_WRITE, FILE_NOTIFY_CHANGE_SIZE,
    FILE_NOTIFY_CHANGE_STREAM_NAME, FILE_NOTIFY_CHANGE_STREAM_SIZE,
    FILE_NOTIFY_CHANGE_STREAM_WRITE, SMB2_WATCH_TREE,
};
use crate::pack::{ReadCursor, Unpack};
use crate::types::status::NtStatus;
use crate::types::{Command, FileId, MessageId};
use crate::Error;

/// Default completion filter: watch for most common changes.
const DEFAULT_COMPLETION_FILTER: u32 = FILE_NOTIFY_CHANGE_FILE_NAME
    | FILE_NOTIFY_CHANGE_DIR_NAME
    | FILE_NOTIFY_CHANGE_ATTRIBUTES
    | FILE_NOTIFY_CHANGE_SIZE
    | FILE_NOTIFY_CHANGE_LAST_WRITE
    | FILE_NOTIFY_CHANGE_CREATION;

/// What [`WatchOptions::metadata`] adds to the default filter.
const METADATA_COMPLETION_FILTER: u32 = FILE_NOTIFY_CHANGE_EA
    | FILE_NOTIFY_CHANGE_STREAM_NAME
    | FILE_NOTIFY_CHANGE_STREAM_SIZE
    | FILE_NOTIFY_CHANGE_STREAM_WRITE;

/// How [`Tree::watch_with`](crate::Tree::watch_with) watches a directory.
///
/// ```
/// let options = smb2::WatchOptions::new().recursive(true).metadata(true);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchOptions {
    pub(crate) recursive: bool,
    pub(crate) metadata: bool,
}

impl WatchOptions {
    /// The defaults: this directory only, and the changes [`Tree::watch`](crate::Tree::watch)
    /// reports.
    pub fn new() -> Self {
        Self::default()
    }

    /// Watch the entire subtree.
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.recursive = recursive;
        self
    }

    /// Also hear about xattr and named-stream changes (`FILE_NOTIFY_CHANGE_EA`
    /// and the three `FILE_NOTIFY_CHANGE_STREAM_*` bits), so another client's
    /// Finder tag shows up. Off by default, since a server may then wake a watch
    /// for every change to any file's metadata.
    pub fn metadata(mut self, metadata: bool) -> Self {
        self.metadata = metadata;
        self
    }

    fn completion_filter(self) -> u32 {
        if self.metadata {
            DEFAULT_COMPLETION_FILTER | METADATA_COMPLETION_FILTER
        } else {
            DEFAULT_COMPLETION_FILTER
        }
    }
}

/// Default output buffer length for CHANGE_NOTIFY responses (64 KB).
const OUTPUT_BUFFER_LENGTH: u32 = 65536;

/// The type of change that occurred on a file or directory.
///
/// These correspond to the `Action` field in `FILE_NOTIFY_INFORMATION`
/// (MS-FSCC section 2.4.42).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileNotifyAction {
    /// A file was added to the directory.
    Added,
    /// A file was removed from the directory.
    Removed,
    /// A file was modified.
    Modified,
    /// A file was renamed (this is the old name).
    RenamedOldName,
    /// A file was renamed (this is the new name).
    RenamedNewName,
    /// A named stream was added to a file.
    StreamAdded,
    /// A named stream was removed from a file.
    StreamRemoved,
    /// A named stream's content changed.
    StreamModified,
}

impl FileNotifyAction {
    /// Parse an action value from the wire format.
    fn from_u32(value: u32) -> Result<Self> {
        match value {
            0x0000_0001 => Ok(FileNotifyAction::Added),
            0x0000_0002 => Ok(FileNotifyAction::Removed),
            0x0000_0003 => Ok(FileNotifyAction::Modified),
            0x0000_0004 => Ok(FileNotifyAction::RenamedOldName),
            0x0000_0005 => Ok(FileNotifyAction::RenamedNewName),
            0x0000_0006 => Ok(FileNotifyAction::StreamAdded),
            0x0000_0007 => Ok(FileNotifyAction::StreamRemoved),
            0x0000_0008 => Ok(FileNotifyAction::StreamModified),
            other => Err(Error::invalid_data(format!(
                "unknown FILE_NOTIFY_INFORMATION action: {other:#010X}"
            ))),
        }
    }
}

impl std::fmt::Display for FileNotifyAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FileNotifyAction::Added => write!(f, "added"),
            FileNotifyAction::Removed => write!(f, "removed"),
            FileNotifyAction::Modified => write!(f, "modified"),
            FileNotifyAction::StreamAdded => write!(f, "stream added"),
            FileNotifyAction::StreamRemoved => write!(f, "stream removed"),
            FileNotifyAction::StreamModified => write!(f, "stream modified"),
            FileNotifyAction::RenamedOldName => write!(f, "renamed (old name)"),
            FileNotifyAction::RenamedNewName => write!(f, "renamed (new name)"),
        }
    }
}

/// A single file change notification.
///
/// Represents one `FILE_NOTIFY_INFORMATION` entry from the server.
#[derive(Debug, Clone)]
pub struct FileNotifyEvent {
    /// What kind of change occurred.
    pub action: FileNotifyAction,
    /// The changed path, relative to the watched directory.
    ///
    /// A recursive watch reports something below the directory it was armed
    /// on, so this can carry separators. They are `/`, and each component has
    /// been mapped back out of the private-use area (see [`crate::name`]), so
    /// the value goes straight into any [`Tree`] method after being joined
    /// onto the watched directory's path.
    ///
    /// [`Tree`]: crate::Tree
    pub filename: String,
}

/// Watches a directory for changes via SMB2 CHANGE_NOTIFY.
///
/// The server holds the request until something changes, then responds
/// with one or more [`FileNotifyEvent`] entries. Each call to
/// [`next_events()`](Watcher::next_events) blocks until the server
/// reports a change.
///
/// ```no_run
/// # async fn example(client: &mut smb2::SmbClient, share: &smb2::Tree) -> Result<(), smb2::Error> {
/// let mut watcher = client.watch(&share, "_test/", true).await?;
/// loop {
///     let events = watcher.next_events().await?;
///     for event in &events {
///         println!("{}: {}", event.filename, event.action);
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// **Pipelining**: `Watcher` keeps one CHANGE_NOTIFY request pre-issued on
/// the wire at all times after the first call to
/// [`next_events`](Self::next_events). The wire never sits idle between
/// consecutive responses, so server-side events that arrive while the
/// consumer is processing the previous batch are still delivered to an
/// outstanding request — they don't fall in a response→re-arm gap where
/// strict servers (older Samba, NAS firmware) drop them silently.
///
/// The watcher owns a cloned [`Connection`] (cheap `Arc::clone`, all
/// clones multiplex over the same SMB session), so the caller doesn't
/// need a second `SmbClient` to perform other operations while watching.
pub struct Watcher {
    tree: Tree,
    conn: Connection,
    file_id: FileId,
    options: WatchOptions,
    /// The in-flight CHANGE_NOTIFY. Populated lazily on the first
    /// `next_events()` call and re-populated before awaiting each response,
    /// so there is always exactly one outstanding request on the wire from
    /// that point on.
    ///
    /// It is a `WaiterGuard`, not a bare receiver, so a watcher that stops
    /// being polled (a pane closes, the consumer drops it) deregisters its
    /// pre-issued request instead of leaving it in the connection's in-flight
    /// table forever. Before that, a long-lived watcher's abandoned
    /// CHANGE_NOTIFYs showed up as requests "unanswered" for hours.
    pending: Option<WaiterGuard>,
    /// Set by [`close`](Self::close) before its CLOSE, so the drop after it
    /// never sends a second.
    closed: bool,
}

impl Watcher {
    /// Create a new watcher (called by `Tree::watch`).
    pub(crate) fn new(
        tree: Tree,
        conn: Connection,
        file_id: FileId,
        options: WatchOptions,
    ) -> Self {
        let conn = tree.pinned_conn(&conn).pinned_to_session();
        Watcher {
            tree,
            conn,
            file_id,
            options,
            pending: None,
            closed: false,
        }
    }

    /// Wait for the next batch of change events.
    ///
    /// Dispatches a CHANGE_NOTIFY request (if one isn't already pre-issued
    /// from the previous call), then — before awaiting the response —
    /// dispatches the *next* CHANGE_NOTIFY. This keeps the wire
    /// continuously armed: from the moment the first call returns until
    /// the watcher is dropped, the server always has an outstanding
    /// request to deliver events into. Closes the response→re-arm loss
    /// window that strict servers (older Samba, NAS firmware) drop events
    /// through.
    ///
    /// The server holds each request until changes occur, so this call
    /// may block for a long time.
    ///
    /// Returns `Ok(events)` with one or more events when changes are detected.
    ///
    /// # Errors
    ///
    /// Returns `Error::Protocol` with `STATUS_NOTIFY_ENUM_DIR` if too many
    /// changes occurred and the server could not fit them in the response
    /// buffer. In this case, the caller should re-scan the directory and
    /// keep watching — by the time control returns, the pipelined-next
    /// request is already on the wire so no events arriving during the
    /// re-scan get lost.
    pub async fn next_events(&mut self) -> Result<Vec<FileNotifyEvent>> {
        let frame = loop {
            // Cold start: no request has been issued yet. Dispatch the first.
            if self.pending.is_none() {
                let rx = self.dispatch_next().await?;
                self.pending = Some(rx);
            }
            // Take the currently in-flight receiver, then immediately
            // pre-issue the next request before awaiting this one. The
            // `dispatch` call below `.await`s only the transport.send(), so
            // when it returns, the next CHANGE_NOTIFY is on the wire and the
            // server has somewhere to put new events even while we process
            // the response for the previous one.
            let in_flight = self.pending.take().expect("pending populated above");
            let next_rx = self.dispatch_next().await?;
            self.pending = Some(next_rx);

            // ❌ Not `in_flight.recv()`. A bare await on the guard walks past
            // every bound the connection has: CHANGE_NOTIFY is exempt from the
            // request deadline by design, so the connection is the only thing
            // that applies the two bounds it does have — connection-wide
            // silence, and the refresh cycle. Awaiting the guard directly left
            // a watcher on a silent-but-open session waiting forever, which is
            // the exact failure the long-poll bound exists to end.
            match self
                .conn
                .await_long_poll_refreshable(in_flight, Command::ChangeNotify)
                .await?
            {
                LongPollOutcome::Answered(frame) => break frame,
                LongPollOutcome::RefreshDue {
                    msg_id,
                    async_id,
                    generation,
                } => {
                    match self.refresh(msg_id, async_id, generation).await? {
                        // The sibling had an answer waiting after all.
                        Some(frame) => break frame,
                        None => continue,
                    }
                }
            }
        };

        if frame.header.status == NtStatus::NOTIFY_ENUM_DIR {
            return Err(Error::Protocol {
                status: frame.header.status,
                command: Command::ChangeNotify,
            });
        }

        if frame.header.status != NtStatus::SUCCESS {
            return Err(Error::Protocol {
                status: frame.header.status,
                command: Command::ChangeNotify,
            });
        }

        let mut cursor = ReadCursor::new(&frame.body);
        let resp = ChangeNotifyResponse::unpack(&mut cursor)?;

        let events = parse_notify_information(&resp.output_data)?;
        // An empty response is plumbing: a subscription handed over during a
        // refresh answers with nothing to report, and on an idle directory
        // that's most of them. Events are the signal, so only those get a
        // line a consumer sees at `debug`.
        if events.is_empty() {
            trace!("watcher: a subscription answered with no change events");
        } else {
            debug!("watcher: received {} change event(s)", events.len());
        }
        Ok(events)
    }

    /// Build a CHANGE_NOTIFY request and dispatch it on the cloned
    /// connection, returning the response receiver. `Connection::dispatch`
    /// awaits only up to and including `transport.send()`, so when this
    /// returns the request is on the wire — the caller can rely on the
    /// "outstanding on the wire" invariant for whatever comes next.
    async fn dispatch_next(&self) -> Result<WaiterGuard> {
        let flags = if self.options.recursive {
            SMB2_WATCH_TREE
        } else {
            0
        };
        let req = ChangeNotifyRequest {
            flags,
            output_buffer_length: OUTPUT_BUFFER_LENGTH,
            file_id: self.file_id,
            completion_filter: self.options.completion_filter(),
        };
        self.conn
            .dispatch(Command::ChangeNotify, &req, Some(self.tree.tree_id))
            .await
    }

    /// Replace both of the watcher's subscriptions with fresh ones.
    ///
    /// Reached when a request has been registered with the server longer than
    /// `Connection::set_long_poll_refresh` allows. Nothing is known to be
    /// wrong, and nothing can be: a subscription the server has forgotten and a
    /// directory nobody has touched are the same silence. This declines to bet
    /// on which, at the cost of three frames per cycle.
    ///
    /// **Both** get replaced, not just the one that aged out. The watcher
    /// pre-issues its successor in the same breath as the request it awaits, so
    /// the two are the same age and a server that dropped one has every reason
    /// to have dropped the other.
    ///
    /// **Order is the whole correctness argument.** The replacement goes out
    /// before either retirement, so the server is never without an outstanding
    /// request — leaving that gap open is exactly what the pipelined watcher
    /// exists to prevent, and a strict server drops the events that land in it.
    ///
    /// Returns any events the retiring sibling turned out to be holding: an
    /// answer that arrived in the handover is a real answer, and it also
    /// settles the only question worth asking here, which is that this
    /// subscription was alive.
    async fn refresh(
        &mut self,
        retired: MessageId,
        async_id: Option<u64>,
        generation: u64,
    ) -> Result<Option<Frame>> {
        debug!(
            "watcher: refreshing its subscription (msg_id={} retired)",
            retired.0
        );
        // 1. Arm the replacement first. Everything after this can fail without
        //    leaving the directory unwatched.
        let fresh = self.dispatch_next().await?;

        // 2. Retire the request that aged out. Best-effort: a server that has
        //    forgotten the subscription will ignore the cancel too, which is
        //    the case being healed rather than a new failure. ❌ Skipping it is
        //    not an option though — on a server that DID remember, every cycle
        //    would leave one more abandoned CHANGE_NOTIFY registered for the
        //    life of the watch.
        self.retire(retired, async_id, generation).await;

        // 3. And its equally-old sibling, salvaging an answer if it has one.
        let mut answered = None;
        if let Some(mut sibling) = self.pending.take() {
            let (msg_id, async_id) = (sibling.msg_id(), sibling.async_id());
            let generation = sibling.generation();
            answered = sibling.try_recv().transpose()?;
            drop(sibling);
            if answered.is_none() {
                self.retire(msg_id, async_id, generation).await;
            }
        }

        self.pending = Some(fresh);
        Ok(answered)
    }

    /// Tell the server to let go of a request we have stopped waiting for.
    ///
    /// Failure is logged and swallowed: the cancel is housekeeping, and a
    /// connection too broken to carry it will surface itself through the next
    /// real request with a far better error than this one could offer.
    async fn retire(&self, msg_id: MessageId, async_id: Option<u64>, generation: u64) {
        if let Err(e) = self.conn.send_cancel(msg_id, async_id, generation).await {
            debug!(
                "watcher: could not cancel the retired CHANGE_NOTIFY (msg_id={}): {e}",
                msg_id.0
            );
        }
    }

    /// Close the directory handle.
    ///
    /// Drops the pre-issued CHANGE_NOTIFY, which deregisters its waiter (the
    /// `Connection` receiver task discards the late response silently when it
    /// arrives — same contract `Connection::execute` already documents), then
    /// issues a CLOSE on the file handle and waits for its answer. Dropping
    /// the watcher closes the handle too, without the answer.
    ///
    /// A watcher whose session has ended (a reconnect) sends nothing and
    /// returns `Ok`: the server let go of the handle with the session.
    pub async fn close(mut self) -> Result<()> {
        self.pending.take();
        self.closed = true;
        match self.tree.close_handle(&mut self.conn, self.file_id).await {
            Err(Error::HandleInvalidated { .. }) => Ok(()),
            result => result,
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // The pre-issued CHANGE_NOTIFY (if any) drops with the watcher, after
        // this: the server completes it when the CLOSE lands, and the
        // receiver task discards that late answer.
        if !self.closed {
            self.tree
                .close_dropped_handle(&self.conn, self.file_id, "Watcher");
        }
    }
}

/// Parse a chain of FILE_NOTIFY_INFORMATION entries from the response buffer.
///
/// Each entry has:
/// - `NextEntryOffset` (u32): offset to next entry, 0 for last
/// - `Action` (u32): the change type
/// - `FileNameLength` (u32): length of filename in bytes (UTF-16LE)
/// - `FileName` (variable): UTF-16LE, NOT null-terminated
///
/// Entries are 4-byte aligned.
fn parse_notify_information(data: &[u8]) -> Result<Vec<FileNotifyEvent>> {
    let mut events = Vec::new();
    let mut offset = 0usize;

    if data.is_empty() {
        return Ok(events);
    }

    loop {
        // Need at least 12 bytes for the fixed fields.
        if offset + 12 > data.len() {
            return Err(Error::invalid_data(
                "FILE_NOTIFY_INFORMATION truncated: not enough bytes for fixed fields",
            ));
        }

        let next_entry_offset =
            u32::from_le_bytes(data[offset..offset + 4].try_into().unwrap()) as usize;
        let action_raw = u32::from_le_bytes(data[offset + 4..offset + 8].try_into().unwrap());
        let filename_length =
            u32::from_le_bytes(data[offset + 8..offset + 12].try_into().unwrap()) as usize;

        // Filename starts right after the 12-byte fixed header.
        let filename_start = offset + 12;
        let filename_end = filename_start + filename_length;

        if filename_end > data.len() {
            return Err(Error::invalid_data(format!(
                "FILE_NOTIFY_INFORMATION filename extends beyond buffer: \
                 need {} bytes at offset {}, buffer is {} bytes",
                filename_length,
                filename_start,
                data.len()
            )));
        }

        let filename_bytes = &data[filename_start..filename_end];

        // A recursive watch reports a path, not a bare name, so this decodes
        // per component and hands back `/` separators like every other path
        // the caller deals with.
        let filename = crate::name::decode_path(&decode_utf16le(filename_bytes)?);
        let action = FileNotifyAction::from_u32(action_raw)?;

        events.push(FileNotifyEvent { action, filename });

        if next_entry_offset == 0 {
            break;
        }

        offset += next_entry_offset;
    }

    Ok(events)
}

/// Decode a UTF-16LE byte slice into a Rust String.
pub(super) fn decode_utf16le(bytes: &[u8]) -> Result<String> {
    if !bytes.len().is_multiple_of(2) {
        return Err(Error::invalid_data("UTF-16LE filename has odd byte count"));
    }

    let u16s: Vec<u16> = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|&pair| u16::from_le_bytes(pair))
        .collect();

    String::from_utf16(&u16s)
        .map_err(|e| Error::invalid_data(format!("invalid UTF-16LE filename: {e}")))
}

//! [`DirectoryReader`]: a directory listed one server batch at a time.
//!
//! A listing is CREATE, QUERY_DIRECTORY until `STATUS_NO_MORE_FILES`, CLOSE.
//! [`Tree::list_directory`] runs it to the end and returns everything; this
//! hands each QUERY_DIRECTORY answer to the caller as it arrives, so a folder
//! of 100,000 entries can be shown, filtered, or abandoned after its first
//! batch, and never has to sit in memory whole. `list_directory` collects
//! through a reader, so the two are the same requests on the wire.
//!
//! **Cancel safety is the part that takes care.** QUERY_DIRECTORY is stateful
//! on the server: the handle's cursor moves on when the server answers, and a
//! later query gets the entries after it. So a dropped `next_batch` whose query
//! already reached the wire must not take that answer with it, or the next
//! call silently skips a batch. Consumers drop futures in `select!` routinely,
//! so every request the reader makes is a boxed future it keeps in its own
//! state, and the next call resumes the same one. The `Connection`'s own drop
//! safety isn't enough for this: it keeps the connection consistent by
//! discarding a dropped caller's answer, which is exactly the loss to avoid.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use log::{debug, trace};

use crate::client::connection::Connection;
use crate::client::tree::{DirectoryEntry, QueryStep, QueryStepOutcome, Tree};
use crate::error::Result;
use crate::msg::query_directory::FileInformationClass;
use crate::types::status::NtStatus;
use crate::types::{Command, FileId};
use crate::Error;

/// What a listing asks the server for, beyond the default. For
/// [`Tree::open_directory_reader_with`] and [`Tree::list_directory_with`]
/// (and the `SmbClient` methods of the same names).
///
/// ```
/// let options = smb2::ListOptions::new().index_numbers(true);
/// assert!(options.index_numbers);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Fill in each entry's [`DirectoryEntry::index_number`], by listing with
    /// `FileIdBothDirectoryInformation` (MS-FSCC § 2.4.22) in place of the
    /// default `FileBothDirectoryInformation`. Same round trips, 10 bytes
    /// more per entry. A server that doesn't know that class is listed the
    /// default way on the same handle, with every `index_number` `None`, and
    /// the connection remembers so later listings don't ask again.
    pub index_numbers: bool,
}

impl ListOptions {
    /// The default listing, exactly what [`Tree::list_directory`] sends.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ask for each entry's index number (see the field).
    #[must_use]
    pub fn index_numbers(mut self, index_numbers: bool) -> Self {
        self.index_numbers = index_numbers;
        self
    }
}

/// A directory listed one QUERY_DIRECTORY answer at a time.
///
/// Each [`next_batch`](Self::next_batch) sends one QUERY_DIRECTORY and returns
/// the entries in its answer. How many that is depends on the server and the
/// names (about 64 KiB of entries, often several hundred); it isn't a page
/// size to rely on. Names come back mapped exactly as
/// [`Tree::list_directory`] returns them, `.` and `..` included.
///
/// The end of the listing closes the handle by itself. To stop before then,
/// call [`close`](Self::close), or drop the reader: that closes the handle
/// too, without the answer (see [`FileWriter`](crate::FileWriter)'s
/// "Dropping it" section).
///
/// [`next_batch`](Self::next_batch) is cancel-safe: drop it in a `select!` and
/// the next call returns the batch the dropped one asked for, never the one
/// after it.
///
/// A reader belongs to the session it was opened on. After a reconnect it
/// can't resume, since the server's cursor went with the old session, so
/// `next_batch` fails with [`Error::HandleInvalidated`] without sending
/// anything, and [`close`](Self::close) succeeds without sending anything.
/// Open a new reader to list the directory again.
///
/// Owns a cheap clone of the [`Connection`] and of the [`Tree`], so it
/// borrows nothing and can move to another task.
///
/// ```no_run
/// # async fn example(client: &mut smb2::SmbClient, share: &mut smb2::Tree) -> Result<(), smb2::Error> {
/// let mut reader = client.open_directory_reader(share, "photos").await?;
/// while let Some(batch) = reader.next_batch().await? {
///     for entry in batch {
///         println!("{}", entry.name);
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct DirectoryReader {
    tree: Arc<Tree>,
    /// Pinned to the session that opened the handle, before the CREATE.
    conn: Connection,
    file_id: FileId,
    buffer_len: u32,
    /// The information class every query asks for. Starts as class 37 when
    /// the caller opted into index numbers, and drops to class 3 for good if
    /// the server refuses it.
    class: FileInformationClass,
    state: State,
    /// What [`Tree::list_directory_instrumented`] reports, when it asked.
    timings: Option<Timings>,
}

/// Where a reader is in its listing. A request in flight lives here, not in
/// the caller's future, which is what makes every await on it cancel-safe.
enum State {
    /// The handle is open and nothing is in flight. `restart` asks the server
    /// to start the scan over, which only the first query does.
    Ready { restart: bool },
    /// A QUERY_DIRECTORY, sent (or about to be, on its first poll).
    /// `restart` says it asked for the start of the scan, so nothing has been
    /// handed out yet.
    Querying {
        query: BoxFuture<'static, Result<QueryStepOutcome>>,
        started: Instant,
        restart: bool,
    },
    /// The CLOSE, and the error to report once it's done: a failed query
    /// closes the handle too, and its error outranks the CLOSE's.
    Closing {
        close: BoxFuture<'static, Result<()>>,
        started: Instant,
        then: Option<Error>,
    },
    /// The handle is closed.
    Done,
}

/// Round-trip times, for [`Tree::list_directory_instrumented`].
#[derive(Default)]
pub(crate) struct Timings {
    pub(crate) queries: Vec<QueryStep>,
    pub(crate) close: Duration,
}

impl DirectoryReader {
    /// Wrap a directory handle `conn` opened. `conn` must already be pinned to
    /// that session.
    pub(crate) fn new(
        tree: Arc<Tree>,
        conn: Connection,
        file_id: FileId,
        buffer_len: u32,
        class: FileInformationClass,
    ) -> Self {
        Self {
            tree,
            conn,
            file_id,
            buffer_len,
            class,
            state: State::Ready { restart: true },
            timings: None,
        }
    }

    /// Time every round trip from here on (see [`take_timings`](Self::take_timings)).
    pub(crate) fn record_timings(&mut self) {
        self.timings = Some(Timings::default());
    }

    /// What [`record_timings`](Self::record_timings) has collected so far.
    pub(crate) fn take_timings(&mut self) -> Timings {
        self.timings.take().unwrap_or_default()
    }

    /// The next batch of entries: one QUERY_DIRECTORY answer.
    ///
    /// `Ok(None)` at the end of the listing, once the handle is closed, and on
    /// every call after it. A batch is never empty.
    ///
    /// An error closes the handle too, and the calls after it return
    /// `Ok(None)`; listing the directory again needs a new reader. After a
    /// reconnect the error is [`Error::HandleInvalidated`] (see the type-level
    /// docs).
    ///
    /// Cancel-safe: a call dropped while its request is out leaves the request
    /// with the reader, and the next call picks up its answer.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<DirectoryEntry>>> {
        loop {
            match &mut self.state {
                State::Done => return Ok(None),
                State::Ready { restart } => {
                    let restart = *restart;
                    self.start_query(restart);
                }
                State::Querying {
                    query,
                    started,
                    restart,
                } => {
                    let restart = *restart;
                    let outcome = query.as_mut().await;
                    let elapsed = started.elapsed();
                    // Nothing below awaits until the state has moved on, so a
                    // drop can't land between taking the answer and recording
                    // that it was taken.
                    match outcome {
                        Ok(QueryStepOutcome::Entries { entries, bytes }) => {
                            self.note_query(elapsed, entries.len(), bytes, false);
                            self.state = State::Ready { restart: false };
                            trace!("directory: batch of {} entries", entries.len());
                            // A server may answer with a buffer that holds no
                            // whole entry; that's no batch to hand out.
                            if !entries.is_empty() {
                                return Ok(Some(entries));
                            }
                        }
                        Ok(QueryStepOutcome::NoMoreFiles { bytes }) => {
                            self.note_query(elapsed, 0, bytes, true);
                            self.start_close(None);
                        }
                        Err(e) if restart && self.refuses_the_class(&e) => {
                            // Nothing was handed out, so the default class can
                            // start the scan over on the same handle.
                            self.note_query(elapsed, 0, 0, false);
                            debug!(
                                "directory: server refused FileIdBothDirectoryInformation ({e}), \
                                 listing without index numbers from now on"
                            );
                            self.conn.note_listing_ids_refused();
                            self.class = FileInformationClass::FileBothDirectoryInformation;
                            self.start_query(true);
                        }
                        Err(e) => self.start_close(Some(e)),
                    }
                }
                State::Closing { .. } => {
                    let (closed, then) = self.finish_close().await;
                    return match then {
                        Some(e) => Err(e),
                        None => closed.map(|()| None),
                    };
                }
            }
        }
    }

    /// Close the handle before the end of the listing.
    ///
    /// A query a dropped [`next_batch`](Self::next_batch) left out is answered
    /// first, so the QUERY_DIRECTORY and the CLOSE can't race on the handle.
    /// Nothing to do once the listing ended, and nothing sent after a
    /// reconnect (the server let go of the handle with the session); both
    /// return `Ok`.
    pub async fn close(mut self) -> Result<()> {
        if let State::Querying { query, .. } = &mut self.state {
            // Whatever it says, the handle is still open.
            let _ = query.as_mut().await;
            self.state = State::Ready { restart: false };
        }
        match self.state {
            State::Done => return Ok(()),
            State::Ready { .. } => self.start_close(None),
            State::Querying { .. } | State::Closing { .. } => {}
        }
        self.finish_close().await.0
    }

    fn start_query(&mut self, restart: bool) {
        let tree = Arc::clone(&self.tree);
        let mut conn = self.conn.clone();
        let (file_id, buffer_len, class) = (self.file_id, self.buffer_len, self.class);
        self.state = State::Querying {
            query: Box::pin(async move {
                tree.query_directory_step(&mut conn, file_id, restart, buffer_len, class)
                    .await
            }),
            started: Instant::now(),
            restart,
        };
    }

    /// Whether `error` is the server saying it doesn't speak class 37
    /// (MS-SMB2 § 3.3.5.18: `STATUS_INVALID_INFO_CLASS` for a class it doesn't
    /// know, `STATUS_NOT_SUPPORTED` for one it doesn't implement).
    fn refuses_the_class(&self, error: &Error) -> bool {
        self.class == FileInformationClass::FileIdBothDirectoryInformation
            && matches!(
                error,
                Error::Protocol {
                    status: NtStatus::INVALID_INFO_CLASS | NtStatus::NOT_SUPPORTED,
                    command: Command::QueryDirectory,
                }
            )
    }

    fn start_close(&mut self, then: Option<Error>) {
        let tree = Arc::clone(&self.tree);
        let mut conn = self.conn.clone();
        let file_id = self.file_id;
        self.state = State::Closing {
            close: Box::pin(async move {
                match tree.close_handle(&mut conn, file_id).await {
                    // The server let go of the handle with its session.
                    Err(Error::HandleInvalidated { .. }) => Ok(()),
                    result => result,
                }
            }),
            started: Instant::now(),
            then,
        };
    }

    /// Await the CLOSE in place, then hand back its result and the error it
    /// was carrying. Cancel-safe like the rest.
    async fn finish_close(&mut self) -> (Result<()>, Option<Error>) {
        let State::Closing { close, started, .. } = &mut self.state else {
            return (Ok(()), None);
        };
        let closed = close.as_mut().await;
        let elapsed = started.elapsed();
        let State::Closing { then, .. } = std::mem::replace(&mut self.state, State::Done) else {
            unreachable!("still closing: nothing awaited since the match above");
        };
        if let Some(timings) = &mut self.timings {
            timings.close = elapsed;
        }
        (closed, then)
    }

    fn note_query(&mut self, elapsed: Duration, entries: usize, bytes: usize, no_more_files: bool) {
        if let Some(timings) = &mut self.timings {
            timings.queries.push(QueryStep {
                elapsed,
                entries,
                bytes,
                no_more_files,
            });
        }
    }
}

impl Drop for DirectoryReader {
    fn drop(&mut self) {
        match self.state {
            // A query still out was handed to the connection before the
            // CLOSE is, so the server answers it first.
            State::Ready { .. } | State::Querying { .. } => {
                self.tree
                    .close_dropped_handle(&self.conn, self.file_id, "DirectoryReader");
            }
            // A CLOSE already started is never sent twice, even if its
            // future went away before it got out.
            State::Closing { .. } | State::Done => {}
        }
    }
}

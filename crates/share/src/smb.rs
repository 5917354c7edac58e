//! A share, by SMB 2 or 3.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use smb2::types::Command;
use smb2::types::status::NtStatus;
use smb2::{ClientConfig, Error, FileDownload, FileWriter, RenameOptions, SmbClient, Tree, UPLOAD_CHUNK_SIZE};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

use crate::error::ShareError;
use crate::file::{Reading, ReadingKind, Writing, WritingKind};
use crate::folder::last;
use crate::place::Entry;
use crate::{Login, ShareAddress};

/// A connection to a share. Clones are the same connection.
#[derive(Clone)]
pub(crate) struct Smb(Arc<Connection>);

struct Connection {
    /// One thread that serves the connection. Taken out only to end it.
    runtime: Option<Runtime>,
    client: Mutex<SmbClient>,
    tree: Tree,
    address: ShareAddress,
    limit: Duration,
}

impl Smb {
    pub(crate) fn connect(address: &ShareAddress, login: &Login, limit: Duration) -> Result<Smb, ShareError> {
        let failed = |reason: String| ShareError::Other { path: address.to_string(), reason };
        let builder = Builder::new_multi_thread().worker_threads(1).thread_name("share").enable_all().build();
        let runtime = Ending(Some(builder.map_err(|error| failed(error.to_string()))?));
        let config = ClientConfig {
            addr: address.socket(),
            timeout: limit,
            response_timeout: Some(limit),
            username: login.user.clone(),
            password: login.password.to_string(),
            domain: login.domain.clone(),
            compression: false,
            ..ClientConfig::default()
        };
        let (client, tree) = runtime.block_on(async {
            let entered = tokio::time::timeout(limit * 3, SmbClient::connect(config)).await;
            let mut client = entered.unwrap_or(Err(Error::Timeout)).map_err(|error| not_in(address, login, error))?;
            let tree = tokio::time::timeout(limit * 2, client.connect_share(address.share())).await;
            let tree = tree.unwrap_or(Err(Error::Timeout)).map_err(|error| no_share(address, error))?;
            if tree.encrypt_data && !client.connection_for(&tree).is_ok_and(|connection| connection.should_encrypt()) {
                let reason = "the share is encrypted, and this server and pepd have no cipher in common".into();
                return Err(ShareError::Unprotected { server: address.server().into(), reason });
            }
            Ok((client, tree))
        })?;
        let connection =
            Connection { runtime: runtime.keep(), client: Mutex::new(client), tree, address: address.clone(), limit };
        let share = Smb(Arc::new(connection));
        let base = share.path("");
        if !base.is_empty() {
            let found =
                share.run("", |client, mut tree| async move { client.lock().await.stat(&mut tree, &base).await })?;
            if !found.is_directory {
                return Err(ShareError::NotAFolder { path: share.shown("") });
            }
        }
        Ok(share)
    }

    pub(crate) fn shown(&self, name: &str) -> String {
        let place = &self.0.address;
        if name.is_empty() { place.to_string() } else { format!(r"{place}\{}", name.replace('/', r"\")) }
    }

    pub(crate) fn room(&self) -> Result<u64, ShareError> {
        let info = self.run("", |client, mut tree| async move { client.lock().await.fs_info(&mut tree).await })?;
        Ok(info.free_bytes)
    }

    pub(crate) fn create_folder(&self, name: &str) -> Result<(), ShareError> {
        let path = self.path(name);
        self.run(name, |client, tree| async move { client.lock().await.create_directory(&tree, &path).await })
    }

    pub(crate) fn create(&self, name: &str) -> Result<Writing, ShareError> {
        let path = self.path(name);
        let file = self.run(name, |client, tree| async move {
            client.lock().await.create_file_writer_exclusive(&tree, &path).await
        })?;
        let gathered = Vec::new();
        let writing = SmbWriting { share: self.clone(), name: name.into(), file: Some(file), gathered };
        Ok(Writing(WritingKind::Smb(Box::new(writing))))
    }

    pub(crate) fn read(&self, name: &str) -> Result<Reading, ShareError> {
        let path = self.path(name);
        let file =
            self.run(name, |client, tree| async move { client.lock().await.open_file_download(&tree, &path).await })?;
        let reading = SmbReading { share: self.clone(), name: name.into(), file: Some(file), chunk: Vec::new(), at: 0 };
        Ok(Reading(ReadingKind::Smb(Box::new(reading))))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), ShareError> {
        let (old, new) = (self.path(from), self.path(to));
        self.run(to, |client, tree| async move { client.lock().await.rename(&tree, &old, &new).await })
    }

    pub(crate) fn rename_over(&self, from: &str, to: &str) -> Result<(), ShareError> {
        let (old, new) = (self.path(from), self.path(to));
        let over = RenameOptions::new().replace_if_exists(true);
        self.run(to, |client, tree| async move { client.lock().await.rename_with(&tree, &old, &new, over).await })
    }

    pub(crate) fn entry(&self, name: &str) -> Result<Entry, ShareError> {
        let path = self.path(name);
        let found =
            self.run(name, |client, mut tree| async move { client.lock().await.stat(&mut tree, &path).await })?;
        Ok(Entry {
            name: last(name),
            is_folder: found.is_directory,
            size: if found.is_directory { 0 } else { found.size },
        })
    }

    pub(crate) fn list(&self, name: &str) -> Result<Vec<Entry>, ShareError> {
        let path = self.path(name);
        let entries = self
            .run(name, |client, mut tree| async move { client.lock().await.list_directory(&mut tree, &path).await })?;
        let entries = entries.into_iter().filter(|entry| entry.name != "." && entry.name != "..");
        Ok(entries.map(|entry| Entry { name: entry.name, is_folder: entry.is_directory, size: entry.size }).collect())
    }

    pub(crate) fn remove_file(&self, name: &str) -> Result<(), ShareError> {
        let path = self.path(name);
        self.run(name, |client, tree| async move { client.lock().await.delete_file(&tree, &path).await })
    }

    pub(crate) fn remove_folder(&self, name: &str) -> Result<(), ShareError> {
        let path = self.path(name);
        self.run(name, |client, tree| async move { client.lock().await.delete_directory(&tree, &path).await })
    }

    /// A name's path in the share.
    fn path(&self, name: &str) -> String {
        let base = self.0.address.base();
        match (base.is_empty(), name.is_empty()) {
            (true, _) => name.to_owned(),
            (_, true) => base,
            _ => format!("{base}/{name}"),
        }
    }

    /// Does one thing with the connection, within the limit.
    fn run<'a, T, F>(&'a self, name: &str, work: impl FnOnce(&'a Mutex<SmbClient>, Tree) -> F) -> Result<T, ShareError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.wait(name, work(&self.0.client, self.0.tree.clone()))
    }

    /// A server that says nothing at all is found out by the connection's own limit; this one is for one that never comes to an end.
    fn wait<T>(&self, name: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T, ShareError> {
        let limit = self.0.limit * 2;
        let Some(runtime) = &self.0.runtime else { return Err(self.failed(name, Error::Disconnected)) };
        let done = runtime.block_on(async { tokio::time::timeout(limit, work).await });
        done.unwrap_or(Err(Error::Timeout)).map_err(|error| self.failed(name, error))
    }

    fn failed(&self, name: &str, error: Error) -> ShareError {
        in_share(self.0.address.server(), self.shown(name), error)
    }
}

/// The thread of a connection that may have to end where nothing may wait.
impl Drop for Connection {
    fn drop(&mut self) {
        drop(Ending(self.runtime.take()));
    }
}

/// A runtime that ends without waiting for it.
struct Ending(Option<Runtime>);

impl Ending {
    fn block_on<T>(&self, work: impl Future<Output = Result<T, ShareError>>) -> Result<T, ShareError> {
        match &self.0 {
            Some(runtime) => runtime.block_on(work),
            None => Err(ShareError::Other { path: String::new(), reason: "it has ended".into() }),
        }
    }

    fn keep(mut self) -> Option<Runtime> {
        self.0.take()
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) struct SmbWriting {
    share: Smb,
    name: String,
    file: Option<FileWriter>,
    /// What is not a whole piece yet.
    gathered: Vec<u8>,
}

/// A piece is sent as one request.
const PIECE: usize = UPLOAD_CHUNK_SIZE as usize;

impl SmbWriting {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE.saturating_sub(self.gathered.len());
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.gathered.extend_from_slice(taken);
        if self.gathered.len() >= PIECE {
            self.flush()?;
        }
        Ok(taken.len())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::BrokenPipe.into()) };
        self.share.wait(&self.name, file.write_chunk(&self.gathered))?;
        self.gathered.clear();
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<u64, ShareError> {
        self.flush()?;
        let Some(file) = self.file.take() else { return Err(self.share.failed(&self.name, Error::Disconnected)) };
        self.share.wait(&self.name, file.finish())
    }
}

/// The handle there is closed by the connection's own thread.
impl Drop for SmbWriting {
    fn drop(&mut self) {
        let _inside = self.share.0.runtime.as_ref().map(Runtime::enter);
        self.file = None;
    }
}

pub(crate) struct SmbReading {
    share: Smb,
    name: String,
    file: Option<FileDownload<'static>>,
    chunk: Vec<u8>,
    at: usize,
}

impl SmbReading {
    pub(crate) fn size(&self) -> u64 {
        self.file.as_ref().map_or(0, FileDownload::size)
    }

    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.chunk.len() {
            let Some(file) = &mut self.file else { return Ok(0) };
            let next = self.share.wait(&self.name, async { file.next_chunk().await.transpose() })?;
            let Some(chunk) = next else { return Ok(0) };
            (self.chunk, self.at) = (chunk, 0);
        }
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
            into.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

impl Drop for SmbReading {
    fn drop(&mut self) {
        let _inside = self.share.0.runtime.as_ref().map(Runtime::enter);
        self.file = None;
    }
}

// MS-ERREF 2.3.1, as far as the crate does not name them
const QUOTA_EXCEEDED: NtStatus = NtStatus(0xC000_0044);
const NO_SUCH_USER: NtStatus = NtStatus(0xC000_0064);
const WRONG_PASSWORD: NtStatus = NtStatus(0xC000_006A);
const MEDIA_WRITE_PROTECTED: NtStatus = NtStatus(0xC000_00A2);
const BAD_NETWORK_PATH: NtStatus = NtStatus(0xC000_00BE);
const NETWORK_ACCESS_DENIED: NtStatus = NtStatus(0xC000_00CA);
const DIRECTORY_NOT_EMPTY: NtStatus = NtStatus(0xC000_0101);
const LOGON_TYPE_NOT_GRANTED: NtStatus = NtStatus(0xC000_015B);
const DISK_QUOTA_EXCEEDED: NtStatus = NtStatus(0xC000_0802);
const FILE_TOO_LARGE: NtStatus = NtStatus(0xC000_0904);

/// Nobody was let in.
fn not_in(address: &ShareAddress, login: &Login, error: Error) -> ShareError {
    let server = address.server().to_owned();
    let refused = |reason: String| ShareError::Credential { server: server.clone(), user: login.shown(), reason };
    match error {
        Error::SignatureInvalid { .. } => unprotected(&server, &error),
        Error::Protocol { status, command: Command::SessionSetup } => refused(match status {
            NtStatus::LOGON_FAILURE | WRONG_PASSWORD | NO_SUCH_USER => "the user name or the password is wrong".into(),
            NtStatus::ACCOUNT_DISABLED => "the account is disabled".into(),
            NtStatus::ACCOUNT_LOCKED_OUT => "the account is locked".into(),
            NtStatus::ACCOUNT_EXPIRED => "the account has expired".into(),
            NtStatus::PASSWORD_EXPIRED | NtStatus::PASSWORD_MUST_CHANGE => "the password has expired".into(),
            NtStatus::ACCOUNT_RESTRICTION | LOGON_TYPE_NOT_GRANTED => "the account may not be used so".into(),
            status => status.to_string(),
        }),
        Error::GuestSessionRefused { .. } => {
            refused("it offers to go on as a guest instead, which is what some servers do with a wrong password".into())
        }
        Error::Auth { message } => refused(message),
        error => ShareError::NoServer { server: address.socket(), reason: no_answer(&error) },
    }
}

/// Why there is no server.
fn no_answer(error: &Error) -> String {
    match error {
        Error::ConnectFailed { attempts, .. } => {
            let tries = attempts.iter().map(ToString::to_string);
            tries.collect::<Vec<_>>().join(", ")
        }
        Error::Timeout => "no answer in time".into(),
        Error::Disconnected => "it hangs up, as a server does that does not speak SMB 2".into(),
        error => error.to_string(),
    }
}

/// The server has no such share for this user.
fn no_share(address: &ShareAddress, error: Error) -> ShareError {
    match error {
        Error::Protocol { status: NtStatus::BAD_NETWORK_NAME | BAD_NETWORK_PATH, .. } => {
            ShareError::NoShare { server: address.server().into(), share: address.share().into() }
        }
        error => in_share(address.server(), address.to_string(), error),
    }
}

/// Something failed in the share.
fn in_share(server: &str, path: String, error: Error) -> ShareError {
    let denied = |path: String, reason: &str| ShareError::Denied { path, reason: reason.into() };
    match error {
        Error::Protocol { status, .. } => match status {
            NtStatus::ACCESS_DENIED | NETWORK_ACCESS_DENIED => denied(path, "access is denied"),
            MEDIA_WRITE_PROTECTED => denied(path, "it is read-only"),
            NtStatus::OBJECT_NAME_NOT_FOUND | NtStatus::OBJECT_PATH_NOT_FOUND | NtStatus::NO_SUCH_FILE => {
                ShareError::NotFound { path }
            }
            NtStatus::NOT_A_DIRECTORY => ShareError::NotAFolder { path },
            NtStatus::OBJECT_NAME_COLLISION | DIRECTORY_NOT_EMPTY => ShareError::Exists { path },
            NtStatus::DISK_FULL | QUOTA_EXCEEDED | DISK_QUOTA_EXCEEDED | FILE_TOO_LARGE => ShareError::Full { path },
            NtStatus::NETWORK_NAME_DELETED | NtStatus::USER_SESSION_DELETED | NtStatus::NETWORK_SESSION_EXPIRED => {
                lost(server, &status)
            }
            status => ShareError::Other { path, reason: status.to_string() },
        },
        Error::SignatureInvalid { .. } => unprotected(server, &error),
        Error::Timeout => lost(server, &"no answer in time"),
        Error::Disconnected
        | Error::SessionExpired
        | Error::SendFailed { .. }
        | Error::SendTimeout { .. }
        | Error::CreditStarvation { .. }
        | Error::ServerUnresponsive { .. }
        | Error::HandleInvalidated { .. } => lost(server, &error),
        error => ShareError::Other { path, reason: error.to_string() },
    }
}

fn lost(server: &str, reason: &dyn fmt::Display) -> ShareError {
    ShareError::Lost { server: server.into(), reason: reason.to_string() }
}

fn unprotected(server: &str, reason: &dyn fmt::Display) -> ShareError {
    ShareError::Unprotected { server: server.into(), reason: reason.to_string() }
}

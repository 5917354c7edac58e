//! A session, whatever way it goes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use clixml::Guid;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use psrp::message::{Command, CreatePipeline};
use psrp::out_of_process::{Client, ClientEvent};
use psrp::pool::client::{Config, Event};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use winrm_client::Target;

/// The way to the server.
pub(crate) enum Driver {
    Socket(PathBuf),
    WinRm(Arc<Target>),
    /// Three exchanges of HTTP, which is what a command takes: Command, Receive, Signal.
    Bare(SocketAddr),
}

/// Why a load cannot be put on.
#[derive(Debug)]
pub(crate) enum Error {
    Nowhere,
    WinRm(winrm_client::Error),
    Io(std::io::Error),
    HungUp,
    Task(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Nowhere => f.write_str("say where: --socket, --http or --https"),
            Error::WinRm(error) => error.fmt(f),
            Error::Io(error) => error.fmt(f),
            Error::HungUp => f.write_str("the server hung up"),
            Error::Task(error) => f.write_str(error),
        }
    }
}

impl From<winrm_client::Error> for Error {
    fn from(error: winrm_client::Error) -> Error {
        Error::WinRm(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::Io(error)
    }
}

impl Driver {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Driver::Socket(_) => "socket",
            Driver::Bare(_) => "hyper alone, three exchanges",
            Driver::WinRm(target) if target.tls.is_some() => "HTTPS",
            Driver::WinRm(_) => "HTTP sealed",
        }
    }

    pub(crate) async fn open(&self) -> Result<Session, Error> {
        match self {
            Driver::Bare(address) => Ok(Session::Bare(Box::new(Bare::open(*address).await?))),
            Driver::WinRm(target) => {
                let session = winrm_client::Session::open(Arc::clone(target), Config::default()).await?;
                Ok(Session::WinRm(Box::new(session)))
            }
            Driver::Socket(path) => {
                let mut session = SocketSession {
                    stream: UnixStream::connect(path).await?,
                    client: Client::new(Config::default(), Guid::new_v4()),
                };
                session.client.open();
                session.until(|event| matches!(event, ClientEvent::Pool(Event::Opened))).await?;
                Ok(Session::Socket(Box::new(session)))
            }
        }
    }
}

pub(crate) enum Session {
    Socket(Box<SocketSession>),
    WinRm(Box<winrm_client::Session>),
    Bare(Box<Bare>),
}

impl Session {
    /// A command that does next to nothing, to its end and beyond.
    pub(crate) async fn no_op(&mut self) -> Result<(), Error> {
        self.run(Command::new("Measure-Object").argument(5)).await
    }

    /// Takes this many lines.
    pub(crate) async fn stream(&mut self, lines: usize) -> Result<(), Error> {
        self.run(Command::new("Write-Bulk").argument(i32::try_from(lines).unwrap_or(i32::MAX))).await
    }

    async fn run(&mut self, command: Command) -> Result<(), Error> {
        match self {
            Session::WinRm(session) => {
                session.run(vec![command]).await?;
            }
            Session::Bare(bare) => {
                for _ in 0..3 {
                    bare.exchange().await?;
                }
            }
            Session::Socket(session) => {
                let id = Guid::new_v4();
                let pipeline = CreatePipeline::new(vec![command]);
                session.client.create_pipeline(id, pipeline).map_err(|error| Error::Task(error.to_string()))?;
                session.until(|event| matches!(event, ClientEvent::Pool(Event::Finished { .. }))).await?;
                session.client.close_pipeline(id);
                session.until(|event| matches!(event, ClientEvent::PipelineClosed { .. })).await?;
            }
        }
        Ok(())
    }

    /// What a session holds that does nothing for long.
    pub(crate) fn rest(&mut self) {
        if let Session::WinRm(session) = self {
            session.close_idle_connections();
        }
    }

    pub(crate) async fn close(self) -> Result<(), Error> {
        if let Session::WinRm(session) = self {
            session.close().await?;
        }
        Ok(())
    }
}

/// HTTP and nothing else.
pub(crate) struct Bare(SendRequest<Full<Bytes>>);

impl Bare {
    async fn open(address: SocketAddr) -> Result<Bare, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(winrm_client::Error::from)?;
        tokio::spawn(connection);
        Ok(Bare(sender))
    }

    /// About as many bytes each way as an envelope.
    async fn exchange(&mut self) -> Result<(), Error> {
        let failed = |error: hyper::Error| Error::WinRm(error.into());
        self.0.ready().await.map_err(failed)?;
        let request = Request::post("/").header("Host", "x").body(Full::from(vec![b'x'; 3_000]));
        let request = request.map_err(|error| Error::Task(error.to_string()))?;
        let response = self.0.send_request(request).await.map_err(failed)?;
        response.into_body().collect().await.map_err(failed)?;
        Ok(())
    }
}

/// A session over the daemon's socket.
pub(crate) struct SocketSession {
    stream: UnixStream,
    client: Client,
}

impl SocketSession {
    async fn until(&mut self, wanted: impl Fn(&ClientEvent) -> bool) -> Result<(), Error> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            while let Some(event) = self.client.poll_event() {
                if wanted(&event) {
                    return Ok(());
                }
            }
            while let Some(line) = self.client.poll_output() {
                self.stream.write_all(&line).await?;
            }
            let count = self.stream.read(&mut buffer).await?;
            let bytes = buffer.get(..count).filter(|bytes| !bytes.is_empty()).ok_or(Error::HungUp)?;
            self.client.receive(bytes).map_err(|error| Error::Task(error.to_string()))?;
        }
    }
}

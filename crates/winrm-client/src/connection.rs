//! One TCP connection, on which somebody has logged on.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use negotiate::multipart::{self, EncryptedType, Protocol};
use negotiate::{ChannelBinding, Entropy, FileTime, InitiateError, Initiator, Progress, Sealing};
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use crate::error::Error;
use crate::log_on::{Way, begin};
use crate::target::{Authentication, Target};

/// A connection on which somebody has logged on. One request at a time.
pub struct Connection {
    target: Arc<Target>,
    sender: SendRequest<Full<Bytes>>,
    /// Every message is sealed. Inside TLS none needs to be.
    sealing: Option<Box<dyn Sealing>>,
    /// Under which name.
    protocol: Protocol,
}

/// An answer, opened.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The Content-Type of the message.
    pub content_type: Option<String>,
    /// The message.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects and logs on.
    ///
    /// # Errors
    /// If there is no way to the server, or it turns the account away.
    pub async fn open(target: Arc<Target>) -> Result<Connection, Error> {
        let mut refused = Error::NotOffered;
        for way in Way::of(&target) {
            match Connection::open_by(Arc::clone(&target), *way).await {
                Err(error @ Error::NotOffered) => refused = error,
                opened => return opened,
            }
        }
        Err(refused)
    }

    async fn open_by(target: Arc<Target>, way: Way) -> Result<Connection, Error> {
        let stream = connect(&target).await?;
        let (sender, binding) = match &target.tls {
            None => (speak(stream).await?, None),
            Some(trust) => {
                let config = trust.config().map_err(|error| Error::Tls(std::io::Error::other(error)))?;
                let name = ServerName::try_from(target.name().to_owned())
                    .map_err(|error| Error::Tls(std::io::Error::other(error)))?;
                let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(Error::tls)?;
                let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let binding = certificate.and_then(|leaf| ChannelBinding::tls_server_end_point(leaf).ok());
                (speak(stream).await?, binding)
            }
        };
        let begun = begin(&target, way, binding).await?;
        let mut connection = Connection { target, sender, sealing: None, protocol: way.protocol() };
        if let Some((initiator, first)) = begun {
            connection.log_on(way.scheme(), initiator, first).await?;
        }
        Ok(connection)
    }

    /// Sends one message, sealed if it must be, and takes its answer.
    ///
    /// # Errors
    /// If the connection breaks, or the answer does not open.
    pub async fn post(&mut self, content_type: &str, body: Vec<u8>) -> Result<Answered, Error> {
        let (content_type, body) = match &mut self.sealing {
            Some(sealing) => {
                let sealed = multipart::close(sealing.as_mut(), self.protocol, content_type, body);
                let sealed = sealed.map_err(|error| Error::Sealed(error.into()))?;
                (multipart::content_type(self.protocol), sealed)
            }
            None => (content_type.to_owned(), body),
        };
        let basic = (self.target.authentication == Authentication::Basic).then(|| self.basic());
        let response = self.request(&content_type, body, basic).await?;
        self.opened(response).await
    }

    /// The server has hung up, as far as is known.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Inside TLS nothing is sealed once more.
    fn seal(&mut self, sealing: Box<dyn Sealing>) {
        self.sealing = self.target.tls.is_none().then_some(sealing);
    }

    fn basic(&self) -> String {
        let credentials = format!("{}:{}", self.target.user, self.target.password.expose());
        format!("Basic {}", STANDARD.encode(credentials))
    }

    async fn log_on(&mut self, scheme: &str, mut initiator: Initiator, first: Vec<u8>) -> Result<(), Error> {
        let mut token = Some(first);
        let mut complete = false;
        loop {
            let authorization = token.take().map(|token| format!("{scheme} {}", STANDARD.encode(token)));
            let response = self.request("application/soap+xml;charset=UTF-8", Vec::new(), authorization).await?;
            let (status, answer) = (response.status(), challenge(&response, scheme)?);
            drop(response.into_body().collect().await.map_err(Error::Cut)?);
            if status != StatusCode::OK && status != StatusCode::UNAUTHORIZED {
                return Err(Error::Status(status.as_u16()));
            }
            if complete {
                return if status == StatusCode::OK { Ok(()) } else { Err(Error::Denied) };
            }
            let Some(answer) = answer else { return Err(Error::Denied) };
            match initiator.step(&answer, FileTime::from(SystemTime::now()), entropy()?)? {
                Progress::Continue(next) => token = Some(next),
                Progress::Done { token: Some(last), sealing } => {
                    token = Some(last);
                    complete = true;
                    self.seal(sealing);
                }
                Progress::Done { token: None, sealing } => {
                    self.seal(sealing);
                    return if status == StatusCode::OK { Ok(()) } else { Err(Error::Denied) };
                }
            }
        }
    }

    async fn request(
        &mut self,
        content_type: &str,
        body: Vec<u8>,
        authorization: Option<String>,
    ) -> Result<Response<hyper::body::Incoming>, Error> {
        let mut request = Request::post(&self.target.path)
            .header(HOST, format!("{}:{}", self.target.host, self.target.port))
            .header(CONTENT_TYPE, content_type);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::from(body)).map_err(|_| Error::NotOffered)?;
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }

    async fn opened(&mut self, response: Response<hyper::body::Incoming>) -> Result<Answered, Error> {
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED {
            return Err(Error::Denied);
        }
        let content_type =
            response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body: Vec<u8> = response.into_body().collect().await.map_err(Error::Cut)?.to_bytes().into();
        let encrypted = EncryptedType::parse(content_type.as_deref().unwrap_or_default())?;
        match (encrypted, &mut self.sealing) {
            (Some(encrypted), Some(sealing)) => {
                let opened = multipart::open(sealing.as_mut(), &encrypted, &body)?;
                Ok(Answered { status: status.as_u16(), content_type: Some(opened.content_type), body: opened.body })
            }
            _ => Ok(Answered { status: status.as_u16(), content_type, body }),
        }
    }
}

/// A way to the server. One that goes away without a word is noticed within half a minute.
async fn connect(target: &Target) -> Result<TcpStream, Error> {
    let failed = |source| Error::Connect { address: format!("{}:{}", target.host, target.port), source };
    let addresses = match target.address {
        Some(address) => vec![address],
        None => match lookup_host((target.name(), target.port)).await {
            Ok(addresses) => addresses.collect(),
            Err(_) => return Err(Error::NoSuchHost(target.name().to_owned())),
        },
    };
    let connecting = tokio::time::timeout(CONNECT, TcpStream::connect(&*addresses));
    let stream = connecting.await.map_err(|_| Error::ConnectTimedOut(target.host.clone()))?.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let keepalive = TcpKeepalive::new().with_time(QUIET).with_interval(Duration::from_secs(5)).with_retries(4);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive).map_err(failed)?;
    Ok(stream)
}

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);

/// How long nothing may come before the other end is asked whether it is still there.
const QUIET: Duration = Duration::from_secs(10);

/// HTTP/1.1 on a stream.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<SendRequest<Full<Bytes>>, Error> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection); // what breaks is told to whoever sends
    Ok(sender)
}

/// The server's token. A server that does not offer the scheme at all is no place for us.
fn challenge<B>(response: &Response<B>, scheme: &str) -> Result<Option<Vec<u8>>, Error> {
    let values: Vec<&str> =
        response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect();
    let offered =
        values.iter().find(|value| value.split(' ').next().is_some_and(|name| name.eq_ignore_ascii_case(scheme)));
    if offered.is_none() && response.status() == StatusCode::UNAUTHORIZED {
        return Err(Error::NotOffered);
    }
    let token = offered.and_then(|value| value.split_once(' ')).map(|(_, token)| STANDARD.decode(token.trim()));
    token.transpose().map_err(|_| InitiateError::Unexpected("not base64").into())
}

fn entropy() -> Result<Entropy, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(Entropy::new(bytes))
}

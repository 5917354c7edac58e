//! WinRM's door: HTTP/1.1, one handshake a connection, and behind it the remote shells (winrm-wire.md 2).
//!
//! ```text
//! connection ─▶ request ─▶ Authorization ─▶ Principal ─▶ body opened ─▶ wsman::Request ─▶ Shells::dispatch
//! ```
//!
//! A [`Principal`] comes out of a proof only, and [`Shells::dispatch`] wants one.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use negotiate::multipart::Protocol;
use negotiate::{Authenticated, BodyError, Channel, Connection, Entropy, FileTime, Verdict};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Semaphore};
use tracing::{debug, warn};
use wsman::envelope::Charset;
use wsman::shell::server::Server;
use wsman::{Rendered, Reply, Request as WsmanRequest};

use super::gate::{Gate, Scheme};
use super::shells::{Exchange, Shells};
use super::tls::Tls;
use super::watch::{Patience, Phase, Watch, Watched};
use crate::identity::Principal;

/// What a sealed body may have beside its message.
const WRAPPING: usize = 4 * 1024;
/// Bytes of a request's head: a ticket of Kerberos alone takes up to 64 KiB.
const HEAD: usize = 96 * 1024;

/// Everything behind the door.
pub(crate) struct Door {
    pub(crate) shells: Arc<Shells>,
    pub(crate) gate: Arc<Gate>,
    /// How many connections there may be.
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) patience: Patience,
}

/// Lets clients in until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, tls: Option<Arc<Tls>>, door: Arc<Door>) {
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await; // out of files: others may end meanwhile
                continue;
            }
        };
        let Ok(place) = Arc::clone(&door.connections).try_acquire_owned() else {
            warn!(%from, "a connection was refused: there are too many");
            continue;
        };
        let (door, tls) = (Arc::clone(&door), tls.clone());
        tokio::spawn(async move {
            if let Err(error) = connection(stream, from, tls, door).await {
                debug!(%from, error, "a connection broke");
            }
            drop(place);
        });
    }
}

async fn connection(
    stream: TcpStream,
    from: SocketAddr,
    tls: Option<Arc<Tls>>,
    door: Arc<Door>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    match tls {
        None => converse(stream, Channel::Plain, from, door).await,
        Some(tls) => {
            let (acceptor, binding) = tls.current();
            let patience = door.patience.stranger;
            let stream = tokio::time::timeout(patience, acceptor.accept(stream)).await??;
            converse(stream, Channel::Tls(binding), from, door).await
        }
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    channel: Channel,
    from: SocketAddr,
    door: Arc<Door>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (watch, patience) = (Watch::new(), door.patience);
    let scheme = if channel == Channel::Plain { "http" } else { "https" };
    let handshake = Handshake { connection: Some(Connection::new(door.gate.acceptor(), channel)), known: None };
    let client = Client { door, from, scheme, watch: Arc::clone(&watch), handshake: Mutex::new(handshake) };
    let client = Arc::new(client);
    let service = service_fn(move |request| {
        let client = Arc::clone(&client);
        async move { Ok::<_, Infallible>(client.answer(request).await) }
    });
    let stream = TokioIo::new(Watched::new(stream, Arc::clone(&watch)));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None) // the watch knows better: an idle client may think for long
        .max_buf_size(HEAD)
        .serve_connection(stream, service);
    tokio::select! {
        served = serving => Ok(served?),
        () = watch.overdue(patience) => Ok(()),
    }
}

/// The client at the other end of one connection.
struct Client {
    door: Arc<Door>,
    from: SocketAddr,
    scheme: &'static str,
    watch: Arc<Watch>,
    /// Its requests come one after the other.
    handshake: Mutex<Handshake>,
}

struct Handshake {
    /// Nothing only if a request was given up in the middle, and with it the connection.
    connection: Option<Connection>,
    /// Who was let in, so that an account is asked once.
    known: Option<(Authenticated, Principal)>,
}

/// An answer that is a bare status.
struct Bare {
    status: StatusCode,
    www_authenticate: Vec<String>,
    close: bool,
}

impl Bare {
    fn status(status: StatusCode) -> Bare {
        Bare { status, www_authenticate: Vec::new(), close: false }
    }

    fn and_close(self) -> Bare {
        Bare { close: true, ..self }
    }
}

impl Client {
    async fn answer(&self, request: Request<Incoming>) -> Response<Answer> {
        let answered = self.serve(request).await;
        answered.unwrap_or_else(|bare| {
            let mut response = self.response(bare.status, Vec::new(), None);
            for value in bare.www_authenticate {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    response.headers_mut().append(WWW_AUTHENTICATE, value);
                }
            }
            if bare.close {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            response
        })
    }

    async fn serve(&self, request: Request<Incoming>) -> Result<Response<Answer>, Bare> {
        let anonymous = path(&request)?;
        if request.method() != Method::POST {
            return Err(Bare::status(StatusCode::METHOD_NOT_ALLOWED).and_close());
        }
        let authorization = authorization(&request)?;
        if anonymous || (authorization.is_none() && asks_as_a_stranger(&request)) {
            return self.identify(request).await;
        }
        let mut handshake = self.handshake.lock().await;
        let (principal, www_authenticate) = match self.authorize(&mut handshake, authorization).await {
            Ok(admitted) => admitted,
            Err(bare) => {
                drain(request.into_body()).await; // else hyper closes what the handshake needs (winrm-wire.md 2.5)
                return Err(bare);
            }
        };
        let url = self.url(&request);
        let content_type = header(&request, CONTENT_TYPE.as_str()).unwrap_or_default().to_owned();
        let bytes = self.body(request.into_body(), self.door.shells.config().limits.request.bytes + WRAPPING).await?;
        self.watch.enter(Phase::Serving);
        if bytes.is_empty() {
            // the last leg of a handshake
            let mut response = self.response(StatusCode::OK, Vec::new(), None);
            with_token(&mut response, www_authenticate);
            return Ok(response);
        }
        let connection = handshake.connection.as_mut().ok_or_else(|| Bare::status(StatusCode::BAD_REQUEST))?;
        let body = connection.open(&content_type, bytes).map_err(|error| self.unreadable(error))?;
        let (reply, exchange) = self.dispatch(&principal, url, &body.content_type, &body.bytes).await;
        let rendered = reply.render();
        let mut response = self.sealed(connection, body.sealed, rendered, exchange)?;
        with_token(&mut response, www_authenticate);
        Ok(response)
    }

    /// Who is it? Or what is answered to somebody who is not known yet.
    async fn authorize(
        &self,
        handshake: &mut Handshake,
        authorization: Option<String>,
    ) -> Result<(Principal, Option<String>), Bare> {
        let scheme = authorization.as_deref().map_or(Scheme::Handshake, Scheme::of);
        let gone = || Bare::status(StatusCode::BAD_REQUEST).and_close();
        let mut connection = handshake.connection.take().ok_or_else(gone)?;
        let now = FileTime::from(SystemTime::now());
        let entropy = entropy().ok_or_else(|| Bare::status(StatusCode::SERVICE_UNAVAILABLE).and_close())?;
        let verdict = if authorization.is_none() {
            connection.authorize(None, now, entropy)
        } else {
            // the account store may take its time
            let judged = tokio::task::spawn_blocking(move || {
                let verdict = connection.authorize(authorization.as_deref(), now, entropy);
                (connection, verdict)
            });
            let (judged, verdict) = judged.await.map_err(|_| gone())?;
            connection = judged;
            verdict
        };
        handshake.connection = Some(connection);
        match verdict {
            Verdict::Serve { identity, www_authenticate } => {
                Ok((self.admit(handshake, identity, scheme).await?, www_authenticate))
            }
            Verdict::Continue { www_authenticate } => {
                Err(Bare { status: StatusCode::UNAUTHORIZED, www_authenticate: vec![www_authenticate], close: false })
            }
            Verdict::Refuse { offers, refusal } => {
                let close = refusal.is_some();
                if let Some(refusal) = refusal {
                    self.watch.enter(Phase::Serving);
                    let (gate, from) = (Arc::clone(&self.door.gate), self.from);
                    let refused = tokio::task::spawn_blocking(move || gate.refused(&refusal, scheme, from));
                    tokio::time::sleep(refused.await.unwrap_or_default()).await;
                }
                Err(unauthorized(offers, close))
            }
        }
    }

    /// Asks the account, once a connection, whether it lets in who has proved to be it.
    async fn admit(&self, handshake: &mut Handshake, proved: Authenticated, scheme: Scheme) -> Result<Principal, Bare> {
        if let Some((_, principal)) = handshake.known.as_ref().filter(|(known, _)| *known == proved) {
            return Ok(principal.clone());
        }
        let (gate, from, asked) = (Arc::clone(&self.door.gate), self.from, proved.clone());
        match tokio::task::spawn_blocking(move || gate.admit(&asked, from)).await {
            Ok(Ok(principal)) => {
                self.watch.logged_on();
                handshake.known = Some((proved, principal.clone()));
                Ok(principal)
            }
            Ok(Err(refusal)) => {
                warn!(from = %self.from, reason = %refusal, ?scheme, "a logon was refused");
                let offers = handshake.connection.as_ref().map(Connection::offers).unwrap_or_default();
                Err(unauthorized(offers, true))
            }
            Err(_) => Err(Bare::status(StatusCode::SERVICE_UNAVAILABLE).and_close()),
        }
    }

    /// The message to the shells, and their answer.
    async fn dispatch(
        &self,
        principal: &Principal,
        url: String,
        content_type: &str,
        message: &[u8],
    ) -> (Reply, Option<Exchange>) {
        let config = self.door.shells.config();
        match WsmanRequest::read(Some(content_type), message, &config.limits.request) {
            Err(refused) => (refused.reply(&config.machine), None),
            Ok(request) => {
                let mut exchange = self.door.shells.dispatch(principal, self.from, url, request);
                match exchange.reply().await {
                    Some(reply) => (reply, Some(exchange)),
                    // another request took its place
                    None => (Reply::new(None, status(503), Charset::Utf8, Arc::clone(&config.machine)), None),
                }
            }
        }
    }

    /// The only question of strangers: what is this?
    async fn identify(&self, request: Request<Incoming>) -> Result<Response<Answer>, Bare> {
        let content_type = header(&request, CONTENT_TYPE.as_str()).map(str::to_owned);
        let body = self.body(request.into_body(), WRAPPING).await?;
        let config = self.door.shells.config();
        let asked = WsmanRequest::is_identify(content_type.as_deref(), &body, &config.limits.request);
        let charset = asked.ok_or_else(|| Bare::status(StatusCode::BAD_REQUEST).and_close())?;
        let Rendered { status, content_type, body } = Server::<Principal>::identify_stranger(config, charset).render();
        Ok(self.response(StatusCode::from_u16(status).unwrap_or_default(), body, content_type))
    }

    async fn body(&self, mut body: Incoming, limit: usize) -> Result<Vec<u8>, Bare> {
        let mut bytes = Vec::with_capacity(usize::try_from(body.size_hint().lower()).unwrap_or(limit).min(limit));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Bare::status(StatusCode::BAD_REQUEST).and_close())?;
            let data = frame.data_ref().map_or(&[][..], |data| data);
            if bytes.len() + data.len() > limit {
                drain(body).await;
                return Err(Bare::status(StatusCode::PAYLOAD_TOO_LARGE).and_close());
            }
            bytes.extend_from_slice(data);
        }
        Ok(bytes)
    }

    /// No answer tells why: see [`BodyError`].
    fn unreadable(&self, error: BodyError) -> Bare {
        warn!(from = %self.from, reason = %error, "a body was refused");
        match error {
            BodyError::Plain | BodyError::NotNegotiated => Bare::status(StatusCode::INTERNAL_SERVER_ERROR),
            BodyError::Multipart(_) => Bare::status(StatusCode::BAD_REQUEST).and_close(),
        }
    }

    fn sealed(
        &self,
        connection: &mut Connection,
        protocol: Option<Protocol>,
        Rendered { status, content_type, body }: Rendered,
        exchange: Option<Exchange>,
    ) -> Result<Response<Answer>, Bare> {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = content_type.unwrap_or_default();
        let (content_type, body) = connection
            .close(protocol, content_type, body)
            .map_err(|_| Bare::status(StatusCode::INTERNAL_SERVER_ERROR).and_close())?;
        let content_type = (!body.is_empty()).then_some(content_type);
        let mut response = self.response(status, body, content_type.as_deref());
        response.body_mut().exchange = exchange;
        Ok(response)
    }

    fn response(&self, status: StatusCode, body: Vec<u8>, content_type: Option<&str>) -> Response<Answer> {
        let answer = Answer { body: Some(body.into()), exchange: None, watch: Arc::clone(&self.watch) };
        let mut response = Response::new(answer);
        *response.status_mut() = status;
        if let Some(value) = content_type.and_then(|value| HeaderValue::from_str(value).ok()) {
            response.headers_mut().insert(CONTENT_TYPE, value);
        }
        response
    }

    /// The URL of the request, as its client wrote it.
    fn url(&self, request: &Request<Incoming>) -> String {
        let host = header(request, HOST.as_str()).unwrap_or_default();
        format!("{}://{host}{}", self.scheme, request.uri().path_and_query().map_or("", |path| path.as_str()))
    }
}

/// Is it the path for strangers? Any letter case, one slash at the end, and every query are taken.
fn path(request: &Request<Incoming>) -> Result<bool, Bare> {
    let path = request.uri().path();
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.eq_ignore_ascii_case("/wsman") {
        Ok(false)
    } else if path.eq_ignore_ascii_case("/wsman-anon/identify") {
        Ok(true)
    } else {
        Err(Bare::status(StatusCode::NOT_FOUND).and_close())
    }
}

/// MS-WSMV 3.1.4.1.23
fn asks_as_a_stranger(request: &Request<Incoming>) -> bool {
    header(request, "WSMANIDENTIFY").is_some_and(|value| value.eq_ignore_ascii_case("unauthenticated"))
}

/// The one `Authorization` header. Two of them are somebody's trick.
fn authorization(request: &Request<Incoming>) -> Result<Option<String>, Bare> {
    let mut values = request.headers().get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .map(|value| Some(value.to_owned()))
            .map_err(|_| Bare::status(StatusCode::BAD_REQUEST).and_close()),
        (Some(_), Some(_)) => Err(Bare::status(StatusCode::BAD_REQUEST).and_close()),
    }
}

fn header<'a>(request: &'a Request<Incoming>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// Reads what is not wanted, and keeps nothing of it: whoever is in the middle of sending would not hear the answer.
async fn drain(mut body: Incoming) {
    const MOST: usize = 8 << 20;
    let mut read = 0;
    while read < MOST
        && let Some(Ok(frame)) = body.frame().await
    {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
}

fn unauthorized(offers: Vec<&'static str>, close: bool) -> Bare {
    let www_authenticate = offers.into_iter().map(str::to_owned).collect();
    Bare { status: StatusCode::UNAUTHORIZED, www_authenticate, close }
}

fn with_token(response: &mut Response<Answer>, token: Option<String>) {
    if let Some(token) = token.and_then(|token| HeaderValue::from_str(&token).ok()) {
        response.headers_mut().insert(WWW_AUTHENTICATE, token);
    }
}

fn status(status: u16) -> wsman::Outcome {
    wsman::Outcome::Status(status)
}

fn entropy() -> Option<Entropy> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(Entropy::new(bytes))
}

/// The body of an answer, and the exchange that is over when it has been delivered.
struct Answer {
    body: Option<Bytes>,
    exchange: Option<Exchange>,
    watch: Arc<Watch>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = self.body.take().filter(|body| !body.is_empty());
        let exchange = self.exchange.take();
        self.watch.handed_over(exchange);
        Poll::Ready(body.map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        false // so that it is polled, and known to be taken
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}

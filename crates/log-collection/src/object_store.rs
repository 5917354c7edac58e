//! An object store over https, by an address with a shared access signature: block blobs, as Azure's own and compatible stores take them.
//! The signature is a secret: no text of ours holds it.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::target::{Target, TargetFile};

/// The address of a container, with the signature that lets us in.
#[derive(Clone, PartialEq, Eq)]
pub struct SasUri {
    host: String,
    port: u16,
    container: String,
    signature: String,
}

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the texts say it
pub enum SasUriError {
    #[error("it does not begin with https://")]
    NotHttps,
    #[error("it names no container: https://HOST/CONTAINER?SIGNATURE")]
    NoContainer,
    #[error("it has no signature (sig=…)")]
    NoSignature,
    #[error("its signature does not permit to {0} (sp={1})")]
    Rights(&'static str, String),
    #[error("its signature has expired ({0})")]
    Expired(String),
    #[error("it holds something that no address holds")]
    Characters,
}

impl SasUri {
    /// Understands an address and looks whether its signature can do at this time: it must permit to write and to list.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn parse(text: &str, now: Timestamp) -> Result<SasUri, SasUriError> {
        let scheme = text.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://"));
        let rest = scheme.and_then(|_| text.get(8..)).ok_or(SasUriError::NotHttps)?;
        if !rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte)) || rest.contains('@') {
            return Err(SasUriError::Characters);
        }
        let (place, signature) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, container) = place.split_once('/').ok_or(SasUriError::NoContainer)?;
        let container = container.trim_matches('/');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| SasUriError::NoContainer)?),
            _ => (authority, 443),
        };
        if host.is_empty() || container.is_empty() || container.split('/').any(|part| part == ".." || part == ".") {
            return Err(SasUriError::NoContainer);
        }
        let field = |name: &str| signature.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        field("sig").filter(|signature| !signature.is_empty()).ok_or(SasUriError::NoSignature)?;
        if let Some(rights) = field("sp") {
            for (right, what) in [('w', "write"), ('l', "list")] {
                if !rights.contains(right) {
                    return Err(SasUriError::Rights(what, rights.to_owned()));
                }
            }
        }
        let expires = field("se").map(|time| time.replace("%3A", ":").replace("%3a", ":"));
        if let Some(time) = expires
            && time.parse::<Timestamp>().is_ok_and(|end| end < now)
        {
            return Err(SasUriError::Expired(time));
        }
        let (host, container) = (host.to_owned(), container.to_owned());
        Ok(SasUri { host, port, container, signature: signature.to_owned() })
    }
}

/// Without the signature.
impl fmt::Display for SasUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            443 => write!(f, "https://{}/{}", self.host, self.container),
            port => write!(f, "https://{}:{port}/{}", self.host, self.container),
        }
    }
}

impl fmt::Debug for SasUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SasUri({self})")
    }
}

/// A container of an object store.
#[derive(Clone)]
pub struct ObjectStore {
    uri: Arc<SasUri>,
    tls: Arc<ClientConfig>,
    runtime: Handle,
}

/// A request takes no longer.
const PATIENCE: Duration = Duration::from_mins(2);

/// Bytes of a block; a blob has 50,000 at most.
const BLOCK: usize = 8 * 1024 * 1024;

impl ObjectStore {
    /// A container, trusted by this computer's roots and by `more`. The caller runs in a runtime; the calls of [`Target`] block.
    ///
    /// # Errors
    /// If nothing is trusted at all.
    pub fn new(uri: SasUri, more: Vec<CertificateDer<'static>>) -> io::Result<ObjectStore> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(more);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(ObjectStore { uri: Arc::new(uri), tls: Arc::new(tls), runtime: Handle::current() })
    }

    async fn connect(&self) -> io::Result<SendRequest<Full<Bytes>>> {
        let host = self.uri.host.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        let stream = TcpStream::connect((host.as_str(), self.uri.port)).await?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        self.runtime.spawn(async move {
            let _ = connection.await; // its requests say what is wrong
        });
        Ok(sender)
    }

    /// One request, tried again when the store is busy or the connection has gone.
    async fn request(
        &self,
        sender: &mut Option<SendRequest<Full<Bytes>>>,
        method: Method,
        name: &str,
        query: &str,
        headers: &[(&'static str, &'static str)],
        body: Bytes,
    ) -> io::Result<()> {
        let mut last = io::Error::other("it does not answer");
        for tried in 0..4_u64 {
            if tried > 0 {
                tokio::time::sleep(Duration::from_millis(250 << tried)).await;
            }
            let once = self.once(sender, method.clone(), name, query, headers, body.clone());
            match timeout(PATIENCE, once).await {
                Ok(Ok((status, _))) if status.is_success() => return Ok(()),
                Ok(Ok((status, code))) => {
                    last = self.refused(status, &code);
                    if !(status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS) {
                        return Err(last);
                    }
                }
                Ok(Err(error)) => {
                    *sender = None;
                    last = io::Error::new(error.kind(), format!("{}: {error}", self.uri));
                    if error.kind() == io::ErrorKind::InvalidData {
                        return Err(last); // a certificate does not get better
                    }
                }
                Err(_) => *sender = None,
            }
        }
        Err(last)
    }

    async fn once(
        &self,
        sender: &mut Option<SendRequest<Full<Bytes>>>,
        method: Method,
        name: &str,
        query: &str,
        headers: &[(&'static str, &'static str)],
        body: Bytes,
    ) -> io::Result<(StatusCode, String)> {
        let mut ready = match sender.take() {
            Some(ready) if !ready.is_closed() => ready,
            _ => self.connect().await?,
        };
        ready.ready().await.map_err(io::Error::other)?;
        let SasUri { host, port, container, signature } = &*self.uri;
        let slash = if name.is_empty() { "" } else { "/" };
        let and = if query.is_empty() { "" } else { "&" };
        let authority = if *port == 443 { host.clone() } else { format!("{host}:{port}") };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/{container}{slash}{name}?{query}{and}{signature}"))
            .header("host", authority)
            .header("user-agent", concat!("pepd/", env!("CARGO_PKG_VERSION")))
            .header("x-ms-version", "2021-08-06");
        for (header, value) in headers {
            request = request.header(*header, *value);
        }
        let request = request.body(Full::new(body)).map_err(|_| io::Error::other("the address cannot be asked for"))?;
        let answer = ready.send_request(request).await.map_err(io::Error::other)?;
        let status = answer.status();
        let code = answer.headers().get("x-ms-error-code").and_then(|code| code.to_str().ok()).unwrap_or("").to_owned();
        let rest = Limited::new(answer.into_body(), 1024 * 1024).collect().await;
        if rest.is_ok() {
            *sender = Some(ready);
        }
        Ok((status, code))
    }

    fn refused(&self, status: StatusCode, code: &str) -> io::Error {
        let kind = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => io::ErrorKind::PermissionDenied,
            StatusCode::NOT_FOUND => io::ErrorKind::NotFound,
            StatusCode::INSUFFICIENT_STORAGE => io::ErrorKind::StorageFull,
            _ => io::ErrorKind::Other,
        };
        let code = if code.is_empty() { String::new() } else { format!(" ({})", code.escape_debug()) };
        io::Error::new(kind, format!("{} answers {status}{code}", self.uri))
    }
}

impl Target for ObjectStore {
    fn check(&self) -> io::Result<()> {
        let list = "restype=container&comp=list&maxresults=1";
        self.runtime.block_on(self.request(&mut None, Method::GET, "", list, &[], Bytes::new()))
    }

    fn room(&self) -> Option<u64> {
        None
    }

    fn create_folder(&self, _name: &str) -> io::Result<()> {
        Ok(()) // names have slashes there, and no folders
    }

    /// A word in its place at once, so that a signature that does not permit it is found out before there is anything to write.
    fn create(&self, name: &str) -> io::Result<Box<dyn TargetFile>> {
        let mut blob = Blob { store: self.clone(), name: name.to_owned(), buffer: Vec::new(), blocks: 0, sender: None };
        let kind = [("x-ms-blob-type", "BlockBlob")];
        blob.put("", &kind, Bytes::from_static(b"This is being written.\r\n"))?;
        Ok(Box::new(blob))
    }

    fn rename(&self, _from: &str, _to: &str) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "blobs are not renamed"))
    }

    fn remove(&self, _name: &str) {} // what was not committed goes by itself

    fn shown(&self, name: &str) -> String {
        if name.is_empty() { self.uri.to_string() } else { format!("{}/{name}", self.uri) }
    }

    fn shows_unfinished(&self) -> bool {
        false
    }
}

/// A blob that is written block by block. It is seen when the list of its blocks is committed.
struct Blob {
    store: ObjectStore,
    name: String,
    buffer: Vec<u8>,
    blocks: u32,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Blob {
    fn put(&mut self, query: &str, headers: &[(&'static str, &'static str)], body: Bytes) -> io::Result<()> {
        let put = self.store.request(&mut self.sender, Method::PUT, &self.name, query, headers, body);
        self.store.runtime.block_on(put)
    }

    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let body = Bytes::from(std::mem::replace(&mut self.buffer, Vec::with_capacity(BLOCK)));
        let query = format!("comp=block&blockid={}", block_id(self.blocks));
        self.put(&query, &[], body)?;
        self.blocks += 1;
        Ok(())
    }
}

/// Six digits in base64: eight letters and digits, without any that an address would have to escape.
fn block_id(number: u32) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = format!("{number:06}");
    let mut id = String::new();
    for three in digits.as_bytes().chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        for shift in [18, 12, 6, 0] {
            let letter = usize::try_from((bits >> shift) & 63).ok().and_then(|at| LETTERS.get(at));
            id.push(char::from(*letter.unwrap_or(&b'A')));
        }
    }
    id
}

impl Write for Blob {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BLOCK.saturating_sub(self.buffer.len()).max(1);
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.buffer.extend_from_slice(taken);
        if self.buffer.len() >= BLOCK {
            self.send()?;
        }
        Ok(taken.len())
    }

    /// Blocks go when they are full: a small one would cost as much as a large one.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TargetFile for Blob {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.send()?;
        let mut list = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for block in 0..self.blocks {
            list.extend(["<Latest>", &block_id(block), "</Latest>"]);
        }
        list.push_str("</BlockList>");
        self.put("comp=blocklist", &[("content-type", "application/xml")], list.into())
    }
}

impl FromStr for SasUri {
    type Err = SasUriError;

    fn from_str(text: &str) -> Result<SasUri, SasUriError> {
        SasUri::parse(text, Timestamp::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_understood_and_never_shown_with_its_signature() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let parse = |text| SasUri::parse(text, now);
        let uri = parse("https://x.example.com/logs/edge?sp=rwl&se=2027-01-01T00%3A00%3A00Z&sig=SECRET%3D").unwrap();
        assert_eq!(uri.to_string(), "https://x.example.com/logs/edge");
        assert!(!format!("{uri:?}").contains("SECRET"));
        assert_eq!(parse("https://127.0.0.1:8443/logs?sig=x").unwrap().to_string(), "https://127.0.0.1:8443/logs");
        assert_eq!(parse("http://x/logs?sig=x"), Err(SasUriError::NotHttps));
        assert_eq!(parse("https://x?sig=x"), Err(SasUriError::NoContainer));
        assert_eq!(parse("https://x/logs"), Err(SasUriError::NoSignature));
        assert_eq!(parse("https://x/logs?sp=rl&sig=x"), Err(SasUriError::Rights("write", "rl".into())));
        assert_eq!(parse("https://x/logs?sp=rw&sig=x"), Err(SasUriError::Rights("list", "rw".into())));
        assert!(matches!(parse("https://x/logs?se=2025-01-01T00:00:00Z&sig=x"), Err(SasUriError::Expired(_))));
        assert_eq!(parse("https://x/lo gs?sig=x"), Err(SasUriError::Characters));
        assert_eq!(parse("https://user@x/logs?sig=x"), Err(SasUriError::Characters));
        assert_eq!((block_id(0), block_id(1)), ("MDAwMDAw".into(), "MDAwMDAx".into()));
    }
}

//! HTTP byte by byte, for what no client library would send.

use std::net::SocketAddr;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use negotiate::multipart::{self, EncryptedType, Protocol};
use negotiate::{Credentials, Entropy, FileTime, Initiator, NtHash, Package, Progress, Sealing};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;

use oracle_pep::winrm::PASSWORD;

pub(crate) const SOAP: &str = "application/soap+xml;charset=UTF-8";

/// One TCP connection.
pub(crate) struct Wire {
    stream: BufStream<TcpStream>,
    sealing: Option<Box<dyn Sealing>>,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Wire {
        Wire { stream: BufStream::new(TcpStream::connect(address).await.unwrap()), sealing: None }
    }

    /// Sends bytes as they are.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).await.unwrap();
    }

    /// The same to a server that may have hung up.
    pub(crate) async fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// The next answer, or nothing if the server hung up.
    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut reply = Reply { status, head, body: Vec::new() };
        let length = reply.headers("Content-Length").first().map_or(0, |length| length.parse().unwrap());
        reply.body = vec![0; length];
        self.stream.read_exact(&mut reply.body).await.ok()?;
        Some(reply)
    }

    /// A POST with these header lines.
    pub(crate) async fn post(&mut self, path: &str, headers: &[&str], body: &[u8]) -> Option<Reply> {
        let mut head = format!("POST {path} HTTP/1.1\r\nHost: server01\r\nContent-Length: {}\r\n", body.len());
        for header in headers {
            head.extend([header, "\r\n"]);
        }
        self.send(&[head.as_bytes(), b"\r\n", body].concat()).await;
        self.reply().await
    }

    /// The first half of a handshake: the token that would complete it.
    pub(crate) async fn half_way(&mut self) -> (Initiator, Vec<u8>) {
        let (mut initiator, first) = Initiator::new(Package::Negotiate, alice());
        let reply = self.token(&first).await.unwrap();
        assert_eq!(reply.status, 401);
        match initiator.step(&challenge(&reply), FileTime::from(SystemTime::now()), Entropy::new([9; 32])).unwrap() {
            Progress::Continue(token) | Progress::Done { token: Some(token), .. } => (initiator, token),
            Progress::Done { .. } => panic!("nothing to send"),
        }
    }

    /// Sends a token without a body.
    pub(crate) async fn token(&mut self, token: &[u8]) -> Option<Reply> {
        let authorization = format!("Authorization: Negotiate {}", STANDARD.encode(token));
        self.post("/wsman?PSVersion=5.1", &[&authorization], b"").await
    }

    /// Logs on. The last answer is returned.
    pub(crate) async fn log_on(&mut self) -> Reply {
        let (mut initiator, token) = self.half_way().await;
        let reply = self.token(&token).await.unwrap();
        let last =
            initiator.step(&challenge(&reply), FileTime::from(SystemTime::now()), Entropy::new([9; 32])).unwrap();
        let Progress::Done { token: None, sealing } = last else { panic!("{last:?}") };
        self.sealing = Some(sealing);
        reply
    }

    /// Sends a sealed message, and opens its answer.
    pub(crate) async fn sealed(&mut self, message: &[u8]) -> Reply {
        let body = self.seal(message);
        let content_type = format!("Content-Type: {}", multipart::content_type(Protocol::Spnego));
        let reply = self.post("/wsman", &[&content_type], &body).await.unwrap();
        self.open(reply)
    }

    pub(crate) fn seal(&mut self, message: &[u8]) -> Vec<u8> {
        let sealing = self.sealing.as_mut().expect("logged on");
        multipart::close(sealing.as_mut(), Protocol::Spnego, SOAP, message.to_vec()).unwrap()
    }

    pub(crate) fn open(&mut self, reply: Reply) -> Reply {
        let encrypted = EncryptedType::parse(reply.headers("Content-Type")[0]).unwrap().expect("sealed");
        let sealing = self.sealing.as_mut().expect("logged on");
        let opened = multipart::open(sealing.as_mut(), &encrypted, &reply.body).unwrap();
        Reply { body: opened.body, ..reply }
    }
}

fn challenge(reply: &Reply) -> Vec<u8> {
    let values = reply.headers("WWW-Authenticate");
    assert_eq!(values.len(), 1, "W-019: {values:?}");
    STANDARD.decode(values[0].strip_prefix("Negotiate ").expect("a token")).unwrap()
}

pub(crate) fn alice() -> Credentials {
    Credentials {
        user: "alice".into(),
        domain: "SERVER01".into(),
        nt_hash: NtHash::of_password(PASSWORD),
        target: "HTTP/127.0.0.1".into(),
        binding: None,
    }
}

/// Identify, as a client who is known asks it.
pub(crate) const IDENTIFY: &str = concat!(
    r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" "#,
    r#"xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">"#,
    "<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>"
);

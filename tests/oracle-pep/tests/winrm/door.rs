//! The door: HTTP, and who comes in (winrm-wire.md 2, 3, 10).

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::raw::{IDENTIFY, Reply, SOAP, Wire};
use oracle_pep::winrm::Server;

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn w_001_one_path_in_any_letter_case_with_any_query_and_no_other() {
    let server = Server::start().await;
    for path in ["/wsman", "/wsman/", "/WSMan", "/wsman?PSVersion=5.1", "/wsman?a=b;PSVersion=7.6.9", "/wSmAn/?x"] {
        assert_eq!(Wire::connect(server.http).await.post(path, &[], b"").await.unwrap().status, 401, "{path}");
    }
    for path in ["/", "/wsmanx", "/wsman/x", "/powershell", "/wsman%2f", "//wsman"] {
        assert_eq!(Wire::connect(server.http).await.post(path, &[], b"").await.unwrap().status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_002_post_only() {
    let server = Server::start().await;
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "BREW"] {
        let mut wire = Wire::connect(server.http).await;
        wire.send(format!("{method} /wsman HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await;
        assert_eq!(wire.reply().await.unwrap().status, 405, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_005_a_client_that_waits_to_be_told_to_go_on_is_told() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.http).await;
    wire.log_on().await;
    let body = wire.seal(IDENTIFY.as_bytes());
    let content_type = negotiate::multipart::content_type(negotiate::multipart::Protocol::Spnego);
    let head = format!(
        "POST /wsman HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    wire.send(head.as_bytes()).await;
    assert_eq!(wire.reply().await.unwrap().status, 100);
    wire.send(&body).await;
    let reply = wire.reply().await.unwrap();
    assert!(text(&wire.open(reply)).contains("IdentifyResponse"));
}

#[tokio::test(flavor = "multi_thread")]
async fn w_006_w_010_w_020_every_answer_has_its_length_and_the_last_token_comes_with_an_empty_200() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.http).await;
    let refused = wire.post("/wsman", &[], b"").await.unwrap();
    let last = wire.log_on().await;
    assert_eq!((last.status, last.body.len(), last.headers("WWW-Authenticate").len()), (200, 0, 1));
    let empty = wire.post("/wsman", &[], b"").await.unwrap();
    let full = wire.sealed(IDENTIFY.as_bytes()).await;
    for reply in [&refused, &last, &empty, &full] {
        assert_eq!(reply.headers("Content-Length").len(), 1, "{}", reply.head);
        assert!(reply.headers("Transfer-Encoding").is_empty() && reply.headers("Content-Encoding").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_007_a_request_in_chunks_is_taken() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.http).await;
    wire.log_on().await;
    let body = wire.seal(IDENTIFY.as_bytes());
    let content_type = negotiate::multipart::content_type(negotiate::multipart::Protocol::Spnego);
    let head = format!(
        "POST /wsman HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: {content_type}\r\n\r\n"
    );
    wire.send(head.as_bytes()).await;
    for chunk in body.chunks(100) {
        wire.send(&[format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()).await;
    }
    wire.send(b"0\r\n\r\n").await;
    let reply = wire.reply().await.unwrap();
    assert_eq!(wire.open(reply).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn w_008_a_token_of_64_kib_is_read_and_a_larger_head_ends_the_connection() {
    let server = Server::start().await;
    let token = |length| format!("Authorization: Negotiate {}", "A".repeat(length));
    let reply = Wire::connect(server.http).await.post("/wsman", &[&token(65_536)], b"").await.unwrap();
    assert_eq!(reply.status, 401);
    let reply = Wire::connect(server.http).await.post("/wsman", &[&token(300_000)], b"").await;
    assert!(reply.is_none_or(|reply| reply.status == 431));
}

#[tokio::test(flavor = "multi_thread")]
async fn w_009_a_body_that_nobody_wants_does_not_end_a_handshake() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.http).await;
    let content_type = format!("Content-Type: {SOAP}");
    let reply = wire.post("/wsman", &[&content_type], &vec![b'x'; 400_000]).await.unwrap();
    assert_eq!(reply.status, 401);
    assert_eq!(wire.log_on().await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn w_011_what_is_too_large_is_a_bare_413() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.http).await;
    wire.log_on().await;
    let reply = wire.post("/wsman", &[&format!("Content-Type: {SOAP}")], &vec![b'x'; 2_000_000]).await.unwrap();
    assert_eq!((reply.status, reply.body.len()), (413, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn w_012_who_has_logged_on_on_one_connection_is_nobody_on_another() {
    let server = Server::start().await;
    let mut known = Wire::connect(server.http).await;
    known.log_on().await;
    let body = known.seal(IDENTIFY.as_bytes());
    let content_type = negotiate::multipart::content_type(negotiate::multipart::Protocol::Spnego);
    let header = format!("Content-Type: {content_type}");
    let mut stranger = Wire::connect(server.http).await;
    assert_eq!(stranger.post("/wsman", &[&header], &body).await.unwrap().status, 401);
    assert_eq!(known.post("/wsman", &[&header], &body).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn w_018_a_stranger_is_offered_what_there_is_and_basic_only_inside_tls() {
    let server = Server::start().await;
    let reply = Wire::connect(server.http).await.post("/wsman", &["Authorization: Digest x"], b"").await.unwrap();
    assert_eq!((reply.status, reply.headers("WWW-Authenticate")), (401, vec!["Negotiate"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_message_outside_tls_is_refused_even_of_somebody_known() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.http).await;
    wire.log_on().await;
    let reply = wire.post("/wsman", &[&format!("Content-Type: {SOAP}")], IDENTIFY.as_bytes()).await.unwrap();
    assert_eq!((reply.status, reply.body.len()), (500, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_may_ask_what_this_is_and_nothing_else() {
    let server = Server::start().await;
    let content_type = format!("Content-Type: {SOAP}");
    let as_stranger = [content_type.as_str(), "WSMANIDENTIFY: unauthenticated"];
    for (path, headers) in [("/wsman", &as_stranger[..]), ("/wsman-anon/identify", &as_stranger[..1])] {
        let reply = Wire::connect(server.http).await.post(path, headers, IDENTIFY.as_bytes()).await.unwrap();
        assert_eq!(reply.status, 200);
        assert!(text(&reply).contains("OS: 0.0.0 SP: 0.0 Stack: 3.0") && !text(&reply).contains("SecurityProfile"));
        let other = IDENTIFY.replace("wsmid:Identify/", "wsmid:Other/");
        assert_eq!(Wire::connect(server.http).await.post(path, headers, other.as_bytes()).await.unwrap().status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_109_the_certificate_names_the_host_and_both_versions_of_tls_are_spoken_over_http_1_1() {
    let server = Server::start().await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let certificate = std::fs::read(server.certificate()).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        let pem =
            <rustls::pki_types::CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(&certificate);
        roots.add(pem.unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let connector = TlsConnector::from(Arc::new(config));
        for name in ["SERVER01", "localhost", "127.0.0.1"] {
            let stream = TcpStream::connect(server.https).await.unwrap();
            let stream = connector.connect(ServerName::try_from(name).unwrap(), stream).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]), "{name}");
        }
        let stream = TcpStream::connect(server.https).await.unwrap();
        assert!(connector.connect(ServerName::try_from("other.example").unwrap(), stream).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_110_http_at_the_port_of_https_and_the_other_way_round_end_cleanly() {
    let server = Server::start().await;
    for (address, bytes) in [
        (server.https, &b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"[..]),
        (server.http, &[0x16, 0x03, 0x01, 0x00, 0x05, 1, 0, 0, 1, 0, 13, 10, 13, 10][..]),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer));
        let _ = read.await.expect("the server hangs up");
        assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
    }
    assert_eq!(Wire::connect(server.http).await.log_on().await.status, 200);
}

/// A request of Windows' client, as it leaves the machine that makes it.
fn create() -> String {
    let config = wsman::shell::client::Config::new("http://server01:5985/wsman", "PrivilegedEndpoint");
    let mut client = wsman::shell::client::Client::new(config, wsman::ShellId::new(), std::time::Instant::now());
    client.create(None, None, b"x".as_slice().into(), std::time::Instant::now());
    String::from_utf8(client.poll_output().unwrap().body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn w_043_a_sealed_answer_tells_the_exact_length_of_its_message() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.http).await;
    wire.log_on().await;
    let body = wire.seal(IDENTIFY.as_bytes());
    let content_type = negotiate::multipart::content_type(negotiate::multipart::Protocol::Spnego);
    let reply = wire.post("/wsman", &[&format!("Content-Type: {content_type}")], &body).await.unwrap();
    let head = String::from_utf8_lossy(&reply.body).into_owned();
    let length = head.split("Length=").nth(1).unwrap().split("\r\n").next().unwrap().to_owned();
    assert_eq!(wire.open(reply).body.len().to_string(), length);
}

#[tokio::test(flavor = "multi_thread")]
async fn w_083_w_101_other_resources_are_faults_and_no_answer_pretends_to_robust_connections() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.http).await;
    wire.log_on().await;
    let ours = "http://schemas.microsoft.com/powershell/PrivilegedEndpoint";
    for other in [
        "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd",
        "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process",
        "http://schemas.microsoft.com/powershell/Microsoft.PowerShell",
    ] {
        let reply = wire.sealed(create().replace(ours, other).as_bytes()).await;
        assert_eq!(reply.status, 500);
        assert!(text(&reply).contains("Code=\"2150858811\""), "{other}: {}", text(&reply));
        assert!(!text(&reply).contains("OperationID") && !text(&reply).contains("SequenceId"));
    }
    let subscribe = create().replace("2004/09/transfer/Create", "2004/08/eventing/Subscribe");
    let reply = wire.sealed(subscribe.as_bytes()).await;
    assert!(text(&reply).contains("ActionNotSupported"), "{}", text(&reply));
}

//! A node whose management controller is a mock: it answers the two requests that there are, and notes them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::stage::Stage;

struct Mock {
    port: u16,
    certificate: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Mock {
    /// A controller over TLS whose system is on. It turns off at once when it is told.
    fn start() -> Mock {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key.into()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, config, seen) =
            (listener.local_addr().unwrap().port(), Arc::new(config), Arc::new(Mutex::new(Vec::new())));
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            let mut state = "On";
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(connection, stream.unwrap());
                let Some(request) = request(&mut stream) else { continue };
                if request.contains("ForceOff") || request.contains("GracefulShutdown") {
                    state = "Off";
                } else if request.starts_with("POST") {
                    state = "On";
                }
                noted.lock().unwrap().push(request);
                let body = format!("{{\"Id\": \"1\", \"PowerState\": \"{state}\"}}");
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        Mock { port, certificate: made.cert.pem(), seen }
    }
}

/// Head and body of a request.
fn request(stream: &mut StreamOwned<ServerConnection, std::net::TcpStream>) -> Option<String> {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = stream.read(&mut piece).ok().filter(|length| *length > 0)?;
        request.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let wanted = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= wanted.unwrap_or(0) {
            return Some(text);
        }
    }
}

fn stage(mock: &Mock, certificate: &str) -> Stage {
    let stage = Stage::new(&format!(
        "[[nodes]]\nname = \"n2\"\naddress = \"127.0.0.9\"\nssh = {{ user = \"u\", port = 9, key = \"/k\", host_key = \"ssh-ed25519 \
         AAAAC3NzaC1lZDI1NTE5AAAAIN3ZmJX0nY1vJ7T0K3vX8l0ySgC5Q3h0l3y0y5d5z5x5\" }}\n[nodes.power.redfish]\n\
         system = \"https://127.0.0.1:{}/redfish/v1/Systems/1\"\nuser = \"power\"\npassword_file = \"HERE/bmc\"\ncertificate = \"HERE/bmc.pem\"\n\
         [power]\nhosts = [\"n2\"]\n",
        mock.port
    ));
    let here = stage.log_file().replace("/log", "");
    fs::write(format!("{here}/bmc"), "se:cret\n").unwrap();
    fs::write(format!("{here}/bmc.pem"), certificate).unwrap();
    stage
}

#[test]
fn a_controller_is_told_to_shut_its_node_down_and_asked_until_it_is_off() {
    let mock = Mock::start();
    let seen = stage(&mock, &mock.certificate).session.run("Stop-AzureStack 60 -Force").unwrap();
    assert_eq!(seen.texts("Status"), ["Completed"]);
    let requests = mock.seen.lock().unwrap();
    let lines: Vec<&str> = requests.iter().filter_map(|request| request.lines().next()).collect();
    let system = "GET /redfish/v1/Systems/1 HTTP/1.1";
    assert_eq!(lines, [system, "POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset HTTP/1.1", system]);
    assert!(requests[1].ends_with("{\"ResetType\":\"GracefulShutdown\"}"), "{}", requests[1]);
    assert!(requests[0].to_lowercase().contains("authorization: basic cg93zxi6c2u6y3jlda=="), "{}", requests[0]);
}

#[test]
fn a_controller_with_another_certificate_never_hears_the_password() {
    let (mock, other) = (Mock::start(), Mock::start());
    let error = stage(&mock, &other.certificate).session.run("Stop-AzureStack 60 -Force").unwrap_err();
    let text = error.exception.message.to_string();
    assert!(text.contains("n2: https://127.0.0.1:") && text.contains("certificate"), "{text}");
    assert!(!text.contains("cret"), "{text}");
    assert!(mock.seen.lock().unwrap().is_empty());
}

#[test]
fn a_node_is_powered_on_by_its_controller() {
    let mock = Mock::start();
    let stage = stage(&mock, &mock.certificate);
    stage.session.run("Stop-AzureStack 60 -Force").unwrap();
    // nobody listens at its SSH in this test, so it is on and never answers
    let error = stage.session.run("Start-AzureStack 2").unwrap_err();
    assert!(error.exception.message.contains("n2: the time is over"), "{}", error.exception.message);
    assert!(mock.seen.lock().unwrap().last().unwrap().ends_with("{\"ResetType\":\"On\"}"));
}

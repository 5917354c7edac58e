//! Nobody unknown reaches the shells: every route, with every kind of authorization that is none.

use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use negotiate::{Credentials, Entropy, FileTime, Initiator, NtHash, Package, Progress};
use tokio::task::JoinSet;

use crate::raw::{IDENTIFY, Reply, SOAP, Wire, alice};
use oracle_pep::winrm::{LATIN_PASSWORD, Server};

/// How many requests are made, if `MATRIX_REQUESTS` does not say.
const REQUESTS: usize = 50_000;
const TASKS: usize = 16;

const PATHS: [&str; 5] =
    ["/wsman", "/wsman/", "/WSMAN?PSVersion=5.1", "/wsman-anon/identify", "/wsman/SubscriptionManager/WEC"];

/// What a request brings instead of a proof.
#[derive(Clone, Copy, Debug)]
enum Authorization {
    None,
    Empty,
    Unknown,
    Garbage,
    Kerberos,
    Twice,
    BasicOutsideTls,
    FirstTokenOnly,
    HalfFinished,
    WrongPassword,
    Replayed,
    OfAnotherConnection,
    Stale,
    OnceRefused,
}

use Authorization::{
    BasicOutsideTls, Empty, FirstTokenOnly, Garbage, HalfFinished, Kerberos, None as Nothing, OfAnotherConnection,
    OnceRefused, Replayed, Stale, Twice, Unknown, WrongPassword,
};

const ALL: [Authorization; 14] = [
    Nothing,
    Empty,
    Unknown,
    Garbage,
    Kerberos,
    Twice,
    BasicOutsideTls,
    FirstTokenOnly,
    HalfFinished,
    WrongPassword,
    Replayed,
    OfAnotherConnection,
    Stale,
    OnceRefused,
];

/// How a body is put on the wire.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Whole,
    Pipelined,
    ChunkedWithALength,
    LongerThanItSays,
}

const FRAMINGS: [Framing; 4] =
    [Framing::Whole, Framing::Pipelined, Framing::ChunkedWithALength, Framing::LongerThanItSays];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_unknown_reaches_the_shells() {
    let server = Arc::new(Server::start().await);
    let requests = std::env::var("MATRIX_REQUESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(REQUESTS);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let server = Arc::clone(&server);
        tasks.spawn(async move {
            for n in (task..requests).step_by(TASKS) {
                attack(&server, n).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(server.dispatched.count(), 0);
    // and the count counts
    let mut known = Wire::connect(server.http).await;
    known.log_on().await;
    assert_eq!(known.sealed(IDENTIFY.as_bytes()).await.status, 200);
    assert_eq!(server.dispatched.count(), 1);
}

async fn attack(server: &Server, n: usize) {
    let path = PATHS[n % PATHS.len()];
    let framing = FRAMINGS[n / PATHS.len() % FRAMINGS.len()];
    let authorization = ALL[n / PATHS.len() / FRAMINGS.len() % ALL.len()];
    let mut wire = Wire::connect(server.http).await;
    let body =
        [IDENTIFY.replace("Identify", "Create").into_bytes(), b"--Encrypted Boundary\r\n".to_vec()][n % 2].clone();
    let headers = headers(server, &mut wire, authorization).await;
    let sent = wire.try_send(&framed(path, &headers, &body, framing)).await;
    while sent.is_ok()
        && let Some(reply) = wire.reply().await
    {
        assert!(!answered(&reply), "{path} {authorization:?} {framing:?}: {}", reply.head);
        if reply.status >= 400 {
            break; // what follows on this connection is another attack's affair
        }
    }
}

/// Is it an answer of the shells?
fn answered(reply: &Reply) -> bool {
    !reply.body.is_empty()
}

/// Header lines, after what came before them on this connection or on another.
async fn headers(server: &Server, wire: &mut Wire, authorization: Authorization) -> Vec<String> {
    let negotiate = |token: &[u8]| vec![format!("Authorization: Negotiate {}", STANDARD.encode(token))];
    match authorization {
        Nothing => vec![],
        Empty => vec!["Authorization:".into()],
        Unknown => vec!["Authorization: Bearer alice".into()],
        Garbage => negotiate(b"\x60\x28\x06\x06+\x06\x01\x05\x05\x02\xa0\x1e0\x1c\xa0 nonsense"),
        Kerberos => vec![format!(
            "Authorization: Kerberos {}",
            STANDARD.encode(b"\x60\x0b\x06\x09*\x86H\x86\xf7\x12\x01\x02\x02")
        )],
        Twice => [negotiate(&first()), negotiate(&first())].concat(),
        BasicOutsideTls => vec![format!("Authorization: Basic {}", STANDARD.encode(format!("carol:{LATIN_PASSWORD}")))],
        FirstTokenOnly => negotiate(&first()),
        HalfFinished => {
            wire.half_way().await;
            vec![]
        }
        WrongPassword => {
            let wrong = Credentials { nt_hash: NtHash::of_password("wrong"), ..alice() };
            negotiate(&last_token(wire, wrong).await)
        }
        Replayed => {
            let mut other = Wire::connect(server.http).await;
            let (_, token) = other.half_way().await;
            assert_eq!(other.token(&token).await.unwrap().status, 200);
            negotiate(&token)
        }
        OfAnotherConnection => {
            let mut other = Wire::connect(server.http).await;
            let (_, token) = other.half_way().await;
            wire.half_way().await;
            negotiate(&token)
        }
        Stale => {
            // logged on, and then begun anew
            wire.log_on().await;
            wire.half_way().await;
            vec![]
        }
        OnceRefused => {
            wire.half_way().await;
            wire.token(b"NTLMSSP\0\x03\0\0\0").await;
            vec![]
        }
    }
}

fn first() -> Vec<u8> {
    Initiator::new(Package::Negotiate, alice()).1
}

async fn last_token(wire: &mut Wire, credentials: Credentials) -> Vec<u8> {
    let (mut initiator, first) = Initiator::new(Package::Ntlm, credentials);
    let reply = wire.token(&first).await.unwrap();
    let challenge = STANDARD.decode(reply.headers("WWW-Authenticate")[0].strip_prefix("Negotiate ").unwrap()).unwrap();
    match initiator.step(&challenge, FileTime::from(SystemTime::now()), Entropy::new([3; 32])).unwrap() {
        Progress::Done { token: Some(token), .. } => token,
        other => panic!("{other:?}"),
    }
}

fn framed(path: &str, headers: &[String], body: &[u8], framing: Framing) -> Vec<u8> {
    let head = |more: &str| {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {SOAP}\r\n{headers}{more}\r\n").into_bytes()
    };
    let length = |length: usize| format!("Content-Length: {length}\r\n");
    match framing {
        Framing::Whole => [head(&length(body.len())), body.to_vec()].concat(),
        Framing::Pipelined => {
            let second =
                format!("POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Type: {SOAP}\r\n{}\r\n", length(body.len()));
            [head(&length(0)), second.into_bytes(), body.to_vec()].concat()
        }
        Framing::ChunkedWithALength => {
            let more = format!("Transfer-Encoding: chunked\r\n{}", length(body.len() / 2));
            [head(&more), format!("{:x}\r\n", body.len()).into_bytes(), body.to_vec(), b"\r\n0\r\n\r\n".to_vec()]
                .concat()
        }
        Framing::LongerThanItSays => [head(&length(body.len() / 2)), body.to_vec()].concat(),
    }
}

//! Thousands of connections that do next to nothing, while somebody works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use psrp::message::Command;
use psrp::pool::client::Config;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use winrm_client::Session;

use crate::own_client::target;
use oracle_pep::winrm::Server;

/// How many there are, unless this process may not open so many files.
const CONNECTIONS: usize = 5_000;
/// Resident bytes that both ends together may take.
const MEMORY: u64 = 512 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn slow_connections_hold_nobody_up_and_their_time_runs_out() {
    let connections = CONNECTIONS.min((open_files() - 200) / 2);
    let server = Server::start_with(|options, _| {
        options.connections = connections + 100;
        options.patience.stranger = Duration::from_secs(4);
    })
    .await;
    let quiet = worst_of_many(&server).await;

    let mut slow = Vec::new();
    for n in 0..connections {
        let mut stream = TcpStream::connect(if n % 3 == 0 { server.https } else { server.http }).await.unwrap();
        let begun: &[u8] = match n % 3 {
            0 => b"\x16\x03\x01\x02", // a TLS hello that does not go on
            1 => b"POST /wsman HTTP/1.1\r\nHos",
            _ => b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n<s:Env",
        };
        stream.write_all(begun).await.unwrap();
        slow.push(stream);
    }
    let dribbling = tokio::spawn(async move {
        // a byte now and then does not help
        let began = Instant::now();
        let mut ended = 0;
        while !slow.is_empty() && began.elapsed() < Duration::from_mins(1) {
            let mut left = Vec::new();
            for mut stream in slow {
                let mut answer = [0; 64];
                let hung_up = match tokio::time::timeout(Duration::from_micros(100), stream.read(&mut answer)).await {
                    Ok(read) => matches!(read, Ok(0) | Err(_)),
                    Err(_) => stream.write_all(b"x").await.is_err(),
                };
                if hung_up { ended += 1 } else { left.push(stream) }
            }
            slow = left;
        }
        (ended, began.elapsed())
    });
    let busy = worst_of_many(&server).await;
    let memory = resident_bytes();
    let (ended, after) = dribbling.await.unwrap();
    assert_eq!(ended, connections, "their time did not run out");
    assert!(memory < MEMORY, "{memory} bytes are resident");
    println!(
        "quiet {quiet:?}, beside {connections} slow connections {busy:?} and {} MiB; the last of them ended after {after:?}",
        memory >> 20
    );
    assert!(busy < (quiet * 3).max(Duration::from_millis(250)), "quiet {quiet:?}, busy {busy:?}");
}

/// How many files this process may open, after asking for as many as there are.
fn open_files() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
    let now = getrlimit(Resource::Nofile).current;
    now.map_or(usize::MAX, |files| usize::try_from(files).unwrap())
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// The 99th of 100 commands, by how long they took.
async fn worst_of_many(server: &Server) -> Duration {
    let mut session = Session::open(Arc::new(target(server.http, false)), Config::default()).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        session.run(vec![Command::new("Invoke-PepNoop")]).await.unwrap();
        times.push(began.elapsed());
    }
    session.close().await.unwrap();
    times.sort();
    times[98]
}

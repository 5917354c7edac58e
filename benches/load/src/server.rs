//! `load-server`: an endpoint with a command that writes as much as is wanted, and a bare HTTP server beside it. It prints the
//! addresses of HTTP, HTTPS and the bare server, and serves until its standard input ends.

#![allow(clippy::print_stdout, clippy::expect_used)] // a tool for measuring: what cannot be set up ends it

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use accounts::{AccountStore, Secret};
use bytes::Bytes;
use cmdlet::{Cmdlet, Ps, Run, Terminate};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use negotiate::BindingPolicy;
use pepd::listener::winrm::{Patience, WinRm, WinRmOptions};
use pepd::session::{Endpoint, OneRole, Services};
use psrp::message::PsVersionTable;
use psrp::pool::server::Config;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use transcript::{Durability, Journal};

/// Writes numbered lines.
#[derive(Cmdlet)]
#[cmdlet(verb = "Write", noun = "Bulk", role = "Operate")]
struct WriteBulk {
    /// How many lines.
    #[parameter(mandatory, position = 0)]
    count: i32,
}

impl Run for WriteBulk {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        for n in 0..self.count {
            ps.write(format!("line {n}")).await?;
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let durability = match arguments.next().as_deref() {
        Some("strict") => Durability::Strict,
        #[cfg(feature = "unrecorded")]
        Some("off") => Durability::Off,
        #[cfg(not(feature = "unrecorded"))]
        Some("off") => {
            eprintln!("without a record: only with the feature `unrecorded`");
            std::process::exit(2)
        }
        _ => Durability::Relaxed,
    };
    let password = arguments.next().expect("usage: load-server strict|relaxed|off PASSWORD");
    let directory = tempfile::tempdir().expect("a directory");
    let accounts = Arc::new(AccountStore::open(&directory.path().join("state")).expect("an account store"));
    accounts.create("load", &Secret::new(password), SystemTime::now()).expect("an account");
    let anywhere: SocketAddr = ([127, 0, 0, 1], 0).into();
    let options = WinRmOptions {
        http: vec![anywhere],
        https: vec![anywhere],
        certificate: None,
        state: directory.path().join("state"),
        basic: true,
        kerberos: None,
        binding: BindingPolicy::Relaxed,
        guess_delay: Duration::ZERO,
        connections: 100_000,
        shells: 100_000,
        shells_per_user: 100_000,
        idle_timeout: Duration::from_hours(2),
        patience: Patience::default(),
    };
    let winrm = WinRm::bind(options, "load").await.expect("addresses");
    let endpoint = Endpoint {
        configuration: "PrivilegedEndpoint".into(),
        table: Arc::new(commands::builtin::builtins(cmdlet::CommandTable::new().add::<WriteBulk>())),
        policy: Box::new(OneRole),
        services: Services::default(),
        journal: Arc::new(Journal::open(&directory.path().join("record"), durability).expect("a record")),
        computer: "load".into(),
        psrp: Arc::new(Config::new(PsVersionTable {
            ps_version: clixml::Version::new(7, 6),
            ps_edition: "Core".into(),
            compatible_versions: Vec::new(),
            more: Vec::new(),
        })),
    };
    let bare = TcpListener::bind(anywhere).await.expect("an address");
    println!("{} {} {}", first(&winrm.http()), first(&winrm.https()), bare.local_addr().expect("an address"));
    tokio::spawn(echo(bare));
    tokio::spawn(winrm.serve(Arc::new(endpoint), accounts, Arc::new(Semaphore::new(100_000))));
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}

fn first(addresses: &[SocketAddr]) -> SocketAddr {
    *addresses.first().expect("it listens")
}

/// hyper and nothing else: what any HTTP answer costs here.
async fn echo(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let service = service_fn(|request: Request<hyper::body::Incoming>| async move {
                let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(body.unwrap_or_default())))
            });
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

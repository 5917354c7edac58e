//! `pepd-load`: opens sessions, runs commands and takes output through the client halves, and prints what it took as a table.

#![allow(clippy::print_stdout)] // the table is its product

mod driver;
mod figures;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use clixml::Secret;
use tokio::task::JoinSet;
use winrm_client::{Authentication, Target, Tickets, Trust};

use driver::{Driver, Error};
use figures::{Process, Row};

/// Puts a load on an endpoint and measures.
#[derive(Parser)]
struct Arguments {
    /// The socket of the daemon.
    #[arg(long, conflicts_with_all = ["http", "https"])]
    socket: Option<PathBuf>,
    /// Address and port of WinRM over HTTP; every message is sealed.
    #[arg(long)]
    http: Option<SocketAddr>,
    /// Address and port of WinRM over HTTPS. No certificate is looked at.
    #[arg(long, conflicts_with = "http")]
    https: Option<SocketAddr>,
    /// Address and port of an HTTP server that answers with what it is sent: the cost of any exchange.
    #[arg(long, conflicts_with_all = ["http", "https", "socket"])]
    bare: Option<SocketAddr>,
    /// The account.
    #[arg(long, default_value = "CloudAdmin")]
    user: String,
    /// Its password.
    #[arg(long, env = "PEPD_LOAD_PASSWORD", hide_env_values = true, default_value = "")]
    password: String,
    /// The session configuration.
    #[arg(long, default_value = "PrivilegedEndpoint")]
    configuration: String,
    /// What is done.
    #[arg(long, value_enum, default_value = "no-op")]
    load: Load,
    /// Sessions at a time.
    #[arg(long, default_value_t = 1)]
    sessions: usize,
    /// How often each session does it; lines to write, for `stream`.
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// The process of the server, to say what it takes.
    #[arg(long)]
    pid: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Load {
    /// Opens a session and closes it.
    Open,
    /// Runs a command that does next to nothing, in an open session.
    NoOp,
    /// Takes the lines of `Write-Bulk`.
    Stream,
    /// Holds open sessions that do nothing.
    Idle,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pepd-load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Error> {
    let driver = Arc::new(driver(&arguments)?);
    let server = arguments.pid.map(Process::of);
    let began = Instant::now();
    let (load, count) = (arguments.load, arguments.count);
    let row = if let Load::Idle = load {
        let (sessions, times) = held(&driver, arguments.sessions).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let row = Row::new(driver.name(), "idle", times, began.elapsed(), server.as_ref());
        drop(sessions);
        row
    } else {
        let mut tasks = JoinSet::new();
        for _ in 0..arguments.sessions {
            tasks.spawn(worked(Arc::clone(&driver), load, count));
        }
        let mut times = Vec::new();
        while let Some(done) = tasks.join_next().await {
            times.extend(done.map_err(|error| Error::Task(error.to_string()))??);
        }
        let name = match load {
            Load::Open => "open",
            Load::Stream => "stream",
            Load::NoOp | Load::Idle => "no-op",
        };
        Row::new(driver.name(), name, times, began.elapsed(), server.as_ref())
    };
    let things = if let Load::Stream = load { count * arguments.sessions } else { row.times() };
    println!("{}", row.table(arguments.sessions, things));
    Ok(())
}

fn driver(arguments: &Arguments) -> Result<Driver, Error> {
    if let Some(socket) = &arguments.socket {
        return Ok(Driver::Socket(socket.clone()));
    }
    if let Some(address) = arguments.bare {
        return Ok(Driver::Bare(address));
    }
    let address = arguments.http.or(arguments.https).ok_or(Error::Nowhere)?;
    Ok(Driver::WinRm(Arc::new(Target {
        host: if address.is_ipv6() { format!("[{}]", address.ip()) } else { address.ip().to_string() },
        port: address.port(),
        address: None,
        path: "/wsman".into(),
        tls: arguments.https.map(|_| Trust::Anybody),
        user: arguments.user.clone(),
        password: Secret::new(arguments.password.clone()),
        tickets: Tickets::default(),
        authentication: Authentication::Negotiate,
        configuration: arguments.configuration.clone(),
    })))
}

/// Opens sessions and keeps them, a few at a time.
async fn held(driver: &Arc<Driver>, sessions: usize) -> Result<(Vec<driver::Session>, Vec<Duration>), Error> {
    const AT_A_TIME: usize = 16;
    let (mut held, mut times) = (Vec::with_capacity(sessions), Vec::with_capacity(sessions));
    while held.len() < sessions {
        let mut tasks = JoinSet::new();
        for _ in 0..AT_A_TIME.min(sessions - held.len()) {
            let driver = Arc::clone(driver);
            tasks.spawn(async move {
                let began = Instant::now();
                driver.open().await.map(|session| (session, began.elapsed()))
            });
        }
        while let Some(opened) = tasks.join_next().await {
            let (mut session, time) = opened.map_err(|error| Error::Task(error.to_string()))??;
            session.rest();
            held.push(session);
            times.push(time);
        }
    }
    Ok((held, times))
}

/// One session's work, and how long each piece took.
async fn worked(driver: Arc<Driver>, load: Load, count: usize) -> Result<Vec<Duration>, Error> {
    let mut times = Vec::new();
    if let Load::Open = load {
        for _ in 0..count {
            let began = Instant::now();
            let session = driver.open().await?;
            times.push(began.elapsed());
            session.close().await?;
        }
        return Ok(times);
    }
    let mut session = driver.open().await?;
    match load {
        Load::Stream => {
            let began = Instant::now();
            session.stream(count).await?;
            times.push(began.elapsed());
        }
        _ => {
            for round in 0..count + 5 {
                let began = Instant::now();
                session.no_op().await?;
                if round >= 5 {
                    times.push(began.elapsed());
                }
            }
        }
    }
    session.close().await?;
    Ok(times)
}

//! Two clients, ten pipelines in a pool each, for a while: nothing grows.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use psrp::message::{Command, CreatePipeline};
use psrp::pool::client::{Config, Event, PipelineEnd};
use support::listening::Listening;
use winrm_client::{Session, Target};

/// How long; ten minutes when somebody asks for them.
fn patience() -> Duration {
    let seconds = std::env::var("PEPD_LONG_SECONDS").map_or(12, |seconds| seconds.parse().unwrap());
    Duration::from_secs(seconds)
}

/// Ten pipelines at a time, round after round.
async fn rounds(target: Arc<Target>, end: Instant) -> usize {
    let config = Config { max_runspaces: 10, ..Config::default() };
    let mut session = Session::open(target, config).await.unwrap();
    let mut rounds = 0;
    while Instant::now() < end {
        let mut running = Vec::new();
        for n in 0..10 {
            let command = Command::new("Get-PepGreeting").parameter("Name", format!("{n}")).parameter("Count", 20);
            running.push(session.start(CreatePipeline::new(vec![command])).unwrap());
        }
        let mut left = running.len();
        let mut objects = 0;
        while left > 0 {
            match session.next().await.unwrap() {
                Event::Output { .. } => objects += 1,
                Event::Finished { end, .. } => {
                    assert_eq!(end, PipelineEnd::Completed);
                    left -= 1;
                }
                _ => {}
            }
        }
        assert_eq!(objects, 10 * 20);
        for id in running {
            session.release(id).await.unwrap();
        }
        rounds += 1;
    }
    session.close().await.unwrap();
    rounds
}

fn resident(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn w_113_two_clients_with_ten_pipelines_each_make_nothing_grow() {
    let server = Listening::test_table();
    let target = Arc::new(Target {
        user: server.user.clone(),
        password: clixml::Secret::new(server.password.clone()),
        ..crate::own_client::target(server.http, false)
    });
    let started = Instant::now();
    let end = started + patience();
    let clients = [tokio::spawn(rounds(Arc::clone(&target), end)), tokio::spawn(rounds(target, end))];
    tokio::time::sleep(patience() / 3).await;
    let early = resident(server.pid());
    tokio::time::sleep(patience() * 6 / 10).await;
    let late = resident(server.pid());
    let mut done = 0;
    for client in clients {
        done += client.await.unwrap();
    }
    println!("{done} rounds of ten pipelines; {early} KiB after a third of the time, {late} KiB at the end");
    assert!(done > 10, "{done}");
    assert!(late < early + 4096, "from {early} to {late} KiB");
}

//! Measures pepd beside a real PowerShell server and prints `docs/performance.md`. Both are driven by the same client half over
//! standard input and output, in the same run.
//!
//! Usage: `bench-endpoint PEPD [--server "COMMAND LINE OF THE REAL SERVER"] [--psrp-rs PROGRAM] [--timings FILE] [--many SERVER] [--real-many SERVER]`

#![allow(clippy::print_stdout)] // the report is its product
#![allow(clippy::expect_used)] // a measurement that cannot be made ends the run

mod clixml_speed;
mod daemon;
mod relay;
mod report;
mod session;

use std::process::Command;

use daemon::Daemon;
use report::{Report, Row};
use session::Session;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let pepd = arguments.next().expect("the path of pepd");
    let rest: Vec<String> = arguments.collect();
    let option =
        |name: &str| rest.windows(2).find(|pair| pair.first().is_some_and(|n| n == name)).and_then(|p| p.get(1));

    let daemon = Daemon::start(&pepd, "strict");
    let relaxed = Daemon::start(&pepd, "relaxed");
    let relay = |daemon: &Daemon| {
        let (pepd, socket) = (pepd.clone(), daemon.socket());
        move || {
            let mut command = Command::new(&pepd);
            command.arg("connect").arg("--socket").arg(&socket);
            command
        }
    };
    let real = option("--server").map(|line| {
        let line = line.clone();
        move || {
            let mut command = Command::new("sh");
            command.arg("-c").arg(format!("exec {line}"));
            command
        }
    });

    let mut report = Report::new();
    let speed = clixml_speed::measure();
    let psrp_rs = option("--psrp-rs").map(|program| clixml_speed::of_peer(program, &speed.text));
    report.clixml(&speed, psrp_rs);
    let ours = session::measure(&relay(&daemon), 60, 500);
    let unsynced = session::measure(&relay(&relaxed), 60, 500);
    let theirs = real.as_ref().map(|real| session::measure(real, 7, 60));
    let rows: [(_, fn(&session::Times) -> _); 3] = [
        ("open a session: process start to Opened", |times| times.open),
        ("next to no command (`Measure-Object` of one object), warm: request to closed", |times| times.no_op),
        ("`Get-Command`, warm: request to closed", |times| times.get_command),
    ];
    for (what, time) in rows {
        report.row(Row { what, strict: time(&ours), relaxed: time(&unsynced), theirs: theirs.as_ref().map(time) });
    }

    if let Some(ours) = option("--many") {
        let by = |line: &String| {
            let line = line.clone();
            move || {
                let mut command = Command::new("sh");
                command.arg("-c").arg(format!("exec {line}"));
                command
            }
        };
        let (ours, commands) = session::measure_import(&by(ours), 40);
        let theirs = option("--real-many").map(|real| session::measure_import(&by(real), 5).0);
        report.import(commands - 1, ours, theirs); // the first says how many follow
    }

    report.way(relay::measure(&pepd, 1_000));
    let per_session = daemon.memory_per_idle_session(2_000);
    let real_memory = real.as_ref().map(|real| Session::open(real()).resident_bytes());
    report.memory(per_session, real_memory);
    if let Some(timings) = option("--timings") {
        report.stock_client(&std::fs::read_to_string(timings).expect("the timings of the stock client"));
    }
    println!("{report}");
}

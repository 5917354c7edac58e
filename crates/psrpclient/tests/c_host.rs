//! A host in C opens shells, runs commands and closes them, with and without Valgrind looking on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use clixml::Plain;
use psrp::fragment::Fragmenter;
use psrp::message::{self, Body, CreatePipeline, Message};
use psrp::pool::client::{Config, RunspacePool};
use psrp::{Half, Stream};
use support::listening::Listening;
use support::machine;

/// The driver, compiled.
fn driver(directory: &std::path::Path) -> PathBuf {
    let program = directory.join("driver");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/driver.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-g", "-O1", "-Wall", "-Werror", "-pthread", "-o"]).arg(&program).arg(source).arg("-ldl");
    let compiled = compiler.status().expect("this test needs a C compiler: apt-get install build-essential");
    assert!(compiled.success());
    program
}

/// What PowerShell would send in one session: a pool is opened, and a pipeline run.
fn cycle() -> String {
    let (shell, pipeline) = (clixml::Guid::new_v4(), clixml::Guid::new_v4());
    let mut pool = RunspacePool::new(Config::default(), shell);
    pool.open();
    let creation = pool.poll_output_for(None, Stream::Default, usize::MAX).unwrap();
    let command = message::Command::new("Get-PepGreeting").parameter("Name", "C");
    let body = Body::CreatePipeline(Box::new(CreatePipeline::new(vec![command])));
    let message = Message { pool: shell, pipeline: Some(pipeline), body }.encode(Half::Server, &Plain);
    let mut fragments = BytesMut::new();
    Fragmenter::default().begin(message.into()).write(usize::MAX, &mut fragments);
    let creation = STANDARD.encode(creation);
    let xml = format!("<creationXml xmlns=\"http://schemas.microsoft.com/powershell\">{creation}</creationXml>");
    format!("{shell:X}\t{xml}\t{pipeline:X}\t{}\n", STANDARD.encode(fragments))
}

/// Runs the driver, by way of another program if there is one, through so many cycles.
fn run(through: &[&str], cycles: usize) -> Output {
    let server = Listening::test_table();
    let directory = tempfile::tempdir().unwrap();
    let lines: String = (0..cycles).map(|_| cycle()).collect();
    let input = directory.path().join("cycles");
    std::fs::write(&input, lines).unwrap();
    let program = driver(directory.path());
    let mut command = match through.split_first() {
        None => Command::new(&program),
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(&program);
            command
        }
    };
    command
        .arg(machine::built("libpsrpclient.so"))
        .arg(format!("http://{}/wsman?PSVersion=7.6.9", server.http))
        .args(["dave", "Letters 4 everybody"])
        .stdin(File::open(input).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap()
}

#[test]
fn l_005_l_006_l_016_l_020_l_023_l_025_l_046_a_thousand_sessions_each_completion_once_and_in_order() {
    let output = run(&[], 1000);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1000 cycles\n");
}

/// Valgrind's memcheck: nothing is lost, and nothing is used after it was freed.
#[test]
fn l_033_memcheck_finds_no_leak_and_no_use_after_free() {
    let cycles = std::env::var("PEPD_MEMCHECK_CYCLES").map_or(30, |cycles| cycles.parse().unwrap());
    assert!(machine::on_path("valgrind").is_some(), "this test needs valgrind: apt-get install valgrind");
    let output = run(
        &[
            "valgrind",
            "--error-exitcode=9",
            "--leak-check=full",
            "--errors-for-leak-kinds=definite,indirect",
            "--show-leak-kinds=definite,indirect",
            "--fair-sched=yes",
        ],
        cycles,
    );
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    assert!(report.contains("ERROR SUMMARY: 0 errors"), "{report}");
}

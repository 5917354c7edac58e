//! What a session does with its pipelines, seen by a client half in the same process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod client;

use std::time::{Duration, Instant};

use client::{Session, failure};
use clixml::{Guid, SecureString, Value};
use psrp::host_call::{HostCall, HostReply};
use psrp::message::{Command, CommandTypes, CreatePipeline, GetCommandMetadata, PowerShell};
use psrp::out_of_process::ClientEvent;
use psrp::pool::client::{Event, PipelineEnd};
use transcript::{Outcome, Record};

fn greeting(name: &str) -> Command {
    Command::new("Get-PepGreeting").parameter("Name", name)
}

fn task(seconds: f64) -> Command {
    Command::new("Start-PepTask").parameter("Seconds", seconds).parameter("Quiet", true)
}

#[tokio::test]
async fn a_command_runs_and_its_output_comes_before_its_end() {
    let mut session = Session::open(1).await;
    let (output, end) = session.run(vec![greeting("World")]).await;
    assert_eq!(output, ["Hello World (Low) 1"]);
    assert_eq!(end, PipelineEnd::Completed);
}

#[tokio::test]
async fn j_022_one_unknown_command_means_that_no_other_of_its_pipeline_runs() {
    let mut session = Session::open(1).await;
    let (output, end) = session.run(vec![greeting("a"), Command::new("Get-Nothing")]).await;
    assert!(output.is_empty());
    assert_eq!(failure(&end), "CommandNotFoundException");
}

#[tokio::test]
async fn j_023_a_binding_error_in_the_second_command_means_that_the_first_does_not_run() {
    let mut session = Session::open(1).await;
    let second = Command::new("Measure-PepInput").parameter("Nope", 1);
    let (output, end) = session.run(vec![greeting("a"), second]).await;
    assert!(output.is_empty());
    assert_eq!(failure(&end), "NamedParameterNotFound,Measure-PepInput");
}

#[tokio::test]
async fn j_021_j_031_j_032_j_114_what_is_not_in_the_table_is_unknown_and_told_as_typed() {
    let mut session = Session::open(1).await;
    for name in [
        "get-PROCESS",
        "ForEach-Object",
        "Where-Object",
        "Sort-Object",
        "./x",
        "../x",
        "/bin/sh",
        "\\\\h\\s\\x",
        "TabExpansion",
        "Invoke-Expression",
        "Microsoft.PowerShell.Core\\Get-Command",
        "",
    ] {
        let (_, end) = session.run(vec![Command::new(name)]).await;
        assert_eq!(failure(&end), "CommandNotFoundException", "{name}");
        let PipelineEnd::Failed(error) = end else { unreachable!() };
        assert_eq!(error.target_object.as_str(), Some(name));
    }
}

#[tokio::test]
async fn j_025_scripts_are_refused_whatever_they_say() {
    let mut session = Session::open(1).await;
    for script in [
        "$x = 1",
        "1+1",
        "& { Get-Process }",
        "Get-PepGreeting a > f",
        "if ($true) { ls }",
        "function f {}; f",
        "Get-Help",
    ] {
        let (_, end) = session.run(vec![Command::script(script)]).await;
        assert_eq!(failure(&end), "ScriptsNotAllowed", "{script}");
    }
}

#[tokio::test]
async fn j_028_a_later_statement_that_fails_ends_the_line_and_nothing_after_it_runs() {
    let mut session = Session::open(1).await;
    let statements = vec![vec![greeting("a")], vec![Command::new("Get-Nothing")], vec![greeting("c")]];
    let shell = PowerShell { extra_commands: statements, ..PowerShell::default() };
    let mut pipeline = CreatePipeline::new(vec![greeting("a")]);
    pipeline.power_shell = shell;
    let id = session.start_pipeline(pipeline).await;
    let (output, end) = session.finish(id).await;
    assert_eq!(output, ["Hello a (Low) 1"]);
    assert_eq!(failure(&end), "CommandNotFoundException");
}

#[tokio::test]
async fn windows_powershell_5_1_asks_for_metadata_in_its_own_way_and_gets_the_same() {
    let mut session = Session::open(1).await;
    let of_7 = GetCommandMetadata::new(["*"]);
    let of_5_1 = GetCommandMetadata { command_types: CommandTypes(399), ..GetCommandMetadata::new(["*"]) };
    let mut answers = Vec::new();
    for request in [of_7, of_5_1] {
        let id = Guid::new_v4();
        session.client.get_command_metadata(id, request).unwrap();
        session.send().await;
        let mut answer = Vec::new();
        loop {
            match session.next().await {
                ClientEvent::Pool(Event::Output { value, .. }) => answer.push(value),
                ClientEvent::Pool(Event::Finished { .. }) => break,
                _ => {}
            }
        }
        session.client.close_pipeline(id);
        session.send().await;
        answers.push(answer);
    }
    assert!(answers[0].len() > 24, "{}", answers[0].len());
    assert_eq!(answers[0][0].property("Count").and_then(Value::as_i32), i32::try_from(answers[0].len() - 1).ok());
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn pipes_stream_one_object_at_a_time() {
    let mut session = Session::open(1).await;
    let start = Instant::now();
    let id = session.start(vec![task(3.0), Command::new("Measure-PepInput")]).await;
    session.until(|event| matches!(event, ClientEvent::Pool(Event::Output { .. }))).await;
    assert!(start.elapsed() < Duration::from_secs(2), "the first object waited for the last");
    session.client.stop_pipeline(id);
    assert_eq!(session.finish(id).await.1, PipelineEnd::Stopped);
}

#[tokio::test]
async fn stop_ends_a_long_command_at_once_and_the_session_goes_on() {
    let mut session = Session::open(1).await;
    let id = session.start(vec![task(60.0)]).await;
    session.until(|event| matches!(event, ClientEvent::Pool(Event::Output { .. }))).await;
    let start = Instant::now();
    session.client.stop_pipeline(id);
    assert_eq!(session.finish(id).await.1, PipelineEnd::Stopped);
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(session.run(vec![greeting("again")]).await.0, ["Hello again (Low) 1"]);
}

#[tokio::test]
async fn stop_drops_a_question_that_waits_for_its_answer() {
    let mut session = Session::open(1).await;
    let id = session.start(vec![Command::new("Read-PepLine")]).await;
    let asked = session.until(|event| matches!(event, ClientEvent::Pool(Event::HostCall { .. }))).await;
    session.client.stop_pipeline(id);
    assert_eq!(session.finish(id).await.1, PipelineEnd::Stopped);
    let ClientEvent::Pool(Event::HostCall { call_id, .. }) = asked else { unreachable!() };
    session.client.pool().answer(Some(id), call_id, HostReply::Value("too late".into()));
    assert_eq!(session.run(vec![greeting("again")]).await.0, ["Hello again (Low) 1"]);
}

#[tokio::test]
async fn one_runspace_runs_one_pipeline_after_the_other_and_two_run_two_at_a_time() {
    for (runspaces, expected_first) in [(1, "task done"), (2, "Hello b (Low) 1")] {
        let mut session = Session::open(runspaces).await;
        let slow = session.start(vec![task(1.0)]).await;
        let quick = session.start(vec![greeting("b")]).await;
        let wanted = ["task done", "Hello b (Low) 1"];
        let first = session
            .until(|event| match event {
                ClientEvent::Pool(Event::Output { value, .. }) => wanted.contains(&value.as_str().unwrap()),
                _ => false,
            })
            .await;
        let ClientEvent::Pool(Event::Output { value, .. }) = first else { unreachable!() };
        assert_eq!(value.as_str(), Some(expected_first), "{runspaces} runspaces");
        session.finish(if runspaces == 1 { quick } else { slow }).await;
    }
}

#[tokio::test]
async fn a_nested_pipeline_runs_beside_the_one_that_it_belongs_to() {
    let mut session = Session::open(1).await;
    let outer = session.start(vec![task(60.0)]).await;
    session.until(|event| matches!(event, ClientEvent::Pool(Event::Output { .. }))).await;
    let nested = CreatePipeline { is_nested: true, ..CreatePipeline::new(vec![greeting("inside")]) };
    let id = session.start_pipeline(nested).await;
    assert_eq!(session.finish(id).await.0, ["Hello inside (Low) 1"]);
    session.client.stop_pipeline(outer);
    session.finish(outer).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_makes_its_command_wait_and_can_still_stop_it() {
    let mut session = Session::open(1).await;
    let id = session
        .start(vec![Command::new("Get-PepGreeting").parameter("Name", "x".repeat(200_000)).parameter("Count", 100)])
        .await;
    session.until(|event| matches!(event, ClientEvent::Pool(Event::Output { .. }))).await;
    tokio::time::sleep(Duration::from_millis(300)).await; // 20 MB are ready, and nobody reads
    let recorded = session.record().iter().filter(|entry| matches!(entry.record, Record::Output { .. })).count();
    assert!(recorded < 100, "the command did not wait: {recorded} objects are on their way");
    session.client.stop_pipeline(id);
    let (output, end) = session.finish(id).await;
    assert!(output.len() < 100);
    assert_eq!(end, PipelineEnd::Stopped);
}

#[tokio::test]
async fn what_is_answered_is_in_the_record_before() {
    let mut session = Session::open(1).await;
    session.run(vec![greeting("World")]).await;
    session.run(vec![Command::script("$env:USER")]).await;
    let record = session.record();
    let outcomes: Vec<Outcome> = record
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Completed { outcome, .. } => Some(*outcome),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes, [Outcome::Completed, Outcome::Failed]);
    assert!(matches!(&record[0].record, Record::SessionStart { account, .. } if account == "operator"));
    assert!(
        record
            .iter()
            .any(|entry| matches!(&entry.record, Record::Refused { target, .. } if target.contains("$env:USER")))
    );
    assert!(
        record.iter().any(
            |entry| matches!(&entry.record, Record::Output { clixml, .. } if clixml == "<S>Hello World (Low) 1</S>")
        )
    );
}

#[tokio::test]
async fn no_secret_is_in_the_record() {
    let mut session = Session::open(1).await;
    let user = Command::new("New-PepUser").parameter("UserName", "joe").parameter("Quota", 1);
    session.run(vec![user.parameter("Password", SecureString::new("hunter2-argument"))]).await;
    let id = session.start(vec![Command::new("Read-PepSecret")]).await;
    let asked = session
        .until(|event| matches!(event, ClientEvent::Pool(Event::HostCall { call: HostCall::Prompt { .. }, .. })))
        .await;
    let ClientEvent::Pool(Event::HostCall { call_id, .. }) = asked else { unreachable!() };
    let answer = HostReply::of_fields([("Secret", Value::from(SecureString::new("hunter2-answer")))]);
    session.client.pool().answer(Some(id), call_id, answer);
    let (output, _) = session.finish(id).await;
    assert_eq!(output, ["secret <hunter2-answer>"], "the command got it");
    let text = std::fs::read_to_string(session.journal_path()).unwrap();
    assert!(text.contains("New-PepUser") && !text.contains("hunter2-argument"));
    // the command wrote its answer as plain output, which is recorded; the prompt's own answer must not be
    let replies: Vec<&str> = text.lines().filter(|line| line.contains("\"kind\":\"host-reply\"")).collect();
    assert_eq!(replies.len(), 1);
    assert!(!replies[0].contains("hunter2") && !replies[0].contains("aAB1AG4A"), "{}", replies[0]);
}

#[tokio::test]
async fn a_client_that_breaks_the_protocol_ends_its_session_and_the_record_says_so() {
    let mut session = Session::open(1).await;
    session
        .send_raw(b"<Data Stream='Default' PSGuid='00000000-0000-0000-0000-000000000000'>AAAA</Data>\n<Nonsense/>\n")
        .await;
    session.until(|event| matches!(event, ClientEvent::Pool(Event::BrokenByServer(_)))).await;
    let start = Instant::now();
    while !matches!(session.record().last().unwrap().record, Record::SessionEnd { .. }) {
        assert!(start.elapsed() < Duration::from_secs(5), "the record does not say that the session ended");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

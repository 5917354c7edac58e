//! What a client may say, and what it is told when it says anything else (jea.md 1.4 to 1.6).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod client;

use client::{Session, failure};
use clixml::Value;
use psrp::message::{Command, CreatePipeline, PipelineResultTypes};
use psrp::out_of_process::ClientEvent;
use psrp::pool::client::{Event, PipelineEnd};
use psrp::record::ErrorCategory;

fn greeting(name: impl Into<Value>) -> Command {
    Command::new("Get-PepGreeting").parameter("Name", name)
}

fn streams() -> Command {
    Command::new("Write-PepStream").parameter("Stream", Value::string_array(["Error", "Warning", "Output"]))
}

#[tokio::test]
async fn j_020_an_unknown_command_is_told_with_the_pipeline_s_state_and_by_no_record() {
    let mut session = Session::open(1).await;
    let id = session.start(vec![Command::new("Get-Nothing")]).await;
    let first =
        session.until(|event| matches!(event, ClientEvent::Pool(Event::Record { .. } | Event::Finished { .. })));
    let ClientEvent::Pool(Event::Finished { id: ended, end: PipelineEnd::Failed(error) }) = first.await else {
        panic!("a record, or no failure")
    };
    assert_eq!(ended, id);
    assert_eq!(error.category, ErrorCategory::ObjectNotFound);
    assert_eq!((&*error.target_name, &*error.activity), ("Get-Nothing", ""));
    assert!(error.exception.message.starts_with("The term 'Get-Nothing' is not recognized as a name of a cmdlet"));
}

#[tokio::test]
async fn j_026_what_a_client_has_worked_out_arrives_as_a_value() {
    let mut session = Session::open(1).await;
    let items = Value::array(vec![Value::Int32(1 + 2), "a2".into(), Value::Bool(true)]);
    let (output, _) = session.run(vec![Command::new("Join-PepItem").parameter("Item", items)]).await;
    assert_eq!(output, ["3: 3-a2-True"]);
}

#[tokio::test]
async fn j_027_merged_streams_come_out_as_output() {
    let mut session = Session::open(1).await;
    let to_output = |command: Command, streams: &[&str]| {
        let merge =
            |name| if streams.contains(&name) { PipelineResultTypes::OUTPUT } else { PipelineResultTypes::NONE };
        Command { merge_error: merge("error"), merge_warning: merge("warning"), ..command }
    };
    for (merged, records) in [(&[][..], 2), (&["error"], 1), (&["error", "warning"], 0)] {
        let id = session.start(vec![to_output(streams(), merged)]).await;
        let (mut objects, mut others) = (0, 0);
        loop {
            match session.next().await {
                ClientEvent::Pool(Event::Output { .. }) => objects += 1,
                ClientEvent::Pool(Event::Record { .. }) => others += 1,
                ClientEvent::Pool(Event::Finished { .. }) => break,
                _ => {}
            }
        }
        session.client.close_pipeline(id);
        assert_eq!((objects, others), (1 + merged.len(), records), "{merged:?}");
    }
}

#[tokio::test]
async fn j_030_j_112_a_script_or_an_expression_as_an_argument_is_a_text_like_any_other() {
    let mut session = Session::open(1).await;
    for text in ["$(Get-Process)", "`n; ls | x", "x\"; rm -rf / #", "{ Get-Process }"] {
        assert_eq!(session.run(vec![greeting(text)]).await.0, [format!("Hello {text} (Low) 1")]);
    }
    let block = Value::ScriptBlock("Get-Process".into());
    assert_eq!(session.run(vec![greeting(block)]).await.0, ["Hello Get-Process (Low) 1"]);
}

#[tokio::test]
async fn j_033_a_name_with_its_module_obeys_the_same_rules() {
    let mut session = Session::open(1).await;
    let qualified = |module: &str| Command::new(format!("{module}\\Get-PepGreeting")).parameter("Name", "a");
    assert_eq!(session.run(vec![qualified("OraclePep")]).await.0, ["Hello a (Low) 1"]);
    let wrong = qualified("OraclePep").parameter("Level", "Wrong");
    assert_eq!(failure(&session.run(vec![wrong]).await.1), "ParameterArgumentValidationError,Get-PepGreeting");
    for module in ["Other", "..\\OraclePep", "OraclePep\\OraclePep"] {
        assert_eq!(failure(&session.run(vec![qualified(module)]).await.1), "CommandNotFoundException", "{module}");
    }
}

#[tokio::test]
async fn j_034_a_question_mark_asks_for_help_on_what_may_be_seen() {
    let mut session = Session::open(1).await;
    let ask = |name: &str| Command::new(name).parameter("?", true);
    let id = session.start(vec![ask("Get-PepGreeting")]).await;
    let help = session.until(|event| matches!(event, ClientEvent::Pool(Event::Output { .. }))).await;
    let ClientEvent::Pool(Event::Output { value, .. }) = help else { unreachable!() };
    assert_eq!(value.property("Name").and_then(Value::as_str), Some("Get-PepGreeting"));
    session.finish(id).await;
    assert_eq!(failure(&session.run(vec![ask("Get-PepHidden")]).await.1), "CommandNotFoundException");
}

#[tokio::test]
async fn j_035_no_common_parameter_may_name_a_variable() {
    let mut session = Session::open(1).await;
    for name in
        ["ErrorVariable", "WarningVariable", "InformationVariable", "OutVariable", "PipelineVariable", "ev", "ov"]
    {
        let (output, end) = session.run(vec![greeting("a").parameter(name, "x")]).await;
        assert!(output.is_empty());
        assert_eq!(failure(&end), "VariableReferenceNotSupportedInDataSection", "{name}");
    }
}

#[tokio::test]
async fn j_036_a_nested_pipeline_may_no_more_than_any_other() {
    let mut session = Session::open(1).await;
    let calls = [
        (Command::script("$x = 1"), "ScriptsNotAllowed"),
        (Command::new("Get-Variable"), "CommandNotFoundException"),
        (Command::new("Set-PSDebug"), "CommandNotFoundException"),
        (Command { use_local_scope: Some(false), ..greeting("a") }, "RuntimeException"),
    ];
    for (command, id) in calls {
        let nested = CreatePipeline { is_nested: true, ..CreatePipeline::new(vec![command]) };
        let started = session.start_pipeline(nested).await;
        assert_eq!(failure(&session.finish(started).await.1), id);
    }
}

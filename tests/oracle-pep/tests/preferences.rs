//! `-WhatIf`, `-Confirm` and `-ErrorAction`: what is asked, what is done, what is told (jea.md 3.9).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod client;

use client::Session;
use clixml::Value;
use psrp::host_call::{HostCall, HostReply};
use psrp::message::Command;
use psrp::out_of_process::ClientEvent;
use psrp::pool::client::{Event, PipelineEnd, Record};

const YES: i32 = 0;
const YES_TO_ALL: i32 = 1;
const NO: i32 = 2;
const NO_TO_ALL: i32 = 3;
const HALT: i32 = 2;

/// What came of a command.
#[derive(Default)]
struct Seen {
    output: Vec<String>,
    errors: Vec<String>,
    lines: Vec<String>,
    questions: Vec<HostCall>,
}

/// Runs it, and answers its questions with these choices.
async fn run(session: &mut Session, command: Command, choices: &[i32]) -> (Seen, PipelineEnd) {
    let (mut seen, mut choices) = (Seen::default(), choices.iter());
    let id = session.start(vec![command]).await;
    loop {
        match session.next().await {
            ClientEvent::Pool(Event::Output { value, .. }) => seen.output.push(value.to_invariant_string().to_string()),
            ClientEvent::Pool(Event::Record { record: Record::Error(error), .. }) => {
                seen.errors.push(error.fully_qualified_error_id.to_string());
            }
            ClientEvent::Pool(Event::HostCall { call: HostCall::WriteLine2(line), .. }) => {
                seen.lines.push(line.to_string());
            }
            ClientEvent::Pool(Event::HostCall { pipeline, call_id, call }) if call.method_id().has_reply() => {
                let choice = *choices.next().expect("no question more");
                seen.questions.push(call);
                session.client.pool().answer(pipeline, call_id, HostReply::Value(Value::Int32(choice)));
            }
            ClientEvent::Pool(Event::Finished { end, .. }) => {
                session.client.close_pipeline(id);
                session.send().await;
                assert_eq!(choices.next(), None, "not asked");
                return (seen, end);
            }
            _ => {}
        }
    }
}

fn remove(names: [&str; 3]) -> Command {
    Command::new("Remove-PepThing").parameter("Name", Value::string_array(names))
}

#[tokio::test]
async fn j_093_what_if_says_so_on_the_host_and_does_nothing() {
    let mut session = Session::open(1).await;
    let (seen, end) = run(&mut session, remove(["a", "b", "c"]).parameter("WhatIf", true), &[]).await;
    assert_eq!(end, PipelineEnd::Completed);
    assert_eq!(seen.output, ["kept a", "kept b", "kept c"]);
    let line = |name| format!("What if: Performing the operation \"Remove thing\" on target \"{name}\".");
    assert_eq!(seen.lines, [line("a"), line("b"), line("c")]);
}

#[tokio::test]
async fn j_093_a_confirmation_offers_four_choices_and_each_is_kept_to() {
    let mut session = Session::open(1).await;
    for (choices, done) in [
        (&[YES, NO, YES][..], ["removed a", "kept b", "removed c"]),
        (&[NO, YES_TO_ALL], ["kept a", "removed b", "removed c"]),
        (&[YES, NO_TO_ALL], ["removed a", "kept b", "kept c"]),
    ] {
        let (seen, _) = run(&mut session, remove(["a", "b", "c"]), choices).await;
        assert_eq!(seen.output, done);
        let HostCall::PromptForChoice { caption, message, choices, default_choice } = &seen.questions[0] else {
            panic!("{:?}", seen.questions)
        };
        assert_eq!((&**caption, *default_choice), ("Confirm", 0));
        assert!(message.ends_with("Performing the operation \"Remove thing\" on target \"a\"."), "{message}");
        let labels: Vec<&str> = choices.iter().map(|choice| &*choice.label).collect();
        assert_eq!(labels, ["&Yes", "Yes to &All", "&No", "No to A&ll"]);
    }
}

#[tokio::test]
async fn j_093_nobody_is_asked_who_says_so_before_and_no_choice_stops() {
    let mut session = Session::open(1).await;
    let (seen, _) = run(&mut session, remove(["a", "b", "c"]).parameter("Confirm", false), &[]).await;
    assert_eq!(seen.output, ["removed a", "removed b", "removed c"]);
    let (seen, end) = run(&mut session, remove(["a", "b", "c"]), &[-1]).await;
    assert!(seen.output.is_empty() && !matches!(end, PipelineEnd::Completed), "{end:?}");
}

fn two_errors(action: &str) -> Command {
    Command::new("Invoke-PepFailure").parameter("Kind", "TwoErrors").parameter("ErrorAction", action)
}

#[tokio::test]
async fn j_094_an_error_is_told_or_not_and_the_command_goes_on() {
    let mut session = Session::open(1).await;
    for (action, told) in [("Continue", 2), ("SilentlyContinue", 0), ("Ignore", 0)] {
        let (seen, end) = run(&mut session, two_errors(action), &[]).await;
        assert_eq!((seen.errors.len(), &end), (told, &PipelineEnd::Completed), "{action}");
        assert_eq!(seen.output, ["before", "after"], "{action}");
    }
}

#[tokio::test]
async fn j_094_stop_ends_the_command_with_the_error_s_own_id() {
    let mut session = Session::open(1).await;
    let (seen, end) = run(&mut session, two_errors("Stop"), &[]).await;
    assert_eq!(seen.output, ["before"]);
    let PipelineEnd::Failed(error) = end else { panic!("{end:?}") };
    assert_eq!(&*error.fully_qualified_error_id, "Microsoft.PowerShell.Commands.WriteErrorException,Invoke-PepFailure");
    // of a function: what Stop says stands only in errors of compiled cmdlets
    assert_eq!(error.exception.type_names.first(), Some("Microsoft.PowerShell.Commands.WriteErrorException"));
    assert_eq!(&*error.exception.message, "first error");
}

#[tokio::test]
async fn j_094_inquire_asks_and_halts_when_told_to() {
    let mut session = Session::open(1).await;
    // each `Write-Error` of a function remembers for itself what all means
    for (choices, goes_on) in [(&[YES, YES][..], true), (&[YES_TO_ALL, YES_TO_ALL], true), (&[HALT], false)] {
        let (seen, end) = run(&mut session, two_errors("Inquire"), choices).await;
        assert_eq!(matches!(end, PipelineEnd::Completed), goes_on, "{choices:?}: {end:?}");
        assert_eq!(seen.output.last().map(String::as_str), Some(if goes_on { "after" } else { "before" }));
    }
}

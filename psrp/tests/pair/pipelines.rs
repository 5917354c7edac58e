use clixml::{Object, Value};
use psrp::message::{Argument, Command, CreatePipeline, GetCommandMetadata, PipelineResultTypes, PowerShell};
use psrp::pool::{client, server};
use psrp::record::{
    ErrorCategory, ErrorRecord, Exception, InformationRecord, InformationalKind, InformationalRecord, ProgressRecord,
    ProgressType,
};
use psrp::{SendError, Stream};
use server::{PipelineEnd, Record};

use crate::pair::{Pair, V2_4, client_bytes, pipeline};

fn output(number: u128, value: impl Into<Value>) -> client::Event {
    client::Event::Output { id: pipeline(number), value: value.into() }
}

fn finished(number: u128, end: PipelineEnd) -> client::Event {
    client::Event::Finished { id: pipeline(number), end }
}

fn failure(text: &str) -> ErrorRecord {
    let exception = Exception::new(&["System.Management.Automation.RuntimeException", "System.Exception"], text);
    ErrorRecord::new(exception, "RuntimeException", ErrorCategory::NotSpecified)
}

#[test]
fn the_push_probe_is_answered_with_a_count_and_two_commands() {
    let mut pair = Pair::opened(V2_4);
    let probe = GetCommandMetadata::new(["Out-Default", "Exit-PSSession"]);
    pair.client.get_command_metadata(pipeline(1), probe.clone()).unwrap();
    pair.exchange().unwrap();
    assert_eq!(pair.server_events(), [server::Event::CommandMetadata { id: pipeline(1), request: probe }]);

    let count: Value = Object::new().note("Count", 2).into();
    pair.server.send_output(pipeline(1), count.clone()).unwrap();
    for name in ["Out-Default", "Exit-PSSession"] {
        pair.server.send_output(pipeline(1), Object::new().note("Name", name).into()).unwrap();
    }
    let events = pair.finish(1, PipelineEnd::Completed);
    assert_eq!(events.len(), 4);
    assert_eq!(events[0], output(1, count));
    assert_eq!(events[3], finished(1, PipelineEnd::Completed));
}

#[test]
fn a_typed_line_arrives_as_it_was_sent() {
    let mut pair = Pair::opened(V2_4);
    let typed = Command {
        merge_my_result: PipelineResultTypes::ERROR,
        merge_to_result: PipelineResultTypes::OUTPUT,
        merge_error: PipelineResultTypes::OUTPUT,
        ..Command::new("Get-PepGreeting").parameter("-Loud:", false).parameter("-Name", Value::Null).argument("World")
    };
    let sent = CreatePipeline {
        power_shell: PowerShell {
            commands: vec![typed, Command::out_default()],
            history: Some("Get-PepGreeting -Loud:$false -Name World".into()),
            ..PowerShell::default()
        },
        add_to_history: true,
        ..CreatePipeline::new(Vec::new())
    };
    let received = pair.create(1, sent.clone());
    assert_eq!(*received, sent);
    let arguments: Vec<Argument> =
        received.power_shell.commands[0].parameters.iter().cloned().map(Argument::from).collect();
    assert_eq!(
        arguments,
        [Argument::Pair("Loud".into(), false.into()), Argument::Name("Name".into()), Argument::Value("World".into())]
    );
}

#[test]
fn several_statements_arrive_in_order_and_the_first_only_once() {
    let mut pair = Pair::opened(V2_4);
    let statements = vec![vec![Command::new("A")], vec![Command::new("B"), Command::out_default()]];
    let mut sent = CreatePipeline::new(vec![Command::new("A")]);
    sent.power_shell.extra_commands.clone_from(&statements);
    let received = pair.create(1, sent);
    assert!(received.power_shell.statements().eq(statements.iter().map(Vec::as_slice)));
}

#[test]
fn every_stream_arrives_in_the_order_in_which_it_was_written() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("Write-PepStream"));
    let time = clixml::DateTime { ticks: 639_000_000_000_000_000, kind: clixml::DateTimeKind::Utc };
    let information = InformationRecord {
        message_data: "information text".into(),
        source: "OraclePep".into(),
        time_generated: time,
        tags: vec!["TagA".into()],
        user: "operator".into(),
        computer: "SERVER01".into(),
        process_id: 1,
        native_thread_id: 2,
        managed_thread_id: 3,
    };
    let progress = ProgressRecord {
        activity: "Working".into(),
        activity_id: 0,
        status_description: "Half way".into(),
        current_operation: Some("step 1".into()),
        parent_activity_id: -1,
        percent_complete: 50,
        kind: ProgressType::Processing,
        seconds_remaining: 9,
    };
    let informational = |kind| Record::Informational(InformationalRecord::new(kind, "text"));
    let records = [
        Record::Error(failure("error text")),
        informational(InformationalKind::Warning),
        informational(InformationalKind::Verbose),
        informational(InformationalKind::Debug),
        Record::Information(information),
        Record::Progress(progress),
    ];
    for record in &records {
        pair.server.send_record(pipeline(1), record.clone()).unwrap();
    }
    pair.server.send_output(pipeline(1), Value::Null).unwrap();
    let events = pair.finish(1, PipelineEnd::Failed(Box::new(failure("the end"))));
    let expected = records.into_iter().map(|record| client::Event::Record { id: pipeline(1), record });
    let expected: Vec<_> = expected
        .chain([output(1, Value::Null), finished(1, PipelineEnd::Failed(Box::new(failure("the end"))))])
        .collect();
    assert_eq!(events, expected);
}

#[test]
fn pipelines_run_side_by_side() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("A"));
    pair.run(2, Command::new("B"));
    for n in 0..3 {
        pair.server.send_output(pipeline(1), n.into()).unwrap();
        pair.server.send_output(pipeline(2), (10 + n).into()).unwrap();
    }
    pair.exchange().unwrap();
    let expected: Vec<_> = (0..3).flat_map(|n| [output(1, n), output(2, 10 + n)]).collect();
    assert_eq!(pair.client_events(), expected);
    assert_eq!(pair.finish(2, PipelineEnd::Completed), [finished(2, PipelineEnd::Completed)]);
    assert!(pair.server.is_running(pipeline(1)));
    assert_eq!(pair.finish(1, PipelineEnd::Completed), [finished(1, PipelineEnd::Completed)]);
}

#[test]
fn a_transport_may_ask_for_each_pipeline_on_its_own() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("A"));
    pair.run(2, Command::new("B"));
    let long = "x".repeat(100_000);
    pair.server.send_output(pipeline(1), long.as_str().into()).unwrap();
    pair.server.send_output(pipeline(2), 2.into()).unwrap();
    assert!(pair.server.output_waiting(Some(pipeline(1))) > 100_000);

    let of_second = pair.server.poll_output_for(Some(pipeline(2)), 10_000).unwrap();
    pair.client.receive(Some(pipeline(2)), &of_second).unwrap();
    assert_eq!(pair.client_events(), [output(2, 2)]);
    let mut envelopes = 0;
    while let Some(bytes) = pair.server.poll_output_for(Some(pipeline(1)), 10_000) {
        assert!(bytes.len() <= 10_000);
        pair.client.receive(Some(pipeline(1)), &bytes).unwrap();
        envelopes += 1;
    }
    assert_eq!(pair.client_events(), [output(1, long)]);
    assert_eq!(envelopes, 11);
    assert_eq!(pair.server.poll_output_for(None, 10_000), None);
}

#[test]
fn input_reaches_the_pipeline_until_it_ends() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("Measure-Object"));
    for value in [Value::Int32(1), Value::Null, "two".into()] {
        pair.client.send_input(pipeline(1), value).unwrap();
    }
    pair.client.end_input(pipeline(1)).unwrap();
    pair.exchange().unwrap();
    let id = pipeline(1);
    let input = |value| server::Event::PipelineInput { id, value };
    let expected = [input(1.into()), input(Value::Null), input("two".into()), server::Event::EndOfInput { id }];
    assert_eq!(pair.server_events(), expected);
}

#[test]
fn input_that_comes_after_the_end_is_late_and_not_wrong() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::script("$input | foo"));
    pair.client.send_input(pipeline(1), 1.into()).unwrap();
    pair.client.end_input(pipeline(1)).unwrap();
    pair.server.finish_pipeline(pipeline(1), PipelineEnd::Failed(Box::new(failure("no scripts")))).unwrap();
    pair.exchange().unwrap();
    assert!(pair.server_events().is_empty());
    pair.server.close_pipeline(pipeline(1));
    let late = client_bytes(Some(pipeline(1)), psrp::message::Body::EndOfPipelineInput);
    pair.server.receive(None, Stream::Default, &late).unwrap();
    pair.run(2, Command::new("Get-PepGreeting"));
}

#[test]
fn a_pipeline_ends_once() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("A"));
    pair.finish(1, PipelineEnd::Completed);
    let again = pair.server.finish_pipeline(pipeline(1), PipelineEnd::Stopped);
    assert_eq!(again, Err(SendError::NoSuchPipeline));
    assert_eq!(pair.server.send_output(pipeline(1), 1.into()), Err(SendError::NoSuchPipeline));
    assert_eq!(pair.server.send_output(pipeline(9), 1.into()), Err(SendError::NoSuchPipeline));
    assert!(pair.server.poll_output(1_000).is_none());
}

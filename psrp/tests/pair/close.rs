use psrp::SendError;
use psrp::host_call::HostCall;
use psrp::message::{Command, RunspacePoolState};
use psrp::pool::client::Event;
use psrp::pool::server::PipelineEnd;

use crate::pair::{Pair, V2_4, pipeline};

#[test]
fn a_pool_says_closing_and_then_closed() {
    let mut pair = Pair::opened(V2_4);
    pair.server.close_pool();
    pair.exchange().unwrap();
    assert_eq!(pair.client_events(), [Event::Closing, Event::Closed]);
    assert_eq!(pair.server.state(), RunspacePoolState::Closed);
    assert_eq!(pair.client.state(), RunspacePoolState::Closed);
}

#[test]
fn closing_in_mid_command_stops_it_first() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("Start-PepTask"));
    pair.server.send_output(pipeline(1), "half".into()).unwrap();
    pair.server.close_pool();
    pair.exchange().unwrap();
    let expected = [
        Event::Output { id: pipeline(1), value: "half".into() },
        Event::Finished { id: pipeline(1), end: PipelineEnd::Stopped },
        Event::Closing,
        Event::Closed,
    ];
    assert_eq!(pair.client_events(), expected);
    assert_eq!(pair.server.send_output(pipeline(1), 1.into()), Err(SendError::PoolNotOpen));
}

#[test]
fn a_stopped_pipeline_says_so_and_its_questions_are_forgotten() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("Read-Host"));
    pair.server.host_call(Some(pipeline(1)), HostCall::ReadLine).unwrap();
    pair.exchange().unwrap();
    let [Event::HostCall { call_id, .. }] = pair.client_events()[..] else { panic!() };
    let stopped = Event::Finished { id: pipeline(1), end: PipelineEnd::Stopped };
    assert_eq!(pair.finish(1, PipelineEnd::Stopped), [stopped]);

    pair.client.answer(Some(pipeline(1)), call_id, psrp::host_call::HostReply::Value("late".into()));
    pair.exchange().unwrap();
    assert!(pair.server_events().is_empty());
}

#[test]
fn whatever_ends_a_pipeline_that_is_being_stopped_counts_as_stopped() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("Start-PepTask"));
    pair.client.stop_pipeline(pipeline(1));
    let stopped = Event::Finished { id: pipeline(1), end: PipelineEnd::Stopped };
    assert_eq!(pair.finish(1, PipelineEnd::Completed), [stopped]);
}

#[test]
fn a_closed_pipeline_leaves_nothing_behind() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("A"));
    pair.server.send_output(pipeline(1), "unread".into()).unwrap();
    pair.server.finish_pipeline(pipeline(1), PipelineEnd::Completed).unwrap();
    pair.server.close_pipeline(pipeline(1));
    pair.client.close_pipeline(pipeline(1));
    assert!(pair.server.poll_output(1_000).is_none());
    pair.run(1, Command::new("The-SameIdAgain"));
}

#[test]
fn an_idle_pool_is_small() {
    let mut pair = Pair::opened(V2_4);
    for number in 0..50 {
        pair.run(number, Command::new("A"));
        pair.server.send_output(pipeline(number), "x".repeat(10_000).into()).unwrap();
        pair.finish(number, PipelineEnd::Completed);
        pair.server.close_pipeline(pipeline(number));
    }
    // What is held beyond the struct itself is nothing: see the empty collections.
    let shown = format!("{:?}", pair.server);
    assert!(shown.contains("pipelines: []") && shown.contains("lanes: []") && shown.contains("events: []"), "{shown}");
    assert!(size_of_val(&pair.server) < 1_024, "{}", size_of_val(&pair.server));
}

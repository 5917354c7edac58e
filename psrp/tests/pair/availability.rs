use psrp::message::{AvailabilityResponse, Command};
use psrp::pool::client::Event;
use psrp::pool::server::PipelineEnd;

use crate::pair::{Pair, V2_4};

fn answer(pair: &mut Pair, call_id: i64) -> AvailabilityResponse {
    pair.exchange().unwrap();
    match pair.client_events()[..] {
        [Event::Availability { call_id: answered, response }] if answered == call_id => response,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn runspaces_are_counted_and_their_bounds_can_be_set() {
    use AvailabilityResponse::{Available, Done};
    let mut pair = Pair::opened(V2_4);
    let call = pair.client.get_available_runspaces().unwrap();
    assert_eq!(answer(&mut pair, call), Available(1));
    let call = pair.client.set_max_runspaces(3).unwrap();
    assert_eq!(answer(&mut pair, call), Done(true));
    assert_eq!(pair.server.max_runspaces(), 3);
    let call = pair.client.set_min_runspaces(2).unwrap();
    assert_eq!(answer(&mut pair, call), Done(true));

    pair.run(1, Command::new("Start-PepTask"));
    let call = pair.client.get_available_runspaces().unwrap();
    assert_eq!(answer(&mut pair, call), Available(2));
    pair.finish(1, PipelineEnd::Completed);
    let call = pair.client.get_available_runspaces().unwrap();
    assert_eq!(answer(&mut pair, call), Available(3));
    assert!(pair.server_events().is_empty(), "the machine answered all of it");
}

#[test]
fn bounds_that_make_no_sense_are_answered_with_false() {
    let mut pair = Pair::opened(V2_4);
    for max in [0, -5, i32::MIN] {
        let call = pair.client.set_max_runspaces(max).unwrap();
        assert_eq!(answer(&mut pair, call), AvailabilityResponse::Done(false), "max {max}");
    }
    for min in [0, 2, i32::MAX] {
        let call = pair.client.set_min_runspaces(min).unwrap();
        assert_eq!(answer(&mut pair, call), AvailabilityResponse::Done(false), "min {min}");
    }
    assert_eq!(pair.server.max_runspaces(), 1);
}

#[test]
fn a_single_runspace_is_reset_between_pipelines_only() {
    let mut pair = Pair::opened(V2_4);
    let call = pair.client.reset_runspace_state().unwrap();
    assert_eq!(answer(&mut pair, call), AvailabilityResponse::Done(true));
    pair.run(1, Command::new("Start-PepTask"));
    let call = pair.client.reset_runspace_state().unwrap();
    assert_eq!(answer(&mut pair, call), AvailabilityResponse::Done(false));

    let mut pair = Pair::opened(V2_4);
    let call = pair.client.set_max_runspaces(2).unwrap();
    assert_eq!(answer(&mut pair, call), AvailabilityResponse::Done(true));
    let call = pair.client.reset_runspace_state().unwrap();
    assert_eq!(answer(&mut pair, call), AvailabilityResponse::Done(false));
}

//! Receives: waiting, order, and what happens when connections die or requests come twice.

use bytes::Bytes;
use wsman::action::{Action, CommandState, InputStream, Operation, Receive, Response, Send, StreamInput};
use wsman::shell::client;
use wsman::shell::server::{Delivery, Event, Output, Room};
use wsman::{CommandId, MessageId, Outcome};

use crate::pair::{Pair, bytes, client_config, config, fault, last, output, seconds};

fn states(pair: &Pair) -> Vec<Option<CommandState>> {
    let received = pair.log.iter().filter_map(|e| match &e.outcome {
        Outcome::Response(Response::Receive(received)) => Some(received.state),
        _ => None,
    });
    received.collect()
}

fn data(outcome: Option<Outcome>) -> String {
    match outcome {
        Some(Outcome::Response(Response::Receive(received))) => String::from_utf8(received.data.concat()).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn receive(pair: &Pair, command: Option<CommandId>) -> wsman::Request {
    pair.request(Operation::Receive(Receive { command }))
}

#[test]
fn w_067_a_receive_without_data_ends_before_its_client_gives_up() {
    for (asked, answered_after) in [(seconds(20), 19_500), (seconds(180), 59_500), (seconds(180_000), 59_500)] {
        let mut client = client_config();
        client.operation_timeout = asked;
        let mut pair = Pair::with(config(), client);
        pair.open();
        let before = pair.now;
        while pair.log.iter().all(|e| e.action != Action::Receive) {
            pair.wait(std::time::Duration::from_millis(100));
        }
        let waited = (pair.now - before).as_millis();
        assert!((answered_after..=answered_after + 100).contains(&waited), "{waited} {answered_after}");
        assert_eq!(pair.faults(Action::Receive), [2_150_858_793]);
    }
}

#[test]
fn w_096_a_very_short_time_out_still_waits_for_half_of_it() {
    let mut pair = Pair::new();
    pair.open();
    pair.cut(0);
    pair.clients[0].stop_receiving(None);
    let mut request = receive(&pair, None);
    request.header.operation_timeout = Some(std::time::Duration::from_millis(600));
    let exchange = pair.ask_later("alice", request);
    assert_eq!(pair.answer_to(exchange), None);
    pair.server.handle_timeout(pair.now + std::time::Duration::from_millis(301));
    assert_eq!(fault(pair.answer_to(exchange)), 2_150_858_793);
}

#[test]
fn w_068_data_are_given_at_once_together_and_in_order() {
    let mut pair = Pair::new();
    let key = pair.open();
    pair.write(None, output("1"));
    // While the client takes the first its server goes on.
    let now = pair.now;
    for n in 2..=9 {
        let n = n.to_string();
        let fragments = vec![bytes(&n), bytes("-")];
        pair.server.write(key, None, Output { fragments, ..Output::default() }, now).unwrap();
    }
    pair.run();
    assert_eq!(pair.received(None), "12-3-4-5-6-7-8-9-");
    assert_eq!(pair.log.iter().filter(|e| e.action == Action::Receive).count(), 3, "what was there came together");
}

#[test]
fn w_069_the_last_answer_says_done_and_then_there_is_no_such_command() {
    let mut pair = Pair::new();
    pair.open();
    let command = pair.command();
    pair.write(Some(command), output("PIPELINE_OUTPUT"));
    pair.write(Some(command), Output { pending: true, ..output("PIPELINE_HOST_CALL") });
    pair.write(Some(command), last("PIPELINE_STATE"));
    assert_eq!(states(&pair), [Some(CommandState::Running), Some(CommandState::Pending), Some(CommandState::Done)]);
    let (_, late) = pair.ask("alice", receive(&pair, Some(command)));
    assert_eq!(fault(late), 2_150_858_843);
    let (_, unknown) = pair.ask("alice", receive(&pair, Some(CommandId::new())));
    assert_eq!(fault(unknown), 2_150_858_843);
}

#[test]
fn w_070_the_shell_and_several_commands_receive_at_the_same_time() {
    let mut pair = Pair::new();
    pair.open();
    let commands: Vec<_> = (0..10).map(|_| pair.command()).collect();
    for (n, command) in commands.iter().enumerate().rev() {
        pair.write(Some(*command), output(&n.to_string()));
    }
    pair.write(None, output("shell"));
    for (n, command) in commands.iter().enumerate() {
        pair.write(Some(*command), last("."));
        assert_eq!(pair.received(Some(*command)), format!("{n}."));
    }
    assert_eq!(pair.received(None), "shell");
}

#[test]
fn w_071_a_second_receive_takes_over_and_nothing_is_lost() {
    let mut pair = Pair::new();
    pair.open();
    let shell = pair.clients[0].shell();
    // The same client from elsewhere: it does not know yet that its first connection is dead.
    let again = pair.add(client_config(), shell, "alice");
    let now = pair.now;
    pair.clients[0].stop_receiving(None);
    pair.clients[again].start_receiving(None, now);
    pair.run();
    assert_eq!(pair.faults(Action::Receive), [2_150_858_793]);
    pair.write(None, output("data"));
    assert_eq!(pair.received_by(again, None), "data");
    assert_eq!(pair.received(None), "");
}

#[test]
fn w_016_what_was_given_to_a_dying_connection_is_given_again_in_order() {
    let mut pair = Pair::new();
    let key = pair.open();
    pair.cut(0);
    pair.clients[0].stop_receiving(None);
    pair.run();
    let now = pair.now;
    let first = pair.ask_later("alice", receive(&pair, None));
    pair.server.write(key, None, output("1"), now).unwrap();
    assert_eq!(data(pair.answer_to(first)), "1");
    // Nobody knows yet whether it arrived. The client comes on another connection, and there is more.
    let second = pair.ask_later("alice", receive(&pair, None));
    pair.server.write(key, None, output("2"), now).unwrap();
    assert_eq!(pair.answer_to(second), None, "what follows must not overtake");
    pair.server.settle(first, Delivery::Lost, now);
    assert_eq!(data(pair.answer_to(second)), "12");
    pair.server.settle(second, Delivery::Written, now);
    let third = pair.ask_later("alice", receive(&pair, None));
    pair.server.write(key, None, output("3"), now).unwrap();
    assert_eq!(data(pair.answer_to(third)), "3");
}

#[test]
fn w_016_a_waiting_receive_whose_connection_died_holds_nothing_back() {
    let mut pair = Pair::new();
    let key = pair.open();
    pair.cut(0);
    pair.clients[0].stop_receiving(None);
    pair.server.write(key, None, output("1"), pair.now).unwrap();
    assert_eq!(data(pair.ask("alice", receive(&pair, None)).1), "1");
}

#[test]
fn w_016_the_word_done_comes_back_too() {
    let mut pair = Pair::new();
    pair.open();
    let command = pair.command();
    pair.losing = Some(0);
    let key = pair.key(0);
    pair.server.write(key, Some(command), last("end"), pair.now).unwrap();
    let (exchange, reply) = pair.server.poll_output().unwrap();
    assert!(matches!(reply.outcome(), Outcome::Response(_)));
    pair.server.settle(exchange, Delivery::Lost, pair.now);
    let (_, again) = pair.ask("alice", receive(&pair, Some(command)));
    let Some(Outcome::Response(Response::Receive(received))) = again else { panic!("{again:?}") };
    assert_eq!((received.data.concat(), received.state), (b"end".to_vec(), Some(CommandState::Done)));
}

#[test]
fn a_client_whose_connections_keep_dying_gets_every_byte_once() {
    let mut pair = Pair::new();
    pair.open();
    let command = pair.command();
    let key = pair.key(0);
    for n in 0..60 {
        pair.losing = if n % 3 == 0 { Some(0) } else { None };
        pair.server.write(key, Some(command), output(&format!("{n},")), pair.now).unwrap();
        // One round trip at a time, so that the loss hits a Receive and not all of its retries.
        if let Some((exchange, reply)) = pair.server.poll_output() {
            let lost = n % 3 == 0;
            pair.losing = None;
            if lost {
                pair.server.settle(exchange, Delivery::Lost, pair.now);
                pair.cut(0);
            } else {
                pair.bring_back(exchange, reply.outcome().clone(), &reply.render());
            }
        }
        pair.run();
    }
    pair.write(Some(command), last("end"));
    let expected: String = (0..60).map(|n| format!("{n},")).chain(["end".to_owned()]).collect();
    assert_eq!(pair.received(Some(command)), expected);
    assert!(pair.seen[0].contains(&client::Event::Done(command)));
}

#[test]
fn w_102_the_same_request_again_gets_the_same_answer_and_is_done_once() {
    let mut pair = Pair::new();
    pair.open();
    let streams = vec![StreamInput { stream: InputStream::Stdin, command: None, data: bytes("x"), end: false }];
    let request = pair.request(Operation::Send(Send { streams }));
    let (_, first) = pair.ask("alice", request.clone());
    let (_, second) = pair.ask("alice", request.clone());
    assert_eq!((&first, first.is_some()), (&second, true));
    let command = wsman::action::Command { command: None, line: String::new(), arguments: Bytes::new() };
    let request = pair.request(Operation::Command(command));
    let (_, first) = pair.ask("alice", request.clone());
    let (_, second) = pair.ask("alice", request);
    assert_eq!(first, second, "the server chose one id, not two");
    let done = |event: &&Event<_>| matches!(event, Event::Input { .. } | Event::Command { .. });
    assert_eq!(pair.told.iter().filter(done).count(), 2);
}

#[test]
fn w_102_the_same_receive_again_gets_the_same_data_until_the_next_one() {
    let mut pair = Pair::new();
    let key = pair.open();
    pair.cut(0);
    pair.clients[0].stop_receiving(None);
    pair.server.write(key, None, output("1"), pair.now).unwrap();
    let request = receive(&pair, None);
    let (first, answer) = pair.ask("alice", request.clone());
    assert_eq!(data(answer), "1");
    pair.server.settle(first, Delivery::Written, pair.now);
    // Its client has not read it; it authenticates anew and asks the same.
    let (second, answer) = pair.ask("alice", request.clone());
    assert_eq!(data(answer), "1");
    pair.server.write(key, None, output("2"), pair.now).unwrap();
    pair.server.settle(second, Delivery::Written, pair.now);
    let (third, answer) = pair.ask("alice", receive(&pair, None));
    assert_eq!(data(answer), "2");
    pair.server.settle(third, Delivery::Written, pair.now);
    // Now the first one is over and done with.
    let (_, answer) = pair.ask("alice", request);
    assert_eq!(answer, None);
}

#[test]
fn w_102_the_same_receive_again_while_it_waits_moves_to_the_new_connection() {
    let mut pair = Pair::new();
    let key = pair.open();
    pair.cut(0);
    pair.clients[0].stop_receiving(None);
    let request = receive(&pair, None);
    let old = pair.ask_later("alice", request.clone());
    let new = pair.ask_later("alice", request);
    assert_eq!(fault(pair.answer_to(old)), 2_150_858_793);
    pair.server.write(key, None, output("1"), pair.now).unwrap();
    assert_eq!(data(pair.answer_to(new)), "1");
}

#[test]
fn w_102_another_users_request_of_the_same_message_id_is_another_request() {
    let mut pair = Pair::new();
    pair.open();
    let mut request = pair.request(Operation::Get);
    request.header.message_id = MessageId::parse("uuid:1").unwrap();
    assert!(matches!(pair.ask("alice", request.clone()).1, Some(Outcome::Response(Response::GetShell(_)))));
    assert_eq!(fault(pair.ask("bob", request).1), 2_150_858_843);
}

#[test]
fn w_102_w_113_kept_answers_go_when_they_are_old() {
    let mut pair = Pair::new();
    pair.open();
    let request = pair.request(Operation::Command(wsman::action::Command {
        command: None,
        line: String::new(),
        arguments: Bytes::new(),
    }));
    let (_, first) = pair.ask("alice", request.clone());
    pair.wait(seconds(190));
    assert_eq!(pair.ask("alice", request.clone()).1, first);
    pair.wait(seconds(195));
    assert_ne!(pair.ask("alice", request).1, first);
}

#[test]
fn w_105_nothing_is_lost_when_nobody_receives_for_minutes() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.clients[0].create(None, None, bytes(""), now);
    pair.run();
    for n in 0..10 {
        pair.write(None, output(&n.to_string()));
        pair.wait(seconds(60));
    }
    let now = pair.now;
    pair.clients[0].start_receiving(None, now);
    pair.run();
    assert_eq!(pair.received(None), "0123456789");
}

#[test]
fn w_078_a_producer_waits_for_a_client_that_does_not_receive() {
    let mut limited = config();
    (limited.limits.output_high, limited.limits.output_low) = (100, 50);
    let mut pair = Pair::with(limited, client_config());
    let key = pair.open();
    let now = pair.now;
    let command = CommandId::new();
    pair.clients[0].command(command, "", bytes(""), now);
    pair.run();
    assert_eq!(pair.write(Some(command), output(&"a".repeat(100))), Room::Open);
    assert_eq!(pair.write(Some(command), output("b")), Room::Full);
    assert!(!pair.told.contains(&Event::Drained { shell: key, command: Some(command) }));
    pair.clients[0].start_receiving(Some(command), now);
    pair.run();
    assert!(pair.told.contains(&Event::Drained { shell: key, command: Some(command) }));
    // With a client that receives there is always room.
    assert_eq!(pair.write(Some(command), output(&"c".repeat(200))), Room::Open);
}

#[test]
fn w_113_ten_pipelines_at_a_time_for_long_leave_nothing_behind() {
    let mut pair = Pair::new();
    pair.open();
    for _ in 0..200 {
        let commands: Vec<_> = (0..10).map(|_| pair.command()).collect();
        for command in commands {
            pair.write(Some(command), output("data"));
            pair.write(Some(command), last("end"));
            let now = pair.now;
            pair.clients[0].signal(command, wsman::action::SignalCode::Terminate, now);
            pair.run();
        }
        pair.wait(seconds(3));
    }
    let now = pair.now;
    pair.clients[0].delete(now);
    pair.run();
    pair.wait(seconds(400));
    assert_eq!(pair.server.poll_timeout(), None, "nothing is left that could become due");
    assert_eq!(pair.server.statistics(), wsman::shell::server::Statistics::default());
}

#[test]
fn a_command_that_is_over_is_forgotten_after_a_minute_but_not_before_its_client_knows() {
    let mut pair = Pair::new();
    let key = pair.open();
    let told = pair.command();
    let untold = pair.command();
    pair.write(Some(told), last("end"));
    // The answer with the word done is lost, and the client is away for long.
    pair.server.write(key, Some(untold), last("end"), pair.now).unwrap();
    let (exchange, _) = pair.server.poll_output().unwrap();
    pair.server.settle(exchange, Delivery::Lost, pair.now);
    pair.clients[0].stop_receiving(Some(untold));
    pair.wait(seconds(120));
    assert!(pair.told.contains(&Event::Released { shell: key, command: told }));
    assert!(!pair.told.contains(&Event::Released { shell: key, command: untold }));
    assert_eq!(data(pair.ask("alice", receive(&pair, Some(untold))).1), "end");
}

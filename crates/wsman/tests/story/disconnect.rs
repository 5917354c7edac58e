//! Leaving a shell and coming back, from the same client instance and from another.

use wsman::action::{Action, BufferMode, InputStream, SignalCode};
use wsman::fault::Fault;
use wsman::shell::client::{self, Error};
use wsman::shell::server::{CloseReason, Event, Output, Room};
use wsman::{CommandId, ShellId};

use crate::pair::{Pair, bytes, client_config, config, last, output, seconds};

fn disconnected() -> (Pair, wsman::shell::server::ShellKey, CommandId) {
    let mut pair = Pair::new();
    let key = pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.clients[0].disconnect(None, None, now);
    pair.run();
    (pair, key, command)
}

#[test]
fn w_075_a_disconnect_ends_what_waits_and_refuses_everything_else() {
    let (mut pair, key, command) = disconnected();
    assert_eq!(pair.faults(Action::Receive), [2_150_859_230, 2_150_859_230]);
    assert!(pair.told.contains(&Event::Disconnected { shell: key }));
    let now = pair.now;
    let other = pair.add(client_config(), pair.clients[0].shell(), "alice");
    let client = &mut pair.clients[other];
    client.command(CommandId::new(), "", bytes(""), now);
    client.send(None, InputStream::Stdin, bytes("x"), now);
    client.signal(command, SignalCode::Stop, now);
    client.start_receiving(None, now);
    pair.run();
    for action in [Action::Command, Action::Send, Action::Signal] {
        assert_eq!(pair.faults(action), [2_150_859_204], "{action:?}");
    }
    assert_eq!(pair.faults(Action::Receive)[2..], [2_150_859_204]);
    pair.clients[0].delete(now);
    pair.run();
    assert_eq!(pair.done(Action::Delete), 1);
}

#[test]
fn w_076_the_same_client_instance_comes_back_and_its_commands_one_by_one() {
    let (mut pair, key, command) = disconnected();
    pair.write(Some(command), output("while away"));
    pair.write(None, output("pool"));
    let now = pair.now;
    pair.clients[0].reconnect(None, now);
    pair.run();
    assert_eq!((pair.received(None), pair.received(Some(command))), ("pool".into(), String::new()));
    pair.clients[0].reconnect(Some(command), now);
    pair.run();
    assert_eq!(pair.received(Some(command)), "while away");
    assert!(pair.told.contains(&Event::Reconnected { shell: key }));
    assert!(pair.told.contains(&Event::CommandConnected { shell: key, command }));
    // Once more does no harm.
    pair.clients[0].reconnect(None, now);
    pair.clients[0].reconnect(Some(CommandId::new()), now);
    pair.run();
    assert_eq!((pair.done(Action::Reconnect), pair.faults(Action::Reconnect)), (3, vec![2_150_858_843]));
}

#[test]
fn w_076_another_client_instance_cannot_reconnect() {
    let (mut pair, _, _) = disconnected();
    let other = pair.add(client_config(), pair.clients[0].shell(), "alice");
    let now = pair.now;
    pair.clients[other].reconnect(None, now);
    pair.run();
    pair.clients[0].reconnect(None, now);
    pair.run();
    pair.clients[other].reconnect(None, now);
    pair.run();
    assert_eq!(pair.faults(Action::Reconnect), [2_150_859_206, 2_150_859_213]);
}

#[test]
fn w_077_another_client_instance_of_the_same_user_connects() {
    let (mut pair, key, command) = disconnected();
    pair.write(Some(command), output("result"));
    let other = pair.add(client_config(), pair.clients[0].shell(), "alice");
    let now = pair.now;
    pair.clients[other].connect(bytes("SESSION_CAPABILITY CONNECT_RUNSPACEPOOL"), now);
    pair.run();
    let data = bytes("SESSION_CAPABILITY CONNECT_RUNSPACEPOOL");
    assert!(pair.told.contains(&Event::Connect { shell: key, address: "192.0.2.10".into(), data }));
    assert_eq!(pair.seen[other], [client::Event::Connected(None, bytes("connected"))]);
    pair.write(None, output("APPLICATION_PRIVATE_DATA"));
    pair.clients[other].start_receiving(None, now);
    pair.clients[other].connect_command(command, now);
    pair.run();
    pair.clients[other].start_receiving(Some(command), now);
    pair.run();
    assert_eq!(pair.received_by(other, None), "APPLICATION_PRIVATE_DATA");
    assert_eq!(pair.received_by(other, Some(command)), "result");
    // The first one has lost it.
    pair.clients[0].reconnect(None, now);
    pair.run();
    assert_eq!(pair.faults(Action::Reconnect), [2_150_859_213]);
}

#[test]
fn w_077_nobody_connects_to_a_connected_shell() {
    let mut pair = Pair::new();
    pair.open();
    let other = pair.add(client_config(), pair.clients[0].shell(), "alice");
    let now = pair.now;
    pair.clients[other].connect(bytes("x"), now);
    pair.run();
    assert_eq!(pair.faults(Action::Connect), [2_150_859_213]);
}

#[test]
fn w_077_a_refused_connect_leaves_the_shell_as_it_was() {
    let (mut pair, key, _) = disconnected();
    pair.accepting = false;
    let other = pair.add(client_config(), pair.clients[0].shell(), "alice");
    let now = pair.now;
    pair.clients[other].connect(bytes("nonsense"), now);
    pair.run();
    pair.server.refuse_connect(key, Fault::Internal("The client's version is refused.".into()), now);
    pair.run();
    let Some(client::Event::Failed { error: Error::Fault(fault), .. }) = pair.seen[other].first() else { panic!() };
    assert_eq!((fault.number, fault.text()), (1359, "The client's version is refused."));
    pair.clients[0].reconnect(None, now);
    pair.run();
    assert_eq!(pair.done(Action::Reconnect), 1);
}

#[test]
fn w_078_in_mode_block_the_producer_waits_and_nothing_is_lost() {
    let mut limited = config();
    (limited.limits.output_high, limited.limits.output_low) = (100, 50);
    let mut pair = Pair::with(limited, client_config());
    pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.clients[0].disconnect(None, Some(BufferMode::Block), now);
    pair.run();
    let mut written = String::new();
    for n in 0.. {
        let piece = format!("{n:03} ");
        written += &piece;
        if pair.write(Some(command), output(&piece)) == Room::Full {
            break;
        }
    }
    assert_eq!(written.len(), 104);
    pair.clients[0].reconnect(None, now);
    pair.clients[0].reconnect(Some(command), now);
    pair.run();
    assert_eq!(pair.received(Some(command)), written);
}

#[test]
fn w_078_in_mode_drop_the_oldest_is_lost_but_never_a_state() {
    let mut limited = config();
    (limited.limits.output_high, limited.limits.output_low) = (100, 50);
    let mut pair = Pair::with(limited, client_config());
    pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.clients[0].disconnect(None, Some(BufferMode::Drop), now);
    pair.run();
    pair.write(Some(command), Output { fragments: vec![bytes("HOST CALL ")], ..Output::default() });
    for n in 0..1000 {
        assert_eq!(pair.write(Some(command), output(&format!("{n:03} "))), Room::Open);
    }
    pair.write(Some(command), last("STATE"));
    pair.clients[0].reconnect(None, now);
    pair.clients[0].reconnect(Some(command), now);
    pair.run();
    let received = pair.received(Some(command));
    assert!(received.starts_with("HOST CALL ") && received.ends_with("998 999 STATE"), "{received}");
    assert!(received.len() <= 105, "{}", received.len());
}

#[test]
fn w_078_a_producer_that_waits_is_freed_when_its_client_leaves_in_mode_drop() {
    let mut limited = config();
    (limited.limits.output_high, limited.limits.output_low) = (100, 60);
    let mut pair = Pair::with(limited, client_config());
    let key = pair.open();
    let command = CommandId::new();
    let now = pair.now;
    pair.clients[0].command(command, "", bytes(""), now);
    pair.run();
    for _ in 0..3 {
        pair.write(Some(command), output(&"x".repeat(55)));
    }
    pair.clients[0].disconnect(None, Some(BufferMode::Drop), now);
    pair.run();
    assert!(pair.told.contains(&Event::Drained { shell: key, command: Some(command) }));
}

#[test]
fn w_094_a_disconnected_shell_has_the_idle_time_out_of_its_disconnect() {
    let mut pair = Pair::new();
    let key = pair.open();
    let now = pair.now;
    pair.clients[0].disconnect(Some(seconds(60)), None, now);
    pair.run();
    pair.wait(seconds(59));
    assert!(!pair.told.contains(&Event::Closed { shell: key, reason: CloseReason::Idle }));
    pair.wait(seconds(2));
    assert!(pair.told.contains(&Event::Closed { shell: key, reason: CloseReason::Idle }));
    let late = pair.add(client_config(), ShellId::new(), "alice");
    pair.clients[late].create(None, None, bytes(""), pair.now);
    pair.run();
    pair.clients[late].disconnect(Some(seconds(5)), None, pair.now);
    pair.run();
    assert_eq!(pair.faults(Action::Disconnect), [2_150_859_250]);
}

#[test]
fn disconnecting_often_does_not_pile_up_timers() {
    let mut pair = Pair::new();
    pair.open();
    for n in 0..1000 {
        let now = pair.now;
        pair.clients[0].disconnect(Some(seconds(1000 - n % 900)), None, now);
        pair.clients[0].reconnect(None, now);
        pair.run();
        pair.wait(std::time::Duration::from_millis(1));
    }
    assert!(pair.server.statistics().timers < 10, "{:?}", pair.server.statistics());
}

#[test]
fn a_client_without_a_session_id_may_disconnect_and_come_back() {
    let mut anonymous = client_config();
    anonymous.session_id = None;
    let mut pair = Pair::with(config(), anonymous);
    pair.open();
    let now = pair.now;
    pair.clients[0].disconnect(None, None, now);
    pair.clients[0].reconnect(None, now);
    pair.run();
    assert_eq!((pair.done(Action::Disconnect), pair.done(Action::Reconnect)), (1, 1));
}

//! Conversations that went wrong on their way: whatever arrives, nothing panics, nothing grows, and what is there still works.

use proptest::prelude::*;
use wsman::action::{Create, Enumerate, Operation, Pull, Receive, Signal, SignalCode};
use wsman::envelope::Budget;
use wsman::shell::server::{Delivery, ExchangeId, Server};
use wsman::{CommandId, Received, Request, Resource, ShellId};

use crate::pair::{Pair, bytes, caller, client_config, config, last, output, seconds};

/// One request of every kind, as bytes.
fn samples() -> Vec<Vec<u8>> {
    let mut pair = Pair::new();
    let now = pair.now;
    let (client, command) = (&mut pair.clients[0], CommandId::new());
    client.create(Some("n"), Some(seconds(100)), bytes("x"), now);
    let mut samples = vec![client.poll_output().unwrap().body];
    let mut other = wsman::shell::client::Client::new(client_config(), ShellId::new(), now);
    other.start_receiving(Some(command), now);
    samples.extend(other.poll_output().map(|outgoing| outgoing.body));
    for operation in [
        Operation::Delete,
        Operation::Get,
        Operation::Receive(Receive { command: None }),
        Operation::Signal(Signal { command: Some(command), code: SignalCode::Stop }),
        Operation::Enumerate(Enumerate { optimize: true, max_elements: Some(5), filter: None }),
        Operation::Pull(Pull { context: "x".into(), max_elements: None }),
        Operation::Create(Create::default()),
        Operation::Identify,
    ] {
        samples.push(pair.request(operation).write());
    }
    samples
}

/// What can happen to bytes on their way.
#[derive(Debug, Clone)]
enum Mutation {
    Cut(usize),
    Flip(usize, u8),
    Insert(usize, Vec<u8>),
    Double(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0usize..5000;
    prop_oneof![
        at.clone().prop_map(Mutation::Cut),
        (at.clone(), any::<u8>()).prop_map(|(at, with)| Mutation::Flip(at, with)),
        (at.clone(), proptest::collection::vec(any::<u8>(), 0..20)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (at.clone(), at).prop_map(|(from, to)| Mutation::Double(from, to)),
        (
            0usize..5000,
            prop_oneof![
                Just("<a>"),
                Just("&amp;"),
                Just("]]>"),
                Just("<!DOCTYPE x>"),
                Just("</s:Body>"),
                Just("xmlns:s=\"\"")
            ]
        )
            .prop_map(|(at, text)| Mutation::Insert(at, text.as_bytes().to_vec())),
    ]
}

fn mutate(mut body: Vec<u8>, mutations: &[Mutation]) -> Vec<u8> {
    for mutation in mutations {
        let place = |at: &usize| at % (body.len() + 1);
        match mutation {
            Mutation::Cut(at) => body.truncate(at % (body.len() + 1)),
            Mutation::Flip(at, with) => {
                let at = place(at);
                if let Some(byte) = body.get_mut(at) {
                    *byte ^= with;
                }
            }
            Mutation::Insert(at, bytes) => {
                let at = place(at);
                body.splice(at..at, bytes.iter().copied());
            }
            Mutation::Double(from, to) => {
                let (a, b) = (place(from), place(to));
                let part = body[a.min(b)..a.max(b)].to_vec();
                body.extend(part);
            }
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn w_114_no_mutated_request_or_answer_panics(
        sample in 0usize..10,
        mutations in proptest::collection::vec(mutation(), 1..6),
        utf16 in any::<bool>(),
    ) {
        let samples = samples();
        let body = mutate(samples[sample % samples.len()].clone(), &mutations);
        let content_type = if utf16 { "application/soap+xml;charset=utf-16" } else { "application/soap+xml" };
        let mut server: Server<&str> = Server::new(config());
        let now = std::time::Instant::now();
        match Request::read(Some(content_type), &body, &Budget::default()) {
            Ok(request) => {
                server.receive(ExchangeId(1), &caller("alice"), request, now);
                while server.poll_event().is_some() {}
                while let Some((_, reply)) = server.poll_output() {
                    reply.render();
                }
                server.handle_timeout(now + seconds(86400));
            }
            Err(refused) => {
                let rendered = refused.reply("SERVER01").render();
                // Whatever we answer is well-formed.
                if !rendered.body.is_empty() {
                    let read = Received::read(rendered.status, rendered.content_type, &rendered.body, &Budget::default());
                    prop_assert!(read.is_ok(), "{:?}", read);
                }
            }
        }
        let _ = Received::read(200, Some(content_type), &body, &Budget::default());
    }
}

/// What a wild client does, step by step.
#[derive(Debug, Clone)]
enum Step {
    Create,
    Command,
    Receive(bool),
    Send,
    Stop,
    Release,
    Disconnect,
    Reconnect,
    Connect,
    Repeat,
    Enumerate,
    Delete,
    Write(bool, bool),
    Close,
    Settle(usize, bool),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Create),
        4 => Just(Step::Command),
        8 => any::<bool>().prop_map(Step::Receive),
        2 => Just(Step::Send),
        2 => Just(Step::Stop),
        2 => Just(Step::Release),
        2 => Just(Step::Disconnect),
        2 => Just(Step::Reconnect),
        1 => Just(Step::Connect),
        2 => Just(Step::Repeat),
        1 => Just(Step::Enumerate),
        1 => Just(Step::Delete),
        8 => (any::<bool>(), any::<bool>()).prop_map(|(command, last)| Step::Write(command, last)),
        1 => Just(Step::Close),
        8 => (0usize..4, any::<bool>()).prop_map(|(which, lost)| Step::Settle(which, lost)),
        4 => (0u64..200).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Any order of operations, answers that are lost or never confirmed: every request gets exactly one answer or waits,
    /// output arrives in order and never twice on settled connections, and in the end nothing is left.
    #[test]
    fn w_114_any_order_of_operations_leaves_the_server_whole(steps in proptest::collection::vec(step(), 1..80)) {
        wild(steps)?;
    }
}

fn wild(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut pair = Pair::new();
    let mut command = CommandId::new();
    let mut unsettled: Vec<ExchangeId> = Vec::new();
    let mut asked = std::collections::HashSet::new();
    let mut last_request = None;
    for step in steps {
        let request = match step {
            Step::Create => {
                let create = Create {
                    shell: Some(pair.clients[0].shell()),
                    input_streams: "stdin pr".into(),
                    output_streams: "stdout".into(),
                    ..Create::default()
                };
                let mut request = pair.request(Operation::Create(create));
                let version = wsman::header::HeaderOption {
                    name: "protocolversion".into(),
                    value: "2.3".into(),
                    must_comply: true,
                };
                request.header.options.push(version);
                Some(request)
            }
            Step::Command => {
                command = CommandId::new();
                let arguments = bytes("x");
                Some(pair.request(Operation::Command(wsman::action::Command {
                    command: Some(command),
                    line: String::new(),
                    arguments,
                })))
            }
            Step::Receive(of_command) => {
                Some(pair.request(Operation::Receive(Receive { command: of_command.then_some(command) })))
            }
            Step::Send => {
                let input = wsman::action::StreamInput {
                    stream: wsman::action::InputStream::Stdin,
                    command: Some(command),
                    data: bytes("x"),
                    end: false,
                };
                Some(pair.request(Operation::Send(wsman::action::Send { streams: vec![input] })))
            }
            Step::Stop => {
                Some(pair.request(Operation::Signal(Signal { command: Some(command), code: SignalCode::Stop })))
            }
            Step::Release => {
                Some(pair.request(Operation::Signal(Signal { command: Some(command), code: SignalCode::Terminate })))
            }
            Step::Disconnect => Some(pair.request(Operation::Disconnect(wsman::action::Disconnect::default()))),
            Step::Reconnect => Some(pair.request(Operation::Reconnect(wsman::action::Reconnect::default()))),
            Step::Connect => {
                Some(pair.request(Operation::Connect(wsman::action::Connect { command: None, connect: bytes("x") })))
            }
            Step::Repeat => last_request.clone(),
            Step::Enumerate => {
                let mut request =
                    pair.request(Operation::Enumerate(Enumerate { optimize: false, max_elements: None, filter: None }));
                request.header.resource = Resource::Shell;
                Some(request)
            }
            Step::Delete => Some(pair.request(Operation::Delete)),
            Step::Write(to_command, end) => {
                if let Some(key) = pair.server.find_shell(&"alice", pair.clients[0].shell()) {
                    let output = if end && to_command { last("end") } else { output("data") };
                    let _ = pair.server.write(key, to_command.then_some(command), output, pair.now);
                }
                None
            }
            Step::Close => {
                if let Some(key) = pair.server.find_shell(&"alice", pair.clients[0].shell()) {
                    pair.server.close_shell(key, "closed", pair.now);
                }
                None
            }
            Step::Settle(which, lost) => {
                if !unsettled.is_empty() {
                    let exchange = unsettled.swap_remove(which % unsettled.len());
                    let delivery = if lost { Delivery::Lost } else { Delivery::Written };
                    pair.server.settle(exchange, delivery, pair.now);
                }
                None
            }
            Step::Wait(time) => {
                pair.now += seconds(time);
                pair.server.handle_timeout(pair.now);
                None
            }
        };
        if let Some(mut request) = request {
            request.header.session_id = Some("uuid:1".into());
            last_request = Some(request.clone());
            asked.insert(pair.ask_later("alice", request));
        }
        collect(&mut pair, &mut asked, &mut unsettled)?;
    }
    // Everybody leaves. After a day nothing is left, whatever was never settled.
    for exchange in unsettled.into_iter().chain(asked.clone()) {
        pair.server.settle(exchange, Delivery::Lost, pair.now);
    }
    for _ in 0..2000 {
        let Some(next) = pair.server.poll_timeout() else { break };
        pair.now = pair.now.max(next);
        pair.server.handle_timeout(pair.now);
        while pair.server.poll_event().is_some() {}
        while pair.server.poll_output().is_some() {}
    }
    prop_assert_eq!(pair.server.statistics(), wsman::shell::server::Statistics::default());
    Ok(())
}

/// Takes answers and events; each exchange is answered once.
fn collect(
    pair: &mut Pair,
    asked: &mut std::collections::HashSet<ExchangeId>,
    unsettled: &mut Vec<ExchangeId>,
) -> Result<(), TestCaseError> {
    loop {
        let mut moved = false;
        while let Some(event) = pair.server.poll_event() {
            moved = true;
            match event {
                wsman::shell::server::Event::Create(shell) => pair.server.accept_shell(shell.shell, pair.now),
                wsman::shell::server::Event::Connect { shell, .. } => {
                    pair.server.accept_connect(shell, bytes("y"), pair.now);
                }
                _ => {}
            }
        }
        while let Some((exchange, reply)) = pair.server.poll_output() {
            moved = true;
            prop_assert!(asked.remove(&exchange), "answered twice");
            reply.render();
            unsettled.push(exchange);
        }
        if !moved {
            return Ok(());
        }
    }
}

/// What happens to the answer of a Receive.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// It arrives.
    Arrives,
    /// Its connection dies, and the server notices before the client asks again.
    Lost,
    /// Its connection dies, and the client asks the same again before the server notices.
    LostUnnoticed,
    /// It is written, but its client never reads it and asks the same again.
    Unread,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![4 => Just(Fate::Arrives), 1 => Just(Fate::Lost), 1 => Just(Fate::LostUnnoticed), 1 => Just(Fate::Unread)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// However answers get lost, a client that asks the same again after every loss gets all output, in order, once.
    #[test]
    fn w_016_w_102_output_arrives_once_and_in_order_whatever_is_lost(
        rounds in proptest::collection::vec((0usize..4, fate()), 1..40),
    ) {
        let mut pair = Pair::new();
        let key = pair.open();
        pair.cut(0);
        pair.clients[0].stop_receiving(None);
        let (mut written, mut received) = (String::new(), String::new());
        let mut request = pair.request(Operation::Receive(Receive { command: None }));
        for (count, fate) in rounds.into_iter().chain([(1, Fate::Arrives), (1, Fate::Arrives)]) {
            for _ in 0..count {
                let piece = format!("{},", written.len());
                pair.server.write(key, None, output(&piece), pair.now).unwrap();
                written += &piece;
            }
            let exchange = pair.ask_later("alice", request.clone());
            let Some(answer) = pair.answer_to(exchange) else {
                // Nothing was there; its connection dies while it waits.
                pair.server.settle(exchange, Delivery::Lost, pair.now);
                continue;
            };
            let wsman::Outcome::Response(wsman::action::Response::Receive(answer)) = answer else { panic!("{answer:?}") };
            let data = String::from_utf8(answer.data.concat()).unwrap();
            match fate {
                Fate::Arrives => {
                    received += &data;
                    request.header.message_id = wsman::MessageId::new();
                    pair.server.settle(exchange, Delivery::Written, pair.now);
                }
                Fate::Lost => pair.server.settle(exchange, Delivery::Lost, pair.now),
                Fate::Unread => pair.server.settle(exchange, Delivery::Written, pair.now),
                Fate::LostUnnoticed => {
                    let again = pair.ask_later("alice", request.clone());
                    prop_assert!(pair.answer_to(again).is_some());
                    pair.server.settle(exchange, Delivery::Lost, pair.now);
                    received += &data;
                    request.header.message_id = wsman::MessageId::new();
                    pair.server.settle(again, Delivery::Written, pair.now);
                }
            }
        }
        prop_assert_eq!(received, written);
    }
}

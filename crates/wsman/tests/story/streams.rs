//! What streams look like on the wire: sizes, UTF-16, compression.

use bytes::Bytes;
use wsman::action::{Action, Create, InputStream, Operation, Response, Send, StreamInput};
use wsman::envelope::Charset;
use wsman::header::HeaderOption;
use wsman::shell::client::{self, Error};
use wsman::shell::server::{Event, Output};
use wsman::{MessageId, Outcome, Request};

use crate::pair::{Pair, bytes, client_config, config, fault, last, output};

fn large(size: usize) -> Bytes {
    (0..size).map(|n| n.to_le_bytes()[0]).collect::<Vec<u8>>().into()
}

fn fragments(count: usize, size: usize) -> Output {
    Output { fragments: vec![large(size); count], ..Output::default() }
}

/// `Pair` checks of every answer that it is not longer than its request allows.
#[test]
fn w_098_no_answer_is_longer_than_its_client_allows_and_none_much_shorter() {
    for (octets, charset) in [
        (8192, Charset::Utf8),
        (8192, Charset::Utf16),
        (153_600, Charset::Utf8),
        (153_600, Charset::Utf16),
        (512_000, Charset::Utf8),
        (10_000_000, Charset::Utf8),
    ] {
        let mut own = client_config();
        (own.max_envelope_size, own.charset) = (octets, charset);
        let mut pair = Pair::with(config(), own);
        pair.open();
        let command = pair.command();
        pair.write(Some(command), fragments(40, 32_789));
        pair.write(Some(command), last("end"));
        let received: usize = pair.seen[0]
            .iter()
            .map(|event| match event {
                client::Event::Output(Some(_), data) => data.len(),
                _ => 0,
            })
            .sum();
        assert_eq!(received, 40 * 32_789 + 3, "{octets} {charset:?}");
        // Whole fragments only, but for the smallest envelopes: at worst an answer is half empty.
        if octets > 8192 {
            let characters = octets.min(512_000) as usize / if charset == Charset::Utf16 { 2 } else { 1 };
            let best = (40 * 32_789 + 3) / (characters * 3 / 4);
            let answers = pair.done(Action::Receive);
            assert!(answers <= best * 2 + 4, "{answers}, {best} for {octets} {charset:?}");
        }
    }
}

#[test]
fn w_068_several_fragments_come_in_one_answer_and_are_not_divided() {
    let mut pair = Pair::new();
    pair.open();
    let command = pair.command();
    pair.write(Some(command), fragments(20, 32_789));
    for event in &pair.seen[0] {
        if let client::Event::Output(Some(_), data) = event {
            assert_eq!(data.len() % 32_789, 0);
        }
    }
}

#[test]
fn w_098_a_long_message_id_leaves_less_room_and_too_little_is_a_fault() {
    let mut pair = Pair::new();
    let key = pair.open();
    pair.cut(0);
    pair.clients[0].stop_receiving(None);
    pair.server.write(key, None, fragments(1, 100_000), pair.now).unwrap();
    let mut request = pair.request(Operation::Receive(wsman::action::Receive { command: None }));
    request.header.max_envelope_size = Some(8192);
    request.header.message_id = MessageId::parse(&"&".repeat(500)).unwrap();
    let exchange = pair.ask_later("alice", request.clone());
    let (answered, reply) = pair.server.poll_output().unwrap();
    assert_eq!(answered, exchange);
    assert!(matches!(reply.outcome(), Outcome::Response(_)) && reply.render().body.len() <= 8192);
    pair.server.settle(exchange, wsman::shell::server::Delivery::Written, pair.now);
    request.header.message_id = MessageId::parse(&"&".repeat(2000)).unwrap();
    assert_eq!(fault(pair.ask("alice", request).1), 2_150_858_824);
}

#[test]
fn w_097_w_099_a_request_may_be_larger_than_the_answer_it_allows() {
    let mut own = client_config();
    own.max_envelope_size = 153_600;
    let mut pair = Pair::with(config(), own);
    let key = pair.open();
    let data = large(153_600);
    pair.clients[0].send(None, InputStream::Stdin, data.clone(), pair.now);
    // The largest that a real client was seen to send: a request of 511,600 characters.
    let largest = large(382_464);
    pair.clients[0].send(None, InputStream::Stdin, largest.clone(), pair.now);
    pair.run();
    for data in [data, largest] {
        assert!(pair.told.contains(&Event::Input { shell: key, command: None, stream: InputStream::Stdin, data }));
    }
}

#[test]
fn w_004_a_client_that_writes_utf_16_is_answered_in_it() {
    let mut own = client_config();
    own.charset = Charset::Utf16;
    let mut pair = Pair::with(config(), own);
    pair.open();
    pair.write(None, output("data"));
    assert_eq!(pair.received(None), "data");
    let Response::Create(created) = pair.last_response(Action::Create) else { panic!() };
    assert!(created.shell.utf16);
}

#[test]
fn w_084_w_086_compressed_streams_both_ways_and_nothing_else() {
    let mut own = client_config();
    own.compression = true;
    let mut pair = Pair::with(config(), own);
    let key = pair.open();
    let Response::Create(created) = pair.last_response(Action::Create) else { panic!() };
    assert!(created.shell.compressed);
    let Event::Create(shell) = &pair.told[0] else { panic!() };
    assert_eq!(shell.creation, "creation");
    let command = pair.command();
    assert!(matches!(&pair.told[1], Event::Command { arguments, .. } if arguments == "arguments"));
    pair.clients[0].send(Some(command), InputStream::Stdin, large(100_000), pair.now);
    pair.run();
    let data = large(100_000);
    assert!(pair.told.contains(&Event::Input { shell: key, command: Some(command), stream: InputStream::Stdin, data }));
    pair.write(Some(command), last(&"x".repeat(200_000)));
    assert_eq!(pair.received(Some(command)), "x".repeat(200_000));
}

#[test]
fn w_086_three_bytes_of_output_are_written_as_in_the_worked_example() {
    let mut pair = Pair::new();
    let mut create = create_request(&pair);
    create.header.compression = true;
    pair.ask("alice", create);
    let key = pair.key(0);
    pair.server
        .write(key, None, Output { fragments: vec![Bytes::from_static(&[1, 2, 3])], ..Output::default() }, pair.now)
        .unwrap();
    pair.ask_later("alice", pair.request(Operation::Receive(wsman::action::Receive { command: None })));
    let (_, reply) = pair.server.poll_output().unwrap();
    let text = String::from_utf8(reply.render().body).unwrap();
    assert!(text.contains("<rsp:Stream Name=\"stdout\">AgACAAECAw==</rsp:Stream>"), "{text}");
}

#[test]
fn w_085_compressed_data_that_cannot_be_read_are_a_fault_and_nothing_is_handed_out() {
    let mut limited = config();
    limited.limits.decompressed = 1000;
    let mut pair = Pair::with(limited, client_config());
    let mut create = create_request(&pair);
    create.header.compression = true;
    pair.ask("alice", create);
    pair.told.clear();
    let good = Bytes::from_static(&[2, 0, 2, 0, 1, 2, 3]);
    let mut bomb = vec![0xFF, 0xFF, 0xFF, 0xFF];
    bomb.extend(vec![0; 65536]);
    for bad in [Bytes::from_static(b"plain"), Bytes::from_static(&[2, 0, 2, 0, 1, 2, 3, 0]), bomb.into()] {
        let streams =
            [good.clone(), bad].map(|data| StreamInput { stream: InputStream::Stdin, command: None, data, end: false });
        let request = pair.request(Operation::Send(Send { streams: streams.into() }));
        assert_eq!(fault(pair.ask("alice", request).1), 2_150_858_817);
        assert_eq!(pair.told, []);
    }
}

#[test]
fn w_087_without_being_asked_for_nothing_is_compressed() {
    let mut pair = Pair::new();
    let key = pair.open();
    let Response::Create(created) = pair.last_response(Action::Create) else { panic!() };
    assert!(!created.shell.compressed);
    pair.clients[0].send(None, InputStream::Stdin, Bytes::from_static(&[2, 0, 2, 0, 1, 2, 3]), pair.now);
    pair.run();
    let data = Bytes::from_static(&[2, 0, 2, 0, 1, 2, 3]);
    assert!(pair.told.contains(&Event::Input { shell: key, command: None, stream: InputStream::Stdin, data }));
}

#[test]
fn a_client_refuses_compressed_output_that_it_cannot_read() {
    let mut own = client_config();
    own.compression = true;
    let mut pair = Pair::with(config(), own);
    pair.open();
    // The answer as a server writes it that does not compress.
    let now = pair.now;
    let request = pair.clients[0].poll_timeout();
    assert!(request.is_some());
    let reply = wsman::Reply::new(
        None,
        Outcome::Response(Response::Receive(wsman::action::ReceiveResponse {
            command: None,
            data: vec![bytes("plain")],
            state: None,
        })),
        Charset::Utf8,
        "SERVER01".into(),
    )
    .render();
    // Create was the first exchange, the Receive is the second.
    pair.clients[0].receive(client::ExchangeId(2), reply.status, reply.content_type, &reply.body, now);
    assert!(matches!(
        pair.clients[0].poll_event(),
        Some(client::Event::Failed { action: Action::Receive, error: Error::Xpress(_), .. })
    ));
}

#[test]
fn w_106_answers_to_host_calls_overtake_what_came_with_them() {
    let mut pair = Pair::new();
    pair.open();
    let streams = [InputStream::Stdin, InputStream::PromptResponse, InputStream::Stdin]
        .iter()
        .enumerate()
        .map(|(n, stream)| StreamInput { stream: *stream, command: None, data: bytes(&n.to_string()), end: false })
        .collect();
    pair.ask("alice", pair.request(Operation::Send(Send { streams })));
    let order: Vec<_> = pair
        .told
        .iter()
        .filter_map(|event| match event {
            Event::Input { data, .. } => Some(data.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["1", "0", "2"]);
}

fn create_request(pair: &Pair) -> Request {
    let create = Create {
        shell: Some(pair.clients[0].shell()),
        input_streams: "stdin pr".into(),
        output_streams: "stdout".into(),
        ..Create::default()
    };
    let mut request = pair.request(Operation::Create(create));
    let version = HeaderOption { name: "protocolversion".into(), value: "2.3".into(), must_comply: true };
    request.header.options.push(version);
    request
}

use clixml::{SecureString, Value};
use psrp::Stream;
use psrp::host_call::{HostCall, HostReply};
use psrp::message::{Body, Command, CreatePipeline, PublicKey};
use psrp::pool::client::Event;
use psrp::pool::server;

use crate::pair::{Pair, V2_3, V2_4, client_bytes, pipeline, secret};

fn asked_for_key(pair: &Pair) -> usize {
    pair.from_client.iter().filter(|header| header.message_type.name() == "PUBLIC_KEY").count()
}

fn text_of(value: &Value) -> &str {
    match value {
        Value::SecureString(SecureString::Clear(text)) => text.expose(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn as_an_argument() {
    for (protocol, exchanges) in [(V2_4, 0), (V2_3, 1)] {
        let mut pair = Pair::opened(protocol);
        for number in 1..3 {
            let command = Command::new("Test-PepSecret").parameter("Secret", secret("P@ssw0rd!"));
            let created = pair.create(number, CreatePipeline::new(vec![command]));
            assert_eq!(text_of(&created.power_shell.commands[0].parameters[0].value), "P@ssw0rd!");
        }
        assert_eq!(asked_for_key(&pair), exchanges, "once a session at {protocol}");
    }
}

#[test]
fn as_the_answer_to_a_prompt_while_the_pipeline_waits() {
    for (protocol, exchanges) in [(V2_4, 0), (V2_3, 1)] {
        let mut pair = Pair::opened(protocol);
        pair.run(1, Command::new("Read-PepSecret"));
        let id = Some(pipeline(1));
        let call_id = pair.server.host_call(id, HostCall::ReadLineAsSecureString).unwrap();
        pair.exchange().unwrap();
        pair.client.answer(id, call_id, HostReply::Value(secret("typed")));
        pair.exchange().unwrap();
        let Some(server::Event::HostResponse { reply, .. }) = pair.server_events().pop() else { panic!() };
        assert_eq!(reply.secure_string(), Ok(SecureString::new("typed")));
        assert_eq!(asked_for_key(&pair), exchanges);
        let names: Vec<_> = pair.from_client.iter().map(|header| header.message_type.name()).collect();
        assert_eq!(names.last(), Some(&"PIPELINE_HOST_RESPONSE"), "the answer waits for the key");
    }
}

#[test]
fn in_the_servers_output_before_the_client_has_a_key() {
    for (protocol, exchanges) in [(V2_4, 0), (V2_3, 1)] {
        let mut pair = Pair::opened(protocol);
        pair.run(1, Command::new("Get-PepSecret"));
        pair.server.send_output(pipeline(1), "before".into()).unwrap();
        pair.server.send_output(pipeline(1), secret("out")).unwrap();
        pair.server.send_output(pipeline(1), "after".into()).unwrap();
        let mut events = pair.finish(1, server::PipelineEnd::Completed);
        if exchanges == 1 {
            assert!(events.contains(&Event::KeyExchanged), "{events:?}");
            events.retain(|event| *event != Event::KeyExchanged);
        }
        let values: Vec<Value> = ["before".into(), secret("out"), "after".into()].into();
        let outputs = values.into_iter().map(|value| Event::Output { id: pipeline(1), value });
        let end = Event::Finished { id: pipeline(1), end: server::PipelineEnd::Completed };
        assert_eq!(events, outputs.chain([end]).collect::<Vec<_>>());
        assert_eq!(asked_for_key(&pair), exchanges);
        assert!(!pair.server_said().contains(&"PUBLIC_KEY_REQUEST"), "servers never ask");
    }
}

#[test]
fn other_pipelines_do_not_wait_for_the_key() {
    let mut pair = Pair::opened(V2_3);
    pair.run(1, Command::new("Get-PepSecret"));
    pair.run(2, Command::new("Get-PepGreeting"));
    pair.server.send_output(pipeline(1), secret("out")).unwrap();
    pair.server.send_output(pipeline(2), "hello".into()).unwrap();
    pair.carry_to_client().unwrap();
    assert_eq!(pair.client_events(), [Event::Output { id: pipeline(2), value: "hello".into() }]);
    pair.exchange().unwrap();
    let secret = Event::Output { id: pipeline(1), value: secret("out") };
    assert_eq!(pair.client_events(), [Event::KeyExchanged, secret]);
}

#[test]
fn the_key_is_served_while_commands_run_and_again_when_it_is_asked_again() {
    let mut pair = Pair::opened(V2_3);
    pair.run(1, Command::new("Start-PepTask"));
    pair.client.exchange_key().unwrap();
    pair.client.exchange_key().unwrap();
    pair.exchange().unwrap();
    assert_eq!(pair.client_events(), [Event::KeyExchanged]);
    assert_eq!(asked_for_key(&pair), 1);
    let key = include_str!("../../../fixtures/psrp/public-key.txt").trim();
    let other_key = client_bytes(None, Body::PublicKey(PublicKey { public_key: key.into() }));
    pair.server.receive(None, Stream::Default, &other_key).unwrap();
    assert!(pair.server.poll_output(10_000).is_some());
}

#[test]
fn a_cell_that_nothing_opens_stays_sealed() {
    let mut pair = Pair::opened(V2_3);
    // A client that never asked for the key cannot have sealed anything for us.
    let sealed = Value::SecureString(SecureString::Sealed("bm8ga2V5".into()));
    let command = Command::new("Test-PepSecret").parameter("Secret", sealed.clone());
    let bytes = client_bytes(Some(pipeline(1)), Body::CreatePipeline(Box::new(CreatePipeline::new(vec![command]))));
    pair.server.receive(Some(pipeline(1)), Stream::Default, &bytes).unwrap();
    let Some(server::Event::PipelineCreated { pipeline: created, .. }) = pair.server.poll_event() else { panic!() };
    assert_eq!(created.power_shell.commands[0].parameters[0].value, sealed);
}

#[test]
fn a_bad_key_breaks_the_pool() {
    for key in ["", "!!", "AAAA"] {
        let mut pair = Pair::opened(V2_3);
        let bytes = client_bytes(None, Body::PublicKey(PublicKey { public_key: key.into() }));
        pair.server.receive(None, Stream::Default, &bytes).unwrap_err();
        assert!(matches!(pair.server_events()[..], [server::Event::Broken { .. }]));
    }
}

//! Bodies of requests and of answers, and compressed streams: made up, and real ones with a part of their text replaced. A
//! request that can be read goes to a server that has a shell with a command.

#![no_main]

use std::time::{Duration, Instant};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wsman::action::{BufferMode, InputStream, SignalCode};
use wsman::envelope::{Budget, Charset};
use wsman::shell::client::{self, Client};
use wsman::shell::server::{Caller, Config, Delivery, Event, ExchangeId, Output, Server};
use wsman::xpress::{self, Lz77Huffman};
use wsman::{CommandId, Received, Request, ShellId};

const SHELL: &str = "B2E1C91B-A3AA-41B4-B346-405E6A90005B";
const COMMAND: &str = "356E6DC2-6889-4305-9FE6-8B03F44D7210";

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else { return };
    let content_type = if kind & 1 == 0 { None } else { Some("application/soap+xml;charset=utf-16") };
    match kind >> 1 & 3 {
        0 => {
            let _ = Received::read(200, content_type, rest, &Budget::default());
            let _ = Request::read(content_type, rest, &Budget::default());
        }
        1 => {
            if let Ok(plain) = xpress::decode(rest, 1 << 20, &Lz77Huffman) {
                assert!(plain.len() <= 1 << 20);
            }
        }
        _ => converse(rest),
    }
});

/// One request of every kind, the Create and the Command first.
fn originals(now: Instant) -> Vec<Vec<u8>> {
    let command = CommandId::parse(COMMAND).unwrap();
    let mut client = Client::new(client::Config::new("http://h/wsman", "pep"), ShellId::parse(SHELL).unwrap(), now);
    client.create(Some("n"), None, Bytes::from_static(b"creation"), now);
    client.command(command, "Get-Thing", Bytes::from_static(b"arguments"), now);
    client.send(Some(command), InputStream::PromptResponse, Bytes::from_static(b"answer"), now);
    client.signal(command, SignalCode::Stop, now);
    client.disconnect(Some(Duration::from_secs(100)), Some(BufferMode::Drop), now);
    client.reconnect(None, now);
    client.connect(Bytes::from_static(b"connect"), now);
    client.connect_command(command, now);
    client.get(now);
    client.list_shells(now);
    client.list_commands(now);
    client.identify(now);
    client.signal(command, SignalCode::Terminate, now);
    client.delete(now);
    client.start_receiving(None, now);
    client.start_receiving(Some(command), now);
    let mut bodies = Vec::new();
    // The control lane gives one at a time.
    while let Some(outgoing) = client.poll_output() {
        bodies.push(outgoing.body);
        client.lost(outgoing.exchange, now);
        if bodies.len() > 40 {
            break;
        }
    }
    bodies
}

/// Requests to one server: whole ones, and one with a part replaced by what the engine made up.
fn converse(data: &[u8]) {
    let Some((control, text)) = data.split_first_chunk::<8>() else { return };
    let mut now = Instant::now();
    let mut server: Server<u8> = Server::new(Config::new("pep", "SERVER01"));
    let originals = originals(now);
    let (order, damage) = control.split_at(4);
    let damage: Vec<usize> = damage.iter().copied().map(usize::from).collect();
    let mut bodies: Vec<Vec<u8>> = originals.iter().take(2).cloned().collect();
    bodies.extend(order.iter().map(|n| originals[usize::from(*n) % originals.len()].clone()));
    if let Some(body) = bodies.get_mut(damage[0] % 6) {
        let at = (damage[1] * 256 + damage[2]) % (body.len() + 1);
        let end = (at + damage[3]).min(body.len());
        body.splice(at..end, text.iter().copied());
    }
    for (n, body) in bodies.iter().enumerate() {
        turn(&mut server, n, body, now);
        now += Duration::from_secs(20);
        server.handle_timeout(now);
    }
}

fn turn(server: &mut Server<u8>, n: usize, body: &[u8], now: Instant) {
    let caller =
        Caller { identity: 1, owner: String::new(), address: String::new(), url: String::new(), allowed: true };
    match Request::read(None, body, &Budget::default()) {
        Ok(request) => server.receive(ExchangeId(n as u64), &caller, request, now),
        Err(refused) => {
            let rendered = refused.reply("SERVER01").render();
            let read = Received::read(rendered.status, rendered.content_type, &rendered.body, &Budget::default());
            assert!(rendered.body.is_empty() || read.is_ok(), "what we write can be read");
        }
    }
    while let Some(event) = server.poll_event() {
        match event {
            Event::Create(shell) => server.accept_shell(shell.shell, now),
            Event::Connect { shell, data, .. } => server.accept_connect(shell, data, now),
            Event::Command { shell, command, arguments, .. } => {
                let output = Output { fragments: vec![arguments], ..Output::default() };
                let _ = server.write(shell, Some(command), output, now);
            }
            Event::Stop { shell, command } => {
                let _ = server.write(shell, Some(command), Output { last: true, ..Output::default() }, now);
            }
            _ => {}
        }
    }
    while let Some((exchange, reply)) = server.poll_output() {
        let rendered = reply.render();
        assert!(
            Charset::Utf8.decode(&rendered.body).is_ok() || rendered.content_type != Some(Charset::Utf8.content_type())
        );
        let delivery = if n % 3 == 0 { Delivery::Lost } else { Delivery::Written };
        server.settle(exchange, delivery, now);
    }
}

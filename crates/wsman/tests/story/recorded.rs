//! Exchanges recorded from real clients with real servers: the server machine understands every request and answers it as
//! the recorded server did; the client machine's reader understands every answer.

use std::collections::HashMap;
use std::io::Read;
use std::time::Instant;

use bytes::Bytes;
use flate2::read::GzDecoder;
use serde_json::Value;
use wsman::action::{Action, CommandState, Operation, ReceiveResponse, Response};
use wsman::envelope::{Budget, Charset};
use wsman::header::ShellSelector;
use wsman::shell::server::{Config, Delivery, Event, ExchangeId, Output, Server};
use wsman::{Answer, CommandId, Outcome, Received, Reply, Request};

use crate::pair::{caller, seconds};

struct Recorded {
    scenario: String,
    operation: String,
    content_type: String,
    request: String,
    status: u16,
    answer: String,
}

fn recorded(client: &str) -> Vec<Recorded> {
    let path = format!("{}/../../fixtures/wsman/{client}.jsonl.gz", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Recorded {
            scenario: field("scenario"),
            operation: field("operation"),
            content_type: field("content_type"),
            request: field("request"),
            status: u16::try_from(value["status"].as_u64().unwrap_or_default()).unwrap(),
            answer: field("answer"),
        }
    };
    text.lines().map(read).collect()
}

/// What the recorded server answered: a response, or the number of a fault; none if it answered with neither.
fn recorded_answer(exchange: &Recorded) -> Option<Answer> {
    if exchange.answer.is_empty() {
        return None;
    }
    let received = Received::read(exchange.status, None, exchange.answer.as_bytes(), &Budget::default());
    Some(received.unwrap_or_else(|error| panic!("{error}: {}", exchange.answer)).answer)
}

struct Replay {
    server: Server<&'static str>,
    now: Instant,
    /// Receives that wait, with the fault that ended them.
    waiting: HashMap<ExchangeId, (String, u32)>,
    /// Signals that wait for the end of their command.
    stopping: HashMap<ExchangeId, String>,
    answers: HashMap<ExchangeId, Outcome>,
    last: u64,
}

impl Replay {
    fn new(configuration: &str) -> Replay {
        let mut config = Config::new(configuration, "SERVER01");
        config.limits.shells_per_user = 100;
        config.limits.max_timeout = seconds(1);
        Replay {
            server: Server::new(config),
            now: Instant::now(),
            waiting: HashMap::new(),
            stopping: HashMap::new(),
            answers: HashMap::new(),
            last: 0,
        }
    }

    fn turn(&mut self) {
        while let Some(event) = self.server.poll_event() {
            match event {
                Event::Create(shell) => self.server.accept_shell(shell.shell, self.now),
                Event::Connect { shell, .. } => self.server.accept_connect(shell, Bytes::from_static(b"x"), self.now),
                _ => {}
            }
        }
        while let Some((exchange, reply)) = self.server.poll_output() {
            let rendered = reply.render();
            let readable = Received::read(rendered.status, rendered.content_type, &rendered.body, &Budget::default());
            assert!(readable.is_ok(), "{readable:?}");
            self.answers.insert(exchange, reply.outcome().clone());
            self.server.settle(exchange, Delivery::Written, self.now);
        }
    }

    fn play(&mut self, exchange: &Recorded) {
        let what = format!("{} {}", exchange.scenario, exchange.operation);
        let request = Request::read(Some(&exchange.content_type), exchange.request.as_bytes(), &Budget::default());
        let request = request.unwrap_or_else(|refused| panic!("{what}: {refused:?}"));
        assert_eq!(format!("{:?}", request.operation.action()), exchange.operation);
        let expected = recorded_answer(exchange);
        let shell = request.header.shell;
        let command = match &request.operation {
            Operation::Receive(receive) => receive.command,
            _ => None,
        };
        let action = request.operation.action();
        self.last += 1;
        let id = ExchangeId(self.last);
        self.server.receive(id, &caller("oracle"), request, self.now);
        self.turn();
        match expected {
            Some(Answer::Response(Response::Receive(received))) => {
                self.provide(shell, command, &received);
                self.turn();
                let Some(Outcome::Response(Response::Receive(ours))) = self.answers.remove(&id) else {
                    panic!("{what}: {:?}", self.answers)
                };
                assert_eq!(ours.data.concat(), received.data.concat(), "{what}");
                assert_eq!(ours.state == Some(CommandState::Done), received.state == Some(CommandState::Done));
            }
            Some(Answer::Fault(fault)) if action == Action::Receive && !self.answers.contains_key(&id) => {
                if fault.number == 2_150_858_793 {
                    self.now += seconds(1);
                    self.server.handle_timeout(self.now);
                    self.turn();
                }
                self.waiting.insert(id, (what, fault.number));
            }
            Some(Answer::Fault(fault)) => {
                // A gateway whose server had died said so; here there is one that goes on.
                let ours = self.answers.remove(&id).unwrap_or_else(|| panic!("{what} is not answered"));
                assert!(fault.number == 1359 || number(&ours) == fault.number, "{what}: {ours:?}");
            }
            // A command that is being stopped: its end comes with a later Receive.
            Some(Answer::Response(Response::Signal)) if !self.answers.contains_key(&id) => {
                self.stopping.insert(id, what);
            }
            Some(Answer::Response(response)) => {
                let ours = self.answers.remove(&id);
                let Some(Outcome::Response(ours)) = ours else { panic!("{what}: {ours:?}") };
                assert_eq!(ours.action(), response.action(), "{what}");
            }
            // 401, or a connection that was dropped on purpose.
            None => {
                self.answers.remove(&id);
            }
        }
    }

    /// The output that the recorded server had, so that the Receive finds it.
    fn provide(&mut self, shell: ShellSelector, command: Option<CommandId>, received: &ReceiveResponse) {
        let ShellSelector::Id(id) = shell else { panic!("a Receive without a shell") };
        let Some(key) = self.server.find_shell(&"oracle", id) else { panic!("no such shell") };
        let done = received.state == Some(CommandState::Done);
        let output = Output { fragments: received.data.clone(), last: done, ..Output::default() };
        self.server.write(key, command, output, self.now).unwrap();
    }

    /// What was still waiting when the scenario was over has ended as recorded.
    fn end(&mut self) {
        for (id, what) in self.stopping.drain() {
            let answer = self.answers.remove(&id);
            assert_eq!(answer, Some(Outcome::Response(Response::Signal)), "{what}");
        }
        for (id, (what, expected)) in self.waiting.drain() {
            match self.answers.remove(&id) {
                // A command's Receive that waits while the command is released: the gateway says that there is none, we
                // say that it was aborted.
                Some(outcome) => assert!(
                    expected == 1359
                        || number(&outcome) == expected
                        || (number(&outcome), expected) == (995, 2_150_858_843),
                    "{what}: {outcome:?}, recorded {expected}"
                ),
                // Its client was killed, or its server died.
                None => assert!(expected == 1359 || expected == 995, "{what} still waits, recorded {expected}"),
            }
        }
    }
}

fn number(outcome: &Outcome) -> u32 {
    match outcome {
        Outcome::Fault(fault) => fault.row().number,
        other => panic!("{other:?}"),
    }
}

fn replay(client: &str, configuration: &str) -> usize {
    let exchanges = recorded(client);
    let mut scenarios: Vec<&str> = exchanges.iter().map(|exchange| exchange.scenario.as_str()).collect();
    scenarios.dedup();
    for scenario in scenarios {
        let mut replay = Replay::new(configuration);
        for exchange in exchanges.iter().filter(|exchange| exchange.scenario == scenario) {
            replay.play(exchange);
        }
        replay.end();
    }
    exchanges.len()
}

#[test]
fn every_request_of_pswsman_is_understood_and_answered() {
    assert_eq!(replay("pswsman", "PrivilegedEndpoint"), 669);
}

#[test]
fn every_request_of_libpsrpclient_is_understood_and_answered() {
    assert_eq!(replay("libpsrpclient", "PrivilegedEndpoint"), 852);
}

#[test]
fn every_answer_of_windows_and_of_the_gateway_is_understood_by_the_client() {
    for client in ["pswsman", "libpsrpclient", "windows-pypsrp"] {
        for exchange in recorded(client) {
            let Some(answer) = recorded_answer(&exchange) else { continue };
            match answer {
                Answer::Response(response) => assert_eq!(format!("{:?}", response.action()), exchange.operation),
                Answer::Fault(fault) => {
                    assert!(fault.number > 0 && !fault.text().is_empty() && !fault.subcode.is_empty(), "{fault:?}");
                }
            }
        }
    }
}

#[test]
fn w_112_every_request_of_pypsrp_is_read_and_our_answer_has_the_shape_of_windows() {
    // Elements of both answers in order, texts aside. Windows says more in places, and never otherwise.
    fn shape(text: &str) -> Vec<String> {
        let start = text.find("<s:Body").unwrap();
        let names = text[start..].split('<').skip(1).filter(|part| !part.starts_with('/'));
        names.map(|part| part.split([' ', '>', '/']).next().unwrap().to_owned()).collect()
    }
    for exchange in recorded("windows-pypsrp") {
        let request = Request::read(Some(&exchange.content_type), exchange.request.as_bytes(), &Budget::default());
        let read = Received::read(exchange.status, None, exchange.answer.as_bytes(), &Budget::default()).unwrap();
        let response = match (read.answer, request) {
            // Windows tells much more of its configuration.
            (Answer::Response(Response::GetConfig(_)) | Answer::Fault(_), Ok(_)) => continue,
            (Answer::Response(response), Ok(_)) => response,
            // Windows does not understand it either.
            (Answer::Fault(fault), Err(refused)) if refused.fault.row().number == fault.number => continue,
            other => panic!("{other:?}"),
        };
        let reply = Reply::new(None, Outcome::Response(response), Charset::Utf8, "SERVER01".into());
        let ours = String::from_utf8(reply.render().body).unwrap();
        // Several Streams of Windows' are one of ours.
        let mut windows = shape(&exchange.answer);
        windows.dedup_by(|a, b| a == b && *a == "rsp:Stream");
        assert_eq!(shape(&ours), windows, "{} {}", exchange.scenario, exchange.operation);
    }
}

//! The daemon is killed while clients work: whatever was answered is in the record.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use clixml::Guid;
use psrp::message::{Command, CreatePipeline};
use psrp::out_of_process::{Client, ClientEvent};
use psrp::pool::client::{Config, Event};
use support::endpoint::Endpoint;
use transcript::{ReadError, Record, read_journal};

/// Runs commands until the daemon is gone; each pipeline that was answered to its end is told.
fn work(socket: &Path, session: Guid, answered: &mpsc::Sender<(Guid, Guid)>) {
    let mut stream = UnixStream::connect(socket).unwrap();
    let mut client = Client::new(Config::default(), session);
    client.open();
    let mut buffer = [0; 16 * 1024];
    loop {
        while let Some(line) = client.poll_output() {
            if stream.write_all(&line).is_err() {
                return;
            }
        }
        let count = match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return,
            Err(error) => panic!("{error}"),
        };
        client.receive(&buffer[..count]).unwrap();
        while let Some(event) = client.poll_event() {
            let next = match event {
                ClientEvent::Pool(Event::Opened) => true,
                ClientEvent::Pool(Event::Finished { id, .. }) => {
                    answered.send((session, id)).unwrap();
                    client.close_pipeline(id);
                    true
                }
                _ => false,
            };
            if next {
                let commands = vec![Command::new("Get-Command"), Command::new("Measure-Object")];
                client.create_pipeline(Guid::new_v4(), CreatePipeline::new(commands)).unwrap();
            }
        }
    }
}

#[test]
fn j_105_a_killed_daemon_leaves_every_answered_command_in_the_record() {
    for round in 0..12 {
        let mut endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
        let (answered, told) = mpsc::channel();
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let (socket, answered) = (endpoint.socket(), answered.clone());
                std::thread::spawn(move || work(&socket, Guid::new_v4(), &answered))
            })
            .collect();
        drop(answered);
        std::thread::sleep(Duration::from_millis(150 + 37 * round));
        endpoint.kill();
        for worker in workers {
            worker.join().unwrap();
        }
        let answered: Vec<(Guid, Guid)> = told.iter().collect();
        assert!(answered.len() > 4, "the clients did no work: {}", answered.len());
        for (session, pipeline) in answered {
            let pipeline = pipeline.to_string();
            let completed = completed_pipelines(&endpoint.state().join("record"), &session.to_string());
            assert!(completed.contains(&pipeline), "round {round}: {pipeline} was answered and is not in the record");
        }
    }
}

/// The pipelines whose end stands in a session's journal. A last line that the kill tore is no line.
fn completed_pipelines(directory: &Path, session: &str) -> Vec<String> {
    let mut files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    let path = files.find(|path| path.to_string_lossy().contains(session)).expect("every session has a journal");
    let entries = match read_journal(&path, session) {
        Err(ReadError::Torn { .. }) => {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, &text[..=text.rfind('\n').unwrap()]).unwrap();
            read_journal(&path, session).unwrap()
        }
        read => read.unwrap(),
    };
    let ends = entries.into_iter().filter_map(|entry| match entry.record {
        Record::Completed { pipeline, .. } => Some(pipeline),
        _ => None,
    });
    ends.collect()
}

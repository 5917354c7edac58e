//! A session of the reference table in this process, with psrp's client half at its other end.

#![allow(dead_code, unreachable_pub)] // each test file takes what it needs

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clixml::Guid;
use pepd::identity::Principal;
use pepd::session::{Endpoint, OneRole, Services, run};
use psrp::HostInfo;
use psrp::message::{Command, CreatePipeline, PsVersionTable};
use psrp::out_of_process::{Client, ClientEvent};
use psrp::pool::client::{Config, Event, PipelineEnd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use transcript::{Durability, Entry, Journal, read_journal};

/// Nothing here takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Session {
    pub client: Client,
    pub id: Guid,
    stream: DuplexStream,
    directory: tempfile::TempDir,
}

impl Session {
    /// Opened, with a host that can answer and this many runspaces.
    pub async fn open(runspaces: i32) -> Session {
        let directory = tempfile::tempdir().unwrap();
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        let endpoint = Endpoint {
            configuration: "OraclePep".into(),
            table: Arc::new(oracle_pep::table(false)),
            policy: Box::new(OneRole),
            services: Services::default(),
            journal: Arc::new(Journal::open(directory.path(), Durability::Relaxed).unwrap()),
            computer: "SERVER01".into(),
            psrp: Arc::new(psrp::pool::server::Config::new(version_table())),
        };
        let (reader, writer) = tokio::io::split(theirs);
        tokio::spawn(run(Arc::new(endpoint), Principal::of_this_process("operator"), reader, writer));
        let host_info = HostInfo::with_screen(psrp::HostDefaultData::default());
        let config = Config { max_runspaces: runspaces, host_info, ..Config::default() };
        let id = Guid::new_v4();
        let mut session = Session { client: Client::new(config, id), id, stream: ours, directory };
        session.client.open();
        session.until(|event| matches!(event, ClientEvent::Pool(Event::Opened))).await;
        session
    }

    /// Sends a pipeline of these commands.
    pub async fn start(&mut self, commands: Vec<Command>) -> Guid {
        self.start_pipeline(CreatePipeline::new(commands)).await
    }

    pub async fn start_pipeline(&mut self, pipeline: CreatePipeline) -> Guid {
        let id = Guid::new_v4();
        self.client.create_pipeline(id, pipeline).unwrap();
        self.send().await;
        id
    }

    /// Runs it to its end: what it wrote as text, and how it ended.
    pub async fn run(&mut self, commands: Vec<Command>) -> (Vec<String>, PipelineEnd) {
        let id = self.start(commands).await;
        self.finish(id).await
    }

    pub async fn finish(&mut self, pipeline: Guid) -> (Vec<String>, PipelineEnd) {
        let mut output = Vec::new();
        loop {
            match self.next().await {
                ClientEvent::Pool(Event::Output { id, value }) if id == pipeline => {
                    output.push(value.to_invariant_string().to_string());
                }
                ClientEvent::Pool(Event::Finished { id, end }) if id == pipeline => {
                    self.client.close_pipeline(id);
                    self.send().await;
                    return (output, end);
                }
                _ => {}
            }
        }
    }

    pub async fn until(&mut self, wanted: impl Fn(&ClientEvent) -> bool) -> ClientEvent {
        loop {
            let event = self.next().await;
            if wanted(&event) {
                return event;
            }
        }
    }

    pub async fn next(&mut self) -> ClientEvent {
        tokio::time::timeout(PATIENCE, self.next_patiently()).await.expect("the server answers")
    }

    async fn next_patiently(&mut self) -> ClientEvent {
        let mut buffer = [0; 4096];
        loop {
            if let Some(event) = self.client.poll_event() {
                return event;
            }
            self.send().await;
            let count = self.stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "the server hung up");
            self.client.receive(&buffer[..count]).unwrap();
        }
    }

    pub async fn send(&mut self) {
        while let Some(line) = self.client.poll_output() {
            self.stream.write_all(&line).await.unwrap();
        }
    }

    /// Bytes as they are, for a client that breaks the rules.
    pub async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// What the record holds by now.
    pub fn record(&self) -> Vec<Entry> {
        read_journal(&self.journal_path(), &self.id.to_string()).unwrap()
    }

    pub fn journal_path(&self) -> PathBuf {
        let mut files = std::fs::read_dir(self.directory.path()).unwrap();
        files.next().unwrap().unwrap().path()
    }
}

fn version_table() -> PsVersionTable {
    PsVersionTable {
        ps_version: clixml::Version::new(7, 6),
        ps_edition: "Core".into(),
        compatible_versions: Vec::new(),
        more: Vec::new(),
    }
}

/// The id of the error that a pipeline failed with.
pub fn failure(end: &PipelineEnd) -> &str {
    match end {
        PipelineEnd::Failed(error) => &error.fully_qualified_error_id,
        other => panic!("not failed: {other:?}"),
    }
}

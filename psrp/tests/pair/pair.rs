//! Two machines and what went between them.

use std::sync::Arc;

use clixml::{Guid, Plain, Value, Version};
use psrp::fragment::Defragmenter;
use psrp::host_call::{HostCall, HostReply, Size};
use psrp::message::{Body, Command, CreatePipeline, Header, Message, PsVersionTable};
use psrp::pool::{client, server};
use psrp::session_key::SessionKey;
use psrp::{Half, HostDefaultData, HostInfo, ProtocolError, Stream};

pub(crate) const V2_3: Version = Version::new(2, 3);
pub(crate) const V2_4: Version = Version::new(2, 4);
pub(crate) const POOL: Guid = Guid::from_u128(0x16c6_3f8c_0000_4000_8000_0000_0000_00aa);

/// A pipeline's id by its number.
pub(crate) fn pipeline(number: u128) -> Guid {
    Guid::from_u128(0x440f_238b_0000_4000_8000_0000_0000_0000 + number)
}

pub(crate) fn version_table() -> PsVersionTable {
    PsVersionTable {
        ps_version: "7.6.9".parse().unwrap(),
        ps_edition: "Core".into(),
        compatible_versions: vec![Version::new(5, 1), Version::new(7, 0)],
        more: vec![("Platform".into(), "Unix".into())],
    }
}

pub(crate) fn server_config(protocol: Version) -> server::Config {
    server::Config { protocol, ..server::Config::new(version_table()) }
}

pub(crate) fn client_config(protocol: Version) -> client::Config {
    let screen = HostDefaultData::console(Size { width: 100, height: 40 });
    client::Config {
        protocol,
        host_info: HostInfo::with_screen(screen),
        application_arguments: version_table().to_application_arguments(protocol),
        ..client::Config::default()
    }
}

/// A client and a server, and every message between them in order.
pub(crate) struct Pair {
    pub(crate) client: client::RunspacePool,
    pub(crate) server: server::RunspacePool,
    pub(crate) from_client: Vec<Header>,
    pub(crate) from_server: Vec<Header>,
    room: usize,
    client_reads: Reassembly,
    server_reads: Reassembly,
}

impl Pair {
    /// Not opened yet.
    pub(crate) fn new(client: client::Config, server: server::Config) -> Pair {
        Pair {
            client: client::RunspacePool::new(client, POOL),
            server: server::RunspacePool::new(Arc::new(server), SessionKey::new([7; 32])),
            from_client: Vec::new(),
            from_server: Vec::new(),
            room: 32_789,
            client_reads: Reassembly::default(),
            server_reads: Reassembly::default(),
        }
    }

    /// Opened, at this protocol version on both sides.
    pub(crate) fn opened(protocol: Version) -> Pair {
        let mut pair = Pair::new(client_config(protocol), server_config(protocol));
        pair.open();
        pair
    }

    /// Opens it, and drops the events of that.
    pub(crate) fn open(&mut self) {
        self.client.open();
        self.exchange().unwrap();
        assert!(matches!(self.server_events()[..], [server::Event::Opened(_)]));
        assert!(self.client_events().contains(&client::Event::Opened));
    }

    /// Envelopes of this size from now on.
    pub(crate) fn room(mut self, room: usize) -> Pair {
        self.room = room;
        self
    }

    /// Carries everything over until neither side has anything to send.
    pub(crate) fn exchange(&mut self) -> Result<(), ProtocolError> {
        loop {
            let (to_server, to_client) = (self.carry_to_server()?, self.carry_to_client()?);
            if !to_server && !to_client {
                return Ok(());
            }
        }
    }

    pub(crate) fn carry_to_server(&mut self) -> Result<bool, ProtocolError> {
        let mut carried = false;
        while let Some((pipeline, stream, bytes)) = self.client.poll_output(self.room) {
            self.from_client.extend(self.client_reads.headers(pipeline, stream, &bytes));
            self.server.receive(pipeline, stream, &bytes)?;
            carried = true;
        }
        Ok(carried)
    }

    pub(crate) fn carry_to_client(&mut self) -> Result<bool, ProtocolError> {
        let mut carried = false;
        while let Some((pipeline, bytes)) = self.server.poll_output(self.room) {
            self.from_server.extend(self.server_reads.headers(pipeline, Stream::Default, &bytes));
            self.client.receive(pipeline, &bytes)?;
            carried = true;
        }
        Ok(carried)
    }

    pub(crate) fn client_events(&mut self) -> Vec<client::Event> {
        std::iter::from_fn(|| self.client.poll_event()).collect()
    }

    pub(crate) fn server_events(&mut self) -> Vec<server::Event> {
        std::iter::from_fn(|| self.server.poll_event()).collect()
    }

    /// Creates a pipeline and lets the server have it.
    pub(crate) fn create(&mut self, number: u128, pipeline_of: CreatePipeline) -> Box<CreatePipeline> {
        self.client.create_pipeline(pipeline(number), pipeline_of).unwrap();
        self.exchange().unwrap();
        match self.server_events().as_slice() {
            [server::Event::PipelineCreated { id, pipeline: created }] if *id == pipeline(number) => created.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Creates a pipeline of one command.
    pub(crate) fn run(&mut self, number: u128, command: Command) {
        self.create(number, CreatePipeline::new(vec![command]));
    }

    /// Asks the client's host, which answers this.
    pub(crate) fn ask(&mut self, number: u128, call: HostCall, reply: HostReply) -> HostReply {
        let id = pipeline(number);
        let call_id = self.server.host_call(Some(id), call.clone()).unwrap();
        self.exchange().unwrap();
        let asked = client::Event::HostCall { pipeline: Some(id), call_id, call };
        assert_eq!(self.client_events(), [asked]);
        self.client.answer(Some(id), call_id, reply);
        self.exchange().unwrap();
        match self.server_events().pop() {
            Some(server::Event::HostResponse { pipeline, call_id: answered, reply }) => {
                assert_eq!((pipeline, answered), (Some(id), call_id));
                reply
            }
            other => panic!("{other:?}"),
        }
    }

    /// Ends a pipeline and lets the client have it.
    pub(crate) fn finish(&mut self, number: u128, end: server::PipelineEnd) -> Vec<client::Event> {
        self.server.finish_pipeline(pipeline(number), end).unwrap();
        self.exchange().unwrap();
        self.client_events()
    }

    /// The names of the messages that the server has sent so far.
    pub(crate) fn server_said(&self) -> Vec<&'static str> {
        self.from_server.iter().map(|header| header.message_type.name()).collect()
    }
}

/// Puts the messages of one direction together, to look at their headers.
#[derive(Default)]
struct Reassembly(Vec<((Option<Guid>, Stream), Defragmenter)>);

impl Reassembly {
    fn headers(&mut self, pipeline: Option<Guid>, stream: Stream, mut bytes: &[u8]) -> Vec<Header> {
        let key = (pipeline, stream);
        if !self.0.iter().any(|(k, _)| *k == key) {
            self.0.push((key, Defragmenter::default()));
        }
        let (_, defragmenter) = self.0.iter_mut().find(|(k, _)| *k == key).unwrap();
        let mut headers = Vec::new();
        while let Some(message) = defragmenter.next_message(&mut bytes).unwrap() {
            headers.push(Header::parse(&message).unwrap().0);
        }
        headers
    }
}

/// One message as one fragment.
pub(crate) fn fragment(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&1_u64.to_be_bytes()[..], &0_u64.to_be_bytes(), &[3], &length.to_be_bytes(), message].concat()
}

/// A message of a client, as bytes for the server.
pub(crate) fn client_bytes(pipeline: Option<Guid>, body: Body) -> Vec<u8> {
    fragment(&Message { pool: POOL, pipeline, body }.encode(Half::Server, &Plain))
}

/// A message of a server, as bytes for the client.
pub(crate) fn server_bytes(pipeline: Option<Guid>, body: Body) -> Vec<u8> {
    fragment(&Message { pool: POOL, pipeline, body }.encode(Half::Client, &Plain))
}

/// A secure string.
pub(crate) fn secret(text: &str) -> Value {
    Value::SecureString(clixml::SecureString::new(text))
}

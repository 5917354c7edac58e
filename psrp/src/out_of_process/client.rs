use std::collections::VecDeque;

use bytes::Bytes;
use clixml::Guid;

use super::{FRAGMENT, FramingError, Packet, PacketKind, PacketReader};
use crate::message::{CreatePipeline, GetCommandMetadata};
use crate::pool::client::{Config, Event, RunspacePool};
use crate::{ProtocolError, SendError};

/// The client's end of a pair of pipes: a [`RunspacePool`] and the lines around it.
///
/// It sends one `Data` a target and waits for its acknowledgement before the next: real servers work on each line in a thread of
/// its own, and two lines of one pipeline could overtake each other.
#[derive(Debug)]
pub struct Client {
    pool: RunspacePool,
    reader: PacketReader,
    events: VecDeque<ClientEvent>,
    lanes: Vec<Lane>,
    broken: bool,
}

/// What a server did.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "nearly every event is of the large kind")]
pub enum ClientEvent {
    /// Something that concerns the pool or a pipeline.
    Pool(Event),
    /// `SignalAck`.
    SignalAcknowledged {
        /// Of the pipeline.
        id: Guid,
    },
    /// `CloseAck` of a pipeline: it is gone.
    PipelineClosed {
        /// Of the pipeline.
        id: Guid,
    },
    /// `CloseAck` of the session: nothing more will come.
    SessionClosed,
}

/// What is under way to the session (`None`) or to a pipeline.
#[derive(Debug)]
struct Lane {
    id: Option<Guid>,
    /// `Command` is to be sent, or was sent and not yet acknowledged.
    command: Step,
    /// A `Data` is not acknowledged yet.
    data_under_way: bool,
    signal: bool,
    close: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing to do, or all done.
    None,
    Wanted,
    Sent,
}

impl Client {
    /// A session that is not open yet; `id` must be new.
    pub fn new(config: Config, id: Guid) -> Client {
        let session = Lane { id: None, command: Step::None, ..Lane::new(None) };
        Client {
            pool: RunspacePool::new(config, id),
            reader: PacketReader::default(),
            events: VecDeque::new(),
            lanes: vec![session],
            broken: false,
        }
    }

    /// The pool, to send through. Create, stop and close pipelines and the session here instead, for the lines that go with it.
    pub fn pool(&mut self) -> &mut RunspacePool {
        &mut self.pool
    }

    /// Opens the session.
    pub fn open(&mut self) {
        self.pool.open();
    }

    /// Creates a pipeline under a new id.
    pub fn create_pipeline(&mut self, id: Guid, pipeline: CreatePipeline) -> Result<(), SendError> {
        self.pool.create_pipeline(id, pipeline)?;
        self.lanes.push(Lane::new(Some(id)));
        Ok(())
    }

    /// Asks for commands under a new id.
    pub fn get_command_metadata(&mut self, id: Guid, request: GetCommandMetadata) -> Result<(), SendError> {
        self.pool.get_command_metadata(id, request)?;
        self.lanes.push(Lane::new(Some(id)));
        Ok(())
    }

    /// `Signal`: stops a pipeline.
    pub fn stop_pipeline(&mut self, id: Guid) {
        self.pool.stop_pipeline(id);
        if let Some(lane) = self.lane(Some(id)) {
            lane.signal = true;
        }
    }

    /// `Close` of a pipeline: after its end, or instead of it.
    pub fn close_pipeline(&mut self, id: Guid) {
        if let Some(lane) = self.lane(Some(id)).filter(|lane| lane.close == Step::None) {
            lane.close = Step::Wanted;
        }
    }

    /// `Close` of the session.
    pub fn close_session(&mut self) {
        if let Some(lane) = self.lane(None).filter(|lane| lane.close == Step::None) {
            lane.close = Step::Wanted;
        }
    }

    /// Takes bytes from the server. An error means that it broke the protocol: hang up.
    pub fn receive(&mut self, mut bytes: &[u8]) -> Result<(), ProtocolError> {
        while !self.broken {
            match self.reader.next_packet(&mut bytes) {
                Ok(Some(packet)) => self.receive_packet(packet)?,
                Ok(None) => break,
                Err(error) => return self.break_off(error.into()),
            }
        }
        Ok(())
    }

    /// What the server did next.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }

    /// The next line to send.
    pub fn poll_output(&mut self) -> Option<Bytes> {
        let pipelines_close = self.lanes.iter().any(|lane| lane.id.is_some() && lane.close == Step::Wanted);
        for lane in &mut self.lanes {
            if lane.id.is_none() && pipelines_close {
                continue; // the session goes last
            }
            if let Some(kind) = lane.next_control() {
                let packet = Packet::new(lane.id, kind);
                if packet.kind == PacketKind::Close {
                    lane.close = Step::Sent;
                }
                return Some(packet.to_line());
            }
        }
        for target in self.pool.targets() {
            let Some(lane) = self.lanes.iter_mut().find(|lane| lane.id == target.pipeline) else { continue };
            if !lane.may_send_data() {
                continue;
            }
            let data = self.pool.poll_output_for(target.pipeline, target.stream, FRAGMENT)?;
            lane.data_under_way = true;
            return Some(Packet::new(target.pipeline, PacketKind::Data(target.stream, data)).to_line());
        }
        None
    }

    fn lane(&mut self, id: Option<Guid>) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.id == id)
    }

    fn receive_packet(&mut self, packet: Packet) -> Result<(), ProtocolError> {
        let Packet { id, kind } = packet;
        match kind {
            PacketKind::Data(_, bytes) => {
                let received = self.pool.receive(id, &bytes);
                self.take_pool_events();
                return received;
            }
            PacketKind::DataAck => {
                if let Some(lane) = self.lane(id) {
                    lane.data_under_way = false;
                }
            }
            PacketKind::CommandAck => {
                if let Some(lane) = self.lane(id) {
                    lane.command = Step::None;
                }
            }
            PacketKind::SignalAck => {
                self.events.extend(id.map(|id| ClientEvent::SignalAcknowledged { id }));
            }
            PacketKind::CloseAck => match id {
                Some(id) => {
                    self.pool.close_pipeline(id);
                    self.lanes.retain(|lane| lane.id != Some(id));
                    self.events.push_back(ClientEvent::PipelineClosed { id });
                }
                None => self.events.push_back(ClientEvent::SessionClosed),
            },
            PacketKind::Command => return self.unexpected("Command"),
            PacketKind::Close => return self.unexpected("Close"),
            PacketKind::Signal => return self.unexpected("Signal"),
        }
        Ok(())
    }

    fn unexpected(&mut self, element: &'static str) -> Result<(), ProtocolError> {
        self.break_off(FramingError::Unexpected { element }.into())
    }

    fn break_off(&mut self, error: ProtocolError) -> Result<(), ProtocolError> {
        self.broken = true;
        self.pool.break_off(error.clone());
        self.take_pool_events();
        Err(error)
    }

    fn take_pool_events(&mut self) {
        self.events.extend(std::iter::from_fn(|| self.pool.poll_event()).map(ClientEvent::Pool));
    }
}

impl Lane {
    fn new(id: Option<Guid>) -> Lane {
        Lane { id, command: Step::Wanted, data_under_way: false, signal: false, close: Step::None }
    }

    /// `Command` goes before everything; `Close` waits for the data before it.
    fn next_control(&mut self) -> Option<PacketKind> {
        match self.command {
            Step::Wanted => {
                self.command = Step::Sent;
                return Some(PacketKind::Command);
            }
            Step::Sent => return None,
            Step::None => {}
        }
        if std::mem::take(&mut self.signal) {
            return Some(PacketKind::Signal);
        }
        (self.close == Step::Wanted && !self.data_under_way).then_some(PacketKind::Close)
    }

    fn may_send_data(&self) -> bool {
        self.command == Step::None && !self.data_under_way && self.close == Step::None
    }
}

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use clixml::Guid;

use super::{FRAGMENT, FramingError, Packet, PacketKind, PacketReader};
use crate::ProtocolError;
use crate::pool::server::{Config, Event, RunspacePool};
use crate::session_key::SessionKey;

/// The server's end of a pair of pipes: a [`RunspacePool`] and the lines around it.
///
/// It acknowledges everything by itself. The answers to `Signal` and `Close` wait until the pool's owner has ended the pipeline
/// ([`RunspacePool::finish_pipeline`]) or the pool ([`RunspacePool::close_pool`]), so that they come after the last message.
#[derive(Debug)]
pub struct Server {
    pool: RunspacePool,
    reader: PacketReader,
    events: VecDeque<ServerEvent>,
    acks: VecDeque<Ack>,
    waiting: Vec<Packet>,
    broken: bool,
    closed: bool,
}

/// What a client did.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "nearly every event is of the large kind")]
pub enum ServerEvent {
    /// Something that concerns the pool or a pipeline.
    Pool(Event),
    /// Stop this pipeline, then end it as `Stopped`.
    Signal {
        /// Of the pipeline, which runs.
        id: Guid,
    },
    /// The client wants no more of this pipeline: stop it, then end it as `Stopped`.
    ClosePipeline {
        /// Of the pipeline, which runs.
        id: Guid,
    },
    /// The client leaves: stop everything, then close the pool.
    CloseSession,
}

/// An acknowledgement that goes out once every message up to this object id has gone out.
#[derive(Debug)]
struct Ack {
    after: u64,
    packet: Packet,
}

impl Server {
    /// A session that waits for a client.
    pub fn new(config: Arc<Config>, session_key: SessionKey) -> Server {
        Server {
            pool: RunspacePool::new(config, session_key),
            reader: PacketReader::default(),
            events: VecDeque::new(),
            acks: VecDeque::new(),
            waiting: Vec::new(),
            broken: false,
            closed: false,
        }
    }

    /// The pool, to send through.
    pub fn pool(&mut self) -> &mut RunspacePool {
        &mut self.pool
    }

    /// Takes bytes from the client. An error means that it broke the protocol: send what waits, then hang up.
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

    /// What the client did next.
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        let event = self.events.pop_front();
        if self.events.is_empty() {
            self.events = VecDeque::new(); // an idle session holds nothing
        }
        event
    }

    /// The next line to send.
    pub fn poll_output(&mut self) -> Option<Bytes> {
        self.acknowledge_what_ended();
        let next_message = self.pool.oldest_output().unwrap_or(u64::MAX);
        if self.acks.front().is_some_and(|ack| ack.after < next_message) {
            let Ack { packet, .. } = self.acks.pop_front()?;
            if self.acks.is_empty() {
                self.acks = VecDeque::new();
            }
            self.acknowledged(&packet);
            return Some(packet.to_line());
        }
        let (id, fragment) = self.pool.poll_output(FRAGMENT)?;
        Some(Packet::new(id, PacketKind::Data(crate::Stream::Default, fragment)).to_line())
    }

    /// Has the last line been taken, after which a client expects nothing more?
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn receive_packet(&mut self, packet: Packet) -> Result<(), ProtocolError> {
        let Packet { id, kind } = packet;
        match (kind, id) {
            (PacketKind::Data(stream, bytes), id) => {
                let known = id.is_none_or(|id| self.pool.is_known(id));
                let received = if known { self.pool.receive(id, stream, &bytes) } else { Ok(()) };
                self.events.extend(std::iter::from_fn(|| self.pool.poll_event()).map(ServerEvent::Pool));
                self.acknowledge(Packet::new(id, PacketKind::DataAck));
                received
            }
            (PacketKind::Command, Some(id)) => {
                if let Err(error) = self.pool.announce_pipeline(id) {
                    return self.break_off(error);
                }
                self.acknowledge(Packet::new(Some(id), PacketKind::CommandAck));
                Ok(())
            }
            (PacketKind::Signal, Some(id)) => {
                self.end(Packet::new(Some(id), PacketKind::SignalAck), ServerEvent::Signal { id });
                Ok(())
            }
            (PacketKind::Close, Some(id)) => {
                self.end(Packet::new(Some(id), PacketKind::CloseAck), ServerEvent::ClosePipeline { id });
                Ok(())
            }
            (PacketKind::Close, None) => {
                self.end(Packet::new(None, PacketKind::CloseAck), ServerEvent::CloseSession);
                Ok(())
            }
            (PacketKind::Command, None) => self.unexpected("Command"),
            (PacketKind::Signal, None) => self.unexpected("Signal"),
            (PacketKind::DataAck, _) => self.unexpected("DataAck"),
            (PacketKind::CommandAck, _) => self.unexpected("CommandAck"),
            (PacketKind::CloseAck, _) => self.unexpected("CloseAck"),
            (PacketKind::SignalAck, _) => self.unexpected("SignalAck"),
        }
    }

    fn unexpected(&mut self, element: &'static str) -> Result<(), ProtocolError> {
        self.break_off(FramingError::Unexpected { element }.into())
    }

    fn break_off(&mut self, error: ProtocolError) -> Result<(), ProtocolError> {
        self.broken = true;
        self.pool.break_off(error.clone());
        self.events.extend(std::iter::from_fn(|| self.pool.poll_event()).map(ServerEvent::Pool));
        Err(error)
    }

    /// Answers at once if there is nothing to end; else the owner hears of it, once, and the answer waits.
    fn end(&mut self, ack: Packet, event: ServerEvent) {
        if !self.is_going_on(ack.id) {
            self.acknowledge(ack);
        } else if !self.waiting.contains(&ack) {
            self.waiting.push(ack);
            self.events.push_back(event);
        }
    }

    fn is_going_on(&self, id: Option<Guid>) -> bool {
        match id {
            Some(id) => self.pool.is_running(id),
            None => !self.pool.state().is_final(),
        }
    }

    fn acknowledge(&mut self, packet: Packet) {
        self.acks.push_back(Ack { after: self.pool.newest_output(), packet });
    }

    fn acknowledge_what_ended(&mut self) {
        for packet in std::mem::take(&mut self.waiting) {
            if self.is_going_on(packet.id) {
                self.waiting.push(packet);
            } else {
                self.acknowledge(packet);
            }
        }
    }

    fn acknowledged(&mut self, packet: &Packet) {
        match packet {
            Packet { id: Some(id), kind: PacketKind::CloseAck } => self.pool.close_pipeline(*id),
            Packet { id: None, kind: PacketKind::CloseAck } => self.closed = true,
            _ => {}
        }
    }
}

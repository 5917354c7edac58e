//! Messages that wait to be sent, in the order in which they were made, and fragmented only when there is room for them.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use clixml::Guid;

use crate::Stream;
use crate::fragment::{Fragmenter, Fragments};

/// Where bytes go: to the pool or to a pipeline, on one of its streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The pool, or a pipeline.
    pub pipeline: Option<Guid>,
    /// Always [`Stream::Default`] from a server.
    pub stream: Stream,
}

/// One queue a target: fragments of two messages never mix on a stream.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    fragmenter: Fragmenter,
    lanes: Vec<Lane>,
}

#[derive(Debug)]
struct Lane {
    target: Target,
    messages: VecDeque<Fragments>,
}

impl Outbox {
    pub(crate) fn push(&mut self, target: Target, message: Vec<u8>) {
        let fragments = self.fragmenter.begin(message.into());
        match self.lanes.iter_mut().find(|lane| lane.target == target) {
            Some(lane) => lane.messages.push_back(fragments),
            None => self.lanes.push(Lane { target, messages: VecDeque::from([fragments]) }),
        }
    }

    /// The oldest message, or as much of it as `room` bytes hold.
    pub(crate) fn poll(&mut self, room: usize) -> Option<(Target, Bytes)> {
        let lane = self.lanes.iter_mut().min_by_key(|lane| lane.oldest())?;
        let target = lane.target;
        let mut out = BytesMut::new();
        lane.messages.front_mut()?.write(room, &mut out);
        self.clear_sent();
        (!out.is_empty()).then(|| (target, out.freeze()))
    }

    /// As many messages of this target as `room` bytes hold.
    pub(crate) fn poll_for(&mut self, target: Target, room: usize) -> Option<Bytes> {
        let lane = self.lanes.iter_mut().find(|lane| lane.target == target)?;
        let mut out = BytesMut::new();
        for message in &mut lane.messages {
            message.write(room.saturating_sub(out.len()), &mut out);
            if !message.is_done() {
                break;
            }
        }
        self.clear_sent();
        (!out.is_empty()).then(|| out.freeze())
    }

    fn clear_sent(&mut self) {
        for lane in &mut self.lanes {
            while lane.messages.front().is_some_and(Fragments::is_done) {
                lane.messages.pop_front();
            }
        }
        self.lanes.retain(|lane| !lane.messages.is_empty());
        if self.lanes.is_empty() {
            self.lanes = Vec::new(); // an idle pool holds nothing
        }
    }

    /// The targets that something waits for, the one with the oldest message first.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let mut lanes: Vec<&Lane> = self.lanes.iter().collect();
        lanes.sort_by_key(|lane| lane.oldest());
        lanes.into_iter().map(|lane| lane.target).collect()
    }

    /// The object id of the oldest message that waits.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.lanes.iter().map(Lane::oldest).min()
    }

    /// The object id of the last message that was put in.
    pub(crate) fn newest(&self) -> u64 {
        self.fragmenter.last_object_id()
    }

    /// Bytes of messages that wait for this target.
    pub(crate) fn waiting(&self, target: Target) -> usize {
        let lane = self.lanes.iter().find(|lane| lane.target == target);
        lane.map_or(0, |lane| lane.messages.iter().map(Fragments::remaining).sum())
    }

    /// Takes back a message of which nothing was sent.
    pub(crate) fn withdraw(&mut self, object_id: u64) {
        for lane in &mut self.lanes {
            lane.messages.retain(|message| message.object_id() != object_id || message.is_begun());
        }
        self.clear_sent();
    }

    /// Forgets what waits for a pipeline.
    pub(crate) fn forget(&mut self, pipeline: Guid) {
        self.lanes.retain(|lane| lane.target.pipeline != Some(pipeline));
    }
}

impl Lane {
    fn oldest(&self) -> u64 {
        self.messages.front().map_or(u64::MAX, Fragments::object_id)
    }
}

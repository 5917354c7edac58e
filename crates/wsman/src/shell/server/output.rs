use std::collections::VecDeque;

use bytes::Bytes;

use super::event::{ExchangeId, Output, Room};
use super::repeats::RepeatKey;
use super::ticket::TicketId;

/// The output of a shell or a command that waits for its client.
#[derive(Debug, Default)]
pub(super) struct OutputQueue {
    pieces: VecDeque<Piece>,
    bytes: usize,
    /// The producer was told to wait.
    full: bool,
    /// Counts what was written, so that messages are lost whole.
    written: u64,
    /// What of was sent last: it may not be lost any more.
    sent: u64,
    /// The Receive that waits.
    pub(super) parked: Option<TicketId>,
    /// What was given to a connection and may come back.
    pub(super) given: Option<Given>,
    /// The last Receive: the next one says that its answer arrived.
    pub(super) last_receive: Option<RepeatKey>,
    /// Whether anything follows.
    pub(super) end: End,
    /// The command waits for the client, and the client has not been told.
    pub(super) pending: bool,
}

/// Whether anything follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum End {
    /// More may follow.
    #[default]
    Open,
    /// All is written.
    Written,
    /// The client has been told so.
    Told,
}

#[derive(Debug)]
struct Piece {
    data: Bytes,
    message: u64,
    droppable: bool,
}

/// What was given to a connection.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) exchange: ExchangeId,
    pub(super) key: RepeatKey,
    pub(super) data: Vec<Bytes>,
    /// With the word that nothing follows.
    pub(super) done: bool,
}

impl OutputQueue {
    /// Takes output. With `lossy` the oldest makes room for it.
    pub(super) fn write(&mut self, output: Output, high: usize, lossy: bool) {
        self.written += 1;
        for data in output.fragments {
            self.bytes += data.len();
            self.pieces.push_back(Piece { data, message: self.written, droppable: output.droppable });
        }
        self.pending |= output.pending;
        if output.last {
            self.end = End::Written;
        }
        if lossy {
            self.lose(high);
        }
    }

    /// Whether the producer, who has just written, is to wait.
    pub(super) fn room(&mut self, high: usize) -> Room {
        self.full = self.bytes > high;
        if self.full { Room::Full } else { Room::Open }
    }

    /// Loses whole messages, the oldest first, until the rest fits. What was sent in part stays.
    pub(super) fn lose(&mut self, high: usize) {
        while self.bytes > high {
            let sent = self.sent;
            let oldest = self.pieces.iter().find(|piece| piece.droppable && piece.message != sent);
            let Some(message) = oldest.map(|piece| piece.message) else { break };
            let bytes = &mut self.bytes;
            self.pieces.retain(|piece| {
                let keep = piece.message != message;
                if !keep {
                    *bytes -= piece.data.len();
                }
                keep
            });
        }
    }

    /// Nothing more will be written.
    pub(super) fn is_finished(&self) -> bool {
        self.end != End::Open
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The first pieces, as many as fit; one that never fits is divided.
    pub(super) fn take(&mut self, room: usize) -> Vec<Bytes> {
        let mut taken = Vec::new();
        let mut left = room;
        while let Some(piece) = self.pieces.front_mut() {
            self.sent = piece.message;
            if piece.data.len() <= left {
                left -= piece.data.len();
                self.bytes -= piece.data.len();
                taken.extend(self.pieces.pop_front().map(|piece| piece.data));
            } else {
                if taken.is_empty() {
                    self.bytes -= left;
                    taken.push(piece.data.split_to(left));
                }
                break;
            }
        }
        taken
    }

    /// Puts back what did not arrive.
    pub(super) fn put_back(&mut self, data: Vec<Bytes>) {
        for data in data.into_iter().rev() {
            self.bytes += data.len();
            self.pieces.push_front(Piece { data, message: 0, droppable: false });
        }
    }

    /// Whether the producer, who waits, may go on. It is told once.
    pub(super) fn drained(&mut self, low: usize) -> bool {
        let drained = self.full && self.bytes <= low;
        if drained {
            self.full = false;
        }
        drained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fragments: &[&'static str], droppable: bool) -> Output {
        Output {
            fragments: fragments.iter().map(|f| Bytes::from_static(f.as_bytes())).collect(),
            droppable,
            ..Output::default()
        }
    }

    fn all(queue: &mut OutputQueue) -> String {
        let data = queue.take(1000).concat();
        String::from_utf8(data).unwrap()
    }

    #[test]
    fn w_078_what_is_lost_is_whole_messages_the_oldest_first() {
        let mut queue = OutputQueue::default();
        queue.write(message(&["aa", "aa"], true), 10, true);
        queue.write(message(&["STATE"], false), 10, true);
        queue.write(message(&["bb"], true), 10, true);
        assert_eq!(queue.bytes(), 7);
        assert_eq!(all(&mut queue), "STATEbb");
    }

    #[test]
    fn w_078_a_message_that_was_sent_in_part_is_not_lost() {
        let mut queue = OutputQueue::default();
        queue.write(message(&["aa", "AA"], true), 6, true);
        assert_eq!(queue.take(2), ["aa"]);
        queue.write(message(&["bbbb"], true), 6, true);
        queue.write(message(&["cccc"], true), 6, true);
        assert_eq!(all(&mut queue), "AAcccc");
    }

    #[test]
    fn w_078_a_producer_waits_and_is_told_once_when_it_may_go_on() {
        let mut queue = OutputQueue::default();
        queue.write(message(&["aaaa"], true), 5, false);
        assert_eq!(queue.room(5), Room::Open);
        queue.write(message(&["bbbb"], true), 5, false);
        assert_eq!(queue.room(5), Room::Full);
        assert!(!queue.drained(4));
        queue.take(4);
        assert!(queue.drained(4));
        assert!(!queue.drained(4));
    }

    #[test]
    fn w_016_what_comes_back_comes_first() {
        let mut queue = OutputQueue::default();
        queue.write(message(&["aa", "bb", "cc"], true), 100, false);
        let taken = queue.take(4);
        assert_eq!(taken, ["aa", "bb"]);
        queue.put_back(taken);
        assert_eq!(queue.take(3), ["aa"]);
        assert_eq!(all(&mut queue), "bbcc");
    }

    #[test]
    fn w_098_only_a_piece_that_never_fits_is_divided() {
        let mut queue = OutputQueue::default();
        queue.write(message(&["aaa", "bbbbbbb"], true), 100, false);
        assert_eq!(queue.take(5), ["aaa"]);
        assert_eq!(queue.take(5), ["bbbbb"]);
        assert_eq!(queue.take(5), ["bb"]);
        assert_eq!(queue.bytes(), 0);
    }
}

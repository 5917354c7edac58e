//! Somebody outside the record who is told of its signed checkpoints, so that a record which was cut is found out by what he heard.

use std::time::{Duration, Instant};

/// Tells a witness: its argument is a signed checkpoint as it stands in the log. It must not wait for anything.
pub type Tell = Box<dyn FnMut(&str) + Send>;

/// A witness, and how often he is told.
pub struct Witness {
    tell: Tell,
    every: Duration,
    told: Option<Instant>,
    /// A checkpoint that came too soon after the last.
    untold: Option<String>,
}

impl Witness {
    /// Told of each checkpoint with which a session is over, and of others at most once in so long; zero tells of every one.
    pub fn new(every: Duration, tell: Tell) -> Witness {
        Witness { tell, every, told: None, untold: None }
    }

    /// A new checkpoint is on the disk. Each vouches for all that were before it, so one that is left out is not missed.
    pub(crate) fn sealed(&mut self, line: &str, closes: bool) {
        if closes {
            self.say(line);
        } else {
            self.untold = Some(line.to_owned());
            self.remind();
        }
    }

    /// Some time has passed.
    pub(crate) fn remind(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= self.every)
            && let Some(line) = self.untold.take()
        {
            self.say(&line);
        }
    }

    /// The daemon ends: what he has not heard, he hears now.
    pub(crate) fn last(&mut self) {
        if let Some(line) = self.untold.take() {
            self.say(&line);
        }
    }

    fn say(&mut self, line: &str) {
        self.untold = None;
        self.told = Some(Instant::now());
        (self.tell)(line);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn the_end_of_a_session_is_told_at_once_and_the_rest_when_its_time_has_come() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        let mut witness =
            Witness::new(Duration::from_hours(1), Box::new(move |line| ears.lock().unwrap().push(line.to_owned())));
        witness.sealed("first", false);
        witness.sealed("second", false);
        witness.remind();
        witness.sealed("closes", true);
        witness.remind();
        witness.sealed("third", false);
        witness.last();
        assert_eq!(*heard.lock().unwrap(), ["first", "closes", "third"]);
    }
}

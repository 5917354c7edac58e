//! What a command says beside its output goes to the client's screen by a host call and to its streams as a record: it was said once.

use std::collections::VecDeque;

/// By which way a line came to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By a call of its host.
    Host,
    /// As a record of a stream.
    Stream,
}

/// The lines of a pipeline that came by one way only so far.
#[derive(Debug, Default)]
pub(crate) struct Echoes(VecDeque<(Way, String)>);

/// So many lines may come by one way before they come by the other.
const ECHOES: usize = 64;

impl Echoes {
    /// Was this line not said by the other way before?
    pub(crate) fn is_new(&mut self, way: Way, line: &str) -> bool {
        let line = line.trim_end();
        if let Some(at) = self.0.iter().position(|(other, said)| *other != way && said == line) {
            self.0.remove(at);
            return false;
        }
        if self.0.len() == ECHOES {
            self.0.pop_front();
        }
        self.0.push_back((way, line.to_owned()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_came_by_both_ways_was_said_once_and_one_that_came_twice_by_one_way_twice() {
        let mut echoes = Echoes::default();
        assert!(echoes.is_new(Way::Host, "a") && !echoes.is_new(Way::Stream, "a "));
        assert!(echoes.is_new(Way::Host, "a") && echoes.is_new(Way::Host, "a"));
        assert!(
            !echoes.is_new(Way::Stream, "a") && !echoes.is_new(Way::Stream, "a") && echoes.is_new(Way::Stream, "a")
        );
    }
}

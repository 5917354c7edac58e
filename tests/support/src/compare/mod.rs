//! What a server said in two recordings of the same client actions, laid side by side.

mod allowed;
mod conversation;
mod flatten;

pub use allowed::{Allowed, Difference, ScreenRule};
pub use conversation::{Group, conversation};
pub use flatten::flatten;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::capture::Message;

/// One thing that the two recordings do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The pipeline, by its command line; `pool` for the session itself.
    pub pipeline: String,
    /// The message: its type, with the state or the host method.
    pub message: String,
    /// `- …` what only the first recording has, `+ …` what only the second has.
    pub line: String,
}

/// Compares the server's half of two conversations.
pub fn compare(first: &[Group], second: &[Group]) -> Vec<Delta> {
    Comparison::default().groups(first, second)
}

/// The same, where the second client's scripts stood in the directory `place`: errors quote their paths.
pub fn compare_from(place: &str, first: &[Group], second: &[Group]) -> Vec<Delta> {
    Comparison { place: Some(place.to_owned()), deltas: Vec::new() }.groups(first, second)
}

/// Where the scripts stood when the recordings were made.
pub const RECORDED_PLACE: &str = "/srv/oracle/client/scenarios";

#[derive(Default)]
struct Comparison {
    place: Option<String>,
    deltas: Vec<Delta>,
}

impl Comparison {
    fn groups(mut self, first: &[Group], second: &[Group]) -> Vec<Delta> {
        let [labels, others] = [first, second].map(|groups| groups.iter().map(|g| g.label.clone()).collect::<Vec<_>>());
        for op in capture_diff_slices(Algorithm::Myers, &labels, &others) {
            let (a, b) = (&first[op.old_range()], &second[op.new_range()]);
            if a.len() == b.len() {
                a.iter().zip(b).for_each(|(a, b)| self.group(a, b));
            } else {
                for (sign, groups) in [('-', a), ('+', b)] {
                    groups.iter().for_each(|group| self.note(&group.label, "", sign, "the whole pipeline"));
                }
            }
        }
        self.deltas
    }

    fn group(&mut self, first: &Group, second: &Group) {
        let [kinds, others] = [first, second].map(Group::kinds);
        for op in capture_diff_slices(Algorithm::Myers, &kinds, &others) {
            let (a, b) = (&first.messages[op.old_range()], &second.messages[op.new_range()]);
            if let DiffOp::Equal { .. } = op {
                a.iter().zip(b).for_each(|(a, b)| self.message(&first.label, a, b));
                continue;
            }
            for (sign, messages) in [('-', a), ('+', b)] {
                for message in messages {
                    let text = format!("the whole message: {}", conversation::gist(message));
                    self.note(&first.label, &conversation::kind(message), sign, &text);
                }
            }
        }
    }

    /// One for one: a line that stands twice here and once there is a difference.
    fn message(&mut self, pipeline: &str, first: &Message, second: &Message) {
        let lines = |message: &Message| message.body.as_ref().map_or_else(Vec::new, flatten);
        let (mut real, mut ours) = (Vec::new(), lines(second));
        if let Some(place) = &self.place {
            ours.iter_mut().for_each(|line| *line = line.replace(place.as_str(), RECORDED_PLACE));
        }
        for line in lines(first) {
            match ours.iter().position(|other| *other == line) {
                Some(at) => drop(ours.remove(at)),
                None => real.push(line),
            }
        }
        let kind = conversation::kind(first);
        real.iter().for_each(|line| self.note(pipeline, &kind, '-', line));
        ours.iter().for_each(|line| self.note(pipeline, &kind, '+', line));
    }

    fn note(&mut self, pipeline: &str, message: &str, sign: char, text: &str) {
        let (pipeline, message) = (pipeline.to_owned(), message.to_owned());
        self.deltas.push(Delta { pipeline, message, line: format!("{sign} {text}") });
    }
}

/// The differences as text, under their pipelines and messages.
pub fn report(deltas: &[Delta]) -> String {
    let (mut lines, mut before) = (Vec::new(), None);
    for delta in deltas.iter().take(400) {
        let place = (&delta.pipeline, &delta.message);
        if before.replace(place) != Some(place) {
            lines.push(format!("## {} · {}", shown(&delta.pipeline, 160), delta.message));
        }
        lines.push(format!("    {}", shown(&delta.line, 400)));
    }
    lines.join("\n")
}

/// Where two lists of lines part: `-` what was wanted, `+` what was seen. Empty if they are equal.
pub fn lines_apart(what: &str, wanted: &[String], seen: &[String]) -> String {
    let mut lines = vec![format!("== {what}")];
    for op in capture_diff_slices(Algorithm::Myers, wanted, seen) {
        if !matches!(op, DiffOp::Equal { .. }) {
            lines.extend(wanted[op.old_range()].iter().map(|line| format!("- {line}")));
            lines.extend(seen[op.new_range()].iter().map(|line| format!("+ {line}")));
        }
    }
    if lines.len() == 1 { String::new() } else { lines.join("\n") + "\n" }
}

fn shown(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().replace('\n', "\\n")
}

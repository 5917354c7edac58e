//! Where pepd answers otherwise on purpose: each difference with its reason, and exactly what differs.

use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;

use regex::Regex;
use serde::Deserialize;

use super::Delta;
use crate::machine;

/// The differences of `fixtures/oracle/differences.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// All of them, in the file's order.
    #[serde(rename = "difference")]
    pub differences: Vec<Difference>,
}

/// One difference, as a user would tell it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// What a real server does.
    pub real: String,
    /// What pepd does.
    pub ours: String,
    /// Why.
    pub reason: String,
    /// Where it shows in messages.
    #[serde(default)]
    pub message: Vec<MessageRule>,
    /// Where it shows on screens and in what clients print.
    #[serde(default)]
    pub screen: Vec<ScreenRule>,
    /// Where a client races with what it is sent.
    #[serde(default)]
    pub race: Vec<RaceRule>,
}

/// Lines of a message, or whole messages, that may differ.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageRule {
    #[serde(default, with = "pattern")]
    capture: Option<Regex>,
    #[serde(default, with = "pattern")]
    pipeline: Option<Regex>,
    #[serde(default, with = "pattern")]
    message: Option<Regex>,
    #[serde(default, with = "pattern")]
    line: Option<Regex>,
    /// Shows only with a live client, which goes on otherwise than the recorded one did.
    #[serde(default)]
    live: bool,
    #[serde(skip)]
    used: Cell<bool>,
}

/// What a line, or the whole text after a step, reads with pepd.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenRule {
    #[serde(default, with = "pattern")]
    capture: Option<Regex>,
    /// The step, as `send Clear-Host`.
    #[serde(default, with = "pattern")]
    step: Option<Regex>,
    /// What a real server's users see: `(?s)` patterns may span lines.
    #[serde(default, with = "pattern")]
    real: Option<Regex>,
    /// What pepd's users see instead; `$1` is a group of `real`.
    ours: String,
    #[serde(skip)]
    used: Cell<bool>,
}

/// What a client prints or not, by how soon an answer comes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RaceRule {
    #[serde(default, with = "pattern")]
    capture: Option<Regex>,
    /// What it prints if the answer comes soon.
    #[serde(default, with = "pattern")]
    soon: Option<Regex>,
    /// What the recorded client printed.
    recorded: String,
}

impl Allowed {
    /// Reads the file of the repository.
    pub fn load() -> Allowed {
        let path = machine::repository().join("fixtures/oracle/differences.toml");
        toml::from_str(&fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("differences.toml: {error}"))
    }

    /// The differences that nothing allows.
    pub fn unexplained(&self, capture: &str, deltas: Vec<Delta>) -> Vec<Delta> {
        let rules = || self.differences.iter().flat_map(|difference| &difference.message);
        deltas.into_iter().filter(|delta| !rules().any(|rule| rule.allows(capture, delta))).collect()
    }

    /// What a step of a recorded screen reads with pepd.
    pub fn predicted(&self, capture: &str, step: &str, seen: &[String]) -> Vec<String> {
        let rules = self.differences.iter().flat_map(|difference| &difference.screen);
        let text = rules.fold(seen.join("\n"), |text, rule| rule.rewrite(capture, step, text));
        lines(&text)
    }

    /// What a client printed, as if it had lost each race that the recorded one lost.
    pub fn settled(&self, capture: &str, printed: &[String]) -> Vec<String> {
        let races = self.differences.iter().flat_map(|difference| &difference.race);
        let races = races.filter(|race| matches(race.capture.as_ref(), capture));
        let text = races.fold(printed.join("\n"), |text, race| match &race.soon {
            Some(soon) => soon.replace_all(&text, race.recorded.as_str()).into_owned(),
            None => text,
        });
        lines(&text)
    }

    /// What nothing has needed since the file was read: stale, if the recordings of these names were all compared.
    pub fn unused(&self, captures: &[&str]) -> Vec<String> {
        let concerned = |capture: &Option<Regex>| captures.iter().any(|name| matches(capture.as_ref(), name));
        let messages = |difference: &Difference| {
            difference.message.iter().any(|rule| concerned(&rule.capture) && !rule.used.get() && !rule.live)
        };
        let screens =
            |difference: &Difference| difference.screen.iter().any(|rule| concerned(&rule.capture) && !rule.used.get());
        let stale = self.differences.iter().filter(|difference| messages(difference) || screens(difference));
        stale.map(|difference| difference.real.clone()).collect()
    }

    /// The table of `docs/differences.md`.
    pub fn table(&self) -> String {
        let mut table = "| A real server | pepd | Why |\n|---|---|---|\n".to_owned();
        for difference in &self.differences {
            writeln!(table, "| {} | {} | {} |", difference.real, difference.ours, difference.reason).unwrap();
        }
        table
    }
}

impl MessageRule {
    fn allows(&self, capture: &str, delta: &Delta) -> bool {
        let allows = matches(self.capture.as_ref(), capture)
            && matches(self.pipeline.as_ref(), &delta.pipeline)
            && matches(self.message.as_ref(), &delta.message)
            && matches(self.line.as_ref(), &delta.line);
        self.used.set(self.used.get() || allows);
        allows
    }
}

impl ScreenRule {
    fn rewrite(&self, capture: &str, step: &str, text: String) -> String {
        let Some(real) = &self.real else { return text };
        if !matches(self.capture.as_ref(), capture) || !matches(self.step.as_ref(), step) || !real.is_match(&text) {
            return text;
        }
        self.used.set(true);
        real.replace_all(&text, self.ours.as_str()).into_owned()
    }
}

fn lines(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split('\n').map(str::to_owned).collect() }
}

fn matches(pattern: Option<&Regex>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(text))
}

mod pattern {
    use regex::Regex;
    use serde::{Deserialize, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Regex>, D::Error> {
        let text = String::deserialize(from)?;
        Regex::new(&text).map(Some).map_err(serde::de::Error::custom)
    }
}

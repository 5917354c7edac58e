//! What a check found.

use std::fmt;

use serde::Serialize;

/// How it stands. What is worse is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)] // the field's own names
pub enum Verdict {
    Pass,
    Warn,
    Fail,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Pass => "PASS",
            Verdict::Warn => "WARN",
            Verdict::Fail => "FAIL",
        })
    }
}

/// One thing that a check found on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it stands.
    pub verdict: Verdict,
    /// On which node; empty if it is on none.
    pub node: String,
    /// What it is, in one line.
    pub text: String,
    /// What else was seen, a line each.
    pub detail: Vec<String>,
}

impl Finding {
    pub(crate) fn new(verdict: Verdict, text: impl Into<String>) -> Finding {
        Finding { verdict, node: String::new(), text: text.into(), detail: Vec::new() }
    }

    pub(crate) fn pass(text: impl Into<String>) -> Finding {
        Finding::new(Verdict::Pass, text)
    }

    pub(crate) fn warn(text: impl Into<String>) -> Finding {
        Finding::new(Verdict::Warn, text)
    }

    pub(crate) fn fail(text: impl Into<String>) -> Finding {
        Finding::new(Verdict::Fail, text)
    }

    pub(crate) fn detail(mut self, detail: Vec<String>) -> Finding {
        self.detail = detail;
        self
    }

    /// The node and the text, as people read it.
    pub fn shown(&self) -> String {
        match self.node.as_str() {
            "" => self.text.clone(),
            node => format!("{node}: {}", self.text),
        }
    }
}

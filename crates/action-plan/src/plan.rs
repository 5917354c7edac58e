//! What a plan is: who asked for it, its steps, and how far they have come.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How far a plan or a step has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It waits for its turn.
    #[default]
    NotStarted,
    /// It runs.
    InProgress,
    /// It did what it should.
    Success,
    /// There was nothing to do.
    Skipped,
    /// It failed.
    Error,
}

impl Status {
    /// The name of it in `ProgressAsXml`.
    pub fn name(self) -> &'static str {
        match self {
            Status::NotStarted => "NotStarted",
            Status::InProgress => "InProgress",
            Status::Success => "Success",
            Status::Skipped => "Skipped",
            Status::Error => "Error",
        }
    }

    /// Is there nothing more to come?
    pub fn is_final(self) -> bool {
        matches!(self, Status::Success | Status::Skipped | Status::Error)
    }
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// `ActionPlanInstanceID`
    pub id: Uuid,
    /// The command that started it.
    pub function: String,
    /// What kind of action it is.
    pub action_type: String,
    /// The account that asked for it.
    pub who: String,
    /// Where that came from.
    pub source: String,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How far it has come.
    pub status: Status,
    /// Why it failed.
    pub error: Option<String>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A step, which may have steps of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// How far it has come.
    pub status: Status,
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why it failed, or why there was nothing to do.
    pub detail: Option<String>,
    /// Its steps.
    pub steps: Vec<Step>,
}

impl Step {
    /// A step that waits for its turn.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Step {
        Step { name: name.into(), description: description.into(), ..Step::default() }
    }

    /// A step of several.
    pub fn of(name: impl Into<String>, description: impl Into<String>, steps: Vec<Step>) -> Step {
        Step { steps, ..Step::new(name, description) }
    }
}

impl Plan {
    /// The step at a place: the number of a step, then of one of its own, and so on, from 0.
    pub(crate) fn step_mut(&mut self, place: &[usize]) -> Option<&mut Step> {
        let (first, rest) = place.split_first()?;
        let mut step = self.steps.get_mut(*first)?;
        for number in rest {
            step = step.steps.get_mut(*number)?;
        }
        Some(step)
    }

    /// The steps that have no steps of their own: how many are over, how many there are, and the first that runs.
    pub fn progress(&self) -> (usize, usize, Option<&Step>) {
        fn leaves<'a>(steps: &'a [Step], into: &mut Vec<&'a Step>) {
            for step in steps {
                if step.steps.is_empty() { into.push(step) } else { leaves(&step.steps, into) }
            }
        }
        let mut all = Vec::new();
        leaves(&self.steps, &mut all);
        let over = all.iter().filter(|step| step.status.is_final()).count();
        (over, all.len(), all.iter().find(|step| step.status == Status::InProgress).copied())
    }

    /// The daemon that ran it is gone. What ran has not ended well as far as anybody knows.
    pub(crate) fn interrupt(&mut self, now: Timestamp) {
        const TEXT: &str = "The endpoint ended while this ran.";
        fn interrupt(steps: &mut [Step], now: Timestamp) {
            for step in steps.iter_mut().filter(|step| step.status == Status::InProgress) {
                interrupt(&mut step.steps, now);
                (step.status, step.ended, step.detail) = (Status::Error, Some(now), Some(TEXT.into()));
            }
        }
        if self.status.is_final() {
            return;
        }
        interrupt(&mut self.steps, now);
        (self.status, self.ended) = (Status::Error, Some(now));
        self.error = Some(format!("{TEXT} Run {} again: steps that are done are found done.", self.function));
    }
}

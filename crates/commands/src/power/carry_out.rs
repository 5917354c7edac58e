//! Task after task. The first that fails is the last.

use std::time::Instant;

use action_plan::{Done, Running};
use inventory::{Node, StepAction};

use super::{Part, Task, Work, host};
use crate::program::run;

/// Does the parts of a plan in their order.
///
/// # Errors
/// What failed; nothing after it is touched.
pub(crate) fn carry_out(running: &Running, parts: &[Part], until: Instant) -> Result<(), String> {
    parts_at(running, parts, &mut Vec::new(), until)
}

fn parts_at(running: &Running, parts: &[Part], place: &mut Vec<usize>, until: Instant) -> Result<(), String> {
    for (number, part) in parts.iter().enumerate() {
        place.push(number);
        let done = match &part.task {
            Some(task) => running.step(place, || task.carry_out(until)),
            None if part.parts.is_empty() => running.step(place, || Ok(Done::Skipped("there is nothing to do".into()))),
            None => parts_at(running, &part.parts, place, until).map_err(|error| format!("{}: {error}", part.name)),
        };
        place.pop();
        done?;
    }
    Ok(())
}

impl Task {
    fn carry_out(&self, until: Instant) -> Result<Done, String> {
        if Instant::now() > until {
            return Err("the time was over before this began".into());
        }
        match &self.work {
            Work::Stop(action) => stop(&self.node, action, until),
            Work::Start(action) => start(&self.node, action, until),
            Work::PowerOff => host::power_off(&self.node, until),
            Work::PowerOn => host::power_on(&self.node, until),
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn with(first: &[&str], units: &[String]) -> Vec<String> {
    [words(first), units.to_vec()].concat()
}

/// Does it run? Nothing if nobody knows.
fn runs(node: &Node, action: &StepAction, until: Instant) -> Result<Option<bool>, String> {
    let asked = match action {
        StepAction::Units(units) => {
            // every unit for itself: of several, one that is active would answer for all
            let mut all = true;
            for unit in units {
                all &= run(node, &words(&["systemctl", "is-active", "--quiet", unit]), until)?.status.success();
            }
            return Ok(Some(all));
        }
        StepAction::Programs { running: Some(running), .. } => running,
        StepAction::Programs { running: None, .. } => return Ok(None),
    };
    let ended = run(node, asked, until)?;
    match ended.status.code() {
        Some(0) => Ok(Some(true)),
        // 255 is what ssh itself ends with, and a signal is no answer
        Some(code) if code != 255 => Ok(Some(false)),
        _ => ended.or_failed(asked).map(|()| None),
    }
}

fn stop(node: &Node, action: &StepAction, until: Instant) -> Result<Done, String> {
    let argv = match action {
        // a unit that does not run is stopped all the same: that is nothing to systemd
        StepAction::Units(units) => with(&["systemctl", "stop", "--"], units),
        StepAction::Programs { stop, .. } => {
            if runs(node, action, until)? == Some(false) {
                return Ok(Done::Skipped("it did not run".into()));
            }
            stop.clone()
        }
    };
    run(node, &argv, until)?.or_failed(&argv)?;
    Ok(Done::Success)
}

fn start(node: &Node, action: &StepAction, until: Instant) -> Result<Done, String> {
    if runs(node, action, until)? == Some(true) {
        return Ok(Done::Skipped("it ran already".into()));
    }
    let argv = match action {
        StepAction::Units(units) => with(&["systemctl", "start", "--"], units),
        StepAction::Programs { start: Some(start), .. } => start.clone(),
        StepAction::Programs { start: None, .. } => return Ok(Done::Skipped("it starts with its node".into())),
    };
    run(node, &argv, until)?.or_failed(&argv)?;
    Ok(Done::Success)
}

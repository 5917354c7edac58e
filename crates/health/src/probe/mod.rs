//! The looks themselves.

mod certificate;
mod dns;
mod host;
mod ntp;
mod service;
mod system;

use std::time::Duration;

use inventory::{Check, Inventory, Limits, LooksAt, Node};
use reach::ReachError;

use crate::test::Subject;
use crate::{Finding, Verdict};

/// Is it looked at once, from here, whatever nodes there are?
pub(crate) fn is_of_no_node(check: &Check) -> bool {
    matches!(check.looks_at, LooksAt::Certificates(_) | LooksAt::Dns(_, Some(_)))
}

/// Looks at one thing on one node, or on none.
pub(crate) async fn look(subject: &Subject, node: Option<&Node>, inventory: &Inventory) -> Vec<Finding> {
    let check = match subject {
        Subject::Check(check) => check,
        Subject::Tried(trial) => {
            let tried = trial.0().await;
            return vec![tried.map_or_else(Finding::fail, Finding::pass)];
        }
        Subject::Nodes | Subject::Alerts => {
            let Some(node) = node.map(reach::Node::of) else { return Vec::new() };
            let looked = match (node, subject) {
                (Ok(node), Subject::Nodes) => system::answers(&node).await,
                (Ok(node), _) => system::alerts(&node).await,
                (Err(error), _) => Err(error),
            };
            return looked.unwrap_or_else(|error| vec![not_looked(&error)]);
        }
    };
    match (&check.looks_at, node) {
        (LooksAt::Certificates(limits), _) => certificate::look(&inventory.certificates, *limits).await,
        (LooksAt::Dns(names, Some(server)), _) => dns::ask_all(names, *server).await,
        (looks_at, Some(node)) => match reach::Node::of(node) {
            Ok(reached) => {
                let looked = on_node(looks_at, node, &reached).await;
                looked.unwrap_or_else(|error| vec![not_looked(&error)])
            }
            Err(error) => vec![not_looked(&error)],
        },
        (_, None) => Vec::new(),
    }
}

async fn on_node(looks_at: &LooksAt, node: &Node, reached: &reach::Node) -> Result<Vec<Finding>, ReachError> {
    match looks_at {
        LooksAt::Disk(paths, limits) => host::disk(reached, paths, *limits).await,
        LooksAt::Inodes(paths, limits) => host::inodes(reached, paths, *limits).await,
        LooksAt::Memory(limits) => host::memory(reached, *limits).await,
        LooksAt::Load(limits) => host::load(reached, *limits).await,
        LooksAt::Time(server, limits) => ntp::look(reached, server.as_deref(), *limits).await,
        LooksAt::Units(patterns) => system::units(reached, patterns).await,
        LooksAt::Dns(names, _) => dns::resolve(reached, names).await,
        LooksAt::Services(addresses) => service::look(node, reached, addresses).await,
        LooksAt::Share(path) => host::writable(reached, path).await,
        LooksAt::CoreDumps(patterns, hours) => system::core_dumps(reached, patterns, *hours).await,
        LooksAt::Updates(limits) => system::updates(reached, *limits).await,
        LooksAt::Command(argv) => system::command(reached, argv).await,
        LooksAt::Certificates(_) => Ok(Vec::new()), // looked at from here
    }
}

/// What could not be looked at may be well or not: an unreachable node is a failure, a missing tool a warning.
fn not_looked(error: &ReachError) -> Finding {
    match error {
        ReachError::Unreachable(_) | ReachError::TimedOut { .. } => Finding::fail(error.to_string()),
        error if error.is_missing_program() => Finding::warn(format!("it cannot be looked at: {error}")),
        error => Finding::warn(format!("it could not be looked at: {error}")),
    }
}

/// Against limits of which the greater is the worse, or the other way round.
fn judge(value: f64, limits: Limits) -> Verdict {
    let falling = limits.fail < limits.warn;
    let beyond = |limit: f64| if falling { value <= limit } else { value >= limit };
    match (beyond(limits.fail), beyond(limits.warn)) {
        (true, _) => Verdict::Fail,
        (false, true) => Verdict::Warn,
        (false, false) => Verdict::Pass,
    }
}

/// One look at one thing takes no longer.
fn short() -> reach::Limits {
    reach::Limits { time: Duration::from_secs(30), ..reach::Limits::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_in_both_directions() {
        let rising = Limits { warn: 80.0, fail: 95.0 };
        let falling = Limits { warn: 90.0, fail: 30.0 };
        let of = |limits, values: [f64; 4]| values.map(|value| judge(value, limits));
        assert_eq!(of(rising, [79.9, 80.0, 95.0, 99.0]), [Verdict::Pass, Verdict::Warn, Verdict::Fail, Verdict::Fail]);
        assert_eq!(of(falling, [91.0, 90.0, 30.0, -1.0]), [Verdict::Pass, Verdict::Warn, Verdict::Fail, Verdict::Fail]);
    }
}

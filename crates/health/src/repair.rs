//! What may mend a test, and when nothing is mended.

use std::time::Duration;

use inventory::{Inventory, Node};
use reach::{Limits, ReachError};

use crate::test::{Subject, Test};
use crate::{Outcome, Verdict};

/// One repair: a program of the inventory on one node.
#[derive(Clone, Debug)]
pub struct Repair {
    /// The test that it belongs to.
    pub test: String,
    /// Where it runs.
    pub node: Node,
    /// What runs.
    pub argv: Vec<String>,
}

/// The repairs for what was found: only of checks that have one, only where something is the matter.
pub fn repairs(tests: &[Test], outcomes: &[Outcome], inventory: &Inventory) -> Vec<Repair> {
    let mut repairs = Vec::new();
    for outcome in outcomes {
        let Some(test) = tests.iter().find(|test| test.name == outcome.name) else { continue };
        for subject in &test.subjects {
            let Subject::Check(check) = subject else { continue };
            let Some(argv) = &check.repair else { continue };
            for node in &inventory.nodes {
                let is_meant =
                    check.nodes.is_empty() || check.nodes.iter().any(|name| name.eq_ignore_ascii_case(&node.name));
                let is_bad = outcome.findings.iter().any(|finding| {
                    finding.verdict > Verdict::Pass && (finding.node == node.name || finding.node.is_empty())
                });
                if is_meant && is_bad {
                    repairs.push(Repair { test: test.name.clone(), node: node.clone(), argv: argv.clone() });
                }
            }
        }
    }
    repairs
}

impl Repair {
    /// Does it.
    ///
    /// # Errors
    /// If the program cannot be run or does not end well.
    pub async fn run(&self, limit: Duration) -> Result<String, ReachError> {
        let limits = Limits { time: limit, ..Limits::default() };
        reach::Node::of(&self.node)?.text(&self.argv, limits).await
    }

    /// The program as it was written, for people.
    pub fn shown(&self) -> String {
        self.argv.join(" ")
    }
}

/// The package tools of common systems.
const UPDATERS: &str = "apt,apt-get,dpkg,dnf,yum,rpm,zypper,unattended-upgr";

/// Which package tool is at work on a node: nothing is mended then.
///
/// # Errors
/// If the node cannot be asked.
pub async fn update_in_progress(node: &Node) -> Result<Option<String>, ReachError> {
    let limits = Limits { time: Duration::from_secs(30), ..Limits::default() };
    match reach::Node::of(node)?.text(&["ps", "-C", UPDATERS, "-o", "comm="], limits).await {
        Ok(said) => Ok(said.lines().next().map(|line| line.trim().to_owned())),
        Err(ReachError::Failed { status: 1, .. }) => Ok(None), // none
        Err(error) => Err(error),
    }
}

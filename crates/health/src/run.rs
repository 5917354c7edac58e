//! Running tests: all at once over all nodes, told in their order, and none longer than it may.

use std::sync::Arc;
use std::time::Duration;

use inventory::{Inventory, Node};
use jiff::Timestamp;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::test::{Subject, Test};
use crate::{Finding, Verdict, probe};

/// What came of a test.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What it looks at, in words.
    pub description: String,
    /// How it stands: the worst of what was found.
    pub verdict: Verdict,
    /// What was found.
    pub findings: Vec<Finding>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
}

impl Outcome {
    /// What is the matter, in one line; nothing if all is well.
    pub fn reason(&self) -> Option<String> {
        let worst = self.findings.iter().filter(|finding| finding.verdict > Verdict::Pass);
        let worst: Vec<&Finding> = worst.collect();
        let first = worst.iter().max_by_key(|finding| finding.verdict)?;
        Some(match worst.len() {
            1 => first.shown(),
            more => format!("{} (and {} more)", first.shown(), more - 1),
        })
    }
}

/// So many looks are taken at a time: each may be a process, or a connection to a node.
const AT_A_TIME: usize = 16;

/// Runs the tests and tells what came of each, in their order. When what this returns is dropped, everything stops. What has not ended
/// after `limit` fails.
pub fn run(tests: Vec<Test>, inventory: &Arc<Inventory>, limit: Duration) -> mpsc::Receiver<Outcome> {
    let (tell, told) = mpsc::channel(4);
    let (deadline, places) = (Instant::now() + limit, Arc::new(Semaphore::new(AT_A_TIME)));
    let inventory = Arc::clone(inventory);
    tokio::spawn(async move {
        let started: Vec<(Test, Timestamp, Instant, JoinSet<Vec<Finding>>)> = tests
            .into_iter()
            .map(|test| {
                let looks = looks(&test, &inventory, deadline, limit, &places);
                (test, Timestamp::now(), Instant::now(), looks)
            })
            .collect();
        for (test, started, since, mut looks) in started {
            let mut findings = Vec::new();
            loop {
                tokio::select! {
                    found = looks.join_next() => match found {
                        Some(found) => findings.extend(found.unwrap_or_else(|error| vec![Finding::fail(error.to_string())])),
                        None => break,
                    },
                    () = tell.closed() => return, // nobody wants to know any more
                }
            }
            findings.sort_by(|one, other| one.node.cmp(&other.node));
            let verdict = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Warn);
            let Test { name, description, .. } = test;
            let outcome = Outcome { name, description, verdict, findings, started, duration: since.elapsed() };
            if tell.send(outcome).await.is_err() {
                return;
            }
        }
    });
    told
}

/// A task for each subject and node.
fn looks(
    test: &Test,
    inventory: &Arc<Inventory>,
    deadline: Instant,
    limit: Duration,
    places: &Arc<Semaphore>,
) -> JoinSet<Vec<Finding>> {
    let mut looks = JoinSet::new();
    for subject in &test.subjects {
        for node in nodes(subject, inventory) {
            let (subject, inventory, places) = (subject.clone(), Arc::clone(inventory), Arc::clone(places));
            looks.spawn(async move {
                let look = async {
                    let _place = places.acquire().await;
                    probe::look(&subject, node.as_ref(), &inventory).await
                };
                let late = || vec![Finding::fail(format!("it did not end within {} s", limit.as_secs()))];
                let mut findings = timeout_at(deadline, look).await.unwrap_or_else(|_| late());
                for finding in &mut findings {
                    finding.node = node.as_ref().map_or_else(String::new, |node| node.name.clone());
                }
                findings
            });
        }
    }
    looks
}

/// Where a subject is looked at: on nodes, or once and on none.
fn nodes(subject: &Subject, inventory: &Inventory) -> Vec<Option<Node>> {
    match subject {
        Subject::Check(check) if probe::is_of_no_node(check) => vec![None],
        Subject::Check(check) if !check.nodes.is_empty() => {
            check.nodes.iter().filter_map(|name| inventory.node(name)).cloned().map(Some).collect()
        }
        Subject::Check(_) | Subject::Nodes | Subject::Alerts => inventory.nodes.iter().cloned().map(Some).collect(),
        Subject::Tried(_) => vec![None],
    }
}

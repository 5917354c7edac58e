//! Tests: what there is to run, by the names that operators use.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use inventory::{Check, Group, Inventory};

/// One test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// What it looks at, in words.
    pub description: String,
    /// The groups it is in.
    pub groups: Vec<Group>,
    /// What it looks at.
    pub subjects: Vec<Subject>,
}

/// One thing that a test looks at.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A check of the inventory.
    Check(Check),
    /// Whether each node lets us in, and since when it runs.
    Nodes,
    /// Messages of the last day that the journal holds as critical or worse.
    Alerts,
    /// Something that only the caller can try.
    Tried(Trial),
}

/// A trial of the caller: what is well, or what is the matter.
#[derive(Clone)]
pub struct Trial(pub Arc<dyn Fn() -> Tried + Send + Sync>);

/// What comes of a trial.
pub type Tried = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a trial")
    }
}

/// Everything that can be tested: the inventory's checks in its order, those with one name together, and what every endpoint looks at.
pub fn tests(inventory: &Inventory) -> Vec<Test> {
    let everywhere = vec![Group::Default, Group::UpdateReadiness, Group::SecretRotationReadiness];
    let own = |name: &str, description: &str, groups, subject| Test {
        name: name.to_owned(),
        description: description.to_owned(),
        groups,
        subjects: vec![subject],
    };
    let mut tests = vec![
        own("AzsHostingInfraSummary", "The nodes answer", everywhere, Subject::Nodes),
        own("AzsAlertSummary", "Open alerts: critical messages of the last day", vec![Group::Default], Subject::Alerts),
    ];
    for check in &inventory.checks {
        let subject = Subject::Check(check.clone());
        match tests.iter_mut().find(|test| test.name.eq_ignore_ascii_case(&check.name)) {
            Some(test) => {
                test.subjects.push(subject);
                let new: Vec<Group> =
                    check.groups.iter().copied().filter(|group| !test.groups.contains(group)).collect();
                test.groups.extend(new);
            }
            None => tests.push(Test {
                name: check.name.clone(),
                description: check.description.clone(),
                groups: check.groups.clone(),
                subjects: vec![subject],
            }),
        }
    }
    tests
}

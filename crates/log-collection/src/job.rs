//! What is to be collected: roles × nodes × places.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use inventory::{Inventory, LogSource, LogType, Node};

/// The role of this endpoint's own reports.
const OWN_ROLE: &str = "SeedRing";

/// One place of one role on one node.
#[derive(Clone, Debug)]
pub struct Job {
    /// The role.
    pub role: String,
    /// The node.
    pub node: Node,
    /// The place.
    pub kind: Kind,
}

/// A place where logs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Files of a pattern, if they were written in the window.
    Files(String),
    /// Memory dumps of a pattern, the same.
    Dumps(String),
    /// The journal of units; `*` is all of it.
    Journal {
        /// The pattern of the units.
        unit: String,
        /// The name of the file.
        name: String,
    },
    /// What a program prints.
    Command {
        /// The program and its arguments.
        argv: Vec<String>,
        /// The name of the file.
        name: String,
    },
    /// Files of this host, whatever the window is.
    Own(Vec<PathBuf>),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Files(pattern) | Kind::Dumps(pattern) => f.write_str(pattern),
            Kind::Journal { unit, .. } => write!(f, "journal of {unit}"),
            Kind::Command { argv, .. } => f.write_str(&argv.join(" ")),
            Kind::Own(_) => f.write_str("validation reports"),
        }
    }
}

/// What else goes along.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// Memory dumps.
    pub dumps: bool,
    /// Files of this endpoint, for the role SeedRing.
    pub own: Vec<PathBuf>,
}

/// The roles that there are.
pub fn role_names(inventory: &Inventory) -> Vec<String> {
    let mut names: Vec<String> = inventory.roles.iter().map(|role| role.name.clone()).collect();
    if !names.iter().any(|name| name.eq_ignore_ascii_case(OWN_ROLE)) {
        names.push(OWN_ROLE.to_owned());
    }
    names
}

/// What is to be collected. No roles are all, no nodes are all, no types are all.
pub fn jobs(inventory: &Inventory, roles: &[String], nodes: &[String], types: &[LogType], extra: &Extra) -> Vec<Job> {
    let among =
        |names: &[String], name: &str| names.is_empty() || names.iter().any(|one| one.eq_ignore_ascii_case(name));
    let wanted = |log_type: LogType| types.is_empty() || types.contains(&log_type);
    let mut jobs = Vec::new();
    for role in inventory.roles.iter().filter(|role| among(roles, &role.name)) {
        for node in inventory.nodes_of(&role.name).filter(|node| among(nodes, &node.name)) {
            let mut names = BTreeSet::new();
            for logs in role.logs.iter().filter(|logs| wanted(logs.log_type)) {
                let kind = match &logs.source {
                    LogSource::Files(pattern) => Kind::Files(pattern.clone()),
                    LogSource::Journal(unit) => {
                        let name = logs.name.clone().unwrap_or_else(|| format!("{}.log", file_name(unit)));
                        Kind::Journal { unit: unit.clone(), name: unused(&mut names, name) }
                    }
                    LogSource::Command(argv) => {
                        let name = logs.name.clone().unwrap_or_else(|| format!("{}.txt", command_name(argv)));
                        Kind::Command { argv: argv.clone(), name: unused(&mut names, name) }
                    }
                };
                jobs.push(Job { role: role.name.clone(), node: node.clone(), kind });
            }
            if extra.dumps && wanted(LogType::File) {
                let dumps = role.dumps.iter().map(|pattern| Kind::Dumps(pattern.clone()));
                jobs.extend(dumps.map(|kind| Job { role: role.name.clone(), node: node.clone(), kind }));
            }
        }
    }
    if !extra.own.is_empty() && among(roles, OWN_ROLE) && wanted(LogType::File) {
        let role = inventory.role(OWN_ROLE).map_or(OWN_ROLE, |role| &role.name).to_owned();
        if let Some(node) = inventory.local().filter(|node| among(nodes, &node.name)) {
            jobs.push(Job { role, node: node.clone(), kind: Kind::Own(extra.own.clone()) });
        }
    }
    jobs
}

/// A name that was not given before.
fn unused(names: &mut BTreeSet<String>, name: String) -> String {
    let mut free = name.clone();
    let mut number = 2;
    while !names.insert(free.clone()) {
        free = format!("{number}-{name}");
        number += 1;
    }
    free
}

fn command_name(argv: &[String]) -> String {
    let words = argv.iter().take(4).map(|word| file_name(word.rsplit('/').next().unwrap_or(word)));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

/// What may stand in the name of a file anywhere.
fn file_name(text: &str) -> String {
    match text {
        "*" => "journal".to_owned(),
        text => text
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() || "-_.@".contains(letter) { letter } else { '_' })
            .take(80)
            .collect(),
    }
}

//! The power plan: what is stopped and started, in which order.

use std::collections::HashSet;

use crate::document::{Table, unique};
use crate::role::parse_unit;
use crate::{Node, Reach};

/// How everything is stopped, and, the same way back, started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerPlan {
    /// What is stopped first.
    pub workloads: Vec<PowerStep>,
    /// What is stopped then.
    pub services: Vec<PowerStep>,
    /// The names of the nodes that are powered off at last; this computer is the last of them.
    pub hosts: Vec<String>,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerStep {
    /// Its name.
    pub name: String,
    /// What it does, in words; may be empty.
    pub description: String,
    /// What is stopped and started.
    pub action: StepAction,
    /// The names of the nodes it is done on, one after the other.
    pub nodes: Vec<String>,
}

/// What a step stops and starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepAction {
    /// Units of systemd.
    Units(Vec<String>),
    /// Something by programs.
    Programs {
        /// Stops it.
        stop: Vec<String>,
        /// Starts it; without it, it starts with its node.
        start: Option<Vec<String>>,
        /// Ends with 0 if it runs.
        running: Option<Vec<String>>,
    },
}

impl PowerPlan {
    pub(crate) fn from_table(table: &Table<'_, '_>, nodes: &[Node]) -> PowerPlan {
        let known: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        let mut seen = HashSet::new();
        let mut phase = |key| {
            let tables = table.tables(key).unwrap_or_default();
            tables.iter().filter_map(|table| step(table, &known, &mut seen)).collect()
        };
        let (workloads, services) = (phase("workloads"), phase("services"));
        let all = || known.iter().map(|name| (*name).to_owned()).collect();
        let mut hosts = table.names_among("hosts", "node", &known).unwrap_or_else(all);
        // whoever carries the plan out goes last
        let is_local = |name: &String| nodes.iter().any(|node| node.name == *name && node.reach == Reach::Local);
        hosts.sort_by_key(is_local);
        let mut once = HashSet::new();
        hosts.retain(|name| once.insert(name.clone()));
        PowerPlan { workloads, services, hosts }
    }
}

fn step(table: &Table<'_, '_>, nodes: &[&str], seen: &mut HashSet<String>) -> Option<PowerStep> {
    let name = table.required("name", table.placed_text("name"));
    if let Some(name) = &name {
        unique(table, "step", seen, name);
    }
    let action = match table.one_of(&["units", "stop"]) {
        Some("units") => {
            for other in ["start", "running"].iter().filter(|other| table.has(other)) {
                table.mistake(
                    table.place(other),
                    format!("`units` are started and asked by systemd: `{other}` has no place beside them"),
                    "leave it out",
                );
            }
            let units = table.all_parsed("units", |text| match parse_unit(text)? {
                unit if unit.contains(['*', '?', '[']) => {
                    Err(format!("\"{unit}\": a step names its units, without a pattern"))
                }
                unit => Ok(unit),
            });
            units.map(StepAction::Units)
        }
        Some(_) => table.argv("stop").map(|stop| StepAction::Programs {
            stop,
            start: table.argv("start"),
            running: table.argv("running"),
        }),
        None => None,
    };
    let on = table.names_among("nodes", "node", nodes);
    let nodes = on.unwrap_or_else(|| nodes.iter().map(|name| (*name).to_owned()).collect());
    let description = table.text("description").unwrap_or_default();
    Some(PowerStep { name: name?.text, description, action: action?, nodes })
}

//! The power plan carried out: what is done, in which order, and where it stops.

mod carry_out;
mod host;
mod redfish;

use action_plan::Step;
use inventory::{Inventory, Node, PowerPlan, PowerStep, StepAction};

pub(crate) use carry_out::carry_out;

/// A part of the plan: something to do, or parts of its own.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) task: Option<Task>,
    pub(crate) parts: Vec<Part>,
}

/// Something to do on a node.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) node: Node,
    pub(crate) work: Work,
}

/// What is done.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Stop(StepAction),
    Start(StepAction),
    PowerOff,
    PowerOn,
}

/// From the workloads to the hosts, this computer last.
pub(crate) fn stopping(inventory: &Inventory, plan: &PowerPlan) -> Vec<Part> {
    vec![
        phase("Workloads", steps(inventory, &plan.workloads, Work::Stop)),
        phase("Services", steps(inventory, &plan.services, Work::Stop)),
        phase("Hosts", hosts(inventory, &plan.hosts, &Work::PowerOff)),
    ]
}

/// The same way back.
pub(crate) fn starting(inventory: &Inventory, plan: &PowerPlan) -> Vec<Part> {
    let mut phases = vec![
        phase("Workloads", steps(inventory, &plan.workloads, Work::Start)),
        phase("Services", steps(inventory, &plan.services, Work::Start)),
        phase("Hosts", hosts(inventory, &plan.hosts, &Work::PowerOn)),
    ];
    turn(&mut phases);
    phases
}

fn turn(parts: &mut [Part]) {
    parts.reverse();
    parts.iter_mut().for_each(|part| turn(&mut part.parts));
}

fn phase(name: &str, parts: Vec<Part>) -> Part {
    Part { name: name.into(), description: String::new(), task: None, parts }
}

fn steps(inventory: &Inventory, steps: &[PowerStep], work: fn(StepAction) -> Work) -> Vec<Part> {
    let part = |step: &PowerStep| {
        let on = step.nodes.iter().filter_map(|name| inventory.node(name));
        let parts = on.map(|node| {
            let task = Task { node: node.clone(), work: work(step.action.clone()) };
            Part { name: node.name.clone(), description: task.description(), task: Some(task), parts: Vec::new() }
        });
        Part { name: step.name.clone(), description: step.description.clone(), task: None, parts: parts.collect() }
    };
    steps.iter().map(part).collect()
}

fn hosts(inventory: &Inventory, names: &[String], work: &Work) -> Vec<Part> {
    let on = names.iter().filter_map(|name| inventory.node(name));
    on.map(|node| {
        let task = Task { node: node.clone(), work: work.clone() };
        Part { name: node.name.clone(), description: task.description(), task: Some(task), parts: Vec::new() }
    })
    .collect()
}

impl Task {
    /// What is done, in words.
    pub(crate) fn description(&self) -> String {
        match &self.work {
            Work::Stop(StepAction::Units(units)) => format!("systemctl stop {}", units.join(" ")),
            Work::Start(StepAction::Units(units)) => format!("systemctl start {}", units.join(" ")),
            Work::Stop(StepAction::Programs { stop, .. }) => stop.join(" "),
            Work::Start(StepAction::Programs { start: Some(start), .. }) => start.join(" "),
            Work::Start(StepAction::Programs { start: None, .. }) => "starts with its node".into(),
            Work::PowerOff => host::off_description(&self.node),
            Work::PowerOn => host::on_description(&self.node),
        }
    }
}

impl Part {
    /// The same as a step of an action plan.
    pub(crate) fn outline(&self) -> Step {
        Step::of(&*self.name, &*self.description, self.parts.iter().map(Part::outline).collect())
    }

    /// What would be done, a line a task.
    pub(crate) fn lines(&self, above: &str) -> Vec<String> {
        let name = if above.is_empty() { self.name.clone() } else { format!("{above}, {}", self.name) };
        match &self.task {
            Some(task) => vec![format!("{name}: {}", task.description())],
            None => self.parts.iter().flat_map(|part| part.lines(&name)).collect(),
        }
    }
}

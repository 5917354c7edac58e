//! The engine: one plan at a time, on a thread of its own.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use futures_channel::mpsc;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use crate::store::Store;
use crate::{Plan, Status, Step};

/// Who follows a plan hears from it at least so often. Clients and what lies on the way to them drop links that are silent for long.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The plans of an endpoint. Commands find it as a service.
#[derive(Debug)]
pub struct ActionPlans {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    plans: Mutex<Vec<Plan>>,
    changed: Condvar,
}

/// What somebody wants done.
#[derive(Clone, Debug)]
pub struct Request {
    /// The command.
    pub function: String,
    /// What kind of action it is.
    pub action_type: String,
    /// The account that asks.
    pub who: String,
    /// Where that comes from.
    pub source: String,
}

/// Another plan runs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Busy(pub Box<Plan>);

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { id, function, who, source, started, .. } = &*self.0;
        let started = started.strftime("%Y-%m-%d %H:%M:%SZ");
        write!(
            f,
            "Cannot invoke action plan because another action is in progress: {function}, {id}, started by {who} ({source}) at {started}. \
             Get-ActionStatus {function} tells how far it is."
        )
    }
}

/// A plan that was not started.
#[derive(Debug, Error)]
pub enum StartError {
    /// Another one runs.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// It could not be kept on the disk, or no thread could be had.
    #[error("The action plan was not started: {0}")]
    Failed(#[from] io::Error),
}

/// What became of a step that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It did what it should.
    Success,
    /// There was nothing to do; why.
    Skipped(String),
}

impl ActionPlans {
    /// The plans that are kept in a directory. One that ran when its daemon ended is told as failed: what it was doing cannot be known
    /// from here, and every command that has a plan finds out by itself what is done already.
    ///
    /// # Errors
    /// If the file cannot be read or written, or is not one of ours.
    pub fn open(directory: &Path) -> io::Result<ActionPlans> {
        let store = Store::new(directory);
        let mut plans = store.read()?;
        if plans.iter().any(|plan| !plan.status.is_final()) {
            let now = Timestamp::now();
            plans.iter_mut().for_each(|plan| plan.interrupt(now));
            store.write(&mut plans)?;
        }
        Ok(ActionPlans { shared: Arc::new(Shared { store, plans: Mutex::new(plans), changed: Condvar::new() }) })
    }

    /// Starts a plan; `work` does its steps, on a thread of the plan's own.
    ///
    /// # Errors
    /// If another plan runs, or this one cannot be kept.
    pub fn start(
        &self,
        request: Request,
        steps: Vec<Step>,
        work: impl FnOnce(&Running) -> Result<(), String> + Send + 'static,
    ) -> Result<Uuid, StartError> {
        let id = Uuid::new_v4();
        let mut plans = self.shared.lock();
        if let Some(running) = plans.iter().find(|plan| !plan.status.is_final()) {
            return Err(Busy(Box::new(running.clone())).into());
        }
        let Request { function, action_type, who, source } = request;
        let started = Timestamp::now();
        let status = Status::InProgress;
        plans.push(Plan { id, function, action_type, who, source, started, ended: None, status, error: None, steps });
        if let Err(error) = self.shared.store.write(&mut plans) {
            plans.retain(|plan| plan.id != id);
            return Err(error.into());
        }
        drop(plans);
        let running = Running { shared: Arc::clone(&self.shared), id };
        let thread = thread::Builder::new().name("action-plan".into()).spawn(move || {
            // a plan whose work panics must not stand there as running for ever
            let guard = Ending(&running);
            let ended = work(&running);
            running.end(ended);
            drop(guard);
        });
        if let Err(error) = thread {
            Running { shared: Arc::clone(&self.shared), id }.end(Err(error.to_string()));
            return Err(error.into());
        }
        Ok(id)
    }

    /// The last plan of a function and a type of action, letter case aside; without them the last of all.
    pub fn last(&self, function: Option<&str>, action_type: Option<&str>) -> Option<Plan> {
        let fits = |asked: Option<&str>, own: &str| asked.is_none_or(|asked| asked.eq_ignore_ascii_case(own));
        let plans = self.shared.lock();
        let found =
            plans.iter().rev().find(|plan| fits(function, &plan.function) && fits(action_type, &plan.action_type));
        found.cloned()
    }

    /// The functions that have had a plan.
    pub fn functions(&self) -> Vec<String> {
        let mut functions: Vec<String> = self.shared.lock().iter().map(|plan| plan.function.clone()).collect();
        functions.sort();
        functions.dedup();
        functions
    }

    /// A plan by its id.
    pub fn get(&self, id: Uuid) -> Option<Plan> {
        self.shared.lock().iter().find(|plan| plan.id == id).cloned()
    }

    /// The plan as it is now, then after each change, and at least every few seconds, until it is over.
    pub fn follow(&self, id: Uuid) -> mpsc::UnboundedReceiver<Plan> {
        self.follow_every(id, HEARTBEAT)
    }

    /// The same, at least so often.
    pub fn follow_every(&self, id: Uuid, heartbeat: Duration) -> mpsc::UnboundedReceiver<Plan> {
        let (told, news) = mpsc::unbounded();
        let shared = Arc::clone(&self.shared);
        let follow = move || {
            let mut plans = shared.lock();
            while let Some(plan) = plans.iter().find(|plan| plan.id == id).cloned() {
                let over = plan.status.is_final();
                if told.unbounded_send(plan).is_err() || over {
                    return; // nobody listens any more, or there is no more to tell
                }
                plans = shared.changed.wait_timeout(plans, heartbeat).unwrap_or_else(PoisonError::into_inner).0;
            }
        };
        if let Err(error) = thread::Builder::new().name("action-follow".into()).spawn(follow) {
            tracing::warn!(%error, "nobody can follow the action plan");
        }
        news
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Vec<Plan>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A plan that runs, for the work that does its steps.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
    id: Uuid,
}

impl Running {
    /// The plan's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Does a step. Where it stands: the number of a step, then of one of its own, and so on, from 0. The steps around it have begun,
    /// and are over when their last one is. An error names the step.
    ///
    /// # Errors
    /// If it failed.
    pub fn step(&self, place: &[usize], work: impl FnOnce() -> Result<Done, String>) -> Result<(), String> {
        let name = self.change(|plan| {
            let now = Timestamp::now();
            for length in 1..=place.len() {
                if let Some(step) = place.get(..length).and_then(|place| plan.step_mut(place)) {
                    step.status = Status::InProgress;
                    step.started.get_or_insert(now);
                }
            }
            plan.step_mut(place).map(|step| step.name.clone()).unwrap_or_default()
        });
        let done = work();
        let failed = done.as_ref().err().cloned();
        self.change(|plan| {
            let now = Timestamp::now();
            if let Some(step) = plan.step_mut(place) {
                (step.status, step.detail) = match done {
                    Ok(Done::Success) => (Status::Success, None),
                    Ok(Done::Skipped(why)) => (Status::Skipped, Some(why)),
                    Err(error) => (Status::Error, Some(error)),
                };
                step.ended = Some(now);
            }
            for length in (1..place.len()).rev() {
                let Some(step) = place.get(..length).and_then(|place| plan.step_mut(place)) else { continue };
                let status = around(&step.steps);
                step.status = status;
                step.ended = status.is_final().then_some(now);
            }
        });
        failed.map_or(Ok(()), |error| Err(format!("{name}: {error}")))
    }

    /// Changes the plan, keeps it, and tells those who follow. A disk that is full ends no plan: what it does is done all the same.
    fn change<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> T
    where
        T: Default,
    {
        let mut plans = self.shared.lock();
        let changed = plans.iter_mut().find(|plan| plan.id == self.id).map(change).unwrap_or_default();
        if let Err(error) = self.shared.store.write(&mut plans) {
            tracing::error!(%error, plan = %self.id, "how far the action plan is could not be kept");
        }
        self.shared.changed.notify_all();
        changed
    }

    fn end(&self, ended: Result<(), String>) {
        self.change(|plan| {
            if !plan.status.is_final() {
                plan.ended = Some(Timestamp::now());
                plan.status = if ended.is_ok() { Status::Success } else { Status::Error };
                plan.error = ended.err();
            }
        });
    }
}

/// Ends a plan whose thread ends.
struct Ending<'a>(&'a Running);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.end(Err("The work of the plan broke off; the log of the endpoint says why.".into()));
    }
}

/// The status of what is around these steps.
fn around(steps: &[Step]) -> Status {
    let has = |status| steps.iter().any(|step| step.status == status);
    if has(Status::Error) {
        Status::Error
    } else if steps.iter().any(|step| !step.status.is_final()) {
        Status::InProgress
    } else if has(Status::Success) {
        Status::Success
    } else {
        Status::Skipped
    }
}

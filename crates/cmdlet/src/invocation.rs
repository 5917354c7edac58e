//! A statement of commands on its way to being run: bound, then authorized, then recorded, then run. Each step is a type of its
//! own that only the step before can make, so a command that was not authorized or not recorded cannot run: the code for it
//! would not compile.

use std::collections::VecDeque;

use clixml::{Str, Value};
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt};
use psrp::record::ErrorRecord;

use crate::bind::{self, wants_help};
use crate::redirection::Redirection;
use crate::refusal::{alias_not_resolved, command_not_found};
use crate::run::{Command, Terminate};
use crate::should_process::ConfirmMemory;
use crate::stage::{Moment, Stage, Surroundings, feed, run_first};
use crate::{Argument, Bound, CommandInfo, CommandTable, Engine, RoleClass, prompt};

/// One command as a client asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name as typed.
    pub name: Str,
    /// Its arguments as they arrived.
    pub arguments: Vec<Argument>,
    /// Where its streams go.
    pub redirection: Redirection,
}

/// A statement whose commands are all known and all bound. All of them, or none: an unknown name or a bad argument anywhere
/// means that nothing of the statement runs (jea.md 1.4, J-022, J-023).
pub struct Invocation {
    stages: Vec<Bind>,
    has_input: bool,
}

struct Bind {
    command: Command,
    bound: Bound,
    redirection: Redirection,
}

impl Invocation {
    /// Looks every command up, binds every argument, and asks the user for mandatory parameters that are missing.
    pub async fn bind(
        table: &CommandTable,
        calls: Vec<Call>,
        has_input: bool,
        engine: &dyn Engine,
    ) -> Result<Invocation, Terminate> {
        let mut resolved = VecDeque::with_capacity(calls.len());
        for call in calls {
            resolved.push_back(resolve(table, call)?);
        }
        let mut bindings = Vec::with_capacity(resolved.len());
        let count = resolved.len();
        while let Some((command, call)) = resolved.pop_front() {
            let fed = has_input || count - resolved.len() > 1;
            let binding = bind::bind(command.info, call.arguments, fed)?;
            bindings.push((command, binding, call.redirection));
        }
        let mut stages = Vec::with_capacity(count);
        for (position, (command, mut binding, redirection)) in bindings.into_iter().enumerate() {
            prompt::supply_missing::<Terminate>(command.info, &mut binding, position + 1, engine).await?;
            stages.push(Bind { command, bound: binding.finish()?, redirection });
        }
        Ok(Invocation { stages, has_input })
    }

    /// Each command with what its parameters are bound to, in the order of the pipeline.
    pub fn commands(&self) -> impl Iterator<Item = (&'static CommandInfo, &Bound)> {
        self.stages.iter().map(|stage| (stage.command.info, &stage.bound))
    }

    /// Asks the policy for each command.
    pub fn authorize(self, policy: &dyn Policy) -> Result<Authorized<Invocation>, ErrorRecord> {
        let mut rules = Vec::with_capacity(self.stages.len());
        for (info, bound) in self.commands() {
            rules.push(policy.authorize(info, bound)?);
        }
        Ok(Authorized { inner: self, rules })
    }
}

fn resolve(table: &CommandTable, call: Call) -> Result<(Command, Call), ErrorRecord> {
    let found = table.resolve(&call.name).copied();
    if let Some(command) = found {
        if !wants_help(&call.arguments) {
            return Ok((command, call));
        }
        let name = Argument::Pair("Name".into(), Value::string(command.info.name));
        let help = Call { name: "Get-Help".into(), arguments: vec![name], redirection: call.redirection };
        return match table.resolve(&help.name).copied() {
            Some(command) => Ok((command, help)),
            None => Err(command_not_found(&help.name)),
        };
    }
    match table.alias_target(&call.name) {
        Some(target) => Err(alias_not_resolved(&call.name, target)),
        None => Err(command_not_found(&call.name)),
    }
}

/// Who may run what.
pub trait Policy: Send + Sync {
    /// May this command run with these arguments? Answers with the rule that says yes, for the record, or with the error.
    fn authorize(&self, info: &'static CommandInfo, bound: &Bound) -> Result<Str, ErrorRecord>;

    /// Is there anything that this command may be run for? If not, the session does not know it: nothing lists, explains or
    /// completes it.
    fn permits(&self, _info: &'static CommandInfo) -> bool {
        true
    }
}

/// Somebody with the authority to say so said that this may run.
pub struct Authorized<T> {
    inner: T,
    rules: Vec<Str>,
}

impl Authorized<Invocation> {
    /// Each command, what its parameters are bound to, and the rule that lets it run.
    pub fn commands(&self) -> impl Iterator<Item = (&'static CommandInfo, &Bound, &Str)> {
        self.inner.commands().zip(&self.rules).map(|((info, bound), rule)| (info, bound, rule))
    }

    /// Does one of the commands change anything but the session?
    pub fn changes_something(&self) -> bool {
        self.commands().any(|(info, ..)| info.role_class == RoleClass::Operate)
    }

    /// Puts it on record. Nothing runs unless the record holds.
    pub async fn record(self, recorder: &dyn Recorder) -> Result<Recorded<Authorized<Invocation>>, Terminate> {
        recorder.invocation(&self).await?;
        Ok(Recorded { inner: self })
    }
}

/// Who keeps the record of what is run.
pub trait Recorder: Send + Sync {
    /// Returns once the invocation is on record; one that changes nothing may return as soon as it is certain to be on record
    /// before any answer.
    fn invocation<'a>(&'a self, invocation: &'a Authorized<Invocation>) -> BoxFuture<'a, Result<(), Terminate>>;
}

/// On record.
pub struct Recorded<T> {
    inner: T,
}

impl Recorded<Authorized<Invocation>> {
    /// Runs the statement to its end. `input` is what the client pipes in; it is not touched if the statement takes none.
    pub async fn run(
        self,
        table: &CommandTable,
        engine: &dyn Engine,
        mut input: impl Stream<Item = Value> + Unpin + Send,
    ) -> Result<(), Terminate> {
        let Invocation { stages, has_input } = self.inner.inner;
        let surroundings = Surroundings { engine, table };
        let mut stages = stages.into_iter().map(Bind::make).collect::<Result<Vec<_>, _>>()?;
        for at in 0..stages.len() {
            run_at(&mut stages, at, surroundings, Moment::Begin).await?;
        }
        if has_input {
            while let Some(object) = input.next().await {
                feed(&mut stages, surroundings, object).await?;
            }
        } else {
            run_first(&mut stages, surroundings, Moment::Process).await?;
        }
        for at in 0..stages.len() {
            run_at(&mut stages, at, surroundings, Moment::End).await?;
        }
        Ok(())
    }
}

async fn run_at(
    stages: &mut [Stage],
    at: usize,
    surroundings: Surroundings<'_>,
    moment: Moment,
) -> Result<(), Terminate> {
    match stages.get_mut(at..) {
        Some(from_here) => run_first(from_here, surroundings, moment).await,
        None => Ok(()),
    }
}

impl Bind {
    fn make(self) -> Result<Stage, ErrorRecord> {
        let running = (self.command.make)(&self.bound)?;
        Ok(Stage {
            command: self.command,
            running,
            bound: self.bound,
            redirection: self.redirection,
            confirm: ConfirmMemory::default(),
        })
    }
}

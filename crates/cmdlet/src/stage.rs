//! One command at its place in a running pipeline, and the way of an object from one to the next.
//!
//! A pipeline is pushed, not pulled, as PowerShell's own is: a command that writes an object runs the next command with it
//! before it goes on itself. So order is exact, nothing is buffered between commands, and dropping the outermost future stops
//! them all.

use clixml::Value;
use futures_util::future::BoxFuture;
use psrp::record::ErrorRecord;

use crate::bind::invocation_info;
use crate::redirection::Redirection;
use crate::run::{Command, Running, Terminate};
use crate::should_process::ConfirmMemory;
use crate::{Bound, CommandTable, Engine, Output, Ps};

/// What all stages of a pipeline share.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) engine: &'a dyn Engine,
    pub(crate) table: &'a CommandTable,
}

/// One command, bound and made.
pub(crate) struct Stage {
    pub(crate) command: Command,
    pub(crate) running: Box<dyn Running>,
    pub(crate) bound: Bound,
    pub(crate) redirection: Redirection,
    pub(crate) confirm: ConfirmMemory,
}

/// Which of a command's three moments.
#[derive(Clone, Copy)]
pub(crate) enum Moment {
    Begin,
    Process,
    End,
}

/// Runs one moment of the first stage, with the others behind it.
pub(crate) async fn run_first(
    stages: &mut [Stage],
    surroundings: Surroundings<'_>,
    moment: Moment,
) -> Result<(), Terminate> {
    let Some((stage, downstream)) = stages.split_first_mut() else { return Ok(()) };
    let mut ps = Ps {
        info: stage.command.info,
        bound: &stage.bound,
        redirection: stage.redirection,
        confirm: &mut stage.confirm,
        downstream,
        surroundings,
    };
    let ended = match moment {
        Moment::Begin => stage.running.begin(&mut ps).await,
        Moment::Process => stage.running.process(&mut ps).await,
        Moment::End => stage.running.end(&mut ps).await,
    };
    ended.map_err(|ended| match ended {
        Terminate::Error(error) => Terminate::Error(Box::new(invoked_by(*error, stage.command.info.name))),
        Terminate::Script(error) => Terminate::Script(Box::new(invoked_by(*error, stage.command.info.name))),
        Terminate::Stopped => Terminate::Stopped,
    })
}

/// Says which command an error comes from, unless it says so itself. Clients print it before the message.
pub(crate) fn invoked_by(mut error: ErrorRecord, command: &str) -> ErrorRecord {
    if error.invocation_info.is_null() {
        error.invocation_info = invocation_info(command);
    }
    error
}

/// Hands an object to the first stage, or to the client when there is none left.
pub(crate) fn feed<'a>(
    stages: &'a mut [Stage],
    surroundings: Surroundings<'a>,
    object: Value,
) -> BoxFuture<'a, Result<(), Terminate>> {
    Box::pin(async move {
        let Some(stage) = stages.first_mut() else {
            return Ok(surroundings.engine.emit(Output::Object(object)).await?);
        };
        let bound = stage.bound.bind_pipeline_object(&object).and_then(|()| stage.running.rebind(&stage.bound));
        let done = match bound {
            Ok(()) => run_first(stages, surroundings, Moment::Process).await,
            Err(error) => write_error(stages, surroundings, error).await,
        };
        if let Some(stage) = stages.first_mut() {
            stage.bound.clear_pipeline_object();
        }
        done
    })
}

/// Writes a non-terminating error in the name of the first stage.
async fn write_error(
    stages: &mut [Stage],
    surroundings: Surroundings<'_>,
    error: ErrorRecord,
) -> Result<(), Terminate> {
    let Some((stage, downstream)) = stages.split_first_mut() else { return Ok(()) };
    let mut ps = Ps {
        info: stage.command.info,
        bound: &stage.bound,
        redirection: stage.redirection,
        confirm: &mut stage.confirm,
        downstream,
        surroundings,
    };
    ps.write_error(error).await
}

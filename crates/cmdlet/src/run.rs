//! What a command is to those who run it.

use std::future::Future;

use futures_util::future::BoxFuture;
use psrp::record::ErrorRecord;

use crate::{Bound, CommandInfo, Ps, Stopped};

/// A command's declaration and its way from bound arguments to a value. `#[derive(Cmdlet)]` writes it.
pub trait Cmdlet: Sized + Send + 'static {
    /// The declaration.
    const INFO: &'static CommandInfo;

    /// Fills every field, once, before [`Run::begin`].
    fn from_bound(bound: &Bound) -> Result<Self, ErrorRecord>;

    /// Fills the fields that take pipeline input again, for one more object.
    fn rebind(&mut self, bound: &Bound) -> Result<(), ErrorRecord>;
}

/// What a command does. Its author writes these with `async fn`; each may be dropped at any `await` when the user stops it.
pub trait Run: Cmdlet {
    /// Once, before the first object of the pipeline.
    fn begin(&mut self, _ps: &mut Ps<'_>) -> impl Future<Output = Result<(), Terminate>> + Send {
        async { Ok(()) }
    }

    /// Once for each object of the pipeline, or just once if nothing feeds the command.
    fn process(&mut self, _ps: &mut Ps<'_>) -> impl Future<Output = Result<(), Terminate>> + Send {
        async { Ok(()) }
    }

    /// Once, after the last object.
    fn end(&mut self, _ps: &mut Ps<'_>) -> impl Future<Output = Result<(), Terminate>> + Send {
        async { Ok(()) }
    }
}

/// Why a pipeline ended before its end.
#[derive(Clone, Debug, PartialEq)]
pub enum Terminate {
    /// A statement-terminating error: nothing is left to go on with, and the pipeline's state becomes Failed.
    Error(Box<ErrorRecord>),
    /// A script-terminating error, such as `-ErrorAction Stop` makes of any: no later statement of the line runs either.
    Script(Box<ErrorRecord>),
    /// It was stopped.
    Stopped,
}

impl From<ErrorRecord> for Terminate {
    fn from(error: ErrorRecord) -> Terminate {
        Terminate::Error(Box::new(error))
    }
}

impl From<Stopped> for Terminate {
    fn from(Stopped: Stopped) -> Terminate {
        Terminate::Stopped
    }
}

/// A command of the table, its type forgotten.
#[derive(Clone, Copy)]
pub struct Command {
    /// The declaration.
    pub info: &'static CommandInfo,
    pub(crate) make: fn(&Bound) -> Result<Box<dyn Running>, ErrorRecord>,
}

impl Command {
    pub(crate) fn of<C: Run>() -> Command {
        Command { info: C::INFO, make: |bound| Ok(Box::new(C::from_bound(bound)?)) }
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.info.name)
    }
}

/// [`Run`] for a command whose type is forgotten.
pub(crate) trait Running: Send {
    fn rebind(&mut self, bound: &Bound) -> Result<(), ErrorRecord>;
    fn begin<'a>(&'a mut self, ps: &'a mut Ps<'_>) -> BoxFuture<'a, Result<(), Terminate>>;
    fn process<'a>(&'a mut self, ps: &'a mut Ps<'_>) -> BoxFuture<'a, Result<(), Terminate>>;
    fn end<'a>(&'a mut self, ps: &'a mut Ps<'_>) -> BoxFuture<'a, Result<(), Terminate>>;
}

impl<C: Run> Running for C {
    fn rebind(&mut self, bound: &Bound) -> Result<(), ErrorRecord> {
        Cmdlet::rebind(self, bound)
    }

    fn begin<'a>(&'a mut self, ps: &'a mut Ps<'_>) -> BoxFuture<'a, Result<(), Terminate>> {
        Box::pin(Run::begin(self, ps))
    }

    fn process<'a>(&'a mut self, ps: &'a mut Ps<'_>) -> BoxFuture<'a, Result<(), Terminate>> {
        Box::pin(Run::process(self, ps))
    }

    fn end<'a>(&'a mut self, ps: &'a mut Ps<'_>) -> BoxFuture<'a, Result<(), Terminate>> {
        Box::pin(Run::end(self, ps))
    }
}

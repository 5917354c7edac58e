//! One pipeline of a client, from its statements to its end.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use clixml::{Guid, Value};
use cmdlet::{CommandTable, Engine as _, Invocation, Output, SessionInfo, Terminate};
use futures_util::stream;
use psrp::record::{ErrorRecord, Exception};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use transcript::{Outcome, Record};

use super::context::Endpoint;
use super::engine::PipelineEngine;
use super::record::{Outbox, Outgoing, PipelineRecorder};
use super::statement::{Refused, Statement};

/// All that a pipeline's task needs.
pub(crate) struct Pipeline {
    pub(crate) id: Guid,
    pub(crate) statements: Vec<Result<Statement, Refused>>,
    pub(crate) has_input: bool,
    pub(crate) input: mpsc::UnboundedReceiver<Value>,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) table: Arc<CommandTable>,
    pub(crate) session: Arc<SessionInfo>,
    pub(crate) outbox: Outbox,
    pub(crate) stop: CancellationToken,
}

impl Pipeline {
    /// Runs it and sends its end.
    pub(crate) async fn run(mut self) {
        let started = Instant::now();
        let stop = self.stop.clone();
        let ends = Arc::new(OnceLock::new());
        let ended = tokio::select! {
            biased;
            () = stop.cancelled() => Err(Terminate::Stopped),
            ended = self.run_statements(&ends) => ended,
        };
        let (outcome, error) = match ended {
            Ok(()) => (Outcome::Completed, None),
            Err(Terminate::Error(error) | Terminate::Script(error)) => {
                let clixml = super::record::clixml(&error.to_value());
                self.outbox.note(Record::TerminatingError { pipeline: self.id.to_string(), clixml });
                (Outcome::Failed, Some(error))
            }
            Err(Terminate::Stopped) => (Outcome::Stopped, Some(Box::new(cmdlet::refusal::pipeline_stopped()))),
        };
        let (duration, ends_session) = (started.elapsed(), ends.get().copied());
        self.outbox.send(Outgoing::Finished { pipeline: self.id, outcome, error, duration, ends_session });
    }

    /// In order. The real server goes on after a first statement that failed, with its error as a record, and ends with any
    /// later one (captured.md 1.1).
    async fn run_statements(&mut self, ends: &Arc<OnceLock<&'static str>>) -> Result<(), Terminate> {
        let statements = std::mem::take(&mut self.statements);
        let several = statements.len() > 1;
        let (endpoint, session) = (Arc::clone(&self.endpoint), Arc::clone(&self.session));
        let engine = PipelineEngine::new(self.id, endpoint, session, self.outbox.clone(), Arc::clone(ends));
        for (position, statement) in statements.into_iter().enumerate() {
            match self.run_statement(statement, &engine).await {
                Err(Terminate::Error(error)) if several && position == 0 => {
                    engine.emit(Output::Error(as_first_of_several(*error))).await?;
                }
                ended => ended?,
            }
        }
        Ok(())
    }

    async fn run_statement(
        &mut self,
        statement: Result<Statement, Refused>,
        engine: &PipelineEngine,
    ) -> Result<(), Terminate> {
        let calls = match statement {
            Ok(statement) => statement.calls,
            Err(refused) => return Err(self.refused(refused.error).into()),
        };
        let table = &*self.table;
        let bound = Invocation::bind(table, calls, self.has_input, engine).await;
        let invocation = bound.map_err(|ended| match ended {
            Terminate::Error(error) => self.refused(*error).into(),
            other => other,
        })?;
        let authorized = match invocation.authorize(&*self.endpoint.policy) {
            Ok(authorized) => authorized,
            Err(error) => return Err(self.refused(error).into()),
        };
        let recorder = PipelineRecorder { pipeline: self.id, outbox: self.outbox.clone() };
        let recorded = authorized.record(&recorder).await?;
        let input = stream::poll_fn(|context| self.input.poll_recv(context));
        recorded.run(table, engine, input).await
    }

    /// Puts a refusal on record, in full.
    fn refused(&self, error: ErrorRecord) -> ErrorRecord {
        self.outbox.note(Record::Refused {
            pipeline: self.id.to_string(),
            error: error.fully_qualified_error_id.to_string(),
            message: error.exception.message.to_string(),
            target: super::record::clixml(&error.target_object),
        });
        error
    }
}

/// The real server tells an unknown command in a first statement through a parent exception.
fn as_first_of_several(mut error: ErrorRecord) -> ErrorRecord {
    if error.fully_qualified_error_id == "CommandNotFoundException" {
        error.reason = "ParentContainsErrorRecordException".into();
        error.exception = Exception::new(
            &[
                "System.Management.Automation.ParentContainsErrorRecordException",
                "System.SystemException",
                "System.Exception",
                "System.Object",
            ],
            error.exception.message,
        );
    }
    error
}

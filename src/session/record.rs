//! The step between a pipeline and its client that cannot be left out: whatever goes out is on record first.

use clixml::{Content, Guid, Masked, Object, Str, Value};
use cmdlet::{
    ActionPreference, Authorized, Bound, CommandTable, CommonParameters, Invocation, Output, Recorder, Stopped,
    Terminate,
};
use futures_util::future::BoxFuture;
use psrp::host_call::{FieldDescription, HostCall, HostReply};
use psrp::message::CreatePipeline;
use psrp::record::{ErrorRecord, InformationalKind};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use transcript::{Bindings, JournalError, Outcome, Record, SessionJournal, Stream};

/// One thing on its way to the client.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // most are output, and live for an instant
#[allow(dead_code)] // a place is held, not read
pub(crate) enum Outgoing {
    /// Something on a stream of a pipeline. The permit goes back when the transport has taken it.
    Output { pipeline: Guid, output: Output, place: Place },
    /// A host call; the answer, if there is one, goes to `reply`.
    HostCall { pipeline: Guid, call: HostCall, reply: Option<oneshot::Sender<HostReply>>, place: Place },
    /// The end of a pipeline.
    Finished {
        pipeline: Guid,
        outcome: Outcome,
        error: Option<Box<ErrorRecord>>,
        duration: std::time::Duration,
        /// The session ends with it, for this reason.
        ends_session: Option<&'static str>,
    },
}

/// A pipeline's place on the way out; free again when it is dropped. What the daemon itself sends needs none.
#[derive(Debug)]
pub(crate) struct Place(#[allow(dead_code)] Option<OwnedSemaphorePermit>); // held, not read

impl Place {
    /// One of a pipeline's own places.
    pub(crate) fn of_pipeline(permit: OwnedSemaphorePermit) -> Place {
        Place(Some(permit))
    }

    /// None is needed.
    pub(crate) fn free() -> Place {
        Place(None)
    }
}

/// On record. Only the journal's answer makes one.
#[derive(Debug)]
pub(crate) struct Recorded<T>(T);

impl<T> Recorded<T> {
    /// What was recorded.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

/// What the shell hears from its journal.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // the large one is the common one
pub(crate) enum FromJournal {
    /// The session's start is on record.
    Started,
    /// This may go out now.
    Send(Recorded<Outgoing>),
    /// The record cannot be kept: the session must end.
    Failed(JournalError),
}

/// One session's way through the journal to its shell.
#[derive(Clone)]
pub(crate) struct Outbox {
    journal: SessionJournal,
    shell: mpsc::UnboundedSender<FromJournal>,
}

impl Outbox {
    pub(crate) fn new(journal: SessionJournal, shell: mpsc::UnboundedSender<FromJournal>) -> Outbox {
        Outbox { journal, shell }
    }

    /// Records it, and sends it once the record holds.
    pub(crate) fn send(&self, outgoing: Outgoing) {
        let shell = self.shell.clone();
        #[cfg(feature = "unrecorded")]
        if self.journal.is_off() {
            let _ = shell.send(FromJournal::Send(Recorded(outgoing)));
            return;
        }
        self.journal.append(outgoing.record(), move |held| {
            let _ = shell.send(match held {
                Ok(()) => FromJournal::Send(Recorded(outgoing)),
                Err(error) => FromJournal::Failed(error),
            });
        });
    }

    /// Records something that sends nothing. A journal that fails ends the session all the same.
    pub(crate) fn note(&self, record: Record) {
        let shell = self.shell.clone();
        self.journal.note(record, move |error| {
            let _ = shell.send(FromJournal::Failed(error));
        });
    }

    /// Records something and waits until the record holds.
    async fn noted(&self, record: Record) -> Result<(), Stopped> {
        let (told, held) = oneshot::channel();
        let shell = self.shell.clone();
        self.journal.append(record, move |result| {
            let _ = told.send(result.is_ok());
            if let Err(error) = result {
                let _ = shell.send(FromJournal::Failed(error));
            }
        });
        if held.await.unwrap_or(false) { Ok(()) } else { Err(Stopped) }
    }
}

/// Puts the invocations of one pipeline on record.
pub(crate) struct PipelineRecorder {
    pub(crate) pipeline: Guid,
    pub(crate) outbox: Outbox,
}

impl Recorder for PipelineRecorder {
    fn invocation<'a>(&'a self, invocation: &'a Authorized<Invocation>) -> BoxFuture<'a, Result<(), Terminate>> {
        let commands = invocation
            .commands()
            .map(|(info, bound, rule)| Bindings {
                command: info.name.into(),
                rule: rule.to_string(),
                parameters: clixml(&parameters(bound)),
            })
            .collect();
        let record = Record::Authorized { pipeline: self.pipeline.to_string(), commands };
        if !invocation.changes_something() {
            // its answers come behind it in the same journal, so none leaves before this holds
            self.outbox.note(record);
            return Box::pin(async { Ok(()) });
        }
        Box::pin(async move { Ok(self.outbox.noted(record).await?) })
    }
}

/// What a command's parameters are bound to, the common ones too, with every declared secret left out.
fn parameters(bound: &Bound) -> Value {
    let entries = bound.iter().map(|(parameter, value)| {
        let shown = if parameter.secret { Value::string(MASKED) } else { value.clone() };
        (Value::string(parameter.name), shown)
    });
    Object::new().content(Content::Dictionary(entries.chain(common(bound.common())).collect())).into()
}

/// The common parameters that were given.
fn common(given: &CommonParameters) -> impl Iterator<Item = (Value, Value)> {
    let action = |action: Option<ActionPreference>| action.map(|action| Value::string(format!("{action:?}")));
    let named = [
        ("Verbose", given.verbose.map(Value::Bool)),
        ("Debug", given.debug.map(Value::Bool)),
        ("ErrorAction", action(given.error_action)),
        ("WarningAction", action(given.warning_action)),
        ("InformationAction", action(given.information_action)),
        ("ProgressAction", action(given.progress_action)),
        ("OutBuffer", given.out_buffer.map(Value::Int32)),
        ("WhatIf", given.what_if.then_some(Value::Bool(true))),
        ("Confirm", given.confirm.map(Value::Bool)),
    ];
    named.into_iter().filter_map(|(name, value)| Some((Value::string(name), value?)))
}

/// A command's arguments as they came. Which of them is a declared secret is known only once they are bound, so none of a
/// command that has one is shown here; the bindings that follow show the others.
pub(crate) fn arguments(table: &CommandTable, command: &psrp::message::Command) -> String {
    if command.parameters.is_empty() {
        return String::new();
    }
    let masked = takes_secrets(table, command);
    let arguments = command.parameters.iter().map(|parameter| {
        let value = if masked && !parameter.value.is_null() { Value::string(MASKED) } else { parameter.value.clone() };
        Object::new().note("N", parameter.name.clone()).note("V", value).into()
    });
    clixml(&Value::array(arguments.collect()))
}

fn takes_secrets(table: &CommandTable, command: &psrp::message::Command) -> bool {
    let info = table.resolve(&command.name).map(|command| command.info);
    info.is_some_and(|info| info.parameters.iter().any(|parameter| parameter.secret))
}

/// The line as it was typed, unless it holds arguments of a command that takes secrets.
pub(crate) fn history(table: &CommandTable, create: &CreatePipeline) -> Option<String> {
    let line = create.power_shell.history.as_ref()?;
    let mut commands = create.power_shell.statements().flatten();
    let masked = commands.any(|command| !command.parameters.is_empty() && takes_secrets(table, command));
    Some(if masked { MASKED.to_owned() } else { line.to_string() })
}

/// What stands in a record in a secret's place.
const MASKED: &str = "********";

/// A value as it stands in a record: secrets masked.
pub(crate) fn clixml(value: &Value) -> String {
    clixml::to_string(value, &Masked)
}

/// What a host call asked for. A client may answer a question for a secret with plain text; that must not be seen either.
pub(crate) enum Asked {
    Anything,
    Secret,
    /// These fields are secrets.
    Fields(Vec<Str>),
}

impl Asked {
    pub(crate) fn by(call: &HostCall) -> Asked {
        match call {
            HostCall::ReadLineAsSecureString | HostCall::PromptForCredential2 { .. } => Asked::Secret,
            HostCall::Prompt { fields, .. } => {
                let secret = |field: &&FieldDescription| {
                    ["SecureString", "PSCredential"].iter().any(|name| field.parameter_type_name.contains(name))
                };
                Asked::Fields(fields.iter().filter(secret).map(|field| field.name.clone()).collect())
            }
            _ => Asked::Anything,
        }
    }

    /// The answer as it stands in the record.
    pub(crate) fn shown(&self, answer: &Value) -> String {
        match self {
            Asked::Anything => clixml(answer),
            Asked::Secret => clixml(&hidden(answer)),
            Asked::Fields(secrets) if secrets.is_empty() => clixml(answer),
            Asked::Fields(secrets) => match answer.as_object().map(|object| &object.content) {
                Some(Content::Dictionary(entries)) => {
                    let entries = entries.iter().map(|(name, value)| {
                        let plain = name.as_str().is_some_and(|name| !secrets.iter().any(|secret| **secret == *name));
                        (name.clone(), if plain { value.clone() } else { hidden(value) })
                    });
                    clixml(&Object::new().content(Content::Dictionary(entries.collect())).into())
                }
                _ => clixml(&hidden(answer)),
            },
        }
    }
}

/// Secure strings and credentials are masked when they are written; whatever else was given in their place is masked here.
fn hidden(value: &Value) -> Value {
    let password = value.as_object().and_then(|credential| credential.property("Password"));
    match (value, password) {
        (Value::Null | Value::SecureString(_), _) | (_, Some(Value::SecureString(_))) => value.clone(),
        _ => Value::string(MASKED),
    }
}

impl Outgoing {
    fn record(&self) -> Record {
        match self {
            Outgoing::Output { pipeline, output, .. } => Record::Output {
                pipeline: pipeline.to_string(),
                stream: match output {
                    Output::Object(_) => Stream::Output,
                    Output::Error(_) => Stream::Error,
                    Output::Informational(record) => match record.kind {
                        InformationalKind::Warning => Stream::Warning,
                        InformationalKind::Verbose => Stream::Verbose,
                        InformationalKind::Debug => Stream::Debug,
                    },
                    Output::Information(_) => Stream::Information,
                    Output::Progress(_) => Stream::Progress,
                },
                clixml: clixml(&output.clone().into_value()),
            },
            Outgoing::HostCall { pipeline, call, .. } => Record::HostCall {
                pipeline: pipeline.to_string(),
                method: call.method_id().name().unwrap_or("unknown").into(),
                clixml: clixml(&call.parameters()),
            },
            Outgoing::Finished { pipeline, outcome, error, duration, .. } => Record::Completed {
                pipeline: pipeline.to_string(),
                outcome: *outcome,
                error: error.as_ref().map(|error| error.fully_qualified_error_id.to_string()),
                duration: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            },
        }
    }
}

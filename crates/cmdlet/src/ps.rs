//! What a running command sees of the world: its streams, its user, its session.

use std::any::TypeId;
use std::sync::Arc;

use clixml::{Object, Str, Value};
use psrp::host_call::{HostCall, HostReply};
use psrp::record::{
    ErrorCategory, ErrorRecord, Exception, InformationRecord, InformationalKind, InformationalRecord, ProgressRecord,
};

use crate::redirection::{Redirection, Target};
use crate::run::Terminate;
use crate::should_process::ConfirmMemory;
use crate::stage::{Stage, Surroundings, feed, invoked_by};
use crate::{ActionPreference, Bound, CommandInfo, CommandTable, Output, SessionInfo};

/// A running command's view of its pipeline, its client and its session.
pub struct Ps<'a> {
    pub(crate) info: &'static CommandInfo,
    pub(crate) bound: &'a Bound,
    pub(crate) redirection: Redirection,
    pub(crate) confirm: &'a mut ConfirmMemory,
    pub(crate) downstream: &'a mut [Stage],
    pub(crate) surroundings: Surroundings<'a>,
}

impl Ps<'_> {
    /// The command's declaration.
    pub fn info(&self) -> &'static CommandInfo {
        self.info
    }

    /// What its parameters are bound to.
    pub fn bound(&self) -> &Bound {
        self.bound
    }

    /// Every command of the endpoint.
    pub fn table(&self) -> &CommandTable {
        self.surroundings.table
    }

    /// The session it runs in.
    pub fn session(&self) -> &SessionInfo {
        self.surroundings.engine.session()
    }

    /// Ends the session when this pipeline has ended. What was written before, the client has shown by then.
    pub async fn end_session(&mut self, reason: &'static str) -> Result<(), Terminate> {
        self.surroundings.engine.end_session(reason).await;
        Ok(())
    }

    /// A part of the daemon to work on. An error names the missing one: an endpoint that lacks it should not list the command.
    pub fn service<T: Send + Sync + 'static>(&self) -> Result<Arc<T>, ErrorRecord> {
        let found = self.surroundings.engine.service(TypeId::of::<T>());
        found.and_then(|service| service.downcast::<T>().ok()).ok_or_else(|| {
            let message = format!("This endpoint has no {} for '{}'.", std::any::type_name::<T>(), self.info.name);
            let exception = Exception::new(INVALID_OPERATION, message);
            let id = format!("ServiceNotAvailable,{}", self.info.name);
            ErrorRecord::new(exception, id, ErrorCategory::ResourceUnavailable).activity(self.info.name)
        })
    }

    /// Writes one object, to the next command or the client.
    pub async fn write(&mut self, value: impl Into<Value>) -> Result<(), Terminate> {
        feed(self.downstream, self.surroundings, value.into()).await
    }

    /// Writes a non-terminating error; `-ErrorAction` decides whether it ends the command after all.
    pub async fn write_error(&mut self, error: ErrorRecord) -> Result<(), Terminate> {
        let error = invoked_by(error, self.info.name);
        match self.bound.common().error_action.unwrap_or(ActionPreference::Continue) {
            ActionPreference::SilentlyContinue | ActionPreference::Ignore => Ok(()),
            ActionPreference::Stop => Err(Terminate::Script(Box::new(error))),
            ActionPreference::Inquire => {
                self.inquire(&error.exception.message.clone()).await?;
                self.send(self.redirection.error, Output::Error(error), None).await
            }
            _ => self.send(self.redirection.error, Output::Error(error), None).await,
        }
    }

    /// Writes a warning.
    pub async fn warning(&mut self, text: impl Into<Str>) -> Result<(), Terminate> {
        let preference = self.bound.common().warning_action.unwrap_or(ActionPreference::Continue);
        let text = text.into();
        let call = HostCall::WriteWarningLine(text.clone());
        self.informational(InformationalKind::Warning, text, preference, self.redirection.warning, call).await
    }

    /// Writes a verbose text, seen under `-Verbose`.
    pub async fn verbose(&mut self, text: impl Into<Str>) -> Result<(), Terminate> {
        let preference = switched(self.bound.common().verbose);
        let text = text.into();
        let call = HostCall::WriteVerboseLine(text.clone());
        self.informational(InformationalKind::Verbose, text, preference, self.redirection.verbose, call).await
    }

    /// Writes a debug text, seen under `-Debug`.
    pub async fn debug(&mut self, text: impl Into<Str>) -> Result<(), Terminate> {
        let preference = switched(self.bound.common().debug);
        let text = text.into();
        let call = HostCall::WriteDebugLine(text.clone());
        self.informational(InformationalKind::Debug, text, preference, self.redirection.debug, call).await
    }

    /// Writes a text of one of the three plain streams whatever the preference says, as a cmdlet inside the command would that
    /// was told `-Verbose` or `-Debug` itself.
    pub async fn write_informational(
        &mut self,
        kind: InformationalKind,
        text: impl Into<Str>,
    ) -> Result<(), Terminate> {
        let text = text.into();
        let (target, call) = match kind {
            InformationalKind::Warning => (self.redirection.warning, HostCall::WriteWarningLine(text.clone())),
            InformationalKind::Verbose => (self.redirection.verbose, HostCall::WriteVerboseLine(text.clone())),
            InformationalKind::Debug => (self.redirection.debug, HostCall::WriteDebugLine(text.clone())),
        };
        self.informational(kind, text, ActionPreference::Continue, target, call).await
    }

    async fn informational(
        &mut self,
        kind: InformationalKind,
        message: Str,
        preference: ActionPreference,
        target: Target,
        call: HostCall,
    ) -> Result<(), Terminate> {
        if matches!(preference, ActionPreference::SilentlyContinue | ActionPreference::Ignore) {
            return Ok(());
        }
        let record = Output::Informational(InformationalRecord { kind, message: message.clone() });
        self.send(target, record, Some(call)).await?;
        match preference {
            ActionPreference::Stop => Err(Terminate::Script(Box::new(preference_stop(kind, &message)))),
            ActionPreference::Inquire => self.inquire(&message).await,
            _ => Ok(()),
        }
    }

    /// Writes an information record; its text is shown under `-InformationAction Continue`.
    pub async fn information(
        &mut self,
        data: impl Into<Value>,
        tags: impl IntoIterator<Item = &'static str>,
    ) -> Result<(), Terminate> {
        let data = data.into();
        let preference = self.bound.common().information_action.unwrap_or(ActionPreference::SilentlyContinue);
        if preference == ActionPreference::Ignore {
            return Ok(());
        }
        if matches!(preference, ActionPreference::Continue | ActionPreference::Inquire) {
            return self.write_information(data, tags).await;
        }
        let record = self.information_record(data, tags.into_iter().map(Str::from).collect());
        self.send(self.redirection.information, Output::Information(record), None).await
    }

    /// Writes an information record and shows its text whatever the preference says.
    pub async fn write_information(
        &mut self,
        data: impl Into<Value>,
        tags: impl IntoIterator<Item = &'static str>,
    ) -> Result<(), Terminate> {
        let data = data.into();
        let call = HostCall::WriteLine2(data.to_invariant_string());
        let record = self.information_record(data, tags.into_iter().map(Str::from).collect());
        self.send(self.redirection.information, Output::Information(record), Some(call)).await
    }

    /// Writes text to the client's screen, as `Write-Host` does: as a record for those who keep records, and at once for the
    /// eye. Colours are `System.ConsoleColor`, or none.
    pub async fn write_host(
        &mut self,
        text: impl Into<Str>,
        foreground: Option<ConsoleColor>,
        background: Option<ConsoleColor>,
        no_new_line: bool,
    ) -> Result<(), Terminate> {
        if self.bound.common().information_action == Some(ActionPreference::Ignore) {
            return Ok(());
        }
        let text = text.into();
        let name = |color: Option<ConsoleColor>| color.map_or("-1", ConsoleColor::name);
        let number = |color: Option<ConsoleColor>| color.map_or(-1, |color| color as i32);
        let message =
            Object::with_type_names(&["System.Management.Automation.HostInformationMessage", "System.Object"])
                .text(text.clone())
                .adapted("Message", text.clone())
                .adapted("NoNewLine", no_new_line)
                .adapted("ForegroundColor", name(foreground))
                .adapted("BackgroundColor", name(background));
        let record = self.information_record(message.into(), vec!["PSHOST".into()]);
        let (foreground, background) = (number(foreground), number(background));
        let call = if no_new_line {
            HostCall::Write2(foreground, background, text)
        } else {
            HostCall::WriteLine3(foreground, background, text)
        };
        self.send(self.redirection.information, Output::Information(record), Some(call)).await
    }

    fn information_record(&self, message_data: Value, tags: Vec<Str>) -> InformationRecord {
        InformationRecord {
            message_data,
            source: self.info.name.into(),
            time_generated: self.surroundings.engine.now(),
            tags,
            user: self.session().account.clone(),
            computer: self.session().computer.clone(),
            process_id: std::process::id(),
            native_thread_id: 0,
            managed_thread_id: 0,
        }
    }

    /// Writes one state of a progress bar.
    pub async fn progress(&mut self, record: ProgressRecord) -> Result<(), Terminate> {
        let preference = self.bound.common().progress_action.unwrap_or(ActionPreference::Continue);
        if matches!(preference, ActionPreference::SilentlyContinue | ActionPreference::Ignore) {
            return Ok(());
        }
        let call = HostCall::WriteProgress(0, record.clone());
        self.send(Target::Stream, Output::Progress(record), Some(call)).await
    }

    /// Shows something at the client's host and expects no answer.
    pub async fn show(&mut self, call: HostCall) -> Result<(), Terminate> {
        Ok(self.surroundings.engine.show(call).await?)
    }

    /// Asks the client's host. What the host throws ends the command, unless it catches it.
    pub async fn ask(&mut self, call: HostCall) -> Result<Value, Terminate> {
        match self.surroundings.engine.ask(call).await? {
            HostReply::Value(value) => Ok(value),
            HostReply::Error(error) => Err(error.into()),
        }
    }

    /// Sends a record to where its stream goes. The record comes first and what the user sees of it after, as from the real
    /// server (captured.md 1); what goes into the output is not shown by itself.
    async fn send(&mut self, target: Target, record: Output, call: Option<HostCall>) -> Result<(), Terminate> {
        let places = match target {
            Target::Stream => {
                self.surroundings.engine.emit(record).await?;
                return match call {
                    Some(call) => self.show(call).await,
                    None => Ok(()),
                };
            }
            Target::Output => 0,
            Target::Command(places) => places.saturating_sub(1),
        };
        let start = places.min(self.downstream.len());
        let (_, rest) = self.downstream.split_at_mut(start);
        feed(rest, self.surroundings, record.into_value()).await
    }

    /// `Inquire`: goes on, or ends the command.
    async fn inquire(&mut self, message: &str) -> Result<(), Terminate> {
        let choice = |label: &str, help: &str| psrp::host_call::ChoiceDescription {
            label: label.into(),
            help_message: help.into(),
        };
        let reply = self
            .ask(HostCall::PromptForChoice {
                caption: "Confirm".into(),
                message: format!("{message}\nContinue with this operation?").into(),
                choices: vec![
                    choice("&Yes", "Continue with only the next step of the operation."),
                    choice("Yes to &All", "Continue with all the steps of the operation."),
                    choice("&Halt Command", "Stop this command."),
                ],
                default_choice: 0,
            })
            .await?;
        match reply.as_i32() {
            Some(0 | 1) => Ok(()),
            _ => Err(Terminate::Stopped),
        }
    }
}

impl Output {
    /// The record as an object, for streams that were merged into the output.
    pub fn into_value(self) -> Value {
        match self {
            Output::Object(value) => value,
            Output::Error(record) => record.to_value(),
            Output::Informational(record) => record.to_value(),
            Output::Information(record) => information_object(&record),
            Output::Progress(record) => record.to_value(),
        }
    }
}

/// `System.ConsoleColor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are .NET's own
pub enum ConsoleColor {
    Black = 0,
    DarkBlue = 1,
    DarkGreen = 2,
    DarkCyan = 3,
    DarkRed = 4,
    DarkMagenta = 5,
    DarkYellow = 6,
    Gray = 7,
    DarkGray = 8,
    Blue = 9,
    Green = 10,
    Cyan = 11,
    Red = 12,
    Magenta = 13,
    Yellow = 14,
    White = 15,
}

impl ConsoleColor {
    fn name(self) -> &'static str {
        match self {
            ConsoleColor::Black => "Black",
            ConsoleColor::DarkBlue => "DarkBlue",
            ConsoleColor::DarkGreen => "DarkGreen",
            ConsoleColor::DarkCyan => "DarkCyan",
            ConsoleColor::DarkRed => "DarkRed",
            ConsoleColor::DarkMagenta => "DarkMagenta",
            ConsoleColor::DarkYellow => "DarkYellow",
            ConsoleColor::Gray => "Gray",
            ConsoleColor::DarkGray => "DarkGray",
            ConsoleColor::Blue => "Blue",
            ConsoleColor::Green => "Green",
            ConsoleColor::Cyan => "Cyan",
            ConsoleColor::Red => "Red",
            ConsoleColor::Magenta => "Magenta",
            ConsoleColor::Yellow => "Yellow",
            ConsoleColor::White => "White",
        }
    }
}

const INVALID_OPERATION: &[&str] =
    &["System.InvalidOperationException", "System.SystemException", "System.Exception", "System.Object"];

const fn switched(switch: Option<bool>) -> ActionPreference {
    match switch {
        Some(true) => ActionPreference::Continue,
        _ => ActionPreference::SilentlyContinue,
    }
}

/// A preference of `Stop` met a warning, verbose or debug text.
fn preference_stop(kind: InformationalKind, text: &str) -> ErrorRecord {
    let (variable, activity, command) = match kind {
        InformationalKind::Warning => ("WarningPreference", "Write-Warning", "WriteWarningCommand"),
        InformationalKind::Verbose => ("VerbosePreference", "Write-Verbose", "WriteVerboseCommand"),
        InformationalKind::Debug => ("DebugPreference", "Write-Debug", "WriteDebugCommand"),
    };
    let exception = Exception::new(
        &[
            "System.Management.Automation.ActionPreferenceStopException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        format!(
            "The running command stopped because the preference variable \"{variable}\" or common parameter is set to \
             Stop: {text}"
        ),
    );
    let id = format!("ActionPreferenceStop,Microsoft.PowerShell.Commands.{command}");
    ErrorRecord::new(exception, id, ErrorCategory::OperationStopped).activity(activity)
}

/// An information record as an object of the output: what it says as text, and its facts as adapted properties.
fn information_object(record: &InformationRecord) -> Value {
    let text = record.message_data.to_invariant_string();
    let facts = record.to_value();
    let mut object = Object::with_type_names(&["System.Management.Automation.InformationRecord", "System.Object"])
        .text(text.clone());
    let facts = facts.as_object().map(|facts| facts.extended.clone()).unwrap_or_default();
    for (name, value) in facts.iter() {
        let value = if name == "MessageData" { Value::String(text.clone()) } else { value.clone() };
        object.adapted.push(name, value);
    }
    object.into()
}

use clixml::{Content, Object, Str, Value};

use super::argument::CommandParameter;
use super::enumeration::{ApartmentState, PipelineResultTypes, RemoteStreamOptions};
use crate::fields::{FieldError, Fields};
use crate::host_info::HostInfo;

/// MS-PSRP 2.2.2.10, CREATE_PIPELINE.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePipeline {
    /// What to run.
    pub power_shell: PowerShell,
    /// `NoInput`: no PIPELINE_INPUT will follow.
    pub no_input: bool,
    /// `ApartmentState`; means nothing without .NET.
    pub apartment_state: ApartmentState,
    /// `RemoteStreamOptions`.
    pub remote_stream_options: RemoteStreamOptions,
    /// `AddToHistory`.
    pub add_to_history: bool,
    /// The host of this pipeline: as a rule that of the pool.
    pub host_info: HostInfo,
    /// `IsNested`: may run beside a pipeline that runs already.
    pub is_nested: bool,
}

/// MS-PSRP 2.2.3.11, the statements of a pipeline.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PowerShell {
    /// `Cmds`: the commands of the only, or the first, statement.
    pub commands: Vec<Command>,
    /// `ExtraCmds`: all statements, if there are several.
    pub extra_commands: Vec<Vec<Command>>,
    /// `IsNested`.
    pub is_nested: bool,
    /// `History`: the line as it was typed.
    pub history: Option<Str>,
    /// `RedirectShellErrorOutputPipe`.
    pub redirect_shell_error_output_pipe: bool,
}

/// MS-PSRP 2.2.3.12, one command. Where its streams go is told by eight properties; older clients leave the last five out.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Command {
    /// `Cmd`: a name, or the text of a script.
    pub name: Str,
    /// `IsScript`.
    pub is_script: bool,
    /// `UseLocalScope`.
    pub use_local_scope: Option<bool>,
    /// `MergeMyResult`: this stream goes to where [`Command::merge_to_result`] says.
    pub merge_my_result: PipelineResultTypes,
    /// `MergeToResult`.
    pub merge_to_result: PipelineResultTypes,
    /// `MergePreviousResults`: these streams of all commands before it are its input too.
    pub merge_previous_results: PipelineResultTypes,
    /// `MergeError`.
    pub merge_error: PipelineResultTypes,
    /// `MergeWarning`.
    pub merge_warning: PipelineResultTypes,
    /// `MergeVerbose`.
    pub merge_verbose: PipelineResultTypes,
    /// `MergeDebug`.
    pub merge_debug: PipelineResultTypes,
    /// `MergeInformation`.
    pub merge_information: PipelineResultTypes,
    /// `Args`.
    pub parameters: Vec<CommandParameter>,
}

impl CreatePipeline {
    /// A pipeline of these commands, as the PowerShell API makes it.
    pub fn new(commands: Vec<Command>) -> CreatePipeline {
        CreatePipeline {
            power_shell: PowerShell { commands, redirect_shell_error_output_pipe: true, ..PowerShell::default() },
            no_input: true,
            apartment_state: ApartmentState::Unknown,
            remote_stream_options: RemoteStreamOptions::default(),
            add_to_history: false,
            host_info: HostInfo::of_runspace(),
            is_nested: false,
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        Object::new()
            .note("PowerShell", self.power_shell.to_value())
            .note("NoInput", self.no_input)
            .note("ApartmentState", self.apartment_state.to_value())
            .note("RemoteStreamOptions", self.remote_stream_options.to_value())
            .note("AddToHistory", self.add_to_history)
            .note("HostInfo", self.host_info.to_value())
            .note("IsNested", self.is_nested)
            .into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<CreatePipeline, FieldError> {
        let fields = Fields::new("CREATE_PIPELINE", value)?;
        Ok(CreatePipeline {
            power_shell: PowerShell::from_value(fields.value("PowerShell")?)?,
            no_input: fields.bool_or("NoInput", true)?,
            apartment_state: ApartmentState::read(fields.find("ApartmentState")),
            remote_stream_options: RemoteStreamOptions::read(fields.find("RemoteStreamOptions")),
            add_to_history: fields.bool_or("AddToHistory", false)?,
            host_info: HostInfo::from_value(fields.find("HostInfo"))?,
            is_nested: fields.bool_or("IsNested", false)?,
        })
    }
}

impl PowerShell {
    /// The statements in the order in which they are to be run.
    pub fn statements(&self) -> impl Iterator<Item = &[Command]> {
        let only = self.extra_commands.is_empty().then_some(self.commands.as_slice());
        self.extra_commands.iter().map(Vec::as_slice).chain(only)
    }

    fn to_value(&self) -> Value {
        let mut object = Object::new();
        if !self.extra_commands.is_empty() {
            let statements = self.extra_commands.iter();
            let statements = statements.map(|commands| Object::new().note("Cmds", commands_to_value(commands)).into());
            object = object.note("ExtraCmds", ps_object_list(statements.collect()));
        }
        object
            .note("Cmds", commands_to_value(&self.commands))
            .note("IsNested", self.is_nested)
            .note("History", self.history.clone())
            .note("RedirectShellErrorOutputPipe", self.redirect_shell_error_output_pipe)
            .into()
    }

    fn from_value(value: &Value) -> Result<PowerShell, FieldError> {
        let fields = Fields::new("PowerShell", value)?;
        let statements = fields.list("ExtraCmds")?.unwrap_or_default();
        Ok(PowerShell {
            commands: commands_of(fields)?,
            extra_commands: statements
                .iter()
                .map(|statement| commands_of(Fields::new("ExtraCmds", statement)?))
                .collect::<Result<_, _>>()?,
            is_nested: fields.bool_or("IsNested", false)?,
            history: fields.optional_string("History")?,
            redirect_shell_error_output_pipe: fields.bool_or("RedirectShellErrorOutputPipe", false)?,
        })
    }
}

impl Command {
    /// A command by its name.
    pub fn new(name: impl Into<Str>) -> Command {
        Command { name: name.into(), ..Command::default() }
    }

    /// A script.
    pub fn script(text: impl Into<Str>) -> Command {
        Command { name: text.into(), is_script: true, ..Command::default() }
    }

    /// The `Out-Default` that consoles put at the end of a typed line: it takes the errors of all commands before it.
    pub fn out_default() -> Command {
        Command {
            use_local_scope: Some(true),
            merge_previous_results: PipelineResultTypes::OUTPUT_AND_ERROR,
            ..Command::new("Out-Default")
        }
    }

    /// Adds a named parameter, as the PowerShell API does.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<Str>, value: impl Into<Value>) -> Command {
        self.parameters.push(CommandParameter { name: Some(name.into()), value: value.into() });
        self
    }

    /// Adds an argument by position.
    #[must_use]
    pub fn argument(mut self, value: impl Into<Value>) -> Command {
        self.parameters.push(CommandParameter { name: None, value: value.into() });
        self
    }

    fn to_value(&self) -> Value {
        let parameters = self.parameters.iter().map(CommandParameter::to_value).collect();
        Object::new()
            .note("Cmd", self.name.clone())
            .note("IsScript", self.is_script)
            .note("UseLocalScope", self.use_local_scope)
            .note("MergeMyResult", self.merge_my_result.to_value())
            .note("MergeToResult", self.merge_to_result.to_value())
            .note("MergePreviousResults", self.merge_previous_results.to_value())
            .note("MergeError", self.merge_error.to_value())
            .note("MergeWarning", self.merge_warning.to_value())
            .note("MergeVerbose", self.merge_verbose.to_value())
            .note("MergeDebug", self.merge_debug.to_value())
            .note("MergeInformation", self.merge_information.to_value())
            .note("Args", ps_object_list(parameters))
            .into()
    }

    fn from_value(value: &Value) -> Result<Command, FieldError> {
        let fields = Fields::new("Command", value)?;
        let merge = |name: &str| PipelineResultTypes::read(fields.find(name));
        Ok(Command {
            name: fields.string("Cmd")?,
            is_script: fields.bool_or("IsScript", false)?,
            use_local_scope: fields.optional("UseLocalScope", "a truth value", Value::as_bool)?,
            merge_my_result: merge("MergeMyResult"),
            merge_to_result: merge("MergeToResult"),
            merge_previous_results: merge("MergePreviousResults"),
            merge_error: merge("MergeError"),
            merge_warning: merge("MergeWarning"),
            merge_verbose: merge("MergeVerbose"),
            merge_debug: merge("MergeDebug"),
            merge_information: merge("MergeInformation"),
            parameters: fields
                .list("Args")?
                .unwrap_or_default()
                .iter()
                .map(CommandParameter::from_value)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn commands_of(fields: Fields<'_>) -> Result<Vec<Command>, FieldError> {
    fields.list("Cmds")?.unwrap_or_default().iter().map(Command::from_value).collect()
}

fn commands_to_value(commands: &[Command]) -> Value {
    ps_object_list(commands.iter().map(Command::to_value).collect())
}

fn ps_object_list(items: Vec<Value>) -> Value {
    const TYPE_NAMES: &[&str] = &[
        "System.Collections.Generic.List`1[[System.Management.Automation.PSObject, System.Management.Automation, Version=3.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]",
        "System.Object",
    ];
    Object::with_type_names(TYPE_NAMES).content(Content::List(items)).into()
}

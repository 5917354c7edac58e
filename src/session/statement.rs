//! From a client's pipeline to statements of calls. Script text ends here: it is never read, only refused.

use cmdlet::{Argument, Call, Redirection, Target};
use psrp::message::{Command, CommandParameter, PipelineResultTypes, PowerShell};
use psrp::record::ErrorRecord;

/// One statement: commands with pipes between them.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) calls: Vec<Call>,
}

/// A statement that cannot be run, whatever its commands are.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: ErrorRecord,
}

/// The statements of a pipeline in their order. Each is refused for itself, when its turn comes: what stands before it runs.
/// Several statements stand in `ExtraCmds`, and `Cmds` only repeats the first (MS-PSRP 2.2.3.11).
pub(crate) fn statements(power_shell: PowerShell) -> Vec<Result<Statement, Refused>> {
    let statements = match power_shell.extra_commands {
        several if !several.is_empty() => several,
        _ => vec![power_shell.commands],
    };
    statements.into_iter().map(statement).collect()
}

fn statement(commands: Vec<Command>) -> Result<Statement, Refused> {
    if let Some(script) = commands.iter().find(|command| command.is_script) {
        return Err(Refused { error: cmdlet::refusal::scripts_not_allowed(&script.name) });
    }
    if commands.iter().any(|command| command.use_local_scope == Some(false)) {
        return Err(Refused { error: cmdlet::refusal::use_local_scope_refused() });
    }
    let collector = commands.iter().rposition(|command| takes_errors(command.merge_previous_results));
    let calls = commands.into_iter().enumerate().map(|(position, command)| {
        let mut redirection = redirection(&command);
        if let Some(collector) = collector
            && position < collector
            && redirection.error == Target::Stream
        {
            redirection.error = Target::Command(collector - position);
        }
        let arguments = command.parameters.into_iter().map(argument).collect();
        Call { name: command.name, arguments, redirection }
    });
    Ok(Statement { calls: calls.collect() })
}

fn argument(parameter: CommandParameter) -> Argument {
    parameter.into()
}

/// `Error`, alone or added to `Output`.
fn takes_errors(merge: PipelineResultTypes) -> bool {
    merge == PipelineResultTypes::ERROR || merge == PipelineResultTypes::OUTPUT_AND_ERROR
}

fn redirection(command: &Command) -> Redirection {
    let into_output = |merge: PipelineResultTypes| match merge {
        PipelineResultTypes::OUTPUT => Target::Output,
        _ => Target::Stream,
    };
    let mut redirection = Redirection {
        error: into_output(command.merge_error),
        warning: into_output(command.merge_warning),
        verbose: into_output(command.merge_verbose),
        debug: into_output(command.merge_debug),
        information: into_output(command.merge_information),
    };
    if command.merge_to_result == PipelineResultTypes::OUTPUT {
        match command.merge_my_result {
            PipelineResultTypes::ERROR => redirection.error = Target::Output,
            PipelineResultTypes::ALL => {
                redirection = Redirection {
                    error: Target::Output,
                    warning: Target::Output,
                    verbose: Target::Output,
                    debug: Target::Output,
                    information: Target::Output,
                };
            }
            _ => {}
        }
    }
    redirection
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(commands: Vec<Command>) -> Vec<Call> {
        let power_shell = PowerShell { commands, ..PowerShell::default() };
        statements(power_shell).remove(0).unwrap().calls
    }

    #[test]
    fn the_consoles_out_default_collects_the_errors_of_all_commands_before_it() {
        let calls = calls(vec![Command::new("A"), Command::new("B"), Command::out_default()]);
        let errors: Vec<Target> = calls.iter().map(|call| call.redirection.error).collect();
        assert_eq!(errors, [Target::Command(2), Target::Command(1), Target::Stream]);
    }

    #[test]
    fn j_024_script_text_is_refused_whatever_it_says() {
        for text in ["$x = 1", "", "Get-Command", "& { Get-Process }", "function a {}; a"] {
            let power_shell = PowerShell { commands: vec![Command::script(text)], ..PowerShell::default() };
            let error = statements(power_shell).remove(0).unwrap_err().error;
            assert_eq!(error.fully_qualified_error_id, "ScriptsNotAllowed");
            assert_eq!(error.target_object.as_str(), Some(text));
        }
    }

    #[test]
    fn j_029_a_command_in_its_callers_scope_is_refused() {
        let command = Command { use_local_scope: Some(false), ..Command::new("Get-Command") };
        let power_shell = PowerShell { commands: vec![command], ..PowerShell::default() };
        let error = statements(power_shell).remove(0).unwrap_err().error;
        assert!(error.exception.message.starts_with("UseLocalScope cannot be false"), "{}", error.exception.message);
    }

    #[test]
    fn several_statements_stand_in_extra_commands_and_each_is_refused_for_itself() {
        let power_shell = PowerShell {
            commands: vec![Command::new("A")],
            extra_commands: vec![vec![Command::new("A")], vec![Command::script("$x")], vec![Command::new("B")]],
            ..PowerShell::default()
        };
        let refused: Vec<bool> = statements(power_shell).iter().map(Result::is_err).collect();
        assert_eq!(refused, [false, true, false]);
    }
}

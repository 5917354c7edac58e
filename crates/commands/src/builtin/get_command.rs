use cmdlet::discover::{
    CommandQuery, CommandTypes, Listed, command_not_found, command_object, find, show_command_object, syntax_text,
};
use cmdlet::{Cmdlet, ErrorRecord, Flags, Ps, Run, Switch, Terminate, Value};
use psrp::record::{ErrorCategory, Exception};

/// Lists the commands of this endpoint.
///
/// Returns the commands that may be run here, each with its parameters. Commands that are not listed do not exist for this
/// session.
///
/// # Examples
/// ```powershell
/// Get-Command
/// ```
/// All commands.
///
/// ```powershell
/// Get-Command Get-Help -Syntax
/// ```
/// How one of them is typed.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "Command", role = "Session", help_uri = "https://go.microsoft.com/fwlink/?LinkID=113309")]
pub struct GetCommand {
    /// Names of commands. Wildcards are permitted.
    #[parameter(length(0, 1000), count(0, 1000), wildcards)]
    name: Option<Vec<String>>,
    /// Names of modules: only their commands are listed. Wildcards are permitted.
    #[parameter(length(0, 1000), count(0, 100), wildcards)]
    module: Vec<String>,
    /// Accepted for the sake of clients that send it; no command here has parameters that depend on arguments.
    #[parameter(count(0, 100))]
    argument_list: Vec<Value>,
    /// Kinds of commands, such as Alias or Function.
    command_type: Option<Flags<CommandTypes>>,
    /// Only commands of this session, which all of them are.
    list_imported: Switch,
    /// Objects for the Show-Command window instead of commands.
    show_command_info: Switch,
    /// Only how the commands are typed.
    syntax: Switch,
}

impl Run for GetCommand {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let _ = (&self.argument_list, self.list_imported); // taken, as they must be, and without effect
        if self.syntax.is_present() && self.show_command_info.is_present() {
            return Err(contradiction().into());
        }
        let types = self.command_type.map(Flags::number);
        let found = find(ps.table(), &CommandQuery { names: self.name.as_deref(), modules: &self.module, types });
        for name in found.missing {
            ps.write_error(command_not_found(&name)).await?;
        }
        for listed in found.commands {
            let value = if self.syntax.is_present() {
                syntax(listed).into()
            } else if self.show_command_info.is_present() {
                show_command_object(listed)
            } else {
                command_object(ps.table(), listed)
            };
            ps.write(value).await?;
        }
        Ok(())
    }
}

fn syntax(listed: Listed) -> String {
    let text = syntax_text(listed.info(), listed.name());
    match listed {
        Listed::Command(_) => text,
        Listed::Alias(name, target) => format!("{name} (alias) -> {}\n{text}", target.name),
    }
}

fn contradiction() -> ErrorRecord {
    let exception = Exception::new(
        &[
            "System.Management.Automation.PSArgumentException",
            "System.ArgumentException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        "The ShowCommandInfo and Syntax parameters cannot be specified together.",
    );
    let id = "GetCommandCannotSpecifySyntaxAndShowCommandInfoTogether,Get-Command";
    ErrorRecord::new(exception, id, ErrorCategory::InvalidArgument).activity("Get-Command")
}

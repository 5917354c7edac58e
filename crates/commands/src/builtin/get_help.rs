use cmdlet::discover::{help_not_found, help_object};
use cmdlet::{Cmdlet, CommandInfo, CommandTable, Ps, Run, Terminate};

/// Explains a command of this endpoint.
///
/// Shows what a command does, how it is typed and where to read more. Without a name it explains itself. Names are looked up among
/// the commands of this session and nowhere else.
///
/// # Examples
/// ```powershell
/// Get-Help Get-Command
/// ```
/// What Get-Command does.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "Help", role = "Session", help_uri = "https://go.microsoft.com/fwlink/?LinkID=113316")]
pub struct GetHelp {
    /// The name of a command.
    #[parameter(pattern = r"^[-._:\\\p{Ll}\p{Lu}\p{Lt}\p{Lo}\p{Nd}\p{Lm}]{1,100}$", length(0, 1000))]
    name: Option<String>,
    /// What kind of thing the name is of. There is help for commands only.
    #[parameter(
        set(
            "None",
            "Alias",
            "Cmdlet",
            "Provider",
            "General",
            "FAQ",
            "Glossary",
            "HelpFile",
            "ScriptCommand",
            "Function",
            "Filter",
            "ExternalScript",
            "All",
            "DefaultHelp",
            "Configuration",
            "DscResource",
            "Class"
        ),
        count(0, 1)
    )]
    category: Vec<String>,
}

impl Run for GetHelp {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let name = self.name.as_deref().unwrap_or(ps.info().name);
        match listed(ps.table(), name).filter(|_| self.covers_commands()) {
            Some(info) => ps.write(help_object(info)).await,
            None => ps.write_error(help_not_found(name)).await,
        }
    }
}

impl GetHelp {
    fn covers_commands(&self) -> bool {
        const COMMANDS: [&str; 7] = ["None", "Alias", "Cmdlet", "ScriptCommand", "Function", "Filter", "All"];
        let covers = |category: &String| COMMANDS.iter().any(|known| known.eq_ignore_ascii_case(category));
        self.category.is_empty() || self.category.iter().any(covers)
    }
}

/// Only what lists show has help.
fn listed(table: &CommandTable, name: &str) -> Option<&'static CommandInfo> {
    let info = table.resolve(name)?.info;
    table.commands().find(|listed| std::ptr::eq(*listed, info))
}

//! Which commands a question is about.

use cmdlet_derive::PsEnum;
use psrp::record::ErrorRecord;

use super::Wildcard;
use crate::{CommandInfo, CommandTable, refusal};

/// `System.Management.Automation.CommandTypes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PsEnum)]
#[ps_enum(type_name = "System.Management.Automation.CommandTypes", flags)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum CommandTypes {
    Alias = 1,
    Function = 2,
    Filter = 4,
    Cmdlet = 8,
    ExternalScript = 16,
    Application = 32,
    Script = 64,
    Configuration = 256,
    All = 383,
}

/// A command, or an alias of one, as lists show it.
#[derive(Clone, Copy, Debug)]
pub enum Listed {
    /// Under its own name.
    Command(&'static CommandInfo),
    /// Under another one.
    Alias(&'static str, &'static CommandInfo),
}

/// What is asked for; what is left out does not restrict.
#[derive(Clone, Debug, Default)]
pub struct CommandQuery<'a> {
    /// Names and wildcards, `Module\Name` too.
    pub names: Option<&'a [String]>,
    /// Names and wildcards of modules.
    pub modules: &'a [String],
    /// Sum of [`CommandTypes`]; bits that nobody knows do not matter.
    pub types: Option<i32>,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// In the order that `Get-Command` shows them.
    pub commands: Vec<Listed>,
    /// Names without a wildcard that nothing is called.
    pub missing: Vec<String>,
}

impl Listed {
    /// What it is listed as.
    pub fn name(&self) -> &'static str {
        match self {
            Listed::Command(info) => info.name,
            Listed::Alias(name, _) => name,
        }
    }

    /// What runs.
    pub fn info(&self) -> &'static CommandInfo {
        match self {
            Listed::Command(info) | Listed::Alias(_, info) => info,
        }
    }

    /// Commands are functions, as those of a restricted session are.
    pub fn command_type(&self) -> CommandTypes {
        match self {
            Listed::Command(_) => CommandTypes::Function,
            Listed::Alias(..) => CommandTypes::Alias,
        }
    }

    /// The module it is listed under; aliases have none.
    pub fn module(&self) -> &'static str {
        match self {
            Listed::Command(info) => info.module,
            Listed::Alias(..) => "",
        }
    }
}

/// All that lists show: aliases of listed commands first, then the commands.
pub(super) fn all(table: &CommandTable) -> impl Iterator<Item = Listed> {
    let listed = |name: &str| table.commands().find(|info| info.name.eq_ignore_ascii_case(name));
    let aliases = table.aliases().filter_map(move |(alias, target)| Some(Listed::Alias(alias, listed(target)?)));
    aliases.chain(table.commands().map(Listed::Command))
}

/// What the table has for a question (import-pssession.md 8.3).
pub fn find(table: &CommandTable, query: &CommandQuery<'_>) -> Found {
    let modules: Vec<Wildcard> = query.modules.iter().filter(|m| !m.is_empty()).map(|m| Wildcard::new(m)).collect();
    let candidates: Vec<Listed> = all(table)
        .filter(|listed| query.types.is_none_or(|types| types & listed.command_type() as i32 != 0))
        .filter(|listed| modules.is_empty() || modules.iter().any(|module| module.matches(listed.module())))
        .collect();
    let mut found = Found::default();
    let Some(names) = query.names else {
        let asked_for_aliases = query.types.is_some_and(|types| types & CommandTypes::Alias as i32 != 0);
        let shown = |listed: &Listed| asked_for_aliases || matches!(listed, Listed::Command(_));
        found.commands = candidates.into_iter().filter(shown).collect();
        sort(&mut found.commands);
        return found;
    };
    for name in names {
        let (module, pattern) = match name.split_once('\\') {
            Some((module, pattern)) => (Some(module), Wildcard::new(pattern)),
            None => (None, Wildcard::new(name)),
        };
        let mut any = false;
        for listed in &candidates {
            let in_module = module.is_none_or(|module| module.eq_ignore_ascii_case(listed.module()));
            if in_module && pattern.matches(listed.name()) {
                any = true;
                if !found.commands.iter().any(|known| known.name() == listed.name()) {
                    found.commands.push(*listed);
                }
            }
        }
        if !any && !Wildcard::has_wildcards(name) {
            found.missing.push(name.clone());
        }
    }
    if names.iter().any(|name| Wildcard::has_wildcards(name)) {
        sort(&mut found.commands);
    }
    found
}

/// By kind, then by name.
fn sort(commands: &mut [Listed]) {
    commands.sort_by_cached_key(|listed| (listed.command_type() as i32, listed.name().to_lowercase()));
}

/// `Get-Command` knows nothing of this name (captured.md 2.2).
pub fn command_not_found(name: &str) -> ErrorRecord {
    let mut error = refusal::command_not_found(name).activity("Get-Command");
    error.fully_qualified_error_id = "CommandNotFoundException,Microsoft.PowerShell.Commands.GetCommandCommand".into();
    error
}

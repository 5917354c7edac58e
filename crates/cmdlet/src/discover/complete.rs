//! `TabExpansion2`: a pure look-up over the table. It runs nothing, reads nothing, and knows only what lists show.

use clixml::{Object, Value};

use super::catalog::{Listed, all};
use super::command_info::{collection, list};
use super::completion_line::{CommandLine, Word};
use super::syntax::{all_parameters, parameters_of, set_names, syntax_text};
use super::wildcard::Wildcard;
use crate::{CommandInfo, CommandTable, Completer, ParameterInfo, ParameterType, Validation};

/// What may stand at the cursor, which counts UTF-16 units: a `CommandCompletion` (enter-pssession.md 6.10). `known` is what the
/// parameter's [`Completer`] knows, if it is a parameter's value that stands there.
pub fn complete(table: &CommandTable, line: &str, cursor: usize, known: &[String]) -> Value {
    let Some(line) = CommandLine::read(line, cursor) else { return no_completion() };
    let word = &line.current;
    let matches = match wanted(table, &line) {
        Wanted::Nothing if line.before.is_empty() => return no_completion(),
        Wanted::Nothing => Vec::new(),
        Wanted::Command => command_names(table, word),
        Wanted::Parameter(info, typed) => parameter_names(info, line.before.get(1..).unwrap_or_default(), typed),
        Wanted::Value(info, parameter, Some(value)) => {
            let skipped = word.text.encode_utf16().count() - value.encode_utf16().count();
            let word = Word { text: value.to_owned(), ..Word::default() };
            let matches = values(table, info, parameter, &word, known);
            return completion(line.current.start + skipped, line.current.length.saturating_sub(skipped), matches);
        }
        Wanted::Value(info, parameter, None) => values(table, info, parameter, word, known),
    };
    completion(word.start, word.length, matches)
}

/// An empty completion.
pub fn no_completion() -> Value {
    completion(-1, -1, Vec::new())
}

/// Who knows the values that may stand at the cursor, if the parameter there says where they come from.
pub fn completer(table: &CommandTable, line: &str, cursor: usize) -> Option<Completer> {
    match wanted(table, &CommandLine::read(line, cursor)?) {
        Wanted::Value(_, parameter, _) => parameter.completer,
        _ => None,
    }
}

/// What the word under the cursor is going to be.
enum Wanted<'a> {
    Nothing,
    Command,
    /// A parameter's name that begins so.
    Parameter(&'static CommandInfo, &'a str),
    /// A parameter's value; behind a colon in the same word, that much of it is typed already.
    Value(&'static CommandInfo, &'static ParameterInfo, Option<&'a str>),
}

fn wanted<'a>(table: &CommandTable, line: &'a CommandLine) -> Wanted<'a> {
    let word = &line.current;
    let Some(name) = line.before.first() else {
        return if word.text.is_empty() { Wanted::Nothing } else { Wanted::Command };
    };
    let Some(command) = table.resolve(&name.text) else { return Wanted::Nothing };
    let info = command.info;
    let value = |found: Option<_>, typed| found.map_or(Wanted::Nothing, |found| Wanted::Value(info, found, typed));
    match word.parameter() {
        Some((name, Some(typed))) => value(find_parameter(info, name), Some(typed)),
        Some((typed, None)) => Wanted::Parameter(info, typed),
        None => value(value_at(info, line.before.get(1..).unwrap_or_default()), None),
    }
}

fn completion<N: TryInto<i32>>(start: N, length: N, matches: Vec<Value>) -> Value {
    Object::with_type_names(&["System.Management.Automation.CommandCompletion", "System.Object"])
        .text("System.Management.Automation.CommandCompletion")
        .adapted("CurrentMatchIndex", -1)
        .adapted("ReplacementIndex", start.try_into().unwrap_or(-1))
        .adapted("ReplacementLength", length.try_into().unwrap_or(-1))
        .adapted("CompletionMatches", list(MATCHES, matches))
        .into()
}

const MATCHES: &[&str] = collection!("System.Collections.ObjectModel.Collection`1", "CompletionResult");

/// All four texts must hold something, or the client throws the lot away.
fn result(completion: &str, list_item: &str, kind: &str, tool_tip: &str) -> Value {
    Object::with_type_names(&["System.Management.Automation.CompletionResult", "System.Object"])
        .text("System.Management.Automation.CompletionResult")
        .adapted("CompletionText", completion)
        .adapted("ListItemText", list_item)
        .adapted("ResultType", kind)
        .adapted("ToolTip", tool_tip)
        .into()
}

fn command_names(table: &CommandTable, word: &Word) -> Vec<Value> {
    let (module, typed) = match word.text.split_once('\\') {
        Some((module, typed)) => (Some(module), typed),
        None => (None, word.text.as_str()),
    };
    let pattern = Wildcard::new(&format!("{typed}*"));
    let fits = |listed: &Listed| {
        pattern.matches(listed.name()) && module.is_none_or(|module| module.eq_ignore_ascii_case(listed.module()))
    };
    let mut found: Vec<Listed> = all(table).filter(fits).collect();
    found.sort_by_key(|listed| listed.name().to_lowercase());
    found
        .into_iter()
        .map(|listed| {
            let prefix = module.map(|_| format!("{}\\", listed.module())).unwrap_or_default();
            let text = quoted(&format!("{prefix}{}", listed.name()), word.quote);
            result(&text, listed.name(), "Command", &syntax_text(listed.info(), listed.name()))
        })
        .collect()
}

/// The names that begin so and are not on the line yet; the aliases only if no name does.
fn parameter_names(info: &CommandInfo, arguments: &[Word], typed: &str) -> Vec<Value> {
    let used: Vec<&str> = arguments
        .iter()
        .filter_map(|word| find_parameter(info, word.parameter()?.0))
        .map(|parameter| parameter.name)
        .collect();
    let free = || in_completion_order(info).filter(|parameter| !used.contains(&parameter.name));
    let tool_tip = |parameter: &ParameterInfo, name: &str| {
        let help = if parameter.help_message.is_empty() { "" } else { " - " };
        format!("[{}] {name}{help}{}", parameter.kind.accelerator(), parameter.help_message)
    };
    let show = |parameter: &ParameterInfo, name: &str| {
        result(&format!("-{name}"), name, "ParameterName", &tool_tip(parameter, name))
    };
    let names: Vec<Value> = free()
        .filter(|parameter| begins_with(parameter.name, typed))
        .map(|parameter| show(parameter, parameter.name))
        .collect();
    if !names.is_empty() {
        return names;
    }
    free()
        .flat_map(|parameter| parameter.aliases.iter().map(move |alias| (parameter, *alias)))
        .filter(|(_, alias)| begins_with(alias, typed))
        .map(|(parameter, alias)| show(parameter, alias))
        .collect()
}

/// The command's own, then `-WhatIf` and `-Confirm`, then those of every command.
fn in_completion_order(info: &CommandInfo) -> impl Iterator<Item = &'static ParameterInfo> {
    let mut parameters: Vec<&'static ParameterInfo> = all_parameters(info).collect();
    if info.supports_should_process
        && let Some(common) = parameters.get_mut(info.parameters.len()..)
    {
        common.rotate_right(2);
    }
    parameters.into_iter()
}

/// By name, alias, or the only beginning.
fn find_parameter(info: &CommandInfo, typed: &str) -> Option<&'static ParameterInfo> {
    let exact = all_parameters(info).find(|parameter| {
        std::iter::once(&parameter.name).chain(parameter.aliases).any(|name| name.eq_ignore_ascii_case(typed))
    });
    exact.or_else(|| {
        let mut beginning = all_parameters(info).filter(|parameter| begins_with(parameter.name, typed));
        match (beginning.next(), beginning.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    })
}

/// The parameter whose value comes after these arguments.
fn value_at(info: &CommandInfo, arguments: &[Word]) -> Option<&'static ParameterInfo> {
    let set = set_names(info).into_iter().next().unwrap_or_default();
    let mut named: Vec<&'static str> = Vec::new();
    let mut waiting = None;
    let mut positional = 0;
    for word in arguments {
        match (waiting.take(), word.parameter()) {
            (_, Some((name, value))) => {
                let parameter = find_parameter(info, name)?;
                named.push(parameter.name);
                if value.is_none() && parameter.kind != ParameterType::Switch {
                    waiting = Some(parameter);
                }
            }
            (Some(_), None) => {}
            (None, None) => positional += 1,
        }
    }
    waiting.or_else(|| {
        let free = parameters_of(info, set)
            .into_iter()
            .filter(|(parameter, place)| place.position.is_some() && !named.contains(&parameter.name));
        free.map(|(parameter, _)| parameter).nth(positional)
    })
}

/// The values that a parameter is known to take.
fn values(
    table: &CommandTable,
    info: &CommandInfo,
    parameter: &ParameterInfo,
    word: &Word,
    known: &[String],
) -> Vec<Value> {
    let kind = match &parameter.kind {
        ParameterType::Array(element) => element,
        kind => kind,
    };
    let set = parameter.validation.iter().find_map(|validation| match validation {
        Validation::Set(values) => Some(values.to_vec()),
        _ => None,
    });
    let mut candidates = match (set, kind) {
        (Some(values), _) => values,
        (None, ParameterType::Enum(info)) => info.members.iter().map(|(name, _)| *name).collect(),
        (None, ParameterType::Switch) => return truth_values(word),
        (None, _) => match (info.name, parameter.name) {
            ("Get-Command" | "Get-Help", "Name") => return command_names(table, word),
            ("Get-Command", "Module") => table.commands().map(|info| info.module).filter(|m| !m.is_empty()).collect(),
            _ => known.iter().map(String::as_str).collect(),
        },
    };
    candidates.sort_by_key(|value| value.to_lowercase());
    candidates.dedup();
    candidates
        .into_iter()
        .filter(|value| begins_with(value, &word.text))
        .map(|value| result(&quoted(value, word.quote), value, "ParameterValue", value))
        .collect()
}

/// Behind the colon of a switch.
fn truth_values(word: &Word) -> Vec<Value> {
    let fits = |value: &&str| begins_with(value, &word.text);
    ["$true", "$false"].into_iter().filter(fits).map(|value| result(value, value, "ParameterValue", value)).collect()
}

fn begins_with(text: &str, beginning: &str) -> bool {
    let mut rest = text.chars().flat_map(char::to_lowercase);
    beginning.chars().flat_map(char::to_lowercase).all(|c| rest.next() == Some(c))
}

/// A text as a word of a command line: in the quotes that were begun, or in quotes if it needs them.
fn quoted(text: &str, quote: Option<char>) -> String {
    let needs = |c: char| c.is_whitespace() || "'\"`$;|&(){},<>@#".contains(c);
    match quote {
        Some('"') => format!("\"{}\"", text.replace('`', "``").replace('"', "`\"").replace('$', "`$")),
        Some(_) => format!("'{}'", text.replace('\'', "''")),
        None if text.is_empty() || text.contains(needs) => format!("'{}'", text.replace('\'', "''")),
        None => text.to_owned(),
    }
}

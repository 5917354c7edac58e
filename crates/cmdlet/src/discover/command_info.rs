//! Commands as objects.

use clixml::{Content, Object, Value};

use super::catalog::Listed;
use super::syntax::{all_parameters, set_names, syntax_line, syntax_text};
use crate::{CommandInfo, CommandTable, ParameterInfo, ParameterType, convert};

/// A generic collection of one of PowerShell's types, as .NET names it.
macro_rules! collection {
    ($container:literal, $type:literal) => {
        &[
            concat!(
                $container,
                "[[System.Management.Automation.",
                $type,
                ", System.Management.Automation, Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]"
            ),
            "System.Object",
        ]
    };
}
pub(super) use collection;

/// `Get-Command`'s object (captured.md 3.6), as it travels: what is deeper than one level is text. It never holds a body, because
/// there is none: `Definition` is the syntax.
pub fn command_object(table: &CommandTable, listed: Listed) -> Value {
    match listed {
        Listed::Command(info) => function_object(table, info),
        Listed::Alias(name, info) => alias_object(name, info),
    }
}

fn function_object(table: &CommandTable, info: &'static CommandInfo) -> Value {
    let (verb, noun) = info.name.split_once('-').unwrap_or(("", ""));
    let sets = set_names(info).into_iter().map(|set| syntax_line(info, set).into()).collect();
    let object = Object::with_type_names(&[
        "System.Management.Automation.FunctionInfo",
        "System.Management.Automation.CommandInfo",
        "System.Object",
    ])
    .text(info.name)
    .adapted("ScriptBlock", Value::Null)
    .adapted("CmdletBinding", true)
    .adapted("DefaultParameterSet", Some(info.default_parameter_set).filter(|set| !set.is_empty()))
    .adapted("Definition", syntax_text(info, info.name))
    .adapted("Options", "None")
    .adapted("Description", Value::Null)
    .adapted("Verb", verb)
    .adapted("Noun", noun)
    .adapted("HelpFile", Value::Null);
    described(object, table, Listed::Command(info))
        .adapted("ParameterSets", list(PARAMETER_SETS, sets))
        .note("Namespace", info.module)
        .note("HelpUri", help_uri(info))
        .into()
}

fn alias_object(name: &'static str, info: &'static CommandInfo) -> Value {
    let target = || Object::new().content(Content::Primitive(Box::new(info.name.into())));
    let options = match name {
        "gcm" | "measure" => "ReadOnly",
        "select" => "ReadOnly, AllScope",
        _ => "None",
    };
    let object = Object::with_type_names(&[
        "System.Management.Automation.AliasInfo",
        "System.Management.Automation.CommandInfo",
        "System.Object",
    ])
    .text(name)
    .adapted("ReferencedCommand", target())
    .adapted("ResolvedCommand", target())
    .adapted("Definition", info.name)
    .adapted("Options", options)
    .adapted("Description", "");
    described(object, &CommandTable::new(), Listed::Alias(name, info))
        .note("Namespace", "")
        .note("HelpUri", help_uri(info))
        .note("ResolvedCommandName", info.name)
        .note("DisplayName", format!("{name} -> {}", info.name))
        .into()
}

/// What commands and aliases have alike.
fn described(object: Object, table: &CommandTable, listed: Listed) -> Object {
    let module = listed.module();
    let text = |_: &ParameterInfo| Value::from(PARAMETER_METADATA);
    object
        .adapted("OutputType", output_types(listed))
        .adapted("Name", listed.name())
        .adapted("CommandType", type_name_of(listed))
        .adapted("Source", module)
        .adapted("Version", table.module_version(module))
        .adapted("Visibility", "Public")
        .adapted("ModuleName", module)
        .adapted("Module", Some(module).filter(|module| !module.is_empty()))
        .adapted("RemotingCapability", "PowerShell")
        .adapted("Parameters", parameters(listed.info(), text))
}

/// A property of a command in full, as `Select-Object` takes it over: parameters with their metadata, the type as an enumeration.
pub fn command_property(listed: Listed, name: &str) -> Option<Value> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    if is("Parameters") {
        Some(parameters(listed.info(), parameter_metadata))
    } else if is("CommandType") {
        Some(convert::enum_value(&listed.command_type()))
    } else if is("ResolvedCommandName") {
        Some(matches!(listed, Listed::Alias(..)).then_some(listed.info().name).into())
    } else {
        None
    }
}

/// Where more is to be read on line: what the command says, or its first link that is one.
pub(super) fn help_uri(info: &CommandInfo) -> &'static str {
    if !info.help_uri.is_empty() {
        return info.help_uri;
    }
    info.links.iter().find(|link| link.contains("://")).copied().unwrap_or_default()
}

pub(super) fn output_types(listed: Listed) -> Value {
    let names = match listed {
        Listed::Command(info) => info.output_types.iter().map(|name| Value::from(*name)).collect(),
        Listed::Alias(..) => Vec::new(),
    };
    list(OUTPUT_TYPES, names)
}

/// `Parameters`: all of them by name.
pub(super) fn parameters(info: &CommandInfo, value: impl Fn(&ParameterInfo) -> Value) -> Value {
    let entries = all_parameters(info).map(|parameter| (parameter.name.into(), value(parameter))).collect();
    Object::with_type_names(PARAMETERS).content(Content::Dictionary(entries)).into()
}

/// MS-PSRP 2.2.3.23: what a proxy needs to know of a parameter. The two truth values must be there as such.
pub(super) fn parameter_metadata(parameter: &ParameterInfo) -> Value {
    let aliases = parameter.aliases.iter().map(|alias| Value::from(*alias)).collect();
    Object::with_type_names(&[PARAMETER_METADATA, "System.Object"])
        .text(PARAMETER_METADATA)
        .adapted("Name", parameter.name)
        .adapted("ParameterType", parameter.kind.full_name())
        .adapted("Aliases", list(ALIASES, aliases))
        .adapted("IsDynamic", false)
        .adapted("SwitchParameter", parameter.kind == ParameterType::Switch)
        .into()
}

pub(super) fn list(type_names: &'static [&'static str], items: Vec<Value>) -> Value {
    Object::with_type_names(type_names).content(Content::List(items)).into()
}

/// The command type's name alone.
fn type_name_of(listed: Listed) -> &'static str {
    match listed {
        Listed::Command(_) => "Function",
        Listed::Alias(..) => "Alias",
    }
}

const PARAMETER_METADATA: &str = "System.Management.Automation.ParameterMetadata";

const OUTPUT_TYPES: &[&str] = collection!("System.Collections.ObjectModel.ReadOnlyCollection`1", "PSTypeName");
const PARAMETER_SETS: &[&str] =
    collection!("System.Collections.ObjectModel.ReadOnlyCollection`1", "CommandParameterSetInfo");
const ALIASES: &[&str] = &[
    "System.Collections.ObjectModel.Collection`1[[System.String, System.Private.CoreLib, Version=10.0.0.0, \
     Culture=neutral, PublicKeyToken=7cec85d7bea7798e]]",
    "System.Object",
];
const PARAMETERS: &[&str] = &[
    "System.Collections.Generic.Dictionary`2[[System.String, System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, \
     PublicKeyToken=7cec85d7bea7798e],[System.Management.Automation.ParameterMetadata, System.Management.Automation, \
     Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]",
    "System.Object",
];
/// A `List<string>`.
pub(super) const STRING_LIST: &[&str] = &[
    "System.Collections.Generic.List`1[[System.String, System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, \
     PublicKeyToken=7cec85d7bea7798e]]",
    "System.Object",
];

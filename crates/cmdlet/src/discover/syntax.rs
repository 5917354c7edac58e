//! Syntax as `Get-Command -Syntax` prints it (import-pssession.md 8.5).

use crate::bind::common_parameters;
use crate::{CommandInfo, ParameterInfo, ParameterSet, ParameterType};

/// A command's parameter sets, the default one first; one without a name if it declares none.
pub(super) fn set_names(info: &CommandInfo) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    let declared = info.parameters.iter().flat_map(|parameter| parameter.sets).map(|set| set.name);
    for name in std::iter::once(info.default_parameter_set).chain(declared) {
        let known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !name.is_empty() && name != ParameterSet::ALL && !known {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push(ParameterSet::ALL);
    }
    names
}

/// A set's parameters in the order that syntax shows them, and what each is there: positional ones by position, then mandatory
/// ones, then the rest.
pub(super) fn parameters_of(
    info: &CommandInfo,
    set_name: &str,
) -> Vec<(&'static ParameterInfo, &'static ParameterSet)> {
    let mut parameters: Vec<_> =
        info.parameters.iter().filter_map(|parameter| Some((parameter, in_set(parameter, set_name)?))).collect();
    parameters.sort_by_key(|(_, set)| match (set.position, set.mandatory) {
        (Some(position), _) => (0, position),
        (None, true) => (1, 0),
        (None, false) => (2, 0),
    });
    parameters
}

/// What a parameter is in a set.
pub(super) fn in_set(parameter: &ParameterInfo, set_name: &str) -> Option<&'static ParameterSet> {
    let named = |name: &str| parameter.sets.iter().find(|set| set.name.eq_ignore_ascii_case(name));
    named(set_name).or_else(|| named(ParameterSet::ALL))
}

/// `[-Name] <string> [-Loud] [<CommonParameters>]`: one parameter set.
pub fn syntax_line(info: &CommandInfo, set_name: &str) -> String {
    let mut line = String::new();
    for (parameter, set) in parameters_of(info, set_name) {
        let name = parameter.name;
        let text = match (parameter.kind, set.position, set.mandatory) {
            (ParameterType::Switch, _, true) => format!("-{name} "),
            (ParameterType::Switch, _, false) => format!("[-{name}] "),
            (kind, Some(_), true) => format!("[-{name}] <{}> ", kind.accelerator()),
            (kind, Some(_), false) => format!("[[-{name}] <{}>] ", kind.accelerator()),
            (kind, None, true) => format!("-{name} <{}> ", kind.accelerator()),
            (kind, None, false) => format!("[-{name} <{}>] ", kind.accelerator()),
        };
        line.push_str(&text);
    }
    if info.supports_should_process {
        line.push_str("[-WhatIf] [-Confirm] ");
    }
    line.push_str("[<CommonParameters>]");
    line
}

/// Every parameter set of a command under a name, with the line breaks that `Get-Command -Syntax` puts around each.
pub fn syntax_text(info: &CommandInfo, name: &str) -> String {
    let sets: Vec<String> =
        set_names(info).into_iter().map(|set| format!("\n{name} {}\n", syntax_line(info, set))).collect();
    sets.concat()
}

impl ParameterType {
    /// The type's name as PowerShell abbreviates it: `string`, `int[]`, `DayOfWeek`.
    pub fn accelerator(&self) -> String {
        let name = match self {
            ParameterType::String => "string",
            ParameterType::Char => "char",
            ParameterType::Bool => "bool",
            ParameterType::Switch => "switch",
            ParameterType::Byte => "byte",
            ParameterType::Int16 => "short",
            ParameterType::Int32 => "int",
            ParameterType::Int64 => "long",
            ParameterType::UInt16 => "ushort",
            ParameterType::UInt32 => "uint",
            ParameterType::UInt64 => "ulong",
            ParameterType::Single => "float",
            ParameterType::Double => "double",
            ParameterType::Decimal => "decimal",
            ParameterType::DateTime => "datetime",
            ParameterType::TimeSpan => "timespan",
            ParameterType::Guid => "guid",
            ParameterType::Version => "version",
            ParameterType::Uri => "uri",
            ParameterType::IpAddress => "ipaddress",
            ParameterType::Xml => "xml",
            ParameterType::ScriptBlock => "scriptblock",
            ParameterType::SecureString => "securestring",
            ParameterType::PsCredential => "pscredential",
            ParameterType::Hashtable => "hashtable",
            ParameterType::Object => "Object",
            ParameterType::Enum(info) => info.type_name.rsplit(['.', '+']).next().unwrap_or(info.type_name),
            ParameterType::Array(element) => return format!("{}[]", element.accelerator()),
        };
        name.to_owned()
    }
}

/// All parameters: the command's own, then the common ones.
pub(super) fn all_parameters(info: &CommandInfo) -> impl Iterator<Item = &'static ParameterInfo> {
    info.parameters.iter().chain(common_parameters(info.supports_should_process))
}

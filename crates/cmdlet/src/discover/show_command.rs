//! `Get-Command -ShowCommandInfo`: commands for the Show-Command window (import-pssession.md 8.4).

use clixml::{Object, Value};

use super::catalog::Listed;
use super::command_info::{STRING_LIST, list};
use super::syntax::{all_parameters, in_set, set_names, syntax_text};
use crate::{CommandInfo, ParameterInfo, ParameterSet, ParameterType, Validation, convert};

/// The object of one command.
pub fn show_command_object(listed: Listed) -> Value {
    let info = listed.info();
    let sets = set_names(info).into_iter().map(|set| parameter_set(info, set)).collect();
    Object::custom()
        .note("Name", listed.name())
        .note("ModuleName", listed.module())
        .note("Module", Object::custom().note("Name", listed.module()))
        .note("CommandType", convert::enum_value(&listed.command_type()))
        .note("Definition", syntax_text(info, listed.name()))
        .note("ParameterSets", objects(sets))
        .into()
}

fn parameter_set(info: &CommandInfo, set_name: &str) -> Value {
    let parameters =
        all_parameters(info).filter_map(|parameter| Some(show(parameter, in_set(parameter, set_name)?))).collect();
    Object::custom()
        .note("Name", set_name)
        .note("IsDefault", !set_name.is_empty() && set_name == info.default_parameter_set)
        .note("Parameters", objects(parameters))
        .into()
}

fn show(parameter: &ParameterInfo, set: &ParameterSet) -> Value {
    let allowed = parameter.validation.iter().find_map(|validation| match validation {
        Validation::Set(values) => Some(*values),
        _ => None,
    });
    let values = allowed.unwrap_or_default().iter().map(|value| Value::from(*value)).collect();
    Object::custom()
        .note("Name", parameter.name)
        .note("IsMandatory", set.mandatory)
        .note("ValueFromPipeline", set.from_pipeline)
        .note("Position", set.position.map_or(i32::MIN, i32::from))
        .note("ParameterType", parameter_type(&parameter.kind))
        .note("HasParameterSet", allowed.is_some())
        .note("ValidParamSetValues", list(STRING_LIST, values))
        .into()
}

fn parameter_type(kind: &ParameterType) -> Value {
    let mut members = match kind {
        ParameterType::Enum(info) => info.members.to_vec(),
        _ => Vec::new(),
    };
    members.sort_by_key(|(_, value)| *value);
    let type_name = kind.full_name();
    let values = members.into_iter().map(|(name, value)| Object::enumeration(&type_name, name, value).into()).collect();
    let element = match kind {
        ParameterType::Array(element) => parameter_type(element),
        _ => Value::Null,
    };
    Object::custom()
        .note("FullName", type_name)
        .note("IsEnum", matches!(kind, ParameterType::Enum(_)))
        .note("IsArray", matches!(kind, ParameterType::Array(_)))
        .note("EnumValues", list(&["System.Collections.ArrayList", "System.Object"], values))
        .note("HasFlagAttribute", matches!(kind, ParameterType::Enum(info) if info.flags))
        .note("ElementType", element)
        .note("ImplementsDictionary", *kind == ParameterType::Hashtable)
        .into()
}

fn objects(items: Vec<Value>) -> Value {
    list(&["System.Management.Automation.PSObject[]", "System.Array", "System.Object"], items)
}

//! The answer to GET_COMMAND_METADATA: what `Enter-PSSession` and `Import-PSSession` ask before anything else (MS-PSRP 2.2.3.21
//! to 2.2.3.23, import-pssession.md 2 and 3).

use clixml::{Object, Str, TypeNames, Value};

use super::catalog::{CommandQuery, Listed, find};
use super::command_info::{command_property, help_uri, output_types};
use crate::CommandTable;

/// What the client asks for (MS-PSRP 2.2.2.14); `None` and empty lists do not restrict.
#[derive(Clone, Debug, Default)]
pub struct MetadataRequest {
    /// Names and wildcards.
    pub names: Option<Vec<String>>,
    /// Sum of command types.
    pub command_types: Option<i32>,
    /// Names and wildcards of modules.
    pub namespaces: Vec<String>,
    /// Names of modules that stand instead of `namespaces`; clients send them since PowerShell 3.
    pub fully_qualified_modules: Vec<String>,
}

/// How many commands there are, then each of them. Names that nothing is called are passed over in silence: an error would make
/// the client leave.
pub fn command_metadata(table: &CommandTable, request: &MetadataRequest) -> Vec<Value> {
    let everything = ["*".to_owned()];
    let names = request.names.as_deref().unwrap_or(&everything);
    let modules = match request.fully_qualified_modules.as_slice() {
        [] => request.namespaces.as_slice(),
        modules => modules,
    };
    let found = find(table, &CommandQuery { names: Some(names), modules, types: request.command_types });
    let count = i32::try_from(found.commands.len()).unwrap_or(i32::MAX);
    let count = Object::with_type_names(&[
        "Selected.Microsoft.PowerShell.Commands.GenericMeasureInfo",
        "System.Management.Automation.PSCustomObject",
        "System.Object",
    ])
    .note("Count", count);
    std::iter::once(count.into()).chain(found.commands.into_iter().map(metadata)).collect()
}

fn metadata(listed: Listed) -> Value {
    let kind = match listed {
        Listed::Command(_) => "Selected.System.Management.Automation.FunctionInfo",
        Listed::Alias(..) => "Selected.System.Management.Automation.AliasInfo",
    };
    let type_names: [Str; 3] =
        [kind.into(), "System.Management.Automation.PSCustomObject".into(), "System.Object".into()];
    Object { type_names: TypeNames::new(type_names), ..Object::new() }
        .note("Name", listed.name())
        .note("Namespace", listed.module())
        .note("HelpUri", help_uri(listed.info()))
        .note("CommandType", command_property(listed, "CommandType"))
        .note("ResolvedCommandName", command_property(listed, "ResolvedCommandName"))
        .note("OutputType", output_types(listed))
        .note("Parameters", command_property(listed, "Parameters"))
        .into()
}

use clixml::{Object, Str, Value};

use super::enumeration::CommandTypes;
use crate::fields::{FieldError, Fields, str_of, strings_of};

/// MS-PSRP 2.2.2.14, GET_COMMAND_METADATA: which commands are there?
#[derive(Clone, Debug, PartialEq)]
pub struct GetCommandMetadata {
    /// `Name`: wildcard patterns. `Nil` on the wire means `*`.
    pub names: Vec<Str>,
    /// `CommandType`; all kinds if it is absent.
    pub command_types: CommandTypes,
    /// `Namespace`: names of modules, wildcards too. None of them, or an empty one, means every module.
    pub namespaces: Vec<Str>,
    /// `FullyQualifiedModule`, not in MS-PSRP: module specifications, or `Null`.
    pub fully_qualified_module: Value,
    /// `ArgumentList`: only for dynamic parameters; `Null` if absent.
    pub argument_list: Value,
}

impl GetCommandMetadata {
    /// Asks for these names, of the kinds that clients ask for.
    pub fn new<S: Into<Str>>(names: impl IntoIterator<Item = S>) -> GetCommandMetadata {
        GetCommandMetadata {
            names: names.into_iter().map(Into::into).collect(),
            command_types: CommandTypes::IMPORTABLE,
            namespaces: Vec::new(),
            fully_qualified_module: Value::Null,
            argument_list: Value::Null,
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        Object::new()
            .note("Name", Value::string_array(self.names.iter().cloned()))
            .note("CommandType", self.command_types.to_value())
            .note("Namespace", Value::string_array(self.namespaces.iter().cloned()))
            .note("FullyQualifiedModule", self.fully_qualified_module.clone())
            .note("ArgumentList", self.argument_list.clone())
            .into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<GetCommandMetadata, FieldError> {
        let fields = Fields::new("GET_COMMAND_METADATA", value)?;
        let names = |name| fields.optional(name, "a list of strings", one_or_more);
        let types = fields.find("CommandType");
        Ok(GetCommandMetadata {
            names: names("Name")?.unwrap_or_else(|| vec!["*".into()]),
            command_types: CommandTypes::read(types).unwrap_or(CommandTypes(i32::MAX)),
            namespaces: names("Namespace")?.unwrap_or_default(),
            fully_qualified_module: fields.find("FullyQualifiedModule").cloned().unwrap_or_default(),
            argument_list: fields.find("ArgumentList").cloned().unwrap_or_default(),
        })
    }
}

/// Some clients send one string where others send a list of one.
fn one_or_more(value: &Value) -> Option<Vec<Str>> {
    strings_of(value).or_else(|| str_of(value).map(|name| vec![name]))
}

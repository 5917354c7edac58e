//! `Get-Help`'s object (import-pssession.md 7.2): made from a command's declaration, shown by the same view everywhere.

use clixml::{Content, Object, Value};
use psrp::record::{ErrorCategory, ErrorRecord, Exception};

use super::command_info::{help_uri, list};
use super::syntax::{parameters_of, set_names};
use crate::{CommandInfo, CommandTable, Example, ParameterInfo, ParameterSet, ParameterType};

/// The help of a command. Notes only: clients change some of them in place.
pub fn help_object(info: &CommandInfo) -> Value {
    let details =
        maml("MamlCommandHelpInfo#details").note("name", info.name).note("description", paragraphs(info.synopsis));
    let mut help = maml("MamlCommandHelpInfo").note("details", details);
    help.type_names = clixml::TypeNames::from_static(&["MamlCommandHelpInfo", "HelpInfo"]);
    if !info.examples.is_empty() {
        let examples = info.examples.iter().enumerate().map(|(at, example)| example_object(at + 1, example)).collect();
        help = help.note("examples", maml("MamlCommandHelpInfo#examples").note("example", one_or_many(examples)));
    }
    if !info.description.is_empty() {
        help = help.note("description", paragraphs(info.description));
    }
    let links = related_links(info);
    if !links.is_empty() {
        let links = maml("MamlCommandHelpInfo#relatedLinks").note("navigationLink", one_or_many(links));
        help = help.note("relatedLinks", links);
    }
    if !info.output_types.is_empty() {
        let values = info.output_types.iter().map(|name| {
            maml("MamlCommandHelpInfo#returnValue")
                .note("type", maml("MamlCommandHelpInfo#type").note("name", *name))
                .into()
        });
        let values = one_or_many(values.collect());
        help = help.note("returnValues", maml("MamlCommandHelpInfo#returnValues").note("returnValue", values));
    }
    let items = set_names(info).into_iter().map(|set| syntax_item(info, set)).collect();
    let parameters = match info.parameters {
        [] => Value::from(""),
        parameters => {
            let all = one_or_many(parameters.iter().map(full_parameter).collect());
            maml("MamlCommandHelpInfo#parameters").note("parameter", under_any_name(all)).into()
        }
    };
    help.note("syntax", maml("MamlCommandHelpInfo#syntax").note("syntaxItem", one_or_many(items)))
        .note("parameters", parameters)
        .note("xmlns:maml", "http://schemas.microsoft.com/maml/2004/10")
        .note("xmlns:command", "http://schemas.microsoft.com/maml/dev/command/2004/10")
        .note("xmlns:dev", "http://schemas.microsoft.com/maml/dev/2004/10")
        .note("Name", info.name)
        .note("Category", "Function")
        .note("Synopsis", info.synopsis)
        .note("Component", Value::Null)
        .note("Role", Value::Null)
        .note("Functionality", Value::Null)
        .note("ModuleName", info.module)
        .into()
}

/// There is no help of this name: said plainly, where a real endpoint fails with a provider that is missing (captured.md 2.1).
pub fn help_not_found(name: &str) -> ErrorRecord {
    let exception = Exception::new(
        &[
            "Microsoft.PowerShell.Commands.HelpNotFoundException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        format!("Get-Help could not find {name} in this session. Get-Command lists what there is."),
    );
    let id = "HelpNotFound,Microsoft.PowerShell.Commands.GetHelpCommand";
    ErrorRecord::new(exception, id, ErrorCategory::ResourceUnavailable)
        .target(name, name, "String")
        .activity("Get-Help")
}

/// What help would leave blank: commands without a synopsis, parameters without a text, as `Command -Parameter`. One word, which is
/// most often the name again, is as good as nothing.
pub fn missing_help(table: &CommandTable) -> Vec<String> {
    let blank = |text: &str| text.split_whitespace().nth(1).is_none();
    table
        .commands()
        .flat_map(|info| {
            let command = blank(info.synopsis).then(|| info.name.to_owned());
            let parameters = info.parameters.iter().filter(move |parameter| blank(parameter.help));
            command.into_iter().chain(parameters.map(|parameter| format!("{} -{}", info.name, parameter.name)))
        })
        .collect()
}

fn related_links(info: &CommandInfo) -> Vec<Value> {
    let own = Some(help_uri(info)).filter(|uri| !uri.is_empty() && !info.links.contains(uri));
    own.into_iter()
        .chain(info.links.iter().copied())
        .map(|link| {
            let kind = if link.contains("://") { "uri" } else { "linkText" };
            maml("MamlCommandHelpInfo#navigationLink").note(kind, link).into()
        })
        .collect()
}

fn example_object(number: usize, example: &Example) -> Value {
    let remarks = std::iter::once(example.remarks).chain([""; 4]).map(text_item).collect();
    maml("MamlCommandHelpInfo#example")
        .note("code", example.code)
        .note("title", format!("-------------------------- EXAMPLE {number} --------------------------"))
        .note("remarks", list(PS_OBJECTS, remarks))
        .note("introduction", paragraphs("PS > "))
        .into()
}

fn syntax_item(info: &CommandInfo, set_name: &str) -> Value {
    let parameters: Vec<Value> = parameters_of(info, set_name)
        .into_iter()
        .map(|(parameter, set)| {
            let named = maml("MamlCommandHelpInfo#parameter").note("name", parameter.name);
            let with_value = match parameter.kind {
                ParameterType::Switch => named,
                kind => named.note("parameterValue", parameter_value(&kind.short_name(), true)),
            };
            place(described(with_value, parameter), parameter, set).into()
        })
        .collect();
    let item = maml("MamlCommandHelpInfo#syntaxItem").note("name", info.name);
    if parameters.is_empty() { item.into() } else { item.note("parameter", one_or_many(parameters)).into() }
}

fn full_parameter(parameter: &ParameterInfo) -> Value {
    let type_name = parameter.kind.short_name();
    let is_switch = parameter.kind == ParameterType::Switch;
    let object = maml("MamlCommandHelpInfo#parameter")
        .note("type", maml("MamlCommandHelpInfo#type").note("name", type_name.as_str()))
        .note("name", parameter.name)
        .note("parameterValue", parameter_value(&type_name, !is_switch));
    let object = described(object, parameter).note("defaultValue", default_value(parameter));
    match parameter.sets.first() {
        Some(set) => place(object, parameter, set).into(),
        None => object.into(),
    }
}

fn described(object: Object, parameter: &ParameterInfo) -> Object {
    if parameter.help.is_empty() { object } else { object.note("description", paragraphs(parameter.help)) }
}

fn place(object: Object, parameter: &ParameterInfo, set: &ParameterSet) -> Object {
    let pipeline = match (set.from_pipeline, set.from_pipeline_by_property_name) {
        (true, true) => "true (ByValue, ByPropertyName)",
        (true, false) => "true (ByValue)",
        (false, true) => "true (ByPropertyName)",
        (false, false) => "false",
    };
    let position = set.position.map_or_else(|| "named".to_owned(), |position| (position + 1).to_string());
    object
        .note("required", truth(set.mandatory))
        .note("globbing", truth(parameter.accepts_wildcards))
        .note("pipelineInput", pipeline)
        .note("position", position)
}

/// What a parameter is when nobody gives it.
fn default_value(parameter: &ParameterInfo) -> &'static str {
    if !parameter.default_value.is_empty() {
        return parameter.default_value;
    }
    match parameter.kind {
        ParameterType::Switch | ParameterType::Bool => "False",
        ParameterType::Byte
        | ParameterType::Int16
        | ParameterType::Int32
        | ParameterType::Int64
        | ParameterType::UInt16
        | ParameterType::UInt32
        | ParameterType::UInt64
        | ParameterType::Single
        | ParameterType::Double
        | ParameterType::Decimal => "0",
        _ => "",
    }
}

fn parameter_value(type_name: &str, required: bool) -> Object {
    Object::new().content(Content::Primitive(Box::new(type_name.into()))).note("required", truth(required))
}

fn truth(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

/// Help made from MAML has one thing where a list of one could stand.
fn one_or_many(mut items: Vec<Value>) -> Value {
    match (items.pop(), items.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            items.push(last);
            list(PS_OBJECTS, items)
        }
        (None, _) => Value::Null,
    }
}

/// PowerShell 7 takes a list of parameters for one parameter when it picks those of `Get-Help -Parameter` from help that came
/// from another computer, and looks for its name (import-pssession.md 7.3). With this one `-Parameter *` shows them all.
fn under_any_name(parameters: Value) -> Value {
    match parameters {
        Value::Object(list) if list.items().is_some() => {
            let mut list = (*list).clone();
            list.extended.push("name", "*");
            list.into()
        }
        only => only,
    }
}

fn paragraphs(text: &str) -> Value {
    list(PS_OBJECTS, vec![text_item(text)])
}

fn text_item(text: &str) -> Value {
    Object::with_type_names(&["MamlParaTextItem", "MamlTextItem"]).note("Text", text).into()
}

fn maml(type_name: &'static str) -> Object {
    Object { type_names: clixml::TypeNames::new([type_name]), ..Object::new() }
}

const PS_OBJECTS: &[&str] = &["System.Management.Automation.PSObject[]", "System.Array", "System.Object"];

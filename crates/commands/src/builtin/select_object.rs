use clixml::{Object, Str, TypeNames};
use cmdlet::discover::{CommandQuery, command_property, find};
use cmdlet::{Cmdlet, Ps, Run, Terminate, Value};

/// Picks properties of objects.
///
/// Returns for each object a new one with the properties asked for. In this session they are limited to those that describe commands.
///
/// # Examples
/// ```powershell
/// Get-Command | Select-Object Name, Parameters
/// ```
/// What the commands are called and take.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Select",
    noun = "Object",
    role = "Session",
    help_uri = "https://go.microsoft.com/fwlink/?LinkID=2096716"
)]
pub struct SelectObject {
    /// Names of properties.
    #[parameter(
        set(
            "ModuleName",
            "Namespace",
            "OutputType",
            "Count",
            "HelpUri",
            "Name",
            "CommandType",
            "ResolvedCommandName",
            "DefaultParameterSet",
            "CmdletBinding",
            "Parameters"
        ),
        count(1, 11)
    )]
    property: Option<Vec<String>>,
    /// The objects to pick from.
    #[parameter(mandatory, pipeline)]
    input_object: Value,
}

impl Run for SelectObject {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let object = match &self.property {
            Some(names) => pick(ps, &self.input_object, names),
            None => self.input_object.clone(),
        };
        ps.write(object).await
    }
}

fn pick(ps: &Ps<'_>, input: &Value, names: &[String]) -> Value {
    let type_names: [Str; 3] = [
        format!("Selected.{}", base_type(input)).into(),
        "System.Management.Automation.PSCustomObject".into(),
        "System.Object".into(),
    ];
    let mut picked = Object { type_names: TypeNames::new(type_names), ..Object::new() };
    for name in names {
        let (name, value) = property(ps, input, name);
        if picked.extended.get(&name).is_none() {
            picked.extended.push(name, value);
        }
    }
    picked.into()
}

/// A property, called as the object calls it; a missing one is null.
fn property(ps: &Ps<'_>, input: &Value, name: &str) -> (Str, Value) {
    let Some(object) = input.as_object() else { return (name.into(), Value::Null) };
    let mut own = object.extended.iter().chain(object.adapted.iter());
    let found = own.find(|(known, _)| known.eq_ignore_ascii_case(name));
    let name: Str = found.map_or(name, |(known, _)| known).into();
    let value = command_in_full(ps, object, &name)
        .or_else(|| found.map(|(_, value)| value.clone()))
        .or_else(|| if name.eq_ignore_ascii_case("Count") { count(object) } else { None });
    (name, value.unwrap_or_default())
}

/// Of a command, what travels as text in its own object is picked in full: parameters with their metadata.
fn command_in_full(ps: &Ps<'_>, object: &Object, property: &str) -> Option<Value> {
    if !object.is_a("System.Management.Automation.CommandInfo") {
        return None;
    }
    let name = [object.property("Name")?.as_str()?.to_owned()];
    let found = find(ps.table(), &CommandQuery { names: Some(&name), ..CommandQuery::default() });
    found.commands.first().and_then(|listed| command_property(*listed, property))
}

fn count(object: &Object) -> Option<Value> {
    let count = object.items().map(<[Value]>::len).or_else(|| object.entries().map(<[(Value, Value)]>::len))?;
    i32::try_from(count).ok().map(Value::Int32)
}

/// The .NET type under an object: property bags are property bags, whatever they are called.
fn base_type(input: &Value) -> Str {
    const BAG: &str = "System.Management.Automation.PSCustomObject";
    match input {
        Value::Object(object) if object.is_a(BAG) || object.type_names.is_empty() => BAG.into(),
        other => other.type_name().into(),
    }
}

//! What `#[derive(Cmdlet)]` makes of a struct.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use clixml::{SecureString, Value};
use cmdlet::convert::EnumMember as _;
use cmdlet::{
    Argument, Cmdlet, CommandInfo, ConfirmImpact, Flags, ParameterSet, ParameterType, PsEnum, RoleClass, Switch,
    Validation, bind,
};

/// Greets somebody.
///
/// Returns a greeting line, Count times. Used to test every simple kind of
/// parameter.
///
/// # Examples
/// ```powershell
/// Get-PepGreeting -Name World -Count 2
/// ```
/// Two lines.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepGreeting", output = "System.String", link = "https://example.com/pep/greeting")]
struct GetPepGreeting {
    /// Who is greeted.
    #[parameter(mandatory, position = 0, help_message = "Who is greeted")]
    name: String,
    /// How many lines are returned.
    #[parameter(position = 1, range(1, 100), default = 1)]
    count: i32,
    /// Upper case.
    loud: Switch,
    /// One of Low, Medium, High.
    #[parameter(set("Low", "Medium", "High"), alias = "Lvl", default = "Low")]
    level: String,
    #[state]
    written: usize,
}

#[test]
fn a_doc_comment_is_the_help() {
    let info = GetPepGreeting::INFO;
    assert_eq!(info.name, "Get-PepGreeting");
    assert_eq!(info.synopsis, "Greets somebody.");
    assert_eq!(info.description, "Returns a greeting line, Count times. Used to test every simple kind of parameter.");
    assert_eq!(info.examples[0].code, "Get-PepGreeting -Name World -Count 2");
    assert_eq!(info.examples[0].remarks, "Two lines.");
    assert_eq!(info.links, ["https://example.com/pep/greeting"]);
    assert_eq!(info.output_types, ["System.String"]);
    assert_eq!(info.role_class, RoleClass::Read);
    assert!(!info.supports_should_process);
}

#[test]
fn fields_are_parameters() {
    let [name, count, loud, level] = GetPepGreeting::INFO.parameters else { panic!("four parameters") };
    assert_eq!((name.name, name.kind, name.help), ("Name", ParameterType::String, "Who is greeted."));
    assert_eq!(name.help_message, "Who is greeted");
    assert!(name.sets[0].mandatory);
    assert_eq!(name.sets[0].name, ParameterSet::ALL);
    assert_eq!(name.sets[0].position, Some(0));
    assert_eq!((count.kind, count.default_value), (ParameterType::Int32, "1"));
    assert_eq!(count.validation, [Validation::Range(1, 100)]);
    assert_eq!((loud.kind, loud.sets[0].position), (ParameterType::Switch, None));
    assert_eq!((level.aliases, level.default_value), (["Lvl"].as_slice(), "Low"));
}

#[test]
fn arguments_become_fields() {
    let arguments = vec![Argument::Value("World".into()), Argument::Pair("Lvl".into(), "high".into())];
    let bound = bind::bind(GetPepGreeting::INFO, arguments, false).unwrap().finish().unwrap();
    let command = GetPepGreeting::from_bound(&bound).unwrap();
    assert_eq!((command.name.as_str(), command.count, command.level.as_str()), ("World", 1, "high"));
    assert!(!command.loud.is_present());
    assert_eq!(command.written, 0);
}

/// Removes things.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Remove",
    noun = "Thing",
    module = "Things",
    confirm_impact = "High",
    role = "Operate",
    default_parameter_set = "ByName"
)]
#[allow(dead_code)]
struct RemoveThing {
    #[parameter(set_name = "ByName", mandatory, position = 0, pipeline_by_property_name)]
    #[parameter(set_name = "ByBoth", mandatory)]
    #[parameter(alias = "ThingName", length(1, 20), pattern = "^[a-z]+$")]
    name: Vec<String>,
    #[parameter(set_name = "ByBoth", mandatory)]
    password: Option<SecureString>,
    #[parameter(secret, name = "APIKey")]
    key: Option<String>,
    days: Flags<Day>,
}

/// A day.
#[derive(PsEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[ps_enum(type_name = "Test.Days", flags)]
enum Day {
    None = 0,
    Sunday = 1,
    #[ps_enum(name = "Monday")]
    Moon = 2,
}

#[test]
fn a_command_that_changes_something_says_so() {
    let info: &'static CommandInfo = RemoveThing::INFO;
    assert_eq!((info.module, info.default_parameter_set), ("Things", "ByName"));
    assert!(info.supports_should_process);
    assert_eq!((info.confirm_impact, info.role_class), (ConfirmImpact::High, RoleClass::Operate));
}

#[test]
fn a_parameter_may_differ_from_set_to_set() {
    let [name, password, key, days] = RemoveThing::INFO.parameters else { panic!("four parameters") };
    let sets: Vec<_> = name.sets.iter().map(|set| (set.name, set.mandatory, set.position)).collect();
    assert_eq!(sets, [("ByName", true, Some(0)), ("ByBoth", true, None)]);
    assert!(name.sets[0].from_pipeline_by_property_name && !name.sets[1].from_pipeline_by_property_name);
    assert_eq!(name.validation, [Validation::Length(1, 20), Validation::Pattern("^[a-z]+$")]);
    assert_eq!(name.kind, ParameterType::Array(&ParameterType::String));
    assert!(password.secret && key.secret && !name.secret && !days.secret);
    assert_eq!(key.name, "APIKey");
}

#[test]
fn an_enum_is_an_enumeration() {
    assert_eq!(Day::ENUM.members, [("None", 0), ("Sunday", 1), ("Monday", 2)]);
    assert!(Day::ENUM.flags);
    let arguments =
        vec![Argument::Pair("Name".into(), "x".into()), Argument::Pair("Days".into(), "sunday,monday".into())];
    let bound = bind::bind(RemoveThing::INFO, arguments, false).unwrap().finish().unwrap();
    let command = RemoveThing::from_bound(&bound).unwrap();
    assert!(command.days.contains(&Day::Moon) && command.days.contains(&Day::Sunday));
    assert_eq!(Value::from(Day::Moon).as_object().unwrap().to_string.as_deref(), Some("Monday"));
}

/// Echoes.
#[derive(Cmdlet)]
#[cmdlet(verb = "Measure", noun = "Input")]
struct MeasureInput {
    #[parameter(pipeline)]
    input_object: Value,
    #[parameter(pipeline_by_property_name)]
    name: String,
}

#[test]
fn pipeline_fields_are_filled_again_for_each_object() {
    let mut bound = bind::bind(MeasureInput::INFO, Vec::new(), true).unwrap().finish().unwrap();
    let mut command = MeasureInput::from_bound(&bound).unwrap();
    assert_eq!(command.input_object, Value::Null);
    let object = clixml::Object::custom().note("Name", "n1").into();
    bound.bind_pipeline_object(&object).unwrap();
    command.rebind(&bound).unwrap();
    assert_eq!((&command.input_object, command.name.as_str()), (&object, "n1"));
    bound.clear_pipeline_object();
    bound.bind_pipeline_object(&Value::Int32(5)).unwrap();
    command.rebind(&bound).unwrap();
    assert_eq!((&command.input_object, command.name.as_str()), (&Value::Int32(5), ""));
}

#[test]
fn without_a_position_anywhere_the_order_is_the_position() {
    let positions: Vec<_> = MeasureInput::INFO.parameters.iter().map(|parameter| parameter.sets[0].position).collect();
    assert_eq!(positions, [Some(0), Some(1)]);
}

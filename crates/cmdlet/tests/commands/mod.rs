//! Commands with the parameters of those that the tables were made with.

use clixml::{DateTime, SecureString, Value};
use cmdlet::{Bound, Cmdlet, CommandInfo, ErrorRecord, Switch};

type Make = fn(&Bound) -> Result<(), ErrorRecord>;

pub(crate) fn info(name: &str) -> &'static CommandInfo {
    all().into_iter().map(|(info, _)| info).find(|info| info.name == name).unwrap_or_else(|| panic!("{name}"))
}

/// Each declaration, and whether what is bound fills the command's fields.
pub(crate) fn all() -> Vec<(&'static CommandInfo, Make)> {
    fn of<C: Cmdlet>() -> (&'static CommandInfo, Make) {
        (C::INFO, |bound| {
            let mut command = C::from_bound(bound)?;
            command.rebind(bound)
        })
    }
    vec![
        of::<GetPepGreeting>(),
        of::<AddPepList>(),
        of::<TestTwo>(),
        of::<TestOptional>(),
        of::<TestDefault>(),
        of::<TestRest>(),
        of::<TestPrefix>(),
        of::<TestShould>(),
        of::<TestPipeValue>(),
        of::<TestPipeMandatory>(),
        of::<TestPipeSets>(),
        of::<TestPipeSetsNone>(),
        of::<TestPipeHalf>(),
        of::<TestPipeBoth>(),
        of::<TestPipeExtra>(),
        of::<TestPipeTwoProps>(),
        of::<TestPipeList>(),
        of::<TestPipeOrder>(),
        of::<TestPipeValidate>(),
        of::<TestPipeObject>(),
        of::<TestPipeDefault>(),
        of::<TestPipeThree>(),
        of::<TestNull>(),
        of::<TestLists>(),
        of::<TestAllowLists>(),
        of::<TestAuto>(),
        of::<TestNoPositional>(),
        of::<TestValidate>(),
        of::<TestSecret>(),
    ]
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepGreeting")]
struct GetPepGreeting {
    #[parameter(mandatory, position = 0, help_message = "Who is greeted")]
    name: String,
    #[parameter(position = 1, range(1, 100), default = 1)]
    count: i32,
    loud: Switch,
    #[parameter(set("Low", "Medium", "High"), alias = "Lvl", default = "Low")]
    level: String,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Add", noun = "PepList", default_parameter_set = "List")]
struct AddPepList {
    #[parameter(mandatory, set_name = "List")]
    item: Vec<String>,
    #[parameter(mandatory, set_name = "Cred")]
    credential: Option<SecureString>,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Two")]
struct TestTwo {
    #[parameter(position = 0)]
    name: String,
    #[parameter(mandatory, set_name = "A")]
    alpha: i32,
    #[parameter(mandatory, set_name = "B")]
    beta: i32,
    #[parameter(set_name = "B")]
    extra: Switch,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Optional")]
struct TestOptional {
    #[parameter(set_name = "A")]
    alpha: i32,
    #[parameter(set_name = "B")]
    beta: i32,
    #[parameter(mandatory, set_name = "C")]
    gamma: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Default", default_parameter_set = "N")]
struct TestDefault {
    #[parameter(position = 0, set_name = "N")]
    number: i32,
    #[parameter(position = 0, set_name = "T")]
    text: String,
    #[parameter(set_name = "T")]
    trim: Switch,
    #[parameter(position = 1)]
    second: String,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Rest")]
struct TestRest {
    #[parameter(position = 0)]
    first: String,
    #[parameter(remaining)]
    rest: Vec<Value>,
    flag: Switch,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Prefix")]
struct TestPrefix {
    verbatim: String,
    warm: Switch,
    error_text: String,
    output: String,
    outer: String,
    #[parameter(alias = "Zed")]
    yellow: String,
    zebra: String,
    bool: bool,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Should", supports_should_process)]
struct TestShould {
    what: String,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeValue")]
struct TestPipeValue {
    #[parameter(pipeline)]
    number: i32,
    #[parameter(pipeline_by_property_name, alias = "Label")]
    name: String,
    other: String,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeMandatory")]
struct TestPipeMandatory {
    #[parameter(mandatory, pipeline_by_property_name)]
    name: String,
    #[parameter(mandatory, pipeline_by_property_name)]
    size: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeSets", default_parameter_set = "Text")]
struct TestPipeSets {
    #[parameter(mandatory, pipeline, set_name = "Text")]
    text: Option<DateTime>,
    #[parameter(mandatory, pipeline, set_name = "Number")]
    number: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeSetsNone")]
struct TestPipeSetsNone {
    #[parameter(mandatory, pipeline, set_name = "When")]
    when: Option<DateTime>,
    #[parameter(mandatory, pipeline, set_name = "Number")]
    number: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeHalf", default_parameter_set = "Hand")]
struct TestPipeHalf {
    #[parameter(mandatory, set_name = "Hand")]
    hand: String,
    #[parameter(mandatory, pipeline, set_name = "Pipe")]
    number: i32,
    #[parameter(set_name = "Pipe")]
    fast: Switch,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeBoth")]
struct TestPipeBoth {
    #[parameter(mandatory, pipeline)]
    number: i32,
    #[parameter(mandatory)]
    why: String,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeExtra", default_parameter_set = "Plain")]
struct TestPipeExtra {
    #[parameter(set_name = "Plain")]
    plain: String,
    #[parameter(mandatory, pipeline, set_name = "Pipe")]
    number: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeTwoProps")]
struct TestPipeTwoProps {
    #[parameter(pipeline_by_property_name)]
    a: String,
    #[parameter(pipeline_by_property_name)]
    b: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeList")]
struct TestPipeList {
    #[parameter(pipeline)]
    items: Vec<String>,
    #[parameter(pipeline_by_property_name)]
    length: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeOrder")]
struct TestPipeOrder {
    #[parameter(pipeline)]
    text: String,
    #[parameter(pipeline)]
    number: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeValidate")]
struct TestPipeValidate {
    #[parameter(pipeline, pipeline_by_property_name, range(1, 5))]
    number: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeObject")]
struct TestPipeObject {
    #[parameter(mandatory, pipeline)]
    input_object: Value,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeDefault", default_parameter_set = "Text")]
struct TestPipeDefault {
    #[parameter(pipeline, set_name = "Text")]
    text: String,
    #[parameter(pipeline, set_name = "Number")]
    number: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PipeThree", default_parameter_set = "Hand")]
struct TestPipeThree {
    #[parameter(mandatory, set_name = "Hand")]
    hand: String,
    #[parameter(mandatory, pipeline, set_name = "Value")]
    number: i32,
    #[parameter(mandatory, pipeline_by_property_name, set_name = "Prop")]
    name: String,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Null")]
struct TestNull {
    #[parameter(mandatory)]
    any: Value,
    #[parameter(allow_null)]
    list: Vec<String>,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Lists")]
struct TestLists {
    #[parameter(mandatory)]
    names: Vec<String>,
    numbers: Vec<i32>,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "AllowLists")]
struct TestAllowLists {
    #[parameter(mandatory, allow_empty_collection, allow_empty_string, allow_null)]
    names: Vec<String>,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Auto")]
struct TestAuto {
    one: String,
    two: Switch,
    three: i32,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "NoPositional", positional_binding = false)]
struct TestNoPositional {
    one: String,
    #[parameter(position = 0)]
    two: String,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Validate")]
struct TestValidate {
    #[parameter(length(2, 4))]
    length: Vec<String>,
    #[parameter(count(1, 2))]
    count: Vec<String>,
    #[parameter(count(2, 2))]
    exact: Vec<i32>,
    #[parameter(pattern = "^[a-c]+$")]
    pattern: Vec<String>,
    #[parameter(not_null)]
    not_null: Value,
    #[parameter(not_null_or_empty)]
    not_empty: String,
    #[parameter(not_null_or_empty)]
    none_empty: Vec<String>,
    #[parameter(not_null)]
    none_null: Vec<Value>,
    #[parameter(not_null_or_white_space)]
    not_blank: String,
    #[parameter(not_null_or_white_space)]
    none_blank: Vec<String>,
    #[parameter(range(1, 5))]
    real: f64,
    #[parameter(range(1, 5))]
    range: Vec<i32>,
    #[parameter(set("a", "b"))]
    set: Vec<String>,
    #[parameter(range(1, 5))]
    loose: Value,
    #[parameter(length(1, 3))]
    word: String,
}

#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Secret")]
struct TestSecret {
    #[parameter(position = 0, secret, pattern = "^[a-z]+$")]
    token: Option<String>,
    #[parameter(secret)]
    pin: Option<i32>,
    password: Option<SecureString>,
}

//! The checklist rows about binding, one story each. What else a real PowerShell was asked stands in the tables
//! (`binding_table.rs`, `conversion_table.rs`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs, dead_code)]

mod commands;

use clixml::{Content, DateTimeKind, Object, SecureString, Value};
use cmdlet::convert::{convert, credential_value, text};
use cmdlet::{Argument, Bound, ErrorRecord, ParameterType, bind};
use psrp::record::ErrorCategory;

fn try_bind(command: &str, arguments: Vec<Argument>) -> Result<Bound, ErrorRecord> {
    bind::bind(commands::info(command), arguments, false).and_then(bind::Binding::finish)
}

fn refusal(command: &str, arguments: Vec<Argument>) -> ErrorRecord {
    try_bind(command, arguments).unwrap_err()
}

fn name(name: &str) -> Argument {
    Argument::Name(name.into())
}

fn pair(name: &str, value: impl Into<Value>) -> Argument {
    Argument::Pair(name.into(), value.into())
}

fn value(value: impl Into<Value>) -> Argument {
    Argument::Value(value.into())
}

fn strings(items: &[&str]) -> Value {
    Value::array(items.iter().map(|item| Value::string(*item)).collect())
}

#[test]
fn j_080_each_wire_form_binds_alike() {
    let forms = [
        vec![name("Name"), value("x"), name("Loud")],
        vec![pair("Name", "x"), pair("Loud", true)],
        vec![value("x"), name("Loud")],
        vec![name("Loud"), name("Name"), value("x")],
    ];
    for arguments in forms {
        let bound = try_bind("Get-PepGreeting", arguments.clone()).unwrap();
        assert_eq!(bound.get("Name"), Some(&"x".into()), "{arguments:?}");
        assert_eq!(bound.get("Loud"), Some(&true.into()), "{arguments:?}");
    }
}

#[test]
fn j_080_a_switch_of_an_importing_client_is_an_object() {
    let switch =
        Object::with_type_names(&["System.Management.Automation.SwitchParameter", "System.ValueType", "System.Object"])
            .adapted("IsPresent", true);
    let bound = try_bind("Get-PepGreeting", vec![pair("Name", "x"), pair("Loud", switch)]).unwrap();
    assert_eq!(bound.get("Loud"), Some(&Value::Bool(true)));
}

#[test]
fn j_081_a_name_may_be_shortened_or_be_an_alias_and_its_dash_any_dash() {
    let bound = try_bind("Get-PepGreeting", vec![name("nam"), value("x"), name("\u{2013}lvl"), value("high")]).unwrap();
    assert_eq!((bound.get("Name"), bound.get("level")), (Some(&"x".into()), Some(&"high".into())));
}

#[test]
fn j_081_an_ambiguous_name_lists_what_it_could_mean() {
    let error = refusal("Get-PepGreeting", vec![pair("Name", "a"), name("L")]);
    assert_eq!(error.fully_qualified_error_id, "AmbiguousParameter,Get-PepGreeting");
    assert!(error.exception.message.ends_with("Possible matches include: -Loud -Level."));
}

#[test]
fn j_081_the_same_parameter_twice_by_name_and_alias_is_an_error() {
    let error = refusal("Get-PepGreeting", vec![pair("Name", "a"), pair("Level", "Low"), pair("Lvl", "Low")]);
    assert_eq!(error.fully_qualified_error_id, "ParameterAlreadyBound,Get-PepGreeting");
    assert_eq!(error.exception.properties.get("ParameterName"), Some(&"Lvl".into()));
}

#[test]
fn j_082_arguments_without_a_name_go_by_position() {
    let bound = try_bind("Get-PepGreeting", vec![value("x"), value(2)]).unwrap();
    assert_eq!((bound.get("Name"), bound.get("Count")), (Some(&"x".into()), Some(&2.into())));
    let error = refusal("Get-PepGreeting", vec![value("x"), value(2), value("extra")]);
    assert_eq!(error.fully_qualified_error_id, "PositionalParameterNotFound,Get-PepGreeting");
    assert_eq!(error.category, ErrorCategory::InvalidArgument);
    assert_eq!(error.activity, "Get-PepGreeting");
}

#[test]
fn j_083_the_default_set_wins_and_two_sets_at_once_are_none() {
    assert_eq!(try_bind("Test-Default", vec![]).unwrap().parameter_set(), "N");
    assert_eq!(try_bind("Test-Default", vec![value("x")]).unwrap().parameter_set(), "T");
    let error = refusal("Test-Two", vec![pair("Alpha", 1), pair("Beta", 2)]);
    assert_eq!(error.fully_qualified_error_id, "AmbiguousParameterSet,Test-Two");
}

#[test]
fn j_085_without_anybody_to_ask_what_is_missing_is_listed() {
    let error = refusal("Test-PipeBoth", vec![]);
    assert_eq!(error.fully_qualified_error_id, "MissingMandatoryParameter,Test-PipeBoth");
    assert_eq!(
        error.exception.message,
        "Cannot process command because of one or more missing mandatory parameters: Number Why."
    );
}

#[test]
fn j_086_text_is_no_truth_value() {
    for (arguments, to) in [
        (vec![pair("Name", "a"), pair("Loud", "false")], "System.Management.Automation.SwitchParameter"),
        (vec![pair("Bool", "true")], "System.Boolean"),
    ] {
        let command = if to.ends_with("Boolean") { "Test-Prefix" } else { "Get-PepGreeting" };
        let error = refusal(command, arguments);
        assert_eq!(error.fully_qualified_error_id, format!("ParameterArgumentTransformationError,{command}"));
        assert!(error.exception.message.contains(&format!("Cannot convert value \"System.String\" to type \"{to}\".")));
    }
    assert_eq!(try_bind("Test-Prefix", vec![pair("Bool", 0)]).unwrap().get("Bool"), Some(&false.into()));
}

#[test]
fn j_086_a_switch_given_null_is_off_and_a_common_one_is_on() {
    let bound =
        try_bind("Get-PepGreeting", vec![pair("Name", "a"), pair("Loud", Value::Null), pair("Verbose", Value::Null)]);
    let bound = bound.unwrap();
    assert_eq!(bound.get("Loud"), Some(&false.into()));
    assert_eq!(bound.common().verbose, Some(true));
}

#[test]
fn j_087_secrets_come_as_secrets_only() {
    let secret = Value::from(SecureString::new("pw"));
    assert_eq!(convert(&secret, &ParameterType::SecureString).unwrap(), secret);
    let error = convert(&"pw".into(), &ParameterType::SecureString).unwrap_err();
    assert_eq!(
        error.message,
        "Cannot convert the value of type \"System.String\" to type \"System.Security.SecureString\"."
    );
    let credential = credential_value("joe".into(), SecureString::new("pw"));
    assert_eq!(convert(&credential, &ParameterType::PsCredential).unwrap(), credential);
    assert!(!format!("{:?}", convert(&credential, &ParameterType::PsCredential)).contains("pw"));
}

#[test]
fn j_088_a_zone_in_a_date_is_kept_as_its_instant() {
    let date = |text: &str| match convert(&text.into(), &ParameterType::DateTime).unwrap() {
        Value::DateTime(date) => date,
        other => panic!("{other:?}"),
    };
    let (zulu, berlin) = (date("2024-01-31T10:00:00Z"), date("2024-01-31T11:00:00+01:00"));
    assert_eq!(zulu, berlin);
    assert_eq!(zulu.kind, DateTimeKind::Local(0));
    assert_eq!(text(&date("31 January 2024 5 PM").into()), "01/31/2024 17:00:00");
}

#[test]
fn j_089_a_string_gets_a_number_as_it_was_typed() {
    let literal = |text: &str, number: i32| {
        let mut object = Object::new().text(text);
        object.content = Content::Primitive(Box::new(Value::Int32(number)));
        Value::from(object)
    };
    for (typed, number) in [("007", 7), ("0x10", 16), ("1KB", 1024)] {
        let argument = literal(typed, number);
        assert_eq!(convert(&argument, &ParameterType::String).unwrap(), typed.into());
        assert_eq!(convert(&argument, &ParameterType::Int32).unwrap(), number.into());
        assert_eq!(convert(&argument, &ParameterType::Object).unwrap(), number.into());
        assert_eq!(
            convert(&argument, &ParameterType::Array(&ParameterType::String)).unwrap(),
            Value::string_array([typed])
        );
    }
    let version = literal("1.0", 1);
    assert_eq!(text(&convert(&version, &ParameterType::Version).unwrap()), "1.0");
}

#[test]
fn j_090_validation_tests_each_element() {
    let error = refusal("Test-Validate", vec![pair("Set", strings(&["a", "c"]))]);
    assert_eq!(error.fully_qualified_error_id, "ParameterArgumentValidationError,Test-Validate");
    assert_eq!(error.category, ErrorCategory::InvalidData);
    assert_eq!(error.reason, "ParameterBindingValidationException");
    assert!(error.exception.message.contains("The argument \"c\" does not belong to the set \"a,b\""));
    let inner = error.exception.properties.get("InnerException").unwrap().as_object().unwrap();
    assert_eq!(inner.type_names.first(), Some("System.Management.Automation.ValidationMetadataException"));
}

#[test]
fn j_090_a_dollar_sign_in_a_pattern_is_the_end_and_not_a_line_before_it() {
    assert!(try_bind("Test-Validate", vec![pair("Pattern", strings(&["abc"]))]).is_ok());
    assert!(try_bind("Test-Validate", vec![pair("Pattern", strings(&["abc\n"]))]).is_err());
}

#[test]
fn j_091_a_mandatory_parameter_takes_nothing_empty() {
    let id = |value: Value| refusal("Test-Lists", vec![pair("Names", value)]).fully_qualified_error_id;
    assert_eq!(id(Value::Null), "ParameterArgumentValidationErrorNullNotAllowed,Test-Lists");
    assert_eq!(id("".into()), "ParameterArgumentValidationErrorEmptyStringNotAllowed,Test-Lists");
    assert_eq!(id(strings(&[])), "ParameterArgumentValidationErrorEmptyArrayNotAllowed,Test-Lists");
    assert!(try_bind("Test-AllowLists", vec![pair("Names", strings(&[""]))]).is_ok());
}

#[test]
fn j_092_an_object_binds_by_value_or_by_the_name_of_a_property() {
    let mut bound = bind::bind(commands::info("Test-PipeValue"), vec![], true).unwrap().finish().unwrap();
    bound.bind_pipeline_object(&Value::Int32(5)).unwrap();
    assert_eq!(bound.get("Number"), Some(&5.into()));
    bound.bind_pipeline_object(&Object::custom().note("Label", "l").into()).unwrap();
    assert_eq!((bound.get("Number"), bound.get("Name")), (None, Some(&"l".into())));
}

#[test]
fn j_092_an_object_that_does_not_bind_harms_no_other() {
    let mut bound =
        bind::bind(commands::info("Test-PipeValue"), vec![pair("Other", "o")], true).unwrap().finish().unwrap();
    let stranger: Value = Object::custom().note("Id", 1).into();
    let error = bound.bind_pipeline_object(&stranger).unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "InputObjectNotBound,Test-PipeValue");
    assert_eq!((error.target_object, error.target_name.as_str()), (stranger, "@{Id=1}"));
    assert_eq!(error.target_type, "PSObject");
    bound.bind_pipeline_object(&Value::Int32(5)).unwrap();
    assert_eq!((bound.get("Number"), bound.get("Other")), (Some(&5.into()), Some(&"o".into())));
}

#[test]
fn j_092_an_error_names_an_object_by_its_own_type() {
    let mut bound =
        bind::bind(commands::info("Get-PepGreeting"), vec![pair("Name", "a")], true).unwrap().finish().unwrap();
    let mut told = |object: Value| {
        let error = bound.bind_pipeline_object(&object).unwrap_err();
        let specified = error.exception.properties.get("TypeSpecified").map(text).unwrap();
        format!("{specified}: {}:{}", error.target_name, error.target_type)
    };
    assert_eq!(told(Object::enumeration("System.DayOfWeek", "Friday", 5).into()), "System.DayOfWeek: Friday:DayOfWeek");
    assert_eq!(told(strings(&["a"])), "System.Object[]: System.Object[]:Object[]");
    assert_eq!(told("a".into()), "System.String: a:String");
}

#[test]
fn an_argument_that_takes_anything_gets_the_plain_value() {
    let bound = try_bind("Test-Null", vec![pair("Any", Object::enumeration("System.DayOfWeek", "Friday", 5))]).unwrap();
    assert_eq!(bound.get("Any"), Some(&5.into()));
    let mut bound = bind::bind(commands::info("Test-PipeObject"), vec![], true).unwrap().finish().unwrap();
    let friday: Value = Object::enumeration("System.DayOfWeek", "Friday", 5).into();
    bound.bind_pipeline_object(&friday).unwrap();
    assert_eq!(bound.get("InputObject"), Some(&friday), "an object of the pipeline stays what it is");
}

#[test]
fn j_095_a_bad_common_parameter_fails_as_in_a_compiled_command() {
    let error = refusal("Get-PepGreeting", vec![pair("Name", "a"), pair("ErrorAction", "Nonsense")]);
    assert_eq!(error.fully_qualified_error_id, "CannotConvertArgumentNoMessage,Get-PepGreeting");
    assert_eq!(error.category, ErrorCategory::InvalidArgument);
    assert_eq!(error.reason, "ParameterBindingException");
}

#[test]
fn variables_of_the_session_cannot_be_named() {
    for parameter in ["ErrorVariable", "wv", "InformationVariable", "ov", "PipelineVariable"] {
        let error = refusal("Get-PepGreeting", vec![pair("Name", "a"), pair(parameter, "v")]);
        assert_eq!(error.fully_qualified_error_id, "VariableReferenceNotSupportedInDataSection");
        assert_eq!((error.category, error.activity.as_str()), (ErrorCategory::InvalidOperation, ""));
    }
}

#[test]
fn a_question_mark_asks_for_help() {
    assert!(bind::wants_help(&[value("x"), name("?")]));
    assert!(!bind::wants_help(&[value("?"), name("Name")]));
}

#[test]
fn j_103_no_refusal_tells_a_secret() {
    let hidden = "Hidden-77";
    let bag = Object::new().note("Text", hidden);
    for arguments in [
        vec![pair("Token", hidden)],
        vec![pair("Pin", hidden)],
        vec![pair("Pin", bag.clone())],
        vec![pair("Password", hidden)],
        vec![pair("Password", bag)],
        vec![pair("Password", strings(&[hidden, hidden]))],
        vec![value("ok"), value(hidden)],
        vec![name("Wrong"), value(hidden)],
    ] {
        let error = refusal("Test-Secret", arguments);
        let told = clixml::to_string(&error.to_value(), &clixml::Plain);
        assert!(!told.contains(hidden), "{told}");
    }
}

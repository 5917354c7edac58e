//! Select-Object and Measure-Object.

use clixml::{Content, Object};
use cmdlet::{CommandTable, Value};
use commands::builtin::builtins;
use psrp::host_call::HostCall;

use crate::engine::{Session, calls};

fn session() -> Session {
    Session::new(builtins(CommandTable::new()))
}

fn bag(name: &str) -> Value {
    Object::custom().note("Name", name).note("Other", 1).into()
}

fn type_names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().type_names.iter().collect()
}

#[test]
fn j_008_select_object_picks_eleven_properties_and_no_others() {
    let session = session();
    for name in [
        "ModuleName",
        "namespace",
        "OUTPUTTYPE",
        "Count",
        "HelpUri",
        "Name",
        "CommandType",
        "ResolvedCommandName",
        "DefaultParameterSet",
        "CmdletBinding",
        "Parameters",
    ] {
        assert!(session.run_with(&format!("Select-Object {name}"), vec![bag("a")]).is_ok(), "{name}");
    }
    for name in ["*", "Status", "Na*"] {
        let error = session.run_with(&format!("Select-Object -Property {name}"), vec![bag("a")]).unwrap_err();
        assert_eq!(error.fully_qualified_error_id, "ParameterArgumentValidationError,Select-Object", "{name}");
    }
    for name in ["First", "ExpandProperty", "Unique"] {
        let error = session.run_with(&format!("Select-Object -{name} 1"), vec![bag("a")]).unwrap_err();
        assert_eq!(error.fully_qualified_error_id, "NamedParameterNotFound,Select-Object", "{name}");
    }
}

#[test]
fn select_object_makes_a_bag_of_what_was_picked() {
    let seen = session().run_with("select name", vec![bag("a"), "text".into()]).unwrap();
    assert_eq!(
        type_names(&seen.objects[0]),
        [
            "Selected.System.Management.Automation.PSCustomObject",
            "System.Management.Automation.PSCustomObject",
            "System.Object"
        ]
    );
    let notes: Vec<_> = seen.objects[0].as_object().unwrap().extended.iter().collect();
    assert_eq!(notes, [("Name", &Value::from("a"))], "called as the object calls it");
    assert_eq!(type_names(&seen.objects[1])[0], "Selected.System.String");
    assert_eq!(seen.objects[1].property("name"), Some(&Value::Null), "what is missing is null");
}

#[test]
fn select_object_without_a_property_hands_objects_on() {
    assert_eq!(session().run_with("Select-Object", vec![bag("a")]).unwrap().objects, [bag("a")]);
}

#[test]
fn commands_are_picked_with_all_their_parameters() {
    let mut line = calls("Get-Command Measure-Object | Select-Object");
    let names = ["Name", "CommandType", "ResolvedCommandName", "Parameters"];
    line[1].arguments = vec![cmdlet::Argument::Value(Value::string_array(names))];
    let seen = session().run_calls(line, None).unwrap();
    let picked = &seen.objects[0];
    assert_eq!(type_names(picked)[0], "Selected.System.Management.Automation.FunctionInfo");
    let kind = picked.property("CommandType").unwrap().as_object().unwrap();
    assert_eq!(kind.content, Content::Primitive(Box::new(Value::Int32(2))));
    let parameters = picked.property("Parameters").unwrap().as_object().unwrap();
    assert_eq!(parameters.entries().unwrap().len(), 13);
    assert_eq!(parameters.entry("InputObject").unwrap().property("IsDynamic"), Some(&Value::Bool(false)));
}

#[test]
fn j_012_measure_object_counts_what_comes() {
    let session = session();
    let seen = session.run_with("Measure-Object", vec!["a".into(), "b".into(), 3.into()]).unwrap();
    let measure = seen.objects[0].as_object().unwrap();
    assert_eq!(measure.to_string.as_deref(), Some("Microsoft.PowerShell.Commands.GenericMeasureInfo"));
    let names: Vec<&str> = measure.adapted.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Count", "Average", "Sum", "Maximum", "Minimum", "StandardDeviation", "Property"]);
    assert_eq!(seen.objects[0].property("Count"), Some(&Value::Int32(3)));
    let none = session.run_with("Measure-Object", vec![]).unwrap();
    assert_eq!(none.objects[0].property("Count"), Some(&Value::Int32(0)));
    let piped = session.run("Get-Command | measure").unwrap();
    assert_eq!(piped.objects[0].property("Count"), Some(&Value::Int32(8)));
}

#[test]
fn j_012_without_input_the_user_is_asked_for_it() {
    let session = session();
    let _ = session.run("Measure-Object"); // the answer does not matter here
    let asked = session.calls();
    assert!(
        matches!(&asked[0], HostCall::Prompt { caption, fields, .. }
            if caption == "cmdlet Measure-Object at command pipeline position 1" && fields[0].name == "InputObject"),
        "{asked:?}"
    );
}

#[test]
fn j_013_input_objects_are_bound_by_position_too() {
    let session = session();
    assert_eq!(session.run("Measure-Object x").unwrap().objects[0].property("Count"), Some(&Value::Int32(1)));
    assert_eq!(session.run("Out-Default x").unwrap().screen(), ["x"]);
    let seen = session.run("Select-Object Name x").unwrap();
    assert_eq!(type_names(&seen.objects[0])[0], "Selected.System.String");
}

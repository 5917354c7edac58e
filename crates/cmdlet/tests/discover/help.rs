//! `Get-Help`.

use clixml::{Object, Value};
use cmdlet::discover::{help_object, missing_help};
use cmdlet::format::{ErrorView, OutDefault};
use cmdlet::{Cmdlet, CommandTable, Run};

use crate::commands::{GetPepGreeting, table};
use crate::recorded::recording;

/// The notes of a real help object; the real one writes them twice (captured.md 2.1), inner texts aside.
fn assert_same_help(got: &Value, expected: &Value, path: &str) {
    match (got.as_object(), expected.as_object()) {
        (Some(got), Some(expected)) => {
            let inner = expected.type_names.first().is_some_and(|name| name.starts_with("Maml"));
            if inner {
                assert_eq!(got.type_names, expected.type_names, "{path}");
            }
            // a list of parameters has a name of its own, for a client that looks for one
            let named = |object: &Object| object.items().is_some();
            let order = |object: &Object| {
                let names = object.extended.iter().map(|(name, _)| name.to_owned());
                names.filter(|name| !(name == "name" && named(object))).collect::<Vec<_>>()
            };
            assert_eq!(order(got), order(expected), "{path}");
            for (name, value) in expected.extended.iter() {
                assert_same_help(got.extended.get(name).unwrap(), value, &format!("{path}.{name}"));
            }
            let (got, expected) = (got.items().unwrap_or_default(), expected.items().unwrap_or_default());
            assert_eq!(got.len(), expected.len(), "{path}");
            for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
                assert_same_help(got, expected, &format!("{path}[{at}]"));
            }
        }
        _ => assert_eq!(got, expected, "{path}"),
    }
}

#[test]
fn help_is_what_the_real_endpoint_sends() {
    let expected = &recording!("help.clixml")[0];
    let got = help_object(GetPepGreeting::INFO);
    let got_object = got.as_object().unwrap();
    let expected_object = expected.as_object().unwrap();
    assert_eq!(got_object.type_names, expected_object.type_names);
    for (name, value) in expected_object.extended.iter().filter(|(name, _)| *name != "examples") {
        assert_same_help(got_object.extended.get(name).unwrap(), value, name);
    }
    // the real one cannot tell an example's code from the text behind it
    let example = got.property("examples").unwrap().property("example").unwrap();
    assert_eq!(example.property("code").unwrap().as_str(), Some("Get-PepGreeting -Name World -Count 2"));
    assert_eq!(example.property("remarks").unwrap().as_list().unwrap()[0].property("Text"), Some(&"Two lines.".into()));
}

#[test]
fn help_on_the_screen_reads_as_from_the_real_endpoint() {
    let mut formatter = OutDefault::new([], 100, true, ErrorView::Concise);
    let now = std::time::Instant::now();
    let mut lines = formatter.push(&help_object(GetPepGreeting::INFO), now);
    lines.extend(formatter.finish());
    let screen: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(screen.join("\n") + "\n", include_str!("../../../../fixtures/discover/help.screen"));
}

#[test]
fn help_refuses_empty_texts_and_single_words() {
    /// A command whose author said nothing about its parameter.
    #[derive(Cmdlet)]
    #[cmdlet(verb = "Test", noun = "Silence")]
    struct Silent {
        text: String,
    }
    impl Run for Silent {}

    #[derive(Cmdlet)]
    #[cmdlet(verb = "Test", noun = "Nothing")]
    struct Wordless {}
    impl Run for Wordless {}

    /// Tests.
    #[derive(Cmdlet)]
    #[cmdlet(verb = "Test", noun = "Brevity")]
    struct Brief {
        /// Name.
        name: String,
        /// Who it is.
        who: String,
    }
    impl Run for Brief {}

    assert_eq!(missing_help(&table()), Vec::<String>::new());
    let table = CommandTable::new().add::<Silent>().add::<Wordless>().add::<Brief>();
    assert_eq!(missing_help(&table), ["Test-Silence -Text", "Test-Nothing", "Test-Brevity", "Test-Brevity -Name"]);
}

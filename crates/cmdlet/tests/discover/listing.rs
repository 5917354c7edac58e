//! `Get-Command`, syntax, metadata, views.

use clixml::Value;
use cmdlet::Cmdlet as _;
use cmdlet::discover::{
    CommandQuery, Listed, MetadataRequest, command_metadata, command_object, find, format_data, show_command_object,
    syntax_line, syntax_text,
};

use crate::commands::{AddPepList, table};
use crate::recorded::{assert_same_but, recording};

fn listed(name: &str) -> Listed {
    *find(&table(), &CommandQuery { names: Some(&[name.to_owned()]), ..CommandQuery::default() })
        .commands
        .first()
        .unwrap()
}

fn names(names: &[&str], types: Option<i32>) -> Vec<&'static str> {
    let owned: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let wanted = (!owned.is_empty()).then_some(owned.as_slice());
    let found = find(&table(), &CommandQuery { names: wanted, types, ..CommandQuery::default() });
    found.commands.iter().map(Listed::name).collect()
}

#[test]
fn syntax_lines_are_those_of_the_real_endpoint() {
    let table = table();
    let mut compared = 0;
    for line in include_str!("../../../../fixtures/discover/syntax.tsv").lines() {
        let (name, expected) = line.split_once('\t').unwrap();
        let Some(command) = table.resolve(name) else { continue };
        let lines: Vec<String> =
            ["List", "Cred", "__AllParameterSets"].map(|set| syntax_line(command.info, set)).to_vec();
        assert!(lines.iter().any(|line| line == expected), "{name}: {expected} not in {lines:?}");
        compared += 1;
    }
    assert_eq!(compared, 10);
}

#[test]
fn the_syntax_text_shows_every_parameter_set_default_first() {
    let info = AddPepList::INFO;
    assert_eq!(
        syntax_text(info, info.name),
        "\nAdd-PepList -Item <string[]> [<CommonParameters>]\n\nAdd-PepList -Credential <pscredential> [<CommonParameters>]\n"
    );
}

#[test]
fn get_command_lists_by_kind_and_name_and_leaves_aliases_out_unless_asked() {
    assert_eq!(names(&["Get-Pep*", "Exit*"], None), ["Exit-PSSession", "Get-PepGreeting", "Get-PepLog"]);
    assert_eq!(
        names(&["get-peplog", "Add-PepList"], None),
        ["Get-PepLog", "Add-PepList"],
        "as asked, without a wildcard"
    );
    assert!(!names(&[], None).contains(&"exsn"));
    assert_eq!(names(&[], Some(1)), ["exsn"]);
    assert_eq!(names(&["*"], None)[0], "exsn");
    assert_eq!(names(&["OraclePep\\Get-PepL*"], None), ["Get-PepLog"]);
    assert_eq!(names(&["Other\\Get-PepLog"], None), Vec::<&str>::new());
}

#[test]
fn j_006_hidden_commands_are_reported_like_unknown_ones() {
    let asked = ["prompt".to_owned(), "Get-Nothing".to_owned(), "Get-No*".to_owned()];
    let found = find(&table(), &CommandQuery { names: Some(&asked), ..CommandQuery::default() });
    assert_eq!(found.missing, ["prompt", "Get-Nothing"]);
    assert!(found.commands.is_empty());
}

#[test]
fn j_006_a_command_object_is_the_real_one_without_the_body() {
    let got = command_object(&table(), listed("Get-PepGreeting"));
    assert_same_but(&got, &recording!("get-command.clixml")[0], &["ScriptBlock", "Definition"]);
    assert!(got.property("ScriptBlock").unwrap().is_null());
    assert!(got.property("Definition").unwrap().as_str().unwrap().starts_with("\nGet-PepGreeting [-Name]"));
}

#[test]
fn an_alias_object_is_the_real_one() {
    let got = command_object(&table(), listed("exsn"));
    assert_same_but(&got, &recording!("get-command-alias.clixml")[0], &[]);
}

#[test]
fn show_command_info_is_the_real_one_without_the_body() {
    let got = show_command_object(listed("Get-PepLog"));
    assert_same_but(&got, &recording!("show-command.clixml")[0], &["Definition"]);
}

#[test]
fn j_018_metadata_is_what_the_real_endpoint_sends() {
    let request = MetadataRequest {
        names: Some(vec!["exsn".into(), "Get-PepG*".into(), "Join-*".into(), "Remove-PepThing".into()]),
        command_types: Some(271),
        namespaces: vec![String::new()],
        ..MetadataRequest::default()
    };
    let got = command_metadata(&table(), &request);
    let expected = recording!("metadata.clixml");
    assert_eq!(got.len(), 5);
    assert_eq!(got[0].property("Count"), Some(&Value::Int32(4)));
    assert_eq!(got[0].as_object().unwrap().type_names, expected[0].as_object().unwrap().type_names);
    for (got, expected) in got.iter().zip(&expected).skip(1) {
        assert_same_but(got, expected, &[]);
    }
}

#[test]
fn j_016_the_probe_of_enter_pssession_gets_a_count_and_the_commands_it_asked_for() {
    let probe = MetadataRequest {
        names: Some(vec!["Exit-PSSession".into(), "Get-PepLog".into()]),
        command_types: Some(271),
        ..MetadataRequest::default()
    };
    assert_eq!(command_metadata(&table(), &probe).len(), 3);
    let nothing = MetadataRequest { names: Some(vec!["No-Such".into()]), ..MetadataRequest::default() };
    let answer = command_metadata(&table(), &nothing);
    assert_eq!(answer.len(), 1, "no error, just none");
    assert_eq!(answer[0].property("Count"), Some(&Value::Int32(0)));
}

#[test]
fn every_form_of_a_metadata_request_is_understood() {
    let count = |request: &MetadataRequest| command_metadata(&table(), request).len() - 1;
    let all = count(&MetadataRequest::default());
    assert_eq!(all, 11, "ten commands and an alias");
    assert_eq!(count(&MetadataRequest { command_types: Some(511), ..MetadataRequest::default() }), all, "unknown bits");
    assert_eq!(count(&MetadataRequest { command_types: Some(8), ..MetadataRequest::default() }), 0, "no cmdlets here");
    assert_eq!(count(&MetadataRequest { namespaces: vec!["oracle*".into()], ..MetadataRequest::default() }), 9);
    let modules = MetadataRequest {
        namespaces: vec!["nothing".into()],
        fully_qualified_modules: vec!["OraclePep".into()],
        ..MetadataRequest::default()
    };
    assert_eq!(count(&modules), 9, "qualified modules stand instead of the others");
}

#[test]
fn format_data_is_what_the_real_endpoint_sends() {
    let got = format_data(&table(), &["Oracle.*".to_owned()]);
    let expected = recording!("format-data.clixml");
    assert_eq!(got.len(), 2);
    let view = |value: &Value| value.property("FormatViewDefinition").unwrap().as_list().unwrap()[0].clone();
    for (got, expected) in got.iter().zip(&expected) {
        assert_same_but(got, expected, &["FormatViewDefinition"]);
        assert_same_but(&view(got), &view(expected), &["InstanceId", "Control"]);
        assert!(matches!(view(got).property("InstanceId"), Some(Value::Guid(_))));
    }
    let control = |value: &Value| view(value).property("Control").unwrap().clone();
    assert_same_but(&control(&got[0]), &control(&expected[0]), &[]);
    assert_same_but(&control(&got[1]), &control(&expected[1]), &["Entries"]);
    assert!(format_data(&table(), &["No.Such".to_owned()]).is_empty());
    assert_eq!(format_data(&table(), &[]).len(), 2, "no name stands for all");
}

//! `TabExpansion2`.

use cmdlet::discover::complete;

use crate::commands::table;
use crate::recorded::recording;

/// Completes at the `|`; the answer as texts.
fn tab(line: &str) -> (i32, i32, Vec<String>) {
    let cursor = line.find('|').unwrap();
    let line = line.replace('|', "");
    let got = complete(&table(), &line, cursor, &[]);
    let number = |name: &str| got.property(name).unwrap().as_i32().unwrap();
    let matches = got.property("CompletionMatches").unwrap().as_list().unwrap();
    let texts = matches.iter().map(|found| found.property("CompletionText").unwrap().as_str().unwrap().to_owned());
    (number("ReplacementIndex"), number("ReplacementLength"), texts.collect())
}

fn texts(line: &str) -> Vec<String> {
    tab(line).2
}

#[test]
fn completion_objects_are_those_of_the_real_endpoint() {
    let recorded = recording!("completion.clixml");
    assert_eq!(complete(&table(), "Get-PepGreeting -L", 18, &[]), recorded[0]);
    assert_eq!(complete(&table(), "Get-PepGreeting -Level ", 23, &[]), recorded[1]);
}

#[test]
fn command_names_are_completed_where_a_command_stands() {
    assert_eq!(tab("Get-PepGr|"), (0, 9, vec!["Get-PepGreeting".into()]));
    assert_eq!(tab("get-pepgr|"), (0, 9, vec!["Get-PepGreeting".into()]));
    assert_eq!(tab("Join-PepItem a; Get-PepL|"), (16, 8, vec!["Get-PepLog".into()]));
    assert_eq!(tab("& \"Get-PepGr|"), (2, 10, vec!["\"Get-PepGreeting\"".into()]));
    assert_eq!(tab("OraclePep\\Get-PepG|"), (0, 18, vec!["OraclePep\\Get-PepGreeting".into()]));
    assert_eq!(texts("exs|"), ["exsn"]);
    assert_eq!(texts("prom|"), Vec::<String>::new(), "hidden commands stay hidden");
    assert_eq!(tab("|"), (-1, -1, vec![]));
}

#[test]
fn parameter_names_are_completed_that_are_not_there_yet() {
    assert_eq!(texts("Get-PepGreeting -L|"), ["-Loud", "-Level"]);
    assert_eq!(tab("Get-PepGreeting -Loud -L|"), (22, 2, vec!["-Level".into()]));
    assert_eq!(tab("Get-PepGreeting -L|oud -x"), (16, 5, vec!["-Loud".into(), "-Level".into()]));
    assert_eq!(texts("Get-PepGreeting 'a b' 5 -lo|"), ["-Loud"]);
    assert_eq!(texts("Get-PepGreeting –L|"), ["-Loud", "-Level"], "another dash is a dash too");
    assert_eq!(texts("Get-PepGreeting -Lv|"), ["-Lvl"], "aliases if no name fits");
    assert_eq!(texts("Remove-PepThing -W|"), ["-WhatIf", "-WarningAction", "-WarningVariable"]);
    assert_eq!(texts("Get-PepGreeting -|").len(), 16);
    assert_eq!(texts("Get-Nothing -L|"), Vec::<String>::new());
}

#[test]
fn parameter_tool_tips_say_the_type_and_the_help_message() {
    let got = complete(&table(), "Get-PepGreeting -N", 18, &[]);
    let first = got.property("CompletionMatches").unwrap().as_list().unwrap()[0].clone();
    assert_eq!(first.property("ToolTip"), Some(&"[string] Name - Who is greeted".into()));
    assert_eq!(first.property("ListItemText"), Some(&"Name".into()));
}

#[test]
fn values_of_sets_and_enumerations_are_completed_and_quoted_as_needed() {
    assert_eq!(tab("Get-PepGreeting -Level |"), (23, 0, vec!["High".into(), "Low".into(), "Medium".into()]));
    assert_eq!(tab("Get-PepGreeting -Level:me|"), (23, 2, vec!["Medium".into()]));
    assert_eq!(tab("Get-PepGreeting -Level 'l|"), (23, 2, vec!["'Low'".into()]));
    assert_eq!(tab("Get-PepGreeting -Level \"l|"), (23, 2, vec!["\"Low\"".into()]));
    assert_eq!(texts("Get-PepGreeting -Le Lo|"), ["Low"]);
    assert_eq!(texts("Get-PepGreeting -Lvl Lo| -Name x"), ["Low"]);
    assert_eq!(tab("Write-PepStream Output,Er|"), (23, 2, vec!["Error".into()]));
    assert_eq!(tab("Write-PepStream -Stream Output, Er|"), (32, 2, vec!["Error".into()]));
    assert_eq!(texts("Test-PepDay |"), ["Friday", "Monday", "Sunday"]);
    assert_eq!(texts("Test-PepDay -Word |"), ["'$x'", "'it''s'", "plain", "'two words'"]);
    assert_eq!(texts("Test-PepDay -Word \"i|"), ["\"it's\""]);
    assert_eq!(texts("Get-PepGreeting -ErrorAction S|"), ["SilentlyContinue", "Stop", "Suspend"]);
    assert_eq!(texts("Get-PepGreeting -Loud:|"), ["$true", "$false"]);
    assert_eq!(texts("Test-PepDay -Sure |"), Vec::<String>::new());
    assert_eq!(texts("Get-PepGreeting -Name |"), Vec::<String>::new());
}

#[test]
fn what_a_parameter_s_completer_knows_is_offered_as_its_values() {
    let known = ["node01".to_owned(), "Node 02".to_owned(), "other".to_owned()];
    let values = |line: &str| {
        let got = complete(&table(), line, line.len(), &known);
        let matches = got.property("CompletionMatches").unwrap().as_list().unwrap().to_vec();
        matches
            .iter()
            .map(|found| found.property("CompletionText").unwrap().as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(values("Get-PepGreeting -Name no"), ["'Node 02'", "node01"]);
    assert_eq!(values("Get-PepGreeting -Name:o"), ["other"]);
    assert_eq!(values("Get-PepGreeting no"), ["'Node 02'", "node01"]);
    assert_eq!(values("Get-PepGreeting -Level "), ["High", "Low", "Medium"], "a set is all there is");
    assert_eq!(values("Get-PepGreeting -N"), ["-Name"]);
}

#[test]
fn nothing_is_completed_that_the_caller_may_not_run() {
    let all = table();
    let table = all.only(|info| info.name != "Get-PepGreeting" && info.name != "Exit-PSSession");
    for line in ["Get-PepGr", "Get-PepGreeting -", "Get-PepGreeting -Level ", "exs", "exsn -"] {
        let count = |table| {
            complete(table, line, line.len(), &[]).property("CompletionMatches").unwrap().as_list().unwrap().len()
        };
        assert!(count(&all) > 0 && count(&table) == 0, "{line}");
    }
}

#[test]
fn nothing_is_completed_in_scripts_and_a_cursor_anywhere_is_harmless() {
    for line in ["Get-PepGreeting $x|", "Get-PepGreeting # -L|", "(Get-PepLog) -L|"] {
        assert_eq!(tab(line), (-1, -1, vec![]), "{line}");
    }
    for cursor in [0, 5, 100, usize::MAX] {
        let _ = complete(&table(), "Get-PepGreeting -Name '😀 | ; \"", cursor, &[]);
    }
}

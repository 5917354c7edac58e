//! Get-Command, Get-Help, Get-FormatData, TabExpansion2.

use cmdlet::discover::missing_help;
use cmdlet::{Argument, CommandTable, ErrorRecord, Value};
use commands::builtin::builtins;

use crate::engine::{Session, call};

fn session() -> Session {
    Session::new(builtins(CommandTable::new()))
}

fn error_id(line: &str) -> String {
    session().run(line).unwrap_err().fully_qualified_error_id.to_string()
}

#[test]
fn j_001_a_fresh_session_lists_exactly_the_eight_default_commands() {
    let names = session().run("Get-Command").unwrap().texts("Name");
    assert_eq!(
        names,
        [
            "Clear-Host",
            "Exit-PSSession",
            "Get-Command",
            "Get-FormatData",
            "Get-Help",
            "Measure-Object",
            "Out-Default",
            "Select-Object"
        ]
    );
}

#[test]
fn j_002_the_six_aliases_and_exit_resolve_and_others_do_not() {
    let session = session();
    let aliases = session.run("Get-Command -CommandType Alias").unwrap().texts("DisplayName");
    assert_eq!(
        aliases,
        [
            "clear -> Clear-Host",
            "cls -> Clear-Host",
            "exsn -> Exit-PSSession",
            "gcm -> Get-Command",
            "measure -> Measure-Object",
            "select -> Select-Object"
        ]
    );
    assert_eq!(session.run("gcm Get-Help").unwrap().texts("Name"), ["Get-Help"]);
    for name in ["gh", "ft", "%", "help", "where"] {
        assert_eq!(error_id(name), "CommandNotFoundException", "{name}");
    }
    assert_eq!(session.run("EXIT").unwrap().screen(), ["PopRunspace"]);
    assert_eq!(session.run("exsn").unwrap().screen(), ["PopRunspace"]);
}

#[test]
fn j_003_they_are_functions_with_their_help_links() {
    let seen = session().run("Get-Command").unwrap();
    assert!(seen.texts("CommandType").iter().all(|kind| kind == "Function"));
    let links: Vec<String> =
        seen.texts("HelpUri").iter().map(|uri| uri.rsplit_once('=').unwrap().1.to_owned()).collect();
    assert_eq!(links, ["2096480", "2096787", "113309", "144303", "113316", "113349", "113362", "2096716"]);
}

#[test]
fn j_004_get_command_takes_its_six_parameters_and_syntax() {
    let syntax = session().run("Get-Command Get-Command -Syntax").unwrap();
    assert_eq!(
        syntax.objects,
        ["\nGet-Command [[-Name] <string[]>] [[-Module] <string[]>] [[-ArgumentList] <Object[]>] [[-CommandType] <CommandTypes>] \
          [-ListImported] [-ShowCommandInfo] [-Syntax] [<CommonParameters>]\n"
            .into()]
    );
    for parameter in ["Noun", "ParameterName", "TotalCount", "All", "FullyQualifiedModule", "UseFuzzyMatching"] {
        assert_eq!(
            error_id(&format!("Get-Command -{parameter} x")),
            "NamedParameterNotFound,Get-Command",
            "{parameter}"
        );
    }
}

#[test]
fn j_005_too_many_or_too_long_names_fail_validation() {
    let run = |names: Vec<Value>| {
        let mut call = call("Get-Command");
        call.arguments = vec![Argument::Pair("Name".into(), Value::array(names))];
        session().run_calls(vec![call], None)
    };
    assert!(run(vec!["Get-*".into(); 1000]).is_ok());
    for names in [vec!["x".into(); 1001], vec!["x".repeat(1001).into()]] {
        let error = run(names).unwrap_err();
        assert_eq!(error.fully_qualified_error_id, "ParameterArgumentValidationError,Get-Command");
    }
}

#[test]
fn an_unknown_name_is_an_error_before_the_commands_that_are_there() {
    let mut call = call("Get-Command");
    call.arguments = vec![Argument::Value(Value::string_array(["Get-Nothing", "prompt", "Get-Help"]))];
    let seen = session().run_calls(vec![call], None).unwrap();
    let ids: Vec<&str> = seen.errors.iter().map(|error| error.fully_qualified_error_id.as_str()).collect();
    assert_eq!(ids, ["CommandNotFoundException,Microsoft.PowerShell.Commands.GetCommandCommand"; 2]);
    assert_eq!(seen.errors[0].target_name, "Get-Nothing");
    assert_eq!(seen.texts("Name"), ["Get-Help"]);
}

#[test]
fn syntax_and_show_command_info_contradict_each_other() {
    let id = error_id("Get-Command -Syntax -ShowCommandInfo");
    assert_eq!(id, "GetCommandCannotSpecifySyntaxAndShowCommandInfoTogether,Get-Command");
}

#[test]
fn the_syntax_of_an_alias_says_what_it_stands_for() {
    let seen = session().run("Get-Command exsn -Syntax").unwrap();
    assert_eq!(seen.objects, ["exsn (alias) -> Exit-PSSession\n\nexsn [<CommonParameters>]\n".into()]);
}

#[test]
fn j_007_get_format_data_takes_the_clients_version() {
    let session = session();
    assert!(session.run("Get-FormatData -TypeName * -PowerShellVersion 5.1").unwrap().objects.is_empty());
    let id = error_id("Get-FormatData -PowerShellVersion nonsense");
    assert_eq!(id, "ParameterArgumentTransformationError,Get-FormatData");
}

fn refused_name(name: &str) -> Box<ErrorRecord> {
    let mut call = call("Get-Help");
    call.arguments = vec![Argument::Value(name.into())];
    session().run_calls(vec![call], None).unwrap_err()
}

#[test]
fn j_009_get_help_takes_names_only() {
    for name in ["*", "Get Help", "Get-Help?", &"x".repeat(101), "a\n", "a;b"] {
        let error = refused_name(name);
        assert_eq!(error.fully_qualified_error_id, "ParameterArgumentValidationError,Get-Help", "{name:?}");
    }
    assert!(refused_name("*").exception.message.contains(r"^[-._:\\\p{Ll}\p{Lu}\p{Lt}\p{Lo}\p{Nd}\p{Lm}]{1,100}$"));
}

#[test]
fn j_010_a_network_place_is_a_topic_that_nobody_knows() {
    let seen = session().run(r"Get-Help \\host\share\x").unwrap();
    assert!(seen.objects.is_empty());
    assert_eq!(seen.errors[0].fully_qualified_error_id, "HelpNotFound,Microsoft.PowerShell.Commands.GetHelpCommand");
}

#[test]
fn j_011_get_help_has_no_other_parameters() {
    for line in ["Get-Help -Path x", "Get-Help Get-Help -Full", "Get-Help Get-Help -Examples"] {
        assert_eq!(error_id(line), "NamedParameterNotFound,Get-Help", "{line}");
    }
    assert_eq!(error_id("Get-Help Get-Help -Category Nonsense"), "ParameterArgumentValidationError,Get-Help");
}

#[test]
fn help_explains_commands_under_any_of_their_names_and_nothing_else() {
    let session = session();
    for line in ["Get-Help Get-Command", "Get-Help gcm", "Get-Help get-command -Category Function", "Get-Command -?"] {
        let seen = session.run(line).unwrap();
        assert_eq!(seen.texts("Name"), ["Get-Command"], "{line}");
        assert!(seen.objects[0].as_object().unwrap().is_a("MamlCommandHelpInfo"));
    }
    assert_eq!(session.run("Get-Help").unwrap().texts("Name"), ["Get-Help"], "by itself it explains itself");
    for line in ["Get-Help prompt", "Get-Help about_Pipelines", "Get-Help Get-Command -Category Provider"] {
        let seen = session.run(line).unwrap();
        assert!(seen.objects.is_empty() && seen.errors.len() == 1, "{line}");
    }
}

#[test]
fn no_help_text_is_empty() {
    assert_eq!(missing_help(&session().table), Vec::<String>::new());
}

#[test]
fn j_017_the_prompt_ends_in_a_blank() {
    assert_eq!(session().run("prompt").unwrap().objects, ["PS> ".into()]);
}

#[test]
fn tab_completion_is_answered_with_one_object() {
    for (line, completed) in
        [("Get-Comm", "Get-Command"), ("Get-Help Get-Co", "Get-Command"), ("Get-Command -Sy", "-Syntax")]
    {
        let mut tab = call("TabExpansion2");
        let cursor = i32::try_from(line.len()).unwrap();
        tab.arguments = [line.into(), Value::Int32(cursor), Value::Null].map(Argument::Value).to_vec();
        let seen = session().run_calls(vec![tab], None).unwrap();
        assert_eq!(seen.objects.len(), 1);
        let matches = seen.objects[0].property("CompletionMatches").unwrap().as_list().unwrap();
        assert_eq!(matches[0].property("CompletionText"), Some(&completed.into()), "{line}");
    }
}

//! What a user sees in the endpoint, whatever way he came. Every assertion is about the screen.

use std::time::{Duration, Instant};

use support::console::Key;

use super::{HOST, Visit};
use crate::{LOCAL, PROMPT};

#[test]
fn the_prompt_names_the_endpoint_and_exit_leaves_it() {
    let visit = Visit::pepd();
    assert_eq!(visit.console.send("exit", LOCAL), "");
    assert_eq!(visit.console.send("'local again'", LOCAL), "local again");
}

#[test]
fn exit_pssession_leaves_too() {
    let visit = Visit::pepd();
    assert_eq!(visit.console.send("Exit-PSSession", LOCAL), "");
}

#[test]
fn get_command_lists_what_there_is_and_nothing_else() {
    let visit = Visit::pepd();
    let listing = visit.line("Get-Command");
    for name in
        ["Clear-Host", "Exit-PSSession", "Get-Command", "Get-Help", "New-CloudAdminUser", "Get-ThirdPartyNotices"]
    {
        assert!(listing.lines().any(|line| line.split_whitespace().nth(1) == Some(name)), "{name} in\n{listing}");
    }
    assert!(listing.contains("CommandType"), "{listing}");
    for hidden in ["Get-Process", "Invoke-Expression", "Get-ChildItem", "TabExpansion2", "prompt"] {
        assert!(!listing.contains(hidden), "{hidden} in\n{listing}");
    }
}

#[test]
fn objects_come_as_a_table() {
    let visit = Visit::pepd();
    let table = visit.line("Get-CloudAdminUserList");
    let mut lines = table.lines().skip_while(|line| line.is_empty());
    let (heads, rule) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(heads.contains("Name"), "{table}");
    assert!(rule.split_whitespace().all(|dashes| dashes.chars().all(|c| c == '-')), "{table}");
    assert!(lines.any(|line| line.contains("CloudAdmin")), "{table}");
}

#[test]
fn an_unknown_command_is_said_to_be_unknown() {
    let visit = Visit::pepd();
    let error = visit.line("Get-Nothing");
    assert!(error.contains("The term 'Get-Nothing' is not recognized as"), "{error}");
    assert!(error.contains("FullyQualifiedErrorId : CommandNotFoundException"), "{error}");
    let error = visit.line("Get-Process");
    assert!(error.contains("The term 'Get-Process' is not recognized as"), "{error}");
}

#[test]
fn scripting_is_refused_with_the_words_the_page_tells_users_to_look_for() {
    let visit = Visit::pepd();
    for script in
        ["$x = 1", "1+1", "Get-Command | Where-Object { $_ }", "Get-Command -Name (Get-Date)", "&{Get-Command}"]
    {
        let error = visit.line(script);
        assert!(error.contains("The syntax is not supported by this runspace."), "{script}: {error}");
        assert!(error.contains("FullyQualifiedErrorId : ScriptsNotAllowed"), "{script}: {error}");
    }
}

#[test]
fn two_statements_on_a_line_run_one_after_the_other() {
    let visit = Visit::pepd();
    let both = visit.line("Get-Command Get-Help -Syntax; Get-Command Clear-Host -Syntax");
    let (help, clear) = (both.find("Get-Help [").unwrap(), both.find("Clear-Host").unwrap());
    assert!(help < clear, "{both}");
    let stopped = visit.line("Get-Command Get-Help -Syntax; Get-Nothing; Get-Command Clear-Host -Syntax");
    assert!(stopped.contains("Get-Help [") && stopped.contains("'Get-Nothing'"), "{stopped}");
    assert!(!stopped.contains("Clear-Host"), "{stopped}");
}

#[test]
fn a_command_shows_its_syntax() {
    let visit = Visit::pepd();
    let syntax = visit.line("Get-Command New-CloudAdminUser -Syntax");
    assert!(syntax.contains("New-CloudAdminUser [-UserName] <string> [-Password] <securestring>"), "{syntax}");
    assert!(syntax.contains("[<CommonParameters>]"), "{syntax}");
}

#[test]
fn a_command_explains_itself() {
    let visit = Visit::pepd();
    let help = visit.line("Get-Help New-CloudAdminUser");
    for part in ["NAME", "New-CloudAdminUser", "SYNOPSIS", "SYNTAX"] {
        assert!(help.contains(part), "{part} in\n{help}");
    }
}

#[test]
fn tab_completes_a_command_and_a_parameter() {
    let visit = Visit::pepd();
    visit.console.type_text("Get-CloudAdminUserL");
    visit.console.press(Key::Tab);
    visit.console.wait_for_last(r"PS> Get-CloudAdminUserList$");
    visit.console.press(Key::Ctrl('c'));
    visit.console.wait_for_last(PROMPT);
    visit.console.type_text("New-CloudAdminUser -Us");
    visit.console.press(Key::Tab);
    visit.console.wait_for_last(r"PS> New-CloudAdminUser -UserName$");
}

#[test]
fn clear_host_and_cls_leave_an_empty_screen() {
    let visit = Visit::pepd();
    for clear in ["Clear-Host", "cls"] {
        visit.line("Get-Command");
        visit.console.type_line(clear);
        visit
            .console
            .wait_until("the prompt alone", Duration::from_secs(10), |lines| lines == [format!("[{HOST}]: PS>")]);
    }
}

#[test]
fn a_missing_mandatory_parameter_is_asked_for() {
    let visit = Visit::pepd();
    visit.asked("New-CloudAdminUser", r"^UserName: ?$");
    let screen = visit.console.screen();
    assert!(screen.contains("cmdlet New-CloudAdminUser at command pipeline position 1"), "{screen}");
    assert!(screen.contains("Supply values for the following parameters:"), "{screen}");
    visit.asked("operator2", r"^Password: ?$");
    visit.line("Str0ng&Long&Enough!");
    let screen = visit.console.screen();
    assert!(screen.contains("Password: *******************"), "{screen}");
    assert!(!screen.contains("Str0ng"), "{screen}");
    assert!(visit.line("Get-CloudAdminUserList").contains("operator2"));
}

#[test]
fn a_confirmation_is_asked_for_and_no_means_no() {
    let visit = Visit::pepd();
    visit.asked("New-CloudAdminUser operator3", r"^Password: ?$");
    visit.line("Str0ng&Long&Enough!");
    visit.asked("Remove-CloudAdminUser operator3", r#"\(default is "[YN]"\): ?$"#);
    let screen = visit.console.screen();
    assert!(screen.contains("[Y] Yes") && screen.contains("[N] No"), "{screen}");
    visit.line("n");
    assert!(visit.line("Get-CloudAdminUserList").contains("operator3"));
    visit.asked("Remove-CloudAdminUser operator3", r#"\(default is "[YN]"\): ?$"#);
    visit.line("y");
    assert!(!visit.line("Get-CloudAdminUserList").contains("operator3"));
}

#[test]
fn a_credential_is_asked_for() {
    let visit = Visit::test_table();
    visit.asked("Test-PepCredential", r"^User: ?$");
    let screen = visit.console.screen();
    assert!(screen.contains("PowerShell Credential Request"), "{screen}");
    assert!(screen.contains(&format!("{} is requesting your credentials", HOST.to_uppercase())), "{screen}");
    visit.asked("DOMAIN\\operator", r"^Password for user DOMAIN\\operator: ?$");
    let answer = visit.line("pw");
    assert!(answer.contains(r"user=DOMAIN\operator length=2 text=pw"), "{answer}");
}

#[test]
fn progress_stands_under_the_text_while_a_command_runs() {
    let visit = Visit::test_table();
    visit.console.type_line("Start-PepTask -Seconds 2");
    visit.console.wait_until("a progress line", Duration::from_secs(10), |lines| {
        lines.last().is_some_and(|line| line.trim_start().starts_with("Long task [Step "))
    });
    visit.console.wait_for("task done");
    visit.console.wait_for_last(PROMPT);
    let screen = visit.console.screen();
    assert!(!screen.contains("Long task [Step"), "the progress has gone:\n{screen}");
}

#[test]
fn ctrl_c_stops_a_long_command_at_once() {
    let visit = Visit::test_table();
    visit.console.type_line("Start-PepTask -Seconds 20 -Quiet");
    visit.console.wait_for("tick 5");
    let pressed = Instant::now();
    visit.console.press(Key::Ctrl('c'));
    visit.console.wait_for("The pipeline has been stopped.");
    visit.console.wait_for_last(PROMPT);
    assert!(pressed.elapsed() < Duration::from_secs(3), "{:?}", pressed.elapsed());
    assert_eq!(visit.line("Get-PepGreeting -Name alive"), "Hello alive (Low) 1");
}

//! Stock PowerShell imports the whole endpoint, over Debian's sshd, and works with it as with functions of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::fs;

use support::endpoint::Endpoint;
use support::machine;
use support::pwsh::Printed;
use support::sshd::{HOST, SUBSYSTEM, Sshd};

/// Runs a script with the line that opens a session in place of `OPEN`.
fn run(script: &str) -> Printed {
    let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
    let sshd = Sshd::start(&endpoint.connect_command());
    let open = format!("New-PSSession -HostName {HOST} -Subsystem {SUBSYSTEM}");
    let printed = sshd.client().run(&script.replace("OPEN", &open));
    assert!(printed.success, "{}", printed.text);
    printed
}

const PRELUDE: &str = "$ErrorActionPreference = 'Stop'\n$PSStyle.OutputRendering = 'PlainText'\n";

#[test]
fn the_whole_session_is_imported_without_a_warning_or_an_error() {
    let printed = run(&format!(
        "{PRELUDE}$session = OPEN
         $module = Import-PSSession $session -WarningVariable warnings -ErrorVariable errors
         \"$($warnings.Count) warnings, $($errors.Count) errors: $warnings $errors\"
         ($module.ExportedFunctions.Keys | Sort-Object) -join ' '"
    ));
    let lines: Vec<&str> = printed.text.lines().collect();
    assert_eq!(lines[0].trim_end(), "0 warnings, 0 errors:");
    assert_eq!(
        lines[1],
        "Get-CloudAdminUserList Get-ThirdPartyNotices New-CloudAdminUser Remove-CloudAdminUser Set-CloudAdminUserPassword"
    );
}

#[test]
fn imported_commands_have_their_parameters_and_their_help() {
    let printed = run(&format!(
        "{PRELUDE}$session = OPEN
         $null = Import-PSSession $session
         $parameters = (Get-Command Set-CloudAdminUserPassword).Parameters
         'UserName', 'CurrentPassword', 'NewPassword' | ForEach-Object {{ $parameters.ContainsKey($_) }}
         (Get-Help Remove-CloudAdminUser).Synopsis
         (Get-Help Remove-CloudAdminUser -Parameter *).Count
         (Get-Help New-CloudAdminUser -Examples | Out-String) -match 'alice'"
    ));
    assert_eq!(printed.text, "True\nTrue\nTrue\nRemoves an account.\n2\nTrue\n");
}

#[test]
fn a_prefix_and_a_choice_of_commands_are_kept_to() {
    let printed = run(&format!(
        "{PRELUDE}$session = OPEN
         $module = Import-PSSession $session -Prefix Pep -CommandName Get-Cloud*
         $module.ExportedFunctions.Keys
         (Get-PepCloudAdminUserList).Name"
    ));
    assert_eq!(printed.text, "Get-PepCloudAdminUserList\nCloudAdmin\n");
}

#[test]
fn every_example_of_the_page_on_scripting_prints_what_it_says() {
    let page = fs::read_to_string(machine::repository().join("docs/scripting.md")).unwrap();
    let mut script = format!("{PRELUDE}Set-Location $HOME\n");
    let mut wanted = String::new();
    for (n, example) in page.split("```powershell\n").skip(1).enumerate() {
        let (code, rest) = example.split_once("```").unwrap();
        let shown =
            rest.trim_start_matches('\n').strip_prefix("\n```text\n").or(rest.trim_start().strip_prefix("```text\n"));
        writeln!(script, "'-- {n}'\n{code}").unwrap();
        writeln!(wanted, "-- {n}").unwrap();
        wanted += shown.map_or("", |shown| shown.split("```").next().unwrap());
    }
    let script = script.replace("New-PSSession -HostName pep01 -Subsystem privileged-endpoint", "OPEN");
    assert_eq!(run(&script).text.trim_end(), wanted.trim_end());
}

//! What an imported session is like, whatever way it was opened. `OPEN` in a script opens it.

use std::fmt::Write as _;
use std::fs;

use support::console::Key;
use support::machine;

use super::{Place, run, table};
use crate::LOCAL;

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
        "Close-PrivilegedEndpoint Get-AzureStackLog Get-AzureStackStampInformation Get-CloudAdminUserList Get-ThirdPartyNotices \
         New-CloudAdminUser Remove-CloudAdminUser Set-CloudAdminUserPassword Test-AzureStack"
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

#[test]
fn every_command_of_the_endpoint_runs_through_its_proxy() {
    let printed = run(&format!(
        "{PRELUDE}$session = OPEN
         $null = Import-PSSession $session
         $first = ConvertTo-SecureString 'Str0ng&Long&Enough!' -AsPlainText -Force
         $second = ConvertTo-SecureString 'An0ther&Long&Word!' -AsPlainText -Force
         $null = New-CloudAdminUser -UserName deputy -Password $first
         (Get-CloudAdminUserList).Name -join ' '
         Set-CloudAdminUserPassword deputy $first -NewPassword $second
         try {{ Set-CloudAdminUserPassword deputy $first $second }} catch {{ 'the first password is gone' }}
         Remove-CloudAdminUser deputy -SkipConfirmation
         (Get-CloudAdminUserList).Name -join ' '
         (Get-ThirdPartyNotices | Out-String).Length -gt 1000"
    ));
    assert_eq!(printed.text, "CloudAdmin deputy\nthe first password is gone\nCloudAdmin\nTrue\n");
}

/// Each command of the test table in each of its parameter sets: by name, by position, switches, arrays, secrets, input.
#[test]
fn every_parameter_set_of_every_command_runs_through_its_proxy() {
    let printed = table(&format!(
        "{PRELUDE}$session = OPEN
         $module = Import-PSSession $session -AllowClobber
         $secret = ConvertTo-SecureString 'hush' -AsPlainText -Force
         $credential = [pscredential]::new('DOMAIN\\operator', $secret)
         $ran = @{{}}
         function Run([string] $Name, [scriptblock] $Call) {{ $ran[$Name] = 1; try {{ & $Call }} catch {{ 'ERR ' + $_.FullyQualifiedErrorId.Split(',')[0] }} }}
         Run Add-PepList {{ Add-PepList -Item a, b; $null = Add-PepList -Credential $credential }}
         Run Get-PepGreeting {{ Get-PepGreeting Ann 2 -Loud -Level High }}
         Run Get-PepHostInfo {{ $null = Get-PepHostInfo }}
         Run Get-PepLog {{ $null = Get-PepLog -FromDate (Get-Date 2026-01-02) -ToDate (Get-Date 2026-01-03) -FilterByRole a, b }}
         Run Get-PepNode {{ @(Get-PepNode).Count -gt 0 }}
         Run Get-PepObject {{ $null = Get-PepObject }}
         Run Get-PepSecret {{ (Get-PepSecret).GetType().Name }}
         Run Get-PepSession {{ $null = Get-PepSession }}
         Run Invoke-PepFailure {{ Invoke-PepFailure }}
         Run Invoke-PepNoop {{ Invoke-PepNoop }}
         Run Join-PepItem {{ Join-PepItem -Item a, b, c -Separator + }}
         Run Measure-PepInput {{ 1..3 | Measure-PepInput -Name n | Select-Object -Last 1; Measure-PepInput 4 n | Select-Object -Last 1 }}
         Run New-PepUser {{ New-PepUser ann $secret -Quota 5 -Note x | Out-Null }}
         Run Read-PepLine {{ Read-PepLine }}
         Run Read-PepSecret {{ Read-PepSecret }}
         Run Remove-PepThing {{ Remove-PepThing a, b -Confirm:$false; Remove-PepThing c -WhatIf }}
         Run Request-PepCredential {{ Request-PepCredential }}
         Run Request-PepField {{ Request-PepField }}
         Run Select-PepChoice {{ Select-PepChoice }}
         Run Start-PepTask {{ Start-PepTask 0.2 -Quiet }}
         Run Test-PepCredential {{ Test-PepCredential $credential }}
         Run Test-PepSecret {{ Test-PepSecret -Secret $secret }}
         Run Test-PepValue {{ Test-PepValue -Text t -Int 1 -Bool $true -List a, b -Numbers 1, 2 -Table @{{ k = 1 }} -Day Monday | Out-Null }}
         Run Write-PepStream {{ Write-PepStream -Stream Output }}
         'not run: ' + (($module.ExportedFunctions.Keys | Where-Object {{ -not $ran[$_] }}) -join ' ')"
    ));
    let text = &printed.text;
    for line in
        ["HELLO ANN (HIGH) 2", "3: a+b+c", "total 3", "total 1", "removed b", "task done", "not run: Clear-Host"]
    {
        assert!(text.lines().any(|printed| printed.trim_end() == line.trim_end()), "{line:?} in\n{text}");
    }
    assert!(text.contains(r"user=DOMAIN\operator"), "{text}");
}

#[test]
fn a_proxy_runs_as_a_job_and_errors_of_it_can_be_caught() {
    let printed = table(&format!(
        "{PRELUDE}$session = OPEN
         $null = Import-PSSession $session -AllowClobber
         $job = Get-PepGreeting job -Count 2 -AsJob
         $job | Wait-Job -Timeout 30 | Receive-Job
         $job.State
         try {{ Invoke-PepFailure -ErrorAction Stop; 'ran' }} catch {{ 'caught: ' + $_.Exception.Message }}
         Get-PepGreeting outer -Count 2 | ForEach-Object {{ Get-PepGreeting inner }}"
    ));
    let inner = "Hello inner (Low) 1\n".repeat(2);
    assert_eq!(
        printed.text,
        format!("Hello job (Low) 1\nHello job (Low) 2\nCompleted\nbefore\ncaught: thrown text\n{inner}")
    );
}

#[test]
fn the_endpoint_s_views_come_along_and_give_the_same_table_locally() {
    let printed = table(&format!(
        "{PRELUDE}$session = OPEN
         $module = Import-PSSession $session -CommandName * -FormatTypeName Oracle.Pep.* -AllowClobber
         (Get-FormatData Oracle.Pep.Node).TypeNames
         Get-PepNode | Out-String -Width 100"
    ));
    assert!(printed.text.starts_with("Oracle.Pep.Node\n"), "{}", printed.text);
    let heads =
        printed.text.lines().find(|line| line.starts_with("Node")).unwrap_or_else(|| panic!("{}", printed.text));
    assert_eq!(heads.split_whitespace().collect::<Vec<_>>(), ["Node", "State", "Free", "GB", "LastSeen"]);
}

/// PowerShell on Linux cannot make the session by itself: the module wants `New-PSSessionOption -Culture`, which is not there. Over
/// WinRM there is a way round.
#[test]
fn an_exported_module_works_in_a_new_shell_with_a_session_that_is_given_to_it() {
    let place = Place::table();
    let script = format!(
        "{PRELUDE}$session = OPEN
         $null = Export-PSSession $session -OutputModule $HOME/PepModule -CommandName Get-Pep* -AllowClobber
         (Get-ChildItem $HOME/PepModule).Name -contains 'PepModule.psm1'"
    );
    let exported = place.client.run(&place.filled(&script));
    assert_eq!(exported.text, "True\n");
    let used = place.client.run(&place.filled(&format!(
        "{PRELUDE}$session = OPEN
         Import-Module $HOME/PepModule -DisableNameChecking -ArgumentList $session
         Get-PepGreeting -Name later -Count 2
         (Get-Module PepModule).ExportedFunctions.Count -gt 5"
    )));
    assert_eq!(used.text, "Hello later (Low) 1\nHello later (Low) 2\nTrue\n");
    let alone =
        place.client.run(&format!("{PRELUDE}Import-Module $HOME/PepModule -DisableNameChecking\nGet-PepGreeting x"));
    assert!(alone.text.contains("Creating a new session for implicit remoting"), "{}", alone.text);
    assert!(alone.text.contains("parameter name 'Culture'"), "{}", alone.text);
}

#[test]
fn ctrl_c_stops_a_proxy_at_once_and_the_session_stays() {
    let place = Place::table();
    let console = place.client.console();
    for line in place.filled("$session = OPEN\n$null = Import-PSSession $session").lines() {
        console.send(line, LOCAL);
    }
    console.type_line("Start-PepTask -Seconds 60 -Quiet");
    console.wait_for("tick 5");
    console.press(Key::Ctrl('c'));
    console.wait_for_last(LOCAL);
    assert_eq!(console.send("Get-PepGreeting -Name alive", LOCAL), "Hello alive (Low) 1");
}

#[test]
fn errors_output_and_warnings_of_a_proxy_come_as_those_of_invoke_command_do() {
    let printed = table(&format!(
        "{PRELUDE}$ErrorActionPreference = 'Continue'
         $session = OPEN
         $null = Import-PSSession $session -AllowClobber
         $asked = (Invoke-Command $session {{ Write-PepStream Output, Error, Output, Error }} 2>&1 | Out-String)
         $called = (Write-PepStream Output, Error, Output, Error 2>&1 | Out-String)
         ($asked -split \"`n\" | Where-Object {{ $_ -match 'text' }}).Count
         ($called -split \"`n\" | Where-Object {{ $_ -match 'text' }}).Count
         $only = Write-PepStream Output, Error, Output 2>$null; \"$only\"
         $null = Invoke-Command $session {{ Write-PepStream Warning }} -WarningVariable warned 3>$null; \"$warned\"
         $null = Write-PepStream Warning -WarningVariable global:own 3>$null; \"[$global:own]\""
    ));
    let lines: Vec<&str> = printed.text.lines().collect();
    assert_eq!(lines[0], lines[1], "{}", printed.text);
    // a proxy's variables are its module's, unless they are named as global
    let warning = "WARNING: warning text";
    let expected = ["output text output text", warning, "warning text", warning, "[warning text]"];
    assert_eq!(lines[2..], expected, "{}", printed.text);
}

#[test]
fn a_module_goes_with_its_session_and_a_session_does_not_go_with_its_module() {
    let printed = table(&format!(
        "{PRELUDE}$session = OPEN
         $module = Import-PSSession $session -Prefix My -CommandName Get-PepGreeting, Get-PepNode
         ($module.ExportedFunctions.Keys | Sort-Object) -join ' '
         (Get-Help Get-MyPepGreeting).Name
         Remove-Module $module
         $session.State
         $module = Import-PSSession $session -Module OraclePep -AllowClobber
         $module.ExportedFunctions.ContainsKey('Get-PepGreeting')
         try {{ Import-PSSession $session -CommandName Get-Nothing }} catch {{ 'nothing of that name' }}
         Remove-PSSession $session
         try {{ Get-PepGreeting x }} catch {{ $_.FullyQualifiedErrorId }}"
    ));
    let expected = "Get-MyPepGreeting Get-MyPepNode\nGet-MyPepGreeting\nOpened\nTrue\nnothing of that name\nCommandNotFoundException\n";
    assert_eq!(printed.text, expected);
}

#[test]
fn a_proxy_binds_its_input_feeds_other_proxies_and_leaves_nothing_behind() {
    let printed = table(&format!(
        "{PRELUDE}$session = OPEN
         $module = Import-PSSession $session -AllowClobber -CommandName *-Pep*, Measure-Object
         $module.GetType().Name; $module.Name -match '[/.]ps[md]1|/'
         @(Get-Command -Module $module).Count -eq @(Get-Command -Module $module.Name).Count
         (1..10 | Measure-Object).Count
         Get-PepGreeting a -Count 3 | Measure-PepInput | Select-Object -Last 1
         [pscustomobject]@{{ Name = 'by property' }} | Measure-PepInput | Select-Object -First 1
         (Get-PepGreeting first -Count 5 | Select-Object -First 2).Count
         $null = Get-PepGreeting out -OutVariable global:kept; \"$global:kept\"
         $loud = Write-PepStream Warning -WarningAction Continue -AsJob | Wait-Job; $loud.ChildJobs[0].Warning.Count
         $quiet = Write-PepStream Warning -WarningAction SilentlyContinue -AsJob | Wait-Job; $quiet.ChildJobs[0].Warning.Count
         $file = $module.Path
         @(Get-ChildItem function:*Implicit* -ErrorAction Ignore).Count
         Remove-Module $module
         $null -eq (Get-Module | Where-Object Path -eq $file)"
    ));
    let lines: Vec<&str> = printed.text.lines().collect();
    let head = ["PSModuleInfo", "False", "True", "10", "total 3"];
    assert_eq!(lines[..5], head, "{}", printed.text);
    assert!(lines[5].contains("name=by property"), "{}", printed.text);
    let rest = ["2", "Hello out (Low) 1", "1", "0", "0", "True"];
    assert_eq!(lines[6..], rest, "{}", printed.text);
}

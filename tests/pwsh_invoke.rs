//! Scripts of stock PowerShell call pepd's own commands over Debian's sshd: what arrives on either side.

use support::endpoint::Endpoint;
use support::pwsh::Printed;
use support::sshd::{HOST, SUBSYSTEM, Sshd};
use support::stand_in::StandIn;

/// Runs a script with `$session` open over sshd.
fn over_ssh(script: &str) -> Printed {
    let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
    let sshd = Sshd::start(&endpoint.connect_command());
    run(&sshd.client(), &format!("-HostName {HOST} -Subsystem {SUBSYSTEM}"), script)
}

/// Runs a script with `$session` open at protocol 2.3, where secrets need a session key.
fn at_2_3(script: &str) -> Printed {
    let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
    let stand_in = StandIn::new(&endpoint.connect_command()).protocol("2.3");
    run(&stand_in.client, "-HostName SERVER01", script)
}

fn run(client: &support::pwsh::Client, open: &str, script: &str) -> Printed {
    let printed = client.run(&format!(
        "$ErrorActionPreference = 'Stop'\n\
         $PSStyle.OutputRendering = 'PlainText'\n\
         $session = New-PSSession {open}\n\
         {script}\n\
         Remove-PSSession $session\n"
    ));
    assert!(printed.success, "{}", printed.text);
    printed
}

const NEW_ACCOUNT: &str = r"
    $password = ConvertTo-SecureString -AsPlainText -Force 'Str0ng&Long&Enough!'
    Invoke-Command $session { New-CloudAdminUser -UserName deputy -Password $using:password }
    (Invoke-Command $session { Get-CloudAdminUserList }).Name -join ' '";

#[test]
fn a_secure_string_reaches_a_command_by_using() {
    let names = over_ssh(NEW_ACCOUNT).text;
    assert!(names.contains("deputy") && names.contains("CloudAdmin"), "{names}");
}

#[test]
fn and_at_protocol_2_3_it_is_sealed_on_the_way() {
    let names = at_2_3(NEW_ACCOUNT).text;
    assert!(names.contains("deputy") && names.contains("CloudAdmin"), "{names}");
}

#[test]
fn a_wrong_current_password_is_an_error_that_a_script_can_catch() {
    let script = r"
        $old = ConvertTo-SecureString -AsPlainText -Force 'not the password'
        $new = ConvertTo-SecureString -AsPlainText -Force 'An0ther&Long&Word!'
        try { Invoke-Command $session { Set-CloudAdminUserPassword CloudAdmin $using:old $using:new }; 'changed' }
        catch { 'refused: ' + $_.FullyQualifiedErrorId }";
    let text = over_ssh(script).text;
    assert!(text.contains("refused: "), "{text}");
}

#[test]
fn script_is_refused_and_the_session_lives_on() {
    let script = r"
        foreach ($block in { $x = 1 }, { 1 + 1 }, { Get-Command | Where-Object { $_ } }, { [System.IO.File]::ReadAllText('/etc/passwd') }) {
            try { Invoke-Command $session $block; 'ran' } catch { $_.FullyQualifiedErrorId }
        }
        $session.State";
    assert_eq!(over_ssh(script).text.trim(), ["ScriptsNotAllowed"; 4].join("\n") + "\nOpened");
}

#[test]
fn only_listed_commands_exist() {
    let script = r"
        foreach ($name in 'Get-Process', 'Invoke-Expression', '/bin/sh', 'Microsoft.PowerShell.Management\Get-Item') {
            try { Invoke-Command $session ([scriptblock]::Create($name)); 'ran' } catch { $_.FullyQualifiedErrorId }
        }
        (Invoke-Command $session { Get-Command -CommandType Function }).Name -join ' '";
    let text = over_ssh(script).text;
    let lines: Vec<&str> = text.trim().lines().collect();
    assert_eq!(&lines[..4], ["CommandNotFoundException"; 4]);
    for name in [
        "New-CloudAdminUser",
        "Set-CloudAdminUserPassword",
        "Remove-CloudAdminUser",
        "Get-CloudAdminUserList",
        "Get-ThirdPartyNotices",
    ] {
        assert!(lines[4].split(' ').any(|listed| listed == name), "{name} in {}", lines[4]);
    }
}

#[test]
fn imported_commands_work_as_local_ones() {
    let script = r"
        $null = Import-PSSession $session -CommandName *-CloudAdmin*, Get-ThirdPartyNotices -WarningAction SilentlyContinue
        (Get-CloudAdminUserList | Where-Object Name -eq 'CloudAdmin').Name
        (Get-Command New-CloudAdminUser).Parameters.Keys -contains 'Password'
        [bool](Get-ThirdPartyNotices)";
    assert_eq!(over_ssh(script).text.trim(), "CloudAdmin\nTrue\nTrue");
}

#[test]
fn a_hundred_calls_in_one_session_all_answer() {
    let script = r"
        $n = 0
        foreach ($i in 1..100) { if ((Invoke-Command $session { Get-Command Get-Help }).Name -eq 'Get-Help') { $n++ } }
        $n";
    assert_eq!(over_ssh(script).text.trim(), "100");
}

//! What the user reads when it does not work: PowerShell's own error ids, and a text that helps.

use std::time::{Duration, Instant};

use support::listening::Listening;
use support::machine;

use crate::script;

#[test]
fn l_035_each_refusal_has_its_error_id_and_its_text() {
    let server = Listening::pepd(env!("CARGO_BIN_EXE_pepd"));
    let nobody = machine::free_port();
    let printed = script(
        &server,
        &format!(
            "function Try-With($Change) {{ $how = $here.Clone(); $Change.Keys | ForEach-Object {{ $how[$_] = $Change[$_] }}; New-PSSession @how }}\n\
             $wrong = ConvertTo-SecureString wrong -AsPlainText -Force\n\
             Show-Failure {{ Try-With @{{ Credential = [pscredential]::new('CloudAdmin', $wrong) }} }}\n\
             Show-Failure {{ Try-With @{{ Credential = [pscredential]::new('nobody', $wrong) }} }}\n\
             Show-Failure {{ Try-With @{{ ConfigurationName = 'Elsewhere' }} }}\n\
             Show-Failure {{ Try-With @{{ Port = {nobody} }} }}\n\
             Show-Failure {{ Try-With @{{ ComputerName = 'no.such.host.invalid' }} }}"
        ),
    );
    let of = |text: &str| {
        format!(
            "Connecting to remote server localhost failed with the following error message : {text} For more information, see the about_Remote_Troubleshooting Help topic."
        )
    };
    assert_eq!(printed[0..2], ["AccessDenied,PSSessionOpenFailed", &of("Access is denied.")]);
    assert_eq!(printed[2..4], printed[0..2], "an unknown account is like a wrong password");
    assert_eq!(printed[4], "InvalidResourceUri,PSSessionOpenFailed");
    assert!(printed[5].contains("Cannot find the Elsewhere session configuration"), "{printed:?}");
    assert_eq!(printed[6], "CannotConnect,PSSessionOpenFailed");
    assert!(printed[7].contains(&format!("cannot connect to localhost:{nobody}: Connection refused")), "{printed:?}");
    assert_eq!(printed[8], "ComputerNotFound,PSSessionOpenFailed");
    assert!(printed[9].contains("no.such.host.invalid cannot be found"), "{printed:?}");
}

#[test]
fn l_034_a_server_that_says_nothing_is_given_up_once_and_in_time() {
    let server = Listening::test_table();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let started = Instant::now();
    let printed = script(
        &server,
        &format!(
            "$option = [System.Management.Automation.Remoting.PSSessionOption]::new()\n\
             $option.OpenTimeout = '00:00:02'; $option.CancelTimeout = '00:00:02'\n\
             $here.Port = {}\n\
             Show-Failure {{ New-PSSession @here -SessionOption $option }}",
            silent.local_addr().unwrap().port()
        ),
    );
    assert_eq!(printed[0], "WinRMOperationTimeout,PSSessionOpenFailed", "{printed:?}");
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
}

#[test]
fn l_036_what_the_server_says_reaches_the_user() {
    let server = Listening::pepd(env!("CARGO_BIN_EXE_pepd"));
    let printed = script(
        &server,
        "$s = New-PSSession @here\n\
         Show-Failure { Invoke-Command $s { 1 + 1 } -ErrorAction Stop }\n\
         Show-Failure { Invoke-Command $s { Get-Nothing } -ErrorAction Stop }\n\
         $s.State\n\
         Show-Failure { Copy-Item /etc/hostname /tmp/never -ToSession $s }",
    );
    assert_eq!(printed[0], "ScriptsNotAllowed");
    assert_eq!(printed[2], "CommandNotFoundException");
    assert!(printed.contains(&"Opened".to_owned()), "{printed:?}");
    assert!(printed.iter().any(|line| line.starts_with("SessionIsNotInFullLanguageMode,")), "{printed:?}");
}

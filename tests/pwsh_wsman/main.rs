//! Scripts of stock PowerShell on Linux come in over `-ComputerName`, by the native client library. L-047 and its neighbours.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod doors;
mod errors;
mod installed;
mod kerberos;
mod left;
mod lost;
mod work;

use std::process::Command;

use support::listening::Listening;
use support::machine;
use support::pwsh::Client;

/// Runs a script with `$cred`, `$port`, `$https` and the splat `$here` about a server; gives what it printed, line by line.
fn script(server: &Listening, script: &str) -> Vec<String> {
    script_by(&Listening::client(), server, script)
}

fn script_by(client: &Client, server: &Listening, script: &str) -> Vec<String> {
    let printed = client.run(&format!(
        "$ErrorActionPreference = 'Stop'\n\
         $PSStyle.OutputRendering = 'PlainText'\n\
         {}\n\
         $port = {}; $https = {}\n\
         $here = @{{ ComputerName = 'localhost'; Port = $port; ConfigurationName = 'PrivilegedEndpoint'; Credential = $cred }}\n\
         function Show-Failure([scriptblock] $Block) {{\n\
             try {{ & $Block }} catch {{ $_.FullyQualifiedErrorId; $_.Exception.Message }}\n\
         }}\n\
         {script}\n",
        server.credential(),
        server.http.port(),
        server.https.port(),
    ));
    assert!(printed.success, "{}", printed.text);
    printed.text.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// L-001
#[test]
fn l_001_the_library_exports_the_21_functions_and_nothing_else_under_its_soname() {
    let library = machine::built("libpsrpclient.so");
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).arg(&library).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut names: Vec<String> = output("nm", &["-D", "--defined-only", "--format=posix"])
        .lines()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    names.sort();
    let expected = "WSManCloseCommand WSManCloseOperation WSManCloseSession WSManCloseShell WSManConnectShell \
        WSManConnectShellCommand WSManCreateSession WSManCreateShellEx WSManDeinitialize WSManDisconnectShell \
        WSManGetErrorMessage WSManGetSessionOptionAsDword WSManGetSessionOptionAsString WSManInitialize \
        WSManReceiveShellOutput WSManReconnectShell WSManReconnectShellCommand WSManRunShellCommandEx \
        WSManSendShellInput WSManSetSessionOption WSManSignalShell";
    assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
    assert!(output("readelf", &["-d"]).contains("Library soname: [libpsrpclient.so]"));
}

/// L-002
#[test]
fn l_002_powershell_finds_the_library_also_when_it_is_loaded_after_a_first_failure() {
    let server = Listening::test_table();
    let library = machine::built("libpsrpclient.so");
    let printed = script_by(
        &Client::new(),
        &server,
        &format!(
            "try {{ New-PSSession @here }} catch {{ $_.Exception.Message.Split('.')[0] }}\n\
             $null = [System.Runtime.InteropServices.NativeLibrary]::Load('{}')\n\
             $s = New-PSSession @here; $s.State; Remove-PSSession $s",
            library.display()
        ),
    );
    let missing = "This parameter set requires WSMan, and no supported WSMan client library was found";
    assert_eq!(printed, [missing, "Opened"]);
}

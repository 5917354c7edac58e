//! W11: accounts; and what those who watch the endpoint hear of it (P-134).

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use regex::Regex;
use support::listening::Listening;

use crate::site::Site;
use crate::{ELSEWHERE, LOCAL, PROMPT};

/// Creates, lists, changes and removes as operators' scripts do it.
const SCRIPT: &str = r"
    $c = [pscredential]::new('alice', (ConvertTo-SecureString 'Correct horse 1' -AsPlainText -Force))
    $new = ConvertTo-SecureString 'Wrong donkey 22' -AsPlainText -Force
    (Invoke-Command $s { New-CloudAdminUser -UserName $using:c.UserName -Password $using:c.Password }).Name
    (Invoke-Command $s { Get-CloudAdminUserList }).Name -join ' '
    Invoke-Command $s { Set-CloudAdminUserPassword -UserName alice -CurrentPassword $using:c.Password -NewPassword $using:new }
    $created = (Invoke-Command $s { Get-CloudAdminUserList })[0].Created
    $created.GetType().Name, ([datetime]::UtcNow - $created.ToUniversalTime() -lt [timespan]::FromHours(1))
    $null = Import-PSSession $s -CommandName Remove-CloudAdminUser
    Remove-CloudAdminUser -UserName alice -SkipConfirmation
    (Invoke-Command $s { Get-CloudAdminUserList }).Name -join ' '";

fn events(site: &Site, wanted: usize) -> Vec<String> {
    lines(&site.endpoint.state(), wanted)
}

/// The events of an endpoint, as soon as there are as many as are wanted.
fn lines(state: &Path, wanted: usize) -> Vec<String> {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let text = fs::read_to_string(state.join("audit/events.cef")).unwrap();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.len() >= wanted || Instant::now() > end {
            return lines;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn w11_p_134_accounts_are_managed_and_each_change_is_told_by_an_event() {
    let language = ELSEWHERE[1];
    let log = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(log.path().join("log")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let configuration =
        format!("transcripts = [\"HERE\"]\n[audit]\nsyslog = \"{}\"\n", log.path().join("log").display());
    let site = Site::new("", &configuration, language);
    let here = site.here().display().to_string();
    let printed = site.run(&format!("{SCRIPT}\nInvoke-Command $s {{ Close-PrivilegedEndpoint {here} }} 6>$null"));
    let lines: Vec<&str> = printed.text.lines().take(5).collect();
    assert_eq!(lines, ["alice", "CloudAdmin alice", "DateTime", "True", "CloudAdmin"], "{}", printed.text);
    let told = events(&site, 5);
    let head = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ ";
    let cef = r"CEF:0\.0\|Microsoft\|Microsoft Azure Stack Hub\|1\.0\|Microsoft-AzureStack-PrivilegedEndpoint: ";
    let expected = [
        r"1000\|PrivilegedEndpointAccessedEvent\|5\|Who=CloudAdmin WhichIP=local$",
        r"1006\|NewCloudAdminUserEvent\|10\|Who=CloudAdmin WhichIP=local Target=alice$",
        r"1008\|SetCloudAdminUserPasswordEvent\|5\|Who=CloudAdmin WhichIP=local Target=alice$",
        r"1007\|RemoveCloudAdminUserEvent\|10\|Who=CloudAdmin WhichIP=local Target=alice$",
        r"1005\|PrivilegedEndpointClosedEvent\|5\|Who=CloudAdmin WhichIP=local Target=\S+Transcripts_\S+$",
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    let mut datagram = [0; 2048];
    for (line, expected) in told.iter().zip(expected) {
        assert!(Regex::new(&format!("{head}{cef}{expected}")).unwrap().is_match(line), "{line}\n{expected}");
        let length = socket.recv(&mut datagram).unwrap();
        let sent = std::str::from_utf8(&datagram[..length]).unwrap();
        assert!(Regex::new(&format!("^<86>1 .* pepd \\d+ audit - {cef}{expected}")).unwrap().is_match(sent), "{sent}");
    }
    assert!(!told.join("").contains("horse") && !told.join("").contains("donkey"));
}

#[test]
fn w11_accounts_are_managed_by_scripts_elsewhere_too() {
    let site = Site::new("", "", ELSEWHERE[0]);
    let printed = site.run(SCRIPT);
    assert_eq!(printed.text, "alice\nCloudAdmin alice\nDateTime\nTrue\nCloudAdmin\n");
}

#[test]
fn w11_in_the_console_passwords_are_asked_for() {
    ELSEWHERE.into_iter().for_each(passwords_are_asked_for);
}

fn passwords_are_asked_for(language: &str) {
    let site = Site::new("", "", language);
    let console = site.enter();
    console.type_line("New-CloudAdminUser alice");
    console.wait_for_last("Password:");
    console.type_line("Correct horse 1");
    console.wait_for_last(PROMPT);
    assert!(console.send("Get-CloudAdminUserList", PROMPT).contains("alice"));
    console.type_line("Remove-CloudAdminUser alice");
    console.wait_for("Are you sure you want to remove the account 'alice'?");
    console.type_line("y");
    console.wait_for_last(PROMPT);
    assert!(!console.send("Get-CloudAdminUserList", PROMPT).contains("alice"));
    console.send("exit", LOCAL);
}

#[test]
fn p_134_over_the_network_the_events_have_the_clients_address() {
    let server = Listening::pepd(env!("CARGO_BIN_EXE_pepd"));
    let script = format!(
        "{}\n$bad = [pscredential]::new('CloudAdmin', (ConvertTo-SecureString 'a guess' -AsPlainText -Force))\n\
         try {{ New-PSSession {} -ErrorAction Stop }} catch {{ $_.FullyQualifiedErrorId }}\n$s = New-PSSession {}; $s.State",
        server.credential(),
        server.parameters().replace("$cred", "$bad"),
        server.parameters()
    );
    let printed = Listening::client().run(&script);
    assert!(printed.text.ends_with("Opened\n"), "{}", printed.text);
    let told = lines(&server.state().unwrap(), 2);
    assert!(
        told[0].contains(": 2000|PrivilegedEndpointAccessRefusedEvent|8|Who=CloudAdmin WhichIP=127.0.0.1 Target="),
        "{told:?}"
    );
    assert!(told[1].ends_with(": 1000|PrivilegedEndpointAccessedEvent|5|Who=CloudAdmin WhichIP=127.0.0.1"), "{told:?}");
    assert!(!told.concat().contains("guess"), "{told:?}");
}

#[test]
fn p_134_who_is_not_let_in_is_told_too() {
    let site = Site::new("", "identity.users = { nobody-else = \"CloudAdmin\" }\n", "C.UTF-8");
    let printed = site.refused();
    assert!(printed.starts_with("PSSessionOpenFailed"), "{printed}");
    let told = events(&site, 1);
    assert!(
        told[0].contains(": 2000|PrivilegedEndpointAccessRefusedEvent|8|Who=")
            && told[0].contains("is not mapped to an account"),
        "{told:?}"
    );
}

//! A record with little room, a session with much to say, and the system's log as a witness: stock PowerShell, and a real daemon.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::endpoint::Endpoint;
use support::listening::Listening;
use support::stand_in::StandIn;

fn record(endpoint: &Endpoint, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pepd"));
    command.arg("record").args(arguments).arg("--state").arg(endpoint.state()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn journals(endpoint: &Endpoint) -> Vec<PathBuf> {
    let record = endpoint.state().join("record");
    transcript_verify::journals(&record).unwrap().into_iter().map(|file| record.join(file)).collect()
}

/// More than any file system has free.
const NO_ROOM: &str = "[journal]\nrefuse_below = \"100%\"\n";

#[test]
fn without_room_for_the_record_a_client_on_the_socket_is_refused_with_the_reason() {
    let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), NO_ROOM);
    let client = StandIn::new(&endpoint.connect_command());
    let printed = client.client.run(
        "$PSStyle.OutputRendering = 'PlainText'\n\
         try { New-PSSession -HostName SERVER01 -ErrorAction Stop } catch { $_.Exception.Message }",
    );
    let told = printed.text.replace('\n', " ");
    assert!(
        told.contains("This session cannot begin: what is done in it must be recorded, and the record has"),
        "{told}"
    );
    assert!(told.contains("below 100 % no session begins"), "{told}");
    assert!(journals(&endpoint).is_empty());
    let log = endpoint.printed();
    assert!(log.contains("there is too little room for the record: new sessions are refused"), "{log}");
    assert!(log.contains("session refused: it cannot be recorded"), "{log}");
}

#[test]
fn without_room_for_the_record_a_winrm_client_is_refused_with_the_reason() {
    let server = Listening::pepd_with(env!("CARGO_BIN_EXE_pepd"), NO_ROOM);
    let printed = Listening::client().run(&format!(
        "$PSStyle.OutputRendering = 'PlainText'\n{}\n\
         try {{ New-PSSession -ComputerName localhost -Port {} -ConfigurationName PrivilegedEndpoint -Credential $cred -ErrorAction Stop }}\n\
         catch {{ $_.Exception.Message }}",
        server.credential(),
        server.http.port()
    ));
    let told = printed.text.replace('\n', " ");
    assert!(
        told.contains("This session cannot begin: what is done in it must be recorded, and the record has"),
        "{told}"
    );
}

#[test]
fn a_session_whose_record_has_come_to_its_limit_is_ended_and_the_record_says_so() {
    let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), "[journal]\nsession_megabytes = 1\n");
    let client = StandIn::new(&endpoint.connect_command());
    let printed = client.client.run(
        "$PSStyle.OutputRendering = 'PlainText'\n\
         $s = New-PSSession -HostName SERVER01\n\
         $before = 0\n\
         try { foreach ($n in 1..400) { $null = Invoke-Command $s { Get-Command } -ErrorAction Stop; $before = $n } } catch { $_.Exception.Message }\n\
         $s.Runspace.RunspaceStateInfo.Reason.Message\n\
         \"$($before -gt 3 -and $before -lt 400) $($s.State)\"",
    );
    // whether a pipeline that runs or the next one is told is the client's race with itself; the session knows the reason
    let told = printed.text.replace('\n', " ");
    assert!(told.contains("This session cannot go on: what is done in it must be recorded, and its record has come to the 1000 kB that one session may have."), "{told}");
    assert!(told.trim_end().ends_with("True Broken"), "{told}");

    let journal = journals(&endpoint).remove(0);
    let text_of = fs::read_to_string(&journal).unwrap();
    let kinds: Vec<&str> =
        text_of.lines().map(|line| line.split("\"kind\":\"").nth(1).unwrap().split('"').next().unwrap()).collect();
    assert_eq!(kinds[kinds.len() - 2..], ["truncated", "session-end"], "the marker is the last but the end");
    assert!((900_000..1_010_000).contains(&text_of.len()), "{}", text_of.len());
    let wait = Instant::now() + Duration::from_secs(10);
    let verified = loop {
        let verified = text(&record(&endpoint, &["verify"]).stdout);
        if verified.contains("no damage") || Instant::now() > wait {
            break verified;
        }
        sleep(Duration::from_millis(100));
    };
    assert!(verified.contains("1 session was ended because its record had come to its limit."), "{verified}");
    let name = journal.file_name().unwrap().to_str().unwrap().to_owned();
    let session = transcript_verify::session_of(&name).unwrap();
    let shown = text(&record(&endpoint, &["show", session]).stdout);
    let said = "[the record came to the 1000000 octets that one session may have; the session was ended]";
    assert!(shown.lines().any(|line| line == said), "{}", &shown[shown.len() - 2000..]);
    let clixml = text(&record(&endpoint, &["export", "--clixml", session]).stdout);
    assert!(clixml.contains("<S N=\"Kind\">Truncated</S>"), "{}", &clixml[clixml.len() - 2000..]);
}

#[test]
fn p_044_what_the_systems_log_was_told_finds_a_journal_that_was_taken_away_with_its_checkpoints() {
    let directory = tempfile::tempdir().unwrap();
    let log = UnixDatagram::bind(directory.path().join("log")).unwrap();
    log.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let socket = directory.path().join("log");
    let configuration = format!("[journal]\nsyslog = \"{}\"\nsyslog_seconds = 3600\n", socket.display());
    let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), &configuration);
    let client = StandIn::new(&endpoint.connect_command());
    let work = "$s = New-PSSession -HostName SERVER01; $null = Invoke-Command $s { Get-CloudAdminUserList }; Remove-PSSession $s";
    let mut heard = String::new();
    for _ in 0..2 {
        assert!(client.client.run(work).success);
        let mut datagram = vec![0; 64 * 1024];
        loop {
            let length = log.recv(&mut datagram).unwrap();
            let line = str::from_utf8(&datagram[..length]).unwrap();
            assert!(
                line.starts_with("<86>1 20") && line.contains(" pepd ") && line.contains(" checkpoint - "),
                "{line}"
            );
            writeln!(heard, "Nov 25 21:00:00 pep01 pepd[{}]: {line}", endpoint.pid()).unwrap();
            if line.contains("\"state\":\"ended\"") {
                break;
            }
        }
    }
    let kept = directory.path().join("kept");
    fs::write(&kept, &heard).unwrap();
    let verify = || record(&endpoint, &["verify", "--checkpoint", kept.to_str().unwrap()]);
    let whole = verify();
    assert!(whole.status.success(), "{}{}", text(&whole.stdout), text(&whole.stderr));

    // the last session goes, and with it every checkpoint that tells of it
    let last = journals(&endpoint).pop().unwrap();
    fs::remove_file(&last).unwrap();
    let name = last.file_name().unwrap().to_str().unwrap();
    let checkpoints = endpoint.state().join("record/checkpoints.log");
    let lines = fs::read_to_string(&checkpoints).unwrap();
    let earlier: String =
        lines.lines().take_while(|line| !line.contains(name)).map(|line| format!("{line}\n")).collect();
    fs::write(&checkpoints, earlier).unwrap();
    assert!(record(&endpoint, &["verify"]).status.success(), "the record alone does not show it");
    let found = verify();
    let told = text(&found.stdout);
    assert_eq!(found.status.code(), Some(1), "{told}");
    assert!(told.contains("checkpoints.log: it does not have the checkpoint that was kept elsewhere"), "{told}");
    assert!(told.contains(&format!("{name}: it is gone, but a checkpoint tells of it")), "{told}");

    fs::write(&kept, "Nov 25 21:00:00 pep01 sshd[1]: hello\n").unwrap();
    let nothing = verify();
    assert!(!nothing.status.success() && text(&nothing.stderr).contains("there is no checkpoint in it"));
}

#[test]
fn a_system_without_a_log_is_told_of_once_and_holds_nobody_up() {
    let endpoint =
        Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), "[journal]\nsyslog = \"/nowhere/log\"\nsyslog_seconds = 0\n");
    let client = StandIn::new(&endpoint.connect_command());
    let work = "$s = New-PSSession -HostName SERVER01; (Invoke-Command $s { Get-CloudAdminUserList }).Name; Remove-PSSession $s";
    for _ in 0..2 {
        assert_eq!(client.client.run(work).text.trim(), "CloudAdmin");
    }
    let wait = Instant::now() + Duration::from_secs(20);
    // that of the audit may be missing too
    let warned = || endpoint.printed().matches("socket=/nowhere/log").count();
    while warned() == 0 && Instant::now() < wait {
        sleep(Duration::from_millis(50));
    }
    assert_eq!(warned(), 1, "{}", endpoint.printed());
}

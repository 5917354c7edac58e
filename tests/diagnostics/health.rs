//! `Test-AzureStack`.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::machine;
use support::smbd::{Options, Smbd};

use crate::stamp::Stamp;

/// A check that passes, one that warns and one that fails until it is repaired; a port that somebody listens at.
const CHECKS: &str = r#"
[[checks]]
name = "AzsInfraCapacity"
command = { run = ["sh", "-c", "echo room enough"] }
groups = ["Default", "UpdateReadiness"]
[[checks]]
name = "AzsInfraRoleSummary"
command = { run = ["sh", "-c", "echo one is slow; exit 1"] }
groups = ["Default", "UpdateReadiness", "SecretRotationReadiness"]
[[checks]]
name = "AzsPortalAPISummary"
command = { run = ["sh", "-c", "test -e PLACE/mended || { echo it is down; exit 2; }; echo it is up"] }
repair = ["touch", "PLACE/mended"]
[[checks]]
name = "AzsNetworkInfra"
services = { listen = ["PORT"] }
"#;

fn checks(port: u16) -> String {
    CHECKS.replace("PORT", &format!("127.0.0.1:{port}"))
}

const PROMPT: &str = r"^\[server01\]: PS>$";

#[test]
fn p_079_p_081_w5_an_operator_tests_the_stamp_in_a_console() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let stamp = Stamp::new(&checks(listener.local_addr().unwrap().port()));
    let console = stamp.client.client.console();
    console.send("Enter-PSSession -HostName SERVER01", PROMPT);
    let listed = console.send("Test-AzureStack -List", PROMPT);
    for name in ["AzsHostingInfraSummary", "AzsAlertSummary", "AzsInfraCapacity", "AzsPortalAPISummary"] {
        assert!(listed.contains(name), "{listed}");
    }
    assert!(
        !listed.contains("PASS") && !stamp.endpoint.state().join("validation").exists(),
        "nothing was run: {listed}"
    );
    let tested = console.send("Test-AzureStack -Ignore AzsAlertSummary", PROMPT);
    let verdicts: Vec<(&str, &str)> = tested
        .lines()
        .filter(|line| line.starts_with("Azs"))
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, rest)| (name, rest.trim_start()))
        .collect();
    let expected = [
        ("AzsHostingInfraSummary", "PASS"),
        ("AzsInfraCapacity", "PASS"),
        ("AzsInfraRoleSummary", "WARN  node01: one is slow"),
        ("AzsPortalAPISummary", "FAIL  node01: it is down"),
        ("AzsNetworkInfra", "PASS"),
    ];
    assert_eq!(verdicts, expected, "{tested}");
    assert!(tested.contains("False") && tested.contains("AzureStack_Validation_Summary_"), "{tested}");
    drop(listener);
    let failed = console.send("Test-AzureStack -Include AzsNetworkInfra", PROMPT);
    assert!(failed.contains("FAIL  node01: nobody listens at 127.0.0.1"), "{failed}");
    // -Repair asks, and tests again
    console.type_line("Test-AzureStack -Include AzsPortalAPISummary -Repair");
    console.wait_for("Performing the operation \"Repair AzsPortalAPISummary: touch");
    console.type_line("y");
    console.wait_for("AzsPortalAPISummary              PASS");
    console.wait_for_last(PROMPT);
    assert!(stamp.place.path().join("mended").exists());
    console.send("exit", r"^PS LOCAL>$");
}

#[test]
fn p_080_p_082_p_083_p_084_p_090_p_091_p_092_by_invoke_command() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let stamp = Stamp::new(&checks(listener.local_addr().unwrap().port()));
    let printed = stamp.run(
        r#"$quiet = { Test-AzureStack -Include AzsInfraRoleSummary, AzsInfraCapacity -DisableConsoleOutput }
           "a: $(Invoke-Command $s $quiet 6>&1)"
           "b: $(Invoke-Command $s { Test-AzureStack -Include AzsPortalAPISummary -DisableConsoleOutput })"
           $all = Invoke-Command $s { Test-AzureStack -DetailedResults -DisableConsoleOutput -Include AzsInfraCapacity,AzsPortalAPISummary }
           "c: $($all.Name) / $($all.Status) / $($all[1].Message) / $($all[1].Findings[0].Node) / $($all[0].Started.GetType().Name) / $($all[2].Message)"
           $ready = Invoke-Command $s { Test-AzureStack -Group SecretRotationReadiness -DetailedResults -DisableConsoleOutput }
           "d: $($ready.Name) / $($ready.Status)"
           "e: $(Attempt { Test-AzureStack -Include AzsNoSuch }) $(Attempt { Test-AzureStack -Ignore AzsNoSuch }) $(Attempt { Test-AzureStack -Group Other })"
           "f: $(Invoke-Command $s { Test-AzureStack -Group UpdateReadiness -List })"
           "g: $(Invoke-Command $s { Test-AzureStack -Include AzsPortalAPISummary -Repair -WhatIf -DisableConsoleOutput })"
           "h: $(Invoke-Command $s { Test-AzureStack -Include AzsNetworkInfra -Debug -DisableConsoleOutput })"
           "i: $(Invoke-Command $s { Test-AzureStack -Include AzsInfraCapacity -Repair -Confirm:$false -DisableConsoleOutput })"
           "j: $(Invoke-Command $s { Test-AzureStack -Include AzsPortalAPISummary -Repair -Confirm:$false -DisableConsoleOutput })""#,
    );
    let line = |start: &str| {
        let line = printed.text.lines().find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("{start}: {}", printed.text)).to_owned()
    };
    assert_eq!(line("a: "), "True", "a warning is no failure, and nothing is printed");
    assert_eq!(line("b: "), "False");
    assert_eq!(
        line("c: "),
        "AzsInfraCapacity AzsPortalAPISummary Overall / PASS FAIL FAIL / node01: it is down / node01 / DateTime / 1 PASS, 0 WARN, 1 FAIL"
    );
    assert_eq!(
        line("d: "),
        "AzsHostingInfraSummary AzsInfraRoleSummary Overall / PASS FAIL FAIL",
        "a warning is not ready"
    );
    let unknown = "TestNotFound,Test-AzureStack";
    assert_eq!(line("e: "), format!("{unknown} {unknown} ParameterArgumentValidationError,Test-AzureStack"));
    assert_eq!(line("f: "), "AzsHostingInfraSummary AzsInfraCapacity AzsInfraRoleSummary");
    assert!(
        printed.text.contains("What if: Performing the operation \"Repair AzsPortalAPISummary: touch"),
        "{}",
        printed.text
    );
    assert_eq!(line("g: "), "False");
    assert!(printed.text.contains("DEBUG: AzsNetworkInfra: node01: 127.0.0.1:"), "{}", printed.text);
    assert_eq!(line("h: "), "True");
    assert!(printed.text.contains("There is nothing to repair"), "{}", printed.text);
    assert_eq!(line("j: "), "True", "it was mended and tested again");
}

#[test]
fn p_085_a_hung_check_fails_when_the_time_is_up_and_the_others_have_run_beside_it() {
    let stamp = Stamp::new(
        "[[checks]]\nname = \"AzsHung\"\ncommand = { run = [\"sleep\", \"7504.5\"] }\n\
         [[checks]]\nname = \"AzsQuick\"\ncommand = { run = [\"true\"] }\n",
    );
    let started = Instant::now();
    let printed = stamp.run(
        "$r = Invoke-Command $s { Test-AzureStack -TimeoutSeconds 3 -Include AzsHung, AzsQuick -DetailedResults }\n\"$($r.Status) $($r[0].Message)\"",
    );
    assert!(started.elapsed() < Duration::from_mins(1));
    assert!(printed.text.contains("FAIL PASS FAIL node01: it did not end within 3 s"), "{}", printed.text);
}

#[test]
fn p_086_p_007_w5_by_an_imported_command_in_other_cultures_and_the_report_is_kept() {
    let stamp = Stamp::new("[[checks]]\nname = \"AzsInfraCapacity\"\ndisk = { warn = 99.9, fail = 100 }\n");
    for culture in ["de-DE", "ja-JP"] {
        let printed = stamp.run(&format!(
            "[cultureinfo]::CurrentCulture = '{culture}'; [cultureinfo]::CurrentUICulture = '{culture}'\n\
             $null = Import-PSSession $s -CommandName Test-AzureStack -AllowClobber\n\
             $all = Test-AzureStack -DetailedResults -DisableConsoleOutput -Include AzsInfraCapacity\n\
             \"$($all.Status) $($all[0].Findings[0].Message)\"\n\
             Test-AzureStack -Include AzsInfraCapacity -TimeoutSeconds 60"
        ));
        assert!(printed.text.contains("PASS PASS /: "), "{culture}: {}", printed.text);
        assert!(
            printed.text.contains("AzsInfraCapacity                 PASS") && printed.text.contains("True"),
            "{}",
            printed.text
        );
    }
    let printed = stamp.run(
        "$null = Import-PSSession $s -CommandName Test-AzureStack, Get-AzureStackLog, Get-ClusterLog -AllowClobber\n\
         'Test-AzureStack', 'Get-AzureStackLog', 'Get-ClusterLog' | ForEach-Object { Get-Help $_ -Full | Out-String }",
    );
    for part in ["-BackupSharePath", "AzureStackLogs-TIME-COMPUTER", "-OutputSasUri", "lt", "-UseLocalTime", "EXAMPLE"]
    {
        assert!(printed.text.contains(part), "{part}: {}", printed.text);
    }
    let reports: Vec<String> = fs::read_dir(stamp.endpoint.state().join("validation"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(reports.len(), 8, "{reports:?}");
    assert!(reports.iter().all(|name| name.starts_with("AzureStack_Validation_Summary_")), "{reports:?}");
}

#[test]
fn p_087_a_place_for_backups_is_written_to_and_read_from() {
    let readonly: &[&str] = &["read only = yes"];
    let smbd = Smbd::with(&Options { shares: &[("plain", &[]), ("readonly", readonly)], ..Options::default() });
    let stamp = Stamp::new("");
    let printed = stamp.run(&format!(
        r#"{}
           $good = '{}'; $bad = '{}'
           "1 $(Invoke-Command $s {{ Test-AzureStack -Include AzsBackupShareAccessibility -BackupSharePath $using:good -BackupShareCredential $using:c }} 6>&1)"
           "2 $(Invoke-Command $s {{ Test-AzureStack -Include AzsBackupShareAccessibility -BackupSharePath $using:bad -BackupShareCredential $using:c }} 6>&1)"
           "3 $(Invoke-Command $s {{ Test-AzureStack -Include AzsBackupShareAccessibility -BackupSharePath $using:out -DisableConsoleOutput }})"
           "4 $(Attempt {{ Test-AzureStack -BackupSharePath $using:good }}) $(Attempt {{ Test-AzureStack -BackupSharePath /etc }})""#,
        Smbd::credential(),
        smbd.share("plain"),
        smbd.share("readonly"),
    ));
    let line = |start: &str| {
        printed.text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{}", printed.text))
    };
    assert!(
        line("1 ").contains("AzsBackupShareAccessibility      PASS") && line("1 ").ends_with("True"),
        "{}",
        line("1 ")
    );
    assert!(
        line("2 ").contains("FAIL") && line("2 ").contains("may not be written") && line("2 ").ends_with("False"),
        "{}",
        line("2 ")
    );
    assert_eq!(line("3 "), "3 True");
    let refused = "BackupShareRefused,Test-AzureStack";
    assert_eq!(line("4 "), format!("4 {refused} {refused}"));
    assert_eq!(fs::read_dir(smbd.folder("plain")).unwrap().count(), 0, "nothing is left");
}

/// A real time server; a real name and one that cannot be.
#[test]
fn time_is_compared_with_chronyd_and_names_are_resolved() {
    let port = machine::free_port();
    let place = tempfile::tempdir().unwrap();
    let here = place.path().display();
    let configuration = format!(
        "local stratum 5\nallow 127.0.0.1\nport {port}\nbindaddress 127.0.0.1\ncmdport 0\npidfile {here}/pid\ndriftfile {here}/drift\nbindcmdaddress /\n"
    );
    fs::write(place.path().join("chrony.conf"), configuration).unwrap();
    let chronyd = machine::on_path("chronyd").unwrap_or_else(|| "/usr/sbin/chronyd".into());
    let mut server = Command::new(chronyd)
        .args(["-x", "-d", "-U", "-u", &machine::user(), "-f"])
        .arg(place.path().join("chrony.conf"))
        .stdout(Stdio::null())
        .stderr(fs::File::create(place.path().join("printed")).unwrap())
        .spawn()
        .expect("this test needs chronyd: apt-get install chrony");
    let stamp = Stamp::new(&format!(
        "[[checks]]\nname = \"AzsTimeSource\"\ntime = {{ server = \"127.0.0.1:{port}\" }}\n\
         [[checks]]\nname = \"AzsNetworkInfra\"\ndns = {{ names = [\"localhost\"] }}\n\
         [[checks]]\nname = \"AzsNoName\"\ndns = {{ names = [\"no-such-host.invalid\"] }}\n"
    ));
    let test = "$r = Invoke-Command $s { Test-AzureStack -DisableConsoleOutput -DetailedResults -Include AzsTimeSource, AzsNetworkInfra, AzsNoName }\n\
                \"$($r.Status) / $($r[0].Findings[0].Message) / $($r[2].Message)\"";
    let printed = stamp.run(test);
    server.kill().unwrap();
    server.wait().unwrap();
    let said = fs::read_to_string(place.path().join("printed")).unwrap();
    assert!(printed.text.contains("PASS PASS FAIL FAIL / the clock is 0.0"), "{}\n{said}", printed.text);
    assert!(printed.text.contains("no-such-host.invalid is not resolved"), "{}", printed.text);
    let printed = stamp.run(test);
    assert!(printed.text.contains("FAIL PASS FAIL FAIL / the time server 127.0.0.1:"), "{}", printed.text);
}

/// What a cloud or its vendor would have to answer. It is not there, rather than there and empty.
#[test]
fn p_076_p_077_p_088_p_089_what_has_nothing_behind_it_is_absent() {
    let printed = Stamp::new("").run(
        r"Attempt { Invoke-AzureStackOnDemandLog -Generate }
           Attempt { Send-AzureStackDiagnosticLog }
           Attempt { Test-AzureStack -ServiceAdminCredential admin }
           (Invoke-Command $s { Get-Command }).Name -match 'OnDemand|DiagnosticLog'
           (Invoke-Command $s { Get-Command Test-AzureStack }).Parameters.Keys -match 'ServiceAdmin'",
    );
    let expected = ["CommandNotFoundException", "CommandNotFoundException", "NamedParameterNotFound,Test-AzureStack"];
    assert_eq!(printed.text.lines().collect::<Vec<_>>(), expected);
}

//! `pepd record`: a session of stock PowerShell, read and looked at for damage.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use support::endpoint::Endpoint;
use support::stand_in::StandIn;

/// A daemon in which a script of PowerShell has run, and what that printed.
struct Place {
    endpoint: Endpoint,
    client: StandIn,
    script: String,
}

impl Place {
    fn new(script: &str) -> Place {
        let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
        let stand_in = StandIn::new(&endpoint.connect_command());
        let printed =
            stand_in.client.run(&format!("$s = New-PSSession -HostName SERVER01\n{script}\nRemove-PSSession $s\n"));
        assert!(printed.success, "{}", printed.text);
        sleep(Duration::from_millis(500)); // the session's last checkpoint
        Place { endpoint, client: stand_in, script: printed.text }
    }

    fn pepd(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pepd"));
        command.arg("record").args(arguments).arg("--state").arg(self.endpoint.state()).output().unwrap()
    }

    /// What it prints, when it ends well.
    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.pepd(arguments);
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    fn journal(&self) -> PathBuf {
        let record = self.endpoint.state().join("record");
        record.join(transcript_verify::journals(&record).unwrap().remove(0))
    }

    /// The id of the only session.
    fn session(&self) -> String {
        let name = self.journal().file_name().unwrap().to_str().unwrap().to_owned();
        transcript_verify::session_of(&name).unwrap().to_owned()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const WORK: &str = r"
    $secret = ConvertTo-SecureString 'Str0ng&Long&Enough!' -AsPlainText -Force
    $null = Invoke-Command $s { New-CloudAdminUser -UserName deputy -Password $using:secret }
    $null = Invoke-Command $s { Get-CloudAdminUserList }
    Invoke-Command $s { $x = 1 } -ErrorAction SilentlyContinue
    Invoke-Command $s { Get-Nothing } -ErrorAction SilentlyContinue
    $null = 1";

#[test]
fn p_041_p_042_j_100_j_103_a_session_is_shown_as_a_transcript_with_all_that_was_done_and_no_secret() {
    let place = Place::new(WORK);
    let shown = place.printed(&["show", &place.session()[..8]]);
    let stars = "*".repeat(22);
    let head = format!("{stars}\nPowerShell transcript start\nStart time: 20");
    assert!(shown.starts_with(&head), "{shown}");
    for line in [
        "Username: CloudAdmin",
        "Configuration Name: PrivilegedEndpoint",
        "PS>CommandInvocation(New-CloudAdminUser): \"New-CloudAdminUser\"",
        ">> ParameterBinding(New-CloudAdminUser): name=\"UserName\"; value=\"deputy\"",
        ">> ParameterBinding(New-CloudAdminUser): name=\"Password\"; value=\"********\"",
        "PS>CommandInvocation(Get-CloudAdminUserList): \"Get-CloudAdminUserList\"",
        "PS> $x = 1 ",
        "PS>Get-Nothing",
        "PowerShell transcript end",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n\nin\n\n{shown}");
    }
    assert!(shown.lines().filter(|line| line.starts_with("deputy ")).count() >= 2, "{shown}");
    assert!(!shown.contains("Str0ng"), "{shown}");
    let exported = place.endpoint.state().join("exported.txt");
    place.printed(&["export", "--text", &place.session(), "-o", exported.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(exported).unwrap(), shown);
}

#[test]
fn each_record_is_a_line_of_json_and_the_list_names_every_session() {
    let place = Place::new(WORK);
    let lines = place.printed(&["export", "--json", &place.session()]);
    let kinds: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((kinds[0].as_str(), kinds.last().unwrap().as_str()), ("session-start", "session-end"));
    for kind in ["pipeline", "authorized", "output", "completed", "refused"] {
        assert!(kinds.contains(&kind.to_owned()), "{kind} in {kinds:?}");
    }
    let list = place.printed(&["list"]);
    assert!(list.contains(&place.session()) && list.contains("CloudAdmin"), "{list}");
    assert!(!place.pepd(&["show", "nothing"]).status.success());
}

#[test]
fn records_are_found_by_account_command_text_and_time() {
    let place = Place::new(WORK);
    let found = |arguments: &[&str]| -> Vec<String> {
        let arguments = [&["search"], arguments].concat();
        place.printed(&arguments).lines().map(str::to_owned).collect()
    };
    let runs = found(&["--command", "new-cloudadminuser"]);
    assert!(runs.len() == 1 && runs[0].ends_with("run New-CloudAdminUser"), "{runs:?}");
    assert!(runs[0].contains(&place.session()[..8]) && runs[0].contains("CloudAdmin"), "{runs:?}");
    assert!(found(&["--text", "$x = 1"]).iter().any(|line| line.contains("refused")), "what was refused");
    assert!(found(&["--account", "CLOUDADMIN"]).len() > 10);
    assert_eq!(found(&["--account", "nobody"]), Vec::<String>::new());
    assert_eq!(found(&["--until", "2020-01-01"]), Vec::<String>::new());
    assert_eq!(found(&["--since", "2020-01-01T00:00:00Z"]).len(), found(&[]).len());
    assert!(!place.pepd(&["search", "--since", "yesterday"]).status.success());
}

#[test]
fn p_044_a_record_that_was_changed_is_told_of_with_its_file_and_line() {
    let place = Place::new(WORK);
    let kept = place.endpoint.state().join("kept");
    fs::write(&kept, place.printed(&["checkpoint"])).unwrap();
    let verify = ["verify", "--checkpoint", kept.to_str().unwrap()];
    assert!(place.printed(&verify).contains("no damage"));
    let journal = place.journal();
    let whole = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, whole.replacen("deputy", "nobody", 1)).unwrap();
    let found = place.pepd(&verify);
    assert_eq!(found.status.code(), Some(1));
    let told = text(&found.stdout);
    assert!(told.contains(".journal, line ") && told.contains("its hash does not fit"), "{told}");
    fs::remove_file(&journal).unwrap();
    let told = text(&place.pepd(&verify).stdout);
    assert!(told.contains("it is gone, but a checkpoint tells of it"), "{told}");
}

#[test]
fn import_clixml_opens_an_export_and_its_objects_are_those_that_the_client_got() {
    const SHOWN: &str = "ForEach-Object { \"$($_.Name) $($_.Created.ToUniversalTime().Ticks) $($_.Enabled)\" }";
    let place = Place::new(&format!("{WORK}\nInvoke-Command $s {{ Get-CloudAdminUserList }} | {SHOWN}"));
    let file = place.endpoint.state().join("exported.clixml");
    place.printed(&["export", "--clixml", &place.session(), "-o", file.to_str().unwrap()]);
    let opened = place.client.client.run(&format!(
        "$PSStyle.OutputRendering = 'PlainText'
         $records = Import-Clixml '{}'
         $records[0].Kind; $records[0].Time.GetType().Name; $records[-1].Kind
         ($records | Where-Object Kind -eq Completed)[0].Duration.GetType().Name
         $command = ($records | Where-Object Kind -eq Authorized).Commands | Where-Object Command -eq New-CloudAdminUser
         $command.Parameters['UserName']; $command.Parameters['Password']
         $last = ($records | Where-Object Kind -eq Authorized)[-1].Pipeline
         $records | Where-Object {{ $_.Kind -eq 'Output' -and $_.Pipeline -eq $last }} | ForEach-Object Value | {SHOWN}",
        file.display()
    ));
    let (facts, objects) = opened.text.split_once("********\n").unwrap_or_else(|| panic!("{}", opened.text));
    assert_eq!(facts, "SessionStart\nDateTime\nSessionEnd\nTimeSpan\ndeputy\n");
    let got: Vec<&str> = place.script.lines().filter(|line| line.ends_with("True")).collect();
    assert_eq!(objects.lines().collect::<Vec<_>>(), got, "{}", place.script);
    assert_eq!(got.len(), 2);
}

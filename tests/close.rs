//! `Close-PrivilegedEndpoint`, by stock PowerShell.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::endpoint::Endpoint;
use support::pwsh::Printed;
use support::stand_in::StandIn;
use tempfile::TempDir;

/// A daemon whose transcripts may go to a folder.
struct Place {
    endpoint: Endpoint,
    share: TempDir,
    client: StandIn,
}

impl Place {
    fn new() -> Place {
        let share = tempfile::tempdir().unwrap();
        let configuration = format!("transcripts = [\"{}\"]\n", share.path().display());
        let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), &configuration);
        let client = StandIn::new(&endpoint.connect_command());
        Place { endpoint, share, client }
    }

    /// Runs a script; `$s` is a session, `$share` the folder.
    fn run(&self, script: &str) -> Printed {
        let printed = self.client.client.run(&format!(
            "$PSStyle.OutputRendering = 'PlainText'\n$share = '{}'\n$s = New-PSSession -HostName SERVER01\n{script}\nRemove-PSSession $s\n",
            self.share.path().display()
        ));
        assert!(printed.success, "{}", printed.text);
        printed
    }

    /// The journals that are left on the endpoint, once the sessions' ends have been dealt with.
    fn left(&self, expected: usize) -> usize {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let left = transcript_verify::journals(&self.endpoint.state().join("record")).unwrap().len();
            if left == expected || Instant::now() > end {
                return left;
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// The items in the folder.
    fn items(&self) -> Vec<PathBuf> {
        fs::read_dir(self.share.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// The transcripts in an item.
    fn transcripts(item: &PathBuf) -> Vec<String> {
        let files = fs::read_dir(item).unwrap().map(|entry| entry.unwrap().path());
        let texts = files.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
        texts.map(|path| fs::read_to_string(path).unwrap()).collect()
    }
}

#[test]
fn p_033_p_034_p_035_the_transcripts_of_this_and_of_earlier_sessions_go_and_none_is_left() {
    let place = Place::new();
    place.run("$null = Invoke-Command $s { Get-CloudAdminUserList }"); // left without Close
    assert_eq!(place.left(1), 1);
    sleep(Duration::from_millis(500));
    let printed = place.run(
        "Invoke-Command $s { Close-PrivilegedEndpoint -TranscriptsPathDestination $using:share }\n\
             for ($i = 0; $i -lt 200 -and $s.State -eq 'Opened'; $i++) { Start-Sleep -Milliseconds 50 }; $s.State",
    );
    assert!(printed.text.ends_with("Closed\n"), "{}", printed.text);
    assert!(printed.text.contains("The transcripts of 2 session(s) are in"), "{}", printed.text);
    assert_eq!(place.left(0), 0);
    let items = place.items();
    assert_eq!(items.len(), 1, "{items:?}");
    assert!(items[0].file_name().unwrap().to_str().unwrap().starts_with("Transcripts_"), "{items:?}");
    let texts = Place::transcripts(&items[0]);
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().all(|text| text.contains("PowerShell transcript end")), "each to its end: {texts:?}");
    let own = texts.iter().find(|text| text.contains("CommandInvocation(Close-PrivilegedEndpoint)")).unwrap();
    assert!(own.contains("name=\"TranscriptsPathDestination\""), "{own}");
}

#[test]
fn p_032_p_037_what_cannot_be_done_takes_nothing_and_the_session_stays() {
    let place = Place::new();
    let printed = place.run(
        r"function Attempt([scriptblock] $Block) { try { Invoke-Command $s $Block -ErrorAction Stop } catch { $_.FullyQualifiedErrorId } }
          Attempt { Close-PrivilegedEndpoint -TranscriptsPathDestination '' }
          Attempt { Close-PrivilegedEndpoint /etc }
          Attempt { Close-PrivilegedEndpoint '\\server\share' }
          Attempt { Close-PrivilegedEndpoint '\\server' }
          $below = Join-Path $share nowhere
          Attempt { Close-PrivilegedEndpoint $using:below }
          $file = Join-Path $share file; 'x' > $file
          Attempt { Close-PrivilegedEndpoint $using:file }
          (Invoke-Command $s { Get-CloudAdminUserList }).Name; $s.State",
    );
    let refused = "TranscriptsPathRefused,Close-PrivilegedEndpoint";
    let asked = "TranscriptsCredentialRefused,Close-PrivilegedEndpoint"; // and nobody answered
    let expected = [
        "TranscriptsPathMissing,Close-PrivilegedEndpoint",
        refused,
        asked,
        refused,
        refused,
        refused,
        "CloudAdmin",
        "Opened",
    ];
    // the question for a credential is in between
    let told = |line: &&str| line.ends_with(",Close-PrivilegedEndpoint") || ["CloudAdmin", "Opened"].contains(line);
    let lines = printed.text.lines().filter(told).map(|line| line.trim_start_matches("User: "));
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    assert_eq!(place.left(1), 1);
    assert_eq!(place.items().len(), 1, "the file");
}

#[test]
fn p_031_p_039_it_asks_for_the_path_and_takes_both_by_position() {
    let place = Place::new();
    let console = place.client.client.console();
    console.send("Enter-PSSession -HostName SERVER01", r"^\[server01\]: PS>$");
    let asked = console.send("Get-Command Close-PrivilegedEndpoint -Syntax", r"^\[server01\]: PS>$");
    let syntax = "Close-PrivilegedEndpoint [[-TranscriptsPathDestination] <string>] [[-Credential] <pscredential>]";
    assert!(asked.contains(syntax), "{asked}");
    console.type_line("Close-PrivilegedEndpoint");
    console.wait_for("Path for the transcripts:");
    console.type_line(&place.share.path().display().to_string());
    console.wait_for("The transcripts of 1 session(s) are in");
    console.wait_for_last(r"^PS LOCAL>$");
    assert_eq!(place.left(0), 0);
    let by_position = "$c = [pscredential]::new('a', (ConvertTo-SecureString b -AsPlainText -Force))\n\
                       Invoke-Command $s { Close-PrivilegedEndpoint $using:share $using:c }";
    let printed = place.run(by_position);
    assert!(printed.text.contains("needs no credential"), "{}", printed.text);
    assert_eq!((place.left(0), place.items().len()), (0, 2));
}

#[test]
fn without_a_folder_and_without_a_share_in_the_configuration_the_command_is_not_there() {
    let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), "shares = []\n");
    let client = StandIn::new(&endpoint.connect_command());
    let printed = client.client.run(
        "$s = New-PSSession -HostName SERVER01\n\
         try { Invoke-Command $s { Close-PrivilegedEndpoint /tmp } -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }",
    );
    assert_eq!(printed.text.trim(), "CommandNotFoundException");
}

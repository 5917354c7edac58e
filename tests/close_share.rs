//! `Close-PrivilegedEndpoint` to shares of a real smbd, by stock PowerShell.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::endpoint::Endpoint;
use support::listening::Listening;
use support::machine;
use support::pwsh::Printed;
use support::smbd::{Options, PASSWORD, Smbd, USER};
use support::stand_in::StandIn;
use transcript_verify::{PublicKey, session_of, verify};

/// A daemon as it is without a configuration, and a file server.
struct Place {
    endpoint: Endpoint,
    client: StandIn,
    smbd: Smbd,
}

impl Place {
    fn new() -> Place {
        Place::with(Smbd::start())
    }

    fn with(smbd: Smbd) -> Place {
        let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
        let client = StandIn::new(&endpoint.connect_command());
        Place { endpoint, client, smbd }
    }

    /// What stands at the start of each script: `$c` is the credential, `$p` the share, `Open` opens a session.
    fn stage(&self) -> String {
        let (credential, share) = (Smbd::credential(), self.smbd.share("plain"));
        format!(
            "$PSStyle.OutputRendering = 'PlainText'\n{credential}\n$p = '{share}'\n\
             function Open {{ New-PSSession -HostName SERVER01 }}\n\
             function State($s) {{ for ($i = 0; $i -lt 200 -and $s.State -eq 'Opened'; $i++) {{ Start-Sleep -Milliseconds 50 }}; $s.State }}\n\
             function Attempt($s, [scriptblock] $Block) {{\n\
                 try {{ Invoke-Command $s $Block -ErrorAction Stop }} catch {{ \"$($_.FullyQualifiedErrorId -replace ',.*'): $_\" }}\n\
             }}\n"
        )
    }

    fn run(&self, script: &str) -> Printed {
        let printed = self.client.client.run(&(self.stage() + script));
        assert!(printed.success, "{}", printed.text);
        printed
    }

    fn record(&self) -> PathBuf {
        self.endpoint.state().join("record")
    }

    /// The journals that are left on the endpoint, once the sessions' ends have been dealt with.
    fn left(&self, expected: usize) -> usize {
        let left = || transcript_verify::journals(&self.record()).unwrap().len();
        wait(|| left() == expected);
        left()
    }

    /// The sessions of an item, each whole and to its end, when all of it is verified.
    fn sessions(&self, item: &Path) -> BTreeSet<String> {
        let key = fs::read_to_string(self.endpoint.state().join("keys/record.pub")).unwrap();
        let report = verify(item, &PublicKey::parse(&key).unwrap(), None).unwrap();
        assert_eq!(report.damages, [], "{}", item.display());
        let names: BTreeSet<String> = names(item).into_iter().collect();
        assert!(names.contains("checkpoints.log") && names.contains("record.pub"), "{names:?}");
        assert_eq!(names.len(), 2 + 3 * report.sessions.len(), "{names:?}");
        for session in &report.sessions {
            let text = fs::read_to_string(item.join(session.file.replace(".journal", ".txt"))).unwrap();
            assert!(text.contains("PowerShell transcript end"), "{text}");
            assert!(names.contains(&session.file.replace(".journal", ".clixml")), "{names:?}");
        }
        report.sessions.iter().map(|session| session_of(&session.file).unwrap().to_owned()).collect()
    }

    /// Nothing that the daemon wrote has the password in it.
    fn keeps_the_secret(&self) {
        let mut folders = vec![self.endpoint.state(), self.smbd.folder("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    assert!(!has_secret(&fs::read(&path).unwrap()), "{}", path.display());
                }
            }
        }
        assert!(!has_secret(self.endpoint.printed().as_bytes()));
    }
}

fn has_secret(bytes: &[u8]) -> bool {
    let wide: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [PASSWORD.as_bytes(), &wide].iter().any(|secret| bytes.windows(secret.len()).any(|part| part == *secret))
}

fn wait(wanted: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !wanted() && Instant::now() < end {
        sleep(Duration::from_millis(20));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The items in a folder, and nothing else is in it.
fn items(folder: &Path) -> Vec<PathBuf> {
    let names = names(folder);
    assert!(names.iter().all(|name| name.starts_with("Transcripts_")), "{names:?}");
    names.into_iter().map(|name| folder.join(name)).collect()
}

const CLOSE: &str = "{ Close-PrivilegedEndpoint -TranscriptsPathDestination $using:p -Credential $using:c }";

#[test]
fn p_033_p_034_p_035_p_036_p_038_a_fresh_session_harvests_what_others_left() {
    let place = Place::new();
    // one leaves without Close; one is cut off
    place.run(
        "$s = Open; $null = 1..3 | ForEach-Object { Invoke-Command $s { Get-ThirdPartyNotices } }; Remove-PSSession $s",
    );
    let cut =
        place.stage() + "$s = Open; $null = Invoke-Command $s { Get-CloudAdminUserList }; Stop-Process -Id $PID -Force";
    assert!(!place.client.client.run(&cut).success);
    assert_eq!(place.left(2), 2);
    wait(|| place.endpoint.printed().matches("session ended").count() == 2);
    sleep(Duration::from_millis(300)); // until then the sessions' journals are theirs
    let folder = place.smbd.folder("plain");
    let printed = place.run(&format!(
        "$s = Open; Invoke-Command $s {CLOSE}; State $s\n\
         $exported = (Get-ChildItem '{}' -Recurse -Filter *.clixml | Sort-Object Length)[-1]\n\
         $record = Import-Clixml $exported.FullName\n\
         $record[0].Kind; $record[-1].Kind; $record.Count -gt 300; $record[0].Time.GetType().Name",
        folder.display()
    ));
    let lines: Vec<&str> = printed.text.lines().collect();
    let told = format!(r"The transcripts of 3 session(s) are in {}\Transcripts_", place.smbd.share("plain"));
    assert!(lines[0].starts_with(&told), "{lines:?}");
    assert_eq!(lines[1..], ["Closed", "SessionStart", "SessionEnd", "True", "DateTime"]);
    assert_eq!(place.left(0), 0);
    let items = items(&folder);
    assert_eq!(items.len(), 1, "{items:?}");
    wait(|| !names(&items[0]).iter().any(|name| name.starts_with('.')));
    assert_eq!(place.sessions(&items[0]).len(), 3);
    place.keeps_the_secret();
}

#[test]
fn p_033_shares_that_require_signing_or_encryption_take_them_too() {
    let place = Place::with(Smbd::with(&Options {
        global: &["server signing = mandatory"],
        shares: &[("plain", &[]), ("encrypted", &["smb encrypt = required"])],
        ..Options::default()
    }));
    let encrypted = place.smbd.share("encrypted");
    place.run(&format!(
        "$s = Open; Invoke-Command $s {CLOSE}\n$p = '{encrypted}'; $s = Open; Invoke-Command $s {CLOSE}"
    ));
    assert_eq!(place.left(0), 0);
    for share in ["plain", "encrypted"] {
        let items = items(&place.smbd.folder(share));
        assert_eq!((items.len(), place.sessions(&items[0]).len()), (1, 1), "{share}");
    }
}

#[test]
fn p_037_what_fails_says_why_and_takes_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let little = directory.path().join("little");
    fs::write(&little, "#!/bin/sh\necho 100 10\n").unwrap();
    fs::set_permissions(&little, Permissions::from_mode(0o755)).unwrap();
    let small = format!("dfree command = {}", little.display());
    let place = Place::with(Smbd::with(&Options {
        shares: &[("plain", &[]), ("readonly", &["read only = yes"]), ("small", &[&small])],
        longest_file: Some(2 << 20),
        ..Options::default()
    }));
    let closed = machine::free_port();
    let script = format!(
        r"$s = Open; $null = 1..8 | ForEach-Object {{ Invoke-Command $s {{ Get-ThirdPartyNotices }} }}
          $wrong = [pscredential]::new('{USER}', (ConvertTo-SecureString wrong -AsPlainText -Force))
          function To($p, $c) {{ Attempt $s {CLOSE} }}
          To $p $wrong
          To ($p -replace 'plain', 'nowhere') $c
          To ($p + '\no\folder') $c
          To ($p -replace 'plain', 'readonly') $c
          To ($p -replace 'plain', 'small') $c
          To $p $c
          To '\\127.0.0.1@{closed}\share' $c
          (Invoke-Command $s {{ Get-CloudAdminUserList }}).Name; $s.State"
    );
    let printed = place.run(&script);
    let lines: Vec<&str> = printed.text.lines().collect();
    let not = "The transcripts were not handed over, and the session stays open.";
    let expected = [
        ("TranscriptsCredentialRefused", "127.0.0.1 does not let 'carol' in: the user name or the password is wrong."),
        ("TranscriptsNotHandedOver", "127.0.0.1 has no share 'nowhere'."),
        ("TranscriptsNotHandedOver", r"\plain\no\folder is not there."),
        ("TranscriptsNotHandedOver", "may not be written: access is denied."),
        ("TranscriptsNotHandedOver", "has 10240 bytes free, and "),
        ("TranscriptsNotHandedOver", "cannot be written: the disk there, or the quota on it, is full."),
        ("TranscriptsNotHandedOver", "does not answer: 127.0.0.1:"),
    ];
    for (line, (id, text)) in lines.iter().zip(expected) {
        assert!(line.starts_with(&format!("{id}: {not} ")) && line.contains(text), "{text} in {line}");
    }
    assert_eq!(lines[expected.len()..], ["CloudAdmin", "Opened"]);
    assert_eq!(place.left(1), 1);
    for share in ["plain", "readonly", "small"] {
        assert_eq!(names(&place.smbd.folder(share)), [""; 0], "{share}");
    }
    place.keeps_the_secret();
}

#[test]
fn p_037_a_server_that_dies_in_the_middle_gets_no_item_and_nothing_is_lost() {
    let mut place = Place::new();
    place.run(
        "$s = Open; $null = 1..8 | ForEach-Object { Invoke-Command $s { Get-ThirdPartyNotices } }; Remove-PSSession $s",
    );
    let folder = place.smbd.folder("plain");
    let script = place.stage() + &format!("$s = Open; Attempt $s {CLOSE}; $s.State; Remove-PSSession $s");
    let printed = std::thread::scope(|scope| {
        let (client, script) = (&place.client.client, &script);
        let closing = scope.spawn(move || client.run(script));
        // not before the first octets of the large one are there
        let is_half = |name: &String| name.ends_with(".partial") && names(&folder.join(name)).len() > 1;
        wait(|| names(&folder).iter().any(is_half));
        place.smbd.kill();
        closing.join().unwrap()
    });
    let lines: Vec<&str> = printed.text.lines().collect();
    assert!(
        lines[0].starts_with("TranscriptsNotHandedOver:") && lines[0].contains("connection to 127.0.0.1"),
        "{lines:?}"
    );
    assert_eq!(lines[1], "Opened");
    assert!(names(&folder).iter().all(|name| name.starts_with('.')), "{:?}", names(&folder));
    assert_eq!(place.left(2), 2);
    // the next Close takes all of it, to another server
    wait(|| place.endpoint.printed().matches("session ended").count() == 2);
    sleep(Duration::from_millis(300));
    let another = Smbd::start();
    place.run(&format!("$p = '{}'; $s = Open; Invoke-Command $s {CLOSE}", another.share("plain")));
    assert_eq!(place.left(0), 0);
    assert_eq!(place.sessions(&items(&another.folder("plain"))[0]).len(), 3);
}

#[test]
fn p_040_two_closes_at_once_lose_and_double_nothing() {
    let place = Place::new();
    place.run("1..3 | ForEach-Object { $s = Open; $null = Invoke-Command $s { Get-CloudAdminUserList }; Remove-PSSession $s }");
    wait(|| place.endpoint.printed().matches("session ended").count() == 3);
    sleep(Duration::from_millis(300));
    place.run(&format!("$both = (Open), (Open); Invoke-Command $both {CLOSE}"));
    assert_eq!(place.left(0), 0);
    let items = items(&place.smbd.folder("plain"));
    let sessions: Vec<BTreeSet<String>> = items.iter().map(|item| place.sessions(item)).collect();
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    assert!(sessions[0].is_disjoint(&sessions[1]), "{sessions:?}");
    assert_eq!(sessions[0].len() + sessions[1].len(), 5, "{sessions:?}");
}

#[test]
fn p_031_p_039_a_user_is_asked_for_the_share_and_for_the_credential_and_is_out_in_the_end() {
    let place = Place::new();
    let console = place.client.client.console();
    console.send("Enter-PSSession -HostName SERVER01", r"^\[server01\]: PS>$");
    console.type_line("Close-PrivilegedEndpoint");
    console.wait_for("Path for the transcripts:");
    console.type_line(&place.smbd.share("plain"));
    console.wait_for("User:");
    console.type_line(USER);
    console.wait_for("Password for user");
    console.type_text(PASSWORD);
    console.type_text("\r");
    console.wait_for("The transcripts of 1 session(s) are in");
    console.wait_for_last(r"^PS LOCAL>$");
    assert_eq!(place.left(0), 0);
    assert_eq!(place.sessions(&items(&place.smbd.folder("plain"))[0]).len(), 1);
    place.keeps_the_secret();
}

/// W13, by clients whose numbers, dates and lists are written otherwise.
#[test]
fn w13_transcripts_are_handed_over_elsewhere_too() {
    for language in ["de_DE.UTF-8", "ja_JP.UTF-8"] {
        let mut place = Place::new();
        place.client.client = place.client.client.variable("LANG", language);
        // left without Close, then taken along: by a script, by a proxy, and in the console
        place.run("$s = Open; $null = Invoke-Command $s { Get-CloudAdminUserList }; Remove-PSSession $s");
        wait(|| place.endpoint.printed().matches("session ended").count() == 1);
        sleep(Duration::from_millis(300));
        place.run(&format!("$s = Open; Invoke-Command $s {CLOSE}"));
        assert_eq!(place.left(0), 0);
        let proxy =
            "$s = Open; $null = Import-PSSession $s -CommandName Close-*; Close-PrivilegedEndpoint $p $c; State $s";
        assert!(place.run(proxy).text.ends_with("Closed\n"));
        let console = place.client.client.console();
        console.send("Enter-PSSession -HostName SERVER01", r"^\[server01\]: PS>$");
        console.type_line(&format!("Close-PrivilegedEndpoint {}", place.smbd.share("plain")));
        console.wait_for("User:");
        console.type_line(USER);
        console.wait_for("Password for user");
        console.type_text(PASSWORD);
        console.type_text("\r");
        console.wait_for_last(r"^PS LOCAL>$");
        assert_eq!(place.left(0), 0);
        let mut sessions: Vec<usize> =
            items(&place.smbd.folder("plain")).iter().map(|item| place.sessions(item).len()).collect();
        sessions.sort_unstable();
        assert_eq!(sessions, [1, 1, 2]);
    }
}

#[test]
fn a_proxy_of_import_pssession_and_a_session_over_winrm_close_as_well() {
    let place = Place::new();
    let printed = place.run(
        "$s = Open; $null = Import-PSSession $s -CommandName Close-PrivilegedEndpoint\n\
         Close-PrivilegedEndpoint $p $c; State $s",
    );
    assert!(
        printed.text.contains("The transcripts of 1 session(s) are in") && printed.text.ends_with("Closed\n"),
        "{}",
        printed.text
    );
    assert_eq!(place.left(0), 0);
    let winrm = Listening::pepd(env!("CARGO_BIN_EXE_pepd"));
    let (stage, credential, how) = (place.stage(), winrm.credential(), winrm.parameters());
    let printed = Listening::client()
        .run(&format!("{stage}{credential}\n$s = New-PSSession {how}; Invoke-Command $s {CLOSE}; State $s"));
    assert!(printed.text.contains("The transcripts of 1 session(s) are in"), "{}", printed.text);
    assert!(printed.text.ends_with("Closed\n"), "{}", printed.text);
    assert_eq!(items(&place.smbd.folder("plain")).len(), 2);
}

#[test]
fn the_configuration_says_which_shares_may_be_used() {
    let smbd = Smbd::start();
    let allowed = smbd.share("plain").replace('\\', "/");
    let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), &format!("shares = ['{allowed}*']\n"));
    let place = Place { client: StandIn::new(&endpoint.connect_command()), endpoint, smbd };
    let printed = place
        .run(&format!("$s = Open; $q = $p; $p = '//127.0.0.2/share'; Attempt $s {CLOSE}; $p = $q; Attempt $s {CLOSE}"));
    let lines: Vec<&str> = printed.text.lines().collect();
    assert!(lines[0].starts_with(r"TranscriptsPathRefused: The configuration of this endpoint does not let transcripts go to \\127.0.0.2\share."), "{lines:?}");
    assert!(lines[1].starts_with("The transcripts of 1 session(s)"), "{lines:?}");
}

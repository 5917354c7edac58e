//! Fifty secrets go into an endpoint, on every way that there is; none of them is in anything that it wrote.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod marks;
mod own_client;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use marks::{FUNCTIONS, found, mark};
use support::endpoint::Endpoint;
use support::listening::Listening;
use support::machine;
use support::stand_in::StandIn;
use tempfile::TempDir;

/// Scripts over the socket. Each line plants one secret or more; many of them are refused, and say so in words.
const SOCKET: &str = include_str!("socket.ps1");

/// Scripts over the network, as the account that has the second secret as its password.
const NETWORK: &str = include_str!("network.ps1");

const HELPERS: &str = include_str!("helpers.ps1");

#[test]
fn fifty_planted_secrets_are_in_nothing_that_the_daemon_wrote() {
    let (http, https) = (machine::free_port(), machine::free_port());
    let share = tempfile::tempdir().unwrap();
    let configuration = format!(
        "listen = [\"127.0.0.1:{http}\"]\nlisten_https = [\"127.0.0.1:{https}\"]\ntranscripts = [\"{}\"]\n[winrm]\nbasic = true\n",
        share.path().display()
    );
    let endpoint = Endpoint::start_in(env!("CARGO_BIN_EXE_pepd"), &configuration, &[("RUST_LOG", "trace".into())]);
    let client = StandIn::new(&endpoint.connect_command());
    let socket = client
        .client
        .run(&format!("{HELPERS}{FUNCTIONS}$s = New-PSSession -HostName SERVER01\n{SOCKET}Remove-PSSession $s\n"));
    assert!(socket.success, "{}", socket.text);
    let network = Listening::client().run(&format!("{HELPERS}{FUNCTIONS}$http = {http}; $https = {https}\n{NETWORK}"));
    assert!(network.success, "{}", network.text);
    typed(&client, share.path());
    own_client::plants(&endpoint.socket());

    // each of them arrived
    let exports = exports(&endpoint);
    let pipelines = fs::read_to_string(exports.path().join("search")).unwrap().matches("New-CloudAdminUser").count();
    assert!(pipelines > 30 && socket.text.matches("done").count() >= 8, "{pipelines}\n{}", socket.text);
    handed_over(&client, &endpoint, share.path());
    let places = [endpoint.directory(), share.path(), exports.path()];
    let hidden = (1..=55).filter(|n| *n != 48);
    assert_eq!(found(hidden, &places), [].into(), "{}\n{}", socket.text, network.text);
    // and they would have been found: what is typed in plain text into a script, or where nobody expects a secret, is on record
    assert_eq!(found([48, 99].into_iter(), &places).into_keys().collect::<Vec<_>>(), [48, 99]);
}

/// Secrets that are typed at prompts: those that the client hides.
fn typed(client: &StandIn, share: &Path) {
    let console = client.client.console();
    let prompt = r"^\[server01\]: PS>$";
    console.send("Enter-PSSession -HostName SERVER01", prompt);
    let answer = |line: &str, question: &str, n: usize| {
        console.type_line(line);
        console.wait_for_last(question);
        console.rest();
        console.type_line(&mark(n));
    };
    answer("New-CloudAdminUser -UserName a44", r"^Password: ?$", 44);
    console.wait_for_last(prompt);
    answer("Set-CloudAdminUserPassword -UserName a44", r"^CurrentPassword: ?$", 45);
    console.wait_for_last(r"^NewPassword: ?$");
    console.rest();
    console.type_line(&mark(46));
    console.wait_for_last(prompt);
    answer(
        &format!("Close-PrivilegedEndpoint {}/nowhere -Credential bob", share.display()),
        r"^Password for user bob: ?$",
        47,
    );
    console.wait_for_last(prompt);
    let typed = format!("New-CloudAdminUser a48 (ConvertTo-SecureString '{}' -AsPlainText -Force)", mark(48));
    console.send(&typed, prompt);
    console.send(&format!("New-CloudAdminUser a49 '{}'", mark(49)), prompt);
    console.send(&format!("Get-Command {}", mark(99)), prompt);
    console.send("exit", r"^PS LOCAL>$");
}

/// Every way of reading the record.
fn exports(endpoint: &Endpoint) -> TempDir {
    sleep(Duration::from_millis(500)); // the sessions' ends
    let directory = tempfile::tempdir().unwrap();
    let pepd = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pepd"));
        let output = command.arg("record").args(arguments).arg("--state").arg(endpoint.state()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let keep = |name: &str, octets: Vec<u8>| fs::write(directory.path().join(name), octets).unwrap();
    keep("list", pepd(&["list"]));
    keep("search", pepd(&["search", "--text", "a"]));
    for file in transcript_verify::journals(&endpoint.state().join("record")).unwrap() {
        let session = transcript_verify::session_of(&file).unwrap();
        keep(&format!("{session}.show"), pepd(&["show", session]));
        for form in ["--text", "--json", "--clixml"] {
            keep(&format!("{session}{form}"), pepd(&["export", form, session]));
        }
    }
    directory
}

/// What the record becomes elsewhere.
fn handed_over(client: &StandIn, endpoint: &Endpoint, share: &Path) {
    let printed = client.client.run(&format!(
        "$s = New-PSSession -HostName SERVER01\n\
         Invoke-Command $s {{ Close-PrivilegedEndpoint -TranscriptsPathDestination '{}' }}\n\
         Remove-PSSession $s\n",
        share.display()
    ));
    assert!(printed.success, "{}", printed.text);
    let end = Instant::now() + Duration::from_secs(10);
    while !transcript_verify::journals(&endpoint.state().join("record")).unwrap().is_empty() {
        assert!(Instant::now() < end, "the record does not go: {}", printed.text);
        sleep(Duration::from_millis(50));
    }
}

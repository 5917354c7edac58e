//! The command line of the real program: what it prints, what it refuses, and with which exit code it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use accounts::{AccountStore, Secret};
use support::console::{Console, Key, Size};
use support::endpoint::Endpoint;
use tempfile::TempDir;

const PASSWORD: &str = "Correct horse 1";

fn pepd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pepd"));
    command.env_remove("XDG_STATE_HOME").env_remove("XDG_RUNTIME_DIR");
    command
}

/// Runs with these arguments and this standard input.
fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = pepd();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(input.as_bytes())); // it may end without reading
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// `pepd account …`, which works: what it prints.
fn account(state: &TempDir, arguments: &[&str], input: &str) -> String {
    let output = run(&arguments_for(state, arguments), input);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout)
}

/// `pepd account …`, which fails: what it says.
fn account_refusal(state: &TempDir, arguments: &[&str], input: &str) -> String {
    let output = run(&arguments_for(state, arguments), input);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    text(&output.stderr)
}

fn arguments_for<'a>(state: &'a TempDir, arguments: &[&'a str]) -> Vec<&'a str> {
    [&["account"], arguments, &["--state", state.path().to_str().unwrap()]].concat()
}

fn opens(state: &Path, name: &str, password: &str) -> bool {
    let store = AccountStore::open(state).unwrap();
    store.verify_password(name, &Secret::new(password), std::time::SystemTime::now()).is_ok()
}

#[test]
fn without_arguments_it_says_how_it_is_used() {
    let output = run(&[], "");
    assert_eq!(output.status.code(), Some(2));
    let help = text(&output.stderr);
    assert!(help.contains("serve") && help.contains("connect") && help.contains("account"), "{help}");
}

#[test]
fn the_command_line_is_the_stable_one() {
    let usage = |arguments: &[&str]| text(&run(arguments, "").stdout);
    let serve = usage(&["serve", "--help"]);
    for option in ["--config <FILE>", "--state <DIR>", "--socket <PATH>", "--listen <ADDR:PORT>"] {
        assert!(serve.contains(option), "{option}: {serve}");
    }
    assert!(usage(&["connect", "--help"]).contains("--socket <PATH>"));
    let account = usage(&["account", "--help"]);
    for word in ["add", "list", "remove", "password"] {
        assert!(account.contains(word), "{word}: {account}");
        assert!(usage(&["account", word, "--help"]).contains("--state <DIR>"), "{word}");
    }
}

#[test]
fn a_wrong_option_gets_a_suggestion() {
    let output = run(&["serve", "--sokcet", "/tmp/x"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("'--socket'"), "{}", text(&output.stderr));
}

#[test]
fn a_wrong_address_is_refused_before_anything_starts() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let output = run(&["serve", "--state", state.to_str().unwrap(), "--listen", "localhost"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`localhost` is not an address and a port"), "{}", text(&output.stderr));
    assert!(!state.exists());
}

#[test]
fn a_wrong_configuration_is_refused_before_anything_starts() {
    let directory = tempfile::tempdir().unwrap();
    let (config, state) = (directory.path().join("pepd.toml"), directory.path().join("state"));
    fs::write(&config, "record = \"strict\"\nerror_vew = \"normal\"\n").unwrap();
    let output = run(&["serve", "--config", config.to_str().unwrap(), "--state", state.to_str().unwrap()], "");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    let expected = format!(
        "pepd: {}:2:1: unknown key `error_vew`\n  |\n2 | error_vew = \"normal\"\n  | ^^^^^^^^^ did you mean `error_view`?\n",
        config.display()
    );
    assert_eq!(text(&output.stderr), expected);
    assert!(!state.exists());
}

#[test]
fn accounts_are_added_listed_and_removed() {
    let state = tempfile::tempdir().unwrap();
    let said = account(&state, &["add", "alice"], &format!("{PASSWORD}\n"));
    assert_eq!(said, "The account 'alice' was created.\n");
    account(&state, &["add", "bob"], &format!("{PASSWORD}\r\n"));
    assert!(opens(state.path(), "alice", PASSWORD) && opens(state.path(), "bob", PASSWORD));
    let list = account(&state, &["list"], "");
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "CREATED", "LAST", "SIGN-IN", "STATE"]);
    assert_eq!((rows[1][0], rows[2][0], rows[2].last()), ("alice", "bob", Some(&"enabled")));
    assert_eq!(account(&state, &["remove", "ALICE"], ""), "The account 'alice' was removed.\n");
    assert_eq!(account(&state, &["list"], "").lines().count(), 2);
}

#[test]
fn a_new_password_takes_the_place_of_the_old_one() {
    let state = tempfile::tempdir().unwrap();
    account(&state, &["add", "alice"], PASSWORD);
    let said = account(&state, &["password", "Alice"], "Another horse 2\n");
    assert_eq!(said, "The account 'alice' has a new password.\n");
    assert!(opens(state.path(), "alice", "Another horse 2") && !opens(state.path(), "alice", PASSWORD));
}

#[test]
fn refusals_say_what_is_wrong() {
    let state = tempfile::tempdir().unwrap();
    let refusal = |arguments: &[&str], input: &str| account_refusal(&state, arguments, input);
    assert_eq!(
        refusal(&["add", "alice"], "short\n"),
        "pepd: The password does not meet the policy: it must have at least 14 characters; it must have three of: capital letters, \
         small letters, digits, other characters.\n"
    );
    assert_eq!(
        refusal(&["add", r"AZS\alice"], PASSWORD),
        "pepd: 'AZS\\alice' names a domain. Accounts of this endpoint have none: write 'alice'.\n"
    );
    assert_eq!(refusal(&["remove", "nobody"], ""), "pepd: There is no account 'nobody'.\n");
    assert_eq!(refusal(&["password", "nobody"], PASSWORD), "pepd: There is no account 'nobody'.\n");
    account(&state, &["add", "alice"], PASSWORD);
    assert_eq!(refusal(&["add", "Alice"], PASSWORD), "pepd: The account 'Alice' exists already.\n");
    let last = "pepd: The account 'alice' is the last one and cannot be removed.\n";
    assert_eq!(refusal(&["remove", "alice"], ""), last);
}

#[test]
fn connect_without_an_endpoint_says_where_it_looked() {
    let output = run(&["connect", "--socket", "/no/such/socket"], "");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    assert!(text(&output.stderr).contains("no endpoint answers at /no/such/socket"), "{}", text(&output.stderr));
}

/// A daemon whose greeting was read; ended when dropped.
struct Serving(Child, String);

impl Serving {
    fn start(arguments: &[&str], last_word: &str) -> Serving {
        let mut child =
            pepd().arg("serve").args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut printed = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !printed.contains(last_word) {
            assert_ne!(lines.read_line(&mut printed).unwrap(), 0, "pepd serve ended: {printed}");
        }
        Serving(child, printed)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn password_in(greeting: &str) -> String {
    greeting.split("shown this once:\n\n").nth(1).unwrap().lines().next().unwrap().trim().to_owned()
}

#[test]
fn the_first_start_shows_a_password_that_works_and_a_later_one_shows_none() {
    let directory = tempfile::tempdir().unwrap();
    let (state, socket) = (directory.path().join("state"), directory.path().join("socket"));
    let arguments = ["--state", state.to_str().unwrap(), "--socket", socket.to_str().unwrap()];
    let first = Serving::start(&arguments, "Enter-PSSession");
    let shown = password_in(&first.1);
    assert!(opens(&state, "CloudAdmin", &shown), "{}", first.1);
    let line =
        format!("Subsystem privileged-endpoint {} connect --socket {}\n", env!("CARGO_BIN_EXE_pepd"), socket.display());
    assert!(first.1.contains(&line), "{}", first.1);
    drop(first);
    for entry in fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(shown.len()).any(|window| window == shown.as_bytes()), "{}", path.display());
        }
    }
    let second = Serving::start(&arguments, "Enter-PSSession");
    assert!(!second.1.contains("password"), "{}", second.1);
}

#[test]
fn the_first_password_is_shown_even_if_the_endpoint_then_fails_to_start() {
    let directory = tempfile::tempdir().unwrap();
    let (state, socket) = (directory.path().join("state"), directory.path().join("socket"));
    fs::write(&socket, "in the way").unwrap();
    let output = run(&["serve", "--state", state.to_str().unwrap(), "--socket", socket.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("exists and is no socket"), "{}", text(&output.stderr));
    assert!(opens(&state, "CloudAdmin", &password_in(&text(&output.stdout))));
}

#[test]
fn a_socket_without_a_directory_is_refused_before_anything_starts() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let output = run(&["serve", "--state", state.to_str().unwrap(), "--socket", "/no/such/place/socket"], "");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    assert_eq!(text(&output.stderr), "pepd: there is no directory /no/such/place for the socket\n");
    assert!(!state.exists());
}

#[test]
fn the_password_is_not_logged() {
    let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
    let printed = endpoint.printed();
    assert_eq!(printed.matches(&password_in(&printed)).count(), 1, "{printed}");
}

#[test]
fn pepd_account_goes_by_the_policy_that_the_endpoint_was_started_with() {
    let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), "[accounts]\nminimum_password_length = 30\n");
    let state = endpoint.state();
    let output = run(&["account", "add", "alice", "--state", state.to_str().unwrap()], PASSWORD);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("at least 30 characters"), "{}", text(&output.stderr));
}

/// `pepd account add alice` typed on a terminal.
fn typed(state: &TempDir, first: &str, second: &str) -> (Option<bool>, String) {
    let state = state.path().to_str().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_pepd"));
    let mut console = Console::start(Size(24, 100), program, &["account", "add", "alice", "--state", state], &[]);
    for (question, answer) in [("New password for 'alice': ", first), ("The same again: ", second)] {
        console.wait_for(question.trim_end());
        console.rest_for(Duration::from_millis(120)); // the question stands there a moment before the echo is off
        console.type_text(answer);
        console.press(Key::Enter);
    }
    let ended = console.wait_for_end(Duration::from_secs(30));
    (ended, console.screen())
}

#[test]
fn on_a_terminal_the_password_is_asked_for_twice_and_not_shown() {
    let state = tempfile::tempdir().unwrap();
    let (ended, screen) = typed(&state, PASSWORD, PASSWORD);
    assert_eq!(ended, Some(true), "{screen}");
    assert!(screen.contains("The account 'alice' was created.") && !screen.contains("horse"), "{screen}");
    assert!(opens(state.path(), "alice", PASSWORD));
}

#[test]
fn two_different_passwords_change_nothing() {
    let state = tempfile::tempdir().unwrap();
    let (ended, screen) = typed(&state, PASSWORD, "Correct horse 2");
    assert_eq!(ended, Some(false), "{screen}");
    assert!(screen.contains("The two passwords differ; nothing was changed."), "{screen}");
    assert_eq!(account(&state, &["list"], "").lines().count(), 1);
}

/// Files of a check: a configuration that names an inventory.
fn files(inventory: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("inventory.toml");
    fs::write(&file, inventory).unwrap();
    fs::write(directory.path().join("pepd.toml"), format!("inventory = \"{}\"\n", file.display())).unwrap();
    directory
}

const STAMP: &str = "[stamp]\nname = \"edge01\"\nregion = \"east\"\nendpoints = [\"192.0.2.225\", \"192.0.2.226\"]\n\
                     [[nodes]]\nname = \"n1\"\nreach = \"local\"\n[power]\nhosts = [\"n1\"]\n";

#[test]
fn check_says_what_an_inventory_comes_to() {
    let files = files(STAMP);
    let path = |name: &str| files.path().join(name).display().to_string();
    let output = run(&["check", "--config", &path("pepd.toml")], "");
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], format!("{} is in order.", path("pepd.toml")));
    assert_eq!(lines[1], format!("{} is in order.", path("inventory.toml")));
    assert!(lines[2].starts_with("  stamp: edge01, region east, "), "{said}");
    assert_eq!(lines[3], "  nodes: n1 (this host)");
    assert!(
        lines[4].starts_with("  roles: BareMetal, SeedRing") && lines[4].ends_with("(seen of this host)"),
        "{said}"
    );
    assert_eq!(lines[7], "  power: n1");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn check_shows_every_mistake_of_both_files_and_fails() {
    let files = files("[stamp]\nregoin = \"east\"\n[[nodes]]\nname = \"n1\"\n");
    let (config, inventory) = (files.path().join("pepd.toml"), files.path().join("inventory.toml"));
    fs::write(&config, "error_vew = \"concise\"\n").unwrap();
    let output = run(&["check", "--config", config.to_str().unwrap(), "--inventory", inventory.to_str().unwrap()], "");
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    for place in [
        "pepd.toml:1:1: unknown key `error_vew`",
        "inventory.toml:2:1: unknown key `regoin`",
        "inventory.toml:3:1: one of",
    ] {
        assert!(said.contains(place), "{place}: {said}");
    }
}

#[test]
fn check_of_a_host_without_an_inventory_says_what_is_seen() {
    let output = run(&["check"], "");
    assert!(output.status.success());
    assert!(text(&output.stdout).starts_with("The inventory of this host is in order.\n"), "{}", text(&output.stdout));
}

#[test]
fn stamp_export_writes_the_vendors_form_with_every_instance() {
    let files = files(STAMP);
    let (config, written) = (files.path().join("pepd.toml"), files.path().join("AzureStackStampInformation.json"));
    let arguments = ["stamp", "export", written.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let output = run(&arguments, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let json = fs::read_to_string(&written).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(facts["EmergencyConsoleIPAddresses"], serde_json::json!(["192.0.2.225", "192.0.2.226"]));
    assert_eq!((&facts["RegionName"], &facts["NumberOfNodes"]), (&"east".into(), &1.into()));
    let output = run(&["stamp", "export", "--config", config.to_str().unwrap()], "");
    assert_eq!(text(&output.stdout), json, "the same on standard output");
    // what was written is what the vendor's file is read as
    fs::write(files.path().join("inventory.toml"), format!("[stamp]\ndeployment_info = \"{}\"\n", written.display()))
        .unwrap();
    let again: serde_json::Value =
        serde_json::from_slice(&run(&["stamp", "export", "--config", config.to_str().unwrap()], "").stdout).unwrap();
    assert_eq!(again["EmergencyConsoleIPAddresses"], facts["EmergencyConsoleIPAddresses"]);
    assert_eq!(again, facts);
}

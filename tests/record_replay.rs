//! `pepd record replay`: what stood on the screen of somebody who entered the endpoint, played again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::console::{Console, PATIENCE, Size};
use support::endpoint::Endpoint;
use support::stand_in::StandIn;

fn record(endpoint: &Endpoint, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pepd"));
    command.arg("record").args(arguments).arg("--state").arg(endpoint.state()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A user enters, works, is asked for things, makes mistakes, and leaves.
fn worked() -> Endpoint {
    let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
    let client = StandIn::new(&endpoint.connect_command());
    let console = client.client.console();
    let prompt = r"^\[server01\]: PS>$";
    console.send("Enter-PSSession -HostName SERVER01", prompt);
    console.send("Get-CloudAdminUserList", prompt);
    console.type_line("New-CloudAdminUser");
    console.wait_for("UserName:");
    console.type_line("deputy");
    console.wait_for("Password:");
    console.type_line("Str0ng&Long&Enough!");
    console.wait_for_last(prompt);
    console.send("Get-Nothing", prompt);
    console.type_line("Remove-CloudAdminUser deputy");
    console.wait_for("(default is");
    console.type_line("y");
    console.wait_for_last(prompt);
    console.type_line("Clear-Host");
    console.wait_until("an empty screen", PATIENCE, |lines| lines == ["[server01]: PS>"]);
    console.type_line("$x = 1");
    console.wait_for("The syntax is not supported");
    console.wait_for_last(prompt);
    console.send("exit", r"^PS LOCAL>$");
    let end = Instant::now() + Duration::from_secs(10);
    while !text(&record(&endpoint, &["list"]).stdout).contains("the client left") {
        assert!(Instant::now() < end);
        sleep(Duration::from_millis(50));
    }
    endpoint
}

/// The events of a file in asciicast v2, each checked by what its page says of it.
fn events(file: &Path) -> (serde_json::Value, Vec<(f64, String)>) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.ends_with('\n'));
    let mut lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let header = lines.next().unwrap();
    assert_eq!(header["version"], 2);
    for number in ["width", "height", "timestamp"] {
        assert!(header[number].as_u64().unwrap() > 0, "{header}");
    }
    let known = ["version", "width", "height", "timestamp", "idle_time_limit", "title", "env"];
    assert!(header.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{header}");
    let mut events: Vec<(f64, String)> = Vec::new();
    for event in lines {
        let [time, kind, data] = event.as_array().unwrap().as_slice() else { panic!("{event}") };
        assert_eq!(kind, "o");
        let time = time.as_f64().unwrap();
        assert!(events.last().is_none_or(|(before, _)| *before <= time), "time goes on");
        events.push((time, data.as_str().unwrap().to_owned()));
    }
    (header, events)
}

#[test]
fn the_screen_of_a_session_is_played_with_what_was_typed_asked_and_answered_and_no_secret() {
    let endpoint = worked();
    let session = text(&record(&endpoint, &["list"]).stdout).lines().nth(1).unwrap()[..36].to_owned();

    // into a pipe: at once, and plain
    let start = Instant::now();
    let played = record(&endpoint, &["replay", &session[..8]]);
    assert!(start.elapsed() < Duration::from_secs(2) && played.status.success(), "{}", text(&played.stderr));
    let played = text(&played.stdout);
    let expected = [
        format!("[session {session} of CloudAdmin, local user "),
        "PS> Get-CloudAdminUserList\n".into(),
        "\nName                 Created             LastSignIn ".into(),
        "\nCloudAdmin           ".into(),
        "PS> New-CloudAdminUser\n\
         cmdlet New-CloudAdminUser at command pipeline position 1\n\
         Supply values for the following parameters:\n\
         UserName: deputy\n\
         Password: ********\n"
            .into(),
        "\ndeputy               ".into(),
        "PS> Get-Nothing\nThe term 'Get-Nothing' is not recognized ".into(),
        "PS> Remove-CloudAdminUser deputy\n\
         Confirm\n\
         Are you sure you want to remove the account 'deputy'?\n\
         Yes  No: Yes\n"
            .into(),
        "PS> Clear-Host\n[the screen was cleared]\n".into(),
        "PS> $x = 1\nThe syntax is not supported by this runspace.".into(),
        "PS> Exit-PSSession\n[session end: the client left]\n".into(),
    ];
    let mut rest = played.as_str();
    for text in &expected {
        let Some((_, behind)) = rest.split_once(text.as_str()) else { panic!("{text}\n\nis not in\n\n{rest}") };
        rest = behind;
    }
    assert_eq!(rest, "");
    assert!(!played.contains("Str0ng") && !played.contains('\u{1B}') && !played.contains("PS> prompt"), "{played}");
    // without a session it is the last
    assert_eq!(text(&record(&endpoint, &["replay"]).stdout), played);

    // into a file, with colours and times
    let file = endpoint.state().join("session.cast");
    let written = record(&endpoint, &["replay", "--asciicast", file.to_str().unwrap(), "--idle-limit", "2"]);
    assert!(written.status.success(), "{}", text(&written.stderr));
    let (header, events) = events(&file);
    assert_eq!(
        (header["idle_time_limit"].as_f64(), header["title"].as_str().unwrap().split(' ').next()),
        (Some(2.0), Some("CloudAdmin"))
    );
    let all: String = events.iter().map(|(_, text)| text.as_str()).collect();
    assert!(all.contains("\u{1B}[32;1mName") && all.contains("\u{1B}[31mThe term"), "{all:?}");
    assert!(!all.contains("Str0ng") && !all.contains("\u{1B}[2J") && all.ends_with("\r\n"), "{all:?}");
    let plain = regex::Regex::new("\u{1B}\\[[0-9;]*m").unwrap().replace_all(&all, "").replace("\r\n", "\n");
    assert_eq!(plain, played);
    let took = events.last().unwrap().0;
    assert!((1.0..60.0).contains(&took), "{took}");
    let again = record(&endpoint, &["replay", "--asciicast", file.to_str().unwrap()]);
    assert!(!again.status.success() && text(&again.stderr).contains("File exists"), "{}", text(&again.stderr));

    // on a terminal: with pauses, and in colour
    let state = endpoint.state();
    let arguments = ["record", "replay", "--speed", "2", "--idle-limit", "0.3", "--state", state.to_str().unwrap()];
    let environment = [("TERM".into(), "xterm-256color".into())];
    let start = Instant::now();
    let mut console = Console::start(Size(60, 120), Path::new(env!("CARGO_BIN_EXE_pepd")), &arguments, &environment);
    assert_eq!(console.wait_for_end(Duration::from_mins(1)), Some(true));
    assert!(start.elapsed().as_secs_f64() > took / 20.0, "the pauses are played: {:?}", start.elapsed());
    console.wait_until("the end", PATIENCE, |lines| lines.last().is_some_and(|line| line.starts_with("[session end")));
    let lines = console.lines();
    assert!(lines.iter().any(|line| line.starts_with("PS> Remove-CloudAdminUser deputy")), "{lines:?}");
}

#[test]
fn a_terminal_gets_colour_and_a_pager_and_a_pipe_neither() {
    let endpoint = worked();
    let state = endpoint.state();
    let session = text(&record(&endpoint, &["list"]).stdout).lines().nth(1).unwrap()[..36].to_owned();
    let pager = state.join("pager");
    fs::write(&pager, "#!/bin/sh\necho PAGED \"$@\"\nexec cat\n").unwrap();
    fs::set_permissions(&pager, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let raw = state.join("raw");
    // `script` notes what a terminal gets
    let on_terminal = |arguments: &str, variables: &str| {
        let line = format!("{variables} {} record {arguments} --state {}", env!("CARGO_BIN_EXE_pepd"), state.display());
        let mut script = Command::new("script");
        let ran = script.args(["-qec", &line]).arg(&raw).env("TERM", "xterm-256color").output().unwrap();
        assert!(ran.status.success(), "{}", text(&ran.stdout));
        fs::read_to_string(&raw).unwrap()
    };
    let paged = format!("PAGER='{} -x'", pager.display());
    for arguments in ["list", &format!("show {session}"), "search --command Get-CloudAdminUserList"] {
        let piped = record(&endpoint, &arguments.split(' ').collect::<Vec<_>>());
        assert!(piped.status.success() && !text(&piped.stdout).contains('\u{1B}'));
        let shown = on_terminal(arguments, &paged);
        assert!(shown.contains("PAGED -x\r\n") && shown.contains("\u{1B}["), "{arguments}: {shown:?}");
        let plain = on_terminal(arguments, &format!("NO_COLOR=1 {paged}"));
        assert!(plain.contains("PAGED") && !plain.contains("\u{1B}["), "{arguments}: {plain:?}");
        let whole = on_terminal(&format!("{arguments} --no-pager"), &paged);
        assert!(!whole.contains("PAGED") && whole.contains("\u{1B}["), "{arguments}: {whole:?}");
        let without = on_terminal(arguments, "PAGER=/no/such/pager");
        assert!(without.contains("\u{1B}["), "{arguments}: {without:?}");
    }
    // whoever has seen enough is no failure
    let line = format!(
        "{} record show {session} --state {} | head -1; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_pepd"),
        state.display()
    );
    let headed = Command::new("bash").args(["-c", &line]).output().unwrap();
    assert_eq!((text(&headed.stdout).lines().last(), text(&headed.stderr).as_str()), (Some("0"), ""));
}

//! The stand-in for `ssh` relays every byte and notes it.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use support::machine;
use support::stand_in::announce;

#[test]
fn it_relays_and_notes_both_directions() {
    let directory = tempfile::tempdir().unwrap();
    let capture = directory.path().join("capture.jsonl");
    let mut child = Command::new(machine::built("stand-in-ssh"))
        .env("STAND_IN_SERVER", "cat")
        .env("STAND_IN_CAPTURE", &capture)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"<Command PSGuid='1' />\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"<Command PSGuid='1' />\n");
    let notes: Vec<(String, String)> = fs::read_to_string(capture)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|note| (note["d"].as_str().unwrap().to_owned(), note["b"].as_str().unwrap().to_owned()))
        .collect();
    let line = "<Command PSGuid='1' />\n".to_owned();
    assert_eq!(notes, [("C".into(), String::new()), ("C".into(), line.clone()), ("S".into(), line)]);
}

#[test]
fn it_lowers_an_announced_protocol_version() {
    // "x"protocolversion">2.4<y" and the same with 2.3, in base64
    let line = b"<Data Stream='Default' PSGuid='0'>eCJwcm90b2NvbHZlcnNpb24iPjIuNDx5</Data>\n";
    let lowered = announce(line, "2.3");
    assert_eq!(lowered, b"<Data Stream='Default' PSGuid='0'>eCJwcm90b2NvbHZlcnNpb24iPjIuMzx5</Data>\n");
}

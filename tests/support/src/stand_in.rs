//! A stand-in for `ssh`: a PowerShell that finds it on its `PATH` talks with a server of ours instead, and every byte is noted.
//!
//! PowerShell's `New-PSSession -HostName x` starts the program `ssh` and speaks PSRP's out-of-process framing with it. The
//! program `stand-in-ssh` runs the command line in `STAND_IN_SERVER`, whatever its own arguments, and relays.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tempfile::TempDir;

use crate::machine;
use crate::pwsh::Client;

/// A client that reaches a server by the stand-in, and the recording of what they said.
pub struct StandIn {
    /// The client.
    pub client: Client,
    directory: TempDir,
}

impl StandIn {
    /// `server` is a command line for `sh` that speaks the framing on its standard input and output.
    pub fn new(server: &str) -> StandIn {
        let directory = tempfile::tempdir().unwrap();
        symlink(machine::built("stand-in-ssh"), directory.path().join("ssh")).unwrap();
        let client = Client::new()
            .path_first(directory.path())
            .variable("PWSH", machine::pwsh())
            .variable("STAND_IN_SERVER", server)
            .variable("STAND_IN_CAPTURE", directory.path().join("capture.jsonl"))
            .variable("STAND_IN_PID", directory.path().join("pid"));
        StandIn { client, directory }
    }

    /// Makes both sides announce another protocol version of three characters, so that they fall back to it.
    #[must_use]
    pub fn protocol(mut self, version: &str) -> StandIn {
        self.client = self.client.variable("STAND_IN_PROTOCOL", version);
        self
    }

    /// The recording, one JSON object a chunk.
    pub fn capture(&self) -> PathBuf {
        self.directory.path().join("capture.jsonl")
    }

    /// Ends the server process at once, as a crash would.
    pub fn kill_server(&self) {
        let pid = std::fs::read_to_string(self.directory.path().join("pid")).unwrap();
        let killed = std::process::Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap();
        assert!(killed.success(), "no server process {pid}");
    }

    /// A place for files that go with it.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// Replaces the protocol version that a line of the framing announces; the length stays, so the fragments stay valid.
pub fn announce(line: &[u8], version: &str) -> Vec<u8> {
    let unchanged = || line.to_vec();
    if version == "2.4" {
        return unchanged();
    }
    let Some(text) = str::from_utf8(line).ok().filter(|text| text.starts_with("<Data ")) else { return unchanged() };
    let Some((head, rest)) = text.split_once('>') else { return unchanged() };
    let Some((data, tail)) = rest.split_once('<') else { return unchanged() };
    let Ok(mut raw) = BASE64.decode(data) else { return unchanged() };
    for name in
        ["\"protocolversion\">", "\"PSRemotingProtocolVersion\">", "PSRemotingProtocolVersion</S><Version N=\"Value\">"]
    {
        let from = format!("{name}2.4<").into_bytes();
        let to = format!("{name}{version}<").into_bytes();
        assert_eq!(from.len(), to.len(), "a version has three characters");
        while let Some(at) = raw.windows(from.len()).position(|window| window == from) {
            raw[at..at + to.len()].copy_from_slice(&to);
        }
    }
    format!("{head}>{}<{tail}", BASE64.encode(raw)).into_bytes()
}

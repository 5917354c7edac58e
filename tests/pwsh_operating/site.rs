//! An endpoint with an inventory, and PowerShell as its client.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use support::console::Console;
use support::endpoint::Endpoint;
use support::pwsh::Printed;
use support::stand_in::StandIn;
use tempfile::TempDir;

use crate::PROMPT;

pub(crate) struct Site {
    pub(crate) endpoint: Endpoint,
    client: StandIn,
    directory: TempDir,
}

/// A stamp of one node, whose power is a line in a file.
pub(crate) const STAMP: &str = r#"
[stamp]
name = "edge01"
region = "east"
timezone = "Europe/Berlin"
version = "1.2108.2.65"
external_domain = "example.com"
dns = ["192.0.2.53", "192.0.2.54"]
endpoints = ["192.0.2.225"]
tenant_endpoints = { resource_manager = "https://management.east.example.com/", portal = "https://portal.east.example.com/" }
[[nodes]]
name = "n1"
reach = "local"
power = { off = ["sh", "-c", "echo n1 off >> HERE/log"] }
"#;

/// A stand-in for `systemctl`, which this machine may have no systemd for: it notes what it is told in `log`, and whether the unit runs
/// in `active`.
fn write_systemctl(here: &Path) {
    let file = here.join("bin/systemctl");
    fs::create_dir(here.join("bin")).unwrap();
    let script = "#!/bin/sh\necho \"systemctl $*\" >> HERE/log\ncase \"$1\" in\nis-active) test -e HERE/active ;;\n\
                  start) touch HERE/active ;;\nstop) rm -f HERE/active ;;\n*) exit 1 ;;\nesac\n";
    fs::write(&file, script.replace("HERE", &here.display().to_string())).unwrap();
    fs::set_permissions(file, Permissions::from_mode(0o755)).unwrap();
}

impl Site {
    /// `HERE` in the inventory is a directory. A client with this `LANG`.
    pub(crate) fn new(inventory: &str, configuration: &str, language: &str) -> Site {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path().display().to_string();
        let file = directory.path().join("inventory.toml");
        fs::write(&file, inventory.replace("HERE", &here)).unwrap();
        let configuration = format!("inventory = \"{}\"\n{}", file.display(), configuration.replace("HERE", &here));
        write_systemctl(directory.path());
        let path = std::env::var("PATH").unwrap_or_default();
        let environment = [("PATH", PathBuf::from(format!("{here}/bin:{path}")))];
        let endpoint = Endpoint::start_in(env!("CARGO_BIN_EXE_pepd"), &configuration, &environment);
        let mut client = StandIn::new(&endpoint.connect_command());
        client.client = client.client.variable("LANG", language);
        Site { endpoint, client, directory }
    }

    /// Runs a script; `$s` is a session.
    pub(crate) fn run(&self, script: &str) -> Printed {
        let printed = self.client.client.run(&format!(
            "$PSStyle.OutputRendering = 'PlainText'\n$s = New-PSSession -HostName SERVER01\n{script}\nRemove-PSSession $s\n"
        ));
        assert!(printed.success, "{}", printed.text);
        printed
    }

    /// What a client is told that is not let in.
    pub(crate) fn refused(&self) -> String {
        let attempt = "try { New-PSSession -HostName SERVER01 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId; $_.Exception.Message }";
        self.client.client.run(attempt).text
    }

    /// A console in the endpoint.
    pub(crate) fn enter(&self) -> Console {
        let console = self.client.client.console();
        console.send("Enter-PSSession -HostName SERVER01", PROMPT);
        console
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn here(&self) -> &Path {
        self.directory.path()
    }

    /// What the programs of the power plan wrote.
    pub(crate) fn log(&self) -> Vec<String> {
        fs::read_to_string(self.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

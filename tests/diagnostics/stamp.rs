//! A daemon with an inventory of one or two nodes, and the folders that it may write to.

use std::fs;
use std::path::PathBuf;

use support::endpoint::Endpoint;
use support::machine;
use support::pwsh::Printed;
use support::sshd::{ADDRESS, Sshd};
use support::stand_in::StandIn;
use tempfile::TempDir;

pub(crate) struct Stamp {
    pub(crate) endpoint: Endpoint,
    pub(crate) client: StandIn,
    pub(crate) place: TempDir,
    _sshd: Option<Sshd>,
}

impl Stamp {
    /// node01 is this host. `PLACE` in the inventory is a folder with `logs` (some of a role) and `out` (where logs may go).
    pub(crate) fn new(inventory: &str) -> Stamp {
        Stamp::with(inventory, None, "")
    }

    /// The same with a second node, for the role Storage.
    pub(crate) fn of_two(inventory: &str) -> Stamp {
        Stamp::with(inventory, Some(Sshd::node(ADDRESS)), "")
    }

    /// The same with more configuration.
    pub(crate) fn with(inventory: &str, sshd: Option<Sshd>, configuration: &str) -> Stamp {
        let place = tempfile::tempdir().unwrap();
        let here = place.path().display().to_string();
        let configuration = write_place(&place, inventory, sshd.as_ref()) + configuration;
        let endpoint = Endpoint::start_with(env!("CARGO_BIN_EXE_pepd"), &configuration.replace("PLACE", &here));
        let client = StandIn::new(&endpoint.connect_command());
        Stamp { endpoint, client, place, _sshd: sshd }
    }

    /// Runs a script; `$s` is a session, `$out` the folder.
    pub(crate) fn run(&self, script: &str) -> Printed {
        let printed = self.client.client.run(&format!(
            "$PSStyle.OutputRendering = 'PlainText'; $ProgressPreference = 'SilentlyContinue'\n$out = '{}'\n\
             function Attempt([scriptblock] $Block) {{ try {{ Invoke-Command $s $Block -ErrorAction Stop }} catch {{ $_.FullyQualifiedErrorId }} }}\n\
             $s = New-PSSession -HostName SERVER01\n{script}\nRemove-PSSession $s\n",
            self.out().display()
        ));
        assert!(printed.success, "{}", printed.text);
        printed
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.place.path().join("out")
    }

    /// The folders of collections, by name.
    pub(crate) fn collections(&self) -> Vec<PathBuf> {
        collections(&self.out())
    }
}

/// The folders of collections that a folder holds, by name.
pub(crate) fn collections(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("AzureStackLogs-")).collect();
    found.sort();
    found
}

/// Writes the folders and the inventory; gives the configuration.
pub(crate) fn write_place(place: &TempDir, inventory: &str, sshd: Option<&Sshd>) -> String {
    let here = place.path().display().to_string();
    for folder in ["logs", "out"] {
        fs::create_dir(place.path().join(folder)).unwrap();
    }
    fs::write(place.path().join("logs/storage.log"), "a line of the storage\n".repeat(1000)).unwrap();
    let roles = if inventory.contains("[roles.Slow]") { "\"Storage\", \"Slow\"" } else { "\"Storage\"" };
    let mut text = format!("[[nodes]]\nname = \"node01\"\nreach = \"local\"\nroles = [{roles}]\n");
    if let Some(sshd) = sshd {
        let second = format!(
            "[[nodes]]\nname = \"node02\"\naddress = \"{ADDRESS}\"\nroles = [\"Storage\"]\n\
             ssh = {{ user = \"{}\", port = {}, key = \"{}\", host_key = \"{}\" }}\n",
            machine::user(),
            sshd.port(),
            sshd.key().display(),
            sshd.host_key()
        );
        text += &second;
    }
    text += "[roles.Storage]\nlogs = [{ files = \"PLACE/logs/*.log\" }]\n";
    text += inventory;
    fs::write(place.path().join("inventory.toml"), text.replace("PLACE", &here)).unwrap();
    "inventory = \"PLACE/inventory.toml\"\n[logs]\nfolders = [\"PLACE/out\"]\n".replace("PLACE", &here)
}

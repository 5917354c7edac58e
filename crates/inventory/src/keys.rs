//! The reference of all keys, from which `docs/inventory.md` is made and by which a file is checked.

use std::fmt::Write as _;

/// One key, as the reference shows it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The section it stands in.
    pub section: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The section of the tables that stand under it, or nothing.
    pub tables: &'static str,
    /// A value, for the page and for what is said about a wrong one.
    pub example: &'static str,
    /// What it is.
    pub text: &'static str,
}

const fn key(section: &'static str, name: &'static str, example: &'static str, text: &'static str) -> Key {
    Key { section, name, tables: "", example, text }
}

const fn tables(section: &'static str, name: &'static str, tables: &'static str, text: &'static str) -> Key {
    Key { section, name, tables, example: "", text }
}

/// All keys, in the order of the reference.
pub const KEYS: &[Key] = &[
    tables("", "stamp", "stamp", "The facts of the stamp."),
    tables("", "nodes", "nodes", "The nodes, `[[nodes]]` each."),
    tables("", "roles", "roles", "The roles, `[roles.NAME]` each."),
    tables("", "checks", "checks", "The health checks, `[[checks]]` each."),
    tables("", "power", "power", "How everything is stopped and started."),
    tables("", "certificates", "certificates", "Certificates to look after, `[[certificates]]` each."),
    tables("", "cluster", "cluster", "Whose logs `Get-ClusterLog` gives."),
    key(
        "stamp",
        "name",
        "\"edge01\"",
        "The stamp's name, which is typed to confirm that it is to be stopped. Else this computer's name.",
    ),
    key("stamp", "region", "\"east\"", "`RegionName`."),
    key(
        "stamp",
        "timezone",
        "\"Europe/Berlin\"",
        "The zone that the stamp's times are meant in, by its IANA name; `Timezone` is the same zone by its Windows name. Else this computer's.",
    ),
    key("stamp", "domain", "\"edge01.example.com\"", "`DomainFQDN`. Else this computer's domain."),
    key("stamp", "netbios_name", "\"EDGE01\"", "`DomainNetBIOSName`. Else the first part of the domain."),
    key("stamp", "external_domain", "\"example.com\"", "`ExternalDomainFQDN`."),
    key("stamp", "version", "\"1.2108.2.65\"", "`StampVersion`. Else the version of this computer's system."),
    key(
        "stamp",
        "cloud_id",
        "\"6f1c3a7e-2f0b-4a53-9a3e-0a9d2a0b7c11\"",
        "`CloudID`, a GUID. Else one that is made from this machine's id and stays.",
    ),
    key(
        "stamp",
        "deployment_id",
        "\"0b8f6a52-9c1d-4d7b-8a53-5d1f0e2c4b90\"",
        "`DeploymentID`, a GUID; the same holds.",
    ),
    key("stamp", "tenant_id", "\"3c7d9a10-7a60-4a54-8f3c-6f0d5a1e2b34\"", "`AADTenantID`."),
    key("stamp", "tenant_name", "\"example.onmicrosoft.com\"", "`AADTenantName`."),
    key(
        "stamp",
        "dns",
        "[\"192.0.2.53\", \"192.0.2.54\"]",
        "Addresses of the stamp's name servers: `ExternalDNSIPAddress01`, `…02` and so on.",
    ),
    key("stamp", "time_servers", "[\"ntp.example.com\"]", "`TimeServers`."),
    key(
        "stamp",
        "endpoints",
        "[\"192.0.2.225\", \"192.0.2.226\"]",
        "Addresses of all instances of this endpoint: `EmergencyConsoleIPAddresses`. Else this computer's addresses.",
    ),
    tables("stamp", "tenant_endpoints", "stamp.endpoints", "Addresses for tenants: `TenantExternalEndpoints`."),
    tables("stamp", "admin_endpoints", "stamp.endpoints", "Addresses for administrators: `AdminExternalEndpoints`."),
    key(
        "stamp",
        "deployment_info",
        "\"/etc/pepd/AzureStackStampDeploymentInfo.json\"",
        "The vendor's file. What it says holds where this file says nothing, and members that are not known are kept.",
    ),
    key(
        "stamp.endpoints",
        "resource_manager",
        "\"https://management.east.example.com/\"",
        "`TenantResourceManager`, `AdminResourceManager`.",
    ),
    key("stamp.endpoints", "hosting", "\"https://hosting.east.example.com/\"", "`TenantHosting`, `AdminHosting`."),
    key("stamp.endpoints", "portal", "\"https://portal.east.example.com/\"", "`TenantPortal`, `AdminPortal`."),
    key("nodes", "name", "\"node01\"", "Its name. Letter case makes no other name."),
    key(
        "nodes",
        "address",
        "\"192.0.2.11\"",
        "Its address or name in the network. Must be there for a node reached by SSH.",
    ),
    key("nodes", "roles", "[\"Storage\"]", "The roles it has. Without it all of them."),
    key(
        "nodes",
        "reach",
        "\"local\"",
        "`\"local\"`: it is this computer. Each node has this or `ssh`; one node is local at most.",
    ),
    tables("nodes", "ssh", "nodes.ssh", "It is reached by SSH."),
    tables("nodes", "power", "nodes.power", "How it is powered off and on."),
    key("nodes.ssh", "user", "\"pepd\"", "The user there."),
    key("nodes.ssh", "port", "22", "The port; 22 if it does not say."),
    key("nodes.ssh", "key", "\"/etc/pepd/node_key\"", "The file of the private key."),
    key(
        "nodes.ssh",
        "host_key",
        "\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN3ZmJX0nY1vJ7T0K3vX8l0ySgC5Q3h0l3y0y5d5z5x5\"",
        "The node's public key. No other is taken.",
    ),
    key(
        "nodes.power",
        "off",
        "[\"systemctl\", \"poweroff\"]",
        "What powers it off, run on the node itself. This is it when neither `off` nor `redfish` is there.",
    ),
    tables("nodes.power", "redfish", "nodes.power.redfish", "Its management controller powers it off and on."),
    tables("nodes.power", "wake_on_lan", "nodes.power.wake_on_lan", "A packet powers it on."),
    key(
        "nodes.power.redfish",
        "system",
        "\"https://192.0.2.111/redfish/v1/Systems/1\"",
        "The address of its computer system.",
    ),
    key("nodes.power.redfish", "user", "\"power\"", "The controller's user."),
    key("nodes.power.redfish", "password_file", "\"/etc/pepd/bmc\"", "The file whose first line is the password."),
    key(
        "nodes.power.redfish",
        "certificate",
        "\"/etc/pepd/bmc.pem\"",
        "The controller's certificate or its authority's, PEM. Else the roots that this computer trusts.",
    ),
    key("nodes.power.wake_on_lan", "mac", "\"02:00:5e:10:00:01\"", "The address of its network card."),
    key(
        "nodes.power.wake_on_lan",
        "broadcast",
        "\"192.0.2.255:9\"",
        "Where the packet goes; `255.255.255.255:9` if it does not say.",
    ),
    key("roles", "description", "\"Block and file storage\"", "What the role is."),
    tables(
        "roles",
        "logs",
        "roles.logs",
        "Where its logs are: a list of `{ files = … }`, `{ journal = … }` and `{ command = … }`.",
    ),
    key(
        "roles",
        "dumps",
        "[\"/var/lib/systemd/coredump/*\"]",
        "Files of memory dumps, which are left out unless they are asked for.",
    ),
    key(
        "roles.logs",
        "files",
        "\"/var/log/ceph/*.log\"",
        "Files, by a pattern with `*`, `?` and `[…]` in any part of an absolute path.",
    ),
    key(
        "roles.logs",
        "journal",
        "\"ceph-*.service\"",
        "What a unit, or the units of a pattern, wrote to the journal. `\"*\"` is the whole journal.",
    ),
    key("roles.logs", "command", "[\"ip\", \"addr\"]", "What a program prints."),
    key("roles.logs", "name", "\"addresses\"", "The name of its file; without it, one made of the source."),
    key(
        "roles.logs",
        "type",
        "\"Share\"",
        "The log type it counts as: `File`, `Share` or `WindowsEvent`. A journal is `WindowsEvent` if it does not say, the others `File`.",
    ),
    key("checks", "name", "\"AzsInfraCapacity\"", "Its name, which begins with `Azs`."),
    key("checks", "description", "\"Room on the disks\"", "What it looks at, in words."),
    tables(
        "checks",
        "disk",
        "checks.paths",
        "Room on the file systems of `paths`, in percent that are used: 80 and 95.",
    ),
    tables("checks", "inodes", "checks.paths", "Inodes on them, in percent that are used: 80 and 95."),
    tables("checks", "memory", "checks.limits", "Memory that is used, in percent: 90 and 98."),
    tables("checks", "load", "checks.limits", "Load for each processor, over 5 minutes: 2 and 8."),
    tables("checks", "time", "checks.time", "How far the clock is off, in seconds: 1 and 30."),
    tables("checks", "units", "checks.units", "Units of systemd that failed."),
    tables(
        "checks",
        "certificates",
        "checks.limits",
        "Days until the first of the `[[certificates]]` expires: 90 and 30.",
    ),
    tables("checks", "dns", "checks.dns", "Names that must be resolved."),
    tables("checks", "services", "checks.services", "Addresses that somebody must listen at."),
    tables("checks", "share", "checks.share", "A folder that must be writable."),
    tables("checks", "core_dumps", "checks.files", "Memory dumps of the last hours."),
    tables("checks", "updates", "checks.limits", "Updates that wait to be installed: 1 and 1000."),
    tables(
        "checks",
        "command",
        "checks.command",
        "A program of your own: 0 is PASS, 1 is WARN, all else is FAIL, and what it prints is the detail.",
    ),
    key(
        "checks",
        "groups",
        "[\"Default\", \"UpdateReadiness\"]",
        "The groups it is in: `Default`, `UpdateReadiness`, `SecretRotationReadiness`. Without it `Default`.",
    ),
    key("checks", "nodes", "[\"node01\"]", "The nodes it is done on. Without it all of them."),
    key(
        "checks",
        "repair",
        "[\"journalctl\", \"--vacuum-size=500M\"]",
        "What may mend it, run on the node. Without it nothing does.",
    ),
    key(
        "checks.paths",
        "paths",
        "[\"/\", \"/var\"]",
        "Paths, each on the file system that is looked at; `/` if it does not say.",
    ),
    key("checks.paths", "warn", "80", "From here on it is a WARN."),
    key("checks.paths", "fail", "95", "From here on it is a FAIL."),
    key("checks.limits", "warn", "90", "From here on it is a WARN."),
    key("checks.limits", "fail", "98", "From here on it is a FAIL."),
    key(
        "checks.time",
        "server",
        "\"ntp.example.com\"",
        "The time server to compare with. Without it the host's own time service is asked.",
    ),
    key("checks.time", "warn", "1", "From here on it is a WARN."),
    key("checks.time", "fail", "30", "From here on it is a FAIL."),
    key("checks.units", "units", "[\"ceph-*.service\"]", "Only these; without it all."),
    key("checks.dns", "names", "[\"example.com\"]", "The names."),
    key("checks.dns", "server", "\"192.0.2.53\"", "The server to ask; without it the host's resolver."),
    key("checks.services", "listen", "[\"127.0.0.1:443\"]", "Addresses with ports."),
    key("checks.share", "path", "\"/srv/backup\"", "The folder."),
    key(
        "checks.files",
        "files",
        "[\"/var/lib/systemd/coredump/*\"]",
        "Patterns of the files; that is it if it does not say.",
    ),
    key("checks.files", "hours", "24", "How far back: 1 to 8760; 24 if it does not say."),
    key("checks.command", "run", "[\"/usr/local/bin/portal-check\"]", "The program with its arguments."),
    tables(
        "power",
        "workloads",
        "power.step",
        "What is stopped first and started last: a list of steps, in the order of stopping.",
    ),
    tables("power", "services", "power.step", "What is stopped then."),
    key(
        "power",
        "hosts",
        "[\"node02\", \"node01\"]",
        "The nodes to power off, in this order; this computer is always the last, wherever it stands. Without it all nodes, in the order of the file.",
    ),
    key("power.step", "name", "\"Web shop\"", "Its name."),
    key("power.step", "description", "\"Orders are taken until here\"", "What it does, in words."),
    key(
        "power.step",
        "units",
        "[\"shop.service\"]",
        "Units of systemd, which are stopped and started. Each step has these or `stop`.",
    ),
    key("power.step", "stop", "[\"/usr/local/bin/shop\", \"stop\"]", "What stops it."),
    key(
        "power.step",
        "start",
        "[\"/usr/local/bin/shop\", \"start\"]",
        "What starts it. Without it, it starts with its node.",
    ),
    key(
        "power.step",
        "running",
        "[\"/usr/local/bin/shop\", \"status\"]",
        "Ends with 0 if it runs, and with another number if it does not. Without it, it is stopped and started whether or not it runs.",
    ),
    key("power.step", "nodes", "[\"node02\"]", "The nodes it is done on, one after the other. Without it all of them."),
    key("certificates", "name", "\"Portal\"", "Its name."),
    key(
        "certificates",
        "path",
        "\"/etc/ssl/portal.pem\"",
        "Its file on this computer, PEM. Each certificate has this or `address`.",
    ),
    key("certificates", "address", "\"portal.example.com:443\"", "Who shows it over TLS."),
    key(
        "cluster",
        "units",
        "[\"corosync.service\", \"pacemaker.service\"]",
        "Units whose journal is the node's cluster log.",
    ),
    key("cluster", "files", "[\"/var/log/pacemaker/*.log\"]", "Files that belong to it, by patterns."),
];

const SECTIONS: &[(&str, &str, &str)] = &[
    (
        "",
        "Sections",
        "All of them may be left out. `nodes`, `roles`, `checks`, `certificates` and `cluster` are then derived from this computer: its system, the units that it has, what lies in `/var/log`. Without `power` there is no `Stop-AzureStack`.",
    ),
    ("stamp", "`[stamp]`", "Facts that `Get-AzureStackStampInformation` gives."),
    ("stamp.endpoints", "`stamp.tenant_endpoints`, `stamp.admin_endpoints`", "Addresses."),
    ("nodes", "`[[nodes]]`", "One table a node."),
    (
        "nodes.ssh",
        "`nodes.ssh`",
        "The program `ssh` of this computer brings commands there, without anybody's configuration or known hosts.",
    ),
    (
        "nodes.power",
        "`nodes.power`",
        "A node without it is powered off by `systemctl poweroff`, and powered on by hand.",
    ),
    (
        "nodes.power.redfish",
        "`nodes.power.redfish`",
        "The controller is told `GracefulShutdown` and `On`, and asked until it has come to that.",
    ),
    ("nodes.power.wake_on_lan", "`nodes.power.wake_on_lan`", "The packet is sent until the node answers."),
    ("roles", "`[roles.NAME]`", "One table a role; its name is what `-FilterByRole` takes."),
    ("roles.logs", "`roles.NAME.logs`", "Each source is one of `files`, `journal` and `command`."),
    (
        "checks",
        "`[[checks]]`",
        "One table a check; it has one of the keys from `disk` to `command`. The two numbers are when it warns and when it fails, if it does not say.",
    ),
    ("checks.paths", "`checks.disk`, `checks.inodes`", ""),
    ("checks.limits", "`checks.memory`, `checks.load`, `checks.certificates`, `checks.updates`", ""),
    ("checks.time", "`checks.time`", ""),
    ("checks.units", "`checks.units`", ""),
    ("checks.dns", "`checks.dns`", ""),
    ("checks.services", "`checks.services`", ""),
    ("checks.share", "`checks.share`", ""),
    ("checks.files", "`checks.core_dumps`", ""),
    ("checks.command", "`checks.command`", ""),
    (
        "power",
        "`[power]`",
        "`Stop-AzureStack` goes through workloads, services and hosts; `Start-AzureStack` goes the same way back.",
    ),
    ("power.step", "`[[power.workloads]]`, `[[power.services]]`", "One table a step."),
    ("certificates", "`[[certificates]]`", "One table a certificate."),
    (
        "cluster",
        "`[cluster]`",
        "Without it: the units of a cluster manager that this computer has, else the whole journal.",
    ),
];

/// The names of a section's keys.
pub(crate) fn of_section(section: &str) -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(move |key| key.section == section).map(|key| key.name)
}

fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

/// The section of the tables under a key.
pub(crate) fn below(section: &str, name: &str) -> &'static str {
    find(section, name).map_or("", |key| key.tables)
}

/// What somebody could write.
pub(crate) fn example(section: &str, name: &str) -> String {
    let example = find(section, name).map_or("", |key| key.example);
    if example.is_empty() { String::new() } else { format!("such as: {name} = {example}") }
}

/// Where a key stands that is not known here.
pub(crate) fn section_of(name: &str) -> Option<&'static str> {
    let section = KEYS.iter().find(|key| key.name.eq_ignore_ascii_case(name))?.section;
    SECTIONS.iter().find(|(named, ..)| *named == section && !section.is_empty()).map(|(_, heading, _)| *heading)
}

/// The tables of `docs/inventory.md`.
pub fn reference() -> String {
    let mut page = String::new();
    for (section, heading, text) in SECTIONS {
        let _ = write!(page, "\n## {heading}\n\n");
        if !text.is_empty() {
            let _ = write!(page, "{text}\n\n");
        }
        page.push_str("| Key | Example | |\n|---|---|---|\n");
        for key in KEYS.iter().filter(|key| key.section == *section) {
            let example = if key.example.is_empty() { String::new() } else { format!("`{}`", key.example) };
            let _ = writeln!(page, "| `{}` | {example} | {} |", key.name, key.text);
        }
    }
    page
}

//! Health checks: what each looks at, and from when on it warns and fails.

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::Node;
use crate::document::{Table, unique};
use crate::role::{parse_host_and_port, parse_pattern, parse_unit};

/// One health check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name, which begins with `Azs`.
    pub name: String,
    /// What it looks at, in words; may be empty.
    pub description: String,
    /// What it looks at.
    pub looks_at: LooksAt,
    /// The groups it is in.
    pub groups: Vec<Group>,
    /// The names of the nodes it is done on; none are all.
    pub nodes: Vec<String>,
    /// What may mend it, run on the node.
    pub repair: Option<Vec<String>>,
}

/// The values of `-Group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the field's own names
pub enum Group {
    Default,
    UpdateReadiness,
    SecretRotationReadiness,
}

/// From when on a check warns and fails. If `fail` is less than `warn`, less is worse.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Limits {
    pub warn: f64,
    pub fail: f64,
}

/// What a check looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum LooksAt {
    /// Percent of the room that is used on the file systems of these paths.
    Disk(Vec<String>, Limits),
    /// Percent of the inodes that are used on the file systems of these paths.
    Inodes(Vec<String>, Limits),
    /// Percent of the memory that is used.
    Memory(Limits),
    /// Load over five minutes for each processor.
    Load(Limits),
    /// Seconds that the clock is off, against a server or by the host's own time service.
    Time(Option<String>, Limits),
    /// Failed units; only those of the patterns if there are any.
    Units(Vec<String>),
    /// Days until the first of the certificates expires.
    Certificates(Limits),
    /// Names that must be resolved, by a server or by the host's resolver.
    Dns(Vec<String>, Option<IpAddr>),
    /// Hosts with ports that somebody must listen at.
    Services(Vec<String>),
    /// A folder that must be writable.
    Share(PathBuf),
    /// Memory dumps, by patterns, of the last hours.
    CoreDumps(Vec<String>, u32),
    /// Updates that wait to be installed.
    Updates(Limits),
    /// A program: 0 is PASS, 1 is WARN, all else is FAIL.
    Command(Vec<String>),
}

const KINDS: [&str; 13] = [
    "disk",
    "inodes",
    "memory",
    "load",
    "time",
    "units",
    "certificates",
    "dns",
    "services",
    "share",
    "core_dumps",
    "updates",
    "command",
];

pub(crate) const CORE_DUMPS: &str = "/var/lib/systemd/coredump/*";

pub(crate) fn checks(tables: &[Table<'_, '_>], nodes: &[Node]) -> Vec<Check> {
    let mut seen = HashSet::new();
    let known: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
    let mut checks = Vec::new();
    for table in tables {
        let name = table.required("name", table.placed_text("name"));
        if let Some(name) = &name {
            unique(table, "check", &mut seen, name);
            if !name.text.starts_with("Azs") || !name.text.chars().all(|letter| letter.is_ascii_alphanumeric()) {
                let suggestion =
                    format!("did you mean \"Azs{}\"?", name.text.trim_start_matches(|c: char| "azsAZS".contains(c)));
                table.mistake(name.span.clone(), "the name of a check is `Azs`, then letters and digits", suggestion);
            }
        }
        let looks_at = table.one_of(&KINDS).and_then(|kind| looks_at(table, kind));
        let groups = [
            ("Default", Group::Default),
            ("UpdateReadiness", Group::UpdateReadiness),
            ("SecretRotationReadiness", Group::SecretRotationReadiness),
        ];
        let groups = table.words("groups", &groups).unwrap_or_else(|| vec![Group::Default]);
        let nodes = table.names_among("nodes", "node", &known).unwrap_or_default();
        let (description, repair) = (table.text("description").unwrap_or_default(), table.argv("repair"));
        if let (Some(name), Some(looks_at)) = (name, looks_at) {
            checks.push(Check { name: name.text, description, looks_at, groups, nodes, repair });
        }
    }
    checks
}

fn looks_at(check: &Table<'_, '_>, kind: &'static str) -> Option<LooksAt> {
    let table = check.table(kind)?;
    let paths = || table.all_parsed("paths", parse_pattern).unwrap_or_else(|| vec!["/".into()]);
    Some(match kind {
        "disk" => LooksAt::Disk(paths(), percent(&table, 80.0, 95.0)),
        "inodes" => LooksAt::Inodes(paths(), percent(&table, 80.0, 95.0)),
        "memory" => LooksAt::Memory(percent(&table, 90.0, 98.0)),
        "load" => LooksAt::Load(rising(&table, 2.0, 8.0)),
        "time" => LooksAt::Time(table.text("server"), rising(&table, 1.0, 30.0)),
        "units" => LooksAt::Units(table.all_parsed("units", parse_unit).unwrap_or_default()),
        "certificates" => LooksAt::Certificates(falling(&table, 90.0, 30.0)),
        "dns" => {
            let server = table.parsed("server", |text| text.parse().map_err(|_| format!("\"{text}\" is no address")));
            LooksAt::Dns(
                some(&table, "names", table.texts("names").map(|all| all.into_iter().map(|name| name.text).collect()))?,
                server,
            )
        }
        "services" => LooksAt::Services(some(&table, "listen", table.all_parsed("listen", parse_host_and_port))?),
        "share" => LooksAt::Share(table.required("path", table.path("path"))?),
        "core_dumps" => LooksAt::CoreDumps(
            table.all_parsed("files", parse_pattern).unwrap_or_else(|| vec![CORE_DUMPS.into()]),
            table.whole("hours", 1..=8_760).unwrap_or(24),
        ),
        "updates" => LooksAt::Updates(rising(&table, 1.0, 1_000.0)),
        _ => LooksAt::Command(table.required("run", table.argv("run"))?),
    })
}

/// A list that must be there and have something in it.
fn some<T>(table: &Table<'_, '_>, key: &'static str, found: Option<Vec<T>>) -> Option<Vec<T>> {
    let found = table.required(key, found)?;
    if found.is_empty() {
        table.mistake(table.place(key), format!("`{key}` is empty: there is nothing to look at"), "");
    }
    Some(found)
}

fn limits(table: &Table<'_, '_>, warn: f64, fail: f64, most: f64) -> Limits {
    Limits {
        warn: table.number("warn", 0.0..=most).unwrap_or(warn),
        fail: table.number("fail", 0.0..=most).unwrap_or(fail),
    }
}

fn percent(table: &Table<'_, '_>, warn: f64, fail: f64) -> Limits {
    ordered(table, limits(table, warn, fail, 100.0), true)
}

fn rising(table: &Table<'_, '_>, warn: f64, fail: f64) -> Limits {
    ordered(table, limits(table, warn, fail, 1e9), true)
}

fn falling(table: &Table<'_, '_>, warn: f64, fail: f64) -> Limits {
    ordered(table, limits(table, warn, fail, 1e9), false)
}

/// What fails has warned before.
fn ordered(table: &Table<'_, '_>, limits: Limits, rising: bool) -> Limits {
    let Limits { warn, fail } = limits;
    if (rising && warn > fail) || (!rising && warn < fail) {
        let place = if table.has("warn") { "warn" } else { "fail" };
        let worse = if rising { "more" } else { "fewer" };
        let message = format!("it would fail at {fail} and warn only at {warn}: here {worse} is worse");
        table.mistake(table.place(place), message, "");
    }
    limits
}

//! Roles and where their logs are; certificates; the cluster.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::document::{Placed, Table, absolute, unique};

/// A part that nodes play, and whose logs are collected together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it is; may be empty.
    pub description: String,
    /// Where its logs are.
    pub logs: Vec<Logs>,
    /// Patterns of the files of memory dumps.
    pub dumps: Vec<String>,
}

/// One place where logs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The place.
    pub source: LogSource,
    /// The name of its file, if one was given.
    pub name: Option<String>,
    /// What it counts as.
    pub log_type: LogType,
}

/// A place where logs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// Files, by a pattern with `*`, `?` and `[…]` in any part of an absolute path.
    Files(String),
    /// What a unit, or the units of a pattern, wrote to the journal; `*` is the whole journal.
    Journal(String),
    /// What a program prints.
    Command(Vec<String>),
}

/// The values of `-FilterByLogType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogType {
    /// Files.
    File,
    /// Files on a share.
    Share,
    /// Event logs; here the journal.
    WindowsEvent,
}

/// A certificate that somebody must renew in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub source: CertificateSource,
}

/// Where a certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateSource {
    /// In a PEM file of this computer.
    File(PathBuf),
    /// Shown over TLS by this host and port.
    Address(String),
}

/// Whose logs `Get-ClusterLog` gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Units, whose journal it is; without units and files it is the whole journal.
    pub units: Vec<String>,
    /// Files, by patterns.
    pub files: Vec<String>,
}

pub(crate) fn roles(named: &[(Placed, Table<'_, '_>)]) -> Vec<Role> {
    let mut seen = HashSet::new();
    let mut roles = Vec::new();
    for (name, table) in named {
        unique(table, "role", &mut seen, name);
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if name.text.is_empty() || name.text.len() > 64 || !name.text.chars().all(fits) {
            let message =
                "the name of a role is 1 to 64 letters, digits, `-`, `_` and `.`: it becomes the name of a file";
            table.mistake(name.span.clone(), message, "");
        }
        let logs = table.tables("logs").unwrap_or_default().iter().filter_map(logs).collect();
        let dumps = table.all_parsed("dumps", parse_pattern).unwrap_or_default();
        roles.push(Role {
            name: name.text.clone(),
            description: table.text("description").unwrap_or_default(),
            logs,
            dumps,
        });
    }
    roles
}

fn logs(table: &Table<'_, '_>) -> Option<Logs> {
    let source = match table.one_of(&["files", "journal", "command"])? {
        "files" => table.parsed("files", parse_pattern).map(LogSource::Files),
        "journal" => table.parsed("journal", parse_unit).map(LogSource::Journal),
        _ => table.argv("command").map(LogSource::Command),
    };
    let types = [("File", LogType::File), ("Share", LogType::Share), ("WindowsEvent", LogType::WindowsEvent)];
    let log_type = table.word("type", &types);
    let name = table.parsed("name", |text| {
        if text.contains(['/', '\0']) || text.starts_with('.') {
            return Err("it becomes the name of a file: no `/`, and no `.` first".to_owned());
        }
        Ok(text.to_owned())
    });
    let source = source?;
    let usual = if matches!(source, LogSource::Journal(_)) { LogType::WindowsEvent } else { LogType::File };
    Some(Logs { source, name, log_type: log_type.unwrap_or(usual) })
}

/// A pattern of absolute paths.
pub(crate) fn parse_pattern(text: &str) -> Result<String, String> {
    absolute(text).map(str::to_owned)
}

/// A unit, or a pattern of units. It stands behind an option, but nobody should have to rely on that.
pub(crate) fn parse_unit(text: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.@:\\*?[]".contains(letter);
    if text.starts_with('-') || !text.chars().all(fits) {
        return Err(format!("\"{text}\" is no unit and no pattern of units"));
    }
    Ok(text.to_owned())
}

pub(crate) fn certificates(tables: &[Table<'_, '_>]) -> Vec<Certificate> {
    let mut seen = HashSet::new();
    let mut certificates = Vec::new();
    for table in tables {
        let name = table.required("name", table.placed_text("name"));
        if let Some(name) = &name {
            unique(table, "certificate", &mut seen, name);
        }
        let source = match table.one_of(&["path", "address"]) {
            Some("path") => table.path("path").map(CertificateSource::File),
            Some(_) => table.parsed("address", parse_host_and_port).map(CertificateSource::Address),
            None => None,
        };
        if let (Some(name), Some(source)) = (name, source) {
            certificates.push(Certificate { name: name.text, source });
        }
    }
    certificates
}

/// A host and a port.
pub(crate) fn parse_host_and_port(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) => Ok(text.to_owned()),
        _ => Err(format!("\"{text}\" is not a host and a port")),
    }
}

impl Cluster {
    pub(crate) fn from_table(table: &Table<'_, '_>) -> Cluster {
        Cluster {
            units: table.all_parsed("units", parse_unit).unwrap_or_default(),
            files: table.all_parsed("files", parse_pattern).unwrap_or_default(),
        }
    }
}

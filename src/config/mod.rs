//! The configuration: one TOML file, read whole before anything starts. What it does not say is the embedded default; what it
//! says wrongly is refused with the place and a suggestion.

mod diagnosis;
mod journal;
mod keys;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use accounts::{LockoutPolicy, PasswordPolicy, Policy};
use clixml::Version;
use cmdlet::discover::Wildcard;
use cmdlet::format::ErrorView;
use negotiate::BindingPolicy;
use psrp::pool::server::{Config as PoolConfig, Limits as PoolLimits};
use serde::Deserialize;
use transcript::Durability;

pub use diagnosis::ConfigError;
pub use journal::Journal;
pub use keys::{KEYS, Key, reference};
pub use value::Whole;
pub(crate) use value::{check_socket, parse_listen, parse_socket};

/// All settings of an endpoint.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What clients give as `-ConfigurationName`, letter case aside.
    #[serde(deserialize_with = "value::configuration_name")]
    pub configuration_name: String,
    /// Where `pepd connect` finds the daemon; none is the default place.
    #[serde(deserialize_with = "value::socket")]
    pub socket: Option<PathBuf>,
    /// Where WinRM clients are listened to; port 5986 is HTTPS.
    #[serde(deserialize_with = "value::listen")]
    pub listen: Vec<SocketAddr>,
    /// Where they are listened to over HTTPS, whatever the port.
    #[serde(deserialize_with = "value::listen")]
    pub listen_https: Vec<SocketAddr>,
    /// How errors read on the client's screen.
    #[serde(deserialize_with = "value::error_view")]
    pub error_view: ErrorView,
    /// When a record counts as written.
    #[serde(deserialize_with = "value::record")]
    pub record: Durability,
    /// The folders that `Close-PrivilegedEndpoint` may hand transcripts over to.
    #[serde(deserialize_with = "value::folders")]
    pub transcripts: Vec<PathBuf>,
    /// The shares that commands may write to with a credential that their user gives.
    #[serde(deserialize_with = "value::shares")]
    pub shares: Vec<Wildcard>,
    /// The inventory; none is what can be seen of this host.
    #[serde(deserialize_with = "value::file")]
    pub inventory: Option<PathBuf>,
    /// The newest protocol version to answer with.
    #[serde(deserialize_with = "value::protocol_version")]
    pub protocol_version: Version,
    /// Which local users come in, and as whom.
    pub identity: Option<Identity>,
    /// What is asked of passwords, and what is done about guesses.
    pub accounts: Accounts,
    /// Who is told of events.
    pub audit: Audit,
    /// Where logs may go, and how.
    pub logs: Logs,
    /// How WinRM clients come in.
    pub winrm: WinRm,
    /// How much of the record there may be, and who else is told of its checkpoints.
    pub journal: Journal,
    /// How much there may be at a time.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            configuration_name: "PrivilegedEndpoint".to_owned(),
            socket: None,
            listen: Vec::new(),
            listen_https: Vec::new(),
            error_view: ErrorView::Normal51,
            record: Durability::Strict,
            transcripts: Vec::new(),
            shares: vec![Wildcard::new("*")],
            inventory: None,
            protocol_version: PoolConfig::V2_4,
            identity: None,
            accounts: Accounts::default(),
            audit: Audit::default(),
            logs: Logs::default(),
            winrm: WinRm::default(),
            journal: Journal::default(),
            limits: Limits::default(),
        }
    }
}

/// `[identity]`: local users and groups, each with the account it enters as. The section replaces the embedded default, which is
/// that whoever starts the daemon enters as CloudAdmin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Identity {
    /// By user name.
    #[serde(deserialize_with = "value::account_names")]
    pub users: BTreeMap<String, String>,
    /// By group name.
    #[serde(deserialize_with = "value::account_names")]
    pub groups: BTreeMap<String, String>,
}

/// `[accounts]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // said in `keys`
pub struct Accounts {
    pub minimum_password_length: Whole<1, 128>,
    #[serde(deserialize_with = "value::yes_or_no")]
    pub password_complexity: bool,
    pub password_history: Whole<0, { accounts::LONGEST_HISTORY }>,
    pub lockout_threshold: Whole<0, 1_000>,
    pub lockout_window_minutes: Whole<1, 10_080>,
    pub lockout_minutes: Whole<1, 10_080>,
}

impl Default for Accounts {
    fn default() -> Accounts {
        let Policy { password, lockout } = Policy::default();
        let minutes = |duration: Duration| u32::try_from(duration.as_secs() / 60).unwrap_or(u32::MAX);
        Accounts {
            minimum_password_length: Whole::new(password.minimum_length),
            password_complexity: password.complexity,
            password_history: Whole::new(password.history),
            lockout_threshold: Whole::new(lockout.threshold),
            lockout_window_minutes: Whole::new(minutes(lockout.window)),
            lockout_minutes: Whole::new(minutes(lockout.duration)),
        }
    }
}

impl Accounts {
    /// The same for the account store.
    pub fn policy(&self) -> Policy {
        let minutes = |number: u32| Duration::from_mins(number.into());
        Policy {
            password: PasswordPolicy {
                minimum_length: self.minimum_password_length.get(),
                complexity: self.password_complexity,
                history: self.password_history.get(),
            },
            lockout: LockoutPolicy {
                threshold: self.lockout_threshold.get(),
                window: minutes(self.lockout_window_minutes.get()),
                duration: minutes(self.lockout_minutes.get()),
            },
        }
    }
}

/// `[audit]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // said in `keys`
pub struct Audit {
    #[serde(deserialize_with = "value::file")]
    pub syslog: Option<PathBuf>,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit { syslog: Some("/dev/log".into()) }
    }
}

/// `[logs]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // said in `keys`
pub struct Logs {
    #[serde(deserialize_with = "value::folders")]
    pub folders: Vec<PathBuf>,
    pub part_megabytes: Whole<1, 65_536>,
}

impl Default for Logs {
    fn default() -> Logs {
        Logs { folders: Vec::new(), part_megabytes: Whole::new(512) }
    }
}

/// `[winrm]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // said in `keys`
pub struct WinRm {
    #[serde(deserialize_with = "value::file")]
    pub certificate: Option<PathBuf>,
    #[serde(deserialize_with = "value::file")]
    pub key: Option<PathBuf>,
    #[serde(deserialize_with = "value::channel_binding")]
    pub channel_binding: BindingPolicy,
    #[serde(deserialize_with = "value::yes_or_no")]
    pub basic: bool,
    #[serde(deserialize_with = "value::file")]
    pub keytab: Option<PathBuf>,
    #[serde(deserialize_with = "value::principals")]
    pub principals: BTreeMap<String, String>,
    pub guess_delay_milliseconds: Whole<0, 3_000>,
    pub idle_minutes: Whole<1, 720>,
}

impl Default for WinRm {
    fn default() -> WinRm {
        WinRm {
            certificate: None,
            key: None,
            channel_binding: BindingPolicy::Relaxed,
            basic: false,
            keytab: None,
            principals: BTreeMap::new(),
            guess_delay_milliseconds: Whole::new(100),
            idle_minutes: Whole::new(120),
        }
    }
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)] // said in `keys`
pub struct Limits {
    pub sessions: Whole<1, 100_000>,
    pub sessions_per_account: Whole<1, 100_000>,
    pub connections: Whole<1, 1_000_000>,
    pub pipelines: Whole<1, 1_000>,
    pub object_bytes: Whole<65_536, { 1 << 30 }>,
    pub pipeline_bytes: Whole<65_536, { u32::MAX }>,
}

impl Default for Limits {
    fn default() -> Limits {
        let PoolLimits { object, pipeline, pipelines, .. } = PoolLimits::default();
        let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Limits {
            sessions: Whole::new(10_000),
            sessions_per_account: Whole::new(30),
            connections: Whole::new(20_000),
            pipelines: Whole::new(whole(pipelines as u64)),
            object_bytes: Whole::new(whole(object as u64)),
            pipeline_bytes: Whole::new(whole(pipeline.total)),
        }
    }
}

impl Limits {
    /// The same for each session's protocol machine.
    pub fn pool(&self) -> PoolLimits {
        let mut limits = PoolLimits { pipelines: self.pipelines.get() as usize, ..PoolLimits::default() };
        limits.object = self.object_bytes.get() as usize;
        limits.pipeline.object = limits.object;
        limits.pipeline.total = self.pipeline_bytes.get().into();
        limits
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or says anything that is not understood.
    pub fn read(file: &Path) -> Result<Config, ConfigError> {
        let text =
            fs::read_to_string(file).map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
        Config::parse(&text, file)
    }

    /// Understands the text of a file; `file` is for errors.
    ///
    /// # Errors
    /// If it says anything that is not understood.
    pub fn parse(text: &str, file: &Path) -> Result<Config, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::diagnose(&error, text, file))
    }
}

use std::sync::Arc;
use std::time::Duration;

use crate::action::{BufferMode, SecurityProfile, ServiceConfig};
use crate::envelope::Budget;

/// What the server is.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name of the session configuration; clients may write it in any letter case.
    pub configuration: String,
    /// The host's name, for faults.
    pub machine: Arc<str>,
    /// Who made it, for Identify.
    pub vendor: String,
    /// Its version, for Identify and for clients whose protocol version is refused.
    pub version: String,
    /// PSRP's version, such as `2.3`, for clients whose version is refused.
    pub protocol_version: String,
    /// The process that serves shells.
    pub process_id: u32,
    /// How one can log on, for an authenticated Identify.
    pub profiles: Vec<SecurityProfile>,
    /// What happens to output while a shell is disconnected, unless its client says otherwise.
    pub buffer_mode: BufferMode,
    /// How much of everything.
    pub limits: Limits,
}

/// How much of everything.
#[derive(Debug, Clone)]
pub struct Limits {
    /// What a request may be. Its `bytes` are those of the body.
    pub request: Budget,
    /// Octets of an answer, whatever the client allows.
    pub max_envelope: u32,
    /// The longest that a Receive waits, whatever the client asks. A known client gives up after 100 seconds.
    pub max_timeout: Duration,
    /// How much earlier than asked for a Receive ends, so that the client's own timer does not end it first.
    pub timeout_margin: Duration,
    /// How long a shell may be left alone when its client does not say.
    pub idle_timeout: Duration,
    /// The least that a client may ask for.
    pub min_idle_timeout: Duration,
    /// The most that it gets.
    pub max_idle_timeout: Duration,
    /// Shells altogether.
    pub shells: usize,
    /// Shells of one user.
    pub shells_per_user: usize,
    /// Users with shells.
    pub users: usize,
    /// Running commands of one shell.
    pub commands_per_shell: usize,
    /// Operations of one user: commands, and requests that wait.
    pub operations_per_user: usize,
    /// Bytes of output that wait for a client, for each shell and each command: from here on its producer waits, or the
    /// oldest is lost.
    pub output_high: usize,
    /// From here on the producer goes on.
    pub output_low: usize,
    /// Plain bytes of one compressed stream.
    pub decompressed: usize,
    /// How long an answer is kept for a client that asks again.
    pub repeat_age: Duration,
    /// How many answers are kept for one user.
    pub repeat_count: usize,
    /// Bytes of those answers.
    pub repeat_bytes: usize,
    /// How long a Signal that stops a command waits for its end.
    pub stop_patience: Duration,
    /// How long a command that is over, or a shell that the server closed, is remembered.
    pub linger: Duration,
    /// Lists that one user may keep open.
    pub contexts_per_user: usize,
    /// How long a list is kept.
    pub enumeration_timeout: Duration,
}

impl Default for Limits {
    /// What Windows has (MS-WSMV 2.2.4.10, 2.2.4.36, 2.2.4.42).
    fn default() -> Self {
        Limits {
            request: Budget { bytes: 1 << 20, ..Budget::default() },
            max_envelope: 512_000,
            max_timeout: Duration::from_mins(1),
            timeout_margin: Duration::from_millis(500),
            idle_timeout: Duration::from_hours(2),
            min_idle_timeout: Duration::from_mins(1),
            max_idle_timeout: Duration::from_hours(12),
            shells: 300,
            shells_per_user: 30,
            users: 10,
            commands_per_shell: 25,
            operations_per_user: 1500,
            output_high: 1 << 20,
            output_low: 512 << 10,
            decompressed: 16 << 20,
            repeat_age: Duration::from_secs(195),
            repeat_count: 512,
            repeat_bytes: 3 << 20,
            stop_patience: Duration::from_secs(5),
            linger: Duration::from_mins(1),
            contexts_per_user: 8,
            enumeration_timeout: Duration::from_mins(1),
        }
    }
}

impl Config {
    /// A server of this session configuration with Windows' limits.
    pub fn new(configuration: &str, machine: &str) -> Config {
        Config {
            configuration: configuration.to_owned(),
            machine: machine.into(),
            vendor: "pepd".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol_version: "2.3".to_owned(),
            process_id: 0,
            profiles: Vec::new(),
            buffer_mode: BufferMode::Block,
            limits: Limits::default(),
        }
    }

    /// The answer to Get on `winrm/config`.
    pub(super) fn service(&self) -> ServiceConfig {
        let limits = &self.limits;
        ServiceConfig {
            max_envelope_size: limits.max_envelope,
            max_timeout: limits.max_timeout,
            max_batch_items: MAX_BATCH,
            operations_per_user: limits.operations_per_user,
            enumeration_timeout: limits.enumeration_timeout,
            idle_timeout: limits.idle_timeout,
            users: limits.users,
            commands_per_shell: limits.commands_per_shell,
            shells_per_user: limits.shells_per_user,
        }
    }
}

/// Items of one part of a list.
pub(super) const MAX_BATCH: u32 = 32000;

//! The daemon: every room wired to the next, from the socket to the record.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use accounts::AccountStore;
use audit::AuditLog;
use clixml::{Str, Value, Version};
use cmdlet::discover::Wildcard;
use cmdlet::format::{DisplaySettings, ErrorView};
use cmdlet::{CommandTable, RoleClass};
use commands::diagnostics::Diagnostics;
use commands::transcripts::Transcripts;
use log_collection::RunLock;
use psrp::message::{PsVersionTable, implicit_remoting};
use psrp::pool::server::{Config, Limits};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tracing::{info, warn};
use transcript::{Durability, Journal, Options, Retention, Signer, Tidied, Witness};

use crate::config;
use crate::identity::Doorkeeper;
use crate::listener::socket;
use crate::listener::winrm::{WinRm, WinRmOptions};
use crate::session::{Endpoint, OneRole, Places, Services};
use crate::syslog::Syslog;

/// What an endpoint is made of.
pub struct ServeOptions {
    /// What clients give as `-ConfigurationName`.
    pub configuration_name: String,
    /// The directory of everything that must outlive the daemon.
    pub state: PathBuf,
    /// Where `pepd connect` finds the daemon.
    pub socket: PathBuf,
    /// Its commands.
    pub table: CommandTable,
    /// What its commands work on.
    pub services: Services,
    /// Which local users come in as whom.
    pub doorkeeper: Doorkeeper,
    /// How errors read on the screen.
    pub error_view: ErrorView,
    /// When a record counts as written.
    pub durability: Durability,
    /// How much of it there may be, and who else is told of its checkpoints.
    pub record: config::Journal,
    /// The newest protocol version it answers with.
    pub protocol: Version,
    /// The folders that transcripts may be handed over to.
    pub transcripts: Vec<PathBuf>,
    /// The socket of the system's log, for events.
    pub audit: Option<PathBuf>,
    /// The inventory says how everything is stopped and started.
    pub has_power_plan: bool,
    /// The local folders that logs may go to, and about how large a zip of them may become, in bytes.
    pub logs: (Vec<PathBuf>, u64),
    /// The shares that commands may write to with a credential that their user gives.
    pub shares: Vec<Wildcard>,
    /// How much one session may have at a time.
    pub limits: Limits,
    /// How many sessions there may be at a time.
    pub sessions: usize,
    /// Where WinRM clients come in; nowhere without addresses.
    pub winrm: WinRmOptions,
    /// Who may come in over the network.
    pub accounts: Arc<AccountStore>,
}

/// Serves until it is told to end (SIGINT, SIGTERM). `ready` is called once clients can come in.
///
/// # Errors
/// If the record's directory or the socket cannot be made.
pub async fn serve(options: ServeOptions, ready: impl FnOnce(&WinRm)) -> std::io::Result<()> {
    let listener = socket::bind(&options.socket)?;
    let signer = Signer::open(&options.state.join("keys"))?;
    let computer = computer_name();
    let record = Options {
        durability: options.durability,
        session_limit: options.record.session_limit(),
        watermarks: Some(options.record.watermarks()),
        witness: witness(&options.record, &computer)?,
        measure: None,
    };
    let journal = Journal::open_with(&options.state.join("record"), signer, record);
    let journal = Arc::new(journal.map_err(std::io::Error::other)?);
    tokio::spawn(tidy(Arc::clone(&journal), options.record.retention()));
    let winrm = WinRm::bind(options.winrm, &computer).await?;
    let display = DisplaySettings { error_view: options.error_view };
    // a command without a back end is not there
    let mut table = options.table;
    if options.transcripts.is_empty() && options.shares.is_empty() {
        table = table.without("Close-PrivilegedEndpoint");
    }
    if !options.has_power_plan {
        table = table.without("Stop-AzureStack").without("Start-AzureStack").without("Get-ActionStatus");
    }
    let (log_folders, part_bytes) = options.logs;
    if log_folders.is_empty() {
        table = table.without("Get-ClusterLog");
    }
    let diagnostics = Diagnostics {
        reports: options.state.join("validation"),
        log_folders,
        part_bytes,
        collections: RunLock::default(),
    };
    let psrp = Config {
        protocol: options.protocol,
        version_table: version_table(),
        private_data: vec![implicit_remoting(not_imported(&table))],
        limits: options.limits,
    };
    let audit = audit_log(&options.state, options.audit.as_deref(), &computer)?;
    let places = Places::new(Arc::clone(&journal), options.transcripts, options.shares, computer.clone());
    let services =
        options.services.with(Arc::new(audit)).with(Arc::new(display)).with(Arc::new(Transcripts(Arc::new(places))));
    let services = services.with(Arc::new(diagnostics));
    let endpoint = Endpoint {
        configuration: options.configuration_name,
        table: Arc::new(table),
        policy: Box::new(OneRole),
        services,
        journal,
        computer,
        psrp: Arc::new(psrp),
    };
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    info!(socket = %options.socket.display(), "clients may come in");
    ready(&winrm);
    let (endpoint, places) = (Arc::new(endpoint), Arc::new(Semaphore::new(options.sessions)));
    let socket = socket::serve(listener, Arc::clone(&endpoint), Arc::new(options.doorkeeper), Arc::clone(&places));
    let winrm = winrm.serve(endpoint, options.accounts, places);
    tokio::select! {
        _ = futures_util::future::join(socket, winrm) => {}
        _ = interrupted.recv() => info!("interrupted"),
        _ = terminated.recv() => info!("told to end"),
    }
    std::fs::remove_file(&options.socket)
}

/// Takes away what may not stay, at the start and every hour.
async fn tidy(journal: Arc<Journal>, retention: Retention) {
    if retention == Retention::default() {
        return;
    }
    let mut hours = tokio::time::interval(Duration::from_hours(1));
    loop {
        hours.tick().await;
        let journal = Arc::clone(&journal);
        match tokio::task::spawn_blocking(move || journal.tidy(retention, SystemTime::now())).await {
            Ok(Ok(Tidied { removed, damaged })) => {
                removed.iter().for_each(|file| info!(file, "a journal that may not stay longer was taken away"));
                damaged.iter().for_each(|file| warn!(file, "a journal that may not stay longer is damaged, and stays"));
            }
            Ok(Err(error)) => warn!(%error, "the record could not be tidied"),
            Err(_) => return, // the daemon ends
        }
    }
}

/// A datagram that every system's log takes whole (RFC 5424, 6.1).
const DATAGRAM: usize = 2048;

/// The system's log, if it is told of checkpoints.
fn witness(record: &config::Journal, computer: &str) -> std::io::Result<Option<Witness>> {
    let Some(path) = &record.syslog else { return Ok(None) };
    let mut syslog = Syslog::new(path, computer)?;
    let tell = move |line: &str| {
        // with very many sessions it does not fit; its hash alone vouches for all of it
        let short = if line.len() > DATAGRAM - HEADER { transcript_verify::short_form(line) } else { None };
        syslog.send("checkpoint", short.as_deref().unwrap_or(line));
    };
    Ok(Some(Witness::new(record.syslog_every(), Box::new(tell))))
}

/// Events go to a file, and to the system's log if it is named.
fn audit_log(state: &Path, syslog: Option<&Path>, computer: &str) -> std::io::Result<AuditLog> {
    let mut syslog = syslog.map(|path| Syslog::new(path, computer)).transpose()?;
    AuditLog::open(&state.join("audit"), computer, move |cef| {
        if let Some(syslog) = &mut syslog {
            syslog.send("audit", cef);
        }
    })
}

/// What stands before a text in a datagram, at most with a host name of usual length.
const HEADER: usize = 128;

/// This computer's name.
pub fn computer_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// What `Import-PSSession` leaves out without a word: every client has these commands, and needs its own.
fn not_imported(table: &CommandTable) -> impl Iterator<Item = &'static str> {
    let built_in = table.commands().filter(|info| info.role_class == RoleClass::Session).map(|info| info.name);
    built_in.chain(table.aliases().map(|(alias, _)| alias))
}

/// What clients are told about the server. They take decisions by `PSVersion`, so it is that of the PowerShell whose behaviour
/// is ours; who really answers stands in `PSServer`.
fn version_table() -> PsVersionTable {
    let compatible = [(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (5, 1), (6, 0), (7, 0)];
    let text = |key: &str, value: &str| (Str::from(key), Value::string(value));
    PsVersionTable {
        ps_version: Version { major: 7, minor: 6, build: Some(9), revision: None },
        ps_edition: "Core".into(),
        compatible_versions: compatible.map(|(major, minor)| Version::new(major, minor)).to_vec(),
        more: vec![
            text("PSSemanticVersion", "7.6.9"),
            text("OS", std::env::consts::OS),
            text("Platform", "Unix"),
            text("PSServer", concat!("pepd ", env!("CARGO_PKG_VERSION"))),
        ],
    }
}

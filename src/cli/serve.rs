//! `pepd serve`: reads the configuration, opens the accounts, and hands everything to the endpoint.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use accounts::{AccountStore, BUILT_IN, Secret};
use action_plan::ActionPlans;
use commands::builtin::CompletionRate;
use inventory::InventorySource;
use tracing::{error, info, warn};

use super::greeting::{first_start, over_winrm};
use super::place::{self, Surroundings};
use super::{Done, Serve};
use crate::config::Config;
use crate::endpoint::{self, ServeOptions};
use crate::identity::{Doorkeeper, current_user};
use crate::listener::tls::CertificateFiles;
use crate::listener::winrm::{KerberosOptions, Patience, WinRmOptions};
use crate::session::Services;

pub(super) fn run(arguments: Serve, surroundings: &Surroundings) -> Done {
    let config = match &arguments.config {
        Some(file) => Config::read(file)?,
        None => Config::default(),
    };
    log_to_standard_error();
    let state = super::account::state(arguments.state, surroundings)?;
    let socket = socket(arguments.socket.or_else(|| config.socket.clone()), surroundings)?;
    let winrm = winrm(&config, arguments.listen, &state)?;

    let accounts = Arc::new(AccountStore::open(&state)?);
    accounts.set_policy(&config.accounts.policy())?;
    let password = create_built_in(&accounts, &config)?;
    let doorkeeper = Doorkeeper::from_config(&config).with_accounts(accounts.clone());
    for account in doorkeeper.accounts() {
        if accounts.find(account)?.is_none() {
            warn!(account, "users or groups are mapped to an account that does not exist");
        }
    }
    let inventory = Arc::new(InventorySource::new(config.inventory.clone()));
    let has_power_plan = match inventory.read() {
        Ok(inventory) => inventory.power.is_some(),
        Err(error) => {
            // an endpoint that does not start mends nothing: its commands tell what is wrong with the file
            error!("the inventory is not taken\n{error}");
            true
        }
    };
    let plans =
        Arc::new(ActionPlans::open(&state).map_err(|error| format!("{}: action plans: {error}", state.display()))?);
    let program = std::env::current_exe().unwrap_or_else(|_| "pepd".into());
    let (host, user, shown_now) = (endpoint::computer_name(), current_user(), password.is_some());
    let greeting = first_start(&config, &state, &socket, &program, &host, &user, password);
    if shown_now {
        // At once: nobody would ever learn the password if the endpoint failed to start.
        announce(&greeting).map_err(|error| {
            format!(
                "the password of {BUILT_IN} could not be shown ({error}): set one by 'pepd account password {BUILT_IN}'"
            )
        })?;
    }

    let options = ServeOptions {
        configuration_name: config.configuration_name.clone(),
        state,
        socket,
        table: commands::table(),
        services: Services::default()
            .with(Arc::clone(&accounts))
            .with(Arc::new(CompletionRate::default()))
            .with(inventory)
            .with(plans),
        doorkeeper,
        error_view: config.error_view,
        durability: config.record,
        record: config.journal.clone(),
        transcripts: config.transcripts.clone(),
        has_power_plan,
        audit: config.audit.syslog.clone(),
        logs: (config.logs.folders.clone(), u64::from(config.logs.part_megabytes.get()) * 1024 * 1024),
        shares: config.shares.clone(),
        protocol: config.protocol_version,
        limits: config.limits.pool(),
        sessions: config.limits.sessions.get() as usize,
        winrm,
        accounts,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(endpoint::serve(options, |winrm| {
        let greeting = if shown_now { String::new() } else { greeting.to_string() };
        if let Err(error) = announce(&(greeting + &over_winrm(&config, winrm, &host))) {
            warn!(%error, "the start could not be announced");
        }
    }))?)
}

/// Port 5986 is HTTPS wherever it stands.
fn winrm(config: &Config, given: Vec<SocketAddr>, state: &Path) -> Result<WinRmOptions, Box<dyn std::error::Error>> {
    const HTTPS: u16 = 5986;
    let listen = if given.is_empty() { config.listen.clone() } else { given };
    let (mut https, http): (Vec<_>, Vec<_>) = listen.into_iter().partition(|address| address.port() == HTTPS);
    https.extend(&config.listen_https);
    let certificate = match (&config.winrm.certificate, &config.winrm.key) {
        (Some(certificate), Some(key)) => Some(CertificateFiles { certificate: certificate.clone(), key: key.clone() }),
        (None, None) => None,
        _ => return Err("[winrm]: `certificate` and `key` are given both, or none".into()),
    };
    let limits = &config.limits;
    Ok(WinRmOptions {
        http,
        https,
        certificate,
        state: state.to_owned(),
        basic: config.winrm.basic,
        kerberos: config
            .winrm
            .keytab
            .clone()
            .map(|keytab| KerberosOptions { keytab, principals: config.winrm.principals.clone() }),
        binding: config.winrm.channel_binding,
        guess_delay: Duration::from_millis(config.winrm.guess_delay_milliseconds.get().into()),
        connections: limits.connections.get() as usize,
        shells: limits.sessions.get() as usize,
        shells_per_user: limits.sessions_per_account.get() as usize,
        idle_timeout: Duration::from_mins(config.winrm.idle_minutes.get().into()),
        patience: Patience::default(),
    })
}

fn announce(text: &impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{text}")?;
    out.flush()
}

/// Standard output is for the greeting, which may hold a password; the log goes elsewhere.
fn log_to_standard_error() {
    use tracing_subscriber::EnvFilter;

    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(io::stderr).init();
}

fn socket(given: Option<PathBuf>, surroundings: &Surroundings) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let socket = if let Some(socket) = given {
        let socket = std::path::absolute(socket)?; // it is printed for sshd, which starts elsewhere
        if let Some(missing) = socket.parent().filter(|directory| !directory.is_dir()) {
            return Err(format!("there is no directory {} for the socket", missing.display()).into());
        }
        socket
    } else {
        let socket = place::socket(surroundings).ok_or("there is no place for the socket: give it by --socket")?;
        place::make_directory_of(&socket, surroundings)
            .map_err(|error| format!("cannot make the directory of {}: {error}", socket.display()))?;
        socket
    };
    crate::config::check_socket(&socket).map_err(|error| format!("{}: {error}", socket.display()))?;
    Ok(socket)
}

/// Creates the built-in account if it is not there, and returns the password it got.
fn create_built_in(accounts: &AccountStore, config: &Config) -> Result<Option<Secret>, Box<dyn std::error::Error>> {
    if accounts.find(BUILT_IN)?.is_some() {
        return Ok(None);
    }
    let password = config.accounts.policy().password.generate(BUILT_IN)?;
    accounts.create(BUILT_IN, &password, SystemTime::now())?;
    info!(account = BUILT_IN, "the built-in account was created");
    Ok(Some(password))
}

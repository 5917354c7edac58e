//! WinRM for an endpoint: the addresses, the accounts, the certificate and the shells behind them, wired together.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use accounts::AccountStore;
use gssapi::Credential;
use negotiate::BindingPolicy;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::info;
use wsman::action::SecurityProfile;
use wsman::shell::server::{Config, Limits};

use super::gate::{Gate, GateOptions};
use super::http::{self, Door};
pub use super::shells::Dispatched;
use super::shells::Shells;
pub use super::tickets::KerberosOptions;
use super::tickets::Tickets;
use super::tls::{CertificateFiles, Tls, TlsError};
pub use super::watch::Patience;
use crate::session::Endpoint;

/// Where WinRM clients come in, and how.
#[derive(Clone, Debug)]
pub struct WinRmOptions {
    /// Addresses for HTTP, where every message is sealed.
    pub http: Vec<SocketAddr>,
    /// Addresses for HTTPS.
    pub https: Vec<SocketAddr>,
    /// The site's own certificate; without it one is made in the state directory.
    pub certificate: Option<CertificateFiles>,
    /// The directory of everything that must outlive the daemon.
    pub state: PathBuf,
    /// Offers Basic over HTTPS.
    pub basic: bool,
    /// What a client's channel binding over HTTPS must be.
    pub binding: BindingPolicy,
    /// Takes tickets; without it Kerberos is not offered.
    pub kerberos: Option<KerberosOptions>,
    /// How long the answer to the first wrong guess of a password waits.
    pub guess_delay: Duration,
    /// Connections at a time.
    pub connections: usize,
    /// Shells at a time, and of one account.
    pub shells: usize,
    /// Shells of one account at a time.
    pub shells_per_user: usize,
    /// How long a shell may be left alone, if its client does not say.
    pub idle_timeout: Duration,
    /// How long a connection may take for what it does.
    pub patience: Patience,
}

/// Listens, but lets nobody in yet.
pub struct WinRm {
    options: WinRmOptions,
    listeners: Vec<(TcpListener, Option<Arc<Tls>>)>,
    tls: Option<Arc<Tls>>,
    keys: Option<Arc<Credential>>,
    dispatched: Dispatched,
}

/// Windows says this in its `Stack`, and scripts look for it (winrm-wire.md 5.5).
const PRODUCT_VERSION: &str = concat!("OS: ", env!("CARGO_PKG_VERSION"), " SP: 0.0 Stack: 3.0");

impl WinRm {
    /// Takes the addresses.
    ///
    /// # Errors
    /// If an address is taken, or the certificate or the keytab cannot be used.
    pub async fn bind(options: WinRmOptions, host: &str) -> io::Result<WinRm> {
        let tls =
            if options.https.is_empty() { None } else { Some(certificate(&options, host).map_err(io::Error::other)?) };
        let keys = options.kerberos.as_ref().map(KerberosOptions::keys).transpose()?;
        let mut listeners = Vec::new();
        for (addresses, tls) in [(&options.http, None), (&options.https, tls.as_ref())] {
            for address in addresses {
                let listener = TcpListener::bind(address)
                    .await
                    .map_err(|error| io::Error::new(error.kind(), format!("cannot listen at {address}: {error}")))?;
                info!(address = %listener.local_addr()?, https = tls.is_some(), "WinRM clients may come in");
                listeners.push((listener, tls.cloned()));
            }
        }
        Ok(WinRm { options, listeners, tls, keys, dispatched: Dispatched::default() })
    }

    /// SHA-256 over the certificate of HTTPS.
    pub fn fingerprint(&self) -> Option<String> {
        self.tls.as_ref().map(|tls| tls.fingerprint())
    }

    /// Counts the requests that get past the door.
    pub fn dispatched(&self) -> Dispatched {
        self.dispatched.clone()
    }

    /// The addresses that are listened at for HTTP.
    pub fn http(&self) -> Vec<SocketAddr> {
        self.addresses(false)
    }

    /// The addresses that are listened at for HTTPS.
    pub fn https(&self) -> Vec<SocketAddr> {
        self.addresses(true)
    }

    fn addresses(&self, https: bool) -> Vec<SocketAddr> {
        let listeners = self.listeners.iter().filter(|(_, tls)| tls.is_some() == https);
        listeners.filter_map(|(listener, _)| listener.local_addr().ok()).collect()
    }

    /// Lets clients in until the future is dropped.
    pub async fn serve(self, endpoint: Arc<Endpoint>, accounts: Arc<AccountStore>, places: Arc<Semaphore>) {
        let options = &self.options;
        let gate = GateOptions { basic: options.basic, binding: options.binding, delay: options.guess_delay };
        let tickets = options.kerberos.clone().zip(self.keys.clone());
        let tickets = tickets.map(|(kerberos, keys)| Arc::new(Tickets::new(kerberos, keys, Arc::clone(&accounts))));
        let gate = Arc::new(Gate::new(accounts, Arc::clone(&endpoint), gate, tickets));
        let shells = Shells::new(Arc::clone(&endpoint), self.config(&endpoint), places, self.dispatched.clone());
        let door = Arc::new(Door {
            shells: Arc::clone(&shells),
            gate,
            connections: Arc::new(Semaphore::new(options.connections)),
            patience: options.patience,
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(shells.keep_time());
        for (listener, tls) in self.listeners {
            tasks.spawn(http::serve(listener, tls, Arc::clone(&door)));
        }
        while tasks.join_next().await.is_some() {}
    }

    fn config(&self, endpoint: &Endpoint) -> Config {
        let options = &self.options;
        let mut config = Config::new(&endpoint.configuration, &endpoint.computer);
        PRODUCT_VERSION.clone_into(&mut config.version);
        config.protocol_version = endpoint.psrp.protocol.to_string();
        config.process_id = std::process::id();
        config.profiles = self.profiles();
        config.limits = Limits {
            shells: options.shells,
            shells_per_user: options.shells_per_user,
            users: options.shells,
            idle_timeout: options.idle_timeout,
            ..Limits::default()
        };
        config
    }

    fn profiles(&self) -> Vec<SecurityProfile> {
        let (http, https) = (!self.options.http.is_empty(), !self.options.https.is_empty());
        [
            (http, SecurityProfile::HttpNegotiate),
            (https, SecurityProfile::HttpsNegotiate),
            (https && self.options.basic, SecurityProfile::HttpsBasic),
        ]
        .into_iter()
        .filter_map(|(offered, profile)| offered.then_some(profile))
        .collect()
    }
}

fn certificate(options: &WinRmOptions, host: &str) -> Result<Arc<Tls>, TlsError> {
    let files = match &options.certificate {
        Some(files) => files.clone(),
        None => CertificateFiles::own(&options.state, host)?,
    };
    Tls::open(files)
}

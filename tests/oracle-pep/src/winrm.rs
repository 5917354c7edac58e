//! The reference table behind WinRM, in this process.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot set its stage has failed"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use accounts::{AccountStore, Policy, Secret};
use clixml::Version;
use negotiate::BindingPolicy;
use pepd::listener::winrm::{Dispatched, Patience, WinRm, WinRmOptions};
use pepd::session::{Endpoint, OneRole, Services};
use psrp::message::PsVersionTable;
use psrp::pool::server::Config;
use tokio::sync::Semaphore;
use transcript::{Durability, Journal};

/// Letters of several alphabets: every client must encode them alike.
pub const PASSWORD: &str = "Grüße, Ωmega 7 и мир";

/// For clients that write only Latin letters in Basic.
pub const LATIN_PASSWORD: &str = "Grüße, Leser 77";

/// For hosts that write only ASCII.
pub const ASCII_PASSWORD: &str = "Letters 4 everybody";

/// A server with the accounts alice, bob, carol and dave.
pub struct Server {
    /// Where HTTP listens.
    pub http: SocketAddr,
    /// Where HTTPS listens.
    pub https: SocketAddr,
    pub dispatched: Dispatched,
    directory: tempfile::TempDir,
}

impl Server {
    pub async fn start() -> Server {
        Server::start_with(|_, _| ()).await
    }

    /// With other options than usual.
    pub async fn start_with(change: impl FnOnce(&mut WinRmOptions, &mut Config)) -> Server {
        Server::start_table(true, change).await
    }

    /// The table without `prompt` and `TabExpansion2`, as a restricted session has it.
    pub async fn start_restricted(patience: Patience) -> Server {
        Server::start_table(false, |options, _| options.patience = patience).await
    }

    async fn start_table(friendly: bool, change: impl FnOnce(&mut WinRmOptions, &mut Config)) -> Server {
        let directory = tempfile::tempdir().unwrap();
        let accounts = Arc::new(AccountStore::open(&directory.path().join("state")).unwrap());
        // the tests guess in earnest, and side by side
        let mut policy = Policy::default();
        policy.lockout.threshold = 0;
        accounts.set_policy(&policy).unwrap();
        for (name, password) in
            [("alice", PASSWORD), ("bob", PASSWORD), ("carol", LATIN_PASSWORD), ("dave", ASCII_PASSWORD)]
        {
            accounts.create(name, &Secret::new(password), SystemTime::now()).unwrap();
        }
        let anywhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let mut options = WinRmOptions {
            http: vec![anywhere],
            https: vec![anywhere],
            certificate: None,
            state: directory.path().join("state"),
            basic: true,
            kerberos: None,
            binding: BindingPolicy::Relaxed,
            guess_delay: Duration::ZERO,
            connections: 1_000,
            shells: 1_000,
            shells_per_user: 30,
            idle_timeout: Duration::from_mins(10),
            patience: Patience::default(),
        };
        let mut psrp = Config::new(version_table());
        change(&mut options, &mut psrp);
        let endpoint = Endpoint {
            configuration: "PrivilegedEndpoint".into(),
            table: Arc::new(crate::table(friendly)),
            policy: Box::new(OneRole),
            services: Services::default(),
            journal: Arc::new(Journal::open(&directory.path().join("record"), Durability::Relaxed).unwrap()),
            computer: "SERVER01".into(),
            psrp: Arc::new(psrp),
        };
        let winrm = WinRm::bind(options, "SERVER01").await.unwrap();
        let (http, https, dispatched) = (winrm.http()[0], winrm.https()[0], winrm.dispatched());
        let server = Server { http, https, dispatched, directory };
        tokio::spawn(winrm.serve(Arc::new(endpoint), accounts, Arc::new(Semaphore::new(1_000))));
        server
    }

    /// The certificate of HTTPS.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("state/tls/certificate.pem")
    }

    /// All that is on record, as text.
    pub fn record(&self) -> String {
        let files = std::fs::read_dir(self.directory.path().join("record")).unwrap();
        files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok()).collect()
    }
}

fn version_table() -> PsVersionTable {
    PsVersionTable {
        ps_version: Version::new(7, 6),
        ps_edition: "Core".into(),
        compatible_versions: vec![Version::new(5, 1), Version::new(7, 0)],
        more: Vec::new(),
    }
}

//! Servers that listen for WinRM clients, and the stock PowerShell that reaches them by our native client library.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::machine;
use crate::pwsh::Client;
use crate::realm::Realm;

/// Where a server listens, and an account of it.
pub struct Listening {
    /// HTTP with sealed messages.
    pub http: SocketAddr,
    /// HTTPS.
    pub https: SocketAddr,
    /// Its certificate, which signs itself.
    pub certificate: PathBuf,
    /// The name of an account.
    pub user: String,
    /// Its password.
    pub password: String,
    server: Option<Server>,
}

enum Server {
    Pepd(Box<Endpoint>),
    Table(Child),
}

impl Listening {
    /// The daemon. Give `env!("CARGO_BIN_EXE_pepd")`.
    pub fn pepd(program: &str) -> Listening {
        Listening::pepd_with(program, "")
    }

    /// The same, with sections of the configuration besides.
    pub fn pepd_with(program: &str, sections: &str) -> Listening {
        Listening::pepd_among(program, sections, &[])
    }

    /// The daemon as a member of a realm: alice enters as CloudAdmin, and nobody else.
    pub fn pepd_in(realm: &Realm, program: &str, winrm: &str) -> Listening {
        let keytab = realm.keytab();
        let section = format!(
            "[winrm]\nkeytab = \"{}\"\nprincipals = {{ \"alice@PEPD.TEST\" = \"cloudadmin\" }}\n{winrm}",
            keytab.display()
        );
        Listening::pepd_among(program, &section, &realm.environment())
    }

    fn pepd_among(program: &str, sections: &str, environment: &[(&'static str, PathBuf)]) -> Listening {
        let (http, https) = (machine::free_port(), machine::free_port());
        let configuration =
            format!("listen = [\"127.0.0.1:{http}\"]\nlisten_https = [\"127.0.0.1:{https}\"]\n{sections}");
        let endpoint = Endpoint::start_in(program, &configuration, environment);
        let password = endpoint.first_password();
        Listening {
            http: ([127, 0, 0, 1], http).into(),
            https: ([127, 0, 0, 1], https).into(),
            certificate: endpoint.state().join("tls/certificate.pem"),
            user: "CloudAdmin".into(),
            password,
            server: Some(Server::Pepd(Box::new(endpoint))),
        }
    }

    /// The commands of the test table, which prompt, fail and take their time on request.
    pub fn test_table() -> Listening {
        Listening::table(&[])
    }

    /// The same; a connection that lies idle for so long is hung up.
    pub fn hanging_up_after(idle: Duration) -> Listening {
        Listening::table(&["--idle", &idle.as_secs().to_string()])
    }

    fn table(arguments: &[&str]) -> Listening {
        let mut child = Command::new(machine::built("oracle-pepd"))
            .arg("--winrm")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut told).unwrap();
        let mut parts = told.split_whitespace();
        let mut part = || parts.next().unwrap_or_else(|| panic!("{told:?}")).to_owned();
        Listening {
            http: part().parse().unwrap(),
            https: part().parse().unwrap(),
            certificate: part().into(),
            user: "carol".into(),
            password: "Grüße, Leser 77".into(),
            server: Some(Server::Table(child)),
        }
    }

    /// A PowerShell that finds the library.
    pub fn client() -> Client {
        let library = machine::built("libpsrpclient.so");
        Client::new().variable("LD_LIBRARY_PATH", library.parent().unwrap())
    }

    /// A line that puts the account into `$cred`.
    pub fn credential(&self) -> String {
        let Listening { user, password, .. } = self;
        format!("$cred = [pscredential]::new('{user}', (ConvertTo-SecureString '{password}' -AsPlainText -Force))")
    }

    /// How to reach it over HTTP: parameters of `Enter-PSSession` and `New-PSSession`.
    pub fn parameters(&self) -> String {
        let port = self.http.port();
        format!(
            "-ComputerName localhost -Port {port} -ConfigurationName PrivilegedEndpoint -Credential $cred -Authentication Negotiate"
        )
    }

    /// The daemon's state directory; a table has none.
    pub fn state(&self) -> Option<PathBuf> {
        match &self.server {
            Some(Server::Pepd(endpoint)) => Some(endpoint.state()),
            _ => None,
        }
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        match &self.server {
            Some(Server::Pepd(endpoint)) => endpoint.pid(),
            Some(Server::Table(child)) => child.id(),
            None => 0,
        }
    }

    /// What the daemon printed so far.
    pub fn printed(&self) -> String {
        match &self.server {
            Some(Server::Pepd(endpoint)) => endpoint.printed(),
            _ => String::new(),
        }
    }

    /// Ends the server as a power cut would.
    pub fn kill(&mut self) {
        match &mut self.server {
            Some(Server::Pepd(endpoint)) => endpoint.kill(),
            Some(Server::Table(child)) => {
                child.kill().unwrap();
                child.wait().unwrap();
            }
            None => {}
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(Server::Table(mut child)) = self.server.take() {
            drop(child.stdin.take()); // it ends, and takes its directory with it
            drop(child.wait());
        }
    }
}

use std::net::SocketAddr;

use crate::tls::Trust;

/// A server, and how to come in.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is called: for `Host` and for its certificate.
    pub host: String,
    /// HTTPS, and whom to trust.
    pub tls: Option<Trust>,
    /// The user, as `user`, `DOMAIN\user` or `user@domain`.
    pub user: String,
    /// The password.
    pub password: clixml::Secret,
    /// How to log on.
    pub authentication: Authentication,
    /// The session configuration.
    pub configuration: String,
}

impl Target {
    /// The URL of the service.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}/wsman", self.host, self.address.port())
    }
}

/// How to log on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Authentication {
    /// NTLM inside SPNEGO.
    #[default]
    Negotiate,
    /// NTLM as it is.
    Ntlm,
    /// Name and password in each request.
    Basic,
}

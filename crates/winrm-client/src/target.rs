use std::net::SocketAddr;

use crate::tickets::Tickets;
use crate::tls::Trust;

/// A server, and how to come in.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name or its address, IPv6 in brackets: for `Host` and for its certificate, and where [`Target::address`] is not given.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Where it listens, if that is not to be looked up.
    pub address: Option<SocketAddr>,
    /// Path and query of the service: `/wsman`.
    pub path: String,
    /// HTTPS, and whom to trust.
    pub tls: Option<Trust>,
    /// The user, as `user`, `DOMAIN\user` or `user@domain`. Empty: whoever has a ticket in the ticket cache.
    pub user: String,
    /// The password.
    pub password: clixml::Secret,
    /// What Kerberos needs.
    pub tickets: Tickets,
    /// How to log on.
    pub authentication: Authentication,
    /// The session configuration.
    pub configuration: String,
}

impl Target {
    /// The URL of the service.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}{}", self.host, self.port, self.path)
    }

    /// The host as it is looked up and as its certificate names it: without brackets.
    pub(crate) fn name(&self) -> &str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host)
    }
}

/// How to log on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Authentication {
    /// SPNEGO: Kerberos for who has a ticket, or is `user@REALM` of a realm that knows the server by name; NTLM for everybody else.
    #[default]
    Negotiate,
    /// NTLM as it is.
    Ntlm,
    /// Kerberos and nothing else.
    Kerberos,
    /// Name and password in each request.
    Basic,
}

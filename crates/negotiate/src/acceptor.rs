use std::fmt;
use std::sync::Arc;

use crate::basic::Passwords;
use crate::channel_binding::ChannelBinding;
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::identity::{Authenticated, Refusal};
use crate::kerberos::KerberosService;
use crate::ntlm::NtHashes;
use crate::sealing::Sealing;

/// The server's end of one handshake. It belongs to one TCP connection and is thrown away with it.
///
/// This is the seam for CredSSP, which is not offered yet: it would be one more implementation.
pub trait Acceptor: Send {
    /// Takes the client's next token. After [`Step::Done`] and [`Step::Fail`] every further token fails.
    fn step(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Step;
}

/// What came of a token.
#[derive(Debug)]
pub enum Step {
    /// Send this token and wait for the next one.
    Continue(Vec<u8>),
    /// The client has proved who it is.
    Done(Established),
    /// The client is turned away. No token says so: it would say why.
    Fail(Refusal),
}

/// A handshake that is complete.
pub struct Established {
    /// What the client still has to be sent, if anything.
    pub token: Option<Vec<u8>>,
    /// Who it is.
    pub identity: Authenticated,
    /// How to open and seal messages. None when the client did not ask for it, which only TLS makes acceptable.
    pub sealing: Option<Box<dyn Sealing>>,
}

impl fmt::Debug for Established {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Established")
            .field("identity", &self.identity)
            .field("sealed", &self.sealing.is_some())
            .finish_non_exhaustive()
    }
}

/// What lies under the handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// Plain TCP: every message must be sealed, Basic is refused.
    Plain,
    /// TLS with this server's certificate.
    Tls(ChannelBinding),
}

/// What to do with the client's channel binding over TLS (`CbtHardeningLevel`, MS-WSMV 2.2.4.34).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BindingPolicy {
    /// Do not look at it; the only choice behind a proxy that ends TLS.
    None,
    /// Refuse a wrong one, accept none.
    #[default]
    Relaxed,
    /// Refuse a wrong one and none.
    Strict,
}

/// What to do with an NTLM client that sends no message integrity code. Its password is verified either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AbsentMic {
    /// Turn it away: every client since Windows Vista sends one when the challenge has a timestamp, as ours has.
    #[default]
    Refuse,
    /// Let it in, for clients that never learned to. What was negotiated may then have been changed on the way.
    Accept,
}

/// The names a server gives itself in its challenge (MS-NLMP 2.2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerNames {
    /// MsvAvNbComputerName, and the name of the target.
    pub nb_computer: String,
    /// MsvAvNbDomainName.
    pub nb_domain: String,
    /// MsvAvDnsComputerName.
    pub dns_computer: String,
    /// MsvAvDnsDomainName.
    pub dns_domain: String,
}

impl ServerNames {
    /// The names of a machine that belongs to no domain, made from its host name: the machine is its own domain.
    pub fn workgroup(host: &str) -> ServerNames {
        let label = host.split('.').next().unwrap_or_default();
        let nb: String = label.to_uppercase().chars().take(15).collect();
        ServerNames {
            nb_computer: nb.clone(),
            nb_domain: nb,
            dns_computer: host.to_owned(),
            dns_domain: host.to_owned(),
        }
    }
}

/// What all connections of a listener share.
#[derive(Clone)]
pub struct AcceptorConfig {
    /// Who the server says it is.
    pub names: ServerNames,
    /// The accounts for NTLM.
    pub nt_hashes: Arc<dyn NtHashes>,
    /// The accounts for Basic; none means that Basic is not offered.
    pub passwords: Option<Arc<dyn Passwords>>,
    /// The keys and the accounts for Kerberos; none means that Kerberos is not offered.
    pub kerberos: Option<Arc<dyn KerberosService>>,
    /// What an absent message integrity code means.
    pub absent_mic: AbsentMic,
    /// What a channel binding must be.
    pub binding: BindingPolicy,
}

impl fmt::Debug for AcceptorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorConfig")
            .field("names", &self.names)
            .field("basic", &self.passwords.is_some())
            .field("kerberos", &self.kerberos.is_some())
            .field("absent_mic", &self.absent_mic)
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workgroup_machine_is_its_own_domain() {
        let names = ServerNames::workgroup("pep-with-a-long-name.example.org");
        assert_eq!(names.nb_computer, "PEP-WITH-A-LONG");
        assert_eq!(names.nb_domain, "PEP-WITH-A-LONG");
        assert_eq!(names.dns_computer, "pep-with-a-long-name.example.org");
    }
}

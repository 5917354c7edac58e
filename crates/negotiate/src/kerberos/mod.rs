//! Kerberos (RFC 4121), as far as this crate has to do with it: which tokens are its, who may come in by it, and how SPNEGO
//! goes on with it. Tickets, keys and encryption are a library's behind [`KerberosContext`].

mod acceptor;

use std::fmt;

use thiserror::Error;

use crate::channel_binding::ChannelBinding;
use crate::sealing::{SealError, Sealing};

pub(crate) use acceptor::{Accepted, KerberosAcceptor, Vouched, is_initial};

/// One half of a Kerberos handshake, and the messages after it. A library of the machine makes it.
pub trait KerberosContext: Sealing {
    /// Takes the peer's next token; the client begins with none. It may ask the KDC, which takes time.
    fn step(&mut self, token: &[u8]) -> Result<KerberosStep, KerberosError>;

    /// Signs something that goes beside the messages (GSS_GetMIC).
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Verifies the peer's signature of such a thing.
    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), SealError>;
}

/// What came of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KerberosStep {
    /// Send this token and wait for the next one.
    Continue(Vec<u8>),
    /// The handshake is complete.
    Done {
        /// What the peer still has to be sent, if anything.
        token: Option<Vec<u8>>,
        /// Who the client is: the server's half says so.
        client: Option<KerberosClient>,
    },
}

/// Who proved who they are, and what the handshake is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KerberosClient {
    /// `user@REALM`
    pub principal: String,
    /// Both sides are proved, and messages can be sealed, in order and once.
    pub protects: bool,
    /// The handshake is bound to the TLS connection that the context was made for.
    pub bound: bool,
}

/// The server's side of Kerberos: its keys, and the accounts of principals.
pub trait KerberosService: Send + Sync {
    /// A new handshake. Without a binding the client's is not looked at; with one, a wrong one is an error of its first step,
    /// and [`KerberosClient::bound`] says whether there was one.
    fn accept(&self, binding: Option<&ChannelBinding>) -> Box<dyn KerberosContext>;

    /// The account that a principal enters as; none if it may not come in.
    fn account(&self, principal: &str) -> Option<String>;
}

/// Why Kerberos did not come about.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct KerberosError {
    /// What kind of trouble it is.
    pub trouble: KerberosTrouble,
    /// What the library says of it.
    pub text: String,
}

impl KerberosError {
    /// An error in the library's words.
    pub fn new(trouble: KerberosTrouble, text: String) -> KerberosError {
        KerberosError { trouble, text }
    }
}

/// The kinds of trouble that a user can do something about, each something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KerberosTrouble {
    /// The machine has no GSSAPI library.
    NotInstalled,
    /// There is no ticket.
    NoTicket,
    /// The ticket's time is over.
    Expired,
    /// The realm is not known, or none of its KDCs answers.
    NoKdc,
    /// The KDC does not know the client.
    UnknownClient,
    /// The KDC does not know the server by this name.
    UnknownServer,
    /// The password is not the right one.
    WrongPassword,
    /// The account is locked, or its password has to be changed.
    Revoked,
    /// The clocks are too far apart.
    Skew,
    /// The server has another key than the KDC thinks, or does not prove who it is.
    WrongServer,
    /// The handshake was made for another TLS connection.
    Binding,
    /// The ticket was shown once before.
    Replay,
    /// Something else.
    Other,
}

impl KerberosTrouble {
    /// Kerberos cannot be used here, whoever asks and whatever the password: another mechanism may be tried where that is allowed.
    pub fn is_for_want_of_kerberos(self) -> bool {
        use KerberosTrouble as T;
        matches!(self, T::NotInstalled | T::NoKdc | T::UnknownClient | T::UnknownServer)
    }
}

impl fmt::Debug for dyn KerberosService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KerberosService")
    }
}

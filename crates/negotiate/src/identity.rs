use std::fmt;

use thiserror::Error;

use crate::basic::BasicError;
use crate::der::DerError;
use crate::kerberos::KerberosError;
use crate::ntlm::{Flags, MessageError};
use crate::sealing::SealError;

/// Somebody who proved who they are. Only this crate's acceptors make one, so a function that takes it cannot be
/// reached without a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    account: String,
    name: LogonName,
    mechanism: Mechanism,
}

impl Authenticated {
    pub(crate) fn new(account: String, name: LogonName, mechanism: Mechanism) -> Authenticated {
        Authenticated { account, name, mechanism }
    }

    /// The account, spelled as its store spells it.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The name as the client wrote it.
    pub fn name(&self) -> &LogonName {
        &self.name
    }

    /// How it was proved.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }
}

/// A way to prove who one is. CredSSP is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// NTLMv2, with or without SPNEGO around it.
    Ntlm,
    /// A ticket of a KDC, with or without SPNEGO around it.
    Kerberos,
    /// Name and password in every request (RFC 7617).
    Basic,
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mechanism::Ntlm => "NTLM",
            Mechanism::Kerberos => "Kerberos",
            Mechanism::Basic => "Basic",
        })
    }
}

/// A user and where it belongs to, as a client wrote it. It prints with odd characters escaped: logs show it.
#[derive(Clone, PartialEq, Eq)]
pub struct LogonName {
    /// The user alone.
    pub user: String,
    /// The domain; empty when there was none.
    pub domain: String,
}

impl LogonName {
    /// Takes `DOMAIN\user`, `user@domain` and `user` apart.
    pub fn parse(name: &str) -> LogonName {
        if let Some((domain, user)) = name.split_once('\\') {
            return LogonName { user: user.to_owned(), domain: domain.to_owned() };
        }
        match name.rsplit_once('@') {
            Some((user, domain)) => LogonName { user: user.to_owned(), domain: domain.to_owned() },
            None => LogonName { user: name.to_owned(), domain: String::new() },
        }
    }

    /// A name of which the client gave both halves; without a domain the user may hold it.
    pub(crate) fn from_parts(user: &str, domain: &str) -> LogonName {
        if domain.is_empty() {
            return LogonName::parse(user);
        }
        LogonName { user: user.to_owned(), domain: domain.to_owned() }
    }
}

impl fmt::Display for LogonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.domain.is_empty() {
            write!(f, "{}\\", self.domain.escape_debug())?;
        }
        write!(f, "{}", self.user.escape_debug())
    }
}

impl fmt::Debug for LogonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why somebody was turned away. It is for the log: the peer learns nothing but that it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The peer broke the protocol: not the SPNEGO token that belongs here.
    #[error("malformed SPNEGO token: {0}")]
    Der(#[from] DerError),
    /// The peer broke the protocol: not the NTLM message that belongs here.
    #[error("malformed NTLM message: {0}")]
    Message(#[from] MessageError),
    /// The peer broke the protocol: no name and password.
    #[error("malformed Basic credentials: {0}")]
    Basic(#[from] BasicError),
    /// The ticket, or what came with it, is no good.
    #[error("Kerberos: {0}")]
    Kerberos(#[from] KerberosError),
    /// A KDC vouches for the client, but nobody let it in here.
    #[error("{}: the principal is not mapped to an account", .0.escape_debug())]
    NotMapped(String),
    /// The peer broke the protocol: a token that has no place at this point of the handshake.
    #[error("unexpected token: {0}")]
    Unexpected(&'static str),
    /// The peer speaks no mechanism that is offered.
    #[error("no mechanism in common")]
    NoMechanism,
    /// The client does not want what is needed here.
    #[error("the client does not offer {0}")]
    Missing(Flags),
    /// The client uses what was never agreed on.
    #[error("the client uses {0}, which was not negotiated")]
    NotNegotiated(Flags),
    /// A response of LAN Manager or of NTLM version 1.
    #[error("{0}: the client sent an LM or NTLMv1 response")]
    OldVersion(LogonName),
    /// No name, or no response.
    #[error("anonymous logon")]
    Anonymous,
    /// The guest account.
    #[error("guest logon")]
    Guest,
    /// The account is not there, locked, or may not do this.
    #[error("{0}: no such account, or it may not log on")]
    UnknownAccount(LogonName),
    /// The proof is not one.
    #[error("{0}: wrong password")]
    WrongPassword(LogonName),
    /// The proof is good, but one of the three messages was changed on its way.
    #[error("{0}: the message integrity code does not match")]
    WrongMic(LogonName),
    /// The client sent no integrity code although the server's clock was in the challenge.
    #[error("{0}: the message integrity code is missing")]
    NoMic(LogonName),
    /// The proof is good, but was made for another TLS connection.
    #[error("{0}: the channel binding is that of another connection")]
    WrongChannelBinding(LogonName),
    /// The proof is good, but not bound to this TLS connection, and policy wants that.
    #[error("{0}: the channel binding is missing")]
    NoChannelBinding(LogonName),
    /// The proof is good, but was made for another kind of service.
    #[error("{0}: the client meant to talk to {1:?}")]
    WrongTarget(LogonName, String),
    /// The proof is good, but the list of mechanisms was changed or is not signed.
    #[error("{0}: the list of mechanisms is not signed as it must be")]
    WrongMechListMic(LogonName),
    /// The challenge was not answered in time.
    #[error("the challenge was answered too late")]
    Late,
    /// Passwords travel inside TLS only.
    #[error("Basic credentials outside TLS")]
    BasicOutsideTls,
    /// A scheme that is not offered.
    #[error("the scheme is not offered")]
    Scheme,
    /// We failed.
    #[error("sealing: {0}")]
    Seal(#[from] SealError),
}

impl Refusal {
    /// The name whose password was not the right one: what a lockout counts. Names of no account are among them, so that
    /// the answer to a guess does not depend on them.
    pub fn guessed(&self) -> Option<&LogonName> {
        match self {
            Refusal::UnknownAccount(name) | Refusal::WrongPassword(name) => Some(name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(user: &str, domain: &str) -> LogonName {
        LogonName { user: user.into(), domain: domain.into() }
    }

    #[test]
    fn w_033_the_three_ways_to_write_a_name() {
        assert_eq!(LogonName::parse("alice"), name("alice", ""));
        assert_eq!(LogonName::parse("DOM\\alice"), name("alice", "DOM"));
        assert_eq!(LogonName::parse("alice@dom.example"), name("alice", "dom.example"));
        assert_eq!(LogonName::parse(".\\alice"), name("alice", "."));
        assert_eq!(LogonName::from_parts("alice@dom", ""), name("alice", "dom"));
        assert_eq!(LogonName::from_parts("alice@dom", "OTHER"), name("alice@dom", "OTHER"));
    }

    #[test]
    fn a_name_cannot_write_lines_into_a_log() {
        assert_eq!(name("a\r\nb", "D").to_string(), r"D\a\r\nb");
    }
}

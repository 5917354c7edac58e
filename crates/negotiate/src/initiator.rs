//! The client's half: for the load tool, the native client, and the tests of the other half.

use std::fmt;

use thiserror::Error;

use crate::der::DerError;
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::ntlm::{Credentials, Flags, MessageError, NtlmInitiator, Session};
use crate::sealing::{SealError, Sealing};
use crate::spnego::SpnegoInitiator;

/// What the client's tokens are wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// NTLM messages as they are.
    Ntlm,
    /// NTLM inside SPNEGO.
    Negotiate,
}

/// Why a handshake did not come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InitiateError {
    /// The server broke the protocol.
    #[error("malformed SPNEGO token: {0}")]
    Der(#[from] DerError),
    /// The server broke the protocol.
    #[error("malformed NTLM message: {0}")]
    Message(#[from] MessageError),
    /// The server broke the protocol: a token that has no place here.
    #[error("unexpected token: {0}")]
    Unexpected(&'static str),
    /// The server does not grant what is needed.
    #[error("the server does not grant {0}")]
    Missing(Flags),
    /// The server did not say who it is.
    #[error("the server's challenge does not name the server and its domain")]
    NoServerNames,
    /// The server does not speak NTLM.
    #[error("the server chose another mechanism")]
    Mechanism,
    /// The server turned us away.
    #[error("the server rejected the logon")]
    Rejected,
    /// The server did not sign the list of mechanisms, or somebody changed it.
    #[error("the server's signature of the list of mechanisms: {0}")]
    MechListMic(SealError),
}

/// What came of a token.
pub enum Progress {
    /// Send this token and wait for the server's next one.
    Continue(Vec<u8>),
    /// Complete: send the token if there is one. With [`Package::Ntlm`] the server has not answered yet, so only its
    /// status or its first sealed message shows that it agreed.
    Done {
        /// What the server still has to be sent.
        token: Option<Vec<u8>>,
        /// How to seal and open messages.
        sealing: Box<dyn Sealing>,
    },
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Progress::Continue(_) => "Continue",
            Progress::Done { .. } => "Done",
        })
    }
}

/// The client's half of one handshake. [`Initiator::new`] gives its first token.
pub struct Initiator(State);

enum State {
    Ntlm(Box<NtlmInitiator>),
    Spnego(Box<SpnegoInitiator>),
    Over,
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Initiator")
    }
}

impl Initiator {
    /// A handshake and its first token.
    pub fn new(package: Package, credentials: Credentials) -> (Initiator, Vec<u8>) {
        let (ntlm, message) = NtlmInitiator::new(credentials);
        match package {
            Package::Ntlm => (Initiator(State::Ntlm(Box::new(ntlm))), message),
            Package::Negotiate => {
                let (spnego, token) = SpnegoInitiator::new(ntlm, &message);
                (Initiator(State::Spnego(Box::new(spnego))), token)
            }
        }
    }

    /// Takes the server's next token.
    pub fn step(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Result<Progress, InitiateError> {
        match std::mem::replace(&mut self.0, State::Over) {
            State::Ntlm(ntlm) => {
                let (message, session) = ntlm.authenticate(token, now, entropy)?;
                Ok(done(Some(message), session))
            }
            State::Spnego(mut spnego) => {
                let progress = spnego.step(token, now, entropy)?;
                if matches!(progress, Progress::Continue(_)) {
                    self.0 = State::Spnego(spnego);
                }
                Ok(progress)
            }
            State::Over => Err(InitiateError::Unexpected("the handshake is over")),
        }
    }
}

/// The end of a handshake.
pub(crate) fn done(token: Option<Vec<u8>>, session: Session) -> Progress {
    Progress::Done { token, sealing: Box::new(session) }
}

//! The client's half: for the load tool, the native client, and the tests of the other half.

use std::fmt;

use thiserror::Error;

use crate::der::DerError;
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::kerberos::{KerberosContext, KerberosError, KerberosStep, KerberosTrouble};
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

/// What Kerberos' tokens are wrapped in.
#[derive(Debug, Clone)]
pub enum Wrapping {
    /// Nothing: the scheme `Kerberos`.
    None,
    /// SPNEGO: the scheme `Negotiate`. With credentials for NTLM, a server without Kerberos may choose that.
    Spnego(Option<Credentials>),
}

/// Why a handshake did not come about.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
    /// The ticket is no good, or there is none.
    #[error("Kerberos: {0}")]
    Kerberos(#[from] KerberosError),
    /// The server speaks no mechanism that was offered.
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
    Kerberos(Box<dyn KerberosContext>),
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
                let (spnego, token) = SpnegoInitiator::ntlm(ntlm, &message);
                (Initiator(State::Spnego(Box::new(spnego))), token)
            }
        }
    }

    /// A handshake of Kerberos and its first token. It asks the KDC, which may take time.
    ///
    /// # Errors
    /// If there is no ticket for the server.
    pub fn kerberos(
        wrapping: Wrapping,
        mut context: Box<dyn KerberosContext>,
    ) -> Result<(Initiator, Vec<u8>), KerberosError> {
        match wrapping {
            Wrapping::Spnego(otherwise) => {
                let (spnego, token) = SpnegoInitiator::kerberos(context, otherwise)?;
                Ok((Initiator(State::Spnego(Box::new(spnego))), token))
            }
            Wrapping::None => match context.step(&[])? {
                KerberosStep::Continue(token) => Ok((Initiator(State::Kerberos(context)), token)),
                KerberosStep::Done { .. } => {
                    let text = "the server is not asked who it is".to_owned();
                    Err(KerberosError::new(KerberosTrouble::WrongServer, text))
                }
            },
        }
    }

    /// Takes the server's next token.
    pub fn step(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Result<Progress, InitiateError> {
        match std::mem::replace(&mut self.0, State::Over) {
            State::Ntlm(ntlm) => {
                let (message, session) = ntlm.authenticate(token, now, entropy)?;
                Ok(done(Some(message), session))
            }
            State::Kerberos(mut context) => match context.step(token)? {
                KerberosStep::Continue(token) => {
                    self.0 = State::Kerberos(context);
                    Ok(Progress::Continue(token))
                }
                KerberosStep::Done { token, .. } => Ok(Progress::Done { token, sealing: context }),
            },
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

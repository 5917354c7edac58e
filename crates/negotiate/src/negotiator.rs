use std::fmt;
use std::sync::Arc;

use crate::acceptor::{Acceptor, AcceptorConfig, Channel, Established, Step};
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::identity::Refusal;
use crate::kerberos::{self, KerberosAcceptor};
use crate::ntlm::{self, Flags, NtlmAcceptor, NtlmStep, Proven};
use crate::spnego::{self, SpnegoAcceptor};

/// The acceptor behind `Negotiate` and `NTLM`: the client's first token shows whether it is SPNEGO, an NTLM message
/// without anything around it, which Windows sends when NTLM is its first choice (MS-SPNG note 8), or Kerberos without
/// anything around it. The answers are of the same kind.
pub struct Negotiator {
    config: Arc<AcceptorConfig>,
    channel: Channel,
    state: State,
}

enum State {
    Start,
    Ntlm(NtlmAcceptor),
    Kerberos(KerberosAcceptor),
    Spnego(Box<SpnegoAcceptor>),
    Over,
}

impl Negotiator {
    /// A new handshake on this channel.
    pub fn new(config: Arc<AcceptorConfig>, channel: Channel) -> Negotiator {
        Negotiator { config, channel, state: State::Start }
    }

    fn start(&self, token: &[u8]) -> Result<State, Refusal> {
        let (config, channel) = (self.config.clone(), self.channel.clone());
        if token.starts_with(ntlm::SIGNATURE) {
            Ok(State::Ntlm(NtlmAcceptor::new(config, channel, Flags::NONE)))
        } else if kerberos::is_initial(token) && self.config.kerberos.is_some() {
            Ok(State::Kerberos(KerberosAcceptor::new(&self.config, channel)))
        } else if spnego::is_initial(token) {
            Ok(State::Spnego(Box::new(SpnegoAcceptor::new(config, channel))))
        } else {
            Err(Refusal::Unexpected("neither SPNEGO nor NTLM begins so"))
        }
    }
}

impl fmt::Debug for Negotiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Negotiator").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl Acceptor for Negotiator {
    fn step(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Step {
        if matches!(self.state, State::Start) {
            self.state = match self.start(token) {
                Ok(state) => state,
                Err(refusal) => {
                    self.state = State::Over;
                    return Step::Fail(refusal);
                }
            };
        }
        let step = match &mut self.state {
            State::Ntlm(ntlm) => step_ntlm(ntlm, token, now, entropy),
            State::Kerberos(kerberos) => kerberos.step(token, now, entropy),
            State::Spnego(spnego) => spnego.step(token, now, entropy),
            State::Start | State::Over => Step::Fail(Refusal::Unexpected("the handshake is over")),
        };
        if !matches!(step, Step::Continue(_)) {
            self.state = State::Over;
        }
        step
    }
}

fn step_ntlm(ntlm: &mut NtlmAcceptor, token: &[u8], now: FileTime, entropy: Entropy) -> Step {
    match ntlm.step(token, now, entropy) {
        Ok(NtlmStep::Challenge(challenge)) => Step::Continue(challenge),
        Ok(NtlmStep::Proven(proven)) => Step::Done(Established::of(*proven, None)),
        Err(refusal) => Step::Fail(refusal),
    }
}

impl Established {
    /// The end of a handshake in which NTLM was the mechanism.
    pub(crate) fn of(proven: Proven, token: Option<Vec<u8>>) -> Established {
        let seals = proven.seals();
        let Proven { identity, session, .. } = proven;
        Established { token, identity, sealing: if seals { Some(Box::new(session)) } else { None } }
    }
}

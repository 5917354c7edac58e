use std::sync::Arc;

use super::mechanism::{Choice, Mechanism, choose};
use super::token::{NegState, NegTokenInit, NegTokenResp};
use crate::acceptor::{AcceptorConfig, Channel, Established, Step};
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::identity::Refusal;
use crate::kerberos::{Accepted, KerberosAcceptor, Vouched};
use crate::ntlm::{Flags, NtlmAcceptor, NtlmStep, Proven};

/// The server's half of one negotiation.
pub(crate) struct SpnegoAcceptor {
    config: Arc<AcceptorConfig>,
    channel: Channel,
    state: State,
}

enum State {
    Start,
    /// The mechanism is chosen and its handshake runs.
    Chosen(Chosen),
    /// Kerberos is through; the client's signature of the list is to come.
    Signing(Chosen, Vouched),
    Over,
}

struct Chosen {
    running: Running,
    /// The client's list as it came.
    mech_types: Vec<u8>,
    /// The client's favourite was not taken, so it must sign the list, whatever the mechanism.
    mic_requested: bool,
}

/// The mechanism that was chosen.
enum Running {
    Ntlm(NtlmAcceptor),
    Kerberos(KerberosAcceptor),
}

impl SpnegoAcceptor {
    /// A negotiation.
    pub(crate) fn new(config: Arc<AcceptorConfig>, channel: Channel) -> SpnegoAcceptor {
        SpnegoAcceptor { config, channel, state: State::Start }
    }

    pub(crate) fn step(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Step {
        let result = match std::mem::replace(&mut self.state, State::Over) {
            State::Start => self.first(token, now, entropy),
            State::Chosen(chosen) => self.next(chosen, token, now, entropy),
            State::Signing(chosen, vouched) => signed(&chosen, vouched, token),
            State::Over => Err(Refusal::Unexpected("the negotiation is over")),
        };
        result.unwrap_or_else(Step::Fail)
    }

    fn first(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Result<Step, Refusal> {
        let init = NegTokenInit::parse(token)?;
        let offered: &[Mechanism] = match self.config.kerberos {
            Some(_) => &[Mechanism::Kerberos, Mechanism::Ntlm],
            None => &[Mechanism::Ntlm],
        };
        let Choice { mechanism, oid, preferred } = choose(&init.types, offered).ok_or(Refusal::NoMechanism)?;
        let running = match mechanism {
            // the list of mechanisms is to be signed, so signing is needed even where sealing is not
            Mechanism::Ntlm => Running::Ntlm(NtlmAcceptor::new(self.config.clone(), self.channel.clone(), Flags::SIGN)),
            Mechanism::Kerberos => Running::Kerberos(KerberosAcceptor::new(&self.config, self.channel.clone())),
        };
        let chosen = Chosen { running, mech_types: init.types_der.to_vec(), mic_requested: !preferred };
        // An optimistic token is for the favourite; when that was not taken it means nothing (RFC 4178 5).
        match init.token.filter(|_| preferred) {
            Some(message) => self.advance(chosen, message, None, Some(oid), now, entropy),
            None => {
                self.state = State::Chosen(chosen);
                let neg_state = if preferred { NegState::AcceptIncomplete } else { NegState::RequestMic };
                Ok(going_on(neg_state, Some(oid), None))
            }
        }
    }

    fn next(&mut self, chosen: Chosen, token: &[u8], now: FileTime, entropy: Entropy) -> Result<Step, Refusal> {
        let response = response(token)?;
        let message = response.response_token.ok_or(Refusal::Unexpected("a response without a message"))?;
        self.advance(chosen, message, response.mech_list_mic, None, now, entropy)
    }

    /// Gives the mechanism its message. `named` is the mechanism's name in the first answer.
    fn advance(
        &mut self,
        mut chosen: Chosen,
        message: &[u8],
        mic: Option<&[u8]>,
        named: Option<&[u8]>,
        now: FileTime,
        entropy: Entropy,
    ) -> Result<Step, Refusal> {
        let answer = match &mut chosen.running {
            Running::Ntlm(ntlm) => match ntlm.step(message, now, entropy)? {
                NtlmStep::Challenge(challenge) => challenge,
                NtlmStep::Proven(_) if named.is_some() => {
                    return Err(Refusal::Unexpected("a proof before the challenge"));
                }
                NtlmStep::Proven(proven) => return finish(&chosen, mic, *proven),
            },
            Running::Kerberos(kerberos) => match kerberos.accept(message)? {
                Accepted::Continue(token) => token,
                Accepted::Vouched(vouched) => return self.vouched(chosen, mic, named, vouched),
            },
        };
        self.state = State::Chosen(chosen);
        Ok(going_on(NegState::AcceptIncomplete, named, Some(&answer)))
    }

    /// The list need not be signed when the client's favourite was taken: nobody could have made it another one (RFC 4178 5).
    fn vouched(
        &mut self,
        chosen: Chosen,
        mic: Option<&[u8]>,
        named: Option<&[u8]>,
        mut vouched: Vouched,
    ) -> Result<Step, Refusal> {
        let token = vouched.token.take();
        if mic.is_none() && chosen.mic_requested {
            self.state = State::Signing(chosen, vouched);
            return Ok(going_on(NegState::RequestMic, named, token.as_deref()));
        }
        completed(&chosen, vouched, mic, named, token.as_deref())
    }
}

fn response(token: &[u8]) -> Result<NegTokenResp<'_>, Refusal> {
    let response = NegTokenResp::parse(token)?;
    if response.neg_state == Some(NegState::Reject) {
        return Err(Refusal::Unexpected("the client rejects the negotiation"));
    }
    Ok(response)
}

fn going_on(neg_state: NegState, supported_mech: Option<&[u8]>, response_token: Option<&[u8]>) -> Step {
    let response =
        NegTokenResp { neg_state: Some(neg_state), supported_mech, response_token, ..NegTokenResp::default() };
    Step::Continue(response.encode())
}

/// The signature that was asked for.
fn signed(chosen: &Chosen, vouched: Vouched, token: &[u8]) -> Result<Step, Refusal> {
    let mic = response(token)?.mech_list_mic;
    let mic = mic.ok_or_else(|| Refusal::WrongMechListMic(vouched.identity.name().clone()))?;
    completed(chosen, vouched, Some(mic), None, None)
}

/// Who signs the list gets a signature.
fn completed(
    chosen: &Chosen,
    mut vouched: Vouched,
    mic: Option<&[u8]>,
    named: Option<&[u8]>,
    token: Option<&[u8]>,
) -> Result<Step, Refusal> {
    let ours = match mic {
        Some(mic) => {
            let wrong = |_| Refusal::WrongMechListMic(vouched.identity.name().clone());
            vouched.context.verify(&chosen.mech_types, mic).map_err(wrong)?;
            Some(vouched.context.sign(&chosen.mech_types)?)
        }
        None => None,
    };
    let response = NegTokenResp {
        neg_state: Some(NegState::AcceptCompleted),
        supported_mech: named,
        response_token: token,
        mech_list_mic: ours.as_deref(),
    };
    Ok(Step::Done(vouched.established(Some(response.encode()))))
}

/// The client must sign the list when it was asked to, and when its last message has a MIC: a client that makes the
/// one makes the other (MS-SPNG note 8). Who signs gets a signature.
fn finish(chosen: &Chosen, mic: Option<&[u8]>, mut proven: Proven) -> Result<Step, Refusal> {
    let wrong = Refusal::WrongMechListMic(proven.identity.name().clone());
    let ours = match mic {
        Some(mic) => {
            proven.session.verify_mech_list_mic(&chosen.mech_types, mic).map_err(|_| wrong)?;
            Some(proven.session.mech_list_mic(&chosen.mech_types)?)
        }
        None if chosen.mic_requested || proven.mic => return Err(wrong),
        None => None,
    };
    let response = NegTokenResp {
        neg_state: Some(NegState::AcceptCompleted),
        mech_list_mic: ours.as_ref().map(|mic| &mic[..]),
        ..NegTokenResp::default()
    };
    Ok(Step::Done(Established::of(proven, Some(response.encode()))))
}

use std::sync::Arc;

use super::mechanism::{Choice, Mechanism, choose};
use super::token::{NegState, NegTokenInit, NegTokenResp};
use crate::acceptor::{AcceptorConfig, Channel, Established, Step};
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::identity::Refusal;
use crate::ntlm::{Flags, NtlmAcceptor, NtlmStep, Proven};

/// What is offered.
const OFFERED: [Mechanism; 1] = [Mechanism::Ntlm];

/// The server's half of one negotiation.
pub(crate) struct SpnegoAcceptor {
    ntlm: NtlmAcceptor,
    state: State,
}

enum State {
    Start,
    /// The mechanism is chosen and its handshake runs.
    Chosen(Chosen),
    Over,
}

struct Chosen {
    /// The client's list as it came.
    mech_types: Vec<u8>,
    /// The client's favourite was not taken, so it must sign the list, whatever the mechanism.
    mic_requested: bool,
}

impl SpnegoAcceptor {
    /// A negotiation. The list of mechanisms is to be signed, so signing is needed even where sealing is not.
    pub(crate) fn new(config: Arc<AcceptorConfig>, channel: Channel) -> SpnegoAcceptor {
        SpnegoAcceptor { ntlm: NtlmAcceptor::new(config, channel, Flags::SIGN), state: State::Start }
    }

    pub(crate) fn step(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Step {
        let result = match std::mem::replace(&mut self.state, State::Over) {
            State::Start => self.first(token, now, entropy),
            State::Chosen(chosen) => self.next(chosen, token, now, entropy),
            State::Over => Err(Refusal::Unexpected("the negotiation is over")),
        };
        result.unwrap_or_else(Step::Fail)
    }

    fn first(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Result<Step, Refusal> {
        let init = NegTokenInit::parse(token)?;
        let Choice { mechanism: _, oid, preferred } = choose(&init.types, &OFFERED).ok_or(Refusal::NoMechanism)?;
        // An optimistic token is for the favourite; when that was not taken it means nothing (RFC 4178 5).
        let challenge = match init.token {
            Some(message) if preferred => match self.ntlm.step(message, now, entropy)? {
                NtlmStep::Challenge(challenge) => Some(challenge),
                NtlmStep::Proven(_) => return Err(Refusal::Unexpected("a proof before the challenge")),
            },
            _ => None,
        };
        let response = NegTokenResp {
            neg_state: Some(if preferred { NegState::AcceptIncomplete } else { NegState::RequestMic }),
            supported_mech: Some(oid),
            response_token: challenge.as_deref(),
            mech_list_mic: None,
        };
        let chosen = Chosen { mech_types: init.types_der.to_vec(), mic_requested: !preferred };
        self.state = State::Chosen(chosen);
        Ok(Step::Continue(response.encode()))
    }

    fn next(&mut self, chosen: Chosen, token: &[u8], now: FileTime, entropy: Entropy) -> Result<Step, Refusal> {
        let response = NegTokenResp::parse(token)?;
        if response.neg_state == Some(NegState::Reject) {
            return Err(Refusal::Unexpected("the client rejects the negotiation"));
        }
        let message = response.response_token.ok_or(Refusal::Unexpected("a response without a message"))?;
        match self.ntlm.step(message, now, entropy)? {
            NtlmStep::Challenge(challenge) => {
                self.state = State::Chosen(chosen);
                let response = NegTokenResp {
                    neg_state: Some(NegState::AcceptIncomplete),
                    response_token: Some(&challenge),
                    ..NegTokenResp::default()
                };
                Ok(Step::Continue(response.encode()))
            }
            NtlmStep::Proven(proven) => finish(&chosen, response.mech_list_mic, *proven),
        }
    }
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

use super::mechanism::{is_ntlm, ntlm};
use super::token::{NegState, NegTokenInit, NegTokenResp, encode_mech_types};
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::initiator::{InitiateError, Progress, done};
use crate::ntlm::{NtlmInitiator, Session};

/// The client's half of one negotiation, with NTLM as its only mechanism.
pub(crate) struct SpnegoInitiator {
    mech_types: Vec<u8>,
    state: State,
}

enum State {
    /// The challenge is to come.
    Offered(NtlmInitiator),
    /// The server's signature of the list is to come.
    Proved(Box<Session>),
    Over,
}

impl SpnegoInitiator {
    /// The negotiation and its first token, around NTLM's first message.
    pub(crate) fn new(ntlm: NtlmInitiator, message: &[u8]) -> (SpnegoInitiator, Vec<u8>) {
        let mech_types = encode_mech_types(&[self::ntlm()]);
        let token = NegTokenInit::encode(&mech_types, message);
        (SpnegoInitiator { mech_types, state: State::Offered(ntlm) }, token)
    }

    pub(crate) fn step(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Result<Progress, InitiateError> {
        let response = NegTokenResp::parse(token)?;
        if response.neg_state == Some(NegState::Reject) {
            return Err(InitiateError::Rejected);
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::Offered(ntlm) => self.prove(ntlm, &response, now, entropy),
            State::Proved(mut session) => {
                if response.neg_state != Some(NegState::AcceptCompleted) {
                    return Err(InitiateError::Unexpected("the server does not complete the negotiation"));
                }
                let mic = response.mech_list_mic.unwrap_or_default();
                session.verify_mech_list_mic(&self.mech_types, mic).map_err(InitiateError::MechListMic)?;
                Ok(done(None, *session))
            }
            State::Over => Err(InitiateError::Unexpected("the negotiation is over")),
        }
    }

    fn prove(
        &mut self,
        ntlm: NtlmInitiator,
        response: &NegTokenResp<'_>,
        now: FileTime,
        entropy: Entropy,
    ) -> Result<Progress, InitiateError> {
        if response.supported_mech.is_some_and(|oid| !is_ntlm(oid)) {
            return Err(InitiateError::Mechanism);
        }
        let challenge = response.response_token.ok_or(InitiateError::Unexpected("a response without a challenge"))?;
        let (message, mut session) = ntlm.authenticate(challenge, now, entropy)?;
        let mic = session.mech_list_mic(&self.mech_types).map_err(InitiateError::MechListMic)?;
        self.state = State::Proved(Box::new(session));
        let response =
            NegTokenResp { response_token: Some(&message), mech_list_mic: Some(&mic), ..NegTokenResp::default() };
        Ok(Progress::Continue(response.encode()))
    }
}

use super::mechanism::{is_kerberos, is_ntlm, kerberos, ntlm};
use super::token::{NegState, NegTokenInit, NegTokenResp, encode_mech_types};
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::initiator::{InitiateError, Progress, done};
use crate::kerberos::{KerberosContext, KerberosError, KerberosStep};
use crate::ntlm::{Credentials, NtlmInitiator, Session};

/// The client's half of one negotiation: NTLM alone, Kerberos alone, or Kerberos with NTLM for servers that have no Kerberos.
pub(crate) struct SpnegoInitiator {
    mech_types: Vec<u8>,
    state: State,
}

enum State {
    /// NTLM's challenge is to come.
    Ntlm(NtlmInitiator),
    /// The server's signature of the list is to come.
    Proved(Box<Session>),
    /// Kerberos was offered first; NTLM too, if there is a password to log on with.
    Kerberos {
        context: Box<dyn KerberosContext>,
        complete: bool,
        otherwise: Option<Credentials>,
    },
    /// Kerberos is through, and the list is signed; the server's signature is to come.
    Signed(Box<dyn KerberosContext>),
    Over,
}

impl SpnegoInitiator {
    /// The negotiation and its first token, around NTLM's first message.
    pub(crate) fn ntlm(ntlm: NtlmInitiator, message: &[u8]) -> (SpnegoInitiator, Vec<u8>) {
        let mech_types = encode_mech_types(&[self::ntlm()]);
        let token = NegTokenInit::encode(&mech_types, message);
        (SpnegoInitiator { mech_types, state: State::Ntlm(ntlm) }, token)
    }

    /// The negotiation and its first token, around that of Kerberos.
    pub(crate) fn kerberos(
        mut context: Box<dyn KerberosContext>,
        otherwise: Option<Credentials>,
    ) -> Result<(SpnegoInitiator, Vec<u8>), KerberosError> {
        let (first, complete) = match context.step(&[])? {
            KerberosStep::Continue(token) => (token, false),
            KerberosStep::Done { token, .. } => (token.unwrap_or_default(), true),
        };
        let [right, short] = kerberos();
        let mut mech_types = vec![right, short];
        mech_types.extend(otherwise.is_some().then(ntlm));
        let mech_types = encode_mech_types(&mech_types);
        let token = NegTokenInit::encode(&mech_types, &first);
        Ok((SpnegoInitiator { mech_types, state: State::Kerberos { context, complete, otherwise } }, token))
    }

    pub(crate) fn step(&mut self, token: &[u8], now: FileTime, entropy: Entropy) -> Result<Progress, InitiateError> {
        let response = NegTokenResp::parse(token)?;
        if response.neg_state == Some(NegState::Reject) {
            return Err(InitiateError::Rejected);
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::Ntlm(ntlm) => self.prove(ntlm, &response, now, entropy),
            State::Proved(mut session) => {
                completed(&response)?;
                let mic = response.mech_list_mic.unwrap_or_default();
                session.verify_mech_list_mic(&self.mech_types, mic).map_err(InitiateError::MechListMic)?;
                Ok(done(None, *session))
            }
            State::Kerberos { context, complete, otherwise } => match (response.supported_mech, otherwise) {
                (Some(oid), Some(credentials)) if is_ntlm(oid) => self.turn_to_ntlm(credentials, &response),
                (Some(oid), _) if !is_kerberos(oid) => Err(InitiateError::Mechanism),
                (_, otherwise) => self.go_on(context, complete, otherwise, &response),
            },
            State::Signed(mut context) => {
                completed(&response)?;
                let mic = response.mech_list_mic.unwrap_or_default();
                context.verify(&self.mech_types, mic).map_err(InitiateError::MechListMic)?;
                Ok(Progress::Done { token: None, sealing: context })
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

    /// The server has no Kerberos. That this was its own word is proved at the end: NTLM signs the list.
    fn turn_to_ntlm(
        &mut self,
        credentials: Credentials,
        response: &NegTokenResp<'_>,
    ) -> Result<Progress, InitiateError> {
        if response.response_token.is_some() {
            return Err(InitiateError::Unexpected("an answer to a message that was not sent"));
        }
        let (ntlm, message) = NtlmInitiator::new(credentials);
        self.state = State::Ntlm(ntlm);
        let response = NegTokenResp { response_token: Some(&message), ..NegTokenResp::default() };
        Ok(Progress::Continue(response.encode()))
    }

    fn go_on(
        &mut self,
        mut context: Box<dyn KerberosContext>,
        mut complete: bool,
        otherwise: Option<Credentials>,
        response: &NegTokenResp<'_>,
    ) -> Result<Progress, InitiateError> {
        let mut next = None;
        if let Some(token) = response.response_token.filter(|_| !complete) {
            (next, complete) = match context.step(token)? {
                KerberosStep::Continue(token) => (Some(token), false),
                KerberosStep::Done { token, .. } => (token, true),
            };
        }
        if !complete {
            let token = next.ok_or(InitiateError::Unexpected("a response without a token"))?;
            self.state = State::Kerberos { context, complete, otherwise };
            let response = NegTokenResp { response_token: Some(&token), ..NegTokenResp::default() };
            return Ok(Progress::Continue(response.encode()));
        }
        if response.neg_state == Some(NegState::AcceptCompleted) && next.is_none() {
            if let Some(mic) = response.mech_list_mic {
                context.verify(&self.mech_types, mic).map_err(InitiateError::MechListMic)?;
            }
            return Ok(Progress::Done { token: None, sealing: context });
        }
        // the server wants the list signed, and signs it too
        let mic = context.sign(&self.mech_types).map_err(InitiateError::MechListMic)?;
        self.state = State::Signed(context);
        let response =
            NegTokenResp { response_token: next.as_deref(), mech_list_mic: Some(&mic), ..NegTokenResp::default() };
        Ok(Progress::Continue(response.encode()))
    }
}

fn completed(response: &NegTokenResp<'_>) -> Result<(), InitiateError> {
    if response.neg_state == Some(NegState::AcceptCompleted) {
        Ok(())
    } else {
        Err(InitiateError::Unexpected("the server does not complete the negotiation"))
    }
}

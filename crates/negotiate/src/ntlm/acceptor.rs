//! The server's half of an NTLM handshake (MS-NLMP 3.2.5.1). It verifies everything itself: the proof always and over
//! the bytes received, then the integrity code, then what the proof was made for.

use std::sync::Arc;
use std::time::Duration;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::crypto::Key;
use super::message::{Authenticate, AvFlags, AvId, AvPairs, Challenge, ClientChallenge, MessageError, Negotiate};
use super::response::{exchange, exchanges_key, mic, nt_proof, response_key, session_base_key};
use super::seal::{Session, Side};
use super::text::{from_utf16, utf16};
use super::{Flags, NtHash};
use crate::acceptor::{AbsentMic, AcceptorConfig, BindingPolicy, Channel, ServerNames};
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::identity::{Authenticated, LogonName, Mechanism, Refusal};

/// How long a challenge may be answered. Clients do it at once: the password was asked for before.
const CHALLENGE_LIFETIME: Duration = Duration::from_mins(2);

/// What every client must offer.
const ALWAYS: Flags = Flags(Flags::UNICODE.0 | Flags::EXTENDED_SESSIONSECURITY.0 | Flags::KEY_128.0);

/// What sealing needs besides.
const SEALING: Flags = Flags(Flags::SIGN.0 | Flags::SEAL.0 | Flags::KEY_EXCH.0);

/// What the server says without being asked (MS-NLMP 3.2.5.1.1).
const FORCED: Flags = Flags(
    Flags::REQUEST_TARGET.0 | Flags::NTLM.0 | Flags::ALWAYS_SIGN.0 | Flags::TARGET_INFO.0 | Flags::TARGET_TYPE_SERVER.0,
);

/// What the server can do when it is asked.
const SUPPORTED: Flags =
    Flags(ALWAYS.0 | SEALING.0 | Flags::VERSION.0 | Flags::KEY_56.0 | (FORCED.0 & !Flags::TARGET_TYPE_SERVER.0));

/// What a client may say in its last message without having been granted it: none of it changes what is computed, and
/// the target's type must be ignored there (MS-NLMP 2.2.2.5).
const HARMLESS: Flags = Flags(
    Flags::OEM_DOMAIN_SUPPLIED.0
        | Flags::OEM_WORKSTATION_SUPPLIED.0
        | Flags::TARGET_TYPE_DOMAIN.0
        | Flags::TARGET_TYPE_SERVER.0
        | Flags::IDENTIFY.0
        | Flags::VERSION.0,
);

/// Services of which this one may be a part. A proof that was made for a file server is not for us.
const SERVICE_CLASSES: [&str; 3] = ["HTTP", "WSMAN", "HOST"];

/// The server's half of one handshake.
pub(crate) struct NtlmAcceptor {
    config: Arc<AcceptorConfig>,
    channel: Channel,
    required: Flags,
    state: State,
}

enum State {
    Start,
    Challenged(Box<Challenged>),
    Over,
}

/// Between the challenge and its answer: the messages so far, as bytes, and what the server said in its own.
struct Challenged {
    negotiate: Vec<u8>,
    challenge: Vec<u8>,
    flags: Flags,
    server_challenge: [u8; 8],
    issued: FileTime,
}

/// What came of a message.
pub(crate) enum NtlmStep {
    Challenge(Vec<u8>),
    Proven(Box<Proven>),
}

/// The client has proved who it is.
pub(crate) struct Proven {
    pub(crate) identity: Authenticated,
    pub(crate) session: Session,
    /// What both sides agreed on.
    pub(crate) flags: Flags,
    /// The client's message carried a MIC.
    pub(crate) mic: bool,
}

impl Proven {
    /// Messages can be sealed.
    pub(crate) fn seals(&self) -> bool {
        self.flags.contains(SEALING)
    }
}

impl NtlmAcceptor {
    /// A handshake that will insist on `besides` in addition to what the channel demands.
    pub(crate) fn new(config: Arc<AcceptorConfig>, channel: Channel, besides: Flags) -> NtlmAcceptor {
        let sealing = if channel == Channel::Plain { SEALING } else { Flags::NONE };
        NtlmAcceptor { config, channel, required: ALWAYS | sealing | besides, state: State::Start }
    }

    /// Takes the client's next message. Whatever happens, a challenge is answered once.
    pub(crate) fn step(&mut self, message: &[u8], now: FileTime, entropy: Entropy) -> Result<NtlmStep, Refusal> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Start => {
                let challenged = self.challenge(message, now, entropy.challenge())?;
                let challenge = challenged.challenge.clone();
                self.state = State::Challenged(Box::new(challenged));
                Ok(NtlmStep::Challenge(challenge))
            }
            State::Challenged(challenged) => {
                if now.since(challenged.issued) > CHALLENGE_LIFETIME {
                    return Err(Refusal::Late);
                }
                Ok(NtlmStep::Proven(Box::new(self.verify(&challenged, message, &entropy.key())?)))
            }
            State::Over => Err(Refusal::Unexpected("the handshake is over")),
        }
    }

    fn challenge(&self, message: &[u8], now: FileTime, server_challenge: [u8; 8]) -> Result<Challenged, Refusal> {
        let offered = Negotiate::parse(message)?.flags;
        let missing = self.required.without(offered);
        if missing != Flags::NONE {
            return Err(Refusal::Missing(missing));
        }
        let flags = offered.and(SUPPORTED) | FORCED;
        let target_info = target_info(&self.config.names, now)?;
        let challenge = Challenge { flags, nonce: server_challenge, target_info: &target_info };
        let challenge = challenge.encode(&self.config.names.nb_computer)?;
        Ok(Challenged { negotiate: message.to_vec(), challenge, flags, server_challenge, issued: now })
    }

    fn verify(&self, challenged: &Challenged, message: &[u8], decoy: &Key) -> Result<Proven, Refusal> {
        let authenticate = Authenticate::parse(message)?;
        let flags = self.agreed(challenged.flags, authenticate.flags)?;
        let name = LogonName::from_parts(&authenticate.user, &authenticate.domain);
        if name.user.is_empty() || (authenticate.nt_response.is_empty() && authenticate.lm_response.len() <= 1) {
            return Err(Refusal::Anonymous);
        }
        if name.user.eq_ignore_ascii_case("guest") {
            return Err(Refusal::Guest);
        }
        if authenticate.nt_response.len() <= 24 {
            return Err(Refusal::OldVersion(name));
        }
        let response = ClientChallenge::parse(authenticate.nt_response)?;
        let av_flags = response.av_pairs.flags()?;

        // From here on an account that is not there takes the way of one that is, with a hash nobody has.
        let account = self.config.nt_hashes.nt_hash(&name.user, &name.domain);
        let decoy = NtHash::from_bytes(**decoy);
        let nt_hash = account.as_ref().map_or(&decoy, |account| &account.nt_hash);
        let (right, key_exchange_key) = prove(nt_hash, &authenticate, &response, challenged.server_challenge);
        let session_key = session_key(flags, key_exchange_key, authenticate.encrypted_session_key)?;
        let announced = av_flags.contains(AvFlags::MIC);
        let intact = announced && mic_matches(&session_key, challenged, &authenticate)?;

        let Some(account) = account else { return Err(Refusal::UnknownAccount(name)) };
        if !bool::from(right) {
            return Err(Refusal::WrongPassword(name));
        }
        if announced && !intact {
            return Err(Refusal::WrongMic(name));
        }
        if !announced && self.config.absent_mic == AbsentMic::Refuse {
            return Err(Refusal::NoMic(name));
        }
        self.check_binding(&response.av_pairs, &name)?;
        check_target(&response.av_pairs, av_flags, &name)?;
        Ok(Proven {
            session: Session::new(&session_key, flags, Side::Acceptor),
            identity: Authenticated::new(account.name, name, Mechanism::Ntlm),
            flags,
            mic: announced,
        })
    }

    /// What both sides said at the end: the client may not leave out what is needed, nor add what was not granted.
    fn agreed(&self, granted: Flags, used: Flags) -> Result<Flags, Refusal> {
        let added = used.without(granted | HARMLESS);
        if added != Flags::NONE {
            return Err(Refusal::NotNegotiated(added));
        }
        let missing = self.required.without(used);
        if missing != Flags::NONE {
            return Err(Refusal::Missing(missing));
        }
        Ok(used.and(granted))
    }

    fn check_binding(&self, av_pairs: &AvPairs<'_>, name: &LogonName) -> Result<(), Refusal> {
        let Channel::Tls(expected) = &self.channel else { return Ok(()) };
        // Clients without a binding send none, or zeros.
        let sent = av_pairs.get(AvId::CHANNEL_BINDINGS).filter(|value| value.iter().any(|byte| *byte != 0));
        match (self.config.binding, sent) {
            (BindingPolicy::None, _) | (BindingPolicy::Relaxed, None) => Ok(()),
            (BindingPolicy::Strict, None) => Err(Refusal::NoChannelBinding(name.clone())),
            (_, Some(sent)) if bool::from(expected.hash().ct_eq(sent)) => Ok(()),
            (_, Some(_)) => Err(Refusal::WrongChannelBinding(name.clone())),
        }
    }
}

/// The attributes of the challenge (MS-NLMP 2.2.2.1). Both NetBIOS names must be there for a client that wants
/// signing, and the timestamp makes it send a MIC (MS-NLMP 3.1.5.1.2).
fn target_info(names: &ServerNames, now: FileTime) -> Result<Vec<u8>, MessageError> {
    let texts = [&names.nb_domain, &names.nb_computer, &names.dns_domain, &names.dns_computer].map(|name| utf16(name));
    let ids = [AvId::NB_DOMAIN_NAME, AvId::NB_COMPUTER_NAME, AvId::DNS_DOMAIN_NAME, AvId::DNS_COMPUTER_NAME];
    let timestamp = now.ticks().to_le_bytes();
    let mut pairs = AvPairs::default();
    for (id, text) in ids.into_iter().zip(&texts) {
        pairs.set(id, text);
    }
    pairs.set(AvId::TIMESTAMP, &timestamp);
    pairs.encode()
}

/// Compares the proof with the one this hash gives, for the domain as sent and for none (some clients sign with
/// none, MS-NLMP 3.2.5.1.2). Both are always computed, and the key of the right one is picked without a branch.
fn prove(
    nt_hash: &NtHash,
    authenticate: &Authenticate<'_>,
    response: &ClientChallenge<'_>,
    server_challenge: [u8; 8],
) -> (Choice, Key) {
    let mut right = Choice::from(0);
    let mut base_key = Zeroizing::new([0; 16]);
    for domain in [authenticate.domain_utf16, &[]] {
        let key = response_key(nt_hash, &authenticate.user, domain);
        let proof = nt_proof(&key, server_challenge, response.temp);
        let same = proof.ct_eq(&response.nt_proof);
        let candidate = session_base_key(&key, &proof);
        for (to, from) in base_key.iter_mut().zip(candidate.iter()) {
            to.conditional_assign(from, same);
        }
        right |= same;
    }
    (right, base_key)
}

/// `ExportedSessionKey` (MS-NLMP 3.2.5.1.2).
fn session_key(flags: Flags, key_exchange_key: Key, encrypted: &[u8]) -> Result<Key, MessageError> {
    if !exchanges_key(flags) {
        return Ok(key_exchange_key);
    }
    let wrong = MessageError::Length("EncryptedRandomSessionKey", encrypted.len());
    let encrypted: &[u8; 16] = encrypted.try_into().map_err(|_| wrong)?;
    Ok(exchange(&key_exchange_key, encrypted))
}

fn mic_matches(key: &Key, challenged: &Challenged, authenticate: &Authenticate<'_>) -> Result<bool, MessageError> {
    let (sent, blank) = authenticate.mic().ok_or(MessageError::OutOfBounds("MIC"))?;
    Ok(mic(key, &challenged.negotiate, &challenged.challenge, &blank).ct_eq(&sent).into())
}

/// A client that names its target must mean a service like this one. A name that it does not trust itself counts as
/// none (MS-NLMP 3.2.5.1.2).
fn check_target(av_pairs: &AvPairs<'_>, flags: AvFlags, name: &LogonName) -> Result<(), Refusal> {
    let Some(target) = av_pairs.get(AvId::TARGET_NAME) else { return Ok(()) };
    let target = from_utf16(target).ok_or(MessageError::Text("TargetName"))?;
    let Some((class, _)) = target.split_once(['/', '@']) else { return Ok(()) };
    let ours = SERVICE_CLASSES.iter().any(|ours| class.eq_ignore_ascii_case(ours));
    if ours || flags.contains(AvFlags::UNTRUSTED_TARGET) {
        return Ok(());
    }
    Err(Refusal::WrongTarget(name.clone(), target))
}

//! The client's half of an NTLM handshake (MS-NLMP 3.1.5.1).

use std::fmt;

use super::crypto::Key;
use super::message::{AuthenticateParts, AvFlags, AvId, AvPairs, Challenge, Negotiate};
use super::response::{exchange, exchanges_key, mic, nt_proof, response_key, session_base_key};
use super::seal::{Session, Side};
use super::text::utf16;
use super::{Flags, NtHash};
use crate::channel_binding::ChannelBinding;
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::initiator::InitiateError;

/// What a server must grant: nothing weaker is accepted.
const REQUIRED: Flags = Flags(
    Flags::UNICODE.0
        | Flags::NTLM.0
        | Flags::EXTENDED_SESSIONSECURITY.0
        | Flags::TARGET_INFO.0
        | Flags::KEY_128.0
        | Flags::SIGN.0
        | Flags::SEAL.0
        | Flags::KEY_EXCH.0,
);

/// What the client offers.
const OFFERED: Flags =
    Flags(REQUIRED.0 | Flags::REQUEST_TARGET.0 | Flags::ALWAYS_SIGN.0 | Flags::VERSION.0 | Flags::KEY_56.0);

/// Who logs on, and to what.
#[derive(Clone)]
pub struct Credentials {
    /// The user; `user@domain` is one too, then with an empty domain.
    pub user: String,
    /// The domain or machine the account belongs to; may be empty.
    pub domain: String,
    /// The hash of the password.
    pub nt_hash: NtHash,
    /// The service that is meant, such as `HTTP/host`; empty says nothing about it.
    pub target: String,
    /// The TLS connection that the proof is bound to.
    pub binding: Option<ChannelBinding>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("domain", &self.domain)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// The client's half of one handshake.
pub(crate) struct NtlmInitiator {
    credentials: Credentials,
    negotiate: Vec<u8>,
}

impl NtlmInitiator {
    /// The handshake, and its first message.
    pub(crate) fn new(credentials: Credentials) -> (NtlmInitiator, Vec<u8>) {
        let negotiate = Negotiate { flags: OFFERED }.encode();
        (NtlmInitiator { credentials, negotiate: negotiate.clone() }, negotiate)
    }

    /// Answers the server's challenge.
    pub(crate) fn authenticate(
        self,
        challenge_bytes: &[u8],
        now: FileTime,
        entropy: Entropy,
    ) -> Result<(Vec<u8>, Session), InitiateError> {
        let challenge = Challenge::parse(challenge_bytes)?;
        let missing = REQUIRED.without(challenge.flags);
        if missing != Flags::NONE {
            return Err(InitiateError::Missing(missing));
        }
        let flags = challenge.flags.and(OFFERED);
        let server = AvPairs::parse(challenge.target_info)?;
        if server.get(AvId::NB_COMPUTER_NAME).is_none() || server.get(AvId::NB_DOMAIN_NAME).is_none() {
            return Err(InitiateError::NoServerNames);
        }

        let Credentials { user, domain, nt_hash, target, binding } = &self.credentials;
        let domain = utf16(domain);
        let temp = client_challenge(&server, now, entropy.challenge(), target, binding.as_ref())?;
        let response_key = response_key(nt_hash, user, &domain);
        let proof = nt_proof(&response_key, challenge.nonce, &temp);
        let key_exchange_key = session_base_key(&response_key, &proof);
        let (session_key, encrypted) = chosen_key(flags, key_exchange_key, entropy);

        let parts = AuthenticateParts {
            flags,
            domain: &domain,
            user: &utf16(user),
            workstation: &[],
            lm_response: &[0; 24],
            nt_response: &[&proof[..], &temp].concat(),
            encrypted_session_key: &encrypted,
            mic: true,
        };
        let mut message = parts.encode()?;
        let mic = mic(&session_key, &self.negotiate, challenge_bytes, &message);
        AuthenticateParts::put_mic(&mut message, &mic);
        Ok((message, Session::new(&session_key, flags, Side::Initiator)))
    }
}

/// The client's part of what is proved (NTLMv2_CLIENT_CHALLENGE): the server's time and attributes, and its own.
fn client_challenge(
    server: &AvPairs<'_>,
    now: FileTime,
    nonce: [u8; 8],
    target: &str,
    binding: Option<&ChannelBinding>,
) -> Result<Vec<u8>, InitiateError> {
    let now = now.ticks().to_le_bytes();
    let time = server.get(AvId::TIMESTAMP).unwrap_or(&now);
    let av_flags = (server.flags()?.0 | AvFlags::MIC.0).to_le_bytes();
    let target = utf16(target);
    let mut pairs = server.clone();
    pairs.set(AvId::FLAGS, &av_flags);
    pairs.set(AvId::CHANNEL_BINDINGS, binding.map_or(&[0; 16][..], |binding| binding.hash()));
    pairs.set(AvId::TARGET_NAME, &target);
    Ok([&[1, 1, 0, 0, 0, 0, 0, 0], time, &nonce, &[0; 4], &pairs.encode()?[..], &[0; 4]].concat())
}

/// `ExportedSessionKey` and `EncryptedRandomSessionKey`.
fn chosen_key(flags: Flags, key_exchange_key: Key, entropy: Entropy) -> (Key, Vec<u8>) {
    if !exchanges_key(flags) {
        return (key_exchange_key, Vec::new());
    }
    let key = entropy.key();
    let encrypted = exchange(&key_exchange_key, &key).to_vec();
    (key, encrypted)
}

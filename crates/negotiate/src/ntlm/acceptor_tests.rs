//! The acceptor against clients that do one thing wrong each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::message::{Authenticate, AuthenticateParts, AvFlags, AvId, AvPairs, Challenge, MessageError, Negotiate};
use super::response::{exchange, exchanges_key, mic, nt_proof, response_key, session_base_key};
use super::text::utf16;
use super::{Flags, NtAccount, NtHash, NtHashes, NtlmAcceptor, NtlmStep, Proven};
use crate::acceptor::{AbsentMic, AcceptorConfig, BindingPolicy, Channel, ServerNames};
use crate::channel_binding::ChannelBinding;
use crate::entropy::Entropy;
use crate::file_time::FileTime;
use crate::identity::{LogonName, Refusal};

const NOW: FileTime = FileTime::from_ticks(134_000_000_000_000_000);
const HONEST: Flags = Flags(0x6288_8235);

struct Accounts;

impl NtHashes for Accounts {
    fn nt_hash(&self, user: &str, _: &str) -> Option<NtAccount> {
        (user.to_lowercase() == "jürgen")
            .then(|| NtAccount { name: "Jürgen".into(), nt_hash: NtHash::of_password("Geheim-1") })
    }
}

fn config() -> AcceptorConfig {
    AcceptorConfig {
        names: ServerNames::workgroup("pep.example"),
        nt_hashes: Arc::new(Accounts),
        passwords: None,
        kerberos: None,
        absent_mic: AbsentMic::Refuse,
        binding: BindingPolicy::Relaxed,
    }
}

fn without_mic() -> AcceptorConfig {
    AcceptorConfig { absent_mic: AbsentMic::Accept, ..config() }
}

/// A client as it should be, until a field is changed.
struct Client<'a> {
    user: &'a str,
    domain: &'a str,
    /// The domain that the proof is made with.
    proof_domain: &'a str,
    password: &'a str,
    offers: Flags,
    /// Flags added to, and taken from, what the server granted.
    adds: Flags,
    drops: Flags,
    announces_mic: bool,
    time: Option<FileTime>,
    nt_response: Option<&'a [u8]>,
    lm_response: &'a [u8],
    tail: &'a [u8],
    binding: Option<[u8; 16]>,
    target: &'a str,
    untrusted_target: bool,
    /// The length of the session key field.
    key_length: usize,
}

const CLIENT: Client<'static> = Client {
    user: "jürgen",
    domain: "DOM",
    proof_domain: "DOM",
    password: "Geheim-1",
    offers: HONEST,
    adds: Flags::NONE,
    drops: Flags::NONE,
    announces_mic: true,
    time: None,
    nt_response: None,
    lm_response: &[0; 24],
    tail: &[],
    binding: None,
    target: "",
    untrusted_target: false,
    key_length: 16,
};

impl Client<'_> {
    fn authenticate(&self, negotiate: &[u8], challenge_bytes: &[u8]) -> Vec<u8> {
        let challenge = Challenge::parse(challenge_bytes).unwrap();
        let mut pairs = AvPairs::parse(challenge.target_info).unwrap();
        let mic_flag = if self.announces_mic { AvFlags::MIC.0 } else { 0 };
        let target_flag = if self.untrusted_target { AvFlags::UNTRUSTED_TARGET.0 } else { 0 };
        let av_flags = (mic_flag | target_flag).to_le_bytes();
        pairs.set(AvId::FLAGS, &av_flags);
        let target = utf16(self.target);
        pairs.set(AvId::TARGET_NAME, &target);
        if let Some(binding) = &self.binding {
            pairs.set(AvId::CHANNEL_BINDINGS, binding);
        }
        let time = self.time.map_or(pairs.get(AvId::TIMESTAMP).unwrap().to_vec(), |t| t.ticks().to_le_bytes().to_vec());
        let pairs = pairs.encode().unwrap();
        let temp = [&[1, 1, 0, 0, 0, 0, 0, 0], &time[..], &[7; 8], &[0; 4], &pairs, self.tail].concat();

        let key = response_key(&NtHash::of_password(self.password), self.user, &utf16(self.proof_domain));
        let proof = nt_proof(&key, challenge.nonce, &temp);
        let base_key = session_base_key(&key, &proof);
        let flags = (challenge.flags | self.adds).without(self.drops);
        let chosen = zeroize::Zeroizing::new([0x33; 16]);
        let session_key = if exchanges_key(flags) { &chosen } else { &base_key };
        let mut message = AuthenticateParts {
            flags,
            domain: &utf16(self.domain),
            user: &utf16(self.user),
            workstation: &[],
            lm_response: self.lm_response,
            nt_response: self.nt_response.unwrap_or(&[&proof[..], &temp].concat()),
            encrypted_session_key: &exchange(&base_key, &chosen)[..self.key_length],
            mic: true,
        }
        .encode()
        .unwrap();
        let mic = mic(session_key, negotiate, challenge_bytes, &message);
        AuthenticateParts::put_mic(&mut message, &mic);
        message
    }

    fn logon(&self, config: AcceptorConfig, channel: Channel) -> Result<Proven, Refusal> {
        self.logon_changed(config, channel, |_| {})
    }

    /// Logs on with something in the last message changed on the way.
    fn logon_changed(
        &self,
        config: AcceptorConfig,
        channel: Channel,
        change: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Proven, Refusal> {
        let mut acceptor = NtlmAcceptor::new(Arc::new(config), channel, Flags::NONE);
        let negotiate = Negotiate { flags: self.offers }.encode();
        let challenge = challenge(&mut acceptor, &negotiate)?;
        let mut message = self.authenticate(&negotiate, &challenge);
        change(&mut message);
        proven(&mut acceptor, &message)
    }

    fn refused(&self) -> Refusal {
        self.logon(config(), Channel::Plain).err().expect("refused")
    }
}

fn challenge(acceptor: &mut NtlmAcceptor, negotiate: &[u8]) -> Result<Vec<u8>, Refusal> {
    match acceptor.step(negotiate, NOW, Entropy::new([1; 32]))? {
        NtlmStep::Challenge(challenge) => Ok(challenge),
        NtlmStep::Proven(_) => panic!("proved by nothing"),
    }
}

fn proven(acceptor: &mut NtlmAcceptor, authenticate: &[u8]) -> Result<Proven, Refusal> {
    match acceptor.step(authenticate, NOW, Entropy::new([2; 32]))? {
        NtlmStep::Proven(proven) => Ok(*proven),
        NtlmStep::Challenge(_) => panic!("challenged twice"),
    }
}

fn name() -> LogonName {
    LogonName { user: "jürgen".into(), domain: "DOM".into() }
}

#[test]
fn w_028_the_challenge_has_the_flags_and_attributes_that_clients_want() {
    let mut acceptor = NtlmAcceptor::new(Arc::new(config()), Channel::Plain, Flags::NONE);
    let offers = Flags(0xe208_82b7); // WinHTTP's, with OEM, LM_KEY
    let message = challenge(&mut acceptor, &Negotiate { flags: offers }.encode()).unwrap();
    let parsed = Challenge::parse(&message).unwrap();
    assert_eq!(parsed.flags, Flags(0xe28a_8235));
    assert_eq!(parsed.nonce, [1; 8]);

    let pairs = AvPairs::parse(parsed.target_info).unwrap();
    assert_eq!(pairs.get(AvId::NB_COMPUTER_NAME), Some(&utf16("PEP")[..]));
    assert_eq!(pairs.get(AvId::NB_DOMAIN_NAME), Some(&utf16("PEP")[..]));
    assert_eq!(pairs.get(AvId::DNS_COMPUTER_NAME), Some(&utf16("pep.example")[..]));
    assert_eq!(pairs.get(AvId::TIMESTAMP), Some(&NOW.ticks().to_le_bytes()[..]));
    assert!(parsed.target_info.ends_with(&[0; 4]));
}

#[test]
fn an_honest_client_logs_on_as_the_account_its_store_knows() {
    let proven = CLIENT.logon(config(), Channel::Plain).unwrap();
    assert_eq!(proven.identity.account(), "Jürgen");
    assert_eq!(proven.identity.name(), &name());
    assert!(proven.seals() && proven.mic);
}

#[test]
fn w_029_a_client_that_does_not_offer_what_is_needed_gets_no_challenge() {
    for missing in [Flags::UNICODE, Flags::EXTENDED_SESSIONSECURITY, Flags::KEY_128, Flags::SEAL, Flags::KEY_EXCH] {
        let client = Client { offers: (HONEST | Flags::OEM).without(missing), ..CLIENT };
        assert_eq!(client.refused(), Refusal::Missing(missing));
    }
    let unsealed =
        Client { offers: HONEST.without(Flags::SEAL | Flags::SIGN | Flags::KEY_EXCH), key_length: 0, ..CLIENT };
    let tls = Channel::Tls(ChannelBinding::from_application_data(Vec::new()));
    assert!(!unsealed.logon(config(), tls).unwrap().seals(), "inside TLS it may do without sealing");
}

#[test]
fn w_029_a_client_that_takes_back_what_it_offered_is_refused() {
    for missing in [Flags::UNICODE, Flags::EXTENDED_SESSIONSECURITY, Flags::KEY_128, Flags::SEAL, Flags::KEY_EXCH] {
        assert_eq!(Client { drops: missing, ..CLIENT }.refused(), Refusal::Missing(missing));
    }
}

#[test]
fn w_029_a_client_that_uses_what_was_not_granted_is_refused() {
    for added in [Flags::OEM, Flags::LM_KEY, Flags::DATAGRAM, Flags::ANONYMOUS, Flags(0x0040_0000)] {
        assert_eq!(Client { adds: added, ..CLIENT }.refused(), Refusal::NotNegotiated(added));
    }
}

#[test]
fn w_029_lm_and_ntlmv1_responses_are_refused() {
    let v1 = Client { nt_response: Some(&[9; 24]), lm_response: &[8; 24], ..CLIENT };
    assert_eq!(v1.refused(), Refusal::OldVersion(name()));
    let lm = Client { nt_response: Some(&[]), lm_response: &[8; 24], ..CLIENT };
    assert_eq!(lm.refused(), Refusal::OldVersion(name()));
}

#[test]
fn w_029_anonymous_and_guest_are_refused() {
    let anonymous = Client { user: "", domain: "", nt_response: Some(&[]), lm_response: &[0], ..CLIENT };
    assert_eq!(anonymous.refused(), Refusal::Anonymous);
    assert_eq!(Client { nt_response: Some(&[]), lm_response: &[], ..CLIENT }.refused(), Refusal::Anonymous);
    assert_eq!(Client { user: "", domain: "DOM", ..CLIENT }.refused(), Refusal::Anonymous);
    for guest in ["Guest", "GUEST", "guest@dom"] {
        let domain = if guest.contains('@') { "" } else { "DOM" };
        assert_eq!(Client { user: guest, domain, password: "", ..CLIENT }.refused(), Refusal::Guest);
    }
}

#[test]
fn w_030_a_wrong_password_is_refused_whatever_the_client_says_about_a_mic() {
    for announces_mic in [true, false] {
        for config in [config(), without_mic()] {
            let client = Client { password: "Geheim-2", announces_mic, ..CLIENT };
            let refusal = client.logon(config, Channel::Plain).err().unwrap();
            assert_eq!(refusal, Refusal::WrongPassword(name()));
            assert_eq!(refusal.guessed(), Some(&name()));
        }
    }
}

#[test]
fn w_030_an_unknown_account_is_refused_even_with_the_empty_password() {
    for password in ["", "Geheim-1"] {
        let nobody = Client { user: "nobody", password, ..CLIENT };
        let refusal = nobody.logon(without_mic(), Channel::Plain).err().unwrap();
        assert!(matches!(&refusal, Refusal::UnknownAccount(name) if name.user == "nobody"));
        assert!(refusal.guessed().is_some());
    }
}

#[test]
fn w_030_an_unknown_account_takes_as_long_as_a_wrong_password() {
    struct Stored(NtHash);
    impl NtHashes for Stored {
        fn nt_hash(&self, user: &str, _: &str) -> Option<NtAccount> {
            (user == "jürgen").then(|| NtAccount { name: "Jürgen".into(), nt_hash: self.0.clone() })
        }
    }
    let config = AcceptorConfig { nt_hashes: Arc::new(Stored(NtHash::of_password("Geheim-1"))), ..config() };
    let config = Arc::new(config);
    let refusal_takes = |user: &str| {
        let negotiate = Negotiate { flags: HONEST }.encode();
        let mut acceptor = NtlmAcceptor::new(config.clone(), Channel::Plain, Flags::NONE);
        let challenge = challenge(&mut acceptor, &negotiate).unwrap();
        let message = Client { user, password: "x", ..CLIENT }.authenticate(&negotiate, &challenge);
        let start = Instant::now();
        assert!(proven(&mut acceptor, &message).is_err());
        start.elapsed()
    };
    // The fastest of many runs is what the code costs; the rest is the machine's business.
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..500 {
        known = known.min(refusal_takes("jürgen"));
        unknown = unknown.min(refusal_takes("nobody"));
    }
    assert!(known.max(unknown) < known.min(unknown) * 3 / 2, "known {known:?}, unknown {unknown:?}");
}

#[test]
fn w_031_a_missing_mic_is_refused_unless_policy_says_otherwise() {
    let client = Client { announces_mic: false, ..CLIENT };
    assert_eq!(client.refused(), Refusal::NoMic(name()));
    assert!(!client.logon(without_mic(), Channel::Plain).unwrap().mic);
}

#[test]
fn w_031_the_mic_covers_the_bytes_of_all_three_messages() {
    let flip = |place: usize| move |message: &mut Vec<u8>| message[place] ^= 1;
    // The version, the MIC itself, and the domain's maximum length, none of which the proof covers.
    for place in [64, 72, 87, 30] {
        let refusal = CLIENT.logon_changed(without_mic(), Channel::Plain, flip(place)).err().unwrap();
        assert_eq!(refusal, Refusal::WrongMic(name()), "byte {place}");
    }

    // The first message changed on its way: the server saw another one than the client signed.
    let mut acceptor = NtlmAcceptor::new(Arc::new(config()), Channel::Plain, Flags::NONE);
    let sent = Negotiate { flags: HONEST }.encode();
    let arrived = Negotiate { flags: HONEST | Flags::KEY_56 }.encode();
    let challenge = challenge(&mut acceptor, &arrived).unwrap();
    let refusal = proven(&mut acceptor, &CLIENT.authenticate(&sent, &challenge)).err().unwrap();
    assert_eq!(refusal, Refusal::WrongMic(name()));
}

#[test]
fn w_031_a_client_that_announces_a_mic_must_leave_room_for_it() {
    let squeeze = |message: &mut Vec<u8>| {
        // The domain now begins where the MIC would stand.
        message[32..36].copy_from_slice(&72_u32.to_le_bytes());
    };
    let refusal = CLIENT.logon_changed(without_mic(), Channel::Plain, squeeze).err().unwrap();
    assert_eq!(refusal, Refusal::Message(MessageError::OutOfBounds("MIC")));
}

#[test]
fn the_proof_is_over_the_bytes_received_with_whatever_follows_the_attributes() {
    for tail in [&[][..], &[0; 4], &[1, 2, 3, 4, 5]] {
        assert!(Client { tail, ..CLIENT }.logon(config(), Channel::Plain).is_ok());
    }
    let own_clock = Client { time: Some(FileTime::from_ticks(1)), ..CLIENT };
    assert!(own_clock.logon(config(), Channel::Plain).is_ok(), "a client may go by its own clock");
}

#[test]
fn w_033_users_are_known_in_any_letter_case_and_by_any_form_of_their_name() {
    for (user, domain, proof_domain) in [
        ("jürgen", "", ""),
        ("JÜRGEN", "dom", "dom"),
        ("Jürgen@dom.example", "", ""),
        ("DOM\\jürgen", "", ""),
        ("jürgen", "DOM", ""), // signs without the domain that it sends
    ] {
        let client = Client { user, domain, proof_domain, ..CLIENT };
        let proven = client.logon(config(), Channel::Plain).unwrap();
        assert_eq!(proven.identity.account(), "Jürgen", "{domain}\\{user}");
    }
    let other_case = Client { proof_domain: "dom", ..CLIENT };
    assert_eq!(other_case.refused(), Refusal::WrongPassword(name()), "the domain counts as it is written");
}

#[test]
fn w_034_a_message_cut_anywhere_is_refused() {
    for length in 0..450 {
        let cut = |message: &mut Vec<u8>| message.truncate(length.min(message.len() - 1));
        assert!(CLIENT.logon_changed(without_mic(), Channel::Plain, cut).is_err());
    }
    let negotiate = Negotiate { flags: HONEST }.encode();
    for length in 0..16 {
        let mut acceptor = NtlmAcceptor::new(Arc::new(config()), Channel::Plain, Flags::NONE);
        assert!(challenge(&mut acceptor, &negotiate[..length]).is_err());
    }
}

#[test]
fn w_034_fields_outside_the_payload_or_across_each_other_are_refused() {
    let message_error = |change: &dyn Fn(&mut Vec<u8>)| match CLIENT.logon_changed(config(), Channel::Plain, change) {
        Err(Refusal::Message(error)) => error,
        other => panic!("{:?}", other.err()),
    };
    let user_at = |offset: u32| move |message: &mut Vec<u8>| message[40..44].copy_from_slice(&offset.to_le_bytes());
    for offset in [0, 63, 4000, u32::MAX, u32::MAX - 11] {
        assert_eq!(message_error(&user_at(offset)), MessageError::OutOfBounds("UserName"));
    }
    assert_eq!(message_error(&user_at(88)), MessageError::Overlap("UserName"), "where the domain is");
    let odd = |message: &mut Vec<u8>| message[36] = 11;
    assert_eq!(message_error(&odd), MessageError::Text("UserName"));
    let long = |message: &mut Vec<u8>| message.resize(20_000, 0);
    assert_eq!(message_error(&long), MessageError::TooLong(16 * 1024));
}

#[test]
fn w_034_a_session_key_of_another_length_is_refused() {
    for key_length in [0, 1, 15] {
        let refusal = Client { key_length, ..CLIENT }.refused();
        assert_eq!(refusal, Refusal::Message(MessageError::Length("EncryptedRandomSessionKey", key_length)));
    }
}

#[test]
fn w_039_channel_bindings_under_each_policy() {
    let ours = ChannelBinding::from_application_data(b"tls-server-end-point:ours".to_vec());
    let theirs = ChannelBinding::from_application_data(b"tls-server-end-point:theirs".to_vec());
    let values = [Some(*ours.hash()), Some(*theirs.hash()), Some([0; 16]), None];
    let wrong = || Some(Refusal::WrongChannelBinding(name()));
    let absent = || Some(Refusal::NoChannelBinding(name()));
    for (policy, expected) in [
        (BindingPolicy::None, [None, None, None, None]),
        (BindingPolicy::Relaxed, [None, wrong(), None, None]),
        (BindingPolicy::Strict, [None, wrong(), absent(), absent()]),
    ] {
        for (binding, expected) in values.into_iter().zip(expected) {
            let client = Client { binding, ..CLIENT };
            let config = || AcceptorConfig { binding: policy, ..config() };
            assert_eq!(client.logon(config(), Channel::Tls(ours.clone())).err(), expected, "{policy:?} {binding:?}");
            assert_eq!(client.logon(config(), Channel::Plain).err(), None, "ignored outside TLS");
        }
    }
}

#[test]
fn a_proof_made_for_another_kind_of_service_is_refused() {
    let to =
        |target, untrusted_target| Client { target, untrusted_target, ..CLIENT }.logon(config(), Channel::Plain).err();
    for target in ["", "HTTP/pep", "wsman/pep.example:5985", "host/pep", "HTTP@pep", "pep"] {
        assert_eq!(to(target, false), None, "{target}");
    }
    assert_eq!(to("cifs/pep", false), Some(Refusal::WrongTarget(name(), "cifs/pep".into())));
    assert_eq!(to("cifs/pep", true), None, "the client does not trust it either");
}

#[test]
fn a_challenge_is_answered_once_and_in_time() {
    let negotiate = Negotiate { flags: HONEST }.encode();
    let mut acceptor = NtlmAcceptor::new(Arc::new(config()), Channel::Plain, Flags::NONE);
    let first = challenge(&mut acceptor, &negotiate).unwrap();
    let wrong = Client { password: "x", ..CLIENT }.authenticate(&negotiate, &first);
    assert!(proven(&mut acceptor, &wrong).is_err());
    let right = CLIENT.authenticate(&negotiate, &first);
    assert!(matches!(proven(&mut acceptor, &right), Err(Refusal::Unexpected(_))), "no second try");

    let mut acceptor = NtlmAcceptor::new(Arc::new(config()), Channel::Plain, Flags::NONE);
    let first = challenge(&mut acceptor, &negotiate).unwrap();
    let late = FileTime::from_ticks(NOW.ticks() + 10_000_000 * 121);
    assert!(late.since(NOW) > Duration::from_mins(2));
    let answer = acceptor.step(&CLIENT.authenticate(&negotiate, &first), late, Entropy::new([2; 32]));
    assert_eq!(answer.err(), Some(Refusal::Late));
}

#[test]
fn an_answer_to_another_challenge_is_refused() {
    let negotiate = Negotiate { flags: HONEST }.encode();
    let mut acceptor = NtlmAcceptor::new(Arc::new(without_mic()), Channel::Plain, Flags::NONE);
    let recorded = CLIENT.authenticate(&negotiate, &challenge(&mut acceptor, &negotiate).unwrap());
    let mut acceptor = NtlmAcceptor::new(Arc::new(without_mic()), Channel::Plain, Flags::NONE);
    acceptor.step(&negotiate, NOW, Entropy::new([3; 32])).unwrap();
    assert_eq!(proven(&mut acceptor, &recorded).err(), Some(Refusal::WrongPassword(name())));
}

#[test]
fn the_mic_is_found_where_a_client_without_a_version_puts_it() {
    let negotiate = Negotiate { flags: HONEST }.encode();
    let mut acceptor = NtlmAcceptor::new(Arc::new(config()), Channel::Plain, Flags::NONE);
    let challenge = challenge(&mut acceptor, &negotiate).unwrap();
    let mut message = Client { drops: Flags::VERSION, ..CLIENT }.authenticate(&negotiate, &challenge);
    let mic = message[72..88].to_vec();
    let sent = Authenticate::parse(&message).unwrap().mic().unwrap();
    assert_eq!(sent.0[..], mic, "after a version of zeros");

    message.drain(64..72);
    for offset in [16, 24, 32, 40, 48, 56] {
        let value = u32::from_le_bytes(message[offset..offset + 4].try_into().unwrap());
        message[offset..offset + 4].copy_from_slice(&(value - 8).to_le_bytes());
    }
    let (sent, blank) = Authenticate::parse(&message).unwrap().mic().unwrap();
    assert_eq!(sent[..], mic, "in the place of the version");
    assert_eq!(blank[64..80], [0; 16]);
}

//! Both halves together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod support;

use std::sync::Arc;

use negotiate::{
    Acceptor, AcceptorConfig, Channel, Credentials, Established, InitiateError, Initiator, Negotiator, NtHash, Package,
    Progress, Refusal, Sealing, Step,
};
use support::{Dice, NOW, USER, alice, binding, config, strict, tls};

/// What a handshake left behind.
struct Pair {
    server: Established,
    client: Box<dyn Sealing>,
    /// All tokens, the client's first.
    tokens: Vec<Vec<u8>>,
}

fn handshake(
    package: Package,
    credentials: Credentials,
    config: AcceptorConfig,
    channel: Channel,
) -> Result<Pair, Refusal> {
    let mut dice = Dice::new(1);
    let (mut initiator, mut token) = Initiator::new(package, credentials);
    let mut acceptor = Negotiator::new(Arc::new(config), channel);
    let (mut tokens, mut client) = (Vec::new(), None);
    loop {
        tokens.push(token.clone());
        let answer = match acceptor.step(&token, NOW, dice.entropy()) {
            Step::Continue(answer) => answer,
            Step::Done(server) => {
                if let Some(last) = &server.token {
                    tokens.push(last.clone());
                    client = Some(finish(&mut initiator, last, &mut dice));
                }
                return Ok(Pair { server, client: client.expect("the client is done too"), tokens });
            }
            Step::Fail(refusal) => return Err(refusal),
        };
        tokens.push(answer.clone());
        match initiator.step(&answer, NOW, dice.entropy()).unwrap() {
            Progress::Continue(next) => token = next,
            Progress::Done { token: last, sealing } => {
                client = Some(sealing);
                token = last.expect("a raw handshake ends with the client's token");
            }
        }
    }
}

fn finish(initiator: &mut Initiator, token: &[u8], dice: &mut Dice) -> Box<dyn Sealing> {
    match initiator.step(token, NOW, dice.entropy()).unwrap() {
        Progress::Done { token: None, sealing } => sealing,
        other => panic!("{other:?}"),
    }
}

const BOTH: [Package; 2] = [Package::Ntlm, Package::Negotiate];

#[test]
fn w_022_raw_ntlm_is_answered_raw_and_spnego_in_spnego() {
    let raw = handshake(Package::Ntlm, alice(), config(), Channel::Plain).unwrap();
    assert_eq!(raw.tokens.len(), 3);
    assert!(raw.tokens.iter().all(|token| token.starts_with(b"NTLMSSP\0")));

    let spnego = handshake(Package::Negotiate, alice(), config(), Channel::Plain).unwrap();
    assert_eq!(spnego.tokens.len(), 4);
    assert_eq!(spnego.tokens.iter().map(|token| token[0]).collect::<Vec<_>>(), [0x60, 0xa1, 0xa1, 0xa1]);
}

#[test]
fn w_023_the_mechanism_is_named_once_and_the_list_is_signed_by_both() {
    let Pair { tokens, .. } = handshake(Package::Negotiate, alice(), config(), Channel::Plain).unwrap();
    let ntlm = [0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
    let names = |token: &[u8]| token.windows(ntlm.len()).filter(|window| *window == ntlm).count();
    assert_eq!((names(&tokens[1]), names(&tokens[3])), (1, 0), "supportedMech in the first answer only");
    // accept-incomplete, then accept-completed with a signature that begins with version 1 and has number 0.
    let state = |token: &[u8], state: u8| token.windows(5).any(|window| window == [0xa0, 3, 0x0a, 1, state]);
    assert!(state(&tokens[1], 1) && state(&tokens[3], 0));
    assert!(tokens[3].windows(8).any(|window| window == [0xa3, 0x12, 0x04, 0x10, 1, 0, 0, 0]));
    assert!(tokens[3].ends_with(&[0; 4]));
}

#[test]
fn w_026_messages_follow_with_number_0_after_raw_ntlm_and_number_1_after_spnego() {
    for (package, first) in BOTH.into_iter().zip([0, 1]) {
        let Pair { server, mut client, .. } = handshake(package, alice(), config(), Channel::Plain).unwrap();
        let mut server = server.sealing.unwrap();
        for number in first..first + 4 {
            let request = client.seal(b"request".to_vec()).unwrap();
            assert_eq!(request.token[12..], u32::to_le_bytes(number));
            assert_eq!(server.unseal(&request.token, request.data).unwrap(), b"request");
            let answer = server.seal(b"answer".to_vec()).unwrap();
            assert_eq!(answer.token[12..], u32::to_le_bytes(number));
            assert_eq!(client.unseal(&answer.token, answer.data).unwrap(), b"answer");
        }
    }
}

#[test]
fn the_identity_is_the_account_with_the_name_as_it_was_written() {
    for package in BOTH {
        let credentials = Credentials { user: "ALICE".into(), domain: "anything".into(), ..alice() };
        let identity = handshake(package, credentials, config(), Channel::Plain).unwrap().server.identity;
        assert_eq!(identity.account(), USER);
        assert_eq!(identity.name().to_string(), "anything\\ALICE");
        assert_eq!(identity.mechanism().to_string(), "NTLM");
    }
}

#[test]
fn w_030_a_wrong_password_is_refused() {
    for package in BOTH {
        let wrong = Credentials { nt_hash: NtHash::of_password("wrong"), ..alice() };
        let refusal = handshake(package, wrong, config(), Channel::Plain).err().unwrap();
        assert!(matches!(refusal, Refusal::WrongPassword(_)), "{refusal}");
    }
}

#[test]
fn w_039_the_client_binds_to_certificates_of_every_hash() {
    for certificate in ["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512", "rsa-sha256", "rsa-sha384", "rsa-sha512"] {
        let right = Credentials { binding: Some(binding(certificate)), ..alice() };
        assert!(handshake(Package::Negotiate, right.clone(), strict(), tls(certificate)).is_ok());
        let refusal = handshake(Package::Negotiate, right, strict(), tls("ed25519")).err().unwrap();
        assert!(matches!(refusal, Refusal::WrongChannelBinding(_)), "{refusal}");
        let refusal = handshake(Package::Ntlm, alice(), strict(), tls(certificate)).err().unwrap();
        assert!(matches!(refusal, Refusal::NoChannelBinding(_)), "{refusal}");
    }
}

#[test]
fn w_025_an_optimistic_token_for_another_mechanism_is_ignored_and_a_signature_requested() {
    // NegTokenInit as Windows sends it in a domain: Kerberos twice, NTLM, and a token for the first.
    let list = [
        &[0x06, 9, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2][..],
        &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2],
        &[0x06, 10, 0x2b, 0x06, 1, 4, 1, 0x82, 0x37, 2, 2, 0x0a],
    ]
    .concat();
    let der = |tag: u8, contents: &[u8]| [&[tag, u8::try_from(contents.len()).unwrap()], contents].concat();
    let types = der(0xa0, &der(0x30, &list));
    let sequence = der(0x30, &[types, der(0xa2, &der(0x04, b"kerberos"))].concat());
    let token = der(0x60, &[der(0x06, &[0x2b, 6, 1, 5, 5, 2]), der(0xa0, &sequence)].concat());

    let mut dice = Dice::new(2);
    let mut acceptor = Negotiator::new(Arc::new(config()), Channel::Plain);
    let Step::Continue(answer) = acceptor.step(&token, NOW, dice.entropy()) else { panic!("turned away") };
    let expected = [0xa1, 21, 0x30, 19, 0xa0, 3, 0x0a, 1, 3, 0xa1, 12, 0x06, 10];
    assert_eq!(answer[..13], expected, "request-mic, the mechanism, and no token");
    assert_eq!(answer.len(), 13 + 10);

    // NTLM's own handshake follows. Its proof without a signature of the list would not be enough.
    let (initiator, message) = Initiator::new(Package::Ntlm, alice());
    let refusal = prove_unsigned(&mut acceptor, initiator, &response(&message));
    assert!(matches!(refusal, Refusal::WrongMechListMic(_)), "{refusal}");
}

#[test]
fn w_023_a_client_that_makes_a_mic_but_does_not_sign_the_list_is_refused() {
    let (_, first) = Initiator::new(Package::Negotiate, alice());
    let (initiator, message) = Initiator::new(Package::Ntlm, alice());
    assert!(first.ends_with(&message), "the same first message");
    let mut acceptor = Negotiator::new(Arc::new(config()), Channel::Plain);
    let refusal = prove_unsigned(&mut acceptor, initiator, &first);
    assert!(matches!(refusal, Refusal::WrongMechListMic(_)), "{refusal}");
}

/// Sends a token with NTLM's first message, then the proof in a response without `mechListMIC`.
fn prove_unsigned(acceptor: &mut Negotiator, mut initiator: Initiator, token: &[u8]) -> Refusal {
    let mut dice = Dice::new(4);
    let Step::Continue(answer) = acceptor.step(token, NOW, dice.entropy()) else { panic!("turned away") };
    let at = answer.windows(8).position(|window| window == b"NTLMSSP\0").unwrap();
    let Ok(Progress::Done { token: Some(proof), .. }) = initiator.step(&answer[at..], NOW, dice.entropy()) else {
        panic!("no proof")
    };
    match acceptor.step(&response(&proof), NOW, dice.entropy()) {
        Step::Fail(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// NegTokenResp with nothing but a `responseToken`.
fn response(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    let mut out = Vec::new();
    for (tag, inside) in [(0xa1, 12), (0x30, 8), (0xa2, 4), (0x04, 0)] {
        out.extend([tag, 0x82]);
        out.extend((length + inside).to_be_bytes());
    }
    out.extend(message);
    out
}

#[test]
fn the_client_notices_a_server_that_does_not_know_its_password() {
    let mut dice = Dice::new(5);
    let (mut initiator, token) = Initiator::new(Package::Negotiate, alice());
    let mut acceptor = Negotiator::new(Arc::new(config()), Channel::Plain);
    let Step::Continue(answer) = acceptor.step(&token, NOW, dice.entropy()) else { panic!("turned away") };
    initiator.step(&answer, NOW, dice.entropy()).unwrap();
    let without_signature = [0xa1, 7, 0x30, 5, 0xa0, 3, 0x0a, 1, 0];
    let error = initiator.step(&without_signature, NOW, dice.entropy()).unwrap_err();
    assert!(matches!(error, InitiateError::MechListMic(_)), "{error}");
}

#[test]
fn after_the_end_every_token_fails() {
    let mut dice = Dice::new(6);
    let mut acceptor = Negotiator::new(Arc::new(config()), Channel::Plain);
    assert!(matches!(acceptor.step(b"GARBAGE", NOW, dice.entropy()), Step::Fail(_)));
    let (_, token) = Initiator::new(Package::Ntlm, alice());
    assert!(matches!(acceptor.step(&token, NOW, dice.entropy()), Step::Fail(Refusal::Unexpected(_))));
}

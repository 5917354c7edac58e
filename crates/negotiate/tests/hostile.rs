//! Ten thousand handshakes with something changed in them, and tokens of noise.

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
    AbsentMic, Acceptor, AcceptorConfig, Channel, ChannelBinding, Connection, Initiator, Negotiator, Package, Progress,
    Step, Verdict,
};
use proptest::prelude::*;
use support::{Dice, NOW, USER, alice, config};

const MUTATIONS: usize = 10_000;

/// Changes a token in one of the ways that find mistakes in parsers.
fn mutate(token: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let place = dice.below(token.len().max(1));
        match dice.below(8) {
            0 => token.truncate(place),
            1 => token.insert(place, dice.byte()),
            2 if !token.is_empty() => drop(token.remove(place)),
            3 => token.extend((0..dice.below(40)).map(|_| 0xff).collect::<Vec<u8>>()),
            4 => {
                let end = (place + dice.below(16)).min(token.len());
                let copy = token[place..end].to_vec();
                token.splice(place..place, copy);
            }
            5 => {
                for byte in token.iter_mut().skip(place).take(4) {
                    *byte = [0, 0xff, 0x7f, 0x80][dice.below(4)];
                }
            }
            _ => {
                if let Some(byte) = token.get_mut(place) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
    }
}

/// Runs a handshake whose client token number `which` is changed on its way. Returns the account that got in.
fn attacked(package: Package, which: usize, seed: u64, config: Arc<AcceptorConfig>) -> Option<String> {
    let mut dice = Dice::new(seed);
    let (mut initiator, mut token) = Initiator::new(package, alice());
    let mut acceptor = Negotiator::new(config, Channel::Plain);
    for number in 0..4 {
        let mut sent = token.clone();
        if number == which {
            mutate(&mut sent, &mut dice);
            if sent == token {
                return None;
            }
        }
        let answer = match acceptor.step(&sent, NOW, dice.entropy()) {
            Step::Continue(answer) => answer,
            Step::Done(established) => return Some(established.identity.account().to_owned()),
            Step::Fail(_) => return None,
        };
        match initiator.step(&answer, NOW, dice.entropy()) {
            Ok(Progress::Continue(next) | Progress::Done { token: Some(next), .. }) => token = next,
            _ => return None,
        }
    }
    None
}

#[test]
fn w_114_a_changed_raw_token_never_gets_in() {
    let config = Arc::new(config());
    for seed in 0..MUTATIONS as u64 {
        let which = usize::from(seed % 3 != 0);
        assert_eq!(attacked(Package::Ntlm, which, seed, config.clone()), None, "token {which}, seed {seed}");
    }
}

#[test]
fn w_114_a_changed_spnego_token_gets_nobody_in_but_the_one_who_proved_it() {
    // What is around NTLM's messages is not all signed: a length written longer says the same.
    let config = Arc::new(config());
    let mut entered = 0;
    for seed in 0..MUTATIONS as u64 {
        let which = usize::from(seed % 3 != 0);
        if let Some(account) = attacked(Package::Negotiate, which, seed, config.clone()) {
            assert_eq!(account, USER);
            entered += 1;
        }
    }
    assert!(entered < MUTATIONS / 50, "{entered} of {MUTATIONS} changed handshakes went through");
}

#[test]
fn w_114_without_integrity_code_a_changed_token_still_needs_the_proof() {
    // Only bytes outside the proof may differ then, so whoever gets in is the one who made it.
    let config = Arc::new(AcceptorConfig { absent_mic: AbsentMic::Accept, ..config() });
    for seed in 0..MUTATIONS as u64 {
        if let Some(account) = attacked(Package::Ntlm, 1, seed, config.clone()) {
            assert_eq!(account, USER);
        }
    }
}

proptest! {
    #[test]
    fn w_114_noise_in_headers_is_refused(
        headers in proptest::collection::vec(
            ("(Negotiate|NTLM|Basic|Kerberos) ", proptest::collection::vec(any::<u8>(), 0..200)), 1..5,
        ),
        tls in any::<bool>(),
    ) {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let channel = if tls {
            Channel::Tls(ChannelBinding::from_application_data(b"x".to_vec()))
        } else {
            Channel::Plain
        };
        let mut connection = Connection::new(Arc::new(config()), channel);
        let mut dice = Dice::new(1);
        for (scheme, noise) in headers {
            let verdict = connection.authorize(Some(&(scheme + &STANDARD.encode(noise))), NOW, dice.entropy());
            let served = matches!(verdict, Verdict::Serve { .. });
            prop_assert!(!served);
        }
    }

    #[test]
    fn w_114_a_certificate_of_noise_has_no_binding_or_some(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = ChannelBinding::tls_server_end_point(&noise);
    }

    #[test]
    fn w_114_a_client_reads_or_refuses_what_a_server_sends(
        noise in proptest::collection::vec(any::<u8>(), 0..300),
        raw in any::<bool>(),
        signed in any::<bool>(),
    ) {
        let package = if raw { Package::Ntlm } else { Package::Negotiate };
        let (mut initiator, _) = Initiator::new(package, alice());
        let noise = if signed { [b"NTLMSSP\0\x02\0\0\0", &noise[..]].concat() } else { noise };
        let refused = initiator.step(&noise, NOW, Dice::new(1).entropy()).is_err();
        prop_assert!(refused);
    }
}

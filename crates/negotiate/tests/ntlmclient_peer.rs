//! The `ntlmclient` crate: a client without a message integrity code. Its password must be verified all the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod support;

use std::sync::Arc;

use negotiate::{AbsentMic, Acceptor, AcceptorConfig, Channel, Established, Negotiator, Refusal, Step};
use ntlmclient::{Credentials, Flags, Message, NegotiateMessage, TargetInfoEntry, respond_challenge_ntlm_v2};
use support::{Dice, PASSWORD, USER, config, now};

const FLAGS: Flags = Flags::NEGOTIATE_UNICODE
    .union(Flags::REQUEST_TARGET)
    .union(Flags::NEGOTIATE_SIGN)
    .union(Flags::NEGOTIATE_SEAL)
    .union(Flags::NEGOTIATE_NTLM)
    .union(Flags::NEGOTIATE_ALWAYS_SIGN)
    .union(Flags::NEGOTIATE_NTLM2_KEY)
    .union(Flags::NEGOTIATE_TARGET_INFO)
    .union(Flags::NEGOTIATE_128BIT)
    .union(Flags::NEGOTIATE_KEY_EXCHANGE);

fn logon(password: &str, absent_mic: AbsentMic) -> Result<Established, Refusal> {
    let credentials = Credentials { username: "alice".into(), password: password.into(), domain: "PEP".into() };
    let mut dice = Dice::new(3);
    let config = AcceptorConfig { absent_mic, ..config() };
    let mut acceptor = Negotiator::new(Arc::new(config), Channel::Plain);

    let negotiate = NegotiateMessage {
        flags: FLAGS,
        supplied_domain: String::new(),
        supplied_workstation: String::new(),
        os_version: ntlmclient::OsVersion::default(),
    };
    let token = Message::Negotiate(negotiate).to_bytes().unwrap();
    let Step::Continue(answer) = acceptor.step(&token, now(), dice.entropy()) else { panic!("no challenge") };
    let Message::Challenge(challenge) = Message::try_from(&answer[..]).unwrap() else { panic!("no challenge") };

    let target_info: Vec<u8> = challenge.target_information.iter().flat_map(TargetInfoEntry::to_bytes).collect();
    let time = ntlmclient::get_ntlm_time();
    let response = respond_challenge_ntlm_v2(challenge.challenge, &target_info, time, &credentials);
    let token = response.to_message(&credentials, "", FLAGS).to_bytes().unwrap();
    match acceptor.step(&token, now(), dice.entropy()) {
        Step::Done(established) => Ok(established),
        Step::Fail(refusal) => Err(refusal),
        Step::Continue(_) => panic!("challenged twice"),
    }
}

#[test]
fn w_030_a_wrong_password_without_a_mic_is_refused() {
    for absent_mic in [AbsentMic::Refuse, AbsentMic::Accept] {
        let refusal = logon("wrong", absent_mic).unwrap_err();
        assert!(matches!(refusal, Refusal::WrongPassword(_)), "{refusal}");
    }
}

#[test]
fn w_031_the_right_password_without_a_mic_is_accepted_only_if_policy_says_so() {
    let refusal = logon(PASSWORD, AbsentMic::Refuse).unwrap_err();
    assert!(matches!(refusal, Refusal::NoMic(_)), "{refusal}");
    assert_eq!(logon(PASSWORD, AbsentMic::Accept).unwrap().identity.account(), USER);
}

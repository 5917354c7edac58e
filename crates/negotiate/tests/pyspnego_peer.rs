//! pyspnego's NTLM and SPNEGO, as client of the acceptor and as server of the initiator, and pypsrp's sealed bodies.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod support;

use negotiate::multipart::{self, EncryptedType, Protocol};
use negotiate::{Channel, Credentials, Flags, Initiator, NtHash, Package, Progress, Refusal, Sealing};
use support::client::{ALICE, Setup, exchange, hex_or_dash, logon};
use support::peer::{Peer, PeerError};
use support::{Dice, PASSWORD, USER, alice, binding, config, from_hex, now, strict, tls, to_hex};

#[test]
fn pyspnego_logs_on_raw_and_in_spnego_and_exchanges_sealed_messages() {
    let Some(mut peer) = Peer::python() else { return };
    for package in ["NTLM", "Negotiate"] {
        let established = logon(&mut peer, &Setup { package, ..ALICE }, config(), Channel::Plain).unwrap();
        assert_eq!(established.identity.account(), USER);
        exchange(&mut peer, established.sealing.unwrap().as_mut());
    }
}

#[test]
fn w_033_pyspnego_logs_on_by_every_form_of_a_name() {
    let Some(mut peer) = Peer::python() else { return };
    for (user, domain) in [("alice", "PEP"), ("ALICE", "other"), ("aLiCe", ""), ("alice@pep.example", "")] {
        let established = logon(&mut peer, &Setup { user, domain, ..ALICE }, config(), Channel::Plain).unwrap();
        assert_eq!(established.identity.account(), USER, "{domain}\\{user}");
    }
}

#[test]
fn w_030_pyspnego_with_a_wrong_password_or_name_is_refused() {
    let Some(mut peer) = Peer::python() else { return };
    for package in ["NTLM", "Negotiate"] {
        let wrong = Setup { package, password: "wrong", ..ALICE };
        let refusal = logon(&mut peer, &wrong, config(), Channel::Plain).unwrap_err();
        assert!(matches!(refusal, Refusal::WrongPassword(_)), "{refusal}");
        let nobody = Setup { package, user: "mallory", ..ALICE };
        let refusal = logon(&mut peer, &nobody, config(), Channel::Plain).unwrap_err();
        assert!(matches!(refusal, Refusal::UnknownAccount(_)), "{refusal}");
    }
}

#[test]
fn w_029_pyspnego_made_to_speak_lm_or_ntlmv1_is_refused() {
    let Some(mut peer) = Peer::python() else { return };
    for package in ["NTLM", "Negotiate"] {
        let client = Setup { package, ..ALICE };
        peer.ask(&["compat", "0"]).unwrap();
        let refusal = logon(&mut peer, &client, config(), Channel::Plain).unwrap_err();
        assert_eq!(refusal, Refusal::Missing(Flags::EXTENDED_SESSIONSECURITY));
        for level in ["1", "2"] {
            peer.ask(&["compat", level]).unwrap();
            let refusal = logon(&mut peer, &client, config(), Channel::Plain).unwrap_err();
            assert!(matches!(refusal, Refusal::OldVersion(_)), "{refusal}");
        }
        peer.ask(&["compat", "5"]).unwrap();
        logon(&mut peer, &client, config(), Channel::Plain).unwrap();
    }
}

#[test]
fn w_039_pyspnego_binds_to_its_tls_connection() {
    let Some(mut peer) = Peer::python() else { return };
    let (ours, theirs) = (binding("ecdsa-sha384"), binding("rsa-sha256"));
    for package in ["NTLM", "Negotiate"] {
        let bound = |binding| Setup { package, binding, ..ALICE };
        logon(&mut peer, &bound(Some(ours.application_data())), strict(), tls("ecdsa-sha384")).unwrap();
        let wrong = bound(Some(theirs.application_data()));
        let refusal = logon(&mut peer, &wrong, config(), tls("ecdsa-sha384")).unwrap_err();
        assert!(matches!(refusal, Refusal::WrongChannelBinding(_)), "{refusal}");
        let refusal = logon(&mut peer, &bound(None), strict(), tls("ecdsa-sha384")).unwrap_err();
        assert!(matches!(refusal, Refusal::NoChannelBinding(_)), "{refusal}");
        logon(&mut peer, &bound(None), config(), tls("ecdsa-sha384")).unwrap();
    }
}

#[test]
fn pyspnego_that_means_a_file_server_is_refused() {
    let Some(mut peer) = Peer::python() else { return };
    let relayed = Setup { target: "cifs/pep.example", ..ALICE };
    let refusal = logon(&mut peer, &relayed, config(), Channel::Plain).unwrap_err();
    assert!(matches!(refusal, Refusal::WrongTarget(_, _)), "{refusal}");
}

#[test]
fn w_041_w_042_pypsrp_opens_our_bodies_and_we_open_its() {
    let Some(mut peer) = Peer::python() else { return };
    for package in ["NTLM", "Negotiate"] {
        let established = logon(&mut peer, &Setup { package, ..ALICE }, config(), Channel::Plain).unwrap();
        let mut sealing = established.sealing.unwrap();
        for text in ["<s:Envelope/>".to_owned(), "\r\n--Encrypted Boundary--\r\n".repeat(3), "ö".repeat(100_000)] {
            let words = peer.ask(&["seal_body", &to_hex(text.as_bytes())]).unwrap();
            let (body, header) = (from_hex(&words[0]), String::from_utf8(from_hex(&words[1])).unwrap());
            assert_eq!(header, multipart::content_type(Protocol::Spnego), "what we send ourselves");
            let kind = EncryptedType::parse(&header).unwrap().unwrap();
            let opened = multipart::open(sealing.as_mut(), &kind, &body).unwrap();
            assert_eq!(opened.content_type, "application/soap+xml;charset=UTF-8");
            assert_eq!(opened.body, text.as_bytes());

            let answer = text.clone().into_bytes();
            let body = multipart::close(sealing.as_mut(), kind.protocol, &opened.content_type, answer).unwrap();
            assert_eq!(peer.bytes("open_body", &body).unwrap(), text.as_bytes());
        }
    }
}

/// Our client at pyspnego's server.
fn enter(peer: &mut Peer, package: Package, credentials: Credentials) -> Result<Box<dyn Sealing>, PeerError> {
    let mut dice = Dice::new(9);
    let (mut initiator, mut token) = Initiator::new(package, credentials);
    loop {
        let answer = peer.bytes("step", &token)?;
        match initiator.step(&answer, now(), dice.entropy()).unwrap() {
            Progress::Continue(next) => token = next,
            Progress::Done { token, sealing } => {
                if let Some(token) = token {
                    peer.bytes("step", &token)?;
                }
                return Ok(sealing);
            }
        }
    }
}

fn serve(peer: &mut Peer, package: &str, binding: &[u8]) {
    let words = ["alice", PASSWORD, "PEP"].map(|text| to_hex(text.as_bytes()));
    peer.ask(&["serve", package, &words[0], &words[1], &words[2], &hex_or_dash(binding)]).unwrap();
}

#[test]
fn our_client_enters_pyspnego_and_exchanges_sealed_messages() {
    let Some(mut peer) = Peer::python() else { return };
    for (package, name) in [(Package::Ntlm, "NTLM"), (Package::Negotiate, "Negotiate")] {
        serve(&mut peer, name, &[]);
        let mut sealing = enter(&mut peer, package, alice()).unwrap();
        for round in 0..3_u8 {
            let sealed = sealing.seal(vec![round; 500]).unwrap();
            assert_eq!(peer.bytes("unwrap", &[sealed.token, sealed.data].concat()).unwrap(), vec![round; 500]);
            let wrapped = peer.bytes("wrap", &[round; 9]).unwrap();
            assert_eq!(sealing.unseal(&wrapped[..16], wrapped[16..].to_vec()).unwrap(), [round; 9]);
        }
    }
}

#[test]
fn our_client_is_refused_by_pyspnego_with_a_wrong_password_or_binding() {
    let Some(mut peer) = Peer::python() else { return };
    for (package, name) in [(Package::Ntlm, "NTLM"), (Package::Negotiate, "Negotiate")] {
        serve(&mut peer, name, &[]);
        let wrong = Credentials { nt_hash: NtHash::of_password("wrong"), ..alice() };
        assert!(enter(&mut peer, package, wrong).is_err());

        let (ours, theirs) = (binding("ecdsa-sha256"), binding("rsa-sha256"));
        serve(&mut peer, name, ours.application_data());
        assert!(enter(&mut peer, package, Credentials { binding: Some(theirs), ..alice() }).is_err());
        serve(&mut peer, name, ours.application_data());
        assert!(enter(&mut peer, package, Credentials { binding: Some(ours.clone()), ..alice() }).is_ok());
    }
}

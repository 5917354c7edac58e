//! Microsoft's own managed NTLM and SPNEGO client (System.Net.Security.NegotiateAuthentication) against the acceptor.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod support;

use negotiate::{Channel, Refusal};
use support::client::{ALICE, Setup, exchange, logon};
use support::peer::Peer;
use support::{USER, binding, config, strict, tls};

#[test]
fn the_managed_client_logs_on_raw_and_in_spnego_and_exchanges_sealed_messages() {
    let Some(mut peer) = Peer::pwsh() else { return };
    for package in ["NTLM", "Negotiate"] {
        let established = logon(&mut peer, &Setup { package, ..ALICE }, config(), Channel::Plain).unwrap();
        assert_eq!(established.identity.account(), USER);
        assert_eq!(established.token.is_some(), package == "Negotiate");
        exchange(&mut peer, established.sealing.unwrap().as_mut());
    }
}

#[test]
fn w_033_the_managed_client_logs_on_by_every_form_of_a_name() {
    let Some(mut peer) = Peer::pwsh() else { return };
    for (user, domain) in [("alice", "PEP"), ("ALICE", "other"), ("aLiCe", ""), ("alice@pep.example", "")] {
        let established = logon(&mut peer, &Setup { user, domain, ..ALICE }, config(), Channel::Plain).unwrap();
        assert_eq!(established.identity.account(), USER, "{domain}\\{user}");
    }
}

#[test]
fn w_030_the_managed_client_with_a_wrong_password_or_name_is_refused() {
    let Some(mut peer) = Peer::pwsh() else { return };
    for package in ["NTLM", "Negotiate"] {
        let wrong = Setup { package, password: "Gruesse-aus-Koeln-1", ..ALICE };
        let refusal = logon(&mut peer, &wrong, config(), Channel::Plain).unwrap_err();
        assert!(matches!(refusal, Refusal::WrongPassword(_)), "{refusal}");
        let nobody = Setup { package, user: "mallory", ..ALICE };
        let refusal = logon(&mut peer, &nobody, config(), Channel::Plain).unwrap_err();
        assert!(matches!(refusal, Refusal::UnknownAccount(_)), "{refusal}");
    }
}

#[test]
fn w_039_the_managed_client_binds_to_its_tls_connection() {
    let Some(mut peer) = Peer::pwsh() else { return };
    for certificate in ["ecdsa-sha256", "ecdsa-sha384", "rsa-sha512"] {
        let (ours, theirs) = (binding(certificate), binding("rsa-sha1"));
        for package in ["NTLM", "Negotiate"] {
            let bound = |binding| Setup { package, binding, ..ALICE };
            let right = bound(Some(ours.application_data()));
            logon(&mut peer, &right, strict(), tls(certificate)).unwrap();
            let wrong = bound(Some(theirs.application_data()));
            let refusal = logon(&mut peer, &wrong, config(), tls(certificate)).unwrap_err();
            assert!(matches!(refusal, Refusal::WrongChannelBinding(_)), "{refusal}");
            let refusal = logon(&mut peer, &bound(None), strict(), tls(certificate)).unwrap_err();
            assert!(matches!(refusal, Refusal::NoChannelBinding(_)), "{refusal}");
            logon(&mut peer, &bound(None), config(), tls(certificate)).unwrap();
        }
    }
}

#[test]
fn w_029_the_managed_client_that_only_signs_is_refused_outside_tls() {
    let Some(mut peer) = Peer::pwsh() else { return };
    for package in ["NTLM", "Negotiate"] {
        let signing = Setup { package, level: "Sign", ..ALICE };
        let refusal = logon(&mut peer, &signing, config(), Channel::Plain).unwrap_err();
        assert!(matches!(refusal, Refusal::Missing(_)), "{refusal}");
        let established = logon(&mut peer, &signing, config(), tls("ecdsa-sha256")).unwrap();
        assert!(established.sealing.is_none());
    }
}

#[test]
fn w_047_a_changed_message_of_the_managed_client_ends_the_session() {
    let Some(mut peer) = Peer::pwsh() else { return };
    let established = logon(&mut peer, &ALICE, config(), Channel::Plain).unwrap();
    let mut sealing = established.sealing.unwrap();
    let mut wrapped = peer.bytes("wrap", b"Get-Process").unwrap();
    wrapped[20] ^= 1;
    let (token, data) = wrapped.split_at(16);
    assert!(sealing.unseal(token, data.to_vec()).is_err());
    let next = peer.bytes("wrap", b"Get-Process").unwrap();
    let (token, data) = next.split_at(16);
    assert!(sealing.unseal(token, data.to_vec()).is_err());
}

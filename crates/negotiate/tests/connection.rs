//! The authentication of one TCP connection, request by request.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod support;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use negotiate::multipart::Protocol;
use negotiate::{
    AcceptorConfig, BodyError, Channel, Connection, Initiator, Mechanism, Package, Progress, Refusal, Sealing, Verdict,
    multipart,
};
use support::{Dice, NOW, PASSWORD, USER, alice, config, tls};

/// A client that talks to one connection.
struct Client {
    connection: Connection,
    dice: Dice,
}

impl Client {
    fn on(channel: Channel) -> Client {
        Client { connection: Connection::new(Arc::new(config()), channel), dice: Dice::new(11) }
    }

    fn request(&mut self, authorization: Option<&str>) -> Verdict {
        self.connection.authorize(authorization, NOW, self.dice.entropy())
    }

    fn token(&mut self, scheme: &str, token: &[u8]) -> Verdict {
        self.request(Some(&header(scheme, token)))
    }

    /// Sends the first token and returns what the client's last one would be.
    fn half_way(&mut self, scheme: &str, package: Package) -> (Initiator, Vec<u8>) {
        let (mut initiator, first) = Initiator::new(package, alice());
        let Verdict::Continue { www_authenticate } = self.token(scheme, &first) else { panic!("no challenge") };
        let answer = STANDARD.decode(www_authenticate.strip_prefix(&format!("{scheme} ")).unwrap()).unwrap();
        match initiator.step(&answer, NOW, self.dice.entropy()).unwrap() {
            Progress::Continue(token) | Progress::Done { token: Some(token), .. } => (initiator, token),
            Progress::Done { .. } => panic!("nothing to send"),
        }
    }

    /// Logs on with SPNEGO and returns the client's keys.
    fn log_on(&mut self) -> Box<dyn Sealing> {
        let (mut initiator, token) = self.half_way("Negotiate", Package::Negotiate);
        let verdict = self.token("Negotiate", &token);
        let Verdict::Serve { identity, www_authenticate: Some(last) } = verdict else { panic!("{verdict:?}") };
        assert_eq!((identity.account(), identity.mechanism()), (USER, Mechanism::Ntlm));
        let last = STANDARD.decode(last.strip_prefix("Negotiate ").unwrap()).unwrap();
        match initiator.step(&last, NOW, self.dice.entropy()).unwrap() {
            Progress::Done { sealing, .. } => sealing,
            Progress::Continue(_) => panic!("not done"),
        }
    }
}

fn header(scheme: &str, token: &[u8]) -> String {
    format!("{scheme} {}", STANDARD.encode(token))
}

fn basic(user: &str, password: &str) -> String {
    header("Basic", format!("{user}:{password}").as_bytes())
}

fn refusal(verdict: Verdict) -> Refusal {
    match verdict {
        Verdict::Refuse { refusal: Some(refusal), .. } => refusal,
        other => panic!("{other:?}"),
    }
}

fn served(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Serve { .. })
}

#[test]
fn w_018_without_authorization_the_answer_is_the_bare_offers() {
    let bare = |offers: &[&'static str]| Verdict::Refuse { offers: offers.to_vec(), refusal: None };
    assert_eq!(Client::on(Channel::Plain).request(None), bare(&["Negotiate"]));
    assert_eq!(Client::on(tls("ecdsa-sha256")).request(None), bare(&["Negotiate", "Basic realm=\"WSMAN\""]));

    let no_basic = AcceptorConfig { passwords: None, ..config() };
    let connection = Connection::new(Arc::new(no_basic), tls("ecdsa-sha256"));
    assert_eq!(connection.offers(), ["Negotiate"]);
}

#[test]
fn w_018_unknown_schemes_are_refused() {
    let mutual = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";
    for scheme in ["Kerberos YII=", "CredSSP FgM=", "Bearer x", mutual, "", "Digest username=\"alice\""] {
        assert_eq!(refusal(Client::on(Channel::Plain).request(Some(scheme))), Refusal::Scheme, "{scheme}");
    }
}

#[test]
fn w_022_the_answer_has_the_scheme_and_the_form_of_the_request() {
    for scheme in ["Negotiate", "NTLM"] {
        let mut client = Client::on(Channel::Plain);
        let (_, token) = client.half_way(scheme, Package::Ntlm);
        let verdict = client.token(scheme, &token);
        assert!(matches!(verdict, Verdict::Serve { www_authenticate: None, .. }), "{verdict:?}");
    }
    let mut client = Client::on(Channel::Plain);
    let (_, first) = Initiator::new(Package::Ntlm, alice());
    let verdict = client.token("negotiate", &first);
    let Verdict::Continue { www_authenticate } = verdict else { panic!("{verdict:?}") };
    assert!(www_authenticate.starts_with("Negotiate TlRMTVNTUAAC"), "the scheme in its own spelling");
}

#[test]
fn w_012_a_connection_that_is_authenticated_serves_and_another_one_does_not() {
    let mut client = Client::on(Channel::Plain);
    client.log_on();
    assert!(served(&client.request(None)));
    assert!(served(&client.request(None)));
    assert!(!served(&Client::on(Channel::Plain).request(None)));
}

#[test]
fn w_012_a_token_moved_to_another_connection_is_refused() {
    let mut client = Client::on(Channel::Plain);
    let (_, token) = client.half_way("Negotiate", Package::Ntlm);
    let mut other = Client::on(Channel::Plain);
    assert!(!served(&other.token("Negotiate", &token)));
    other.half_way("Negotiate", Package::Ntlm);
    // The same dice, so even the same challenge: here only the integrity of the messages could tell them apart.
    let mut third = Client { dice: Dice::new(12), ..Client::on(Channel::Plain) };
    third.half_way("Negotiate", Package::Ntlm);
    assert!(matches!(refusal(third.token("Negotiate", &token)), Refusal::WrongPassword(_)));
}

#[test]
fn w_012_a_proof_is_good_once() {
    let mut client = Client::on(Channel::Plain);
    let (_, token) = client.half_way("NTLM", Package::Ntlm);
    assert!(served(&client.token("NTLM", &token)));
    assert!(!served(&client.token("NTLM", &token)), "again");
    assert!(!served(&client.request(None)), "and the connection has lost what it had");
}

#[test]
fn w_013_a_first_token_on_an_authenticated_connection_begins_again() {
    let mut client = Client::on(Channel::Plain);
    for _ in 0..3 {
        client.log_on();
    }
    let (_, token) = client.half_way("Negotiate", Package::Ntlm);
    assert!(!served(&client.request(None)), "in the middle nobody is there");
    assert!(!served(&client.token("Negotiate", &token)), "and the broken-off handshake is over");
}

#[test]
fn w_013_a_first_token_in_the_middle_of_a_handshake_begins_again() {
    let mut client = Client::on(Channel::Plain);
    client.half_way("Negotiate", Package::Negotiate);
    let (_, token) = client.half_way("Negotiate", Package::Ntlm);
    assert!(served(&client.token("Negotiate", &token)));
}

#[test]
fn w_013_a_handshake_does_not_change_its_scheme() {
    let mut client = Client::on(Channel::Plain);
    let (_, token) = client.half_way("NTLM", Package::Ntlm);
    assert!(!served(&client.token("Negotiate", &token)));
}

#[test]
fn w_019_w_020_one_header_on_the_way_and_the_last_token_with_the_answer() {
    let mut client = Client::on(Channel::Plain);
    let (_, token) = client.half_way("Negotiate", Package::Negotiate);
    let verdict = client.token("Negotiate", &token);
    let Verdict::Serve { www_authenticate: Some(last), .. } = verdict else { panic!("{verdict:?}") };
    assert!(last.starts_with("Negotiate oRs"), "accept-completed with a signature: {last}");
}

#[test]
fn w_021_a_bad_token_is_answered_with_the_offers_and_ends_what_was_there() {
    for bad in ["Negotiate", "Negotiate !", "Negotiate YWJj", "NTLM TlRMTVNTUAAD", "Negotiate YIIB"] {
        let mut client = Client::on(Channel::Plain);
        client.log_on();
        let verdict = client.request(Some(bad));
        let Verdict::Refuse { offers, refusal: Some(_) } = verdict else { panic!("{verdict:?}") };
        assert_eq!(offers, ["Negotiate"]);
        assert!(!served(&client.request(None)), "{bad}");
    }
}

#[test]
fn w_036_basic_proves_one_request_inside_tls() {
    let mut client = Client::on(tls("ecdsa-sha256"));
    let verdict = client.request(Some(&basic("PEP\\ALICE", PASSWORD)));
    let Verdict::Serve { identity, www_authenticate: None } = verdict else { panic!("{verdict:?}") };
    assert_eq!((identity.account(), identity.mechanism()), (USER, Mechanism::Basic));
    assert!(!served(&client.request(None)), "a missing header is nobody, whoever came before");
    assert!(matches!(refusal(client.request(Some(&basic("alice", "wrong")))), Refusal::WrongPassword(_)));
    assert!(served(&client.request(Some(&basic("alice@pep", PASSWORD)))));
}

#[test]
fn w_036_basic_outside_tls_is_refused() {
    let mut client = Client::on(Channel::Plain);
    client.log_on();
    assert_eq!(refusal(client.request(Some(&basic("alice", PASSWORD)))), Refusal::BasicOutsideTls);
    assert!(!served(&client.request(None)));
}

const SOAP: &str = "application/soap+xml;charset=UTF-8";

#[test]
fn w_045_a_sealed_request_gets_a_sealed_answer_and_an_empty_one_stays_empty() {
    let mut client = Client::on(Channel::Plain);
    let mut keys = client.log_on();
    for text in ["<Create/>", "<Command/>", "<Receive/>"] {
        let body = multipart::close(keys.as_mut(), Protocol::Kerberos, SOAP, text.into()).unwrap();
        let body = client.connection.open(&multipart::content_type(Protocol::Kerberos), body).unwrap();
        assert_eq!((&body.bytes[..], &body.content_type[..]), (text.as_bytes(), SOAP));

        let (kind, answer) = client.connection.close(body.sealed, SOAP, b"<Fault/>".to_vec()).unwrap();
        assert_eq!(kind, multipart::content_type(Protocol::Kerberos), "the protocol of the request");
        let kind = multipart::EncryptedType::parse(&kind).unwrap().unwrap();
        assert_eq!(multipart::open(keys.as_mut(), &kind, &answer).unwrap().body, b"<Fault/>");
    }
    let empty = client.connection.close(Some(Protocol::Spnego), SOAP, Vec::new()).unwrap();
    assert_eq!(empty, (SOAP.to_owned(), Vec::new()));
}

#[test]
fn w_046_a_plain_body_is_refused_outside_tls_and_taken_inside() {
    let mut client = Client::on(Channel::Plain);
    client.log_on();
    assert_eq!(client.connection.open(SOAP, b"<Create/>".to_vec()), Err(BodyError::Plain));

    let mut client = Client::on(tls("ecdsa-sha256"));
    assert!(served(&client.request(Some(&basic("alice", PASSWORD)))));
    let body = client.connection.open(SOAP, b"<Create/>".to_vec()).unwrap();
    assert_eq!(body.sealed, None);
    let answer = client.connection.close(body.sealed, SOAP, b"<CreateResponse/>".to_vec()).unwrap();
    assert_eq!(answer, (SOAP.to_owned(), b"<CreateResponse/>".to_vec()));
    let sealed = client.connection.open(&multipart::content_type(Protocol::Spnego), Vec::new());
    assert_eq!(sealed, Err(BodyError::NotNegotiated), "there are no keys");
}

#[test]
fn w_047_a_changed_repeated_or_skipped_body_ends_the_connection() {
    let kind = multipart::content_type(Protocol::Spnego);
    for attack in ["changed", "repeated", "skipped"] {
        let mut client = Client::on(Channel::Plain);
        let mut keys = client.log_on();
        let mut seal = || multipart::close(keys.as_mut(), Protocol::Spnego, SOAP, b"<Create/>".to_vec()).unwrap();
        let mut body = seal();
        match attack {
            "changed" => {
                let last = body.len() - "--Encrypted Boundary--\r\n".len() - 1;
                body[last] ^= 1;
            }
            "repeated" => assert!(client.connection.open(&kind, body.clone()).is_ok()),
            _ => body = seal(),
        }
        let refused = client.connection.open(&kind, body).unwrap_err();
        assert!(matches!(refused, BodyError::Multipart(_)), "{attack}: {refused}");
        assert!(!served(&client.request(None)), "{attack}");
        assert!(client.connection.open(&kind, seal()).is_err(), "{attack}");
    }
}

#[test]
fn w_047_a_body_sealed_on_another_connection_is_refused() {
    let (mut one, mut other) = (Client::on(Channel::Plain), Client::on(Channel::Plain));
    one.log_on();
    other.dice = Dice::new(99);
    let mut keys = other.log_on();
    let body = multipart::close(keys.as_mut(), Protocol::Spnego, SOAP, b"<Create/>".to_vec()).unwrap();
    assert!(one.connection.open(&multipart::content_type(Protocol::Spnego), body).is_err());
}

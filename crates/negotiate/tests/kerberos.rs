//! What a handshake does with Kerberos, whose tickets a stand-in makes here; with a real KDC it is tested where the library is.

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
use negotiate::{
    AcceptorConfig, BindingPolicy, Channel, ChannelBinding, Connection, Credentials, InitiateError, Initiator,
    KerberosClient, KerberosContext, KerberosError, KerberosService, KerberosStep, KerberosTrouble, Mechanism,
    Progress, Refusal, SealError, Sealed, Sealing, Verdict, Wrapping,
};
use support::{Dice, NOW, alice, binding, config, tls};

/// How a GSS token of Kerberos begins, before what the stand-in has to say.
const HEAD: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00];

/// A ticket says whom it is for; nobody checks more. The context says whether it is good for sealing, and bound to what.
struct Ticket {
    principal: &'static str,
    binding: Option<ChannelBinding>,
    server: bool,
}

impl KerberosContext for Ticket {
    fn step(&mut self, token: &[u8]) -> Result<KerberosStep, KerberosError> {
        let bound = self.binding.as_ref().map_or(0, |binding| binding.hash()[0]);
        match (self.server, token) {
            (false, b"") => {
                let inner = [HEAD, &[bound], self.principal.as_bytes()].concat();
                Ok(KerberosStep::Continue([&[0x60, u8::try_from(inner.len()).unwrap()], &inner[..]].concat()))
            }
            (false, b"AP-REP") => Ok(KerberosStep::Done { token: None, client: None }),
            (true, [0x60, _, inner @ ..]) => {
                let [bound, principal @ ..] = inner.strip_prefix(HEAD).unwrap() else { panic!("no ticket") };
                let ours = self.binding.as_ref().map(|binding| binding.hash()[0]);
                if ours.is_some_and(|ours| *bound != 0 && *bound != ours) {
                    return Err(KerberosError::new(KerberosTrouble::Binding, "bindings differ".into()));
                }
                let principal = String::from_utf8(principal.to_vec()).unwrap();
                let protects = !principal.starts_with("plain");
                let client = KerberosClient { principal, protects, bound: ours == Some(*bound) };
                Ok(KerberosStep::Done { token: Some(b"AP-REP".to_vec()), client: Some(client) })
            }
            _ => Err(KerberosError::new(KerberosTrouble::Other, "no such token".into())),
        }
    }

    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok([&b"signed by "[..], if self.server { &b"server"[..] } else { b"client" }, message].concat())
    }

    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), SealError> {
        let peer = if self.server { &b"client"[..] } else { b"server" };
        let right = [&b"signed by "[..], peer, message].concat() == signature;
        if right { Ok(()) } else { Err(SealError::Signature) }
    }
}

impl Sealing for Ticket {
    fn seal(&mut self, data: Vec<u8>) -> Result<Sealed, SealError> {
        Ok(Sealed { token: b"sealed".to_vec(), data })
    }

    fn unseal(&mut self, _: &[u8], data: Vec<u8>) -> Result<Vec<u8>, SealError> {
        Ok(data)
    }
}

struct Service;

impl KerberosService for Service {
    fn accept(&self, binding: Option<&ChannelBinding>) -> Box<dyn KerberosContext> {
        Box::new(Ticket { principal: "", binding: binding.cloned(), server: true })
    }

    fn account(&self, principal: &str) -> Option<String> {
        matches!(principal, "alice@REALM" | "plain@REALM").then(|| "CloudAdmin".into())
    }
}

fn with_kerberos() -> AcceptorConfig {
    AcceptorConfig { kerberos: Some(Arc::new(Service)), ..config() }
}

fn ticket(principal: &'static str, binding: Option<ChannelBinding>) -> Ticket {
    Ticket { principal, binding, server: false }
}

/// One client, one connection: the verdict at the end, and what the client says to its last token.
fn log_on(
    server: AcceptorConfig,
    channel: Channel,
    scheme: &str,
    (mut initiator, mut token): (Initiator, Vec<u8>),
) -> (Verdict, Option<Result<Progress, InitiateError>>) {
    let mut connection = Connection::new(Arc::new(server), channel);
    let mut dice = Dice::new(7);
    let decoded = |header: &str| STANDARD.decode(header.strip_prefix(scheme).unwrap().trim()).unwrap();
    for _ in 0..6 {
        let header = format!("{scheme} {}", STANDARD.encode(&token));
        match connection.authorize(Some(&header), NOW, dice.entropy()) {
            Verdict::Continue { www_authenticate } => {
                match initiator.step(&decoded(&www_authenticate), NOW, dice.entropy()) {
                    Ok(Progress::Continue(next) | Progress::Done { token: Some(next), .. }) => token = next,
                    other => return (Verdict::Continue { www_authenticate }, Some(other)),
                }
            }
            Verdict::Serve { identity, www_authenticate } => {
                let last = www_authenticate.as_deref().map(|last| initiator.step(&decoded(last), NOW, dice.entropy()));
                return (Verdict::Serve { identity, www_authenticate }, last);
            }
            refused @ Verdict::Refuse { .. } => return (refused, None),
        }
    }
    panic!("no end");
}

fn kerberos(wrapping: Wrapping, ticket: Ticket) -> (Initiator, Vec<u8>) {
    Initiator::kerberos(wrapping, Box::new(ticket)).unwrap()
}

fn refusal(verdict: Verdict) -> Refusal {
    match verdict {
        Verdict::Refuse { refusal: Some(refusal), .. } => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn w_027_a_ticket_comes_bare_under_both_schemes_and_inside_spnego() {
    for (scheme, wrapping) in
        [("Kerberos", Wrapping::None), ("Negotiate", Wrapping::None), ("Negotiate", Wrapping::Spnego(None))]
    {
        let client = kerberos(wrapping, ticket("alice@REALM", None));
        let (verdict, last) = log_on(with_kerberos(), Channel::Plain, scheme, client);
        let Verdict::Serve { identity, .. } = verdict else { panic!("{scheme}: {verdict:?}") };
        assert_eq!((identity.account(), identity.mechanism()), ("CloudAdmin", Mechanism::Kerberos));
        assert_eq!(identity.name().to_string(), r"REALM\alice");
        assert!(matches!(last, Some(Ok(Progress::Done { token: None, .. }))), "{scheme}: {last:?}");
    }
}

#[test]
fn w_018_kerberos_is_offered_where_there_are_keys_and_refused_where_there_are_none() {
    assert_eq!(Connection::new(Arc::new(with_kerberos()), Channel::Plain).offers(), ["Negotiate", "Kerberos"]);
    assert_eq!(Connection::new(Arc::new(config()), Channel::Plain).offers(), ["Negotiate"]);
    let (verdict, _) =
        log_on(config(), Channel::Plain, "Kerberos", kerberos(Wrapping::None, ticket("alice@REALM", None)));
    assert_eq!(refusal(verdict), Refusal::Scheme);
    // no other mechanism goes by that scheme
    let (_, ntlm) = Initiator::new(negotiate::Package::Ntlm, alice());
    let mut connection = Connection::new(Arc::new(with_kerberos()), Channel::Plain);
    let header = format!("Kerberos {}", STANDARD.encode(ntlm));
    let verdict = connection.authorize(Some(&header), NOW, Dice::new(1).entropy());
    assert!(matches!(verdict, Verdict::Refuse { refusal: Some(Refusal::Kerberos(_)), .. }), "{verdict:?}");
}

#[test]
fn w_025_a_server_without_kerberos_turns_the_same_handshake_to_ntlm_if_the_client_has_a_password() {
    let both = |credentials: Option<Credentials>| kerberos(Wrapping::Spnego(credentials), ticket("alice@REALM", None));
    let (verdict, last) = log_on(config(), Channel::Plain, "Negotiate", both(Some(alice())));
    let Verdict::Serve { identity, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!((identity.account(), identity.mechanism()), ("Alice", Mechanism::Ntlm));
    assert!(matches!(last, Some(Ok(Progress::Done { token: None, .. }))), "the list was signed by both: {last:?}");

    let (verdict, _) = log_on(config(), Channel::Plain, "Negotiate", both(None));
    assert_eq!(refusal(verdict), Refusal::NoMechanism);
}

#[test]
fn w_040_nobody_comes_in_who_is_not_mapped_or_seals_nothing_outside_tls() {
    let log_on = |principal, channel| {
        log_on(with_kerberos(), channel, "Kerberos", kerberos(Wrapping::None, ticket(principal, None))).0
    };
    assert_eq!(refusal(log_on("eve@REALM", Channel::Plain)), Refusal::NotMapped("eve@REALM".into()));
    assert_eq!(refusal(log_on("alice@OTHER", Channel::Plain)), Refusal::NotMapped("alice@OTHER".into()));
    assert!(matches!(refusal(log_on("plain@REALM", Channel::Plain)), Refusal::Missing(_)));
    assert!(matches!(log_on("plain@REALM", tls("rsa-sha256")), Verdict::Serve { .. }));
}

#[test]
fn w_039_the_binding_of_a_ticket_goes_by_the_policy() {
    let (right, wrong) = (binding("rsa-sha256"), binding("ed25519"));
    let bindings = [Some(right), Some(wrong), None];
    for (policy, expected) in [
        (BindingPolicy::None, [true, true, true]),
        (BindingPolicy::Relaxed, [true, false, true]),
        (BindingPolicy::Strict, [true, false, false]),
    ] {
        let let_in = bindings.clone().map(|binding| {
            let server = AcceptorConfig { binding: policy, ..with_kerberos() };
            let client = kerberos(Wrapping::Spnego(None), ticket("alice@REALM", binding));
            matches!(log_on(server, tls("rsa-sha256"), "Negotiate", client).0, Verdict::Serve { .. })
        });
        assert_eq!(let_in, expected, "{policy:?}");
    }
}

/// A client whose favourite is unknown here sends the ticket after the server has chosen, and signs the list.
#[test]
fn w_025_who_preferred_something_else_must_sign_the_list() {
    let oid = |last: &[u8]| [&[0x06, u8::try_from(last.len()).unwrap()], last].concat();
    let negoex = oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e]);
    let kerberos = oid(&HEAD[2..11]);
    let der = |tag: u8, inner: &[u8]| [&[tag, u8::try_from(inner.len()).unwrap()], inner].concat();
    let list = der(0x30, &[negoex, kerberos].concat());
    let first = der(0x60, &[oid(&[0x2b, 6, 1, 5, 5, 2]), der(0xa0, &der(0x30, &der(0xa0, &list)))].concat());
    let KerberosStep::Continue(token) = ticket("alice@REALM", None).step(b"").unwrap() else { panic!("no token") };
    let second = der(0xa1, &der(0x30, &der(0xa2, &der(0x04, &token))));
    let signed = |mic: &[u8]| der(0xa1, &der(0x30, &der(0xa3, &der(0x04, mic))));
    let right = ticket("", None).sign(&list).unwrap();

    for (mic, good) in [(&right[..], true), (b"signed by nobody", false)] {
        let mut connection = Connection::new(Arc::new(with_kerberos()), Channel::Plain);
        let mut say = |token: &[u8]| {
            let header = format!("Negotiate {}", STANDARD.encode(token));
            connection.authorize(Some(&header), NOW, Dice::new(3).entropy())
        };
        assert!(matches!(say(&first), Verdict::Continue { .. }));
        assert!(matches!(say(&second), Verdict::Continue { .. }), "the ticket alone is not enough");
        let verdict = say(&signed(mic));
        assert_eq!(matches!(verdict, Verdict::Serve { .. }), good, "{verdict:?}");
    }
}

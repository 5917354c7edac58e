//! Both halves against a real KDC, and our SPNEGO against MIT's. The library reads its environment, so each test runs once more as
//! a process of its own, in a realm.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use gssapi::{Context, Credential};
use negotiate::{
    Entropy, FileTime, Initiator, KerberosClient, KerberosContext, KerberosStep, KerberosTrouble, Progress, SealError,
    Sealing, Wrapping,
};
use support::realm::Realm;

/// The keytab, in the process that is in the realm. Everybody else starts that process and looks how it ends.
fn in_realm(test: &str) -> Option<PathBuf> {
    const KEYTAB: &str = "PEPD_TEST_KEYTAB";
    if let Some(keytab) = std::env::var_os(KEYTAB) {
        return Some(keytab.into());
    }
    let realm = Realm::start();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs(realm.environment())
        .env("KRB5CCNAME", format!("FILE:{}", realm.cache("nobody").display()))
        .env(KEYTAB, realm.keytab())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    None
}

fn alice() -> Arc<Credential> {
    Arc::new(Credential::of_password("alice@PEPD.TEST", Realm::PASSWORD).unwrap())
}

fn client(binding: Option<&[u8]>) -> Context {
    Context::initiator("HTTP@localhost", Some(alice()), binding.map(<[u8]>::to_vec)).unwrap()
}

fn first(client: &mut Context) -> Vec<u8> {
    match client.step(&[]).unwrap() {
        KerberosStep::Continue(token) => token,
        KerberosStep::Done { .. } => panic!("no mutual authentication"),
    }
}

#[test]
fn w_035_w_048_a_ticket_makes_a_pair_whose_messages_only_the_other_can_read_once_and_in_order() {
    let Some(keytab) =
        in_realm("w_035_w_048_a_ticket_makes_a_pair_whose_messages_only_the_other_can_read_once_and_in_order")
    else {
        return;
    };
    let keys = Arc::new(Credential::of_keytab(&keytab).unwrap());
    let (mut client, mut server) = (client(None), Context::acceptor(Arc::clone(&keys), None));
    let ticket = first(&mut client);
    let KerberosStep::Done { token: Some(proof), client: Some(proved) } = server.step(&ticket).unwrap() else {
        panic!("more than one leg")
    };
    let alice = KerberosClient { principal: "alice@PEPD.TEST".into(), protects: true, bound: false };
    assert_eq!(proved, alice);
    assert_eq!(client.step(&proof).unwrap(), KerberosStep::Done { token: None, client: None });

    for round in 0..3 {
        for _ in 0..2 {
            let (from, to) = (&mut client, &mut server);
            let message = vec![round; 1000 * usize::from(round)];
            let sealed = from.seal(message.clone()).unwrap();
            assert_eq!((sealed.token.len(), sealed.data.len()), (60, message.len()));
            assert_eq!(sealed.token[4..8], [0, 0, 0, 28], "EC and RRC");
            assert!(round == 0 || sealed.data != message);
            assert_eq!(to.unseal(&sealed.token, sealed.data).unwrap(), message);
            std::mem::swap(from, to); // and the other way
        }
    }
    let signature = client.sign(b"list").unwrap();
    server.verify(b"list", &signature).unwrap();
    assert_eq!(server.verify(b"another", &signature), Err(SealError::Signature));

    let sealed = client.seal(b"once".to_vec()).unwrap();
    server.unseal(&sealed.token, sealed.data.clone()).unwrap();
    assert_eq!(server.unseal(&sealed.token, sealed.data), Err(SealError::Sequence));
    let sealed = client.seal(b"after that".to_vec()).unwrap();
    assert_eq!(server.unseal(&sealed.token, sealed.data), Err(SealError::Broken));

    let mut sealed = server.seal(b"changed".to_vec()).unwrap();
    sealed.data[0] ^= 1;
    assert!(client.unseal(&sealed.token, sealed.data).is_err());

    let again = Context::acceptor(Arc::clone(&keys), None).step(&ticket).unwrap_err();
    assert_eq!(again.trouble, KerberosTrouble::Replay, "{again}");

    // whatever name of the keytab a client has a ticket for
    for service in ["WSMAN@localhost", "host@localhost"] {
        let mut client = Context::initiator(service, Some(self::alice()), None).unwrap();
        let accepted = Context::acceptor(Arc::clone(&keys), None).step(&first(&mut client)).unwrap();
        assert!(matches!(accepted, KerberosStep::Done { client: Some(_), .. }), "{service}: {accepted:?}");
    }
}

#[test]
fn w_039_a_ticket_is_bound_to_the_connection_that_it_was_made_for() {
    let Some(keytab) = in_realm("w_039_a_ticket_is_bound_to_the_connection_that_it_was_made_for") else { return };
    let keys = Arc::new(Credential::of_keytab(&keytab).unwrap());
    let step = |ours: Option<&[u8]>, theirs: Option<&[u8]>| {
        let mut server = Context::acceptor(Arc::clone(&keys), ours.map(<[u8]>::to_vec));
        server.step(&first(&mut client(theirs))).map(|step| match step {
            KerberosStep::Done { client: Some(client), .. } => client.bound,
            other => panic!("{other:?}"),
        })
    };
    let (right, wrong) = (Some(&b"tls-server-end-point:right"[..]), Some(&b"tls-server-end-point:wrong"[..]));
    assert!(step(right, right).unwrap());
    assert!(!step(right, None).unwrap());
    assert!(!step(None, wrong).unwrap());
    assert_eq!(step(right, wrong).unwrap_err().trouble, KerberosTrouble::Binding);
}

#[test]
fn what_goes_wrong_with_tickets_is_told_apart() {
    let Some(keytab) = in_realm("what_goes_wrong_with_tickets_is_told_apart") else { return };
    let trouble = |service: &str, user: &str, password: &str| {
        let begin = || {
            let credential = Arc::new(Credential::of_password(user, password)?);
            Context::initiator(service, Some(credential), None)?.step(&[])
        };
        begin().unwrap_err().trouble
    };
    let (here, password) = ("HTTP@localhost", Realm::PASSWORD);
    assert_eq!(trouble(here, "alice", "wrong"), KerberosTrouble::WrongPassword);
    assert_eq!(trouble(here, "stranger", password), KerberosTrouble::UnknownClient);
    assert_eq!(trouble("HTTP@elsewhere", "alice", password), KerberosTrouble::UnknownServer);
    assert_eq!(trouble(here, "alice@GONE.TEST", password), KerberosTrouble::NoKdc);
    assert_eq!(trouble(here, "alice@NOWHERE.TEST", password), KerberosTrouble::NoKdc);
    let without = Context::initiator(here, None, None).unwrap().step(&[]).unwrap_err();
    assert_eq!(without.trouble, KerberosTrouble::NoTicket, "{without}");
    assert!(Credential::of_keytab(&keytab.with_extension("missing")).is_err());

    // tokens that are cut or changed: refused, or still alice's where nothing of hers was changed; and the next client comes in
    let keys = Arc::new(Credential::of_keytab(&keytab).unwrap());
    let ticket = first(&mut client(None));
    for cut in (0..ticket.len()).step_by(7) {
        assert!(Context::acceptor(Arc::clone(&keys), None).step(&ticket[..cut]).is_err(), "{cut}");
    }
    for at in (0..ticket.len()).step_by(7) {
        let mut changed = ticket.clone();
        changed[at] ^= 0xff;
        if let Ok(step) = Context::acceptor(Arc::clone(&keys), None).step(&changed) {
            let KerberosStep::Done { client: Some(client), .. } = step else { panic!("{at}: {step:?}") };
            assert_eq!(client.principal, "alice@PEPD.TEST", "{at}");
        }
    }
    assert!(Context::acceptor(keys, None).step(&first(&mut client(None))).is_ok());
}

#[test]
fn mit_s_spnego_takes_ours() {
    let Some(keytab) = in_realm("mit_s_spnego_takes_ours") else { return };
    let keys = Arc::new(Credential::of_keytab_with_spnego(&keytab).unwrap());
    let mut server = Context::acceptor(keys, None);
    let (mut initiator, mut token) = Initiator::kerberos(Wrapping::Spnego(None), Box::new(client(None))).unwrap();
    let mut sealing = loop {
        let answer = match server.step(&token).unwrap() {
            KerberosStep::Continue(answer) => answer,
            KerberosStep::Done { token, client } => {
                assert_eq!(client.unwrap().principal, "alice@PEPD.TEST");
                token.expect("the last word is the server's")
            }
        };
        match initiator.step(&answer, FileTime::from_ticks(0), Entropy::new([0; 32])).unwrap() {
            Progress::Continue(next) => token = next,
            Progress::Done { token, sealing } => {
                assert_eq!(token, None);
                break sealing;
            }
        }
    };
    let sealed = sealing.seal(b"hello".to_vec()).unwrap();
    assert_eq!(server.unseal(&sealed.token, sealed.data).unwrap(), b"hello");
    let sealed = server.seal(b"hello yourself".to_vec()).unwrap();
    assert_eq!(sealing.unseal(&sealed.token, sealed.data).unwrap(), b"hello yourself");
}

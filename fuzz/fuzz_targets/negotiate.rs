//! Everything that a peer may send before and after it is authenticated: tokens of both halves, headers, sealed bodies
//! and certificates. Nothing may panic, and nobody may get in.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use negotiate::multipart::{EncryptedType, Part};
use negotiate::{
    AbsentMic, Acceptor, AcceptorConfig, BindingPolicy, Channel, ChannelBinding, Connection, Credentials, Entropy,
    FileTime, Initiator, Negotiator, NtAccount, NtHash, NtHashes, Package, Progress, ServerNames, Step, Verdict,
};

const NOW: FileTime = FileTime::from_ticks(134_000_000_000_000_000);

struct Accounts;

impl NtHashes for Accounts {
    fn nt_hash(&self, user: &str, _: &str) -> Option<NtAccount> {
        Some(NtAccount { name: user.to_owned(), nt_hash: NtHash::from_bytes([7; 16]) })
    }
}

fn config() -> Arc<AcceptorConfig> {
    Arc::new(AcceptorConfig {
        names: ServerNames::workgroup("pep.example"),
        nt_hashes: Arc::new(Accounts),
        passwords: None,
        kerberos: None,
        absent_mic: AbsentMic::Accept,
        binding: BindingPolicy::Strict,
    })
}

fn credentials() -> Credentials {
    Credentials {
        user: "alice".into(),
        domain: "PEP".into(),
        nt_hash: NtHash::from_bytes([7; 16]),
        target: "HTTP/pep".into(),
        binding: None,
    }
}

/// Puts the input in place of the client's token number `which`.
fn acceptor(package: Package, which: u8, data: &[u8]) {
    let (mut initiator, mut token) = Initiator::new(package, credentials());
    let mut acceptor = Negotiator::new(config(), Channel::Plain);
    for number in 0..4 {
        if number == which {
            token = data.to_vec();
        }
        let step = acceptor.step(&token, NOW, Entropy::new([number; 32]));
        assert!(number != which || !matches!(step, Step::Done(_)), "the input was a proof");
        let Step::Continue(answer) = step else { return };
        match initiator.step(&answer, NOW, Entropy::new([number + 9; 32])) {
            Ok(Progress::Continue(next) | Progress::Done { token: Some(next), .. }) => token = next,
            _ => return,
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&kind, data)) = input.split_first() else { return };
    let package = if kind & 0x10 == 0 { Package::Ntlm } else { Package::Negotiate };
    match kind & 0x0f {
        which @ 0..=2 => acceptor(package, which, data),
        3 => {
            let (mut initiator, _) = Initiator::new(package, credentials());
            let _ = initiator.step(data, NOW, Entropy::new([1; 32]));
        }
        4 => {
            let mut connection = Connection::new(config(), Channel::Plain);
            for header in String::from_utf8_lossy(data).lines() {
                let verdict = connection.authorize(Some(header), NOW, Entropy::new([2; 32]));
                assert!(!matches!(verdict, Verdict::Serve { .. }));
            }
        }
        5 => {
            let cut = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
            let (header, body) = data.split_at(cut);
            if let Ok(Some(kind)) = EncryptedType::parse(&String::from_utf8_lossy(header)) {
                let _ = Part::parse(&kind, body);
            }
        }
        6 => {
            let header = "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\"";
            let kind = EncryptedType::parse(header).unwrap().unwrap();
            let _ = Part::parse(&kind, data);
        }
        _ => drop(ChannelBinding::tls_server_end_point(data)),
    }
});

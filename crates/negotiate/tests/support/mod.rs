//! What the tests of this crate share: accounts, and a server for them.

#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod client;
pub(crate) mod peer;

use std::sync::Arc;
use std::time::SystemTime;

use negotiate::{
    AbsentMic, AcceptorConfig, BindingPolicy, Channel, ChannelBinding, Credentials, Entropy, FileTime, NtAccount,
    NtHash, NtHashes, Passwords, ServerNames,
};

/// The account of all tests, with a password outside ASCII.
pub(crate) const USER: &str = "Alice";
pub(crate) const PASSWORD: &str = "Grüße-aus-Köln-1";

struct Accounts;

impl NtHashes for Accounts {
    fn nt_hash(&self, user: &str, _domain: &str) -> Option<NtAccount> {
        user.eq_ignore_ascii_case(USER).then(|| NtAccount { name: USER.into(), nt_hash: NtHash::of_password(PASSWORD) })
    }
}

impl Passwords for Accounts {
    fn verify(&self, user: &str, _domain: &str, password: &str) -> Option<String> {
        (user.eq_ignore_ascii_case(USER) && password == PASSWORD).then(|| USER.into())
    }
}

/// A server that knows Alice.
pub(crate) fn config() -> AcceptorConfig {
    AcceptorConfig {
        names: ServerNames::workgroup("pep.example"),
        nt_hashes: Arc::new(Accounts),
        passwords: Some(Arc::new(Accounts)),
        kerberos: None,
        absent_mic: AbsentMic::Refuse,
        binding: BindingPolicy::Relaxed,
    }
}

/// The same, strict about channel bindings.
pub(crate) fn strict() -> AcceptorConfig {
    AcceptorConfig { binding: BindingPolicy::Strict, ..config() }
}

/// Alice, as a client knows her.
pub(crate) fn alice() -> Credentials {
    Credentials {
        user: "alice".into(),
        domain: "PEP".into(),
        nt_hash: NtHash::of_password(PASSWORD),
        target: "HTTP/pep.example".into(),
        binding: None,
    }
}

/// A TLS connection with the certificate of this name.
pub(crate) fn tls(certificate: &str) -> Channel {
    Channel::Tls(binding(certificate))
}

pub(crate) fn binding(certificate: &str) -> ChannelBinding {
    ChannelBinding::tls_server_end_point(&certificate_der(certificate)).unwrap()
}

pub(crate) fn certificate_der(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/certificates/{name}.der", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A moment that is the same in every run.
pub(crate) const NOW: FileTime = FileTime::from_ticks(134_000_000_000_000_000);

/// The real time, for peers that look at it.
pub(crate) fn now() -> FileTime {
    FileTime::from(SystemTime::now())
}

/// Bytes that differ from call to call and are the same in every run of a test.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        // SplitMix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(crate) fn entropy(&mut self) -> Entropy {
        let mut bytes = [0; 32];
        bytes.fill_with(|| self.byte());
        Entropy::new(bytes)
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}

pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2) && text.is_ascii(), "not hex: {text:?}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

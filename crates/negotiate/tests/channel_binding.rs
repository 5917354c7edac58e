//! Bindings of certificates with every kind of signature, against values computed elsewhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod support;

use negotiate::ChannelBinding;
use support::{binding, certificate_der, to_hex};

/// MD5 over the GSS structure around `tls-server-end-point:` and the hash, computed with Python's hashlib.
const EXPECTED: [(&str, &str); 8] = [
    ("ecdsa-sha256", "003da6b5f5f6abc78a8ff74950312c8a"),
    ("ecdsa-sha384", "d8edccdc055479ee967ce662e878dc3e"),
    ("ecdsa-sha512", "b27741b3a48b29b1470175ab033ca883"),
    ("rsa-sha256", "52fe18fe8871d50d30e3f0c90db10919"),
    ("rsa-sha384", "1afa75be974a5bc6b95bad48a21d19ad"),
    ("rsa-sha512", "2ce920185a83c8478d27c73f0c65bd3c"),
    // SHA-256 stands in for SHA-1 and for a signature that names no hash.
    ("rsa-sha1", "b3fdbf244fa1192170782773f44f27c1"),
    ("ed25519", "53551fd16f9d869ac989f7f02b4e8284"),
];

#[test]
fn w_039_the_hash_of_the_certificate_follows_its_signature() {
    for (certificate, expected) in EXPECTED {
        assert_eq!(to_hex(binding(certificate).hash()), expected, "{certificate}");
    }
}

#[test]
fn what_is_no_certificate_has_no_binding() {
    let der = certificate_der("ecdsa-sha256");
    assert!(ChannelBinding::tls_server_end_point(&der[..der.len() - 1]).is_err());
    assert!(ChannelBinding::tls_server_end_point(&[&der[..], &[0]].concat()).is_err());
    assert!(ChannelBinding::tls_server_end_point(b"-----BEGIN CERTIFICATE-----").is_err());
}

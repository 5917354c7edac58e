//! `multipart/encrypted` byte for byte (MS-WSMV 2.2.9.1.1.2).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests too"
)]

mod support;

use negotiate::multipart::{self, EncryptedType, MultipartError, Part, Protocol};
use negotiate::{SealError, Sealed, Sealing};
use proptest::prelude::*;

/// A sealing that shows what goes through it: the text backwards, its length as token.
struct Mirror;

impl Sealing for Mirror {
    fn seal(&mut self, mut message: Vec<u8>) -> Result<Sealed, SealError> {
        message.reverse();
        Ok(Sealed { token: b"sixteen bytes ok".to_vec(), data: message })
    }

    fn unseal(&mut self, token: &[u8], mut data: Vec<u8>) -> Result<Vec<u8>, SealError> {
        if token != b"sixteen bytes ok" {
            return Err(SealError::Token);
        }
        data.reverse();
        Ok(data)
    }
}

const TYPE: &str =
    "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\";boundary=\"Encrypted Boundary\"";

fn spnego() -> EncryptedType {
    EncryptedType::parse(TYPE).unwrap().unwrap()
}

fn open(body: &[u8]) -> Result<multipart::Opened, MultipartError> {
    multipart::open(&mut Mirror, &spnego(), body)
}

#[test]
fn w_041_w_043_a_body_is_written_byte_for_byte() {
    let body = multipart::close(&mut Mirror, Protocol::Spnego, "application/soap+xml;charset=UTF-8", b"<x/>".to_vec());
    assert_eq!(
        body.unwrap().escape_ascii().to_string(),
        "--Encrypted Boundary\\r\\n\
         \\tContent-Type: application/HTTP-SPNEGO-session-encrypted\\r\\n\
         \\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=4\\r\\n\
         --Encrypted Boundary\\r\\n\
         \\tContent-Type: application/octet-stream\\r\\n\
         \\x10\\x00\\x00\\x00sixteen bytes ok>/x<--Encrypted Boundary--\\r\\n"
    );
}

#[test]
fn w_044_every_protocol_is_understood_and_repeated() {
    for name in ["SPNEGO", "Kerberos", "CredSSP"] {
        let header = format!(
            "multipart/encrypted;protocol=\"application/HTTP-{name}-session-encrypted\";boundary=\"Encrypted Boundary\""
        );
        let kind = EncryptedType::parse(&header).unwrap().unwrap();
        assert_eq!(multipart::content_type(kind.protocol), header);
    }
}

#[test]
fn w_042_the_header_is_read_with_blanks_without_quotes_and_in_any_case() {
    for header in [
        TYPE,
        "Multipart/Encrypted; Protocol=application/http-spnego-session-encrypted; Boundary=\"Encrypted Boundary\"",
        "multipart/encrypted ;boundary=\"Encrypted Boundary\" ; protocol = \"application/HTTP-SPNEGO-session-encrypted\"",
        "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\"",
    ] {
        assert_eq!(EncryptedType::parse(header).unwrap().unwrap(), spnego(), "{header}");
    }
    assert_eq!(EncryptedType::parse("application/soap+xml;charset=UTF-8"), Ok(None));
    assert_eq!(EncryptedType::parse("multipart/encrypted;protocol=other"), Err(MultipartError::ContentType));
    assert_eq!(EncryptedType::parse("multipart/x-multi-encrypted;boundary=b"), Err(MultipartError::SeveralParts));
}

#[test]
fn w_042_bodies_of_every_client_are_read() {
    let tabs = "--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n\
        \tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=4\r\n\
        --Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n";
    let no_tabs = tabs.replace('\t', "");
    let lower = "--Encrypted Boundary\r\ncontent-type:application/HTTP-SPNEGO-session-encrypted\r\n\
        originalcontent: type=application/soap+xml;charset=UTF-8; length=4\r\n\
        --Encrypted Boundary\r\n content-type : application/octet-stream \r\n";
    let exchange = tabs.replace("--Enc", "-- Enc");
    let payload = b"\x10\0\0\0sixteen bytes ok>/x<";
    for head in [tabs, &no_tabs, lower, &exchange] {
        for close in ["--Encrypted Boundary--\r\n", "--Encrypted Boundary--", "-- Encrypted Boundary--\r\n"] {
            let opened = open(&[head.as_bytes(), payload, close.as_bytes()].concat()).unwrap();
            assert_eq!(opened.body, b"<x/>");
            assert_eq!(opened.content_type, "application/soap+xml;charset=UTF-8");
        }
    }
}

#[test]
fn w_050_encrypted_text_may_look_like_the_end() {
    for text in [
        &b"\r\n--Encrypted Boundary--\r\n"[..],
        b"--Encrypted Boundary",
        b"yradnuoB detpyrcnE--",
        b"----",
        b"  --  ",
        b"\r\n\r\n",
        b"",
    ] {
        let mut reversed = text.to_vec();
        reversed.reverse();
        for text in [text.to_vec(), reversed] {
            let body = multipart::close(&mut Mirror, Protocol::Spnego, "text/plain", text.clone()).unwrap();
            assert_eq!(open(&body).unwrap().body, text, "{}", text.escape_ascii());
        }
    }
}

#[test]
fn malformed_bodies_are_refused() {
    let good = multipart::close(&mut Mirror, Protocol::Spnego, "text/plain", b"text".to_vec()).unwrap();
    let good = String::from_utf8(good).unwrap();
    assert!(open(good.as_bytes()).is_ok());
    for (from, to) in [
        (
            "--Encrypted Boundary\r\n\tContent-Type: application/HTTP",
            "--Other Boundary\r\n\tContent-Type: application/HTTP",
        ),
        ("--Encrypted Boundary--", "--Encrypted Boundary"),
        ("--Encrypted Boundary--\r\n", ""),
        ("application/octet-stream", "text/plain"),
        ("OriginalContent: type=", "OriginalContent: kind="),
        ("OriginalContent", "Original"),
        ("\u{10}\0\0\0", "\u{7f}\0\0\0"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert!(matches!(open(bad.as_bytes()), Err(MultipartError::Malformed(_))), "{from:?}");
    }
    let long = good.replacen("\tContent", &format!("{}\tContent", " ".repeat(2000)), 1);
    assert!(open(long.as_bytes()).is_err());
    let many = good.replacen("\tContent", &format!("{}\tContent", "\tA: b\r\n".repeat(100)), 1);
    assert!(open(many.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn w_114_any_body_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Part::parse(&spnego(), &body);
    }

    #[test]
    fn w_114_any_header_is_read_or_refused(header in "(multipart/encrypted)?[ -~]{0,80}") {
        let _ = EncryptedType::parse(&header);
    }

    #[test]
    fn what_is_closed_opens(text in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let body = multipart::close(&mut Mirror, Protocol::Kerberos, "a/b;charset=UTF-16", text.clone()).unwrap();
        let opened = open(&body).unwrap();
        prop_assert_eq!(opened.body, text);
        prop_assert_eq!(opened.content_type, "a/b;charset=UTF-16");
    }

    #[test]
    fn a_changed_body_is_read_or_refused(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = multipart::close(&mut Mirror, Protocol::Spnego, "text/plain", b"some text".to_vec()).unwrap();
        let place = place.index(body.len());
        body[place] = byte;
        let _ = open(&body);
    }
}

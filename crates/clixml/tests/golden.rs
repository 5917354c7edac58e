//! Bodies that real PowerShells sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]
#![allow(clippy::format_push_string)] // text for a test

use std::io::Read as _;
use std::time::{Duration, Instant};

use clixml::{Limits, Masked, Secret, SecureStringCipher, read, to_string};

fn bodies() -> Vec<String> {
    let file = include_bytes!("../../../fixtures/clixml/bodies.txt.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&file[..]).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Real clients refer to the object that a reference stands in: an error record's exception to that record. That is the one thing
/// that they write and we do not write again, because a value that contains itself is not read as one.
fn refers_to_what_it_stands_in(body: &str, written: &str) -> bool {
    body.matches("<Ref ").count() > written.matches("<Ref ").count()
}

/// Leaves secure strings as they came: some of these were sealed for sessions long gone.
struct Kept;

impl SecureStringCipher for Kept {
    fn seal(&self, _: &str) -> Option<String> {
        None
    }

    fn open(&self, _: &str) -> Option<Secret> {
        None
    }
}

#[test]
fn every_real_body_is_read_and_written_again_byte_for_byte() {
    let bodies = bodies();
    assert!(bodies.len() > 400);
    let mut excused = 0;
    for body in &bodies {
        let value = read(body, &Limits::default(), &Kept).unwrap_or_else(|error| panic!("{error}: {body}"));
        let written = to_string(&value, &Kept);
        if written == *body {
            continue;
        }
        excused += usize::from(refers_to_what_it_stands_in(body, &written));
        let same = body.bytes().zip(written.bytes()).take_while(|(read, wrote)| read == wrote).count();
        let from = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[same.saturating_sub(60)..]).chars().take(160).collect::<String>()
        };
        assert!(refers_to_what_it_stands_in(body, &written), "read  …{}\nwrote …{}", from(body), from(&written));
        let again = read(&written, &Limits::default(), &Kept).unwrap();
        assert_eq!(again, value, "what was written reads as the same value");
    }
    assert!(excused < 40, "{excused} bodies are not written as they were read");
}

#[test]
fn damaged_bodies_are_refused_or_read_but_never_break_the_reader() {
    let bodies = bodies();
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = |bound: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % bound.max(1)
    };
    let start = Instant::now();
    for _ in 0..5_000 {
        let mut body = bodies[next(bodies.len())].clone().into_bytes();
        for _ in 0..=next(4) {
            let at = next(body.len());
            match next(5) {
                0 => body[at] = b"<>&\"/_x0"[next(8)],
                1 => body.truncate(at),
                2 => drop(body.remove(at)),
                3 => {
                    let piece = body[at..body.len().min(at + next(200))].to_vec();
                    let to = next(body.len());
                    body.splice(to..to, piece);
                }
                _ => body[at] = u8::try_from(next(128)).unwrap(),
            }
            if body.is_empty() {
                break;
            }
        }
        if let Ok(text) = String::from_utf8(body)
            && let Ok(value) = read(&text, &Limits::default(), &Masked)
        {
            let written = to_string(&value, &Masked);
            let again = read(&written, &Limits::default(), &Masked).expect("what was written can be read");
            assert_eq!(to_string(&again, &Masked), written);
        }
    }
    assert!(start.elapsed() < Duration::from_mins(2));
}

#[test]
fn j_112_what_no_powershell_writes_is_refused() {
    let deep = format!("{}{}", "<Obj><MS><Obj N=\"a\"><LST>".repeat(60), "</LST></Obj></MS></Obj>".repeat(60));
    let entity = "<!DOCTYPE s [<!ENTITY a \"aaaa\">]><S>&a;</S>";
    for text in [
        "",
        " ",
        "text",
        "<S>",
        "<S>a</S><S>b</S>",
        "<S>a</I32>",
        "<S>&unknown;</S>",
        "<S>&#0;</S>",
        "<S>\u{1}</S>",
        entity,
        "<?php ?><S/>",
        "<S><![CDATA[a]]></S>",
        "<I32>x</I32>",
        "<I32>99999999999</I32>",
        "<B>maybe</B>",
        "<Nope/>",
        "<Obj><LST><S>a</LST></Obj>",
        "<Ref RefId=\"7\" />",
        "<Obj><TNRef RefId=\"0\" /></Obj>",
        "<S N=\"a\" N=\"b\">c</S>",
        "<Obj RefId=\"0\"><LST><Ref",
        "<G>no</G>",
        "<DT>yesterday</DT>",
        "<BA>***</BA>",
        "<S a=b>c</S>",
        &deep,
    ] {
        let refused = read(text, &Limits::default(), &Masked);
        assert!(refused.is_err(), "{} was read as {refused:?}", &text[..text.len().min(80)]);
    }
}

#[test]
fn j_112_limits_hold() {
    let many = format!("<Obj><LST>{}</LST></Obj>", "<Nil />".repeat(1000));
    let limits = |elements, bytes| Limits { elements, bytes, ..Limits::default() };
    assert!(read(&many, &limits(2000, 1 << 20), &Masked).is_ok());
    assert!(read(&many, &limits(500, 1 << 20), &Masked).is_err());
    assert!(read(&many, &limits(2000, 1000), &Masked).is_err());
    // each level refers twice to the one before: a few lines that stand for a million values
    let mut bomb = String::from("<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><LST><S>x</S></LST></Obj>");
    for level in 2..40 {
        let below = level - 1;
        bomb += &format!("<Obj RefId=\"{level}\"><LST><Ref RefId=\"{below}\" /><Ref RefId=\"{below}\" /></LST></Obj>");
    }
    bomb += "</LST></Obj>";
    assert!(read(&bomb, &Limits::default(), &Masked).is_err());
}

#[test]
fn j_112_references_may_not_nest_without_end() {
    let mut chain = String::from("<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><LST><S>x</S></LST></Obj>");
    for level in 2..5_000 {
        chain += &format!("<Obj RefId=\"{level}\"><LST><Ref RefId=\"{}\" /></LST></Obj>", level - 1);
    }
    chain += "</LST></Obj>";
    assert!(read(&chain, &Limits::default(), &Masked).is_err());
}

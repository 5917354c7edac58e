use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::checkpoint::Head;
use crate::key::PublicKey;

/// A checkpoint that was kept outside the record: a line of its log, or a short form of one, alone or as a system's log shows it,
/// with a time, a host and a program before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its hash, in hexadecimal. It vouches for all checkpoints before it, too.
    pub hash: String,
    /// How far journals had come; empty in the short form.
    pub heads: Vec<Head>,
    signature: Vec<u8>,
    digest: [u8; 32],
}

/// What a checkpoint says besides its hash.
#[derive(Serialize, Deserialize)]
struct Said {
    seq: u64,
    time: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    heads: Vec<Head>,
}

impl Kept {
    /// All checkpoints in a text, each on a line of its own. Lines without one are passed over.
    pub fn all(text: &str) -> Vec<Kept> {
        text.lines().filter_map(Kept::parse).collect()
    }

    fn parse(line: &str) -> Option<Kept> {
        let line = line.trim_end();
        let (before, json) = line.split_at(line.find(" {\"seq\":")?);
        let mut words = before.rsplit(' ');
        let (signature, hash) = (words.next()?, words.next()?);
        let said: Said = serde_json::from_str(json).ok()?;
        let signature = STANDARD.decode(signature).ok()?;
        // the system's log may have put something right before it
        let hash = hash.get(hash.len().checked_sub(64)?..)?;
        Some(Kept { hash: hash.to_owned(), heads: said.heads, signature, digest: digest(hash)? })
    }

    /// Whether this key's owner signed it.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.has_signed(&self.digest, &self.signature)
    }
}

fn digest(hash: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(hash.as_bytes().chunks(2)) {
        let pair =
            str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(digest)
}

/// A line of the log of checkpoints without its heads: the hash vouches for them. None if it is no such line.
pub fn short_form(line: &str) -> Option<String> {
    let (sealed, json) = line.split_at(line.find(" {")?);
    let said = Said { heads: Vec::new(), ..serde_json::from_str(json).ok()? };
    Some(format!("{sealed} {}", serde_json::to_string(&said).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn a_checkpoint_is_found_in_whatever_a_system_log_puts_around_it() {
        let json = r#"{"seq":7,"time":5,"heads":[{"file":"1-a.journal","seq":2,"hash":"ff","state":"ended"}]}"#;
        let line = format!("{HASH} c2ln {json}");
        let alone = Kept::all(&line).pop().unwrap();
        assert_eq!((alone.hash.as_str(), alone.heads.len()), (HASH, 1));
        for before in
            ["<86>1 2026-11-25T21:00:00.000000Z pep01 pepd 77 checkpoint - ", "Nov 25 21:00:00 pep01 pepd[77]: ", "  "]
        {
            let text = format!("Nov 25 20:59:59 pep01 sshd[1]: hello\n{before}{line}\r\n");
            assert_eq!(Kept::all(&text), std::slice::from_ref(&alone), "{before}");
        }
        let short = Kept::all(&short_form(&line).unwrap()).pop().unwrap();
        assert_eq!(short, Kept { heads: Vec::new(), ..alone });
        assert!(short_form(&line).unwrap().ends_with(r#" {"seq":7,"time":5}"#));
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            "",
            " {\"seq\":",
            "x y {\"seq\":1,\"time\":1}",
            &format!("{HASH} ? {{\"seq\":1,\"time\":1}}"),
            &format!("{} c2ln {{\"seq\":1,\"time\":1}}", HASH.to_uppercase()),
            &format!("{HASH} c2ln {{\"seq\":1}}"),
        ] {
            assert_eq!(Kept::all(line), [], "{line}");
        }
        assert_eq!(short_form("no checkpoint"), None);
    }
}

//! Marked secrets, and where to look for them: in any form in which a program may write them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use regex::bytes::Regex;

/// The n-th secret. It satisfies the rules for passwords.
pub(crate) fn mark(n: usize) -> String {
    format!("Pl4nted-{n:02}-kXq!wZ7")
}

/// The same for PowerShell: `M 7` is the text, `S 7` a secure string, `C 7` a credential.
pub(crate) const FUNCTIONS: &str = "function M([int] $n) { 'Pl4nted-{0:d2}-kXq!wZ7' -f $n }\n\
    function S([int] $n) { ConvertTo-SecureString (M $n) -AsPlainText -Force }\n\
    function C([int] $n) { [pscredential]::new('somebody', (S $n)) }\n";

/// All octets that say this text: plain, as UTF-16, both as hexadecimal digits and in base64 at each alignment.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut forms = Vec::new();
    for octets in [text.as_bytes().to_vec(), wide] {
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        forms.push(hex.to_uppercase().into_bytes());
        forms.push(hex.into_bytes());
        for before in 0..3 {
            let text = BASE64.encode([vec![0; before], octets.clone()].concat());
            let (start, end) = ((before * 8).div_ceil(6), (before + octets.len()) * 8 / 6);
            forms.push(text.as_bytes()[start..end].to_vec());
        }
        forms.push(octets);
    }
    forms
}

/// Which of these secrets are in a directory and what is below it, and in which files.
pub(crate) fn found(numbers: impl Iterator<Item = usize>, places: &[&Path]) -> BTreeMap<usize, Vec<PathBuf>> {
    let files: Vec<(PathBuf, Vec<u8>)> = places.iter().flat_map(|place| files(place)).collect();
    assert!(files.len() > 5, "there is something to look into");
    let mut found = BTreeMap::new();
    for n in numbers {
        let forms = forms(&mark(n))
            .into_iter()
            .map(|form| form.iter().map(|octet| format!(r"\x{octet:02x}")).collect::<String>());
        let any = Regex::new(&format!("(?-u:{})", forms.collect::<Vec<_>>().join("|"))).unwrap();
        let in_files: Vec<PathBuf> =
            files.iter().filter(|(_, octets)| any.is_match(octets)).map(|(path, _)| path.clone()).collect();
        if !in_files.is_empty() {
            found.insert(n, in_files);
        }
    }
    found
}

fn files(place: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files_below = Vec::new();
    for entry in fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below.extend(files(&path));
        } else if path.is_file() {
            files_below.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files_below
}

#[test]
fn every_form_of_a_secret_is_found() {
    let directory = tempfile::tempdir().unwrap();
    (0..6).for_each(|n| fs::write(directory.path().join(format!("empty{n}")), "").unwrap());
    let wide: Vec<u8> = mark(3).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let credentials = ["a:", "ab:", "abc:"].map(|name| BASE64.encode(format!("{name}{}", mark(3))).into_bytes());
    let written =
        [mark(3).into_bytes(), wide.clone(), BASE64.encode(&wide[1..]).into_bytes(), BASE64.encode(&wide).into_bytes()];
    for octets in written.into_iter().chain(credentials) {
        fs::write(directory.path().join("file"), [b"before ", octets.as_slice(), b" after"].concat()).unwrap();
        let expected: Vec<usize> = if octets == BASE64.encode(&wide[1..]).into_bytes() { vec![] } else { vec![3] };
        assert_eq!(found(0..9, &[directory.path()]).into_keys().collect::<Vec<_>>(), expected);
    }
}

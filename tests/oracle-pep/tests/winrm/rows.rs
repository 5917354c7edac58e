//! Every row of WinRM's checklist has a test that carries its number, or a line in `docs/not-proven.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use support::machine;

/// Rows of Kerberos, CredSSP and client certificates are not offered.
fn rows() -> impl Iterator<Item = u32> {
    (1..=114).filter(|row| ![27, 35, 37, 38, 48, 49].contains(row))
}

#[test]
fn every_row_is_tested_or_said_not_to_be() {
    let mut told = numbers(&fs::read_to_string(machine::repository().join("docs/not-proven.md")).unwrap(), "W-");
    for room in ["crates", "src", "tests", "psrp"] {
        collect(&machine::repository().join(room), &mut told);
    }
    let missing: Vec<u32> = rows().filter(|row| !told.contains(row)).collect();
    assert_eq!(missing, Vec::<u32>::new());
}

fn collect(directory: &Path, told: &mut BTreeSet<u32>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, told);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in fs::read_to_string(&path).unwrap().lines().filter(|line| line.contains("w_")) {
                told.append(&mut numbers(line, "w_"));
            }
        }
    }
}

fn numbers(text: &str, before: &str) -> BTreeSet<u32> {
    let number = |rest: &str| rest.get(..3).and_then(|digits| digits.parse().ok());
    text.split(before).skip(1).filter_map(number).collect()
}

//! Every row of the checklists for WinRM and for the native client library has a test that carries its number, or a line in
//! `docs/not-proven.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use support::machine;

/// CredSSP and client certificates are not offered.
fn rows() -> impl Iterator<Item = u32> {
    (1..=114).filter(|row| ![37, 38, 49].contains(row))
}

#[test]
fn every_row_is_tested_or_said_not_to_be() {
    let told = told("W-", "w_");
    assert_eq!(rows().filter(|row| !told.contains(row)).collect::<Vec<u32>>(), Vec::<u32>::new());
}

#[test]
fn every_row_of_the_client_library_is_tested_or_said_not_to_be() {
    let told = told("L-", "l_");
    assert_eq!((1..=47).filter(|row| !told.contains(row)).collect::<Vec<u32>>(), Vec::<u32>::new());
}

/// The rows that the page and the names of tests carry.
fn told(on_the_page: &str, in_names: &str) -> BTreeSet<u32> {
    let page = fs::read_to_string(machine::repository().join("docs/not-proven.md")).unwrap();
    let mut told = numbers(&page, on_the_page);
    for room in ["crates", "src", "tests", "psrp"] {
        collect(&machine::repository().join(room), in_names, &mut told);
    }
    told
}

fn collect(directory: &Path, in_names: &str, told: &mut BTreeSet<u32>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, in_names, told);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in fs::read_to_string(&path).unwrap().lines().filter(|line| line.trim_start().contains("fn ")) {
                told.append(&mut numbers(line, in_names));
            }
        }
    }
}

fn numbers(text: &str, before: &str) -> BTreeSet<u32> {
    let number = |rest: &str| rest.get(..3).and_then(|digits| digits.parse().ok());
    text.split(before).skip(1).filter_map(number).collect()
}

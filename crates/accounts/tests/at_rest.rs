//! What lies on the disk: nothing that opens an account, and nothing that others may read.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::SystemTime;

use accounts::{AccountError, AccountStore, AuthError, Secret, StoreError};

const PASSWORD: &str = "Correct Pferdegrüße 1";

fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(directory).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
    });
    files.collect()
}

fn contains(bytes: &[u8], sought: &[u8]) -> bool {
    bytes.windows(sought.len()).any(|window| window == sought)
}

#[test]
fn no_file_holds_a_password_or_its_nt_hash() {
    let directory = tempfile::tempdir().unwrap();
    let store = AccountStore::open(directory.path()).unwrap();
    store.create("alice", &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    store.create("bob", &Secret::new("Another horse 2"), SystemTime::now()).unwrap();
    let nt_hash = store.nt_hash("alice", SystemTime::now()).unwrap().unwrap().hash;
    store.set_password("alice", &Secret::new("Third Pferdegrüße 3"), SystemTime::now()).unwrap();
    let utf16: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let look = |when: &str| {
        let files = files(directory.path());
        assert!(files.iter().any(|(_, bytes)| contains(bytes, b"alice")), "the search finds what is there");
        for (name, bytes) in files {
            for sought in [PASSWORD.as_bytes(), &utf16, &*nt_hash, b"Pferdegr"] {
                assert!(!contains(&bytes, sought), "{when}: {name}");
            }
        }
    };
    look("open");
    drop(store);
    look("closed");
}

#[test]
fn every_file_is_its_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let store = AccountStore::open(&state).unwrap();
    store.create("alice", &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&state), 0o700);
    let names: Vec<_> = files(&state).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"accounts.db".to_owned()) && names.contains(&"secrets.key".to_owned()), "{names:?}");
    for name in names {
        assert_eq!(mode(&state.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn a_database_or_key_that_others_may_read_is_refused() {
    for file in ["accounts.db", "secrets.key"] {
        let directory = tempfile::tempdir().unwrap();
        drop(AccountStore::open(directory.path()).unwrap());
        fs::set_permissions(directory.path().join(file), fs::Permissions::from_mode(0o640)).unwrap();
        let error = AccountStore::open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::OpenToOthers { mode: 0o640, wanted: 0o600, .. }), "{file}: {error}");
    }
}

#[test]
fn without_its_key_or_with_another_the_store_does_not_open() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for directory in [&one, &other] {
        AccountStore::open(directory.path())
            .unwrap()
            .create("alice", &Secret::new(PASSWORD), SystemTime::now())
            .unwrap();
    }
    let key = one.path().join("secrets.key");
    fs::copy(other.path().join("secrets.key"), &key).unwrap();
    assert!(matches!(AccountStore::open(one.path()), Err(StoreError::KeyWrong { .. })));
    fs::remove_file(&key).unwrap();
    assert!(matches!(AccountStore::open(one.path()), Err(StoreError::KeyMissing { .. })));
    assert!(!key.exists(), "no new key takes the place of the lost one");
}

#[test]
fn two_processes_that_start_at_once_agree_on_one_key() {
    for _ in 0..5 {
        let directory = tempfile::tempdir().unwrap();
        let at_once = Barrier::new(4);
        thread::scope(|scope| {
            for number in 0..4 {
                let (directory, at_once) = (directory.path(), &at_once);
                scope.spawn(move || {
                    at_once.wait();
                    let store = AccountStore::open(directory).unwrap();
                    store.create(&format!("user{number}"), &Secret::new(PASSWORD), SystemTime::now()).unwrap();
                });
            }
        });
        let store = AccountStore::open(directory.path()).unwrap();
        for number in 0..4 {
            assert!(store.nt_hash(&format!("user{number}"), SystemTime::now()).unwrap().is_some());
        }
    }
}

#[test]
fn one_accounts_hash_does_not_pass_as_anothers() {
    let directory = tempfile::tempdir().unwrap();
    let store = AccountStore::open(directory.path()).unwrap();
    store.create("alice", &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    store.create("mallory", &Secret::new("Another horse 2"), SystemTime::now()).unwrap();
    let db = rusqlite::Connection::open(directory.path().join("accounts.db")).unwrap();
    let swap = "UPDATE account SET nt_hash = (SELECT nt_hash FROM account WHERE name = 'mallory') WHERE name = 'alice'";
    db.execute(swap, []).unwrap();
    assert!(matches!(store.nt_hash("alice", SystemTime::now()), Err(StoreError::Opening)));
}

#[test]
fn a_database_of_a_later_version_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    drop(AccountStore::open(directory.path()).unwrap());
    let db = rusqlite::Connection::open(directory.path().join("accounts.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    let error = AccountStore::open(directory.path()).unwrap_err();
    assert_eq!(error.to_string(), "The account database has version 99; this pepd knows up to 1.");
}

#[test]
fn errors_and_debug_prints_hold_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let store = AccountStore::open(directory.path()).unwrap();
    store.create("alice", &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    let weak = "tooweak";
    let refused: AccountError = store.create("bob", &Secret::new(weak), SystemTime::now()).unwrap_err();
    let wrong: AuthError = store.verify_password("alice", &Secret::new(weak), SystemTime::now()).unwrap_err();
    let nt = store.nt_hash("alice", SystemTime::now()).unwrap().unwrap();
    let shown = format!("{refused} {refused:?} {wrong} {wrong:?} {store:?} {nt:?} {:?}", store.list().unwrap());
    assert!(!shown.contains(weak) && !shown.contains(PASSWORD) && !shown.contains("argon2id"), "{shown}");
}

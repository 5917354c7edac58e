//! Guesses lock an account for a while; time is the test's own.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, SystemTime};

use accounts::{AccountStore, AuthError, LockoutPolicy, Policy, Secret};
use tempfile::TempDir;

const RIGHT: &str = "Correct horse 1";
const MINUTE: Duration = Duration::from_mins(1);

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

/// Three guesses within ten minutes lock for twenty.
fn store() -> (TempDir, AccountStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = AccountStore::open(directory.path()).unwrap();
    let lockout = LockoutPolicy { threshold: 3, window: 10 * MINUTE, duration: 20 * MINUTE };
    store.set_policy(&Policy { lockout, ..Policy::default() }).unwrap();
    store.create("alice", &Secret::new(RIGHT), start()).unwrap();
    (directory, store)
}

fn guess(store: &AccountStore, now: SystemTime) -> AuthError {
    store.verify_password("alice", &Secret::new("wrong"), now).unwrap_err()
}

fn right(store: &AccountStore, now: SystemTime) -> Result<(), AuthError> {
    store.verify_password("alice", &Secret::new(RIGHT), now).map(drop)
}

#[test]
fn the_third_guess_locks_and_then_the_right_password_does_not_help() {
    let (_directory, store) = store();
    for _ in 0..3 {
        assert!(matches!(guess(&store, start()), AuthError::WrongPassword(_)));
    }
    let refusal = right(&store, start() + 5 * MINUTE).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "The account 'alice' is locked after too many wrong passwords, for 15 minutes more."
    );
    assert!(store.nt_hash("alice", start()).unwrap().is_none());
    assert!(store.find("alice").unwrap().unwrap().is_locked(start()));
}

#[test]
fn the_lock_ends_by_itself_and_guesses_meanwhile_do_not_prolong_it() {
    let (_directory, store) = store();
    for minute in 0..20 {
        guess(&store, start() + minute * MINUTE);
    }
    assert!(right(&store, start() + 22 * MINUTE - Duration::from_millis(1)).is_err());
    right(&store, start() + 22 * MINUTE).unwrap();
    assert!(!store.find("alice").unwrap().unwrap().is_locked(start()), "a right password clears it");
}

#[test]
fn after_the_lock_the_count_starts_again() {
    let (_directory, store) = store();
    for _ in 0..3 {
        guess(&store, start());
    }
    for _ in 0..2 {
        guess(&store, start() + 21 * MINUTE);
    }
    right(&store, start() + 21 * MINUTE).unwrap();
}

#[test]
fn a_right_password_forgets_the_wrong_ones_before_it() {
    let (_directory, store) = store();
    for _ in 0..5 {
        guess(&store, start());
        guess(&store, start());
        right(&store, start()).unwrap();
    }
}

#[test]
fn guesses_far_apart_do_not_add_up() {
    let (_directory, store) = store();
    for round in 0..6 {
        guess(&store, start() + round * 11 * MINUTE);
    }
    right(&store, start() + 60 * MINUTE).unwrap();
}

#[test]
fn a_threshold_of_zero_never_locks() {
    let (_directory, store) = store();
    let lockout = LockoutPolicy { threshold: 0, ..LockoutPolicy::default() };
    store.set_policy(&Policy { lockout, ..Policy::default() }).unwrap();
    for _ in 0..20 {
        store.note_failure("alice", start());
    }
    right(&store, start()).unwrap();
}

#[test]
fn a_new_password_unlocks() {
    let (_directory, store) = store();
    for _ in 0..3 {
        store.note_failure("alice", start());
    }
    store.set_password("alice", &Secret::new("Another horse 2"), start()).unwrap();
    store.verify_password("alice", &Secret::new("Another horse 2"), start()).unwrap();
}

#[test]
fn a_lock_does_not_stop_who_proved_identity_in_another_way() {
    let (_directory, store) = store();
    for _ in 0..3 {
        store.note_failure("alice", start());
    }
    assert!(store.enter("alice", start()).is_ok());
    assert!(matches!(right(&store, start()), Err(AuthError::Locked { .. })), "nor does that end the lock");
}

#[test]
fn the_count_is_shared_and_survives_a_restart() {
    let (directory, store) = store();
    store.note_failure("alice", start());
    let other = AccountStore::open(directory.path()).unwrap();
    other.note_failure("alice", start());
    drop((store, other));
    let store = AccountStore::open(directory.path()).unwrap();
    store.note_failure("alice", start());
    assert!(matches!(right(&store, start()), Err(AuthError::Locked { .. })));
}

#[test]
fn guesses_side_by_side_are_worth_no_more_than_one_after_the_other() {
    let (_directory, store) = store();
    let all_at_once = Barrier::new(12);
    let judged_wrong = thread::scope(|scope| {
        let guesses: Vec<_> = (0..12)
            .map(|_| {
                scope.spawn(|| {
                    all_at_once.wait();
                    usize::from(matches!(guess(&store, start()), AuthError::WrongPassword(_)))
                })
            })
            .collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).sum::<usize>()
    });
    assert_eq!(judged_wrong, 3, "the others learn only that the account is locked");
}

#[test]
fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    let (_directory, store) = store();
    let lockout = LockoutPolicy { threshold: 0, ..LockoutPolicy::default() };
    store.set_policy(&Policy { lockout, ..Policy::default() }).unwrap();
    let fastest = |name: &str| {
        let tries = (0..7).map(|_| {
            let begun = std::time::Instant::now();
            store.verify_password(name, &Secret::new("wrong"), start()).unwrap_err();
            begun.elapsed()
        });
        tries.min().unwrap()
    };
    let (known, unknown) = (fastest("alice"), fastest("mallory"));
    // An unknown name that skips the hash takes less than a tenth.
    assert!(unknown > known / 2 && unknown < known * 2, "known {known:?}, unknown {unknown:?}");
}

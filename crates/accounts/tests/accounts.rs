//! Accounts come and go, and passwords change, as the commands of the endpoint and `pepd account` want it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, SystemTime};

use accounts::{
    AccountError, AccountStore, AuthError, BUILT_IN, NameError, PasswordPolicy, PasswordRule, Policy, Secret,
};
use tempfile::TempDir;

const PASSWORD: &str = "Correct horse 1";

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

fn store() -> (TempDir, AccountStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = AccountStore::open(directory.path()).unwrap();
    (directory, store)
}

#[test]
fn p_093_a_new_account_can_sign_in_at_every_instance() {
    let (directory, one) = store();
    let other = AccountStore::open(directory.path()).unwrap();
    let created = one.create("Alice", &secret(PASSWORD), start()).unwrap();
    assert!(created.enabled && !created.built_in && created.last_sign_in.is_none());
    for instance in [&one, &other] {
        let account = instance.verify_password("alice", &secret(PASSWORD), start()).unwrap();
        assert_eq!((account.name.as_str(), account.last_sign_in), ("Alice", Some(start())));
    }
}

#[test]
fn p_094_a_refused_password_names_the_rules_and_creates_nothing() {
    let (_directory, store) = store();
    let refused = match store.create("alice", &secret("short"), start()) {
        Err(AccountError::Password(refused)) => refused,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused.broken, [PasswordRule::MinimumLength(14), PasswordRule::Complexity]);
    assert_eq!(store.list().unwrap(), []);
}

#[test]
fn p_094_a_past_password_is_refused_until_it_is_old_enough() {
    let (_directory, store) = store();
    let password = PasswordPolicy { history: 2, ..PasswordPolicy::default() };
    store.set_policy(&Policy { password, ..Policy::default() }).unwrap();
    let set = |text: &str| store.set_password("alice", &secret(text), start());
    store.create("alice", &secret(PASSWORD), start()).unwrap();
    let error = set(PASSWORD).unwrap_err().to_string();
    assert_eq!(error, "The password does not meet the policy: it must not be one of the account's last 2 passwords.");
    set("Second horse 22").unwrap();
    assert!(matches!(set(PASSWORD), Err(AccountError::Password(_))), "the last but one");
    set("Third horse 333").unwrap();
    set(PASSWORD).unwrap();
}

#[test]
fn p_095_a_duplicate_in_any_letter_case_is_refused() {
    let (_directory, store) = store();
    store.create("Jürgen", &secret(PASSWORD), start()).unwrap();
    let error = store.create("JÜRGEN", &secret(PASSWORD), start()).unwrap_err();
    assert_eq!(error.to_string(), "The account 'JÜRGEN' exists already.");
    assert_eq!(store.list().unwrap().len(), 1);
}

#[test]
fn p_095_empty_and_domain_qualified_names_are_refused() {
    let (_directory, store) = store();
    let refusal = |name: &str| match store.create(name, &secret(PASSWORD), start()) {
        Err(AccountError::Name(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(""), NameError::Empty);
    assert_eq!(
        refusal(r"AZURESTACK\alice").to_string(),
        r"'AZURESTACK\alice' names a domain. Accounts of this endpoint have none: write 'alice'."
    );
    assert!(matches!(refusal("alice@azurestack.local"), NameError::Domain { .. }));
}

#[test]
fn p_096_a_wrong_current_password_fails_and_counts() {
    let (_directory, store) = store();
    let mut policy = Policy::default();
    policy.lockout.threshold = 2;
    store.set_policy(&policy).unwrap();
    store.create("alice", &secret(PASSWORD), start()).unwrap();
    let change = |current: &str| {
        store.change_password("alice", &secret(current), &secret("Another horse 2"), start()).unwrap_err()
    };
    assert!(matches!(change("wrong"), AccountError::Current(AuthError::WrongPassword(_))));
    assert!(matches!(change("wrong"), AccountError::Current(AuthError::WrongPassword(_))));
    assert!(matches!(change(PASSWORD), AccountError::Current(AuthError::Locked { .. })));
}

#[test]
fn p_097_after_a_change_the_old_password_fails_and_the_new_one_works() {
    let (_directory, store) = store();
    store.create("alice", &secret(PASSWORD), start()).unwrap();
    let later = start() + Duration::from_mins(1);
    store.change_password("ALICE", &secret(PASSWORD), &secret("Another horse 2"), later).unwrap();
    assert!(matches!(store.verify_password("alice", &secret(PASSWORD), later), Err(AuthError::WrongPassword(_))));
    let account = store.verify_password("alice", &secret("Another horse 2"), later).unwrap();
    assert_eq!((account.created, account.password_changed), (start(), later));
}

#[test]
fn p_099_the_built_in_and_the_last_account_stay() {
    let (_directory, store) = store();
    store.create("alice", &secret(PASSWORD), start()).unwrap();
    assert_eq!(
        store.remove("alice").unwrap_err().to_string(),
        "The account 'alice' is the last one and cannot be removed."
    );
    store.create(BUILT_IN, &secret(PASSWORD), start()).unwrap();
    assert_eq!(
        store.remove("cloudadmin").unwrap_err().to_string(),
        "The account 'CloudAdmin' is built in and cannot be removed."
    );
    assert_eq!(store.remove("Alice").unwrap().name, "alice");
    assert!(matches!(store.remove("alice"), Err(AccountError::NotFound(_))));
}

#[test]
fn p_100_the_list_has_built_in_and_added_accounts() {
    let (_directory, store) = store();
    store.create(BUILT_IN, &secret(PASSWORD), start()).unwrap();
    store.create("alice", &secret(PASSWORD), start()).unwrap();
    let list = store.list().unwrap();
    let list: Vec<_> = list.iter().map(|account| (account.name.as_str(), account.built_in)).collect();
    assert_eq!(list, [("CloudAdmin", true), ("alice", false)]);
}

#[test]
fn a_removed_name_may_be_created_again_with_a_password_it_once_had() {
    let (_directory, store) = store();
    store.create(BUILT_IN, &secret(PASSWORD), start()).unwrap();
    store.create("alice", &secret(PASSWORD), start()).unwrap();
    store.remove("alice").unwrap();
    store.create("alice", &secret(PASSWORD), start()).unwrap();
}

#[test]
fn a_disabled_account_enters_in_no_way() {
    let (_directory, store) = store();
    store.create("alice", &secret(PASSWORD), start()).unwrap();
    store.set_enabled("ALICE", false).unwrap();
    assert!(matches!(store.verify_password("alice", &secret(PASSWORD), start()), Err(AuthError::Disabled(_))));
    assert!(matches!(store.enter("alice", start()), Err(AuthError::Disabled(_))));
    assert!(store.nt_hash("alice", start()).unwrap().is_none());
    store.set_enabled("alice", true).unwrap();
    assert!(store.verify_password("alice", &secret(PASSWORD), start()).is_ok());
}

#[test]
fn the_nt_hash_follows_the_password() {
    let (_directory, store) = store();
    let password = PasswordPolicy { minimum_length: 8, complexity: false, history: 0 };
    store.set_policy(&Policy { password, ..Policy::default() }).unwrap();
    store.create("User", &secret("Password"), start()).unwrap();
    let secret = store.nt_hash("USER", start()).unwrap().unwrap();
    // MS-NLMP 4.2.2.1.2
    assert_eq!(*secret.hash, 0xa4f4_9c40_6510_bdca_b682_4ee7_c30f_d852_u128.to_be_bytes());
    assert_eq!(secret.account, "User");
    assert!(store.nt_hash("nobody", start()).unwrap().is_none());
}

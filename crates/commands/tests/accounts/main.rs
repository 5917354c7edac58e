//! The account commands, on a store of their own (P-093 to P-100), and the notices (P-142).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "../builtin/engine.rs"]
mod engine;

use std::sync::Arc;
use std::time::SystemTime;

use accounts::{AccountStore, BUILT_IN, Policy, Secret};
use clixml::SecureString;
use cmdlet::{Argument, Call, ErrorRecord, Redirection, Value};
use psrp::host_call::HostCall;
use psrp::record::ErrorCategory;
use tempfile::TempDir;

use engine::{Seen, Session};

const PASSWORD: &str = "Correct horse 1";

/// A session and the store it works on, with the built-in account.
fn session() -> (TempDir, Arc<AccountStore>, Session) {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(AccountStore::open(directory.path()).unwrap());
    store.create(BUILT_IN, &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    let session = Session::new(commands::table()).service(store.clone());
    (directory, store, session)
}

/// Runs a command with text arguments and, at the end, secrets.
fn run(session: &Session, line: &str, secrets: &[&str]) -> Result<Seen, Box<ErrorRecord>> {
    let mut call: Call = engine::call(line);
    let secure = |secret: &&str| Argument::Value(Value::SecureString(SecureString::new(*secret)));
    call.arguments.extend(secrets.iter().map(secure));
    call.redirection = Redirection::default();
    session.run_calls(vec![call], None)
}

fn refusal(session: &Session, line: &str, secrets: &[&str]) -> (String, ErrorCategory, String) {
    let error = run(session, line, secrets).unwrap_err();
    (error.fully_qualified_error_id.to_string(), error.category, error.exception.message.to_string())
}

fn opens(store: &AccountStore, name: &str, password: &str) -> bool {
    store.verify_password(name, &Secret::new(password), SystemTime::now()).is_ok()
}

#[test]
fn p_093_new_cloud_admin_user_creates_a_member_who_can_sign_in() {
    let (_directory, store, session) = session();
    let seen = run(&session, "New-CloudAdminUser alice", &[PASSWORD]).unwrap();
    assert_eq!(seen.texts("Name"), ["alice"]);
    assert!(opens(&store, "ALICE", PASSWORD));
}

#[test]
fn p_094_a_password_refusal_names_the_rule_and_not_the_password() {
    let (_directory, _store, session) = session();
    let (id, category, text) = refusal(&session, "New-CloudAdminUser alice", &["Sh0rt!"]);
    assert_eq!((id.as_str(), category), ("PasswordPolicyNotMet,New-CloudAdminUser", ErrorCategory::InvalidArgument));
    assert_eq!(text, "The password does not meet the policy: it must have at least 14 characters.");
}

#[test]
fn p_095_duplicate_and_domain_qualified_names_are_refused() {
    let (_directory, store, session) = session();
    let (id, category, text) = refusal(&session, "New-CloudAdminUser cloudadmin", &[PASSWORD]);
    assert_eq!((id.as_str(), category), ("CloudAdminUserExists,New-CloudAdminUser", ErrorCategory::ResourceExists));
    assert_eq!(text, "The account 'cloudadmin' exists already.");
    let (id, category, text) = refusal(&session, r"New-CloudAdminUser AZURESTACK\alice", &[PASSWORD]);
    assert_eq!((id.as_str(), category), ("InvalidUserName,New-CloudAdminUser", ErrorCategory::InvalidArgument));
    assert!(text.ends_with("write 'alice'."), "{text}");
    assert_eq!(store.list().unwrap().len(), 1);
}

#[test]
fn p_095_an_empty_name_is_refused_while_binding() {
    let (_directory, _store, session) = session();
    let mut call = engine::call("New-CloudAdminUser");
    call.arguments.push(Argument::Value("".into()));
    call.arguments.push(Argument::Value(Value::SecureString(SecureString::new(PASSWORD))));
    let error = session.run_calls(vec![call], None).unwrap_err();
    let id = error.fully_qualified_error_id.to_string();
    assert_eq!(id, "ParameterArgumentValidationErrorEmptyStringNotAllowed,New-CloudAdminUser");
}

#[test]
fn p_096_a_wrong_current_password_fails_and_counts() {
    let (_directory, store, session) = session();
    let mut policy = Policy::default();
    policy.lockout.threshold = 2;
    store.set_policy(&policy).unwrap();
    let change = |current| refusal(&session, "Set-CloudAdminUserPassword CloudAdmin", &[current, "Another horse 2"]);
    for _ in 0..2 {
        let (id, category, text) = change("wrong");
        assert_eq!(id, "CurrentPasswordIncorrect,Set-CloudAdminUserPassword");
        assert_eq!(category, ErrorCategory::AuthenticationError);
        assert_eq!(text, "The password of the account 'CloudAdmin' is wrong.");
    }
    let (id, _, text) = change(PASSWORD);
    assert_eq!(id, "CloudAdminUserLocked,Set-CloudAdminUserPassword");
    assert!(text.contains("is locked after too many wrong passwords, for 15 minutes more"), "{text}");
}

#[test]
fn p_097_after_a_change_the_old_password_fails_and_the_new_one_works() {
    let (_directory, store, session) = session();
    let seen = run(&session, "Set-CloudAdminUserPassword CloudAdmin", &[PASSWORD, "Another horse 2"]).unwrap();
    assert!(seen.objects.is_empty());
    assert!(opens(&store, BUILT_IN, "Another horse 2") && !opens(&store, BUILT_IN, PASSWORD));
    let (id, category, _) = refusal(&session, "Set-CloudAdminUserPassword nobody", &[PASSWORD, "Another horse 2"]);
    assert_eq!(id, "CloudAdminUserNotFound,Set-CloudAdminUserPassword");
    assert_eq!(category, ErrorCategory::ObjectNotFound);
}

#[test]
fn p_098_remove_asks_and_goes_by_the_answer() {
    let (_directory, store, session) = session();
    run(&session, "New-CloudAdminUser alice", &[PASSWORD]).unwrap();
    session.answer(1);
    let seen = run(&session, "Remove-CloudAdminUser ALICE", &[]).unwrap();
    let [HostCall::PromptForChoice { message, choices, default_choice, .. }] = seen.calls.as_slice() else {
        panic!("{seen:?}");
    };
    assert_eq!(message.as_str(), "Are you sure you want to remove the account 'alice'?");
    let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!((labels.as_slice(), *default_choice), (["&Yes", "&No"].as_slice(), 1));
    assert!(store.find("alice").unwrap().is_some(), "the answer was no");
    session.answer(0);
    run(&session, "Remove-CloudAdminUser alice", &[]).unwrap();
    assert!(store.find("alice").unwrap().is_none());
}

#[test]
fn p_098_skip_confirmation_does_not_ask() {
    let (_directory, store, session) = session();
    run(&session, "New-CloudAdminUser alice", &[PASSWORD]).unwrap();
    let seen = run(&session, "Remove-CloudAdminUser alice -SkipConfirmation", &[]).unwrap();
    assert!(seen.calls.is_empty() && seen.objects.is_empty());
    assert!(store.find("alice").unwrap().is_none());
}

#[test]
fn p_104_where_nobody_can_be_asked_remove_fails_fast_and_says_what_to_give() {
    let (_directory, store, session) = session();
    let session = session.without_host();
    store.create("alice", &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    let (id, _, text) = refusal(&session, "Remove-CloudAdminUser alice", &[]);
    assert_eq!(id, "ConfirmationNotPossible,Remove-CloudAdminUser");
    assert!(text.ends_with("give -SkipConfirmation."), "{text}");
    run(&session, "Remove-CloudAdminUser alice -SkipConfirmation", &[]).unwrap();
}

#[test]
fn p_099_the_built_in_and_the_last_account_stay_and_nobody_is_asked() {
    let (_directory, store, session) = session();
    let (id, category, text) = refusal(&session, "Remove-CloudAdminUser cloudadmin", &[]);
    assert_eq!(
        (id.as_str(), category),
        ("CloudAdminUserBuiltIn,Remove-CloudAdminUser", ErrorCategory::InvalidOperation)
    );
    assert_eq!(text, "The account 'CloudAdmin' is built in and cannot be removed.");
    assert!(session.calls().is_empty());
    assert_eq!(store.list().unwrap().len(), 1);

    let other = tempfile::tempdir().unwrap();
    let store = Arc::new(AccountStore::open(other.path()).unwrap());
    store.create("alice", &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    let session = Session::new(commands::table()).service(store);
    let (id, ..) = refusal(&session, "Remove-CloudAdminUser alice -SkipConfirmation", &[]);
    assert_eq!(id, "CloudAdminUserLast,Remove-CloudAdminUser");
}

#[test]
fn p_100_the_list_shows_built_in_and_added_accounts() {
    let (_directory, store, session) = session();
    run(&session, "New-CloudAdminUser alice", &[PASSWORD]).unwrap();
    store.enter("alice", SystemTime::now()).unwrap();
    let seen = run(&session, "Get-CloudAdminUserList", &[]).unwrap();
    assert_eq!(seen.texts("Name"), ["CloudAdmin", "alice"]);
    assert_eq!(seen.texts("BuiltIn"), ["True", "False"]);
    assert!(seen.objects[0].property("LastSignIn").unwrap().is_null());
    assert!(matches!(seen.objects[1].property("LastSignIn"), Some(Value::DateTime(_))));
    let properties: Vec<&str> = seen.objects[0].as_object().unwrap().extended.iter().map(|(name, _)| name).collect();
    let expected = ["Name", "BuiltIn", "Enabled", "Locked", "Created", "PasswordChanged", "LastSignIn"];
    assert_eq!(properties, expected);
}

#[test]
fn the_list_has_a_table_view() {
    let (_directory, _store, session) = session();
    let seen = session.run("Get-CloudAdminUserList | Out-Default").unwrap();
    let screen = seen.screen().join("\n");
    assert!(screen.contains("Name") && screen.contains("LastSignIn") && screen.contains("CloudAdmin"), "{screen}");
}

#[test]
fn an_endpoint_without_accounts_says_so() {
    let session = Session::new(commands::table());
    let error = run(&session, "Get-CloudAdminUserList", &[]).unwrap_err();
    assert_eq!(error.fully_qualified_error_id.as_str(), "ServiceNotAvailable,Get-CloudAdminUserList");
}

#[test]
fn the_documented_signatures() {
    let session = Session::new(commands::table());
    let syntax = |name: &str| {
        let seen = session.run(&format!("Get-Command {name} -Syntax")).unwrap();
        seen.objects.iter().map(|text| text.to_invariant_string().trim().to_owned()).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        syntax("New-CloudAdminUser"),
        "New-CloudAdminUser [-UserName] <string> [-Password] <securestring> [<CommonParameters>]"
    );
    assert_eq!(
        syntax("Set-CloudAdminUserPassword"),
        "Set-CloudAdminUserPassword [-UserName] <string> [-CurrentPassword] <securestring> [-NewPassword] <securestring> \
         [<CommonParameters>]"
    );
    assert_eq!(
        syntax("Remove-CloudAdminUser"),
        "Remove-CloudAdminUser [-UserName] <string> [-SkipConfirmation] [<CommonParameters>]"
    );
    assert_eq!(syntax("Get-CloudAdminUserList"), "Get-CloudAdminUserList [<CommonParameters>]");
    assert_eq!(syntax("Get-ThirdPartyNotices"), "Get-ThirdPartyNotices [<CommonParameters>]");
}

#[test]
fn p_142_get_third_party_notices_prints_the_licence_list_of_the_build() {
    let session = Session::new(commands::table());
    let seen = session.run("Get-ThirdPartyNotices").unwrap();
    let texts: Vec<String> = seen.objects.iter().map(|text| text.to_invariant_string().to_string()).collect();
    let (list, licences) = texts.split_first().unwrap();
    for package in ["argon2", "rusqlite", "tokio", "clap"] {
        let line = list.lines().find(|line| line.starts_with(&format!("{package} "))).expect(package);
        let (name_and_version, licence) = line.split_once(": ").unwrap();
        assert!(licence.contains("MIT"), "{line}");
        let version = name_and_version.rsplit(' ').next().unwrap();
        let locked = format!("name = \"{package}\"\nversion = \"{version}\"");
        assert!(include_str!("../../../../Cargo.lock").contains(&locked), "{line} is the version of this build");
        assert!(licences.iter().any(|text| text.contains(name_and_version)), "{package} has a text");
    }
    assert!(licences.iter().any(|text| text.contains("Permission is hereby granted, free of charge")));
    for ours in ["pepd ", "cmdlet ", "accounts "] {
        assert!(!list.lines().any(|line| line.starts_with(ours)), "{ours}is no third party's");
    }
    assert!(!list.contains("proptest"), "what only tests need is not in the program");
}

/// What Tab offers at the end of a line.
fn tab(session: &Session, line: &str) -> Vec<String> {
    let mut tab = engine::call("TabExpansion2");
    tab.arguments = vec![Argument::Value(line.into())];
    let seen = session.run_calls(vec![tab], None).unwrap();
    let matches = seen.objects[0].property("CompletionMatches").unwrap().as_list().unwrap();
    matches.iter().map(|found| found.property("CompletionText").unwrap().as_str().unwrap().to_owned()).collect()
}

#[test]
fn tab_completes_the_names_of_accounts_where_one_is_wanted() {
    let (_directory, store, session) = session();
    for name in ["alice", "albert", "Bob Jones"] {
        store.create(name, &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    }
    assert_eq!(tab(&session, "Remove-CloudAdminUser -UserName al"), ["albert", "alice"]);
    assert_eq!(tab(&session, "Set-CloudAdminUserPassword "), ["albert", "alice", "'Bob Jones'", "CloudAdmin"]);
    assert!(tab(&session, "New-CloudAdminUser -UserName al").is_empty(), "a new account has no name yet");
    assert!(tab(&session, "Set-CloudAdminUserPassword alice al").is_empty(), "no password is completed");
}

#[test]
fn tab_tells_no_account_to_somebody_who_may_not_run_the_command() {
    let (_directory, store, mut session) = session();
    store.create("alice", &Secret::new(PASSWORD), SystemTime::now()).unwrap();
    session.table = commands::table().only(|info| info.name != "Remove-CloudAdminUser");
    assert!(tab(&session, "Remove-CloudAdminUser -UserName al").is_empty());
    assert!(tab(&session, "Remove-Cloud").is_empty());
}

#[test]
fn tab_is_answered_as_often_as_somebody_presses_keys_and_no_faster() {
    let (_directory, _store, session) = session();
    let session = session.service(Arc::new(commands::builtin::CompletionRate::default()));
    let answers: Vec<_> = (0..500).map(|_| tab(&session, "Get-Comm")).collect();
    assert_eq!(answers[0], ["Get-Command"]);
    let answered = answers.iter().filter(|matches| !matches.is_empty()).count();
    assert!((30..400).contains(&answered), "{answered} of 500 answered");
}

//! Asking for what a command line lacks (captured.md 3.4).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs, dead_code)]

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex};

use clixml::{Content, Object, SecureString, Str, Value};
use cmdlet::bind::{self, Binding};
use cmdlet::convert::credential_value;
use cmdlet::{
    Argument, Bound, Cmdlet, CommandInfo, Engine, ErrorRecord, Output, SessionInfo, Stopped, Terminate, prompt,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use psrp::host_call::{HostCall, HostReply, PsCredential};
use psrp::record::{ErrorCategory, Exception};

/// Creates a user.
#[derive(Cmdlet)]
#[cmdlet(verb = "New", noun = "PepUser")]
struct NewPepUser {
    #[parameter(mandatory, help_message = "The login name")]
    user_name: String,
    #[parameter(mandatory)]
    password: SecureString,
    #[parameter(mandatory)]
    quota: i32,
    note: String,
}

/// Shows what arrived in a credential.
#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PepCredential")]
struct TestPepCredential {
    #[parameter(mandatory, position = 0)]
    credential: PsCredential,
    #[parameter(position = 1)]
    list: Vec<String>,
}

/// A host with its answers written beforehand.
struct Host {
    session: SessionInfo,
    answers: Mutex<Vec<HostReply>>,
    calls: Mutex<Vec<HostCall>>,
}

impl Host {
    fn that_answers(answers: Vec<HostReply>) -> Host {
        let session = SessionInfo {
            id: clixml::Guid::nil(),
            account: "joe".into(),
            source: Str::default(),
            client_version: Str::default(),
            buffer_width: 80,
            has_host: !answers.is_empty(),
            host_info: psrp::HostInfo::none(),
            computer: Str::default(),
        };
        Host { session, answers: Mutex::new(answers), calls: Mutex::default() }
    }

    fn calls(&self) -> Vec<HostCall> {
        self.calls.lock().unwrap().clone()
    }
}

impl Engine for Host {
    fn emit(&self, _: Output) -> BoxFuture<'_, Result<(), Stopped>> {
        async { Ok(()) }.boxed()
    }

    fn show(&self, _: HostCall) -> BoxFuture<'_, Result<(), Stopped>> {
        async { Ok(()) }.boxed()
    }

    fn ask(&self, call: HostCall) -> BoxFuture<'_, Result<HostReply, Stopped>> {
        self.calls.lock().unwrap().push(call);
        let answer = self.answers.lock().unwrap().remove(0);
        async { Ok(answer) }.boxed()
    }

    fn session(&self) -> &SessionInfo {
        &self.session
    }

    fn service(&self, _: TypeId) -> Option<Arc<dyn Any + Send + Sync>> {
        None
    }
}

fn run(info: &'static CommandInfo, arguments: Vec<Argument>, host: &Host) -> Result<Bound, ErrorRecord> {
    let mut binding = bind::bind(info, arguments, false)?;
    let asked = prompt::supply_missing::<Terminate>(info, &mut binding, 1, host).now_or_never().unwrap();
    match asked {
        Ok(()) => Binding::finish(binding),
        Err(Terminate::Error(error)) => Err(*error),
        Err(other) => panic!("{other:?}"),
    }
}

fn reply(entries: Vec<(&str, Value)>) -> HostReply {
    let entries = entries.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let table = Object::with_type_names(&["System.Collections.Hashtable", "System.Object"]);
    HostReply::Value(table.content(Content::Dictionary(entries)).into())
}

fn refused() -> HostReply {
    let exception = Exception::new(
        &["System.Management.Automation.PSInvalidOperationException", "System.InvalidOperationException"],
        "PowerShell is in NonInteractive mode. Read and Prompt functionality is not available.",
    );
    HostReply::Error(ErrorRecord::new(exception, "InvalidOperation", ErrorCategory::InvalidOperation))
}

#[test]
fn j_084_all_missing_parameters_are_asked_for_at_once() {
    let host = Host::that_answers(vec![reply(vec![
        ("UserName", "joe".into()),
        ("Password", SecureString::new("pw").into()),
        ("Quota", "12".into()),
    ])]);
    let bound = run(NewPepUser::INFO, vec![], &host).unwrap();
    assert_eq!(bound.get("Quota"), Some(&12.into()), "the reply's text is converted here");
    assert_eq!(NewPepUser::from_bound(&bound).unwrap().user_name, "joe");

    let calls = host.calls();
    let [HostCall::Prompt { caption, message, fields }] = calls.as_slice() else { panic!("one prompt") };
    assert_eq!(caption, "cmdlet New-PepUser at command pipeline position 1");
    assert_eq!(message, "Supply values for the following parameters:");
    let shown: Vec<_> =
        fields.iter().map(|field| (field.name.as_str(), field.label.as_str(), field.help_message.as_str())).collect();
    assert_eq!(
        shown,
        [("UserName", "&UserName", "The login name"), ("Password", "&Password", ""), ("Quota", "&Quota", "")]
    );
    let password = &fields[1];
    assert!(password.is_mandatory);
    assert_eq!(password.parameter_type_name, "SecureString");
    assert_eq!(password.parameter_type_full_name, "System.Security.SecureString");
    assert_eq!(
        password.parameter_assembly_full_name,
        "System.Security.SecureString, System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, \
         PublicKeyToken=7cec85d7bea7798e"
    );
}

#[test]
fn j_084_an_answer_that_does_not_convert_fails_like_an_argument() {
    let host = Host::that_answers(vec![reply(vec![
        ("Password", SecureString::new("pw").into()),
        ("Quota", "notanumber".into()),
    ])]);
    let arguments = vec![Argument::Pair("UserName".into(), "joe".into())];
    let error = run(NewPepUser::INFO, arguments, &host).unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "ParameterArgumentTransformationError,New-PepUser");
    assert_eq!(error.exception.properties.get("TypeSpecified"), Some(&"System.Management.Automation.PSObject".into()));
}

#[test]
fn j_085_an_empty_reply_leaves_the_parameters_missing() {
    for nothing in [reply(vec![]), HostReply::Value(Value::Null)] {
        let error = run(NewPepUser::INFO, vec![], &Host::that_answers(vec![nothing])).unwrap_err();
        assert_eq!(error.fully_qualified_error_id, "MissingMandatoryParameter,New-PepUser");
        assert!(error.exception.message.ends_with("missing mandatory parameters: UserName Password Quota."));
    }
}

#[test]
fn j_085_without_a_host_the_parameters_are_missing() {
    let error = run(NewPepUser::INFO, vec![], &Host::that_answers(vec![])).unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "MissingMandatoryParameter,New-PepUser");
}

#[test]
fn what_the_host_throws_ends_the_command() {
    let error = run(NewPepUser::INFO, vec![], &Host::that_answers(vec![refused()])).unwrap_err();
    assert_eq!((error.fully_qualified_error_id.as_str(), error.activity.as_str()), ("InvalidOperation", ""));
}

#[test]
fn a_user_name_for_a_credential_asks_for_the_password() {
    let answer = credential_value("DOMAIN\\joe".into(), SecureString::new("pw"));
    let host = Host::that_answers(vec![HostReply::Value(answer)]);
    let arguments = vec![Argument::Value("DOMAIN\\joe".into()), Argument::Value("x".into())];
    let bound = run(TestPepCredential::INFO, arguments, &host).unwrap();
    let command = TestPepCredential::from_bound(&bound).unwrap();
    assert_eq!(command.credential.user_name, "DOMAIN\\joe");
    assert_eq!(command.list, ["x"], "binding went on after the question");
    let expected = HostCall::PromptForCredential2 {
        caption: "PowerShell credential request".into(),
        message: "Enter your credentials.".into(),
        user_name: "DOMAIN\\joe".into(),
        target_name: Str::default(),
        allowed_types: 3,
        options: 1,
    };
    assert_eq!(host.calls(), [expected]);
}

#[test]
fn a_password_that_cannot_be_asked_for_is_an_argument_that_does_not_convert() {
    let arguments = || vec![Argument::Pair("Credential".into(), "joe".into())];
    let error = run(TestPepCredential::INFO, arguments(), &Host::that_answers(vec![refused()])).unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "ParameterArgumentTransformationError,Test-PepCredential");
    assert_eq!(
        error.exception.message,
        "Cannot process argument transformation on parameter 'Credential'. PowerShell is in NonInteractive mode. Read and \
         Prompt functionality is not available."
    );
    let nobody = run(TestPepCredential::INFO, arguments(), &Host::that_answers(vec![])).unwrap_err();
    assert!(nobody.exception.message.ends_with("with the following message: Enter your credentials."));
}

#[test]
fn a_host_that_answers_a_name_with_a_name_is_not_asked_again() {
    let host = Host::that_answers(vec![HostReply::Value("joe".into())]);
    let error = run(TestPepCredential::INFO, vec![Argument::Value("joe".into())], &host).unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "ParameterArgumentTransformationError,Test-PepCredential");
    assert_eq!(host.calls().len(), 1);
}

#[test]
fn a_mandatory_credential_that_is_null_is_asked_for_with_its_user_name() {
    let host = Host::that_answers(vec![HostReply::Value(credential_value("joe".into(), SecureString::new("pw")))]);
    let bound = run(TestPepCredential::INFO, vec![Argument::Pair("Credential".into(), Value::Null)], &host).unwrap();
    assert_eq!(TestPepCredential::from_bound(&bound).unwrap().credential.user_name, "joe");
    let [HostCall::PromptForCredential2 { user_name, .. }] = &host.calls()[..] else { panic!("one question") };
    assert_eq!(user_name, "");
}

#[test]
fn a_credential_that_was_broken_off_is_null() {
    let host = Host::that_answers(vec![HostReply::Value(Value::Null)]);
    let error = run(TestPepCredential::INFO, vec![Argument::Value("joe".into())], &host).unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "ParameterArgumentValidationErrorNullNotAllowed,Test-PepCredential");
}

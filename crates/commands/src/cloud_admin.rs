//! What the account commands have in common: how an account is shown, how the store is asked, and how it refuses.

use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use accounts::{Account, AccountError, AccountStore, AuthError};
use clixml::DateTime;
use cmdlet::{BoxFuture, CommandInfo, Ps, PsObject, Terminate};
use futures_channel::oneshot;
use psrp::record::{ErrorCategory, ErrorRecord, Exception};

/// An account, as commands write it.
#[derive(PsObject)]
#[ps_object(
    type_name = "PrivilegedEndpoint.CloudAdminUser",
    table(name(width = 20), created(width = 19), last_sign_in(width = 19), locked(width = 6), enabled(width = 7))
)]
pub struct CloudAdminUser {
    name: String,
    built_in: bool,
    enabled: bool,
    locked: bool,
    created: DateTime,
    password_changed: DateTime,
    last_sign_in: Option<DateTime>,
}

impl CloudAdminUser {
    pub(crate) fn new(account: Account, now: SystemTime) -> CloudAdminUser {
        CloudAdminUser {
            built_in: account.built_in,
            enabled: account.enabled,
            locked: account.is_locked(now),
            created: date_time(account.created),
            password_changed: date_time(account.password_changed),
            last_sign_in: account.last_sign_in.map(date_time),
            name: account.name,
        }
    }
}

fn date_time(time: SystemTime) -> DateTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    DateTime::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}

/// Asks the account store, on a thread of its own: it hashes and waits for the disk. A stopped pipeline does not wait for it,
/// but what was begun is done.
pub(crate) async fn ask_accounts<T: Send + 'static>(
    ps: &mut Ps<'_>,
    question: impl FnOnce(&AccountStore) -> Result<T, AccountError> + Send + 'static,
) -> Result<T, Terminate> {
    let (info, accounts) = (ps.info(), ps.service()?);
    match on_own_thread(accounts, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(refusal(info, &error).into()),
        Err(text) => Err(failure(info, &text).into()),
    }
}

/// The names of all accounts, for completion.
pub(crate) fn account_names<'a>(ps: &'a Ps<'_>) -> BoxFuture<'a, Vec<String>> {
    let accounts = ps.service();
    Box::pin(async move {
        let Ok(accounts) = accounts else { return Vec::new() };
        let list = on_own_thread(accounts, AccountStore::list).await;
        list.ok().and_then(Result::ok).unwrap_or_default().into_iter().map(|account| account.name).collect()
    })
}

async fn on_own_thread<T: Send + 'static>(
    accounts: Arc<AccountStore>,
    question: impl FnOnce(&AccountStore) -> T + Send + 'static,
) -> Result<T, String> {
    let (sender, answer) = oneshot::channel();
    let thread = thread::Builder::new().name("accounts".into());
    let started = thread.spawn(move || {
        let _ = sender.send(question(&accounts)); // nobody waits any more for a stopped pipeline
    });
    match started {
        Ok(_) => answer.await.map_err(|_| "The account store did not answer.".to_owned()),
        Err(error) => Err(format!("No thread for the account store: {error}")),
    }
}

/// The error record of a refusal.
fn refusal(info: &CommandInfo, error: &AccountError) -> ErrorRecord {
    use ErrorCategory::{AuthenticationError, InvalidArgument, InvalidOperation, ObjectNotFound, ResourceExists};
    let text = error.to_string();
    let (types, id, category, target) = match error {
        AccountError::Name(_) => (ARGUMENT, "InvalidUserName", InvalidArgument, None),
        AccountError::Password(_) => (ARGUMENT, "PasswordPolicyNotMet", InvalidArgument, None),
        AccountError::Exists(name) => (INVALID_OPERATION, "CloudAdminUserExists", ResourceExists, Some(name)),
        AccountError::NotFound(name) | AccountError::Current(AuthError::Unknown(name)) => {
            (INVALID_OPERATION, "CloudAdminUserNotFound", ObjectNotFound, Some(name))
        }
        AccountError::BuiltIn(name) => (INVALID_OPERATION, "CloudAdminUserBuiltIn", InvalidOperation, Some(name)),
        AccountError::Last(name) => (INVALID_OPERATION, "CloudAdminUserLast", InvalidOperation, Some(name)),
        AccountError::Current(AuthError::WrongPassword(name)) => {
            (UNAUTHORIZED, "CurrentPasswordIncorrect", AuthenticationError, Some(name))
        }
        AccountError::Current(AuthError::Locked { name, .. }) => {
            (UNAUTHORIZED, "CloudAdminUserLocked", AuthenticationError, Some(name))
        }
        AccountError::Current(AuthError::Disabled(name)) => {
            (UNAUTHORIZED, "CloudAdminUserDisabled", AuthenticationError, Some(name))
        }
        AccountError::Current(AuthError::Store(_)) | AccountError::Store(_) => return failure(info, &text),
    };
    let record = record(info, types, &text, id, category);
    match target {
        Some(name) => record.target(name.as_str(), name.as_str(), "String"),
        None => record,
    }
}

/// The account store is broken: that is not the user's fault.
fn failure(info: &CommandInfo, text: &str) -> ErrorRecord {
    record(info, INVALID_OPERATION, text, "AccountStoreFailed", ErrorCategory::ResourceUnavailable)
}

/// An error of a command.
pub(crate) fn record(
    info: &CommandInfo,
    types: &'static [&'static str],
    text: &str,
    id: &str,
    category: ErrorCategory,
) -> ErrorRecord {
    let exception = Exception::new(types, text);
    ErrorRecord::new(exception, format!("{id},{}", info.name), category).activity(info.name)
}

pub(crate) const INVALID_OPERATION: &[&str] =
    &["System.InvalidOperationException", "System.SystemException", "System.Exception", "System.Object"];
pub(crate) const ARGUMENT: &[&str] =
    &["System.ArgumentException", "System.SystemException", "System.Exception", "System.Object"];
pub(crate) const UNAUTHORIZED: &[&str] =
    &["System.UnauthorizedAccessException", "System.SystemException", "System.Exception", "System.Object"];

//! What the diagnostic commands work on, and how they refuse.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clixml::SecureString;
use cmdlet::{CommandInfo, Ps, Terminate};
use inventory::{Inventory, InventorySource};
use log_collection::RunLock;
use psrp::host_call::PsCredential;
use psrp::record::{ErrorCategory, ErrorRecord, ProgressRecord, ProgressType};
use share::Login;

use crate::cloud_admin::{INVALID_OPERATION, record};

/// The service by which `Test-AzureStack` and the log commands find their places.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// Where reports of health checks lie.
    pub reports: PathBuf,
    /// The local folders, and whatever is below them, that logs may go to.
    pub log_folders: Vec<PathBuf>,
    /// About how large a zip of logs may become, in bytes.
    pub part_bytes: u64,
    /// One collection at a time.
    pub collections: RunLock,
}

impl Diagnostics {
    /// The folder with every link in its path followed, if logs may go there: where it really lies is what counts.
    ///
    /// # Errors
    /// What may be used instead.
    pub(crate) fn folder(&self, path: &str) -> Result<PathBuf, String> {
        let real = |path: &Path| path.canonicalize().ok().filter(|path| path.is_dir());
        let folder = Path::new(path).is_absolute().then(|| real(Path::new(path))).flatten();
        let allowed: Vec<PathBuf> = self.log_folders.iter().filter_map(|path| real(path)).collect();
        // whether it is there is told only of what may be used
        folder.filter(|folder| allowed.iter().any(|allowed| folder.starts_with(allowed))).ok_or_else(|| {
            let listed: Vec<String> = self.log_folders.iter().map(|path| path.display().to_string()).collect();
            let listed = if listed.is_empty() { "none".to_owned() } else { listed.join(", ") };
            format!("'{}' is no folder that logs may go to. The configuration lists: {listed}.", path.escape_debug())
        })
    }
}

/// The inventory as it is now.
pub(crate) fn read_inventory(ps: &Ps<'_>) -> impl Future<Output = Result<Arc<Inventory>, Terminate>> + Send + use<> {
    let (info, source) = (ps.info(), ps.service::<InventorySource>());
    async move {
        let source = source?;
        let error = match tokio::task::spawn_blocking(move || source.read()).await {
            Ok(Ok(inventory)) => return Ok(inventory),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        let text = format!("The inventory cannot be used. {error}");
        Err(record(info, INVALID_OPERATION, &text, "InventoryNotUsable", ErrorCategory::InvalidData).into())
    }
}

/// The names of a list that are known, as they are known; one that is not known ends the command.
pub(crate) fn known(
    info: &CommandInfo,
    what: &str,
    given: &[String],
    known: &[String],
) -> Result<Vec<String>, ErrorRecord> {
    let find = |name: &str| known.iter().find(|known| known.eq_ignore_ascii_case(name)).cloned();
    let found = given.iter().map(|name| find(name).ok_or(name.as_str())).collect::<Result<_, _>>();
    found.map_err(|name| {
        let shown = name.escape_debug();
        let text = format!("There is no {what} '{shown}'. There are: {}.", known.join(", "));
        let id = match what {
            "role" => "RoleNotFound",
            "resource provider" => "ResourceProviderNotFound",
            "node" => "NodeNotFound",
            _ => "TestNotFound",
        };
        wrong_argument(info, id, &text).target(name, name, "String")
    })
}

/// An argument that cannot be.
pub(crate) fn wrong_argument(info: &CommandInfo, id: &str, text: &str) -> ErrorRecord {
    record(info, ARGUMENT, text, id, ErrorCategory::InvalidArgument)
}

const ARGUMENT: &[&str] = &["System.ArgumentException", "System.SystemException", "System.Exception", "System.Object"];

/// Who enters a share.
pub(crate) fn login(credential: &PsCredential) -> Result<Login, &'static str> {
    match &credential.password {
        SecureString::Clear(password) => Ok(Login::parse(&credential.user_name, password.expose())),
        SecureString::Sealed(_) => Err("The password of the credential cannot be read: the session has no key."),
    }
}

/// Waits for something that may take long, and shows every few seconds that it is waited for.
pub(crate) async fn waited<T>(
    ps: &mut Ps<'_>,
    activity: &str,
    status: &str,
    work: impl Future<Output = T> + Send,
) -> Result<T, Terminate> {
    let mut work = std::pin::pin!(work);
    loop {
        match tokio::time::timeout(Duration::from_secs(5), &mut work).await {
            Ok(done) => return Ok(done),
            Err(_) => ps.progress(progress(activity, status, 0, 100)).await?,
        }
    }
}

/// One state of a bar.
pub(crate) fn progress(activity: &str, status: &str, done: usize, all: usize) -> ProgressRecord {
    ProgressRecord {
        activity: activity.into(),
        activity_id: 0,
        status_description: status.into(),
        current_operation: None,
        parent_activity_id: -1,
        percent_complete: i32::try_from(done.min(all) * 100 / all.max(1)).unwrap_or(-1),
        kind: ProgressType::Processing,
        seconds_remaining: -1,
    }
}

/// Its end.
pub(crate) fn progress_end(activity: &str) -> ProgressRecord {
    ProgressRecord { kind: ProgressType::Completed, ..progress(activity, "done", 1, 1) }
}

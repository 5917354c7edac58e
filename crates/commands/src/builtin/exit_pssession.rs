use cmdlet::{Cmdlet, ErrorRecord, Ps, Run, Terminate};
use psrp::host_call::HostCall;
use psrp::record::{ErrorCategory, Exception};

/// Leaves the session.
///
/// Ends an interactive session with this endpoint and goes back to the client's own prompt. Typing exit does the same.
///
/// # Examples
/// ```powershell
/// Exit-PSSession
/// ```
/// The client's own prompt.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Exit",
    noun = "PSSession",
    role = "Session",
    help_uri = "https://go.microsoft.com/fwlink/?LinkID=2096787"
)]
pub struct ExitPSSession {}

impl Run for ExitPSSession {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        leave(ps).await
    }
}

/// Leaves the session.
///
/// PowerShell's own client turns this word into Exit-PSSession before it sends it; others do not.
#[derive(Cmdlet)]
#[cmdlet(name = "exit", role = "Session")]
pub struct Exit {}

impl Run for Exit {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        leave(ps).await
    }
}

async fn leave(ps: &mut Ps<'_>) -> Result<(), Terminate> {
    if ps.session().has_host {
        ps.show(HostCall::PopRunspace).await
    } else {
        Err(no_interactive_host(ps.info().name).into())
    }
}

/// Nobody interactive is there who could leave (jea.md 1.6).
fn no_interactive_host(command: &'static str) -> ErrorRecord {
    let exception = Exception::new(
        &["System.ArgumentException", "System.SystemException", "System.Exception", "System.Object"],
        "The host does not support Enter-PSSession and Exit-PSSession.",
    );
    let id = format!("HostDoesNotSupportPushRunspace,{command}");
    ErrorRecord::new(exception, id, ErrorCategory::InvalidArgument).activity(command)
}

use action_plan::ActionPlans;
use cmdlet::{Cmdlet, Ps, Run, Terminate};
use psrp::record::ErrorCategory;

use crate::action_status::{ActionStatus, functions};
use crate::cloud_admin::{INVALID_OPERATION, record};

/// Tells how far the last action plan of a command is.
///
/// Long work, such as Stop-AzureStack, runs as an action plan of the endpoint: it goes on when its client is gone, and is still known
/// when the endpoint has been started anew. A plan that ran while the endpoint ended is told as failed. ProgressAsXml holds all its steps:
/// an Action with nested Steps, each with Name, Description, StartTimeUtc, EndTimeUtc and Status (NotStarted, InProgress, Success,
/// Skipped or Error).
///
/// # Examples
/// ```powershell
/// Get-ActionStatus Start-AzureStack
/// ```
/// The last start of the stamp.
///
/// ```powershell
/// Get-ActionStatus
/// ```
/// The last plan of any command.
///
/// ```powershell
/// $status = Invoke-Command -Session $s { Get-ActionStatus Start-AzureStack }
/// ([xml]$status.ProgressAsXml).SelectNodes("//Step[@Status='InProgress']").Name
/// ```
/// The steps that run, on the client's side.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Get",
    noun = "ActionStatus",
    module = "PrivilegedEndpoint",
    output = "PrivilegedEndpoint.ActionStatus"
)]
pub struct GetActionStatus {
    /// The command that started the plan. Without it the last plan of any command is told.
    #[parameter(position = 0, completer = functions)]
    function_name: Option<String>,
    /// The kind of action: Power.
    #[parameter(position = 1)]
    action_type: Option<String>,
}

impl Run for GetActionStatus {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let (function, action_type) = (self.function_name.as_deref(), self.action_type.as_deref());
        match ps.service::<ActionPlans>()?.last(function, action_type) {
            Some(plan) => ps.write(ActionStatus::new(&plan)).await,
            None => {
                let of = function.map_or_else(String::new, |function| format!(" of '{function}'"));
                let kind = action_type.map_or_else(String::new, |kind| format!(" of the type '{kind}'"));
                let text = format!("There has been no action plan{of}{kind}.");
                let error =
                    record(ps.info(), INVALID_OPERATION, &text, "ActionPlanNotFound", ErrorCategory::ObjectNotFound);
                ps.write_error(error).await
            }
        }
    }
}

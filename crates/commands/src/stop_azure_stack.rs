use clixml::Str;
use cmdlet::{Cmdlet, Ps, Run, Switch, Terminate};
use inventory::Inventory;
use psrp::host_call::HostCall;
use psrp::record::{ErrorCategory, ErrorRecord};

use crate::action_status::{refuse_if_busy, run_power};
use crate::cloud_admin::{INVALID_OPERATION, record};
use crate::power::{self, Part};
use crate::stamp::{power_plan, read_inventory};

/// Stops all workloads and services of the stamp and powers its nodes off.
///
/// The power plan of the endpoint's inventory is gone through in its order: workloads, services, hosts; this computer is the last host. It
/// runs as an action plan of the endpoint and goes on when the client is gone; Get-ActionStatus Stop-AzureStack tells how far it is. A
/// step that fails ends the plan, and what comes after it keeps running.
///
/// The name of the stamp must be typed first. A script that has nobody who could type says -Force or -Confirm:$false instead. -WhatIf
/// shows the plan and does nothing.
///
/// # Examples
/// ```powershell
/// Stop-AzureStack -WhatIf
/// ```
/// Shows what would be stopped, in which order and by what.
///
/// ```powershell
/// Stop-AzureStack
/// ```
/// Asks for the name of the stamp, and stops it.
///
/// ```powershell
/// Invoke-Command -Session $s { Stop-AzureStack -TimeoutInSecs 3600 -Force }
/// ```
/// Stops it from a script, and gives it an hour.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Stop",
    noun = "AzureStack",
    module = "PrivilegedEndpoint",
    output = "PrivilegedEndpoint.ActionStatus",
    confirm_impact = "High",
    role = "Operate"
)]
pub struct StopAzureStack {
    /// Seconds that the whole plan may take. What has not ended then has failed.
    #[parameter(position = 0, range(1, 86400), default = 2400)]
    timeout_in_secs: i32,
    /// Does not ask for the name of the stamp.
    force: Switch,
}

impl Run for StopAzureStack {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let inventory = read_inventory(ps).await?;
        let parts = power::stopping(&inventory, power_plan(ps, &inventory)?);
        if ps.bound().common().what_if {
            return what_if(ps, &parts).await;
        }
        refuse_if_busy(ps)?;
        let preset = self.force.is_present() || ps.bound().common().confirm == Some(false);
        if preset || confirmed(ps, &inventory, &parts).await? {
            run_power(ps, parts, self.timeout_in_secs.unsigned_abs()).await?;
        }
        Ok(())
    }
}

/// Shows the plan.
pub(crate) async fn what_if(ps: &mut Ps<'_>, parts: &[Part]) -> Result<(), Terminate> {
    for (number, line) in parts.iter().flat_map(|part| part.lines("")).enumerate() {
        ps.show(HostCall::WriteLine2(format!("What if: {}. {line}", number + 1).into())).await?;
    }
    Ok(())
}

/// The user types the stamp's name, or something else.
async fn confirmed(ps: &mut Ps<'_>, inventory: &Inventory, parts: &[Part]) -> Result<bool, Terminate> {
    let info = ps.info();
    let name = &inventory.stamp.name;
    let nobody = |info| -> Terminate {
        let text = format!(
            "Nobody can be asked whether to stop the stamp '{name}': say -Force or -Confirm:$false. Nothing was stopped."
        );
        record(info, INVALID_OPERATION, &text, "ConfirmationNotPossible", ErrorCategory::NotEnabled).into()
    };
    if !ps.session().has_host {
        return Err(nobody(info));
    }
    for line in parts.iter().flat_map(|part| part.lines("")) {
        ps.show(HostCall::WriteLine2(line.into())).await?;
    }
    let question = format!("This stops the stamp and powers its nodes off. Type its name, {name}, to go on: ");
    ps.show(HostCall::Write1(question.into())).await?;
    let answer = match ps.ask(HostCall::ReadLine).await {
        Ok(answer) => answer.to_invariant_string().to_string(),
        // a host that cannot ask throws
        Err(Terminate::Error(_)) => {
            ps.show(HostCall::WriteLine2(Str::default())).await?; // the question's line ends here
            return Err(nobody(info));
        }
        Err(other) => return Err(other),
    };
    if answer.trim() == name {
        return Ok(true);
    }
    Err(not_confirmed(ps, name).into())
}

fn not_confirmed(ps: &Ps<'_>, name: &str) -> ErrorRecord {
    let text = format!("What was typed is not '{name}'. Nothing was stopped.");
    record(ps.info(), INVALID_OPERATION, &text, "NotConfirmed", ErrorCategory::OperationStopped)
}

use cmdlet::{Cmdlet, Ps, Run, Terminate};

use crate::action_status::{refuse_if_busy, run_power};
use crate::power;
use crate::stamp::{power_plan, read_inventory};
use crate::stop_azure_stack::what_if;

/// Powers the nodes of the stamp on and starts its services and workloads.
///
/// The power plan of the endpoint's inventory is gone through backwards: hosts, services, workloads. What runs already is found to run and
/// left alone, so after a start that came only half way the same command goes on where that stopped. It runs as an action plan of the
/// endpoint and goes on when the client is gone; Get-ActionStatus Start-AzureStack tells how far it is.
///
/// # Examples
/// ```powershell
/// Start-AzureStack
/// ```
/// Starts the stamp, or the rest of it.
///
/// ```powershell
/// Start-AzureStack -WhatIf
/// ```
/// Shows what would be started, in which order and by what.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Start",
    noun = "AzureStack",
    module = "PrivilegedEndpoint",
    output = "PrivilegedEndpoint.ActionStatus",
    confirm_impact = "Medium",
    role = "Operate"
)]
pub struct StartAzureStack {
    /// Seconds that the whole plan may take. What has not ended then has failed.
    #[parameter(position = 0, range(1, 86400), default = 2400)]
    timeout_in_secs: i32,
}

impl Run for StartAzureStack {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let inventory = read_inventory(ps).await?;
        let parts = power::starting(&inventory, power_plan(ps, &inventory)?);
        if ps.bound().common().what_if {
            return what_if(ps, &parts).await;
        }
        refuse_if_busy(ps)?;
        if ps.should_process(&inventory.stamp.name, "Start stamp").await? {
            run_power(ps, parts, self.timeout_in_secs.unsigned_abs()).await?;
        }
        Ok(())
    }
}

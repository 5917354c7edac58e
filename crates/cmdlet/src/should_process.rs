//! `-WhatIf` and `-Confirm`: what a command asks before it acts (jea.md 3.9).

use psrp::host_call::{ChoiceDescription, HostCall};
use psrp::record::{ErrorCategory, ErrorRecord, Exception};

use crate::run::Terminate;
use crate::{ConfirmImpact, Ps};

/// What the user said to all further questions of one command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ConfirmMemory {
    #[default]
    Ask,
    YesToAll,
    NoToAll,
}

impl Ps<'_> {
    /// May the command do `action` to `target`? Answers false under `-WhatIf`, after saying what would be done; asks the user
    /// under `-Confirm` and when the command's impact is high.
    pub async fn should_process(&mut self, target: &str, action: &str) -> Result<bool, Terminate> {
        let operation = format!("Performing the operation \"{action}\" on target \"{target}\".");
        let common = self.bound.common();
        if common.what_if {
            self.show(HostCall::WriteLine2(format!("What if: {operation}").into())).await?;
            return Ok(false);
        }
        let asks = common.confirm.unwrap_or(self.info.confirm_impact >= ConfirmImpact::High);
        match (asks, *self.confirm) {
            (false, _) | (true, ConfirmMemory::YesToAll) => return Ok(true),
            (true, ConfirmMemory::NoToAll) => return Ok(false),
            (true, ConfirmMemory::Ask) => {}
        }
        if !self.session().has_host {
            return Err(no_interaction(&operation).activity(self.info.name).into());
        }
        let reply = self
            .ask(HostCall::PromptForChoice {
                caption: "Confirm".into(),
                message: format!("Are you sure you want to perform this action?\n{operation}").into(),
                choices: choices(),
                default_choice: 0,
            })
            .await?;
        match reply.as_i32() {
            Some(0) => Ok(true),
            Some(1) => {
                *self.confirm = ConfirmMemory::YesToAll;
                Ok(true)
            }
            Some(2) => Ok(false),
            Some(3) => {
                *self.confirm = ConfirmMemory::NoToAll;
                Ok(false)
            }
            _ => Err(Terminate::Stopped),
        }
    }
}

/// The real server's choices but Suspend, which needs a nested prompt.
fn choices() -> Vec<ChoiceDescription> {
    [
        ("&Yes", "Continue with only the next step of the operation."),
        ("Yes to &All", "Continue with all the steps of the operation."),
        ("&No", "Skip this operation and proceed with the next operation."),
        ("No to A&ll", "Skip this operation and all subsequent operations."),
    ]
    .into_iter()
    .map(|(label, help)| ChoiceDescription { label: label.into(), help_message: help.into() })
    .collect()
}

/// The client has no host that could ask.
fn no_interaction(operation: &str) -> ErrorRecord {
    let exception = Exception::new(
        &[
            "System.Management.Automation.Host.HostException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        format!(
            "A command that prompts the user failed because the host program or the command type does not support user \
             interaction. The host was attempting to request confirmation with the following message: {operation}"
        ),
    );
    ErrorRecord::new(exception, "HostFunctionNotImplemented", ErrorCategory::NotImplemented)
}

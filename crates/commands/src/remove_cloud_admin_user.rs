use accounts::{Account, AccountError, AccountStore};
use audit::Kind;
use cmdlet::{Cmdlet, Ps, Run, Switch, Terminate};
use psrp::host_call::{ChoiceDescription, HostCall};
use psrp::record::ErrorCategory;

use crate::audit_event;
use crate::cloud_admin::{INVALID_OPERATION, account_names, ask_accounts, record};

/// Removes an account.
///
/// Asks first, unless -SkipConfirmation is there. The built-in account CloudAdmin and the last account cannot be removed.
///
/// # Examples
/// ```powershell
/// Remove-CloudAdminUser -UserName alice
/// ```
/// Removes alice after a question.
#[derive(Cmdlet)]
#[cmdlet(verb = "Remove", noun = "CloudAdminUser", module = "PrivilegedEndpoint", role = "Operate")]
pub struct RemoveCloudAdminUser {
    /// The account's name, without a domain.
    #[parameter(mandatory, position = 0, completer = account_names)]
    user_name: String,
    /// Does not ask.
    skip_confirmation: Switch,
}

impl Run for RemoveCloudAdminUser {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let name = self.user_name.clone();
        let account = ask_accounts(ps, move |accounts| removable(accounts, name)).await?;
        if self.skip_confirmation.is_present() || confirmed(ps, &account.name).await? {
            let name = account.name.clone();
            ask_accounts(ps, move |accounts| accounts.remove(&account.name)).await?;
            audit_event::tell(ps, Kind::RemoveCloudAdminUser, &name);
        }
        Ok(())
    }
}

/// Nobody is asked about what will not be done.
fn removable(accounts: &AccountStore, name: String) -> Result<Account, AccountError> {
    let account = accounts.find(&name)?.ok_or(AccountError::NotFound(name))?;
    if account.built_in { Err(AccountError::BuiltIn(account.name)) } else { Ok(account) }
}

async fn confirmed(ps: &mut Ps<'_>, name: &str) -> Result<bool, Terminate> {
    if !ps.session().has_host {
        let text = format!("Nobody can be asked whether to remove the account '{name}': give -SkipConfirmation.");
        return Err(
            record(ps.info(), INVALID_OPERATION, &text, "ConfirmationNotPossible", ErrorCategory::NotEnabled).into()
        );
    }
    let choice = |label: &str, help: &str| ChoiceDescription { label: label.into(), help_message: help.into() };
    let answer = ps
        .ask(HostCall::PromptForChoice {
            caption: "Confirm".into(),
            message: format!("Are you sure you want to remove the account '{name}'?").into(),
            choices: vec![choice("&Yes", "Remove the account."), choice("&No", "Leave the account as it is.")],
            default_choice: 1,
        })
        .await?;
    Ok(answer.as_i32() == Some(0))
}

use std::time::SystemTime;

use audit::Kind;
use clixml::Secret;
use cmdlet::{Cmdlet, Ps, Run, Terminate};

use crate::audit_event;
use crate::cloud_admin::{account_names, ask_accounts};

/// Gives an account a new password.
///
/// The current password must be given. A wrong one counts as a failed sign-in and may lock the account. Sessions of the account
/// that are open stay open.
///
/// # Examples
/// ```powershell
/// Set-CloudAdminUserPassword -UserName alice
/// ```
/// Asks for the current and the new password of alice.
#[derive(Cmdlet)]
#[cmdlet(verb = "Set", noun = "CloudAdminUserPassword", module = "PrivilegedEndpoint", role = "Operate")]
pub struct SetCloudAdminUserPassword {
    /// The account's name, without a domain.
    #[parameter(mandatory, position = 0, completer = account_names)]
    user_name: String,
    /// The password it has.
    #[parameter(mandatory, position = 1)]
    current_password: Secret,
    /// The password it gets. It must meet the endpoint's policy and be none of its last ones.
    #[parameter(mandatory, position = 2)]
    new_password: Secret,
}

impl Run for SetCloudAdminUserPassword {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let (name, now) = (self.user_name.clone(), SystemTime::now());
        let (current, new) = (self.current_password.clone(), self.new_password.clone());
        ask_accounts(ps, move |accounts| accounts.change_password(&name, &current, &new, now)).await?;
        audit_event::tell(ps, Kind::SetCloudAdminUserPassword, &self.user_name);
        Ok(())
    }
}

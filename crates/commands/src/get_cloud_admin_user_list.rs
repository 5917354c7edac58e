use std::time::SystemTime;

use cmdlet::{Cmdlet, Ps, Run, Terminate};

use crate::cloud_admin::{CloudAdminUser, ask_accounts};

/// Lists the accounts that may enter the endpoint.
///
/// One object an account, in the order they were created: its name, whether it is built in, enabled and locked, and when it was
/// created, got its password, and entered last.
///
/// # Examples
/// ```powershell
/// Get-CloudAdminUserList
/// ```
/// A table of all accounts.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Get",
    noun = "CloudAdminUserList",
    module = "PrivilegedEndpoint",
    output = "PrivilegedEndpoint.CloudAdminUser"
)]
pub struct GetCloudAdminUserList {}

impl Run for GetCloudAdminUserList {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let now = SystemTime::now();
        for account in ask_accounts(ps, |accounts| Ok(accounts.list()?)).await? {
            ps.write(CloudAdminUser::new(account, now)).await?;
        }
        Ok(())
    }
}

use std::time::SystemTime;

use audit::Kind;
use clixml::Secret;
use cmdlet::{Cmdlet, Ps, Run, Terminate};

use crate::audit_event;
use crate::cloud_admin::{CloudAdminUser, ask_accounts};

/// Creates an account that may enter the endpoint.
///
/// The name has no domain: letters, digits, '-', '_', '.' and blanks, 20 characters at most; letter case makes no other name. The
/// password must meet the endpoint's policy: by default 14 characters of three kinds, without the account's name.
///
/// # Examples
/// ```powershell
/// New-CloudAdminUser -UserName alice
/// ```
/// Asks for the password and creates the account alice.
///
/// ```powershell
/// New-CloudAdminUser -UserName $using:new.UserName -Password $using:new.Password
/// ```
/// Takes name and password from the credential $new of the client.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "New",
    noun = "CloudAdminUser",
    module = "PrivilegedEndpoint",
    output = "PrivilegedEndpoint.CloudAdminUser",
    role = "Operate"
)]
pub struct NewCloudAdminUser {
    /// The account's name, without a domain.
    #[parameter(mandatory, position = 0)]
    user_name: String,
    /// Its first password.
    #[parameter(mandatory, position = 1)]
    password: Secret,
}

impl Run for NewCloudAdminUser {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let (name, password, now) = (self.user_name.clone(), self.password.clone(), SystemTime::now());
        let account = ask_accounts(ps, move |accounts| accounts.create(&name, &password, now)).await?;
        audit_event::tell(ps, Kind::NewCloudAdminUser, &account.name);
        ps.write(CloudAdminUser::new(account, now)).await
    }
}

use clixml::Version;
use cmdlet::discover::format_data;
use cmdlet::{Cmdlet, Ps, Run, Terminate};

/// Returns the views of this endpoint's objects.
///
/// Import-PSSession asks for them, so that objects look on the client as they look here. Views of PowerShell's own types are not
/// among them: every client has those.
///
/// # Examples
/// ```powershell
/// Get-FormatData
/// ```
/// All views.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Get",
    noun = "FormatData",
    role = "Session",
    output = "System.Management.Automation.ExtendedTypeDefinition",
    help_uri = "https://go.microsoft.com/fwlink/?LinkID=144303"
)]
pub struct GetFormatData {
    /// Names of types. Wildcards are permitted.
    #[parameter(length(0, 1000), count(0, 1000), wildcards)]
    type_name: Vec<String>,
    /// The PowerShell version of the client. The views here suit every version.
    power_shell_version: Option<Version>,
}

impl Run for GetFormatData {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let _ = self.power_shell_version; // import-pssession.md 1.4: must be taken, changes nothing
        for definition in format_data(ps.table(), &self.type_name) {
            ps.write(definition).await?;
        }
        Ok(())
    }
}

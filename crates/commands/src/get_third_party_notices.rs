use cmdlet::{Cmdlet, Ps, Run, Terminate};

/// Made when this crate is built, by `build.rs`: first the list of packages, then each licence text with those it covers.
const NOTICES: &str = include_str!(concat!(env!("OUT_DIR"), "/third-party-notices.txt"));

/// Stands between the parts of [`NOTICES`].
const PART: char = '\u{c}';

/// Prints the licences of the software that this endpoint is made of.
///
/// First a list of all packages with their versions and licences, as one text; then each licence text, headed by the packages that
/// it covers.
///
/// # Examples
/// ```powershell
/// Get-ThirdPartyNotices
/// ```
/// All notices.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "ThirdPartyNotices", module = "PrivilegedEndpoint", output = "System.String")]
pub struct GetThirdPartyNotices {}

impl Run for GetThirdPartyNotices {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        for part in NOTICES.split(PART) {
            ps.write(part).await?;
        }
        Ok(())
    }
}

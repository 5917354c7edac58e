use clixml::{Object, Value};
use cmdlet::{Cmdlet, Ps, Run, Terminate};
use inventory::{InventorySource, Json};

use crate::stamp::read_inventory;

/// Gives the facts of the stamp.
///
/// One object: version, ids, region, domains, time zone (by its Windows name), name servers, the addresses of this endpoint
/// (EmergencyConsoleIPAddresses), and the addresses for tenants and administrators as objects of their own. They come from the
/// inventory of the endpoint, then from the vendor's AzureStackStampDeploymentInfo, then from what is seen of the host; members of the
/// vendor's file that the endpoint does not know are kept. A warning says where they come from if that is not plain.
///
/// # Examples
/// ```powershell
/// Get-AzureStackStampInformation
/// ```
/// All facts, as a list.
///
/// ```powershell
/// $stamp = Invoke-Command -Session $s { Get-AzureStackStampInformation -WarningAction SilentlyContinue }
/// $stamp.TenantExternalEndpoints.TenantPortal
/// ```
/// One of them, on the client's side.
///
/// ```powershell
/// Invoke-Command -Session $s { Get-AzureStackStampInformation } | ConvertTo-Json -Depth 5 | Set-Content AzureStackStampInformation.json
/// ```
/// Keeps them in a file.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Get",
    noun = "AzureStackStampInformation",
    module = "PrivilegedEndpoint",
    output = "PrivilegedEndpoint.StampInformation"
)]
pub struct GetAzureStackStampInformation {}

impl Run for GetAzureStackStampInformation {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let source = ps.service::<InventorySource>()?;
        let inventory = read_inventory(ps).await?;
        if inventory.derived.contains(&"stamp") {
            let where_to = source.file().map_or_else(
                || "The endpoint has no inventory".to_owned(),
                |file| format!("{} has no [stamp]", file.display()),
            );
            ps.warning(format!("{where_to}: these facts are what is seen of {}.", ps.session().computer)).await?;
        }
        for overruled in &inventory.stamp.overruled {
            ps.warning(format!("{overruled}.")).await?;
        }
        let Json::Object(facts) = inventory.information() else { return Ok(()) };
        let mut object = Object::with_type_names(TYPE_NAMES);
        object.extended = facts.iter().map(|(name, value)| (name.as_str(), to_value(value))).collect();
        ps.write(object).await
    }
}

const TYPE_NAMES: &[&str] =
    &["PrivilegedEndpoint.StampInformation", "System.Management.Automation.PSCustomObject", "System.Object"];

/// JSON as PowerShell's objects.
fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Whole(value) => i32::try_from(*value).map_or(Value::Int64(*value), Value::Int32),
        Json::Unsigned(value) => Value::UInt64(*value),
        Json::Number(value) => Value::Double(*value),
        Json::Text(text) => text.as_str().into(),
        Json::Array(items) if items.iter().all(|item| item.as_text().is_some()) => {
            Value::string_array(items.iter().filter_map(Json::as_text))
        }
        Json::Array(items) => Value::array(items.iter().map(to_value).collect()),
        Json::Object(members) => {
            let mut object = Object::custom();
            object.extended = members.iter().map(|(name, value)| (name.as_str(), to_value(value))).collect();
            object.into()
        }
    }
}

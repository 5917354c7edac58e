//! The facts of the stamp in the vendor's form: what `Get-AzureStackStampInformation` gives and `pepd stamp export` writes.

use crate::{DeploymentInfo, Endpoints, Inventory, Json, zones};

impl Inventory {
    /// An object with the vendor's property names. Facts that are live come first, in a fixed order, and null if they are not known;
    /// then what else the vendor's file holds, nested and in its order.
    pub fn information(&self) -> Json {
        let stamp = &self.stamp;
        let text = |text: &str| if text.is_empty() { Json::Null } else { Json::Text(text.to_owned()) };
        let texts = |texts: &[String]| Json::Array(texts.iter().map(|one| Json::Text(one.clone())).collect());
        let mut facts: Vec<(String, Json)> = vec![
            ("StampVersion".into(), text(&stamp.version)),
            ("CloudID".into(), text(&stamp.cloud_id.to_string())),
            ("DeploymentID".into(), text(&stamp.deployment_id.to_string())),
            ("RegionName".into(), text(&stamp.region)),
            ("DomainFQDN".into(), text(&stamp.domain)),
            ("DomainNetBIOSName".into(), text(&stamp.netbios_name)),
            ("ExternalDomainFQDN".into(), text(&stamp.external_domain)),
            ("Timezone".into(), text(zones::windows(&stamp.timezone))),
            ("NumberOfNodes".into(), Json::Whole(i64::try_from(self.nodes.len()).unwrap_or(i64::MAX))),
            ("EmergencyConsoleIPAddresses".into(), texts(&stamp.endpoints)),
            ("TimeServers".into(), texts(&stamp.time_servers)),
        ];
        for n in 0..stamp.dns.len().max(2) {
            let address = stamp.dns.get(n).map_or(Json::Null, |address| Json::Text(address.to_string()));
            facts.push((format!("ExternalDNSIPAddress{:02}", n + 1), address));
        }
        facts.push(("AADTenantID".into(), text(&stamp.tenant_id)));
        facts.push(("AADTenantName".into(), text(&stamp.tenant_name)));
        facts.push(self.endpoints("TenantExternalEndpoints", "Tenant", &stamp.tenant_endpoints));
        facts.push(self.endpoints("AdminExternalEndpoints", "Admin", &stamp.admin_endpoints));
        let vendor = stamp.deployment_info.as_ref().map(DeploymentInfo::members).unwrap_or_default();
        for (name, value) in vendor {
            if !facts.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                facts.push((name.clone(), value.clone()));
            }
        }
        Json::Object(facts)
    }

    fn endpoints(&self, name: &str, prefix: &str, endpoints: &Endpoints) -> (String, Json) {
        let text = |text: &str| if text.is_empty() { Json::Null } else { Json::Text(text.to_owned()) };
        let mut members = vec![
            (format!("{prefix}ResourceManager"), text(&endpoints.resource_manager)),
            (format!("{prefix}Hosting"), text(&endpoints.hosting)),
            (format!("{prefix}Portal"), text(&endpoints.portal)),
        ];
        let vendor = self.stamp.deployment_info.as_ref().and_then(|info| info.member(name));
        if let Some(Json::Object(more)) = vendor {
            let new =
                more.iter().filter(|(name, _)| !members.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)));
            let new: Vec<_> = new.cloned().collect();
            members.extend(new);
        }
        (name.to_owned(), Json::Object(members))
    }
}

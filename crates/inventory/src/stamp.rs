//! The facts of the stamp: those of the owner's file, then the vendor's, then this host's.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;

use diagnosis::Diagnosis;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::document::Table;
use crate::{DeploymentInfo, InventoryError, Json};

/// What the stamp is.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// Its name, which is typed to confirm that it is to be stopped.
    pub name: String,
    /// `RegionName`
    pub region: String,
    /// The zone that its times are meant in, by its IANA name.
    pub timezone: String,
    /// `DomainFQDN`
    pub domain: String,
    /// `DomainNetBIOSName`
    pub netbios_name: String,
    /// `ExternalDomainFQDN`
    pub external_domain: String,
    /// `StampVersion`
    pub version: String,
    /// `CloudID`
    pub cloud_id: Uuid,
    /// `DeploymentID`
    pub deployment_id: Uuid,
    /// `AADTenantID`; may be empty.
    pub tenant_id: String,
    /// `AADTenantName`; may be empty.
    pub tenant_name: String,
    /// Its name servers.
    pub dns: Vec<IpAddr>,
    /// Its time servers.
    pub time_servers: Vec<String>,
    /// Addresses of all instances of this endpoint.
    pub endpoints: Vec<String>,
    /// Addresses for tenants.
    pub tenant_endpoints: Endpoints,
    /// Addresses for administrators.
    pub admin_endpoints: Endpoints,
    /// What the vendor's file says, if there is one.
    pub deployment_info: Option<DeploymentInfo>,
    /// Where the vendor's file and the owner's differ; the owner's holds.
    pub overruled: Vec<String>,
    pub(crate) deployment_file: Option<PathBuf>,
    pub(crate) given: BTreeSet<&'static str>,
}

/// Three addresses; each may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the field's own names
pub struct Endpoints {
    pub resource_manager: String,
    pub hosting: String,
    pub portal: String,
}

impl Stamp {
    /// The zone that the stamp's times are meant in.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC)
    }

    /// Takes what the owner's file says.
    pub(crate) fn take(&mut self, table: &Table<'_, '_>) {
        let given = &mut self.given;
        let mut text = |key: &'static str, fact: &mut String| {
            if let Some(text) = table.text(key) {
                *fact = text;
                given.insert(key);
            }
        };
        text("name", &mut self.name);
        text("region", &mut self.region);
        text("domain", &mut self.domain);
        text("netbios_name", &mut self.netbios_name);
        text("external_domain", &mut self.external_domain);
        text("version", &mut self.version);
        text("tenant_name", &mut self.tenant_name);
        if let Some(zone) = table.parsed("timezone", parse_zone) {
            self.timezone = zone;
            self.given.insert("timezone");
        }
        for (key, fact) in [("cloud_id", &mut self.cloud_id), ("deployment_id", &mut self.deployment_id)] {
            if let Some(id) = table.parsed(key, parse_guid) {
                *fact = id;
                self.given.insert(key);
            }
        }
        if let Some(id) = table.parsed("tenant_id", parse_guid) {
            self.tenant_id = id.to_string();
            self.given.insert("tenant_id");
        }
        if let Some(dns) = table.all_parsed("dns", parse_address) {
            self.dns = dns;
            self.given.insert("dns");
        }
        for (key, fact) in [("time_servers", &mut self.time_servers), ("endpoints", &mut self.endpoints)] {
            if table.has(key) {
                *fact = table.plain_texts(key);
                self.given.insert(key);
            }
        }
        for (key, fact) in
            [("tenant_endpoints", &mut self.tenant_endpoints), ("admin_endpoints", &mut self.admin_endpoints)]
        {
            if let Some(table) = table.table(key) {
                let address = |key| table.parsed(key, parse_uri).unwrap_or_default();
                *fact = Endpoints {
                    resource_manager: address("resource_manager"),
                    hosting: address("hosting"),
                    portal: address("portal"),
                };
                self.given.insert(key);
            }
        }
        self.deployment_file = table.path("deployment_info");
    }

    /// Takes what the vendor's file says and the owner's does not.
    pub(crate) fn read_deployment_info(&mut self) -> Result<(), InventoryError> {
        match &self.deployment_file {
            Some(file) => self.merge(DeploymentInfo::read(file)?),
            None => Ok(()),
        }
    }

    pub(crate) fn merge(&mut self, info: DeploymentInfo) -> Result<(), InventoryError> {
        let mut merge = Merge { info: &info, given: &self.given, overruled: Vec::new(), mistakes: Vec::new() };
        let own = |text: &str| Ok(text.to_owned());
        merge.one("region", "RegionName", &mut self.region, own);
        merge.one("timezone", "Timezone", &mut self.timezone, parse_zone);
        merge.one("domain", "DomainFQDN", &mut self.domain, own);
        merge.one("netbios_name", "DomainNetBIOSName", &mut self.netbios_name, own);
        merge.one("external_domain", "ExternalDomainFQDN", &mut self.external_domain, own);
        merge.one("version", "StampVersion", &mut self.version, own);
        merge.one("cloud_id", "CloudID", &mut self.cloud_id, parse_guid);
        merge.one("deployment_id", "DeploymentID", &mut self.deployment_id, parse_guid);
        merge.one("tenant_id", "AADTenantID", &mut self.tenant_id, own);
        merge.one("tenant_name", "AADTenantName", &mut self.tenant_name, own);
        merge.list("endpoints", "EmergencyConsoleIPAddresses", &mut self.endpoints);
        merge.list("time_servers", "TimeServers", &mut self.time_servers);
        merge.name_servers(&mut self.dns);
        merge.endpoints("tenant_endpoints", "TenantExternalEndpoints", "Tenant", &mut self.tenant_endpoints);
        merge.endpoints("admin_endpoints", "AdminExternalEndpoints", "Admin", &mut self.admin_endpoints);
        let Merge { overruled, mistakes, .. } = merge;
        self.overruled = overruled;
        self.deployment_info = Some(info);
        if mistakes.is_empty() { Ok(()) } else { Err(InventoryError::Wrong(mistakes)) }
    }
}

/// The vendor's file over what was derived, and under what the owner's says.
struct Merge<'a> {
    info: &'a DeploymentInfo,
    given: &'a BTreeSet<&'static str>,
    overruled: Vec<String>,
    mistakes: Vec<Diagnosis>,
}

impl Merge<'_> {
    fn one<T: PartialEq>(&mut self, key: &str, member: &str, fact: &mut T, parse: impl Fn(&str) -> Result<T, String>) {
        let Some(value) = self.info.member(member).filter(|value| **value != Json::Null) else { return };
        let parsed = match value.as_text() {
            Some(text) => parse(text),
            None => Err(format!("`{member}` is a text, not {}", value.kind())),
        };
        match parsed {
            Ok(value) => self.settle(key, member, fact, value),
            Err(message) => self.mistakes.push(self.info.mistake(member, message)),
        }
    }

    fn settle<T: PartialEq>(&mut self, key: &str, member: &str, fact: &mut T, value: T) {
        if !self.given.contains(key) {
            *fact = value;
        } else if *fact != value {
            self.overruled.push(format!("`{key}` of the inventory holds, and not {member} of the vendor's file"));
        }
    }

    fn list(&mut self, key: &str, member: &str, fact: &mut Vec<String>) {
        let Some(value) = self.info.member(member).filter(|value| **value != Json::Null) else { return };
        let texts = match value {
            Json::Array(items) => {
                items.iter().map(|item| item.as_text().map(str::to_owned)).collect::<Option<Vec<_>>>()
            }
            Json::Text(text) => Some(vec![text.clone()]),
            _ => None,
        };
        match texts {
            Some(texts) => self.settle(key, member, fact, texts),
            None => self.mistakes.push(self.info.mistake(member, format!("`{member}` is a list of texts"))),
        }
    }

    fn name_servers(&mut self, fact: &mut Vec<IpAddr>) {
        let mut servers = Vec::new();
        for n in 1..=99 {
            let member = format!("ExternalDNSIPAddress{n:02}");
            let Some(value) = self.info.member(&member) else { break };
            match value.as_text().map(parse_address) {
                None if *value == Json::Null => {}
                Some(Ok(address)) => servers.push(address),
                _ => self.mistakes.push(self.info.mistake(&member, format!("`{member}` is the text of an address"))),
            }
        }
        if !servers.is_empty() {
            self.settle("dns", "ExternalDNSIPAddress01", fact, servers);
        }
    }

    fn endpoints(&mut self, key: &str, member: &str, prefix: &str, fact: &mut Endpoints) {
        let Some(value) = self.info.member(member).filter(|value| **value != Json::Null) else { return };
        if !matches!(value, Json::Object(_)) {
            let message = format!("`{member}` is an object, not {}", value.kind());
            self.mistakes.push(self.info.mistake(member, message));
            return;
        }
        let address = |name: &str| {
            value.member(&format!("{prefix}{name}")).and_then(Json::as_text).unwrap_or_default().to_owned()
        };
        let endpoints = Endpoints {
            resource_manager: address("ResourceManager"),
            hosting: address("Hosting"),
            portal: address("Portal"),
        };
        self.settle(key, member, fact, endpoints);
    }
}

fn parse_zone(text: &str) -> Result<String, String> {
    let name = crate::zones::iana(text).unwrap_or(text);
    match TimeZone::get(name) {
        Ok(zone) => Ok(zone.iana_name().unwrap_or(name).to_owned()),
        Err(_) => Err(format!("\"{text}\" is no time zone that this system knows")),
    }
}

fn parse_guid(text: &str) -> Result<Uuid, String> {
    Uuid::parse_str(text.trim()).map_err(|_| format!("\"{text}\" is no GUID"))
}

fn parse_address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("\"{text}\" is no address"))
}

fn parse_uri(text: &str) -> Result<String, String> {
    match text.split_once("://") {
        Some((scheme, rest)) if !rest.is_empty() && ["http", "https"].contains(&scheme) => Ok(text.to_owned()),
        _ => Err(format!("\"{text}\" is no address that begins with https://")),
    }
}

use super::expect;
use crate::envelope::{Element, Writer};
use crate::fault::Fault;
use crate::namespace::{Namespace, PROTOCOL};

/// A way of logging on that an authenticated Identify lists (MS-WSMV 3.1.4.1.23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityProfile {
    /// Negotiate over HTTP.
    HttpNegotiate,
    /// Negotiate over HTTPS.
    HttpsNegotiate,
    /// Basic over HTTPS.
    HttpsBasic,
    /// Client certificates.
    HttpsMutual,
}

impl SecurityProfile {
    /// The end of its URI.
    pub fn as_str(self) -> &'static str {
        match self {
            SecurityProfile::HttpNegotiate => "http/spnego-kerberos",
            SecurityProfile::HttpsNegotiate => "https/spnego-kerberos",
            SecurityProfile::HttpsBasic => "https/basic",
            SecurityProfile::HttpsMutual => "https/mutual",
        }
    }
}

const PROFILE: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/";
/// Scripts look for this to tell WSMan from DCOM.
const STACK: &str = "Stack: 3.0";

/// What server this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifyResponse {
    /// Who made it.
    pub vendor: String,
    /// Its version; strangers get none.
    pub version: Option<String>,
    /// How one can log on; strangers get none.
    pub profiles: Vec<SecurityProfile>,
}

impl IdentifyResponse {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let namespace = Namespace::Identity;
        writer.open("wsmid:IdentifyResponse", &[("xmlns:wsmid", namespace.uri())]);
        writer.leaf("wsmid:ProtocolVersion", PROTOCOL);
        writer.leaf("wsmid:ProductVendor", &self.vendor);
        let version = self.version.as_deref().unwrap_or("0.0.0");
        writer.leaf("wsmid:ProductVersion", &format!("OS: {version} SP: 0.0 {STACK}"));
        if !self.profiles.is_empty() {
            writer.open("wsmid:SecurityProfiles", &[]);
            for profile in &self.profiles {
                writer.leaf("wsmid:SecurityProfileName", &format!("{PROFILE}{}", profile.as_str()));
            }
            writer.close("wsmid:SecurityProfiles");
        }
        writer.close("wsmid:IdentifyResponse");
    }

    pub(crate) fn read(body: &Element<'_>) -> Result<IdentifyResponse, Fault> {
        let response = expect(body, &Namespace::Identity, "IdentifyResponse")?;
        let text = |name| response.child_text(&Namespace::Identity, name).unwrap_or_default();
        let version = text("ProductVersion").trim_start_matches("OS: ");
        let version = version.split_once(' ').map_or(version, |(first, _)| first);
        let profiles = response.child(&Namespace::Identity, "SecurityProfiles").map(|profiles| {
            use SecurityProfile as P;
            let all = [P::HttpNegotiate, P::HttpsNegotiate, P::HttpsBasic, P::HttpsMutual];
            let named = profiles.children_named(&Namespace::Identity, "SecurityProfileName");
            named
                .filter_map(|name| name.text().strip_prefix(PROFILE))
                .filter_map(|name| all.into_iter().find(|profile| profile.as_str() == name))
                .collect()
        });
        Ok(IdentifyResponse {
            vendor: text("ProductVendor").to_owned(),
            version: Some(version).filter(|v| *v != "0.0.0" && !v.is_empty()).map(str::to_owned),
            profiles: profiles.unwrap_or_default(),
        })
    }
}

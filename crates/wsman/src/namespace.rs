//! The namespaces and URIs of WS-Management.

use std::sync::Arc;

/// The namespaces of WS-Management, resolved once. Everything is compared by these, never by prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespace {
    /// No namespace.
    None,
    /// SOAP 1.2.
    Soap,
    /// SOAP 1.1, known only to be refused.
    Soap11,
    /// WS-Addressing, 2004/08.
    Addressing,
    /// DMTF WS-Management.
    Wsman,
    /// Microsoft's additions to it.
    MsWsman,
    /// The remote shell.
    Shell,
    /// WS-Transfer.
    Transfer,
    /// WS-Enumeration.
    Enumeration,
    /// WS-Eventing.
    Eventing,
    /// The detail of a fault.
    WsmanFault,
    /// Identify.
    Identity,
    /// `creationXml` and its likes.
    PowerShell,
    /// `winrm/config`.
    Config,
    /// The `xml` prefix.
    Xml,
    /// Anything else.
    Other(Arc<str>),
}

impl Namespace {
    /// The namespace of a URI.
    pub fn of(uri: &str) -> Namespace {
        for (namespace, _, known) in TABLE {
            if *known == uri {
                return namespace.clone();
            }
        }
        if uri.is_empty() { Namespace::None } else { Namespace::Other(uri.into()) }
    }

    /// Its URI.
    pub fn uri(&self) -> &str {
        if let Namespace::Other(uri) = self {
            return uri;
        }
        TABLE.iter().find(|(namespace, _, _)| namespace == self).map_or("", |(_, _, uri)| uri)
    }

    /// The prefix that Windows gives it.
    pub fn prefix(&self) -> &'static str {
        TABLE.iter().find(|(namespace, _, _)| namespace == self).map_or("", |(_, prefix, _)| prefix)
    }
}

const TABLE: &[(Namespace, &str, &str)] = &[
    (Namespace::Soap, "s", "http://www.w3.org/2003/05/soap-envelope"),
    (Namespace::Soap11, "soap11", "http://schemas.xmlsoap.org/soap/envelope/"),
    (Namespace::Addressing, "a", "http://schemas.xmlsoap.org/ws/2004/08/addressing"),
    (Namespace::Wsman, "w", "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"),
    (Namespace::MsWsman, "p", "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"),
    (Namespace::Shell, "rsp", SHELL),
    (Namespace::Transfer, "x", "http://schemas.xmlsoap.org/ws/2004/09/transfer"),
    (Namespace::Enumeration, "n", "http://schemas.xmlsoap.org/ws/2004/09/enumeration"),
    (Namespace::Eventing, "e", "http://schemas.xmlsoap.org/ws/2004/08/eventing"),
    (Namespace::WsmanFault, "f", "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"),
    (Namespace::Identity, "wsmid", "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"),
    (Namespace::PowerShell, "ps", POWERSHELL),
    (Namespace::Config, "cfg", CONFIG),
    (Namespace::Xml, "xml", "http://www.w3.org/XML/1998/namespace"),
];

/// The remote shell: namespace, resource and head of its actions at once.
pub(crate) const SHELL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
/// Head of the resource URIs of session configurations, and the namespace of `creationXml`.
pub(crate) const POWERSHELL: &str = "http://schemas.microsoft.com/powershell";
/// The configuration of the service.
pub(crate) const CONFIG: &str = "http://schemas.microsoft.com/wbem/wsman/1/config";
/// The only reply address there is.
pub(crate) const ANONYMOUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
/// Head of `w:FaultDetail`.
pub(crate) const FAULT_DETAIL: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/";
/// What `wsmid:ProtocolVersion` says.
pub(crate) const PROTOCOL: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
/// The dialect of the filter by selectors.
pub(crate) const SELECTOR_FILTER: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter";

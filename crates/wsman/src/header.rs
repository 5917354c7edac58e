//! The header of a request.

use std::sync::Arc;
use std::time::Duration;

use crate::action::Action;
use crate::duration;
use crate::envelope::{Element, Writer, is_true};
use crate::fault::{Fault, LocaleHeader, QualifiedName};
use crate::id::{MessageId, ShellId};
use crate::namespace::{ANONYMOUS, Namespace};
use crate::resource::Resource;

/// The least `w:MaxEnvelopeSize` that a client may ask for.
pub const LEAST_ENVELOPE: u32 = 8192;
const MOST_SELECTORS: usize = 8;
const MOST_OPTIONS: usize = 64;
const LONGEST_URI: usize = 2048;

/// What the header of a request says, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `a:To`; whatever it says is right.
    pub to: String,
    /// `a:MessageID`.
    pub message_id: MessageId,
    /// `w:ResourceURI`.
    pub resource: Resource,
    /// The selector `ShellId`.
    pub shell: ShellSelector,
    /// `w:MaxEnvelopeSize`: octets of the answer. Absent is no limit of the client's.
    pub max_envelope_size: Option<u32>,
    /// `w:OperationTimeout`.
    pub operation_timeout: Option<Duration>,
    /// `w:Locale`.
    pub locale: Option<String>,
    /// `p:DataLocale`.
    pub data_locale: Option<String>,
    /// `p:SessionId`: which client instance.
    pub session_id: Option<Arc<str>>,
    /// `p:OperationID`.
    pub operation_id: Option<OperationId>,
    /// `w:OptionSet`.
    pub options: Vec<HeaderOption>,
    /// `rsp:CompressionType` is `xpress`.
    pub compression: bool,
}

/// The selector `ShellId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellSelector {
    /// There is none.
    Missing,
    /// It is no id, so there is no such shell.
    Unknown,
    /// This shell.
    Id(ShellId),
}

/// `p:OperationID` of robust connections (MS-WSMV 3.1.4.1.39).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationId {
    /// The id.
    pub id: Arc<str>,
    /// Whether the request was sent before: that is what `mustUnderstand` means here.
    pub retransmission: bool,
}

/// `w:Option`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderOption {
    /// Its name.
    pub name: String,
    /// Its value; may be empty.
    pub value: String,
    /// Whether it must be complied with.
    pub must_comply: bool,
}

impl Header {
    /// A header with what every request has.
    pub fn new(to: &str, resource: Resource) -> Header {
        Header {
            to: to.to_owned(),
            message_id: MessageId::new(),
            resource,
            shell: ShellSelector::Missing,
            max_envelope_size: None,
            operation_timeout: None,
            locale: None,
            data_locale: None,
            session_id: None,
            operation_id: None,
            options: Vec::new(),
            compression: false,
        }
    }

    /// The value of the option of this name, its letter case included.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|option| option.name == name).map(|option| option.value.as_str())
    }

    /// Reads `s:Header` and the action. The MessageID was read before: a fault needs it.
    pub(crate) fn read(header: &Element<'_>, message_id: MessageId) -> Result<(Header, Action), Fault> {
        understand(header)?;
        let action = required(header, "Action", "a:Action")?;
        let action = Action::of(action.text()).ok_or(Fault::ActionNotSupported)?;
        let to = required(header, "To", "a:To")?.text().to_owned();
        reply_address(Some(required(header, "ReplyTo", "a:ReplyTo")?))?;
        reply_address(header.child(&Namespace::Addressing, "FaultTo"))?;
        let wsman = Namespace::Wsman;
        if header.child(&wsman, "FragmentTransfer").is_some() {
            return Err(Fault::FragmentTransfer);
        }
        let uri = header.child_text(&wsman, "ResourceURI").ok_or(Fault::HeaderRequired("w:ResourceURI"))?;
        if uri.len() > LONGEST_URI {
            return Err(Fault::UriTooLong);
        }
        let max_envelope_size = match header.child_text(&wsman, "MaxEnvelopeSize") {
            // Larger than a u32 is as good as no limit.
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() => {
                Some(text.parse::<u32>().unwrap_or(u32::MAX))
            }
            Some(_) => return Err(Fault::InvalidHeader("w:MaxEnvelopeSize")),
            None => None,
        };
        if max_envelope_size.is_some_and(|size| size < LEAST_ENVELOPE) {
            return Err(Fault::EnvelopeTooSmall);
        }
        let operation_timeout = match header.child_text(&wsman, "OperationTimeout") {
            Some(text) => Some(duration::parse(text).map_err(|_| Fault::InvalidHeader("w:OperationTimeout"))?),
            None => None,
        };
        let private = Namespace::MsWsman;
        for name in ["ActivityId", "SessionId", "OperationID"] {
            if header.child_text(&private, name).is_some_and(|id| id.len() > 2048) {
                return Err(Fault::InvalidHeader(name));
            }
        }
        let operation_id = header
            .child(&private, "OperationID")
            .map(|id| OperationId { id: id.text().into(), retransmission: id.must_understand() });
        let header = Header {
            to,
            message_id,
            resource: Resource::of(uri),
            shell: shell_selector(header.child(&wsman, "SelectorSet"))?,
            max_envelope_size,
            operation_timeout,
            locale: language(header.child(&wsman, "Locale"), LocaleHeader::Locale)?,
            data_locale: language(header.child(&private, "DataLocale"), LocaleHeader::DataLocale)?,
            session_id: header.child_text(&private, "SessionId").filter(|id| !id.is_empty()).map(Arc::from),
            operation_id,
            options: options(header.child(&wsman, "OptionSet"))?,
            compression: compression(header.child(&Namespace::Shell, "CompressionType"))?,
        };
        Ok((header, action))
    }

    /// Writes the header in the order of Windows' client.
    pub(crate) fn write(&self, action: Action, writer: &mut Writer) {
        const MUST: [(&str, &str); 1] = [("s:mustUnderstand", "true")];
        let resource = self.resource.to_string();
        let on_shell = matches!(self.shell, ShellSelector::Id(_));
        writer.open("s:Header", &[]);
        writer.leaf("a:To", &self.to);
        if !on_shell {
            writer.leaf_with("w:ResourceURI", &MUST, &resource);
        }
        writer.open("a:ReplyTo", &[]);
        writer.leaf_with("a:Address", &MUST, ANONYMOUS);
        writer.close("a:ReplyTo");
        writer.leaf_with("a:Action", &MUST, &action.uri());
        if let Some(size) = self.max_envelope_size {
            writer.leaf_with("w:MaxEnvelopeSize", &MUST, &size.to_string());
        }
        writer.leaf("a:MessageID", self.message_id.as_str());
        for (name, language) in [("w:Locale", &self.locale), ("p:DataLocale", &self.data_locale)] {
            if let Some(language) = language {
                writer.empty(name, &[("xml:lang", language), ("s:mustUnderstand", "false")]);
            }
        }
        if let Some(session) = &self.session_id {
            writer.leaf_with("p:SessionId", &[("s:mustUnderstand", "false")], session);
        }
        if on_shell {
            writer.leaf_with("w:ResourceURI", &MUST, &resource);
        }
        if let ShellSelector::Id(id) = self.shell {
            writer.open("w:SelectorSet", &[]);
            writer.leaf_with("w:Selector", &[("Name", "ShellId")], &id.to_string());
            writer.close("w:SelectorSet");
        }
        if !self.options.is_empty() {
            writer.open("w:OptionSet", &MUST);
            for option in &self.options {
                let must_comply = if option.must_comply { "true" } else { "false" };
                writer.leaf_with("w:Option", &[("Name", &option.name), ("MustComply", must_comply)], &option.value);
            }
            writer.close("w:OptionSet");
        }
        if let Some(timeout) = self.operation_timeout {
            writer.leaf("w:OperationTimeout", &duration::in_seconds(timeout));
        }
        if self.compression {
            writer.leaf_with("rsp:CompressionType", &MUST, "xpress");
        }
        writer.close("s:Header");
    }
}

const KNOWN: &[(Namespace, &[&str])] = &[
    (Namespace::Addressing, &["To", "Action", "MessageID", "ReplyTo", "FaultTo", "From", "RelatesTo"]),
    (
        Namespace::Wsman,
        &[
            "ResourceURI",
            "SelectorSet",
            "MaxEnvelopeSize",
            "OperationTimeout",
            "Locale",
            "OptionSet",
            "RequestEPR",
            "FragmentTransfer",
            "RequestTotalItemsCountEstimate",
        ],
    ),
    (Namespace::MsWsman, &["DataLocale", "SessionId", "OperationID", "SequenceId", "ActivityId"]),
    (Namespace::Shell, &["CompressionType"]),
];

/// SOAP 1.2 part 1, 2.4: what must be understood and is not known is a fault.
fn understand(header: &Element<'_>) -> Result<(), Fault> {
    for child in header.children() {
        let known = KNOWN.iter().any(|(n, names)| child.namespace() == n && names.contains(&child.local()));
        if !known && child.must_understand() {
            return Err(Fault::NotUnderstood(qualified_name(child)));
        }
    }
    Ok(())
}

fn qualified_name(element: &Element<'_>) -> QualifiedName {
    QualifiedName {
        prefix: element.prefix.to_string(),
        namespace: element.namespace.uri().to_owned(),
        local: element.local.to_string(),
    }
}

fn required<'e, 'a>(header: &'e Element<'a>, local: &str, name: &'static str) -> Result<&'e Element<'a>, Fault> {
    header.child(&Namespace::Addressing, local).ok_or(Fault::HeaderRequired(name))
}

/// Answers go back on the same connection only. Some print the address with a slash at its end.
fn reply_address(element: Option<&Element<'_>>) -> Result<(), Fault> {
    let Some(element) = element else { return Ok(()) };
    let address = element.child_text(&Namespace::Addressing, "Address").unwrap_or_default();
    if address.strip_suffix('/').unwrap_or(address) == ANONYMOUS { Ok(()) } else { Err(Fault::AddressingMode) }
}

fn shell_selector(set: Option<&Element<'_>>) -> Result<ShellSelector, Fault> {
    let Some(set) = set else { return Ok(ShellSelector::Missing) };
    let mut found = ShellSelector::Missing;
    for (n, selector) in set.children_named(&Namespace::Wsman, "Selector").enumerate() {
        if n >= MOST_SELECTORS {
            return Err(Fault::TooManySelectors);
        }
        if selector.attribute("Name").is_some_and(|name| name.trim().eq_ignore_ascii_case("ShellId")) {
            if found != ShellSelector::Missing {
                return Err(Fault::DuplicateSelectors);
            }
            found = ShellId::parse(selector.text()).map_or(ShellSelector::Unknown, ShellSelector::Id);
        }
    }
    Ok(found)
}

fn options(set: Option<&Element<'_>>) -> Result<Vec<HeaderOption>, Fault> {
    let Some(set) = set else { return Ok(Vec::new()) };
    let mut options = Vec::new();
    for option in set.children_named(&Namespace::Wsman, "Option") {
        if options.len() >= MOST_OPTIONS {
            return Err(Fault::TooManyOptions);
        }
        let name = option.attribute("Name").filter(|name| !name.is_empty()).ok_or(Fault::OptionName)?;
        let must_comply = option.attribute("MustComply").or_else(|| option.attribute("mustComply"));
        options.push(HeaderOption {
            name: name.to_owned(),
            value: option.text().to_owned(),
            must_comply: must_comply.is_some_and(is_true),
        });
    }
    Ok(options)
}

fn language(element: Option<&Element<'_>>, which: LocaleHeader) -> Result<Option<String>, Fault> {
    let Some(element) = element else { return Ok(None) };
    if element.must_understand() {
        return Err(Fault::Locale(which));
    }
    let language = element.attribute_of(&Namespace::Xml, "lang").map(str::trim);
    Ok(language.filter(|l| !l.is_empty() && l.len() <= 85).map(str::to_owned))
}

/// The client compresses from now on, whatever we answer: what we cannot read must be refused here.
fn compression(element: Option<&Element<'_>>) -> Result<bool, Fault> {
    let Some(element) = element else { return Ok(false) };
    if element.text().eq_ignore_ascii_case("xpress") {
        return Ok(true);
    }
    Err(Fault::NotUnderstood(qualified_name(element)))
}

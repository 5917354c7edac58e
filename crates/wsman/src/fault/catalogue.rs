use super::{Fault, LocaleHeader};

/// Who is to blame, and what SOAP itself complains about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoapCode {
    /// The client.
    Sender,
    /// The server.
    Receiver,
    /// A header that must be understood and is not.
    MustUnderstand,
    /// Not this version of SOAP.
    VersionMismatch,
}

impl SoapCode {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Sender => "s:Sender",
            Receiver => "s:Receiver",
            MustUnderstand => "s:MustUnderstand",
            VersionMismatch => "s:VersionMismatch",
        }
    }
}

/// The `a:Action` of a fault. Some clients take an answer without one of these for garbage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultAction {
    /// WS-Management's.
    Wsman,
    /// WS-Addressing's.
    Addressing,
    /// WS-Enumeration's.
    Enumeration,
}

impl FaultAction {
    /// Its URI.
    pub fn uri(self) -> &'static str {
        match self {
            Wsman => "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
            Addressing => "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault",
            Enumeration => "http://schemas.xmlsoap.org/ws/2004/09/enumeration/fault",
        }
    }
}

/// What a fault is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// `s:Code/s:Value`.
    pub code: SoapCode,
    /// `s:Subcode/s:Value`.
    pub subcode: Option<&'static str>,
    /// The end of `w:FaultDetail`.
    pub detail: Option<&'static str>,
    /// The `Code` of `f:WSManFault`, which decides what clients do.
    pub number: u32,
    /// `a:Action`.
    pub action: FaultAction,
    /// A general text.
    pub reason: &'static str,
    /// Whether PowerShell's plug-in would report it, in an `f:ProviderFault`.
    pub provider: bool,
}

/// The numbers that a client acts upon.
pub mod code {
    /// Ask again.
    pub const TIMED_OUT: u32 = 0x8033_8029;
    /// The shell is closed.
    pub const ABORTED: u32 = 995;
    /// No such shell or command.
    pub const INVALID_SELECTORS: u32 = 0x8033_805B;
    /// The shell is disconnected.
    pub const SHELL_DISCONNECTED: u32 = 0x8033_81C4;
    /// The stream ended with a disconnect.
    pub const STREAM_DISCONNECTED: u32 = 0x8033_81DE;
    /// Not allowed.
    pub const ACCESS_DENIED: u32 = 5;
    /// No such session configuration.
    pub const UNKNOWN_RESOURCE: u32 = 0x8033_803B;
    /// Anything unexpected.
    pub const INTERNAL: u32 = 1359;
}

use FaultAction::{Addressing, Enumeration, Wsman};
use SoapCode::{MustUnderstand, Receiver, Sender, VersionMismatch};

const fn row(code: SoapCode, subcode: &'static str, number: u32, action: FaultAction, reason: &'static str) -> Row {
    Row { code, subcode: Some(subcode), detail: None, number, action, reason, provider: false }
}

const fn wsman(code: SoapCode, subcode: &'static str, number: u32, reason: &'static str) -> Row {
    row(code, subcode, number, Wsman, reason)
}

const fn plugin(number: u32, reason: &'static str) -> Row {
    let mut row = wsman(Receiver, INTERNAL, number, reason);
    row.provider = true;
    row
}

impl Row {
    const fn with(mut self, detail: &'static str) -> Row {
        self.detail = Some(detail);
        self
    }

    const fn bare(mut self) -> Row {
        self.subcode = None;
        self
    }
}

const SELECTORS: &str = "w:InvalidSelectors";
const UNREACHABLE: &str = "a:DestinationUnreachable";
const ACTION: &str = "a:ActionNotSupported";
const FEATURE: &str = "w:UnsupportedFeature";
const ENCODING: &str = "w:EncodingLimit";
const OPTIONS: &str = "w:InvalidOptions";
const QUOTA: &str = "w:QuotaLimit";
const INTERNAL: &str = "w:InternalError";
const PARAMETER: &str = "w:InvalidParameter";
const HEADER: &str = "a:InvalidMessageInformationHeader";

impl Fault {
    /// Its row of the catalogue.
    pub fn row(&self) -> Row {
        match self {
            Fault::TimedOut => wsman(Receiver, "w:TimedOut", 0x8033_8029, "The operation did not complete within the time of OperationTimeout."),
            Fault::AccessDenied => wsman(Sender, "w:AccessDenied", 5, "Access is denied."),
            Fault::ShellNotFound => wsman(Sender, SELECTORS, 0x8033_805B, "The request contains invalid selectors: there is no such shell.").with("UnexpectedSelectors"),
            Fault::CommandNotFound => wsman(Sender, SELECTORS, 0x8033_805B, "The request is for a command identifier that does not exist: the command is complete, or the identifier is wrong.").with("UnexpectedSelectors"),
            Fault::SelectorMissing => wsman(Sender, SELECTORS, 0x8033_805A, "The request needs the selector ShellId.").with("InsufficientSelectors"),
            Fault::DuplicateSelectors => wsman(Sender, SELECTORS, 0x8033_805F, "The request contains a selector twice.").with("DuplicateSelectors"),
            Fault::UnknownResource => row(Sender, UNREACHABLE, 0x8033_803B, Addressing, "There is no session configuration, nor another resource, of that name on this server.").with("InvalidResourceURI"),
            Fault::ResourceGone => row(Sender, UNREACHABLE, 0x8033_8000, Addressing, "The resource is no longer there.").with("InvalidResourceURI"),
            Fault::ActionNotSupported => row(Sender, ACTION, 0x8033_8013, Addressing, "The action is not supported."),
            Fault::ActionMismatch => row(Sender, ACTION, 0x8033_8031, Addressing, "The body does not belong to the action.").with("ActionMismatch"),
            Fault::InvalidAction => row(Sender, ACTION, 0x8033_8001, Addressing, "The action is not valid."),
            Fault::NotUnderstood(_) => row(MustUnderstand, "", 0x8033_8010, Addressing, "A header that must be understood is not understood.").bare(),
            Fault::VersionMismatch => row(VersionMismatch, "", 0x8033_800D, Addressing, "The request is not SOAP 1.2.").bare(),
            Fault::HeaderRequired(_) => row(Sender, "a:MessageInformationHeaderRequired", 0x8033_8011, Addressing, "A required header is missing."),
            Fault::InvalidHeader(_) => row(Sender, HEADER, 0x8033_800F, Addressing, "A header is not valid."),
            Fault::InvalidTimeout => wsman(Sender, HEADER, 0x8033_8081, "The OperationTimeout is not valid.").with("InvalidTimeout"),
            Fault::AddressingMode => wsman(Sender, FEATURE, 0x8033_8076, "Answers go to the anonymous address only.").with("AddressingMode"),
            Fault::Locale(LocaleHeader::Locale) => wsman(Sender, FEATURE, 0x8033_8087, "The locale is not supported.").with("Locale"),
            Fault::Locale(LocaleHeader::DataLocale) => wsman(Sender, FEATURE, 0x8033_8087, "The locale is not supported.").with("DataLocale"),
            Fault::FragmentTransfer => wsman(Sender, FEATURE, 0x8033_8077, "Access to parts of a resource is not supported.").with("FragmentLevelAccess"),
            Fault::UnsupportedFeature => wsman(Sender, FEATURE, 0x8033_8042, "The request asks for something that is not supported."),
            Fault::EnvelopeTooSmall => wsman(Sender, ENCODING, 0x8033_807E, "MaxEnvelopeSize is below 8192.").with("MinimumEnvelopeLimit"),
            Fault::ResponseTooLarge => wsman(Sender, ENCODING, 0x8033_8048, "The answer does not fit into MaxEnvelopeSize.").with("MaxEnvelopeSizeExceeded"),
            Fault::RequestTooLarge => wsman(Sender, ENCODING, 0x8033_8049, "The request is larger than the service allows.").with("ServiceEnvelopeLimit"),
            Fault::UriTooLong => wsman(Sender, ENCODING, 0x8033_802D, "The resource URI is too long.").with("URILimitExceeded"),
            Fault::TooManySelectors => wsman(Sender, ENCODING, 0x8033_804A, "There are too many selectors.").with("SelectorLimit"),
            Fault::TooManyOptions => wsman(Sender, ENCODING, 0x8033_804B, "There are too many options.").with("OptionLimit"),
            Fault::CharacterSet => wsman(Sender, ENCODING, 0x8033_804C, "The character set is not supported.").with("CharacterSet"),
            Fault::OptionNotSupported(_) => wsman(Sender, OPTIONS, 0x8033_8051, "An option is not supported.").with("NotSupported"),
            Fault::OptionName => wsman(Sender, OPTIONS, 0x8033_8052, "An option has no valid name.").with("InvalidName"),
            Fault::OptionValue(_) => wsman(Sender, OPTIONS, 0x8033_8053, "An option has no valid value.").with("InvalidValue"),
            Fault::Schema(_) => wsman(Sender, "w:SchemaValidationError", 0x8033_8041, "The request does not follow the schema."),
            Fault::NotWellFormed(_) => wsman(Sender, INTERNAL, 0x8033_8043, "The request is not well-formed XML.").with("Invalid"),
            Fault::InvalidParameter(_) => wsman(Sender, PARAMETER, 87, "The parameter is incorrect.").with("InvalidValue"),
            Fault::FilteringNotSupported => row(Sender, "n:FilteringNotSupported", 0x8033_8018, Enumeration, "Filters are not supported for this resource."),
            Fault::FilterDialect => row(Sender, "n:FilterDialectRequestedUnavailable", 0x8033_8019, Enumeration, "The dialect of the filter is not supported."),
            Fault::FilterRequired => wsman(Sender, PARAMETER, 0x8033_81C0, "An enumeration of commands needs a filter with the selector ShellId.").with("InvalidValue"),
            Fault::EnumerationContext => row(Receiver, "n:InvalidEnumerationContext", 0x8033_801B, Enumeration, "The enumeration context is not valid."),
            Fault::ShellsPerUser(_) => wsman(Sender, QUOTA, 0x8033_81A5, "This user has the maximum number of concurrent shells already. Close one, or wait until it times out."),
            Fault::Operations => wsman(Sender, QUOTA, 0x8033_81A6, "This user has the maximum number of concurrent operations already."),
            Fault::UserQuota => wsman(Sender, QUOTA, 0x8033_81A7, "The quota of this user is used up."),
            Fault::SystemQuota => wsman(Sender, QUOTA, 0x8033_81A8, "The quota of the system is used up."),
            Fault::Users(_) => wsman(Sender, QUOTA, 0x8033_81AB, "The maximum number of concurrent users have shells already."),
            Fault::PluginShellsPerUser(_) => wsman(Sender, QUOTA, 0x8033_81E4, "This user has the maximum number of concurrent shells of this session configuration already."),
            Fault::PluginUsers(_) => wsman(Sender, QUOTA, 0x8033_81E5, "The maximum number of concurrent users of this session configuration have shells already."),
            Fault::PluginShells(_) => wsman(Sender, QUOTA, 0x8033_81E6, "This session configuration has the maximum number of concurrent shells already."),
            Fault::PluginOperations(_) => wsman(Sender, QUOTA, 0x8033_81E7, "This session configuration has the maximum number of concurrent operations already."),
            Fault::PluginOperationsPerUser(_) => wsman(Sender, QUOTA, 0x8033_81E8, "This user has the maximum number of concurrent operations of this session configuration already."),
            Fault::CommandsPerShell(_) => wsman(Sender, QUOTA, 0x8033_81E9, "The shell has the maximum number of concurrent commands already."),
            Fault::ShellsDisabled => wsman(Receiver, INTERNAL, 0x8033_81AC, "Remote shells are switched off on this server."),
            Fault::ShellDisconnected => wsman(Receiver, INTERNAL, 0x8033_81C4, "The shell is disconnected."),
            Fault::DisconnectNotSupported => wsman(Receiver, INTERNAL, 0x8033_81C5, "This shell cannot be disconnected: its client did not choose its id."),
            Fault::SessionIdMismatch => wsman(Receiver, INTERNAL, 0x8033_81C6, "The shell belongs to another client instance."),
            Fault::ConnectedElsewhere => wsman(Receiver, INTERNAL, 0x8033_81CD, "The shell is connected to a different client."),
            Fault::DisconnectInvalid => wsman(Receiver, INTERNAL, 0x8033_81CF, "The shell cannot be disconnected now."),
            Fault::ReconnectInvalid => wsman(Receiver, INTERNAL, 0x8033_81D0, "The shell cannot be reconnected now."),
            Fault::StreamDisconnected => wsman(Receiver, INTERNAL, 0x8033_81DE, "The stream is currently disconnected."),
            Fault::Aborted => wsman(Receiver, INTERNAL, 995, "The operation was aborted because the shell is closed."),
            Fault::Cancelled => wsman(Receiver, INTERNAL, 1223, "The operation was cancelled."),
            Fault::DuplicateShellId => wsman(Sender, INTERNAL, 0x8033_81D7, "There is a shell with that identifier already."),
            Fault::DuplicateCommandId => wsman(Sender, INTERNAL, 0x8033_81D6, "There is a command with that identifier already."),
            Fault::InvalidShellId => wsman(Sender, PARAMETER, 0x8033_81D5, "The identifier of the shell is not valid."),
            Fault::InvalidCommandId => wsman(Sender, PARAMETER, 0x8033_81D4, "The identifier of the command is not valid."),
            Fault::IdleTimeout { .. } => wsman(Sender, PARAMETER, 0x8033_81F2, "The idle time-out is out of bounds."),
            Fault::MessageIdInUse => wsman(Receiver, INTERNAL, 1359, "An operation with this MessageID still runs."),
            Fault::Internal(_) => wsman(Receiver, INTERNAL, 1359, "The service has failed to process the request."),
            Fault::ProtocolVersionMissing => plugin(0x8054_0BC7, "The option protocolversion is missing."),
            Fault::ProtocolVersion { .. } => plugin(0x8054_0BC5, "The protocol version that the client asks for is not supported."),
            Fault::PluginOption(_) => plugin(0x8054_0BC6, "An option that must be complied with is not known."),
            Fault::InputStream => plugin(0x8054_0BBE, "Only the input streams stdin and pr are supported."),
            Fault::OutputStream => plugin(0x8054_0BC0, "Only the output stream stdout is supported."),
            Fault::Arguments => plugin(0x8054_0BC4, "A command has exactly one argument."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every fault that the server can raise, once, with the row it has in the published tables: code, subcode, detail,
    /// decimal number, action.
    #[test]
    fn w_090_every_fault_has_the_row_of_the_catalogue() {
        use Fault as F;
        let all = [
            (F::TimedOut, "Receiver w:TimedOut - 2150858793 A"),
            (F::AccessDenied, "Sender w:AccessDenied - 5 A"),
            (F::ShellNotFound, "Sender w:InvalidSelectors UnexpectedSelectors 2150858843 A"),
            (F::CommandNotFound, "Sender w:InvalidSelectors UnexpectedSelectors 2150858843 A"),
            (F::SelectorMissing, "Sender w:InvalidSelectors InsufficientSelectors 2150858842 A"),
            (F::DuplicateSelectors, "Sender w:InvalidSelectors DuplicateSelectors 2150858847 A"),
            (F::UnknownResource, "Sender a:DestinationUnreachable InvalidResourceURI 2150858811 B"),
            (F::ResourceGone, "Sender a:DestinationUnreachable InvalidResourceURI 2150858752 B"),
            (F::ActionNotSupported, "Sender a:ActionNotSupported - 2150858771 B"),
            (F::ActionMismatch, "Sender a:ActionNotSupported ActionMismatch 2150858801 B"),
            (F::InvalidAction, "Sender a:ActionNotSupported - 2150858753 B"),
            (F::VersionMismatch, "VersionMismatch - - 2150858765 B"),
            (F::HeaderRequired("a:To"), "Sender a:MessageInformationHeaderRequired - 2150858769 B"),
            (F::InvalidHeader("a:To"), "Sender a:InvalidMessageInformationHeader - 2150858767 B"),
            (F::InvalidTimeout, "Sender a:InvalidMessageInformationHeader InvalidTimeout 2150858881 A"),
            (F::AddressingMode, "Sender w:UnsupportedFeature AddressingMode 2150858870 A"),
            (F::Locale(LocaleHeader::Locale), "Sender w:UnsupportedFeature Locale 2150858887 A"),
            (F::Locale(LocaleHeader::DataLocale), "Sender w:UnsupportedFeature DataLocale 2150858887 A"),
            (F::FragmentTransfer, "Sender w:UnsupportedFeature FragmentLevelAccess 2150858871 A"),
            (F::UnsupportedFeature, "Sender w:UnsupportedFeature - 2150858818 A"),
            (F::EnvelopeTooSmall, "Sender w:EncodingLimit MinimumEnvelopeLimit 2150858878 A"),
            (F::ResponseTooLarge, "Sender w:EncodingLimit MaxEnvelopeSizeExceeded 2150858824 A"),
            (F::RequestTooLarge, "Sender w:EncodingLimit ServiceEnvelopeLimit 2150858825 A"),
            (F::UriTooLong, "Sender w:EncodingLimit URILimitExceeded 2150858797 A"),
            (F::TooManySelectors, "Sender w:EncodingLimit SelectorLimit 2150858826 A"),
            (F::TooManyOptions, "Sender w:EncodingLimit OptionLimit 2150858827 A"),
            (F::CharacterSet, "Sender w:EncodingLimit CharacterSet 2150858828 A"),
            (F::OptionNotSupported("x".into()), "Sender w:InvalidOptions NotSupported 2150858833 A"),
            (F::OptionName, "Sender w:InvalidOptions InvalidName 2150858834 A"),
            (F::OptionValue("x"), "Sender w:InvalidOptions InvalidValue 2150858835 A"),
            (F::Schema(""), "Sender w:SchemaValidationError - 2150858817 A"),
            (F::NotWellFormed(String::new()), "Sender w:InternalError Invalid 2150858819 A"),
            (F::InvalidParameter(""), "Sender w:InvalidParameter InvalidValue 87 A"),
            (F::FilteringNotSupported, "Sender n:FilteringNotSupported - 2150858776 E"),
            (F::FilterDialect, "Sender n:FilterDialectRequestedUnavailable - 2150858777 E"),
            (F::FilterRequired, "Sender w:InvalidParameter InvalidValue 2150859200 A"),
            (F::EnumerationContext, "Receiver n:InvalidEnumerationContext - 2150858779 E"),
            (F::ShellsPerUser(1), "Sender w:QuotaLimit - 2150859173 A"),
            (F::Operations, "Sender w:QuotaLimit - 2150859174 A"),
            (F::UserQuota, "Sender w:QuotaLimit - 2150859175 A"),
            (F::SystemQuota, "Sender w:QuotaLimit - 2150859176 A"),
            (F::Users(1), "Sender w:QuotaLimit - 2150859179 A"),
            (F::PluginShellsPerUser(1), "Sender w:QuotaLimit - 2150859236 A"),
            (F::PluginUsers(1), "Sender w:QuotaLimit - 2150859237 A"),
            (F::PluginShells(1), "Sender w:QuotaLimit - 2150859238 A"),
            (F::PluginOperations(1), "Sender w:QuotaLimit - 2150859239 A"),
            (F::PluginOperationsPerUser(1), "Sender w:QuotaLimit - 2150859240 A"),
            (F::CommandsPerShell(1), "Sender w:QuotaLimit - 2150859241 A"),
            (F::ShellsDisabled, "Receiver w:InternalError - 2150859180 A"),
            (F::ShellDisconnected, "Receiver w:InternalError - 2150859204 A"),
            (F::DisconnectNotSupported, "Receiver w:InternalError - 2150859205 A"),
            (F::SessionIdMismatch, "Receiver w:InternalError - 2150859206 A"),
            (F::ConnectedElsewhere, "Receiver w:InternalError - 2150859213 A"),
            (F::DisconnectInvalid, "Receiver w:InternalError - 2150859215 A"),
            (F::ReconnectInvalid, "Receiver w:InternalError - 2150859216 A"),
            (F::StreamDisconnected, "Receiver w:InternalError - 2150859230 A"),
            (F::Aborted, "Receiver w:InternalError - 995 A"),
            (F::Cancelled, "Receiver w:InternalError - 1223 A"),
            (F::DuplicateShellId, "Sender w:InternalError - 2150859223 A"),
            (F::DuplicateCommandId, "Sender w:InternalError - 2150859222 A"),
            (F::InvalidShellId, "Sender w:InvalidParameter - 2150859221 A"),
            (F::InvalidCommandId, "Sender w:InvalidParameter - 2150859220 A"),
            (
                F::IdleTimeout { least: std::time::Duration::ZERO, most: std::time::Duration::ZERO },
                "Sender w:InvalidParameter - 2150859250 A",
            ),
            (
                F::NotUnderstood(crate::fault::QualifiedName {
                    prefix: "q".into(),
                    namespace: "urn:q".into(),
                    local: "Thing".into(),
                }),
                "MustUnderstand - - 2150858768 B",
            ),
            (F::PluginOption("PS_x".into()), "Receiver w:InternalError - 2152991686 A"),
            (F::MessageIdInUse, "Receiver w:InternalError - 1359 A"),
            (F::internal(), "Receiver w:InternalError - 1359 A"),
            (F::ProtocolVersionMissing, "Receiver w:InternalError - 2152991687 A"),
            (
                F::ProtocolVersion { ours: String::new(), build: String::new() },
                "Receiver w:InternalError - 2152991685 A",
            ),
            (F::InputStream, "Receiver w:InternalError - 2152991678 A"),
            (F::OutputStream, "Receiver w:InternalError - 2152991680 A"),
            (F::Arguments, "Receiver w:InternalError - 2152991684 A"),
        ];
        for (fault, expected) in all {
            let row = fault.row();
            let action = match row.action {
                Wsman => "A",
                Addressing => "B",
                Enumeration => "E",
            };
            let code = row.code.as_str().trim_start_matches("s:");
            let found =
                format!("{code} {} {} {} {action}", row.subcode.unwrap_or("-"), row.detail.unwrap_or("-"), row.number);
            assert_eq!(found, expected, "{fault:?}");
            assert!(!fault.message().is_empty());
        }
    }
}

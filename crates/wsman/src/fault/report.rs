use super::{Fault, code};
use crate::envelope::{Element, Writer};
use crate::namespace::{FAULT_DETAIL, Namespace};

/// Writes the body of a fault: Code, Reason, Detail, in the order that fixed-order readers want. The text for the user
/// stands in the reason and in the message, because some clients show only the one, some only the other.
pub(crate) fn write(fault: &Fault, machine: &str, writer: &mut Writer) {
    let row = fault.row();
    let message = fault.message();
    writer.open("s:Fault", &[]);
    writer.open("s:Code", &[]);
    writer.leaf("s:Value", row.code.as_str());
    if let Some(subcode) = row.subcode {
        writer.open("s:Subcode", &[]);
        writer.leaf("s:Value", subcode);
        writer.close("s:Subcode");
    }
    writer.close("s:Code");
    writer.open("s:Reason", &[]);
    writer.leaf_with("s:Text", &[("xml:lang", "")], &message);
    writer.close("s:Reason");
    writer.open("s:Detail", &[]);
    if let Some(detail) = row.detail {
        writer.open("w:FaultDetail", &[]);
        writer.raw(FAULT_DETAIL);
        writer.raw(detail);
        writer.close("w:FaultDetail");
    }
    let number = row.number.to_string();
    let namespace = Namespace::WsmanFault;
    let attributes = [("xmlns:f", namespace.uri()), ("Code", number.as_str()), ("Machine", machine)];
    writer.open("f:WSManFault", &attributes);
    if row.provider {
        writer.open("f:Message", &[]);
        writer.open(
            "f:ProviderFault",
            &[("provider", "microsoft.powershell"), ("path", "%windir%\\system32\\pwrshplugin.dll")],
        );
        writer.open("f:WSManFault", &attributes);
        inner_message(fault, &message, writer);
        writer.close("f:WSManFault");
        writer.close("f:ProviderFault");
        writer.close("f:Message");
    } else {
        inner_message(fault, &message, writer);
    }
    writer.close("f:WSManFault");
    writer.close("s:Detail");
    writer.close("s:Fault");
}

fn inner_message(fault: &Fault, message: &str, writer: &mut Writer) {
    writer.open("f:Message", &[]);
    match fault {
        // MS-PSRP 3.2.5.3.2
        Fault::ProtocolVersion { ours, build } => writer.leaf_with(
            "PSProtocolVersionError",
            &[("ServerProtocolVersion", ours), ("ServerBuildVersion", build)],
            message,
        ),
        _ => writer.text(message),
    }
    writer.close("f:Message");
}

/// A fault as a client got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultReport {
    /// The `Code` of the innermost `f:WSManFault`; by the subcode when a server left it out.
    pub number: u32,
    /// `s:Subcode/s:Value` without its prefix.
    pub subcode: String,
    /// The end of `w:FaultDetail`.
    pub detail: String,
    /// `s:Reason/s:Text`.
    pub reason: String,
    /// The text of the innermost `f:Message`.
    pub message: String,
    /// `Machine` of `f:WSManFault`.
    pub machine: String,
}

impl FaultReport {
    /// Reads `s:Fault`. What is missing is empty: a fault is never a reason to fail.
    pub fn read(fault: &Element<'_>) -> FaultReport {
        let soap = Namespace::Soap;
        let subcode = fault
            .child(&soap, "Code")
            .and_then(|code| code.child(&soap, "Subcode"))
            .and_then(|subcode| subcode.child_text(&soap, "Value"))
            .map(|value| value.rsplit(':').next().unwrap_or_default())
            .unwrap_or_default()
            .to_owned();
        let reason = fault.child(&soap, "Reason").and_then(|r| r.child_text(&soap, "Text")).unwrap_or_default();
        let detail = fault.child(&soap, "Detail");
        let kind = detail.and_then(|d| d.child_text(&Namespace::Wsman, "FaultDetail")).unwrap_or_default();
        let innermost = detail.and_then(|d| d.child(&Namespace::WsmanFault, "WSManFault")).map(innermost);
        let number = innermost.and_then(|f| f.attribute("Code")).and_then(|code| code.trim().parse().ok());
        let message = innermost.and_then(|f| f.child(&Namespace::WsmanFault, "Message")).map(Element::deep_text);
        FaultReport {
            number: number.unwrap_or_else(|| by_subcode(&subcode)),
            subcode,
            detail: kind.rsplit('/').next().unwrap_or_default().to_owned(),
            reason: reason.to_owned(),
            message: message.unwrap_or_default(),
            machine: innermost.and_then(|f| f.attribute("Machine")).unwrap_or_default().to_owned(),
        }
    }

    /// The text to show.
    pub fn text(&self) -> &str {
        if self.message.is_empty() { &self.reason } else { &self.message }
    }
}

/// Providers put a fault into the message of a fault. The depth of an envelope bounds this.
fn innermost<'e, 'a>(fault: &'e Element<'a>) -> &'e Element<'a> {
    let provider = fault
        .child(&Namespace::WsmanFault, "Message")
        .and_then(|message| message.child(&Namespace::WsmanFault, "ProviderFault"))
        .and_then(|provider| provider.child(&Namespace::WsmanFault, "WSManFault"));
    provider.map_or(fault, innermost)
}

fn by_subcode(subcode: &str) -> u32 {
    match subcode {
        "TimedOut" => code::TIMED_OUT,
        "InvalidSelectors" => code::INVALID_SELECTORS,
        "AccessDenied" => code::ACCESS_DENIED,
        "DestinationUnreachable" => code::UNKNOWN_RESOURCE,
        _ => code::INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{Budget, read};

    fn written(fault: &Fault) -> String {
        let mut writer = Writer::default();
        writer.envelope(true, &[Namespace::Soap, Namespace::Addressing, Namespace::Enumeration, Namespace::Wsman]);
        write(fault, "SERVER01", &mut writer);
        writer.close("s:Envelope");
        writer.finish()
    }

    fn reported(text: &str) -> FaultReport {
        let root = read(text, &Budget::default()).unwrap();
        FaultReport::read(root.child(&Namespace::Soap, "Fault").unwrap())
    }

    #[test]
    fn w_089_code_subcode_reason_detail_in_this_order_and_the_number_unsigned() {
        let text = written(&Fault::ShellNotFound);
        assert!(text.contains(
            "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:InvalidSelectors</s:Value></s:Subcode></s:Code>\
             <s:Reason><s:Text xml:lang=\"\">The request contains invalid selectors: there is no such shell.</s:Text></s:Reason>\
             <s:Detail><w:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/UnexpectedSelectors</w:FaultDetail>\
             <f:WSManFault xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" Code=\"2150858843\" Machine=\"SERVER01\">\
             <f:Message>The request contains invalid selectors: there is no such shell.</f:Message></f:WSManFault></s:Detail></s:Fault>"
        ), "{text}");
        let report = reported(&text);
        assert_eq!(
            (report.number, &*report.subcode, &*report.detail),
            (2_150_858_843, "InvalidSelectors", "UnexpectedSelectors")
        );
        assert_eq!(report.machine, "SERVER01");
    }

    #[test]
    fn w_091_the_version_fault_names_our_version_in_an_element() {
        let text = written(&Fault::ProtocolVersion { ours: "2.3".into(), build: "0.1.0".into() });
        assert!(text.contains("<f:Message><f:ProviderFault provider=\"microsoft.powershell\""));
        assert!(text.contains(
            "<f:Message><PSProtocolVersionError ServerProtocolVersion=\"2.3\" ServerBuildVersion=\"0.1.0\">The protocol version"
        ));
        let report = reported(&text);
        assert_eq!(report.number, 2_152_991_685);
        assert_eq!(report.text(), "The protocol version that the client asks for is not supported.");
    }

    #[test]
    fn w_089_a_message_with_markup_stays_text() {
        let text = written(&Fault::Internal("a <b> & \"c\"".into()));
        assert_eq!(reported(&text).message, "a <b> & \"c\"");
        assert_eq!(reported(&text).reason, "a <b> & \"c\"");
    }

    #[test]
    fn a_client_knows_a_time_out_by_either_of_number_and_subcode() {
        let text = written(&Fault::TimedOut);
        assert_eq!(reported(&text).number, code::TIMED_OUT);
        let start = text.find("<s:Detail>").unwrap();
        let end = text.find("</s:Detail>").unwrap();
        assert_eq!(reported(&format!("{}{}", &text[..start], &text[end + 11..])).number, code::TIMED_OUT);
    }
}

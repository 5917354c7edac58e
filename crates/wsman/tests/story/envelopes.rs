//! What a request's envelope may look like, and the faults for what it may not.

use wsman::envelope::{Budget, Charset};
use wsman::{Outcome, Rendered, Request};

use crate::pair::{Pair, config};

/// The answer to a Create written by hand, with these texts replaced.
fn create(changes: &[(&str, &str)]) -> Rendered {
    create_with(changes, Some("application/soap+xml;charset=UTF-8"), str::as_bytes)
}

fn create_with(changes: &[(&str, &str)], content_type: Option<&str>, encode: fn(&str) -> &[u8]) -> Rendered {
    let mut text = CREATE.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    answer(content_type, encode(&text))
}

fn answer(content_type: Option<&str>, body: &[u8]) -> Rendered {
    let mut pair = Pair::new();
    let request = match Request::read(content_type, body, &config().limits.request) {
        Ok(request) => request,
        Err(refused) => return refused.reply("SERVER01").render(),
    };
    let exchange = pair.ask_later("alice", request);
    while let Some(event) = pair.server.poll_event() {
        if let wsman::shell::server::Event::Create(shell) = event {
            pair.server.accept_shell(shell.shell, pair.now);
        }
    }
    let (answered, reply) = pair.server.poll_output().expect("an answer");
    assert_eq!(answered, exchange);
    reply.render()
}

/// The fault's number; it came with status 500 and names the request.
fn number(rendered: &Rendered) -> u32 {
    let text = String::from_utf8(rendered.body.clone()).unwrap();
    assert_eq!(rendered.status, 500, "{text}");
    assert!(text.contains("<a:RelatesTo>uuid:D3AF7632-736C-4E01-8956-3BF731B5CC52</a:RelatesTo>"), "{text}");
    let start = text.find("Code=\"").unwrap() + 6;
    text[start..].split('"').next().unwrap().parse().unwrap()
}

const CREATE: &str = r#"<s:Envelope xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:wsman="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:wsmv="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"><s:Header><wsa:Action s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/09/transfer/Create</wsa:Action><wsmv:DataLocale s:mustUnderstand="false" xml:lang="en-US" /><wsman:Locale s:mustUnderstand="false" xml:lang="de-DE" /><wsman:MaxEnvelopeSize s:mustUnderstand="true">153600</wsman:MaxEnvelopeSize><wsa:MessageID>uuid:D3AF7632-736C-4E01-8956-3BF731B5CC52</wsa:MessageID><wsman:OperationTimeout>PT20S</wsman:OperationTimeout><wsa:ReplyTo><wsa:Address s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:Address></wsa:ReplyTo><wsman:ResourceURI s:mustUnderstand="true">http://schemas.microsoft.com/powershell/privilegedendpoint</wsman:ResourceURI><wsmv:SessionId s:mustUnderstand="false">uuid:934B94C5-4341-454E-825C-F118A365A283</wsmv:SessionId><wsa:To>http://windows-host:5985/wsman</wsa:To><wsman:OptionSet s:mustUnderstand="true"><wsman:Option MustComply="true" Name="protocolversion">2.3</wsman:Option></wsman:OptionSet></s:Header><s:Body><rsp:Shell ShellId="B2E1C91B-A3AA-41B4-B346-405E6A90005B"><rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams><creationXml xmlns="http://schemas.microsoft.com/powershell">AAAA</creationXml></rsp:Shell></s:Body></s:Envelope>"#;

const HEADER: &str = "</s:Header>";

#[test]
fn it_is_right_as_it_stands() {
    let text = String::from_utf8(create(&[]).body).unwrap();
    assert!(text.contains("CreateResponse") && text.contains("<rsp:Locale>de-DE</rsp:Locale>"), "{text}");
}

#[test]
fn w_053_relates_to_is_the_message_id_byte_for_byte() {
    let id = "Any text: &lt;uuid&gt; ä";
    let text = create(&[("uuid:D3AF7632-736C-4E01-8956-3BF731B5CC52", id)]).body;
    assert!(String::from_utf8(text).unwrap().contains(&format!("<a:RelatesTo>{id}</a:RelatesTo>")));
}

#[test]
fn w_056_the_header_of_an_answer_is_in_the_order_of_fixed_order_readers() {
    let text = String::from_utf8(create(&[]).body).unwrap();
    let order = [
        "<s:Header><a:Action>",
        "</a:Action><a:MessageID>uuid:",
        "</a:MessageID><a:To>",
        "</a:To><a:RelatesTo>",
        "</a:RelatesTo></s:Header><s:Body><x:ResourceCreated><a:Address>",
        "</a:Address><a:ReferenceParameters>",
        "</a:ReferenceParameters></x:ResourceCreated><rsp:Shell ",
    ];
    let places: Vec<_> = order.iter().map(|part| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(text.starts_with("<s:Envelope xml:lang=\"en-US\" xmlns:s="));
}

#[test]
fn w_051_only_soaps_own_must_understand_counts() {
    let unknown = |attributes: &str| {
        create(&[(
            HEADER,
            &format!("<q:Thing xmlns:q=\"urn:q\" xmlns:a=\"urn:a\" {attributes}>1</q:Thing></s:Header>"),
        )])
    };
    for harmless in [
        "",
        "mustUnderstand=\"true\"",
        "a:mustUnderstand=\"true\"",
        "s:mustUnderstand=\"false\"",
        "s:mustUnderstand=\"0\"",
    ] {
        assert_eq!(unknown(harmless).status, 200, "{harmless}");
    }
    for must in ["s:mustUnderstand=\"true\"", "s:mustUnderstand=\"1\"", "s:mustUnderstand=\"True\""] {
        let rendered = unknown(must);
        assert_eq!(number(&rendered), 2_150_858_768);
        let text = String::from_utf8(rendered.body).unwrap();
        assert!(text.contains("<s:NotUnderstood xmlns:q=\"urn:q\" qname=\"q:Thing\"/></s:Header>"), "{text}");
        assert!(text.contains("<s:Code><s:Value>s:MustUnderstand</s:Value></s:Code>"), "{text}");
        assert!(text.contains("<a:Action>http://schemas.xmlsoap.org/ws/2004/08/addressing/fault</a:Action>"), "{text}");
    }
    // Known headers may be wanted understood.
    assert_eq!(
        create(&[(HEADER, "<wsmv:ActivityId s:mustUnderstand=\"true\">1</wsmv:ActivityId></s:Header>")]).status,
        200
    );
}

#[test]
fn w_054_to_is_never_looked_at_and_answers_go_back_where_they_came_from() {
    assert_eq!(create(&[("http://windows-host:5985/wsman", "gopher://nowhere")]).status, 200);
    let elsewhere = [("role/anonymous", "role/somebody")];
    assert_eq!(number(&create(&elsewhere)), 2_150_858_870);
    assert_eq!(create(&[("role/anonymous", "role/anonymous/")]).status, 200);
    let fault_to = |address: &str| {
        let element = format!("<wsa:FaultTo><wsa:Address>{address}</wsa:Address></wsa:FaultTo></s:Header>");
        create(&[(HEADER, &element)])
    };
    assert_eq!(fault_to("http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous/").status, 200);
    assert_eq!(number(&fault_to("http://evil.example/")), 2_150_858_870);
    assert_eq!(number(&create(&[("wsa:ReplyTo", "wsa:From")])), 2_150_858_769);
}

#[test]
fn w_055_an_envelope_too_small_is_refused_one_too_large_is_cut() {
    assert_eq!(number(&create(&[("153600", "8191")])), 2_150_858_878);
    assert_eq!(number(&create(&[("153600", "-1")])), 2_150_858_767);
    for good in ["8192", "512001", "99999999999999999999"] {
        assert_eq!(create(&[("153600", good)]).status, 200, "{good}");
    }
}

#[test]
fn w_059_streams_and_the_version_of_the_protocol() {
    assert_eq!(number(&create(&[("stdin pr", "stdin stdout")])), 2_152_991_678);
    assert_eq!(number(&create(&[("stdin pr", "")])), 2_152_991_678);
    assert_eq!(number(&create(&[(">stdout<", ">stdout stderr<")])), 2_152_991_680);
    assert_eq!(number(&create(&[("protocolversion", "ProtocolVersion")])), 2_152_991_687);
    assert_eq!(number(&create(&[(">2.3<", ">3.0<")])), 2_152_991_685);
    assert_eq!(number(&create(&[(">2.3<", ">20.3<")])), 2_152_991_685);
    assert_eq!(
        number(&create(&[(
            "</wsman:OptionSet>",
            "<wsman:Option Name=\"PS_X\" MustComply=\"true\"/></wsman:OptionSet>"
        )])),
        2_152_991_686
    );
    assert_eq!(create(&[("</wsman:OptionSet>", "<wsman:Option Name=\"PS_X\"/></wsman:OptionSet>")]).status, 200);
    for version in [">2.0<", ">2.4<", ">2<"] {
        assert_eq!(create(&[(">2.3<", version)]).status, 200, "{version}");
    }
}

#[test]
fn w_058_a_shell_id_may_be_missing_but_not_nonsense() {
    let text = create(&[(" ShellId=\"B2E1C91B-A3AA-41B4-B346-405E6A90005B\"", "")]);
    assert_eq!(text.status, 200);
    let lower = create(&[("B2E1C91B-A3AA-41B4-B346-405E6A90005B", "b2e1c91b-a3aa-41b4-b346-405e6a90005b")]);
    assert!(
        String::from_utf8(lower.body)
            .unwrap()
            .contains("<rsp:ShellId>B2E1C91B-A3AA-41B4-B346-405E6A90005B</rsp:ShellId>")
    );
    assert_eq!(number(&create(&[("B2E1C91B-A3AA-41B4-B346-405E6A90005B", "mine")])), 2_150_859_221);
}

#[test]
fn w_062_w_083_other_resources_and_other_actions() {
    let resource = "http://schemas.microsoft.com/powershell/privilegedendpoint";
    for other in [
        "http://schemas.microsoft.com/powershell/Microsoft.PowerShell",
        "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd",
        "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Process",
    ] {
        let rendered = create(&[(resource, other)]);
        assert_eq!(number(&rendered), 2_150_858_811, "{other}");
        let text = String::from_utf8(rendered.body).unwrap();
        assert!(text.contains("<a:Action>http://schemas.xmlsoap.org/ws/2004/08/addressing/fault</a:Action>"), "{text}");
        assert!(
            text.contains("<s:Value>a:DestinationUnreachable</s:Value>")
                && text.contains("/faultDetail/InvalidResourceURI<")
        );
    }
    assert_eq!(number(&create(&[(resource, &"x".repeat(3000))])), 2_150_858_797);
    for action in [
        "http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe",
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put",
        "nonsense",
        "",
    ] {
        assert_eq!(
            number(&create(&[("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", action)])),
            2_150_858_771,
            "{action}"
        );
    }
    let mismatch = create(&[(
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create",
        "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command",
    )]);
    assert_eq!(number(&mismatch), 2_150_858_801);
}

#[test]
fn w_064_a_command_has_exactly_one_argument() {
    let command = |arguments: &str| {
        let body = format!(
            "<rsp:CommandLine CommandId=\"B2E1C91B-A3AA-41B4-B346-405E6A90005B\"><rsp:Command/>{arguments}</rsp:CommandLine>"
        );
        let start = CREATE.find("<rsp:Shell ").unwrap();
        let end = CREATE.find("</s:Body>").unwrap();
        let action = (
            "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create",
            "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command",
        );
        create(&[(&CREATE[start..end], &body), action])
    };
    assert_eq!(number(&command("")), 2_152_991_684);
    assert_eq!(
        number(&command("<rsp:Arguments>AAAA</rsp:Arguments><rsp:Arguments>AAAA</rsp:Arguments>")),
        2_152_991_684
    );
    assert_eq!(number(&command("<rsp:Arguments>A*</rsp:Arguments>")), 2_150_858_817);
    // Right, but there is no shell: the selector is missing.
    assert_eq!(number(&command("<rsp:Arguments>\n AA<![CDATA[AA]]> </rsp:Arguments>")), 2_150_858_842);
}

#[test]
fn w_088_another_compression_is_refused_because_its_client_would_use_it() {
    let compression = |value: &str| {
        create(&[(
            HEADER,
            &format!("<rsp:CompressionType s:mustUnderstand=\"true\">{value}</rsp:CompressionType></s:Header>"),
        )])
    };
    assert_eq!(number(&compression("brotli")), 2_150_858_768);
    let good = compression("xpress");
    assert!(
        String::from_utf8(good.body).unwrap().contains("<rsp:CompressionMode>XpressCompression</rsp:CompressionMode>")
    );
}

#[test]
fn w_092_a_fault_about_a_broken_envelope_names_its_request_when_it_can() {
    let broken = answer(None, &CREATE.as_bytes()[..CREATE.len() - 20]);
    assert_eq!(number(&broken), 2_150_858_819);
    let nonsense = answer(None, b"hello");
    assert_eq!(nonsense.status, 500);
    assert!(!String::from_utf8(nonsense.body).unwrap().contains("RelatesTo"));
    let missing = answer(None, CREATE.replace("wsa:MessageID", "wsa:From").as_bytes());
    assert!(String::from_utf8(missing.body).unwrap().contains("Code=\"2150858767\""));
}

#[test]
fn w_011_faults_are_500_too_large_is_413_and_other_types_are_415() {
    assert_eq!(create(&[("s:Body", "s:Boody")]).status, 500);
    let huge = vec![b' '; config().limits.request.bytes + 1];
    let rendered = answer(None, &huge);
    assert_eq!((rendered.status, rendered.body.len(), rendered.content_type), (413, 0, None));
    assert_eq!(answer(Some("text/html"), b"<html/>").status, 415);
    let charset = answer(Some("application/soap+xml;charset=latin1"), CREATE.as_bytes());
    assert!(String::from_utf8(charset.body).unwrap().contains("Code=\"2150858828\""));
}

#[test]
fn soap_1_1_is_another_version() {
    let rendered = create(&[("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/")]);
    let text = String::from_utf8(rendered.body).unwrap();
    assert!(
        text.contains("Code=\"2150858765\"") && text.contains("<s:SupportedEnvelope qname=\"s:Envelope\"/>"),
        "{text}"
    );
}

#[test]
fn w_095_a_bare_number_is_no_idle_time_out() {
    let idle = |text: &str| {
        create(&[("<rsp:InputStreams>", &format!("<rsp:IdleTimeOut>{text}</rsp:IdleTimeOut><rsp:InputStreams>"))])
    };
    assert_eq!(number(&idle("7200000")), 2_150_858_817);
    assert_eq!(number(&idle("PT59.999S")), 2_150_859_250);
    assert!(
        String::from_utf8(idle("PT240.000S").body).unwrap().contains("<rsp:IdleTimeOut>PT240.000S</rsp:IdleTimeOut>")
    );
}

#[test]
fn w_100_w_101_an_operation_id_is_taken_and_not_given_back() {
    for must in ["true", "false"] {
        let header = format!(
            "<wsmv:OperationID s:mustUnderstand=\"{must}\">uuid:1</wsmv:OperationID><wsmv:SequenceId s:mustUnderstand=\"{must}\">1</wsmv:SequenceId></s:Header>"
        );
        let rendered = create(&[(HEADER, &header)]);
        assert_eq!(rendered.status, 200);
        let text = String::from_utf8(rendered.body).unwrap();
        assert!(!text.contains("OperationID") && !text.contains("SequenceId"));
    }
}

#[test]
fn w_102_a_retransmission_is_known_by_its_operation_id() {
    let mut pair = Pair::new();
    let header =
        |must: &str| format!("<wsmv:OperationID s:mustUnderstand=\"{must}\">uuid:1</wsmv:OperationID></s:Header>");
    let first = CREATE.replace(HEADER, &header("false"));
    let again = CREATE.replace(HEADER, &header("true")).replace("uuid:D3AF", "uuid:0000");
    let read = |text: &str| Request::read(None, text.as_bytes(), &Budget::default()).unwrap();
    let (_, created) = pair.ask("alice", read(&first));
    assert!(matches!(created, Some(Outcome::Response(_))));
    let exchange = pair.ask_later("alice", read(&again));
    let (answered, reply) = pair.server.poll_output().unwrap();
    assert_eq!((answered, Some(reply.outcome())), (exchange, created.as_ref()));
    let text = String::from_utf8(reply.render().body).unwrap();
    assert!(text.contains("<a:RelatesTo>uuid:00007632-"), "{text}");
}

#[test]
fn locales_are_taken_but_cannot_be_insisted_upon() {
    for header in ["wsmv:DataLocale s:mustUnderstand=\"false\"", "wsman:Locale s:mustUnderstand=\"false\""] {
        assert_eq!(number(&create(&[(header, &header.replace("false", "true"))])), 2_150_858_887);
    }
}

#[test]
fn selectors_and_options_are_counted() {
    let selectors = |count: usize, name: &str| {
        let one = format!("<wsman:Selector Name=\"{name}\">B2E1C91B-A3AA-41B4-B346-405E6A90005B</wsman:Selector>");
        create(&[(HEADER, &format!("<wsman:SelectorSet>{}</wsman:SelectorSet></s:Header>", one.repeat(count)))])
    };
    assert_eq!(selectors(1, "SHELLID").status, 200);
    assert_eq!(number(&selectors(2, "ShellId")), 2_150_858_847);
    assert_eq!(number(&selectors(9, "Other")), 2_150_858_826);
    let options = "<wsman:Option Name=\"x\"/>".repeat(64);
    assert_eq!(number(&create(&[("</wsman:OptionSet>", &format!("{options}</wsman:OptionSet>"))])), 2_150_858_827);
    assert_eq!(number(&create(&[("Name=\"protocolversion\"", "")])), 2_150_858_834);
}

#[test]
fn w_004_a_request_in_utf_16_is_answered_in_utf_16() {
    let body = Charset::Utf16.encode(CREATE.to_owned());
    let rendered = answer(Some("application/soap+xml;charset=UTF-16"), &body);
    assert_eq!(rendered.content_type, Some("application/soap+xml;charset=UTF-16"));
    assert!(Charset::Utf16.decode(&rendered.body).unwrap().contains("CreateResponse"));
}

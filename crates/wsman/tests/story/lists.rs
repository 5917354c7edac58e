//! Enumerate, Pull, Release, Get and Identify.

use wsman::action::{
    Action, Enumerate, EnumerateResponse, Filter, IdentifyResponse, Items, Operation, Pull, Release, Response,
    SecurityProfile,
};
use wsman::envelope::Charset;
use wsman::header::ShellSelector;
use wsman::shell::client;
use wsman::shell::server::Server;
use wsman::{Outcome, Request, Resource, ShellId};

use crate::pair::{Pair, bytes, client_config, config, fault, seconds};

fn enumerate(pair: &Pair, resource: Resource, enumerate: Enumerate) -> Request {
    let mut request = pair.request(Operation::Enumerate(enumerate));
    request.header.shell = ShellSelector::Missing;
    request.header.resource = resource;
    request
}

fn ask_list(pair: &mut Pair, request: Request) -> EnumerateResponse {
    match pair.ask("alice", request).1 {
        Some(Outcome::Response(Response::Enumerate(list))) => list,
        other => panic!("{other:?}"),
    }
}

#[test]
fn w_079_everybody_sees_their_own_shells_with_all_that_powershell_needs() {
    let mut pair = Pair::new();
    pair.open();
    for user in ["alice", "bob"] {
        let client = pair.add(client_config(), ShellId::new(), user);
        pair.open_with(client);
    }
    let now = pair.now;
    pair.clients[0].disconnect(None, None, now);
    pair.clients[0].list_shells(now);
    pair.clients[2].list_shells(now);
    pair.run();
    let lists: Vec<_> = pair
        .seen
        .iter()
        .flatten()
        .filter_map(|event| match event {
            client::Event::Listed(Items::Shells(shells)) => Some(shells.clone()),
            _ => None,
        })
        .collect();
    let ids = |n: usize| lists[n].iter().map(|shell| shell.id).collect::<Vec<_>>();
    assert_eq!(ids(0), [pair.clients[0].shell(), pair.clients[1].shell()]);
    assert_eq!(ids(1), [pair.clients[2].shell()]);
    let first = &lists[0][0];
    assert_eq!(first.name.as_deref(), Some("Runspace1"));
    assert_eq!(first.resource, "http://schemas.microsoft.com/powershell/PrivilegedEndpoint");
    assert_eq!((first.connected, lists[0][1].connected), (false, true));
    assert_eq!(first.memory, Some(0));
}

#[test]
fn w_079_an_empty_list_has_no_items_but_an_end() {
    let mut pair = Pair::new();
    let optimize = Enumerate { optimize: true, max_elements: Some(10), filter: None };
    let request = enumerate(&pair, Resource::Shell, optimize);
    let exchange = pair.ask_later("alice", request);
    let (answered, reply) = pair.server.poll_output().unwrap();
    assert_eq!(answered, exchange);
    let text = String::from_utf8(reply.render().body).unwrap();
    assert!(text.contains(
        "<n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext><w:EndOfSequence/></n:EnumerateResponse>"
    ));
}

#[test]
fn w_080_commands_are_listed_by_a_filter_for_their_shell() {
    let mut pair = Pair::new();
    pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.clients[0].list_commands(now);
    pair.run();
    let Some(client::Event::Listed(Items::Commands(commands))) = pair.seen[0].last() else { panic!() };
    assert_eq!((commands.len(), commands[0].id, &*commands[0].line), (1, command, "Get-Thing"));
    let optimize = |filter| Enumerate { optimize: true, max_elements: Some(10), filter };
    let request = enumerate(&pair, Resource::Command, optimize(None));
    assert_eq!(fault(pair.ask("alice", request).1), 2_150_859_200);
    for id in [ShellId::new().to_string(), "nonsense".into()] {
        let request = enumerate(&pair, Resource::Command, optimize(Some(Filter { shell: Some(id) })));
        assert_eq!(fault(pair.ask("alice", request).1), 2_150_858_843);
    }
    let filter = Filter { shell: Some(pair.clients[0].shell().to_string().to_lowercase()) };
    let request = enumerate(&pair, Resource::Command, optimize(Some(filter.clone())));
    assert_eq!(ask_list(&mut pair, request).items.unwrap().len(), 1);
    let request = enumerate(&pair, Resource::Command, optimize(Some(filter)));
    assert_eq!(fault(pair.ask("bob", request).1), 2_150_858_843);
}

#[test]
fn w_081_a_list_in_parts_and_its_namespaces() {
    let mut pair = Pair::new();
    pair.open();
    for _ in 0..4 {
        let client = pair.add(client_config(), ShellId::new(), "alice");
        pair.open_with(client);
    }
    let plain = Enumerate { optimize: false, max_elements: None, filter: None };
    let request = enumerate(&pair, Resource::Shell, plain);
    let list = ask_list(&mut pair, request);
    let (Some(context), None) = (list.context, list.items) else { panic!() };
    let mut sizes = Vec::new();
    for most in [None, Some(3), Some(32000)] {
        let pull = Pull { context: context.clone(), max_elements: most };
        let exchange = pair.ask_later("alice", pair.request(Operation::Pull(pull)));
        let (answered, reply) = pair.server.poll_output().unwrap();
        assert_eq!(answered, exchange);
        let Outcome::Response(Response::Pull(part)) = reply.outcome() else { panic!("{reply:?}") };
        sizes.push(part.items.len());
        let text = String::from_utf8(reply.render().body).unwrap();
        assert!(text.contains("<n:Items><rsp:Shell "));
        assert_eq!(text.contains("<n:EndOfSequence/></n:PullResponse>"), most == Some(32000));
    }
    assert_eq!(sizes, [1, 3, 1]);
    let over = Operation::Pull(Pull { context, max_elements: None });
    assert_eq!(fault(pair.ask("alice", pair.request(over)).1), 2_150_858_779);
}

#[test]
fn w_081_a_list_can_be_released_is_forgotten_and_is_its_users_own() {
    let mut pair = Pair::new();
    pair.open();
    let plain = || Enumerate { optimize: false, max_elements: None, filter: None };
    let context = |pair: &mut Pair| {
        let request = enumerate(pair, Resource::Shell, plain());
        ask_list(pair, request).context.unwrap()
    };
    let first = context(&mut pair);
    let release = |context: &str| Operation::Release(Release { context: context.to_owned() });
    assert_eq!(fault(pair.ask("bob", pair.request(release(&first))).1), 2_150_858_779);
    assert_eq!(pair.ask("alice", pair.request(release(&first))).1, Some(Outcome::Response(Response::Release)));
    assert_eq!(fault(pair.ask("alice", pair.request(release(&first))).1), 2_150_858_779);
    let old = context(&mut pair);
    pair.wait(seconds(61));
    let pull = Operation::Pull(Pull { context: old, max_elements: None });
    assert_eq!(fault(pair.ask("alice", pair.request(pull)).1), 2_150_858_779);
    let oldest = context(&mut pair);
    for _ in 0..8 {
        context(&mut pair);
    }
    let pull = Operation::Pull(Pull { context: oldest, max_elements: None });
    assert_eq!(fault(pair.ask("alice", pair.request(pull)).1), 2_150_858_779);
}

#[test]
fn w_098_a_list_too_long_for_one_envelope_comes_in_several() {
    let mut pair = Pair::new();
    pair.open();
    for _ in 0..20 {
        let client = pair.add(client_config(), ShellId::new(), "alice");
        pair.clients[client].create(None, None, bytes(""), pair.now);
    }
    pair.run();
    pair.clients[0].set_max_envelope_size(8192);
    pair.clients[0].list_shells(pair.now);
    pair.run();
    let Some(client::Event::Listed(items)) = pair.seen[0].last() else { panic!() };
    assert_eq!(items.len(), 21);
    assert!(pair.done(Action::Pull) >= 3);
}

#[test]
fn w_082_get_describes_a_shell_and_the_service() {
    let mut pair = Pair::new();
    pair.open();
    pair.wait(seconds(90));
    pair.clients[0].get(pair.now);
    pair.run();
    let Some(client::Event::Described(shell)) = pair.seen[0].last() else { panic!() };
    assert_eq!((shell.id, shell.run_time.as_secs()), (pair.clients[0].shell(), 90));
    let mut request = pair.request(Operation::Get);
    request.header.resource = Resource::WinRmConfig;
    let exchange = pair.ask_later("alice", request);
    let (answered, reply) = pair.server.poll_output().unwrap();
    assert_eq!(answered, exchange);
    let text = String::from_utf8(reply.render().body).unwrap();
    assert!(
        text.contains("<cfg:MaxEnvelopeSizekb>500</cfg:MaxEnvelopeSizekb><cfg:MaxTimeoutms>60000</cfg:MaxTimeoutms>")
    );
    let mut request = pair.request(Operation::Get);
    request.header.resource = Resource::of("http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/Win32_Service");
    assert_eq!(fault(pair.ask("alice", request).1), 2_150_858_811);
}

#[test]
fn w_057_strangers_learn_that_it_is_wsman_and_no_more() {
    let mut about = config();
    about.version = "1.2.3".into();
    about.profiles = vec![SecurityProfile::HttpNegotiate, SecurityProfile::HttpsBasic];
    let reply = Server::<&str>::identify_stranger(&about, Charset::Utf8);
    let text = String::from_utf8(reply.render().body).unwrap();
    assert!(text.ends_with(
        "<s:Header/><s:Body><wsmid:IdentifyResponse \
         xmlns:wsmid=\"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd\">\
         <wsmid:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</wsmid:ProtocolVersion>\
         <wsmid:ProductVendor>pepd</wsmid:ProductVendor>\
         <wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>"
    ), "{text}");
    let mut pair = Pair::with(about, client_config());
    let now = pair.now;
    pair.clients[0].identify(now);
    pair.run();
    let expected = IdentifyResponse {
        vendor: "pepd".into(),
        version: Some("1.2.3".into()),
        profiles: vec![SecurityProfile::HttpNegotiate, SecurityProfile::HttpsBasic],
    };
    assert_eq!(pair.seen[0], [client::Event::Identified(expected)]);
}

#[test]
fn w_057_only_identify_passes_for_identify() {
    let budget = config().limits.request;
    let identify = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' \
                    xmlns:i='http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd'><s:Body><i:Identify/></s:Body></s:Envelope>";
    assert_eq!(Request::is_identify(None, identify.as_bytes(), &budget), Some(Charset::Utf8));
    let pair = Pair::new();
    let other = pair.request(Operation::Get).write();
    assert_eq!(Request::is_identify(None, &other, &budget), None);
    assert_eq!(Request::is_identify(None, b"<a/>", &budget), None);
    let misprint = identify.replace("identity/1", "identify/1");
    assert_eq!(Request::is_identify(None, misprint.as_bytes(), &budget), None);
}

use clixml::{Guid, Value, Version};
use psrp::message::{Body, MessageType, SessionCapability, implicit_remoting, ps_version_table_entry};
use psrp::pool::{client, server};
use psrp::record::{ErrorCategory, ErrorRecord, Exception};
use psrp::{ProtocolError, Stream};

use crate::pair::{POOL, Pair, V2_3, V2_4, client_bytes, client_config, server_config};

#[test]
fn a_pool_opens_in_the_order_that_clients_need() {
    let mut pair = Pair::new(client_config(V2_4), server_config(V2_4));
    pair.client.open();
    pair.exchange().unwrap();

    assert_eq!(pair.server_said(), ["SESSION_CAPABILITY", "APPLICATION_PRIVATE_DATA", "RUNSPACEPOOL_STATE"]);
    let pools: Vec<Guid> = pair.from_server.iter().map(|header| header.pool).collect();
    assert_eq!(pools, [Guid::nil(), POOL, POOL]);

    let events = pair.server_events();
    let [server::Event::Opened(opened)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((opened.id, opened.protocol), (POOL, V2_4));
    assert_eq!((opened.min_runspaces, opened.max_runspaces), (1, 1));
    assert_eq!(opened.host_info.buffer_width(), Some(100));
    assert_eq!(opened.ps_version(), Some("7.6.9".parse().unwrap()));

    let events = pair.client_events();
    let [client::Event::ApplicationPrivateData(data), client::Event::Opened] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(ps_version_table_entry(data, "PSRemotingProtocolVersion"), Some(&Value::Version(V2_4)));
    assert_eq!(ps_version_table_entry(data, "Platform"), Some(&"Unix".into()));
    assert!(data.as_object().unwrap().entry("DebugMode").is_none());
}

#[test]
fn a_client_is_told_which_commands_to_leave_out_of_an_import() {
    let skipped = vec![implicit_remoting(["Clear-Host", "cls"])];
    let mut pair = Pair::new(client_config(V2_4), server::Config { private_data: skipped, ..server_config(V2_4) });
    pair.client.open();
    pair.exchange().unwrap();
    let events = pair.client_events();
    let [client::Event::ApplicationPrivateData(data), client::Event::Opened] = &events[..] else {
        panic!("{events:?}")
    };
    let entry = |value: &Value, key: &str| value.as_object().unwrap().entry(key).unwrap().clone();
    let skipped = entry(&entry(data, "ImplicitRemoting"), "CommandsToSkip");
    assert_eq!(skipped.as_list().unwrap(), ["Clear-Host".into(), "cls".into()]);
    assert!(ps_version_table_entry(data, "Platform").is_some());
}

fn refusal() -> ErrorRecord {
    let exception = Exception::new(&["System.Exception", "System.Object"], "not you");
    ErrorRecord::new(exception, "AccessDenied", ErrorCategory::PermissionDenied)
}

#[test]
fn a_client_that_is_not_let_in_is_told_the_reason_and_not_that_it_is_in() {
    let mut pair = Pair::new(client_config(V2_4), server_config(V2_4));
    pair.client.open();
    pair.carry_to_server().unwrap();
    pair.server.break_pool(refusal());
    pair.exchange().unwrap();
    assert_eq!(pair.server_said(), ["SESSION_CAPABILITY", "APPLICATION_PRIVATE_DATA", "RUNSPACEPOOL_STATE"]);
    let events = pair.client_events();
    let [_, client::Event::BrokenByServer(Some(_))] = &events[..] else { panic!("{events:?}") };

    // once it was told, it was
    let mut pair = Pair::opened(V2_4);
    pair.server.break_pool(refusal());
    pair.exchange().unwrap();
    let events = pair.client_events();
    let [client::Event::BrokenByServer(Some(_))] = &events[..] else { panic!("{events:?}") };
}

#[test]
fn a_pool_opens_through_envelopes_of_any_size() {
    for room in [22, 100, 1_000, 512_000] {
        Pair::new(client_config(V2_4), server_config(V2_4)).room(room).open();
    }
}

#[test]
fn each_client_gets_the_version_it_accepts() {
    let table = [
        ("2.4", V2_4, "2.4"), // PowerShell 7.6
        ("2.3", V2_4, "2.3"), // Windows PowerShell 5.1, PowerShell 7.0 to 7.5
        ("2.2", V2_4, "2.2"), // PowerShell 3 and 4
        ("2.1", V2_4, "2.1"), // PowerShell 2
        ("2.0", V2_4, "2.0"),
        ("2.9", V2_4, "2.3"), // one that nobody knows yet: 2.3 is what all accept
        ("2.4", V2_3, "2.3"), // a server that was told to speak 2.3
        ("2.2", V2_3, "2.2"),
    ];
    for (asked, newest, answered) in table {
        let (asked, answered) = (asked.parse().unwrap(), answered.parse().unwrap());
        let mut pair = Pair::new(client_config(asked), server_config(newest));
        pair.open();
        assert_eq!((pair.client.protocol(), pair.server.protocol()), (answered, answered), "{asked} at {newest}");
    }
}

#[test]
fn foreign_versions_break_the_pool() {
    let own = SessionCapability::new(V2_4);
    for client in [
        SessionCapability { protocol: Version::new(1, 9), ..own },
        SessionCapability { protocol: Version::new(3, 0), ..own },
        SessionCapability { ps: Version::new(3, 0), ..own },
        SessionCapability { serialization: Version::new(2, 0), ..own },
    ] {
        let mut pair = Pair::new(client_config(V2_4), server_config(V2_4));
        let error = pair.server.receive(None, Stream::Default, &client_bytes(None, Body::SessionCapability(client)));
        assert!(matches!(error, Err(ProtocolError::Version { .. })), "{client:?}: {error:?}");
        assert!(matches!(pair.server_events()[..], [server::Event::Broken { .. }]));
    }
}

#[test]
fn a_client_refuses_a_server_that_is_newer_or_other() {
    let own = SessionCapability::new(V2_3);
    for server in [
        SessionCapability { protocol: V2_4, ..own },
        SessionCapability { protocol: Version::new(1, 0), ..own },
        SessionCapability { ps: Version::new(2, 1), ..own },
        SessionCapability { serialization: Version::new(1, 1), ..own },
    ] {
        let mut pair = Pair::new(client_config(V2_3), server_config(V2_3));
        pair.client.open();
        let error = pair.client.receive(None, &crate::pair::server_bytes(None, Body::SessionCapability(server)));
        assert!(matches!(error, Err(ProtocolError::Version { .. })), "{server:?}: {error:?}");
        assert!(matches!(pair.client_events()[..], [client::Event::Broken { .. }]));
    }
}

#[test]
fn a_pool_of_no_runspaces_cannot_be_opened() {
    for (min, max) in [(0, 1), (1, 0), (2, 1), (-1, -1)] {
        let config = client::Config { min_runspaces: min, max_runspaces: max, ..client_config(V2_4) };
        let mut pair = Pair::new(config, server_config(V2_4));
        pair.client.open();
        assert_eq!(pair.exchange(), Err(ProtocolError::Runspaces { min, max }));
        pair.exchange().unwrap();
        let events = pair.client_events();
        assert!(matches!(&events[..], [client::Event::BrokenByServer(Some(_))]), "{events:?}");
    }
}

#[test]
fn the_client_hears_why_its_pool_was_broken() {
    let mut pair = Pair::opened(V2_4);
    let again = client_bytes(None, Body::SessionCapability(SessionCapability::new(V2_4)));
    pair.server.receive(None, Stream::Default, &again).unwrap_err();
    pair.exchange().unwrap();
    let events = pair.client_events();
    let [client::Event::BrokenByServer(Some(reason))] = &events[..] else { panic!("{events:?}") };
    assert!(reason.message().contains(MessageType::SessionCapability.name()), "{}", reason.message());
}

//! Making, using and closing shells and commands.

use crate::pair::{Pair, bytes, caller, client_config, config, last, output, seconds};
use wsman::action::{Action, BufferMode, InputStream, Response, SignalCode};
use wsman::shell::client::{self, Error};
use wsman::shell::server::{CloseReason, Event, ExchangeId};
use wsman::{CommandId, Outcome, ShellId};

#[test]
fn a_shell_from_create_to_delete() {
    let mut pair = Pair::new();
    let key = pair.open();
    let Event::Create(shell) = &pair.told[0] else { panic!("{:?}", pair.told) };
    assert_eq!((&*shell.creation, shell.protocol_version.as_str(), shell.identity), (&b"creation"[..], "2.3", "alice"));
    pair.write(None, output("SESSION_CAPABILITY"));
    pair.write(None, output("RUNSPACEPOOL_STATE"));
    let command = pair.command();
    pair.write(Some(command), output("PIPELINE_OUTPUT"));
    pair.write(Some(command), last("PIPELINE_STATE"));
    let now = pair.now;
    pair.clients[0].signal(command, SignalCode::Terminate, now);
    pair.clients[0].delete(now);
    pair.run();
    assert_eq!(pair.received(None), "SESSION_CAPABILITYRUNSPACEPOOL_STATE");
    assert_eq!(pair.received(Some(command)), "PIPELINE_OUTPUTPIPELINE_STATE");
    assert!(pair.seen[0].contains(&client::Event::Done(command)));
    assert!(pair.seen[0].contains(&client::Event::Deleted));
    assert!(pair.told.contains(&Event::Released { shell: key, command }));
    assert!(pair.told.contains(&Event::Closed { shell: key, reason: CloseReason::Deleted }));
}

#[test]
fn w_058_the_clients_id_is_taken_and_given_back_in_capitals() {
    let mut pair = Pair::new();
    pair.open();
    let Response::Create(created) = pair.last_response(Action::Create) else { panic!() };
    assert_eq!(created.shell.id, pair.clients[0].shell());
    assert_eq!(created.address, crate::pair::URL);
    let now = pair.now;
    pair.clients[0].create(None, None, bytes(""), now);
    pair.run();
    assert_eq!(pair.faults(Action::Create), [2_150_859_223]);
}

#[test]
fn w_060_the_answer_to_create_has_every_field_in_its_place() {
    let mut pair = Pair::new();
    let request = {
        let now = pair.now;
        pair.clients[0].create(Some("WinRM2"), None, bytes("x"), now);
        pair.clients[0].poll_output().unwrap()
    };
    let request = wsman::Request::read(None, &request.body, &config().limits.request).unwrap();
    let id = pair.clients[0].shell();
    pair.server.receive(ExchangeId(1), &caller("alice"), request, pair.now);
    let Some(Event::Create(shell)) = pair.server.poll_event() else { panic!() };
    pair.server.accept_shell(shell.shell, pair.now);
    let text = String::from_utf8(pair.server.poll_output().unwrap().1.render().body).unwrap();
    let body = &text[text.find("<s:Body>").unwrap()..];
    assert_eq!(
        body,
        format!(
            "<s:Body><x:ResourceCreated><a:Address>{}</a:Address><a:ReferenceParameters>\
             <w:ResourceURI>http://schemas.microsoft.com/powershell/PrivilegedEndpoint</w:ResourceURI>\
             <w:SelectorSet><w:Selector Name=\"ShellId\">{id}</w:Selector></w:SelectorSet></a:ReferenceParameters>\
             </x:ResourceCreated><rsp:Shell xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\">\
             <rsp:ShellId>{id}</rsp:ShellId><rsp:Name>WinRM2</rsp:Name>\
             <rsp:ResourceUri>http://schemas.microsoft.com/powershell/PrivilegedEndpoint</rsp:ResourceUri>\
             <rsp:Owner>SERVER01\\alice</rsp:Owner><rsp:ClientIP>192.0.2.10</rsp:ClientIP><rsp:ProcessId>0</rsp:ProcessId>\
             <rsp:IdleTimeOut>PT7200.000S</rsp:IdleTimeOut><rsp:InputStreams>stdin pr</rsp:InputStreams>\
             <rsp:OutputStreams>stdout</rsp:OutputStreams><rsp:MaxIdleTimeOut>PT43200.000S</rsp:MaxIdleTimeOut>\
             <rsp:Locale>en-US</rsp:Locale><rsp:DataLocale>en-US</rsp:DataLocale>\
             <rsp:CompressionMode>NoCompression</rsp:CompressionMode><rsp:ProfileLoaded>Yes</rsp:ProfileLoaded>\
             <rsp:Encoding>UTF8</rsp:Encoding><rsp:BufferMode>Block</rsp:BufferMode><rsp:State>Connected</rsp:State>\
             <rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime><rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity>\
             </rsp:Shell></s:Body></s:Envelope>",
            crate::pair::URL
        )
    );
}

#[test]
fn w_061_what_of_psrp_does_not_fit_into_create_comes_by_send() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.clients[0].create(None, None, bytes(""), now);
    pair.clients[0].send(None, InputStream::Stdin, bytes("rest"), now);
    pair.run();
    let key = pair.key(0);
    let data = bytes("rest");
    assert!(pair.told.contains(&Event::Input { shell: key, command: None, stream: InputStream::Stdin, data }));
}

#[test]
fn w_063_a_command_is_answered_before_psrp_has_seen_it() {
    let mut pair = Pair::new();
    let key = pair.open();
    let id = CommandId::new();
    let now = pair.now;
    for line in ["", " ", "Get-Process -Name <x>"] {
        pair.clients[0].command(if line.is_empty() { id } else { CommandId::new() }, line, bytes("part"), now);
    }
    pair.run();
    assert_eq!(pair.done(Action::Command), 3);
    let first = Event::Command { shell: key, command: id, line: String::new(), arguments: bytes("part") };
    assert!(pair.told.contains(&first));
    pair.clients[0].command(id, "", bytes(""), now);
    pair.run();
    assert_eq!(pair.faults(Action::Command), [2_150_859_222]);
}

#[test]
fn w_065_w_066_input_reaches_the_shell_and_its_commands_on_both_streams() {
    let mut pair = Pair::new();
    let shell = pair.open();
    let command = pair.command();
    let now = pair.now;
    for (to, stream, text) in [
        (None, InputStream::Stdin, "1"),
        (Some(command), InputStream::Stdin, "2"),
        (Some(command), InputStream::PromptResponse, "3"),
        // Without a CommandId PSRP's own pipeline id tells where it belongs.
        (None, InputStream::PromptResponse, "4"),
    ] {
        pair.clients[0].send(to, stream, bytes(text), now);
    }
    pair.run();
    let inputs: Vec<_> = pair.told.iter().filter(|event| matches!(event, Event::Input { .. })).cloned().collect();
    let input = |command, stream, text| Event::Input { shell, command, stream, data: bytes(text) };
    assert_eq!(
        inputs,
        [
            input(None, InputStream::Stdin, "1"),
            input(Some(command), InputStream::Stdin, "2"),
            input(Some(command), InputStream::PromptResponse, "3"),
            input(None, InputStream::PromptResponse, "4"),
        ]
    );
}

#[test]
fn input_for_a_command_that_is_over_is_dropped_and_for_an_unknown_one_refused() {
    let mut pair = Pair::new();
    pair.open();
    let command = pair.command();
    pair.write(Some(command), last("end"));
    let now = pair.now;
    pair.clients[0].send(Some(command), InputStream::Stdin, bytes("late"), now);
    pair.clients[0].send(Some(CommandId::new()), InputStream::Stdin, bytes("wrong"), now);
    pair.run();
    assert_eq!(pair.done(Action::Send), 1);
    assert_eq!(pair.faults(Action::Send), [2_150_858_843]);
    assert!(!pair.told.iter().any(|event| matches!(event, Event::Input { .. })));
}

#[test]
fn w_072_stop_ends_the_command_before_the_signal_is_answered() {
    let mut pair = Pair::new();
    let key = pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.clients[0].signal(command, SignalCode::Stop, now);
    pair.run();
    assert!(pair.told.contains(&Event::Stop { shell: key, command }));
    assert_eq!(pair.done(Action::Signal), 0);
    pair.write(Some(command), last("Stopped"));
    let order: Vec<_> = pair.seen[0].iter().rev().take(3).rev().collect();
    let expected = [
        client::Event::Output(Some(command), bytes("Stopped")),
        client::Event::Done(command),
        client::Event::Signalled(command, SignalCode::Stop),
    ];
    assert_eq!(order, expected.iter().collect::<Vec<_>>());
}

#[test]
fn w_072_a_command_that_does_not_stop_does_not_hold_the_signal_for_ever() {
    let mut pair = Pair::new();
    pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.clients[0].signal(command, SignalCode::Stop, now);
    pair.run();
    pair.wait(seconds(6));
    assert_eq!(pair.done(Action::Signal), 1);
}

#[test]
fn w_073_terminate_frees_a_command_once() {
    let mut pair = Pair::new();
    let key = pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.clients[0].stop_receiving(Some(command));
    pair.clients[0].signal(command, SignalCode::Terminate, now);
    pair.clients[0].signal(command, SignalCode::Terminate, now);
    pair.run();
    assert_eq!((pair.done(Action::Signal), pair.faults(Action::Signal)), (1, vec![2_150_858_843]));
    assert!(pair.told.contains(&Event::Released { shell: key, command }));
    assert!(pair.server.write(key, Some(command), output("late"), pair.now).is_err());
}

#[test]
fn w_074_delete_ends_what_waits_and_works_once() {
    let mut pair = Pair::new();
    pair.open();
    pair.command();
    let now = pair.now;
    pair.clients[0].delete(now);
    pair.clients[0].delete(now);
    pair.run();
    assert_eq!(pair.faults(Action::Receive), [995, 995]);
    assert_eq!((pair.done(Action::Delete), pair.faults(Action::Delete)), (1, vec![2_150_858_843]));
}

#[test]
fn w_014_another_user_sees_no_such_shell() {
    let mut pair = Pair::new();
    pair.open();
    let shell = pair.clients[0].shell();
    let bob = pair.add(client_config(), shell, "bob");
    let now = pair.now;
    let thief = &mut pair.clients[bob];
    thief.command(CommandId::new(), "", bytes(""), now);
    thief.send(None, InputStream::Stdin, bytes("x"), now);
    thief.signal(CommandId::new(), SignalCode::Stop, now);
    thief.disconnect(None, None, now);
    thief.reconnect(None, now);
    thief.connect(bytes("x"), now);
    thief.get(now);
    thief.start_receiving(None, now);
    pair.run();
    pair.clients[bob].delete(now);
    pair.run();
    let faults: Vec<_> = pair.seen[bob]
        .iter()
        .map(|event| match event {
            client::Event::Failed { error: Error::Fault(fault), .. } => fault.number,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(faults, [2_150_858_843; 9]);
    // He may even have a shell of the same id, his own.
    pair.clients[bob].create(None, None, bytes(""), now);
    pair.run();
    assert_ne!(pair.key(bob), pair.key(0));
}

#[test]
fn w_014_any_connection_of_the_same_user_will_do() {
    let mut pair = Pair::new();
    pair.open();
    let shell = pair.clients[0].shell();
    let other = pair.add(client_config(), shell, "alice");
    let now = pair.now;
    pair.clients[other].command(CommandId::new(), "", bytes("x"), now);
    pair.run();
    assert_eq!(pair.done(Action::Command), 1);
}

#[test]
fn w_040_whoever_may_not_is_told_so_and_nothing_is_done() {
    let mut pair = Pair::new();
    let mallory = pair.add(client_config(), ShellId::new(), "mallory");
    let now = pair.now;
    pair.clients[mallory].create(None, None, bytes(""), now);
    pair.clients[mallory].list_shells(now);
    pair.clients[mallory].identify(now);
    pair.run();
    assert_eq!((pair.faults(Action::Create), pair.faults(Action::Enumerate)), (vec![5], vec![5]));
    assert_eq!(pair.done(Action::Identify), 1);
    assert!(pair.told.is_empty());
}

#[test]
fn w_093_quotas_of_shells_commands_and_users() {
    let mut limited = config();
    limited.limits.shells_per_user = 2;
    limited.limits.users = 1;
    limited.limits.commands_per_shell = 1;
    let mut pair = Pair::with(limited, client_config());
    pair.open();
    for _ in 0..2 {
        let client = pair.add(client_config(), ShellId::new(), "alice");
        let now = pair.now;
        pair.clients[client].create(None, None, bytes(""), now);
    }
    let bob = pair.add(client_config(), ShellId::new(), "bob");
    let now = pair.now;
    pair.clients[bob].create(None, None, bytes(""), now);
    pair.run();
    assert_eq!(pair.faults(Action::Create), [2_150_859_173, 2_150_859_179]);
    let first = pair.command();
    pair.clients[0].command(CommandId::new(), "", bytes(""), now);
    pair.run();
    assert_eq!(pair.faults(Action::Command), [2_150_859_241]);
    // Over and told so: there is room again, before the client releases it.
    pair.write(Some(first), last("end"));
    pair.command();
    assert_eq!(pair.done(Action::Command), 2);
}

#[test]
fn w_093_the_operations_of_a_user_are_limited_but_something_can_be_ended() {
    let mut limited = config();
    limited.limits.operations_per_user = 3;
    let mut pair = Pair::with(limited, client_config());
    pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.clients[0].command(CommandId::new(), "", bytes(""), now);
    pair.run();
    assert_eq!(pair.faults(Action::Command), [2_150_859_174]);
    pair.clients[0].signal(command, SignalCode::Terminate, now);
    pair.run();
    assert_eq!(pair.done(Action::Signal), 1);
    pair.clients[0].command(CommandId::new(), "", bytes(""), now);
    pair.run();
    assert_eq!(pair.done(Action::Command), 2);
}

#[test]
fn w_094_a_shell_left_alone_goes_and_a_waiting_receive_keeps_it() {
    let mut limited = config();
    limited.limits.idle_timeout = seconds(300);
    let mut pair = Pair::with(limited, client_config());
    let key = pair.open();
    // The client receives: an hour is nothing.
    pair.wait(seconds(3600));
    assert!(!pair.told.contains(&Event::Closed { shell: key, reason: CloseReason::Idle }));
    // It is gone without a word; its Receive with it.
    pair.clients[0].stop_receiving(None);
    pair.cut(0);
    pair.wait(seconds(200));
    // Any request starts the time anew.
    let now = pair.now;
    pair.clients[0].get(now);
    pair.run();
    pair.wait(seconds(200));
    assert!(!pair.told.contains(&Event::Closed { shell: key, reason: CloseReason::Idle }));
    pair.wait(seconds(101));
    assert!(pair.told.contains(&Event::Closed { shell: key, reason: CloseReason::Idle }));
}

#[test]
fn w_095_an_idle_time_out_is_cut_above_and_refused_below() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.clients[0].create(None, Some(seconds(1_000_000)), bytes(""), now);
    pair.run();
    let Response::Create(created) = pair.last_response(Action::Create) else { panic!() };
    assert_eq!(created.shell.idle_timeout, seconds(43200));
    let short = pair.add(client_config(), ShellId::new(), "alice");
    pair.clients[short].create(None, Some(seconds(59)), bytes(""), now);
    pair.run();
    assert_eq!(pair.faults(Action::Create), [2_150_859_250]);
}

#[test]
fn a_shell_that_the_session_refuses_is_a_fault_with_its_text() {
    let mut pair = Pair::new();
    pair.accepting = false;
    let now = pair.now;
    pair.clients[0].create(None, None, bytes(""), now);
    pair.run();
    let key = pair.key(0);
    pair.server.refuse_shell(key, wsman::fault::Fault::Internal("The record cannot be written.".into()), now);
    pair.run();
    let [client::Event::Failed { error, .. }] = &pair.seen[0][..] else { panic!("{:?}", pair.seen) };
    assert_eq!(error.to_string(), "The record cannot be written.");
    // Nothing is left of it: the same id can be asked for again.
    pair.accepting = true;
    pair.open();
}

#[test]
fn a_shell_that_the_server_closes_says_its_last_word_first() {
    let mut pair = Pair::new();
    let key = pair.open();
    let command = pair.command();
    let now = pair.now;
    pair.server.write(key, None, output("RUNSPACEPOOL_STATE Broken"), now).unwrap();
    pair.server.close_shell(key, "The server is stopping.", now);
    pair.run();
    assert_eq!(pair.received(None), "RUNSPACEPOOL_STATE Broken");
    // The shell's Receive ends as with any closed shell; a command that was not over must not be told the same.
    let mut faults = pair.faults(Action::Receive);
    faults.sort_unstable();
    assert_eq!(faults, [995, 1359]);
    assert!(pair.server.write(key, Some(command), output("late"), now).is_err());
    pair.clients[0].command(CommandId::new(), "", bytes(""), now);
    pair.run();
    assert_eq!(pair.faults(Action::Command), [2_150_858_843]);
    pair.wait(seconds(61));
    assert_eq!(pair.server.find_shell(&"alice", pair.clients[0].shell()), None);
    assert!(!pair.told.iter().any(|event| matches!(event, Event::Closed { .. })));
}

#[test]
fn w_015_a_client_that_dies_during_create_finds_its_shell_when_it_asks_again() {
    let mut pair = Pair::new();
    pair.accepting = false;
    let now = pair.now;
    pair.clients[0].create(None, None, bytes("x"), now);
    let outgoing = pair.clients[0].poll_output().unwrap();
    let request = wsman::Request::read(None, &outgoing.body, &config().limits.request).unwrap();
    let first = pair.ask_later("alice", request.clone());
    let Some(Event::Create(shell)) = pair.server.poll_event() else { panic!() };
    pair.server.settle(first, wsman::shell::server::Delivery::Lost, now);
    pair.server.accept_shell(shell.shell, now);
    assert!(pair.server.poll_output().is_none());
    let (_, again) = pair.ask("alice", request);
    assert!(matches!(again, Some(Outcome::Response(Response::Create(_)))), "{again:?}");
    assert!(pair.told.is_empty());
}

#[test]
fn a_shell_whose_id_the_server_chose_cannot_be_disconnected() {
    let mut pair = Pair::new();
    let create = wsman::action::Create {
        input_streams: "stdin".into(),
        output_streams: "stdout".into(),
        ..wsman::action::Create::default()
    };
    let mut request = pair.request(wsman::action::Operation::Create(create));
    request.header.options =
        vec![wsman::header::HeaderOption { name: "protocolversion".into(), value: "2.1".into(), must_comply: false }];
    let (_, created) = pair.ask("alice", request);
    let Some(Outcome::Response(Response::Create(created))) = created else { panic!("{created:?}") };
    let mut request = pair.request(wsman::action::Operation::Disconnect(wsman::action::Disconnect {
        idle_timeout: None,
        buffer_mode: Some(BufferMode::Block),
    }));
    request.header.shell = wsman::header::ShellSelector::Id(created.shell.id);
    let (_, refused) = pair.ask("alice", request);
    assert_eq!(crate::pair::fault(refused), 2_150_859_205);
}

//! What older and other clients leave out or write another way (enter-pssession 4.2, 6.6; PowerShell 2 to 5.1, pypsrp).

use clixml::{Object, Plain, Value, Version};
use psrp::Stream;
use psrp::message::{Argument, CommandTypes, PipelineResultTypes};
use psrp::pool::server::{Event, RunspacePool};
use psrp::session_key::SessionKey;
use std::sync::Arc;

use crate::pair::{POOL, V2_3, V2_4, fragment, pipeline, server_config};

const SESSION_CAPABILITY: u32 = 0x0001_0002;
const INIT_RUNSPACEPOOL: u32 = 0x0001_0004;
const CREATE_PIPELINE: u32 = 0x0002_1006;
const GET_COMMAND_METADATA: u32 = 0x0002_100A;

/// A message that is written by hand; no BOM, as some clients have it.
fn message(message_type: u32, of_pipeline: bool, body: impl Into<Value>) -> Vec<u8> {
    let pipeline = if of_pipeline { pipeline(1) } else { clixml::Guid::nil() };
    let text = clixml::to_string(&body.into(), &Plain);
    let header = [&2_u32.to_le_bytes()[..], &message_type.to_le_bytes(), &POOL.to_bytes_le(), &pipeline.to_bytes_le()];
    fragment(&[&header.concat()[..], text.as_bytes()].concat())
}

fn list(items: impl IntoIterator<Item = Object>) -> Object {
    Object::new().content(clixml::Content::List(items.into_iter().map(Value::from).collect()))
}

/// Opened by a client that tells as little as possible.
fn opened(capability: Object) -> (RunspacePool, Event) {
    let mut server = RunspacePool::new(Arc::new(server_config(V2_4)), SessionKey::new([7; 32]));
    server.receive(None, Stream::Default, &message(SESSION_CAPABILITY, false, capability)).unwrap();
    let init = Object::new().note("MaxRunspaces", 1).note("MinRunspaces", 1).note("ApplicationArguments", Value::Null);
    server.receive(None, Stream::Default, &message(INIT_RUNSPACEPOOL, false, init)).unwrap();
    let event = server.poll_event().unwrap();
    (server, event)
}

fn capability(protocol: Version) -> Object {
    let serialization: Version = "1.1.0.1".parse().unwrap();
    Object::new()
        .note("SerializationVersion", serialization)
        .note("PSVersion", Version::new(2, 0))
        .note("protocolversion", protocol)
}

#[test]
fn windows_powershell_5_1_sends_its_time_zone_and_nobody_looks_at_it() {
    let time_zone = Value::Bytes(b"\0\x01\0\0\0\xff\xff\xff\xff".to_vec().into());
    let (_, event) = opened(capability(V2_3).note("TimeZone", time_zone));
    let Event::Opened(opened) = event else { panic!("{event:?}") };
    assert_eq!(opened.protocol, V2_3);
    assert_eq!((opened.ps_version(), opened.host_info.is_host_null), (None, true));
}

#[test]
fn powershell_2_knows_nothing_of_the_later_streams() {
    let (mut server, _) = opened(capability(Version::new(2, 1)));
    assert_eq!(server.protocol(), Version::new(2, 1));
    let argument = Object::new().note("N", "-Name").note("V", Value::Null);
    let command = Object::new()
        .note("Cmd", "Get-PepGreeting")
        .note("IsScript", false)
        .note("UseLocalScope", Value::Null)
        .note("MergeMyResult", 2) // a bare number
        .note("MergeToResult", "Output") // a name
        .note("Args", list([argument]));
    let power_shell =
        Object::new().note("Cmds", list([command])).note("IsNested", false).note("ExtraCmds", Value::Null);
    let create = Object::new().note("PowerShell", power_shell).note("NoInput", true);
    server.receive(Some(pipeline(1)), Stream::Default, &message(CREATE_PIPELINE, true, create)).unwrap();
    let Some(Event::PipelineCreated { pipeline, .. }) = server.poll_event() else { panic!() };
    let statements: Vec<_> = pipeline.power_shell.statements().collect();
    let [[command]] = &statements[..] else { panic!("{statements:?}") };
    assert_eq!(
        (command.merge_my_result, command.merge_to_result),
        (PipelineResultTypes::ERROR, PipelineResultTypes::OUTPUT)
    );
    assert_eq!((command.merge_error, command.merge_warning), (PipelineResultTypes::NONE, PipelineResultTypes::NONE));
    assert_eq!(Argument::from(command.parameters[0].clone()), Argument::Name("Name".into()));
}

#[test]
fn metadata_is_asked_for_in_several_ways() {
    let ask = |request: Object| {
        let (mut server, _) = opened(capability(V2_3));
        server.receive(Some(pipeline(1)), Stream::Default, &message(GET_COMMAND_METADATA, true, request)).unwrap();
        match server.poll_event() {
            Some(Event::CommandMetadata { request, .. }) => request,
            other => panic!("{other:?}"),
        }
    };
    let all = ask(Object::new().note("Name", Value::Null).note("CommandType", 511).note("Namespace", Value::Null));
    assert_eq!((&all.names[..], all.namespaces.len()), (&["*".into()][..], 0));
    assert!(all.command_types.has(CommandTypes::CMDLET) && all.command_types.has(CommandTypes::FUNCTION));
    let one = ask(Object::new().note("Name", "Get-*").note("CommandType", "Function, Cmdlet"));
    assert_eq!((&one.names[..], one.command_types), (&["Get-*".into()][..], CommandTypes(10)));
    let nothing = ask(Object::new().note("CommandType", Value::Null));
    assert!(nothing.command_types.has(CommandTypes::ALIAS), "no kind named means every kind");
}

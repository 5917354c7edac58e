use clixml::{Guid, SecureString, Value};
use psrp::host_call::{ChoiceDescription, HostCall, HostReply, PsCredential, Size};
use psrp::message::{AvailabilityResponse, Command, CreatePipeline, GetCommandMetadata, ps_version_table_entry};
use psrp::pool::client::{Config, Event, PipelineEnd, Record, RunspacePool};
use psrp::pool::server;
use psrp::record::{ErrorCategory, InformationalKind, ProgressType};
use psrp::{HostDefaultData, HostInfo};
use serde_json::{Value as Json, json};

use crate::peer::Peer;

const POOL: Guid = Guid::from_u128(0x16c6_3f8c_0000_4000_8000_0000_0000_00aa);
const PIPELINE: Guid = Guid::from_u128(0x440f_238b_0000_4000_8000_0000_0000_0001);

/// Our client and psrpcore's server.
struct Session {
    client: RunspacePool,
    peer: Peer,
}

impl Session {
    fn opened() -> Session {
        let screen = HostDefaultData::console(Size { width: 100, height: 40 });
        let config = Config {
            protocol: server::Config::V2_3,
            max_runspaces: 2,
            host_info: HostInfo::with_screen(screen),
            ..Config::default()
        };
        let mut session = Session { client: RunspacePool::new(config, POOL), peer: Peer::start() };
        session.peer.run("pool = ServerRunspacePool({'who': 'psrpcore'})");
        session.client.open();
        session
    }

    fn ready() -> Session {
        let mut session = Session::opened();
        session.exchange();
        session
    }

    /// Carries everything over; returns what it meant to both: to our client, and to psrpcore.
    fn exchange(&mut self) -> (Vec<Event>, Vec<Json>) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        loop {
            let mut carried = false;
            while let Some((pipeline, _, bytes)) = self.client.poll_output(32_789) {
                theirs.extend(self.peer.give(pipeline, &bytes));
                carried = true;
            }
            for (pipeline, _, bytes) in self.peer.take() {
                self.client.receive(pipeline, &bytes).unwrap();
                carried = true;
            }
            ours.extend(std::iter::from_fn(|| self.client.poll_event()));
            if !carried {
                return (ours, theirs);
            }
        }
    }

    /// Creates a pipeline, and makes psrpcore start it as `ps`.
    fn start(&mut self, command: Command) -> Vec<Json> {
        let pipeline = CreatePipeline { no_input: false, ..CreatePipeline::new(vec![command]) };
        self.client.create_pipeline(PIPELINE, pipeline).unwrap();
        let (_, theirs) = self.exchange();
        self.peer.run(&format!(
            "ps = pool.pipeline_table[uuid.UUID('{PIPELINE}')]\nps.start()\nhost = ServerHostRequestor(ps)"
        ));
        theirs
    }
}

#[test]
fn a_pool_opens_at_2_3() {
    let mut session = Session::opened();
    let (ours, theirs) = session.exchange();
    let [Event::ApplicationPrivateData(data), Event::Opened] = &ours[..] else { panic!("{ours:?}") };
    let version = ps_version_table_entry(data, "PSRemotingProtocolVersion");
    assert_eq!(version, Some(&Value::Version(server::Config::V2_3)));
    assert_eq!(theirs[1]["type"], "InitRunspacePool");
    assert_eq!(session.peer.value("[pool.state, pool.max_runspaces]"), json!(["Opened", 2]));
    assert_eq!(session.peer.value("pool.host.HostDefaultData.BufferSize.Width"), 100);
}

#[test]
fn commands_arguments_and_input_arrive() {
    let mut session = Session::ready();
    let command = Command::new("Get-PepGreeting").parameter("Name", "World").argument(5).argument(Value::Null);
    session.start(command);
    let command = "pool.pipeline_table[ps.pipeline_id].metadata.commands[0]";
    assert_eq!(session.peer.value(&format!("{command}.command_text")), "Get-PepGreeting");
    assert_eq!(
        session.peer.value(&format!("{command}.parameters")),
        json!([["Name", "World"], [null, 5], [null, null]])
    );
    assert_eq!(session.peer.value("ps.metadata.no_input"), false);

    session.client.send_input(PIPELINE, 1.into()).unwrap();
    session.client.send_input(PIPELINE, "two".into()).unwrap();
    session.client.end_input(PIPELINE).unwrap();
    let (_, theirs) = session.exchange();
    let objects: Vec<&Json> = theirs.iter().map(|event| &event["object"]).collect();
    assert_eq!(objects[..2], [&json!(1), &json!("two")]);
    assert_eq!(theirs[2]["type"], "EndOfPipelineInput");
}

#[test]
fn every_stream_arrives() {
    let mut session = Session::ready();
    session.start(Command::new("Write-PepStream"));
    session.peer.run(
        "ps.write_output('text')\nps.write_output(PSInt(5))\nps.write_output(None)\n\
         ps.write_error(NETException('broken'), ErrorCategoryInfo(ErrorCategory.ResourceBusy, Activity='a', Reason='r',\n    \
         TargetName='t', TargetType='String'), 'the-target', 'PepErrorId')\n\
         ps.write_warning('warning')\nps.write_verbose('verbose')\nps.write_debug('debug')\n\
         ps.write_information('information', 'here', tags=['A', 'B'])\n\
         ps.write_progress('Working', 1, 'half', percent_complete=50)\n\
         ps.complete()",
    );
    let (ours, _) = session.exchange();
    let mut outputs = Vec::new();
    let mut records = Vec::new();
    for event in &ours {
        match event {
            Event::Output { value, .. } => outputs.push(value.clone()),
            Event::Record { record, .. } => records.push(record),
            Event::Finished { end, .. } => assert_eq!(*end, PipelineEnd::Completed),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(outputs, ["text".into(), 5.into(), Value::Null]);
    let [Record::Error(error), Record::Informational(w), Record::Informational(v), Record::Informational(d), rest @ ..] =
        &records[..]
    else {
        panic!("{records:?}")
    };
    assert_eq!((error.message().as_str(), error.category), ("broken", ErrorCategory::ResourceBusy));
    assert_eq!((error.fully_qualified_error_id.as_str(), &error.target_object), ("PepErrorId", &"the-target".into()));
    assert_eq!((error.activity.as_str(), error.reason.as_str()), ("a", "r"));
    assert_eq!((w.kind, w.message.as_str()), (InformationalKind::Warning, "warning"));
    assert_eq!((v.kind, v.message.as_str()), (InformationalKind::Verbose, "verbose"));
    assert_eq!((d.kind, d.message.as_str()), (InformationalKind::Debug, "debug"));
    let [Record::Information(information), Record::Progress(progress)] = rest else { panic!("{rest:?}") };
    assert_eq!(
        (&information.message_data, &information.tags[..]),
        (&"information".into(), &["A".into(), "B".into()][..])
    );
    assert_eq!((progress.activity.as_str(), progress.percent_complete), ("Working", 50));
    assert_eq!(progress.kind, ProgressType::Processing);
}

#[test]
fn secure_strings_travel_both_ways_under_the_session_key() {
    let mut session = Session::ready();
    let credential = PsCredential { user_name: "DOMAIN\\operator".into(), password: SecureString::new("pw") };
    let command = Command::new("Test-PepSecret")
        .parameter("Secret", SecureString::new("P@ssw\u{f6}rd \u{1F511}"))
        .parameter("Credential", credential.to_value());
    let theirs = session.start(command);
    assert_eq!(theirs[0]["type"], "PublicKey", "asked for by itself, before the pipeline");
    let parameters = session.peer.value("ps.metadata.commands[0].parameters");
    assert_eq!(parameters[0][1], json!({"secret": "P@ssw\u{f6}rd \u{1F511}"}));
    assert_eq!(parameters[1][1], json!({"user": "DOMAIN\\operator", "password": "pw"}));

    session.peer.run("ps.write_output(PSSecureString('back'))");
    let (ours, _) = session.exchange();
    let value = SecureString::new("back").into();
    assert_eq!(ours, [Event::Output { id: PIPELINE, value }]);
}

#[test]
fn a_secure_string_that_comes_first_waits_for_the_key() {
    let mut session = Session::ready();
    session.start(Command::new("Get-PepSecret"));
    session.peer.run("ps.write_output(PSSecureString('out'))\nps.write_output('after')\nps.complete()");
    let (ours, theirs) = session.exchange();
    assert_eq!(theirs[0]["type"], "PublicKey");
    let output = |value| Event::Output { id: PIPELINE, value };
    let finished = Event::Finished { id: PIPELINE, end: PipelineEnd::Completed };
    let expected = [Event::KeyExchanged, output(SecureString::new("out").into()), output("after".into()), finished];
    assert_eq!(ours, expected);
}

#[test]
fn host_calls_are_understood_and_answered() {
    let mut session = Session::ready();
    session.start(Command::new("Read-PepAnswer"));
    let mut asked = |call: &str, reply: HostReply| {
        session.peer.run(&format!("ci = host.{call}"));
        let (ours, _) = session.exchange();
        let Some(Event::HostCall { pipeline, call_id, call }) = ours.last().cloned() else { panic!("{ours:?}") };
        assert_eq!(pipeline, Some(PIPELINE));
        session.client.answer(pipeline, call_id, reply);
        let (_, mut theirs) = session.exchange();
        (call, theirs.pop().unwrap())
    };
    let (call, response) = asked("read_line()", HostReply::Value("typed".into()));
    assert_eq!((call, &response["result"]), (HostCall::ReadLine, &json!("typed")));

    let hidden = HostReply::Value(SecureString::new("hidden").into());
    let (call, response) = asked("read_line_as_secure_string()", hidden);
    assert_eq!((call, &response["result"]), (HostCall::ReadLineAsSecureString, &json!({"secret": "hidden"})));

    let prompt = "prompt('caption', 'message', [FieldDescription('Name', ParameterTypeFullName='System.String')])";
    let (call, response) = asked(prompt, HostReply::of_fields([("Name", "World".into())]));
    let HostCall::Prompt { caption, fields, .. } = call else { panic!("{call:?}") };
    assert_eq!((caption.as_str(), fields[0].name.as_str()), ("caption", "Name"));
    assert_eq!(response["result"], json!({"Name": "World"}));

    let choice = "prompt_for_choice('c', 'm', [ChoiceDescription('&Yes', 'Go on.')], 0)";
    let (call, response) = asked(choice, HostReply::Value(0.into()));
    let HostCall::PromptForChoice { choices, .. } = call else { panic!("{call:?}") };
    assert_eq!(choices, [ChoiceDescription { label: "&Yes".into(), help_message: "Go on.".into() }]);
    assert_eq!(response["result"], 0);

    let credential = PsCredential { user_name: "u".into(), password: SecureString::new("pw") };
    let (call, response) = asked("prompt_for_credential('c', 'm', 'u', 't')", HostReply::of_credential(&credential));
    assert!(matches!(call, HostCall::PromptForCredential2 { .. } | HostCall::Other(24, _)), "{call:?}");
    assert_eq!(response["result"], json!({"user": "u", "password": "pw"}));
}

#[test]
fn failures_stops_and_events_arrive() {
    let mut session = Session::ready();
    session.start(Command::new("A"));
    session.peer.run("ps.stop()\npool.send_event(1, 'source', message_data='data')");
    let (ours, _) = session.exchange();
    assert_eq!(ours[0], Event::Finished { id: PIPELINE, end: PipelineEnd::Stopped });
    let Event::UserEvent(event) = &ours[1] else { panic!("{ours:?}") };
    assert_eq!((event.event_identifier, &event.message_data), (1, &"data".into()));

    session.peer.run("pool.set_broken(ErrorRecord(NETException('no more'), ErrorCategoryInfo()))");
    let (ours, _) = session.exchange();
    let [Event::BrokenByServer(Some(reason))] = &ours[..] else { panic!("{ours:?}") };
    assert_eq!(reason.message().as_str(), "no more");
}

#[test]
fn metadata_and_availability() {
    let mut session = Session::ready();
    session.client.get_command_metadata(PIPELINE, GetCommandMetadata::new(["Out-*"])).unwrap();
    let (_, theirs) = session.exchange();
    assert_eq!(theirs[0]["type"], "GetCommandMetadata");
    assert_eq!(
        session.peer.value(&format!("pool.pipeline_table[uuid.UUID('{PIPELINE}')].metadata.name")),
        json!(["Out-*"])
    );

    let call_id = session.client.set_max_runspaces(5).unwrap();
    session.exchange();
    session.peer.run(&format!("pool.runspace_availability_response({call_id}, True)"));
    let response = AvailabilityResponse::Done(true);
    assert_eq!(session.exchange().0, [Event::Availability { call_id, response }]);
    let call_id = session.client.get_available_runspaces().unwrap();
    session.exchange();
    session.peer.run(&format!("pool.runspace_availability_response({call_id}, 4)"));
    let response = AvailabilityResponse::Available(4);
    assert_eq!(session.exchange().0, [Event::Availability { call_id, response }]);
}

#[test]
fn a_key_is_given_to_a_server_that_asks() {
    let mut session = Session::ready();
    session.peer.run("pool.request_key()");
    let (ours, theirs) = session.exchange();
    assert_eq!(ours, [Event::KeyExchanged]);
    assert_eq!(theirs[0]["type"], "PublicKey");
}

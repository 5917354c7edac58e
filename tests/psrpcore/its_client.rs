use std::sync::Arc;

use clixml::{Guid, Object, SecureString, Value, Version};
use psrp::Stream;
use psrp::host_call::{ChoiceDescription, FieldDescription, HostCall, PsCredential};
use psrp::message::{Argument, PsVersionTable};
use psrp::pool::server::{Config, Event, PipelineEnd, Record, RunspacePool};
use psrp::record::{
    ErrorCategory, ErrorDetails, ErrorRecord, Exception, InformationRecord, InformationalKind, InformationalRecord,
    ProgressRecord, ProgressType,
};
use psrp::session_key::SessionKey;
use serde_json::{Value as Json, json};

use crate::peer::Peer;

/// psrpcore's client and our server.
struct Session {
    peer: Peer,
    server: RunspacePool,
}

impl Session {
    fn opened() -> Session {
        let table = PsVersionTable {
            ps_version: "7.6.9".parse().unwrap(),
            ps_edition: "Core".into(),
            compatible_versions: vec![Version::new(7, 0)],
            more: Vec::new(),
        };
        let server = RunspacePool::new(Arc::new(Config::new(table)), SessionKey::new([7; 32]));
        let mut session = Session { peer: Peer::start(), server };
        session.peer.run(
            "at, size = Coordinates(0, 0), Size(90, 30)\n\
             screen = HostDefaultData(ConsoleColor.Gray, ConsoleColor.Black, at, at, 25, size, size, size, size, 'title')\n\
             host = HostInfo(IsHostNull=False, IsHostUINull=False, IsHostRawUINull=False, HostDefaultData=screen)\n\
             pool = ClientRunspacePool(application_arguments={'who': 'psrpcore'}, host=host)\n\
             responder = ClientHostResponder(pool)\n\
             pool.open()",
        );
        session
    }

    /// Carries everything over; returns what it meant to both: to our server, and to psrpcore.
    fn exchange(&mut self) -> (Vec<Event>, Vec<Json>) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        loop {
            let pieces = self.peer.take();
            for (pipeline, is_host, bytes) in &pieces {
                let stream = if *is_host { Stream::PromptResponse } else { Stream::Default };
                self.server.receive(*pipeline, stream, bytes).unwrap();
            }
            ours.extend(std::iter::from_fn(|| self.server.poll_event()));
            let mut answered = false;
            while let Some((pipeline, bytes)) = self.server.poll_output(32_789) {
                theirs.extend(self.peer.give(pipeline, &bytes));
                answered = true;
            }
            if pieces.is_empty() && !answered {
                return (ours, theirs);
            }
        }
    }

    /// Opened, and past the events of that.
    fn ready() -> Session {
        let mut session = Session::opened();
        session.exchange();
        session
    }

    /// Starts what `ps` was made to be, and returns its id with the event.
    fn start(&mut self, statements: &str) -> (Guid, Event) {
        self.peer.run(&format!("ps = ClientPowerShell(pool)\n{statements}\nps.start()"));
        let (mut ours, _) = self.exchange();
        let event = ours.pop().unwrap();
        match &event {
            Event::PipelineCreated { id, .. } => (*id, event),
            other => panic!("{other:?}"),
        }
    }
}

fn types(events: &[Json]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn a_pool_opens_at_2_3() {
    let mut session = Session::opened();
    let (ours, theirs) = session.exchange();
    let [Event::Opened(opened)] = &ours[..] else { panic!("{ours:?}") };
    assert_eq!(opened.protocol, Config::V2_3);
    assert_eq!(opened.host_info.buffer_width(), Some(90));
    assert!(!opened.host_info.is_host_null);
    assert_eq!(opened.application_arguments.as_object().unwrap().entry("who"), Some(&"psrpcore".into()));
    assert_eq!(types(&theirs), ["SessionCapability", "ApplicationPrivateData", "RunspacePoolState"]);
    let table = &theirs[1]["object"]["ApplicationPrivateData"]["PSVersionTable"];
    assert_eq!((&table["PSVersion"], &table["PSRemotingProtocolVersion"]), (&json!("7.6.9"), &json!("2.3")));
    assert_eq!(session.peer.value("pool.state"), "Opened");
}

#[test]
fn commands_arguments_and_statements_arrive() {
    let mut session = Session::ready();
    let (_, event) = session.start(
        "ps.add_command('Get-PepGreeting').add_parameter('Name', 'World').add_parameter('Loud').add_argument(PSInt(5))\n\
         ps.add_command('Out-Default')\n\
         ps.add_statement()\n\
         ps.add_command('Get-Other').add_argument(None).add_argument([PSInt(1), 'two']).add_argument({'a': PSInt64(1)})\n\
         ps.add_statement()\n\
         ps.add_script('$x = 1')",
    );
    let Event::PipelineCreated { pipeline, .. } = event else { panic!() };
    let statements: Vec<_> = pipeline.power_shell.statements().collect();
    let names: Vec<Vec<&str>> =
        statements.iter().map(|commands| commands.iter().map(|command| command.name.as_str()).collect()).collect();
    assert_eq!(names, [vec!["Get-PepGreeting", "Out-Default"], vec!["Get-Other"], vec!["$x = 1"]]);
    assert!(statements[2][0].is_script && !statements[0][0].is_script);

    let arguments: Vec<Argument> = statements[0][0].parameters.iter().cloned().map(Argument::from).collect();
    let expected = [
        Argument::Pair("Name".into(), "World".into()),
        Argument::Pair("Loud".into(), true.into()),
        Argument::Value(5.into()),
    ];
    assert_eq!(arguments, expected);
    let arguments = &statements[1][0].parameters;
    assert!(arguments[0].value.is_null());
    assert_eq!(arguments[1].value.as_list(), Some(&[1.into(), "two".into()][..]));
    assert_eq!(arguments[2].value.as_object().unwrap().entry("a"), Some(&Value::Int64(1)));
}

#[test]
fn every_stream_arrives() {
    let mut session = Session::ready();
    let (id, _) = session.start("ps.add_command('Write-PepStream')");
    let exception =
        Exception::new(&["System.InvalidOperationException", "System.Exception", "System.Object"], "broken");
    let error = ErrorRecord {
        details: Some(ErrorDetails { message: "details".into(), recommended_action: None }),
        ..ErrorRecord::new(exception, "PepErrorId,Write-PepStream", ErrorCategory::ResourceBusy)
            .target("the-target", "the-target", "String")
            .activity("Write-PepStream")
    };
    let informational = |kind, text: &str| Record::Informational(InformationalRecord::new(kind, text));
    let records = [
        Record::Error(error.clone()),
        informational(InformationalKind::Warning, "warning"),
        informational(InformationalKind::Verbose, "verbose"),
        informational(InformationalKind::Debug, "debug"),
        Record::Information(InformationRecord {
            message_data: "information".into(),
            source: "here".into(),
            time_generated: clixml::DateTime { ticks: 639_000_000_000_000_000, kind: clixml::DateTimeKind::Utc },
            tags: vec!["A".into(), "B".into()],
            user: "u".into(),
            computer: "c".into(),
            process_id: 1,
            native_thread_id: 2,
            managed_thread_id: 3,
        }),
        Record::Progress(ProgressRecord {
            activity: "Working".into(),
            activity_id: 1,
            status_description: "half".into(),
            current_operation: None,
            parent_activity_id: -1,
            percent_complete: 50,
            kind: ProgressType::Processing,
            seconds_remaining: 9,
        }),
    ];
    for value in [Value::Null, "text".into(), 5.into(), Object::custom().note("Name", "n").into()] {
        session.server.send_output(id, value).unwrap();
    }
    for record in records {
        session.server.send_record(id, record).unwrap();
    }
    session.server.finish_pipeline(id, PipelineEnd::Failed(Box::new(error))).unwrap();
    let (_, theirs) = session.exchange();
    assert_eq!(
        types(&theirs),
        [
            "PipelineOutput",
            "PipelineOutput",
            "PipelineOutput",
            "PipelineOutput",
            "ErrorRecord",
            "WarningRecord",
            "VerboseRecord",
            "DebugRecord",
            "InformationRecord",
            "ProgressRecord",
            "PipelineState"
        ]
    );
    let objects: Vec<&Json> = theirs.iter().map(|event| &event["object"]).collect();
    assert_eq!(
        [objects[0], objects[1], objects[2], objects[3]],
        [&Json::Null, &json!("text"), &json!(5), &json!({"Name": "n"})]
    );
    let record = json!({
        "message": "broken", "id": "PepErrorId,Write-PepStream", "category": "ResourceBusy", "details": "details",
        "activity": "Write-PepStream", "reason": "InvalidOperationException", "target": "the-target",
    });
    assert_eq!(objects[4], &record);
    for (at, text) in [(5, "warning"), (6, "verbose"), (7, "debug")] {
        assert_eq!(theirs[at]["object"]["Message"], text, "{}", theirs[at]);
    }
    assert_eq!((&objects[8]["MessageData"], &objects[8]["Tags"]), (&json!("information"), &json!(["A", "B"])));
    assert_eq!((&objects[9]["Activity"], &objects[9]["PercentComplete"]), (&json!("Working"), &json!(50)));
    assert_eq!((&theirs[10]["state"], &theirs[10]["reason"]), (&json!("Failed"), &record));
}

#[test]
fn input_is_read_and_a_pipeline_is_stopped() {
    let mut session = Session::ready();
    let (id, event) = session.start("ps.metadata.no_input = False\nps.add_command('Measure-Object')");
    assert!(matches!(event, Event::PipelineCreated { pipeline, .. } if !pipeline.no_input));
    session.peer.run("ps.send(PSInt(1))\nps.send('two')\nps.send_eof()");
    let input = |value| Event::PipelineInput { id, value };
    assert_eq!(session.exchange().0, [input(1.into()), input("two".into()), Event::EndOfInput { id }]);
    session.server.finish_pipeline(id, PipelineEnd::Stopped).unwrap();
    let (_, theirs) = session.exchange();
    assert_eq!((&theirs[0]["state"], &theirs[0]["reason"]["id"]), (&json!("Stopped"), &json!("PipelineStopped")));
}

#[test]
fn secure_strings_travel_both_ways_under_the_session_key() {
    let mut session = Session::ready();
    assert!(session.peer.error("PSSecureString('x') and pool._cipher.encrypt(b'x')").contains("Cipher"));
    session.peer.run("pool.exchange_key()");
    let (_, theirs) = session.exchange();
    assert_eq!(types(&theirs), ["EncryptedSessionKey"]);
    let (id, event) = session.start(
        "ps.add_command('Test-PepSecret').add_parameter('Secret', PSSecureString('P@ssw\\u00f6rd \\U0001F511'))\n\
         ps.add_parameter('Credential', PSCredential('DOMAIN\\\\operator', PSSecureString('pw')))",
    );
    let Event::PipelineCreated { pipeline, .. } = event else { panic!() };
    let parameters = &pipeline.power_shell.commands[0].parameters;
    assert_eq!(parameters[0].value, Value::SecureString(SecureString::new("P@ssw\u{f6}rd \u{1F511}")));
    let credential = PsCredential { user_name: "DOMAIN\\operator".into(), password: SecureString::new("pw") };
    assert_eq!(PsCredential::from_value(&parameters[1].value), Some(credential.clone()));

    session.server.send_output(id, SecureString::new("back").into()).unwrap();
    session.server.send_output(id, credential.to_value()).unwrap();
    let (_, theirs) = session.exchange();
    assert_eq!(theirs[0]["object"], json!({"secret": "back"}));
    assert_eq!(theirs[1]["object"], json!({"user": "DOMAIN\\operator", "password": "pw"}));
}

#[test]
fn host_calls_are_answered() {
    let mut session = Session::ready();
    session.peer.run("pool.exchange_key()");
    let (id, _) = session.start("ps.add_command('Read-PepAnswer')");
    let mut ask = |call: HostCall, answer: &str| {
        let call_id = session.server.host_call(Some(id), call).unwrap();
        let (_, theirs) = session.exchange();
        let asked = theirs.last().unwrap().clone();
        assert_eq!((&asked["type"], &asked["ci"]), (&json!("PipelineHostCall"), &json!(call_id)));
        session.peer.run(&format!("responder.{answer}"));
        match session.exchange().0.pop() {
            Some(Event::HostResponse { pipeline, call_id: answered, reply }) => {
                assert_eq!((pipeline, answered), (Some(id), call_id));
                (asked["method_parameters"].clone(), reply)
            }
            other => panic!("{other:?}"),
        }
    };

    let (_, reply) = ask(HostCall::ReadLine, "read_line(1, 'typed')");
    assert_eq!(reply.string(), Ok("typed".into()));
    let (_, reply) = ask(HostCall::ReadLineAsSecureString, "read_line_as_secure_string(2, PSSecureString('hidden'))");
    assert_eq!(reply.secure_string(), Ok(SecureString::new("hidden")));

    let field = FieldDescription {
        name: "Name".into(),
        label: "&Name".into(),
        parameter_type_name: "String".into(),
        parameter_type_full_name: "System.String".into(),
        parameter_assembly_full_name: "System.String, mscorlib".into(),
        help_message: "Who".into(),
        is_mandatory: true,
        default_value: None,
    };
    let call = HostCall::Prompt { caption: "caption".into(), message: "message".into(), fields: vec![field] };
    let (parameters, reply) = ask(call, "prompt(3, {'Name': 'World'})");
    assert_eq!((&parameters[0], &parameters[2][0]["Name"]), (&json!("caption"), &json!("Name")), "{parameters}");
    assert_eq!(reply.fields(), Ok(vec![("Name".into(), "World".into())]));

    let choices = vec![ChoiceDescription { label: "&Yes".into(), help_message: "Go on.".into() }];
    let call = HostCall::PromptForChoice {
        caption: "c".into(),
        message: "m".into(),
        choices: choices.clone(),
        default_choice: 0,
    };
    let (_, reply) = ask(call, "prompt_for_choice(4, 0)");
    assert_eq!(reply.choice(), Ok(0));
    let call = HostCall::PromptForChoiceMultipleSelection {
        caption: "c".into(),
        message: "m".into(),
        choices,
        default_choices: vec![0],
    };
    let (_, reply) = ask(call, "prompt_for_multiple_choice(5, [PSInt(0)])");
    assert_eq!(reply.choices(), Ok(vec![0]));
    let call = HostCall::PromptForCredential2 {
        caption: "c".into(),
        message: "m".into(),
        user_name: "u".into(),
        target_name: "".into(),
        allowed_types: 3,
        options: 1,
    };
    let (_, reply) = ask(call, "prompt_for_credential(6, PSCredential('u', PSSecureString('pw')))");
    let credential = PsCredential { user_name: "u".into(), password: SecureString::new("pw") };
    assert_eq!(reply.credential(), Ok(Some(credential)));
}

#[test]
fn lines_and_progress_are_shown() {
    let mut session = Session::ready();
    let (id, _) = session.start("ps.add_command('Write-Host')");
    let progress = ProgressRecord {
        activity: "Working".into(),
        activity_id: 0,
        status_description: "half".into(),
        current_operation: None,
        parent_activity_id: -1,
        percent_complete: 50,
        kind: ProgressType::Completed,
        seconds_remaining: -1,
    };
    for call in [
        HostCall::WriteLine2("line".into()),
        HostCall::WriteErrorLine("error".into()),
        HostCall::Write2(14, 0, "text".into()),
        HostCall::WriteProgress(0, progress),
        HostCall::PopRunspace,
    ] {
        session.server.host_call(Some(id), call).unwrap();
    }
    session.server.host_call(None, HostCall::SetWindowTitle("title".into())).unwrap();
    let (_, theirs) = session.exchange();
    let methods: Vec<&Json> = theirs.iter().map(|event| &event["method_identifier"]).collect();
    assert_eq!(methods, ["WriteLine2", "WriteErrorLine", "Write2", "WriteProgress", "PopRunspace", "SetWindowTitle"]);
    assert_eq!(theirs[0]["method_parameters"], json!(["line"]));
    assert_eq!(theirs[3]["method_parameters"][1]["PercentComplete"], 50);
    assert_eq!(theirs[5]["type"], "RunspacePoolHostCall");
}

#[test]
fn metadata_availability_and_the_end() {
    let mut session = Session::ready();
    session.peer.run("m = ClientGetCommandMetadata(pool, ['Out-Default', 'Exit-*'])\nm.start()");
    let (ours, _) = session.exchange();
    let [Event::CommandMetadata { id, request }] = &ours[..] else { panic!("{ours:?}") };
    assert_eq!(request.names, ["Out-Default", "Exit-*"]);
    session.server.send_output(*id, Object::new().note("Count", 0).into()).unwrap();
    session.server.finish_pipeline(*id, PipelineEnd::Completed).unwrap();
    assert_eq!(types(&session.exchange().1), ["PipelineOutput", "PipelineState"]);

    session.peer.run("pool.set_max_runspaces(3)\npool.set_min_runspaces(2)\npool.get_available_runspaces()");
    let (_, theirs) = session.exchange();
    let answers: Vec<&Json> = theirs.iter().map(|event| &event["object"]["SetMinMaxRunspacesResponse"]).collect();
    assert_eq!(answers, [&json!(true), &json!(true), &json!(3)]);
    assert_eq!(session.peer.value("[pool.min_runspaces, pool.max_runspaces]"), json!([2, 3]));

    session.server.close_pool();
    session.exchange();
    assert_eq!(session.peer.value("pool.state"), "Closed");
}

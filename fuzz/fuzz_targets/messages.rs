//! Messages of a peer: real ones with a part of their text replaced, read by both halves. What can be read can be written, and
//! reads the same then.
#![no_main]

use std::sync::{Arc, LazyLock};

use bytes::BytesMut;
use clixml::{Guid, Plain, SecureString, Value};
use libfuzzer_sys::fuzz_target;
use psrp::fragment::Fragmenter;
use psrp::host_call::{ChoiceDescription, FieldDescription, HostCall, HostMethodId, HostReply, PsCredential};
use psrp::message::{
    ApartmentState, Body, Command, CreatePipeline, GetCommandMetadata, HostCallMessage, HostResponseMessage,
    InitRunspacePool, Message, MessageType, PipelineState, PipelineStateInfo, PsThreadOptions, PsVersionTable,
    RunspaceCall, SessionCapability, SetRunspaces,
};
use psrp::pool::server::{Config, Event, RunspacePool};
use psrp::record::{ErrorCategory, ErrorRecord, Exception, ProgressRecord, ProgressType};
use psrp::session_key::SessionKey;
use psrp::{Half, HostDefaultData, HostInfo, Stream};

const POOL: Guid = Guid::from_u128(1);
const PIPELINE: Guid = Guid::from_u128(2);

fn table() -> PsVersionTable {
    PsVersionTable {
        ps_version: clixml::Version::new(7, 6),
        ps_edition: "Core".into(),
        compatible_versions: vec![clixml::Version::new(7, 0)],
        more: Vec::new(),
    }
}

fn init() -> Body {
    let size = psrp::host_call::Size { width: 80, height: 25 };
    Body::InitRunspacePool(Box::new(InitRunspacePool {
        min_runspaces: 1,
        max_runspaces: 1,
        thread_options: PsThreadOptions::Default,
        apartment_state: ApartmentState::Unknown,
        application_arguments: table().to_application_arguments(Config::V2_4),
        host_info: HostInfo::with_screen(HostDefaultData::console(size)),
    }))
}

/// Messages of many kinds, to start from, with the half they go to.
static ORIGINALS: LazyLock<Vec<(Half, Vec<u8>)>> = LazyLock::new(|| {
    let encode = |(pipeline, body): (Option<Guid>, Body)| {
        let half = if body.message_type().goes_to(Half::Server) { Half::Server } else { Half::Client };
        (half, Message { pool: POOL, pipeline, body }.encode(half, &Plain))
    };
    originals().into_iter().map(encode).collect()
});

/// What brings a server to where a pipeline runs.
static OPENING: LazyLock<Vec<(Option<Guid>, BytesMut)>> = LazyLock::new(|| {
    let mut fragmenter = Fragmenter::default();
    let first = Body::SessionCapability(SessionCapability::new(Config::V2_4));
    let create = Body::CreatePipeline(Box::new(CreatePipeline::new(vec![Command::new("A")])));
    [(None, first), (None, init()), (Some(PIPELINE), create)]
        .into_iter()
        .map(|(pipeline, body)| {
            let mut out = BytesMut::new();
            let message = Message { pool: POOL, pipeline, body }.encode(Half::Server, &Plain);
            fragmenter.begin(message.into()).write(usize::MAX, &mut out);
            (pipeline, out)
        })
        .collect()
});

static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| Arc::new(Config::new(table())));

fn originals() -> Vec<(Option<Guid>, Body)> {
    let credential = PsCredential { user_name: "u".into(), password: SecureString::new("pw") };
    let command = Command::new("Get-Foo").parameter("-Name:", "x").argument(5).argument(credential.to_value());
    let create = CreatePipeline::new(vec![command, Command::out_default()]);
    let error = ErrorRecord::new(Exception::new(&["System.Exception"], "text"), "Id", ErrorCategory::InvalidData);
    let progress = ProgressRecord {
        activity: "a".into(),
        activity_id: 0,
        status_description: "s".into(),
        current_operation: None,
        parent_activity_id: -1,
        percent_complete: 5,
        kind: ProgressType::Processing,
        seconds_remaining: -1,
    };
    let field = FieldDescription {
        name: "Name".into(),
        label: "&Name".into(),
        parameter_type_name: "String".into(),
        parameter_type_full_name: "System.String".into(),
        parameter_assembly_full_name: "System.String".into(),
        help_message: "".into(),
        is_mandatory: true,
        default_value: None,
    };
    let prompt = HostCall::Prompt { caption: "c".into(), message: "m".into(), fields: vec![field] };
    let choice = HostCall::PromptForChoice {
        caption: "c".into(),
        message: "m".into(),
        choices: vec![ChoiceDescription { label: "&Yes".into(), help_message: "".into() }],
        default_choice: 0,
    };
    let call = |call| Body::PipelineHostCall(HostCallMessage { call_id: 1, call });
    let response = |method, reply| {
        Body::PipelineHostResponse(HostResponseMessage { call_id: 1, method: HostMethodId(method), reply })
    };
    let failed = PipelineStateInfo { state: PipelineState::Failed, reason: Some(Box::new(error.clone())) };
    let of_pipeline = [
        Body::CreatePipeline(Box::new(create)),
        Body::GetCommandMetadata(GetCommandMetadata::new(["*"])),
        Body::PipelineInput(Value::array(vec![1.into(), "two".into()])),
        Body::PipelineOutput(error.to_value()),
        Body::ErrorRecord(Box::new(error.clone())),
        Body::PipelineState(failed),
        Body::ProgressRecord(progress.clone()),
        call(prompt),
        call(choice),
        call(HostCall::WriteProgress(0, progress)),
        response(11, HostReply::Value("typed".into())),
        response(23, HostReply::of_fields([("Name", "x".into())])),
        response(25, HostReply::of_credential(&credential)),
        response(23, HostReply::Error(error)),
    ];
    let of_pool = [
        Body::SessionCapability(SessionCapability::new(Config::V2_4)),
        init(),
        Body::SetMaxRunspaces(SetRunspaces { runspaces: 2, call_id: 1 }),
        Body::GetAvailableRunspaces(RunspaceCall { call_id: 1 }),
        Body::ApplicationPrivateData(table().to_application_arguments(Config::V2_4)),
    ];
    let of_pool = of_pool.into_iter().map(|body| (None, body));
    of_pool.chain(of_pipeline.into_iter().map(|body| (Some(PIPELINE), body))).collect()
}

/// A real message of which a part is replaced by what the engine made up.
fn damaged(data: &[u8]) -> Option<(Half, Vec<u8>)> {
    let (control, text) = data.split_first_chunk::<5>()?;
    let [kind, at_high, at_low, gone, flags] = control.map(usize::from);
    let (half, mut message) = ORIGINALS[kind % ORIGINALS.len()].clone();
    if flags % 16 == 0 {
        let kinds = MessageType::ALL; // the text of one message under the type of another
        message[4..8].copy_from_slice(&(kinds[flags / 16 % kinds.len()] as u32).to_le_bytes());
    }
    let at = 40 + (at_high * 256 + at_low) % (message.len() - 39);
    let end = (at + gone).min(message.len());
    message.splice(at..end, text.iter().copied());
    Some((half, message))
}

fn to_server(message: &[u8]) {
    let mut server = RunspacePool::new(Arc::clone(&CONFIG), SessionKey::new([7; 32]));
    for (target, bytes) in &*OPENING {
        server.receive(*target, Stream::Default, bytes).unwrap();
    }
    assert!(server.is_running(PIPELINE));
    let _ = server.host_call(Some(PIPELINE), HostCall::ReadLine);
    for (target, stream) in [(Some(PIPELINE), Stream::PromptResponse), (None, Stream::Default)] {
        let mut out = BytesMut::new();
        Fragmenter::default().begin(message.to_vec().into()).write(usize::MAX, &mut out);
        let _ = server.receive(target, stream, &out);
        while let Some(event) = server.poll_event() {
            if let Event::HostResponse { reply, .. } = event {
                let _ = reply.clone().fields();
                let _ = reply.clone().credential();
                let _ = reply.string();
            }
        }
        while server.poll_output(32_789).is_some() {}
    }
}

fuzz_target!(|data: &[u8]| {
    for half in [Half::Server, Half::Client] {
        let _ = Message::decode(data, half, &Plain);
    }
    let Some((half, message)) = damaged(data) else { return };
    to_server(&message);
    let Ok(read) = Message::decode(&message, half, &Plain) else { return };
    let written = read.encode(half, &Plain);
    let again = Message::decode(&written, half, &Plain).expect("what we write can be read");
    assert_eq!(again.encode(half, &Plain), written);
});

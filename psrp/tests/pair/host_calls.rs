use clixml::{SecureString, Str, Value};
use psrp::SendError;
use psrp::host_call::{
    BufferCell, ChoiceDescription, Coordinates, FieldDescription, HostCall, HostReply, KeyInfo, PsCredential,
    Rectangle, ReplyError,
};
use psrp::message::{Command, NO_REPLY};
use psrp::pool::{client, server};
use psrp::record::{ErrorCategory, ErrorRecord, Exception, ProgressRecord, ProgressType};

use crate::pair::{Pair, V2_4, pipeline};

fn asking() -> Pair {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("Read-PepAnswer"));
    pair
}

fn choices() -> Vec<ChoiceDescription> {
    [("&Yes", "Go on."), ("&No", "Leave it.")]
        .map(|(label, help)| ChoiceDescription { label: label.into(), help_message: help.into() })
        .to_vec()
}

fn field(name: &str, type_name: &str) -> FieldDescription {
    FieldDescription {
        name: name.into(),
        label: Str::from(format!("&{name}")),
        parameter_type_name: type_name.into(),
        parameter_type_full_name: Str::from(format!("System.{type_name}")),
        parameter_assembly_full_name: Str::from(format!("System.{type_name}, System.Private.CoreLib")),
        help_message: "Who is greeted".into(),
        is_mandatory: true,
        default_value: None,
    }
}

#[test]
fn lines_are_shown_and_nobody_answers() {
    let mut pair = asking();
    let progress = ProgressRecord {
        activity: "Working".into(),
        activity_id: 0,
        status_description: "Step 1".into(),
        current_operation: None,
        parent_activity_id: -1,
        percent_complete: -1,
        kind: ProgressType::Completed,
        seconds_remaining: -1,
    };
    let cell = BufferCell { character: 32, foreground_color: 7, background_color: 0, buffer_cell_type: 0 };
    let shown = [
        HostCall::Write1("a".into()),
        HostCall::Write2(14, -1, "b".into()),
        HostCall::WriteLine1,
        HostCall::WriteLine2("line".into()),
        HostCall::WriteLine3(-1, -1, "line".into()),
        HostCall::WriteErrorLine("e".into()),
        HostCall::WriteDebugLine("d".into()),
        HostCall::WriteVerboseLine("v".into()),
        HostCall::WriteWarningLine("w".into()),
        HostCall::WriteProgress(0, progress),
        HostCall::SetForegroundColor(14),
        HostCall::SetBackgroundColor(0),
        HostCall::SetCursorPosition(Coordinates { x: 0, y: 0 }),
        HostCall::SetWindowTitle("title".into()),
        HostCall::FlushInputBuffer,
        HostCall::SetBufferContents1(Rectangle { left: -1, top: -1, right: -1, bottom: -1 }, cell),
        HostCall::SetShouldExit(0),
        HostCall::PopRunspace,
        HostCall::Other(36, vec![25.into()]),
    ];
    for call in &shown {
        assert_eq!(pair.server.host_call(Some(pipeline(1)), call.clone()), Ok(NO_REPLY), "{call:?}");
    }
    pair.exchange().unwrap();
    let id = Some(pipeline(1));
    let expected: Vec<_> =
        shown.into_iter().map(|call| client::Event::HostCall { pipeline: id, call_id: NO_REPLY, call }).collect();
    assert_eq!(pair.client_events(), expected);
}

#[test]
fn a_question_waits_for_its_answer_and_ids_count_from_one_in_each_pipeline() {
    let mut pair = asking();
    pair.run(2, Command::new("Read-PepAnswer"));
    let call = HostCall::ReadLine;
    assert_eq!(pair.server.host_call(Some(pipeline(1)), call.clone()), Ok(1));
    assert_eq!(pair.server.host_call(Some(pipeline(1)), call.clone()), Ok(2));
    assert_eq!(pair.server.host_call(Some(pipeline(2)), call.clone()), Ok(1));
    assert_eq!(pair.server.host_call(None, call), Ok(1));
    pair.exchange().unwrap();
    for (id, call_id) in [(Some(pipeline(1)), 2), (None, 1), (Some(pipeline(2)), 1), (Some(pipeline(1)), 1)] {
        pair.client.answer(id, call_id, HostReply::Value("answer".into()));
        pair.exchange().unwrap();
        let reply = HostReply::Value("answer".into());
        assert_eq!(pair.server_events(), [server::Event::HostResponse { pipeline: id, call_id, reply }]);
    }
}

#[test]
fn a_line_is_read() {
    let reply = asking().ask(1, HostCall::ReadLine, HostReply::Value("typed answer".into()));
    assert_eq!(reply.string(), Ok("typed answer".into()));
}

#[test]
fn a_prompt_brings_one_value_a_field() {
    let call = HostCall::Prompt {
        caption: "cmdlet New-PepUser at command pipeline position 1".into(),
        message: "Supply values for the following parameters:".into(),
        fields: vec![field("UserName", "String"), field("Password", "SecureString")],
    };
    let filled = [("UserName", "joe".into()), ("Password", crate::pair::secret("pw"))];
    let reply = asking().ask(1, call, HostReply::of_fields(filled.clone()));
    assert_eq!(reply.fields(), Ok(filled.map(|(name, value)| (Str::from(name), value)).to_vec()));
}

#[test]
fn a_credential_is_asked_for() {
    let call = HostCall::PromptForCredential2 {
        caption: "PowerShell credential request".into(),
        message: "Enter your credentials.".into(),
        user_name: "DOMAIN\\operator".into(),
        target_name: Str::default(),
        allowed_types: 3,
        options: 1,
    };
    let credential = PsCredential { user_name: "DOMAIN\\operator".into(), password: SecureString::new("pw") };
    let mut pair = asking();
    let reply = pair.ask(1, call.clone(), HostReply::of_credential(&credential));
    assert_eq!(reply.credential(), Ok(Some(credential)));
    assert_eq!(pair.ask(1, call, HostReply::Value(Value::Null)).credential(), Ok(None));
}

#[test]
fn choices_are_taken_by_their_index() {
    let mut pair = asking();
    let call = HostCall::PromptForChoice {
        caption: "Confirm".into(),
        message: "Are you sure?".into(),
        choices: choices(),
        default_choice: 0,
    };
    assert_eq!(pair.ask(1, call, HostReply::Value(1.into())).choice(), Ok(1));
    let call = HostCall::PromptForChoiceMultipleSelection {
        caption: "Colours".into(),
        message: "Pick some".into(),
        choices: choices(),
        default_choices: vec![0, 1],
    };
    assert_eq!(pair.ask(1, call, HostReply::of_choices([1, 0])).choices(), Ok(vec![1, 0]));
}

#[test]
fn a_key_is_read() {
    let key = KeyInfo { virtual_key_code: 65, character: 97, control_key_state: 0, key_down: true };
    assert_eq!(asking().ask(1, HostCall::ReadKey(4), HostReply::of_key(key)).key(), Ok(key));
}

#[test]
fn a_prompt_that_is_broken_off_says_why() {
    let types = &["System.Management.Automation.PipelineStoppedException", "System.Exception"];
    let exception = Exception::new(types, "The pipeline has been stopped.");
    let record = ErrorRecord::new(exception, "PipelineStopped", ErrorCategory::OperationStopped);
    let reply = asking().ask(1, HostCall::ReadLine, HostReply::Error(record.clone()));
    assert_eq!(reply.string(), Err(ReplyError::Refused(Box::new(record))));
}

#[test]
fn an_answer_of_another_kind_is_no_answer() {
    let number = HostReply::Value(5.into());
    assert_eq!(number.clone().string(), Err(ReplyError::Unexpected { expected: "a string" }));
    assert_eq!(number.clone().credential(), Err(ReplyError::Unexpected { expected: "a credential" }));
    assert_eq!(number.clone().fields(), Err(ReplyError::Unexpected { expected: "a hashtable" }));
    assert_eq!(number.choices(), Err(ReplyError::Unexpected { expected: "a list of numbers" }));
    assert_eq!(HostReply::Value("5".into()).choice(), Err(ReplyError::Unexpected { expected: "a number" }));
}

#[test]
fn questions_cannot_pile_up() {
    let mut pair = asking();
    for _ in 0..64 {
        pair.server.host_call(Some(pipeline(1)), HostCall::ReadLine).unwrap();
    }
    let refused = pair.server.host_call(Some(pipeline(1)), HostCall::ReadLine);
    assert_eq!(refused, Err(SendError::TooManyHostCalls));
    assert!(pair.server.host_call(Some(pipeline(1)), HostCall::WriteLine1).is_ok());
}

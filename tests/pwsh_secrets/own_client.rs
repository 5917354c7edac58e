//! A client that keeps to the protocol, but not to PowerShell's ways: it answers questions for secrets in plain text.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use clixml::{Content, Guid, Object, SecureString, Value};
use psrp::HostInfo;
use psrp::host_call::{HostCall, HostReply};
use psrp::message::{Command, CreatePipeline};
use psrp::out_of_process::{Client, ClientEvent};
use psrp::pool::client::{Config, Event};

use crate::marks::mark;

/// Each pipeline, and the answers that its questions get.
fn pipelines() -> Vec<(Command, Vec<Value>)> {
    let answers = |fields: &[(&str, Value)]| {
        let entries = fields.iter().map(|(name, value)| (Value::string(*name), value.clone()));
        Object::new().content(Content::Dictionary(entries.collect())).into()
    };
    let new = || Command::new("New-CloudAdminUser");
    let secure = |n: usize| Value::SecureString(SecureString::new(mark(n)));
    let bag = |n: usize| Value::from(Object::new().note("UserName", "bob").note("Password", mark(n)));
    vec![
        (new().parameter("UserName", "b50").parameter("Password", secure(50)), vec![]),
        (new(), vec![answers(&[("UserName", "b51".into()), ("Password", mark(51).into())])]),
        (new(), vec![mark(52).into()]),
        (new(), vec![answers(&[("UserName", "b53".into()), ("Password", bag(53))])]),
        (Command::new("Close-PrivilegedEndpoint").argument("/nowhere").argument("bob"), vec![bag(54)]),
        (Command::new("Close-PrivilegedEndpoint").argument("/nowhere").argument("bob"), vec![mark(55).into()]),
    ]
}

pub(crate) fn plants(socket: &Path) {
    let mut stream = UnixStream::connect(socket).unwrap();
    let host_info = HostInfo {
        is_host_null: false,
        is_host_ui_null: false,
        is_host_raw_ui_null: true,
        use_runspace_host: false,
        default_data: None,
    };
    let config = Config { host_info, ..Config::default() };
    let mut client = Client::new(config, Guid::new_v4());
    client.open();
    let mut pipelines = pipelines().into_iter();
    let (mut answers, mut asked) = (Vec::new(), 0);
    let mut buffer = [0; 16 * 1024];
    loop {
        while let Some(line) = client.poll_output() {
            stream.write_all(&line).unwrap();
        }
        let count = stream.read(&mut buffer).unwrap();
        client.receive(&buffer[..count]).unwrap();
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Pool(Event::Opened) => {}
                ClientEvent::Pool(Event::HostCall { pipeline, call_id, call }) => {
                    if matches!(call, HostCall::Prompt { .. } | HostCall::PromptForCredential2 { .. }) {
                        let answer: Value = Vec::remove(&mut answers, 0);
                        client.pool().answer(pipeline, call_id, HostReply::Value(answer));
                        asked += 1;
                    }
                    continue;
                }
                ClientEvent::Pool(Event::Finished { id, .. }) => client.close_pipeline(id),
                _ => continue,
            }
            let Some((command, next)) = pipelines.next() else {
                assert_eq!(asked, 5, "each question was put");
                return;
            };
            answers = next;
            let create = CreatePipeline { host_info: HostInfo::of_runspace(), ..CreatePipeline::new(vec![command]) };
            client.create_pipeline(Guid::new_v4(), create).unwrap();
        }
    }
}

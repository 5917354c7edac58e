//! Our own client halves over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clixml::{Secret, Value};
use psrp::message::{Command, CreatePipeline};
use psrp::pool::client::{Config, Event, PipelineEnd};
use winrm_client::{Authentication, Error, Session, Target, Tickets, Trust};

use oracle_pep::winrm::{PASSWORD, Server};

pub(crate) fn target(address: SocketAddr, https: bool) -> Target {
    Target {
        host: "127.0.0.1".into(),
        port: address.port(),
        address: None,
        path: "/wsman".into(),
        tls: https.then_some(Trust::Anybody),
        user: "alice".into(),
        password: Secret::new(PASSWORD),
        tickets: Tickets::default(),
        authentication: Authentication::Negotiate,
        configuration: "PrivilegedEndpoint".into(),
    }
}

async fn open(target: Target) -> Result<Session, Error> {
    Session::open(Arc::new(target), Config::default()).await
}

fn greeting(name: &str, count: i32) -> Command {
    Command::new("Get-PepGreeting").parameter("Name", name).parameter("Count", count)
}

fn texts(output: &[Value]) -> Vec<String> {
    output.iter().map(|value| value.to_invariant_string().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_over_http_and_https_by_every_way_to_log_on() {
    let server = Server::start().await;
    for (https, authentication) in [
        (false, Authentication::Negotiate),
        (false, Authentication::Ntlm),
        (true, Authentication::Negotiate),
        (true, Authentication::Ntlm),
        (true, Authentication::Basic),
    ] {
        let address = if https { server.https } else { server.http };
        let mut session = open(Target { authentication, ..target(address, https) }).await.unwrap();
        let ended = session.run(vec![greeting("World", 2)]).await.unwrap();
        assert_eq!(texts(&ended.output), ["Hello World (Low) 1", "Hello World (Low) 2"]);
        assert_eq!(ended.end, PipelineEnd::Completed);
        session.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_030_a_wrong_password_is_denied() {
    let server = Server::start().await;
    for authentication in [Authentication::Negotiate, Authentication::Ntlm] {
        let wrong = Target { password: Secret::new("wrong"), authentication, ..target(server.http, false) };
        assert!(matches!(open(wrong).await, Err(Error::Denied)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_105_nothing_is_lost_of_much_output_whatever_the_client_s_pace() {
    let server = Server::start().await;
    let mut session = open(target(server.http, false)).await.unwrap();
    let large = "x".repeat(10_000);
    let ended = session.run(vec![greeting(&large, 100)]).await.unwrap();
    let numbers: Vec<String> =
        texts(&ended.output).iter().map(|line| line.rsplit(' ').next().unwrap().into()).collect();
    assert_eq!(numbers, (1..=100).map(|n| n.to_string()).collect::<Vec<_>>());
    session.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_a_long_command_at_once() {
    let server = Server::start().await;
    let mut session = open(target(server.http, false)).await.unwrap();
    let task = Command::new("Start-PepTask").parameter("Seconds", 600.0).parameter("Quiet", true);
    let id = session.start(CreatePipeline::new(vec![task])).unwrap();
    let first = session.next().await.unwrap();
    assert!(matches!(first, Event::Output { .. }), "{first:?}");
    session.stop(id);
    let end = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            if let Event::Finished { end, .. } = session.next().await.unwrap() {
                return end;
            }
        }
    });
    assert_eq!(end.await.unwrap(), PipelineEnd::Stopped);
    session.release(id).await.unwrap();
    assert_eq!(texts(&session.run(vec![greeting("again", 1)]).await.unwrap().output), ["Hello again (Low) 1"]);
    session.close().await.unwrap();
}

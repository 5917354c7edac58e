use psrp::ProtocolError;
use psrp::message::{Command, MessageType};
use psrp::pool::client::{Event, RunspacePool};
use psrp::pool::server;

use crate::pair::{POOL, Pair, V2_3, V2_4, client_config, pipeline};

#[test]
fn another_client_takes_over_a_pool_that_was_left() {
    let mut pair = Pair::opened(V2_4);
    pair.run(1, Command::new("Start-PepTask"));
    pair.client = RunspacePool::new(client_config(V2_3), POOL);
    let answer = pair.server.connect(&pair.client.connect()).unwrap();
    pair.client.receive(None, &answer).unwrap();
    assert_eq!(pair.client_events(), [Event::Opened]);
    assert_eq!((pair.client.protocol(), pair.server.protocol()), (V2_3, V2_3), "the versions are agreed on anew");

    pair.exchange().unwrap();
    assert!(matches!(pair.client_events()[..], [Event::ApplicationPrivateData(_)]));
    assert!(pair.server.is_running(pipeline(1)));
    pair.run(2, Command::new("Get-PepGreeting"));
}

#[test]
fn a_refused_connect_leaves_the_pool_as_it_was() {
    let mut pair = Pair::opened(V2_4);
    let unexpected =
        |error| matches!(error, Err(ProtocolError::Unexpected { message_type: MessageType::ConnectRunspacePool, .. }));
    assert!(unexpected(pair.server.connect(b"")));
    pair.server.connect(b"garbage garbage garbage garbage").unwrap_err();
    let mut other = RunspacePool::new(client_config(V2_4), pipeline(9));
    assert!(matches!(pair.server.connect(&other.connect()), Err(ProtocolError::OtherPool { .. })));

    pair.run(1, Command::new("Get-PepGreeting"));
    pair.server.close_pool();
    let mut late = RunspacePool::new(client_config(V2_4), POOL);
    assert!(unexpected(pair.server.connect(&late.connect())));
    assert_eq!(pair.server.poll_event(), None::<server::Event>);
}

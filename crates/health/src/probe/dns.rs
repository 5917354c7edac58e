//! Names are resolved: by a host's own resolver, or by one server that is asked from here.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reach::{Node, ReachError};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::short;
use crate::Finding;

pub(super) async fn resolve(node: &Node, names: &[String]) -> Result<Vec<Finding>, ReachError> {
    let mut findings = Vec::new();
    for name in names {
        findings.push(match node.text(&["getent", "ahosts", name], short()).await {
            Ok(said) => {
                let address = said.split_whitespace().next().unwrap_or("?");
                Finding::pass(format!("{name} is {address}")).detail(said.lines().take(10).map(str::to_owned).collect())
            }
            Err(ReachError::Failed { status: 2, .. }) => Finding::fail(format!("{name} is not resolved")),
            Err(error) => return Err(error),
        });
    }
    Ok(findings)
}

pub(super) async fn ask_all(names: &[String], server: IpAddr) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in names {
        findings.push(match ask(name, SocketAddr::new(server, 53)).await {
            Ok(answers) => Finding::pass(format!("{server} resolves {name} ({answers} answer(s))")),
            Err(text) => Finding::fail(format!("{server} does not resolve {name}: {text}")),
        });
    }
    findings
}

/// One question for an address of a name (RFC 1035 4.1), three times if nobody answers. How many records the answer has.
async fn ask(name: &str, server: SocketAddr) -> Result<u16, String> {
    let mut id = [0; 2];
    getrandom::fill(&mut id).map_err(|error| error.to_string())?;
    let query = question(name, id).ok_or("it is no name")?;
    let any: IpAddr = if server.is_ipv4() { [0, 0, 0, 0].into() } else { [0_u16; 8].into() };
    let socket = UdpSocket::bind((any, 0)).await.map_err(|error| error.to_string())?;
    socket.connect(server).await.map_err(|error| error.to_string())?;
    let mut answer = [0; 1500];
    for _ in 0..3 {
        socket.send(&query).await.map_err(|error| error.to_string())?;
        match timeout(Duration::from_secs(2), socket.recv(&mut answer)).await {
            Ok(Ok(length)) => return answers(answer.get(..length).unwrap_or_default(), id),
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => {}
        }
    }
    Err("it does not answer".into())
}

fn question(name: &str, id: [u8; 2]) -> Option<Vec<u8>> {
    let mut query = id.to_vec();
    query.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]); // recursion desired, one question
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        query.push(length);
        query.extend_from_slice(label.as_bytes());
    }
    query.extend_from_slice(&[0, 0, 1, 0, 1]); // the root; an address, in the internet
    (query.len() <= 272).then_some(query)
}

fn answers(answer: &[u8], id: [u8; 2]) -> Result<u16, String> {
    let [first, second, flags, code, _, _, high, low, ..] = answer else {
        return Err("its answer is too short".into());
    };
    if [*first, *second] != id || flags & 0x80 == 0 {
        return Err("its answer is to another question".into());
    }
    match (code & 0x0f, u16::from_be_bytes([*high, *low])) {
        (0, 0) => Err("it knows no address".into()),
        (0, answers) => Ok(answers),
        (3, _) => Err("there is no such name".into()),
        (code, _) => Err(format!("it refuses with code {code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_with_care() {
        let good = [7, 9, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0];
        assert_eq!(answers(&good, [7, 9]), Ok(2));
        assert!(answers(&good, [7, 8]).is_err() && answers(&good[..7], [7, 9]).is_err());
        assert_eq!(answers(&[7, 9, 0x81, 0x83, 0, 1, 0, 0], [7, 9]), Err("there is no such name".into()));
        assert!(question("a..b", [0, 0]).is_none() && question(&"a".repeat(64), [0, 0]).is_none());
        assert_eq!(question("a.bc", [0, 0]).unwrap()[12..], [1, b'a', 2, b'b', b'c', 0, 0, 1, 0, 1]);
    }
}

//! The clock: against a time server (RFC 5905, the client's part of one exchange), or by what the host's own time service says.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use inventory::Limits;
use reach::{Node, ReachError};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::{judge, short};
use crate::Finding;

pub(super) async fn look(node: &Node, server: Option<&str>, limits: Limits) -> Result<Vec<Finding>, ReachError> {
    let Some(server) = server else { return own_service(node, limits).await };
    let ahead = match node {
        Node::Local => 0.0,
        Node::Ssh(_) => ahead(node).await?,
    };
    Ok(vec![match ask(server).await {
        Ok(offset) => judged(offset - ahead, limits, server),
        Err(text) => Finding::fail(format!("the time server {server} gives no time: {text}")),
    }])
}

/// How far a node's clock is ahead of ours: the middle of what one question to it takes.
async fn ahead(node: &Node) -> Result<f64, ReachError> {
    let before = now();
    let said = node.text(&["date", "+%s.%N"], short()).await?;
    let there: f64 = said.trim().parse().map_err(|_| ReachError::Argument("'date' printed no time".into()))?;
    Ok(there - f64::midpoint(before, now()))
}

fn judged(offset: f64, limits: Limits, by: &str) -> Finding {
    Finding::new(judge(offset.abs(), limits), format!("the clock is {:.3} s off by {by}", offset.abs()))
}

/// chrony's own account, else systemd's word for whether the clock is kept.
async fn own_service(node: &Node, limits: Limits) -> Result<Vec<Finding>, ReachError> {
    match node.text(&["chronyc", "-n", "-c", "tracking"], short()).await {
        Ok(said) => Ok(vec![tracking(&said, limits)]),
        Err(error) if error.is_missing_program() => {
            let said = node.text(&["timedatectl", "show", "--property=NTPSynchronized", "--value"], short()).await?;
            Ok(vec![match said.trim() {
                "yes" => Finding::pass("the clock is kept by the time service"),
                _ => Finding::warn("no time service keeps the clock"),
            }])
        }
        Err(ReachError::Failed { said, .. }) => Ok(vec![Finding::warn(format!("chronyd does not answer: {said}"))]),
        Err(error) => Err(error),
    }
}

/// `chronyc -c tracking`: reference, its name, stratum, time of reference, what the clock is off, and more; the leap state is last.
fn tracking(said: &str, limits: Limits) -> Finding {
    let fields: Vec<&str> = said.trim().split(',').collect();
    let offset = fields.get(4).and_then(|field| field.parse::<f64>().ok());
    match (offset, fields.last()) {
        (Some(_), Some(&"Not synchronised")) => Finding::warn("chronyd follows no time server"),
        (Some(offset), _) => {
            judged(offset, limits, fields.get(1).filter(|name| !name.is_empty()).unwrap_or(&"chronyd"))
        }
        (None, _) => Finding::warn("chronyd says nothing that is understood"),
    }
}

/// Seconds that our clock lies behind the server's.
async fn ask(server: &str) -> Result<f64, String> {
    let address = match server.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() && !host.contains(':') => server.to_owned(),
        _ => format!("{server}:123"),
    };
    let text = |error: std::io::Error| error.to_string();
    let mut last = "it does not answer".to_owned();
    for target in tokio::net::lookup_host(&address).await.map_err(text)? {
        let any = if target.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).await.map_err(text)?;
        socket.connect(target).await.map_err(text)?;
        for _ in 0..3 {
            let mut question = [0; 48];
            question[0] = 0x23; // version 4, a client
            let sent = now();
            question[40..].copy_from_slice(&stamp(sent));
            socket.send(&question).await.map_err(text)?;
            let mut answer = [0; 128];
            match timeout(Duration::from_secs(2), socket.recv(&mut answer)).await {
                Ok(Ok(length)) => return offset(answer.get(..length).unwrap_or_default(), &question, sent, now()),
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => {}
            }
        }
    }
    Err(last)
}

/// Half the way there and back is taken out (RFC 5905 8).
fn offset(answer: &[u8], question: &[u8; 48], sent: f64, came: f64) -> Result<f64, String> {
    let [head, stratum, ..] = answer else { return Err("its answer is too short".into()) };
    let time = |at: usize| {
        let field: [u8; 8] = answer.get(at..at + 8)?.try_into().ok()?;
        let (seconds, fraction) = (u64::from_be_bytes(field) >> 32, u64::from_be_bytes(field) & 0xffff_ffff);
        #[allow(clippy::cast_precision_loss, reason = "32 bits each")]
        let time = seconds as f64 - ERA + fraction as f64 / 4_294_967_296.0;
        Some(time)
    };
    let (Some(received), Some(answered)) = (time(32), time(40)) else { return Err("its answer is too short".into()) };
    if head & 7 != 4 || answer.get(24..32) != question.get(40..48) {
        return Err("its answer is to another question".into());
    }
    if head >> 6 == 3 || *stratum == 0 || *stratum > 15 {
        return Err("it follows no time itself".into());
    }
    Ok(f64::midpoint(received - sent, answered - came))
}

/// Seconds from 1900 to 1970.
const ERA: f64 = 2_208_988_800.0;

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within an era of 136 years")]
fn stamp(time: f64) -> [u8; 8] {
    (((time + ERA) * 4_294_967_296.0) as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict::{Fail, Pass, Warn};

    const LIMITS: Limits = Limits { warn: 1.0, fail: 30.0 };

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off_in_either_direction() {
        let verdicts = [0.2, -0.2, 2.0, -2.0, 40.0, -40.0].map(|offset| judged(offset, LIMITS, "x").verdict);
        assert_eq!(verdicts, [Pass, Pass, Warn, Warn, Fail, Fail]);
    }

    #[test]
    fn an_answer_gives_the_offset_without_the_way() {
        let (sent, came) = (1_000_000.0, 1_000_001.0);
        let mut question = [0; 48];
        question[40..].copy_from_slice(&stamp(sent));
        let mut answer = [0; 48];
        answer[0] = 0x24;
        answer[1] = 2;
        answer[24..32].copy_from_slice(&question[40..]);
        answer[32..40].copy_from_slice(&stamp(1_000_010.5));
        answer[40..48].copy_from_slice(&stamp(1_000_010.5));
        assert!((offset(&answer, &question, sent, came).unwrap() - 10.0).abs() < 0.001);
        let foreign = [0; 48];
        assert!(
            offset(&answer, &foreign, sent, came).is_err() && offset(&answer[..40], &question, sent, came).is_err()
        );
        answer[0] = 0xe4;
        assert_eq!(offset(&answer, &question, sent, came), Err("it follows no time itself".into()));
    }

    #[test]
    fn chronys_account_is_read() {
        let followed = "C0A80101,192.168.1.1,3,1700000000.1,-0.000012,0.0,0.0,1,0,0,0.01,0.001,64.1,Normal\n";
        assert_eq!(tracking(followed, LIMITS).verdict, Pass);
        let alone = "00000000,,0,0.0,0.000000000,0,0,0,0,0,1,1,0,Not synchronised\n";
        assert_eq!(tracking(alone, LIMITS).verdict, Warn);
        assert_eq!(tracking("506 Cannot talk to daemon\n", LIMITS).verdict, Warn);
    }
}

//! Somebody listens where somebody should.

use std::time::Duration;

use inventory::{Node, Reach};
use reach::ReachError;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::short;
use crate::Finding;

/// Of this host the address is called; on another one the kernel is asked who listens, since an address may be the node's alone.
pub(super) async fn look(node: &Node, reached: &reach::Node, addresses: &[String]) -> Result<Vec<Finding>, ReachError> {
    let listening = match node.reach {
        Reach::Local => None,
        Reach::Ssh(_) => Some(reached.text(&["ss", "-H", "-l", "-t", "-n"], short()).await?),
    };
    let mut findings = Vec::new();
    for address in addresses {
        let answers = match &listening {
            Some(listening) => listens(listening, address),
            None => {
                timeout(Duration::from_secs(5), TcpStream::connect(address)).await.is_ok_and(|stream| stream.is_ok())
            }
        };
        findings.push(if answers {
            Finding::pass(format!("{address} is listened at"))
        } else {
            Finding::fail(format!("nobody listens at {address}"))
        });
    }
    Ok(findings)
}

/// Does `ss` show this address and port, or the port for all addresses?
fn listens(said: &str, address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    said.lines().filter_map(|line| line.split_whitespace().nth(3)).any(|local| {
        let Some((at, listening)) = local.rsplit_once(':') else { return false };
        let everywhere = matches!(at, "*" | "0.0.0.0" | "[::]");
        let named = host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('['); // ss knows no names
        listening == port && (everywhere || at == host || named)
    })
}

#[cfg(test)]
mod tests {
    use super::listens;

    #[test]
    fn the_kernels_list_is_read() {
        let said = "LISTEN 0 128 127.0.0.1:443 0.0.0.0:*\nLISTEN 0 128 [::]:22 [::]:*\n";
        assert!(listens(said, "127.0.0.1:443") && listens(said, "192.0.2.1:22") && listens(said, "localhost:443"));
        assert!(!listens(said, "192.0.2.1:443") && !listens(said, "127.0.0.1:44"));
    }
}

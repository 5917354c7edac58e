//! A node, and how programs run on it.

use std::ffi::OsString;
use std::time::Duration;

use crate::ReachError;
use crate::running::Running;
use crate::ssh::{Ssh, has_nul};

/// A node: this host, or another one.
#[derive(Clone, Debug)]
pub enum Node {
    /// The host that this process runs on.
    Local,
    /// Another one.
    Ssh(Ssh),
}

/// How long a program may take, and how much it may print.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long.
    pub time: Duration,
    /// Bytes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { time: Duration::from_mins(1), bytes: 4 * 1024 * 1024 }
    }
}

impl Node {
    /// A node of the inventory.
    ///
    /// # Errors
    /// If there is no place for the file that pins its key.
    pub fn of(node: &inventory::Node) -> Result<Node, ReachError> {
        Ok(match &node.reach {
            inventory::Reach::Local => Node::Local,
            inventory::Reach::Ssh(ssh) => {
                Node::Ssh(Ssh::new(&ssh.user, &node.address, ssh.port, ssh.key.clone(), &ssh.host_key)?)
            }
        })
    }

    /// Runs a program and returns what it printed.
    ///
    /// # Errors
    /// If it does not end well, in time, and with no more than it may print.
    pub async fn run<A: Into<OsString> + Clone>(&self, argv: &[A], limits: Limits) -> Result<Vec<u8>, ReachError> {
        self.start(argv, limits.time)?.output(limits.bytes).await
    }

    /// The same, as text.
    ///
    /// # Errors
    /// The same.
    pub async fn text<A: Into<OsString> + Clone>(&self, argv: &[A], limits: Limits) -> Result<String, ReachError> {
        Ok(String::from_utf8_lossy(&self.run(argv, limits).await?).into_owned())
    }

    /// Starts a program whose output is read as it comes. It is ended after `limit`, and when what this returns is dropped.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start<A: Into<OsString> + Clone>(&self, argv: &[A], limit: Duration) -> Result<Running, ReachError> {
        let argv: Vec<OsString> = argv.iter().cloned().map(Into::into).collect();
        let Some((program, arguments)) = argv.split_first() else {
            return Err(ReachError::Argument("There is no program to run.".into()));
        };
        if argv.iter().any(|argument| has_nul(argument)) {
            return Err(ReachError::Argument("An argument holds a zero byte.".into()));
        }
        let named = program.to_string_lossy().into_owned();
        match self {
            Node::Local => Running::start(program, arguments, named, limit, false),
            Node::Ssh(ssh) => {
                // the far end ends it too: what hangs there would outlive the connection
                let seconds = limit.as_secs().max(1).to_string();
                let mut there: Vec<OsString> = ["timeout", "-k", "5", &seconds].map(OsString::from).to_vec();
                there.extend(argv.iter().cloned());
                Running::start(&"ssh".into(), &ssh.arguments(&there), named, limit, true)
            }
        }
    }
}

//! Another host, by the system's `ssh`.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::NamedTempFile;

/// How another host is entered. Its key is pinned: a host that has another one is not entered.
#[derive(Clone, Debug)]
pub struct Ssh {
    user: String,
    address: String,
    port: u16,
    key: PathBuf,
    known_hosts: Arc<NamedTempFile>,
}

/// The name under which the pinned key stands: addresses and ports have no say in which key is expected.
const ALIAS: &str = "node";

impl Ssh {
    /// `key` is the file of our private key; `host_key` the host's public one as in its `.pub` file: type, key, perhaps a comment.
    ///
    /// # Errors
    /// If there is no place for the file that pins the key, or the host's key is no line of its own.
    pub fn new(user: &str, address: &str, port: u16, key: PathBuf, host_key: &str) -> std::io::Result<Ssh> {
        let host_key = host_key.trim();
        if host_key.contains(['\n', '\r']) || host_key.split_whitespace().count() < 2 {
            return Err(std::io::Error::other("a host key is a type and a key, as in the host's .pub file"));
        }
        let mut known_hosts = NamedTempFile::with_prefix("known_hosts-")?;
        writeln!(known_hosts, "{ALIAS} {host_key}")?;
        known_hosts.flush()?;
        let (user, address) = (user.to_owned(), address.to_owned());
        Ok(Ssh { user, address, port, key, known_hosts: Arc::new(known_hosts) })
    }

    /// The arguments of `ssh` that run this there.
    pub(crate) fn arguments(&self, argv: &[OsString]) -> Vec<OsString> {
        let option = |option: String| ["-o".into(), OsString::from(option)];
        let mut known_hosts = OsString::from("UserKnownHostsFile=");
        known_hosts.push(self.known_hosts.path());
        let mut arguments: Vec<OsString> = ["-F", "none", "-T", "-x", "-a"].map(OsString::from).to_vec();
        arguments.extend(["-o".into(), known_hosts]);
        for fixed in [
            "BatchMode=yes",
            "StrictHostKeyChecking=yes",
            "GlobalKnownHostsFile=/dev/null",
            "CheckHostIP=no",
            "UpdateHostKeys=no",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "PreferredAuthentications=publickey",
            "ControlMaster=no",
            "ControlPath=none",
            "ClearAllForwardings=yes",
            "PermitLocalCommand=no",
            "ConnectTimeout=10",
            "ServerAliveInterval=5",
            "ServerAliveCountMax=3",
            "LogLevel=ERROR",
        ] {
            arguments.extend(option(fixed.to_owned()));
        }
        arguments.extend(option(format!("HostKeyAlias={ALIAS}")));
        arguments.extend(["-i".into(), self.key.clone().into_os_string()]);
        arguments.extend(["-p".into(), self.port.to_string().into(), "-l".into(), OsString::from(&self.user)]);
        arguments.extend(["--".into(), OsString::from(&self.address), quoted(argv)]);
        arguments
    }
}

/// Arguments as one line for a POSIX shell: each in single quotes, in which nothing has a meaning but the next single quote.
fn quoted(argv: &[OsString]) -> OsString {
    let mut line = b"exec".to_vec(); // no shell waits beside the program
    for argument in argv {
        line.extend_from_slice(b" '");
        for byte in argument.as_bytes() {
            match byte {
                b'\'' => line.extend_from_slice(br"'\''"),
                byte => line.push(*byte),
            }
        }
        line.push(b'\'');
    }
    OsString::from_vec(line)
}

/// What no argument can hold, on any host.
pub(crate) fn has_nul(argument: &OsStr) -> bool {
    argument.as_bytes().contains(&0)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn whatever_an_argument_holds_a_shell_hands_it_over_as_it_is() {
        let hostile = ["a b", "$(touch /x)", "`id`", "it's", "-n", "a\nb", "\\", "\"", "*", "'; rm -rf / #", "", "é!"];
        for argument in hostile {
            let line = quoted(&["printf".into(), "%s".into(), argument.into()]);
            let output = Command::new("sh").arg("-c").arg(line).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), argument);
        }
        let odd = OsString::from_vec(b"\xff\xfe'".to_vec());
        let line = quoted(&["printf".into(), "%s".into(), odd.clone()]);
        assert_eq!(Command::new("sh").arg("-c").arg(line).output().unwrap().stdout, odd.as_bytes());
    }

    #[test]
    fn a_host_key_is_one_line() {
        let new = |key: &str| Ssh::new("u", "127.0.0.2", 22, "/key".into(), key);
        assert!(new("ssh-ed25519 AAAA").is_ok());
        assert!(new("ssh-ed25519 AAAA\n* ssh-ed25519 BBBB").is_err());
        assert!(new("AAAA").is_err());
    }
}

//! How a program is run on a node.

use std::process::Command;

use crate::{Node, Reach, Ssh};

impl Node {
    /// A program with its arguments, to be run on this node. On another node it is brought there by `ssh`, which takes no key but the
    /// pinned one, reads nobody's configuration, asks nothing, and gives up on a node that is silent for half a minute. The words of
    /// the program come there as they stand here.
    pub fn command(&self, argv: &[String]) -> Command {
        match &self.reach {
            Reach::Local => {
                let mut words = argv.iter();
                let mut command = Command::new(words.next().map_or("false", String::as_str));
                command.args(words);
                command
            }
            Reach::Ssh(ssh) => ssh_command(ssh, &self.address, argv),
        }
    }
}

fn ssh_command(ssh: &Ssh, address: &str, argv: &[String]) -> Command {
    let mut command = Command::new("ssh");
    // `ssh` asks this program for the host's keys; %H is the name it looks for
    let known = format!("KnownHostsCommand=/bin/echo %H {}", ssh.host_key);
    command.args(["-F", "none", "-T", "-x", "-a", "-o", "BatchMode=yes", "-o", &known]);
    for option in [
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=none",
        "GlobalKnownHostsFile=none",
        "UpdateHostKeys=no",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "PreferredAuthentications=publickey",
        "ConnectTimeout=10",
        "ServerAliveInterval=10",
        "ServerAliveCountMax=3",
        "LogLevel=ERROR",
    ] {
        command.args(["-o", option]);
    }
    command.arg("-p").arg(ssh.port.to_string()).arg("-i").arg(&ssh.key).arg("-l").arg(&ssh.user);
    command.arg("--").arg(address);
    // the user's shell there takes the line apart again
    command.arg(argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "));
    command
}

/// One word for a POSIX shell, whatever is in it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@=,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_pass_a_shell_unchanged() {
        let words = ["plain", "two words", "it's", "$HOME;`id`", "", "ünï\nline", "*"];
        let line = words.map(quoted).join(" ");
        let output = Command::new("sh").arg("-c").arg(format!("printf '%s|' {line}")).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), words.join("|") + "|");
    }
}

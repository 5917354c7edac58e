//! What `pepd serve` prints when it starts: the first password, once, and how to enter.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use accounts::{BUILT_IN, Secret};

use crate::config::Config;
use crate::listener::winrm::WinRm;

/// The lines that an operator reads at the start.
#[derive(Debug)]
pub struct Greeting {
    configuration_name: String,
    state: PathBuf,
    subsystem: String,
    enter: String,
    password: Option<Secret>,
}

/// Makes the greeting. `password` is the built-in account's if it was just created: it is printed, and kept nowhere.
pub fn first_start(
    config: &Config,
    state: &Path,
    socket: &Path,
    program: &Path,
    host: &str,
    user: &str,
    password: Option<Secret>,
) -> Greeting {
    let (program, socket) = (quoted(program), quoted(socket));
    // Only users that are named may enter; an example with one of them works, an example with another does not.
    let user = match &config.identity {
        Some(identity) if !identity.users.contains_key(user) => {
            identity.users.keys().next().map_or("USER", String::as_str)
        }
        _ => user,
    };
    Greeting {
        configuration_name: config.configuration_name.clone(),
        state: state.to_owned(),
        subsystem: format!("Subsystem privileged-endpoint {program} connect --socket {socket}"),
        enter: format!("Enter-PSSession -HostName {host} -UserName {user} -Subsystem privileged-endpoint"),
        password,
    }
}

impl fmt::Display for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} keeps its accounts and its record in {}", self.configuration_name, self.state.display())?;
        if let Some(password) = &self.password {
            writeln!(f)?;
            writeln!(
                f,
                "This is its first start. The account {BUILT_IN} was created with a password that is shown this once:"
            )?;
            writeln!(f)?;
            writeln!(f, "    {}", password.expose())?;
        }
        writeln!(f)?;
        writeln!(f, "To let clients in over SSH, add this line to /etc/ssh/sshd_config and reload sshd:")?;
        writeln!(f)?;
        writeln!(f, "    {}", self.subsystem)?;
        writeln!(f)?;
        writeln!(f, "Then type in PowerShell 7 on the client:")?;
        writeln!(f)?;
        writeln!(f, "    {}", self.enter)
    }
}

/// What to type on a Windows client, for one address of each kind that is listened at. Nothing if there is none.
pub(super) fn over_winrm(config: &Config, winrm: &WinRm, host: &str) -> String {
    let named = |address: &SocketAddr| {
        if address.ip().is_unspecified() { host.to_owned() } else { address.ip().to_string() }
    };
    let enter = |address: &SocketAddr, usual_port, more: &str| {
        let port = if address.port() == usual_port { String::new() } else { format!(" -Port {}", address.port()) };
        let (computer, configuration) = (named(address), &config.configuration_name);
        format!(
            "    Enter-PSSession -ComputerName {computer}{port}{more} -ConfigurationName {configuration} -Credential {BUILT_IN}\n"
        )
    };
    let http = winrm.http().first().map(|address| {
        format!(
            "\nTo enter over WinRM from Windows, type the first line once in an elevated PowerShell:\n\n    \
             Set-Item WSMan:\\localhost\\Client\\TrustedHosts -Value {} -Concatenate -Force\n{}",
            named(address),
            enter(address, 5985, "")
        )
    });
    let https = winrm.https().first().zip(winrm.fingerprint()).map(|(address, fingerprint)| {
        let skip = " -UseSSL -SessionOption (New-PSSessionOption -SkipCACheck -SkipCNCheck)";
        format!(
            "\nOver HTTPS, with the certificate whose SHA-256 fingerprint is\n{fingerprint}:\n\n{}",
            enter(address, 5986, skip)
        )
    });
    http.unwrap_or_default() + &https.unwrap_or_default()
}

/// A path as one word of the command line that sshd hands to a shell.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-+:@".contains(letter)) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(config: &Config, socket: &str, password: Option<&str>) -> String {
        let (state, program) = (Path::new("/var/lib/pepd"), Path::new("/usr/bin/pepd"));
        first_start(config, state, Path::new(socket), program, "pep01", "ann", password.map(Secret::new)).to_string()
    }

    #[test]
    fn the_first_start_shows_the_password_and_the_lines_to_type() {
        assert_eq!(
            greeting(&Config::default(), "/run/pepd/socket", Some("tR8kw-example")),
            "\
PrivilegedEndpoint keeps its accounts and its record in /var/lib/pepd

This is its first start. The account CloudAdmin was created with a password that is shown this once:

    tR8kw-example

To let clients in over SSH, add this line to /etc/ssh/sshd_config and reload sshd:

    Subsystem privileged-endpoint /usr/bin/pepd connect --socket /run/pepd/socket

Then type in PowerShell 7 on the client:

    Enter-PSSession -HostName pep01 -UserName ann -Subsystem privileged-endpoint
"
        );
    }

    #[test]
    fn a_later_start_shows_no_password() {
        assert!(!greeting(&Config::default(), "/run/pepd/socket", None).contains("password"));
    }

    #[test]
    fn the_password_is_in_no_debug_print() {
        let password = Some(Secret::new("tR8kw-example"));
        let greeting =
            first_start(&Config::default(), Path::new("/"), Path::new("/s"), Path::new("/p"), "h", "u", password);
        assert!(!format!("{greeting:?}").contains("tR8kw"));
    }

    #[test]
    fn odd_paths_stay_one_word() {
        let shown = greeting(&Config::default(), "/tmp/it's here/socket", None);
        assert!(shown.contains(r"connect --socket '/tmp/it'\''s here/socket'"), "{shown}");
    }

    #[test]
    fn the_example_names_a_user_who_may_enter() {
        let config = Config::parse("identity.users = { bob = \"CloudAdmin\" }", Path::new("x")).unwrap();
        assert!(greeting(&config, "/s", None).contains("-UserName bob "));
    }
}

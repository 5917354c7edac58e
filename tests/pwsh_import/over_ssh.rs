//! `New-PSSession -HostName … -Subsystem …`

use support::endpoint::Endpoint;
use support::machine;
use support::pwsh::{Client, Printed};
use support::sshd::{HOST, SUBSYSTEM, Sshd};

#[path = "stories.rs"]
mod stories;

/// A server, and a client that reaches it.
struct Place {
    client: Client,
    open: String,
    _sshd: Sshd,
    _endpoint: Option<Endpoint>,
}

impl Place {
    fn pepd() -> Place {
        let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
        Place::by(&endpoint.connect_command(), Some(endpoint))
    }

    fn table() -> Place {
        Place::by(&machine::built("oracle-pepd").display().to_string(), None)
    }

    fn by(command: &str, endpoint: Option<Endpoint>) -> Place {
        let sshd = Sshd::start(command);
        let open = format!("New-PSSession -HostName {HOST} -Subsystem {SUBSYSTEM}");
        Place { client: sshd.client(), open, _sshd: sshd, _endpoint: endpoint }
    }

    /// A script with the line that opens a session in its place.
    fn filled(&self, script: &str) -> String {
        script.replace("OPEN", &self.open)
    }
}

/// Runs a script against the daemon, with the line that opens a session in place of `OPEN`.
fn run(script: &str) -> Printed {
    ran(&Place::pepd(), script)
}

/// The same against the commands of the test table.
fn table(script: &str) -> Printed {
    ran(&Place::table(), script)
}

fn ran(place: &Place, script: &str) -> Printed {
    let printed = place.client.run(&place.filled(script));
    assert!(printed.success, "{}", printed.text);
    printed
}

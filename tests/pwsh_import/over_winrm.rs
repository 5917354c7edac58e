//! `New-PSSession -ComputerName …`, by the native client library.

use support::listening::Listening;
use support::pwsh::{Client, Printed};

#[path = "stories.rs"]
mod stories;

/// A server, and a client that reaches it.
struct Place {
    client: Client,
    server: Listening,
}

impl Place {
    fn pepd() -> Place {
        Place::of(Listening::pepd(env!("CARGO_BIN_EXE_pepd")))
    }

    fn table() -> Place {
        Place::of(Listening::test_table())
    }

    fn of(server: Listening) -> Place {
        Place { client: Listening::client(), server }
    }

    /// A script with the line that opens a session in its place.
    fn filled(&self, script: &str) -> String {
        let credential = self.server.credential();
        let open = format!("New-PSSession {}", self.server.parameters());
        format!("{credential}\n{}", script.replace("OPEN", &open))
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

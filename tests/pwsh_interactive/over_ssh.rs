//! `Enter-PSSession -HostName … -Subsystem …`

use support::console::Console;
use support::endpoint::Endpoint;
use support::machine;
use support::sshd::{HOST, SUBSYSTEM, Sshd};

use crate::{LOCAL, PROMPT};

#[path = "stories.rs"]
mod stories;

/// The user's console, in the endpoint; and what must live as long as it does.
struct Visit {
    console: Console,
    _sshd: Sshd,
    endpoint: Option<Endpoint>,
}

impl Visit {
    /// Enters the daemon.
    fn pepd() -> Visit {
        let endpoint = Endpoint::start(env!("CARGO_BIN_EXE_pepd"));
        let command = endpoint.connect_command();
        Visit::enter(&command, Some(endpoint))
    }

    /// Enters an endpoint with the commands of a test table, which prompt, fail and take their time on request.
    fn test_table() -> Visit {
        Visit::enter(&machine::built("oracle-pepd").display().to_string(), None)
    }

    fn enter(command: &str, endpoint: Option<Endpoint>) -> Visit {
        let sshd = Sshd::start(command);
        let console = sshd.client().console();
        console.send(&format!("Enter-PSSession -HostName {HOST} -Subsystem {SUBSYSTEM}"), PROMPT);
        Visit { console, _sshd: sshd, endpoint }
    }

    /// Types a line; returns what was printed before the next prompt.
    fn line(&self, text: &str) -> String {
        self.console.send(text, PROMPT)
    }

    /// Types a line that asks something, and waits for the question.
    fn asked(&self, text: &str, question: &str) {
        self.console.type_line(text);
        self.console.wait_for_last(question);
    }
}

#[test]
fn when_the_daemon_dies_the_user_is_back_at_the_local_prompt() {
    let mut visit = Visit::pepd();
    visit.endpoint.as_mut().unwrap().kill();
    let said = visit.console.send("Get-Command", LOCAL);
    assert!(
        said.contains("was not run as the session in which it was intended to run was either closed or broken"),
        "{said}"
    );
}

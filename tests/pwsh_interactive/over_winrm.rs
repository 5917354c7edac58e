//! `Enter-PSSession -ComputerName … -Authentication Negotiate`, by the native client library.

use std::time::{Duration, Instant};

use support::console::Console;
use support::listening::Listening;

use crate::{LOCAL, PROMPT};

#[path = "stories.rs"]
mod stories;

/// What the user calls the server.
const HOST: &str = "localhost";

/// The user's console, in the endpoint; and what must live as long as it does.
struct Visit {
    console: Console,
    server: Listening,
}

impl Visit {
    /// Enters the daemon.
    fn pepd() -> Visit {
        Visit::enter(Listening::pepd(env!("CARGO_BIN_EXE_pepd")))
    }

    /// Enters an endpoint with the commands of a test table, which prompt, fail and take their time on request.
    fn test_table() -> Visit {
        Visit::enter(Listening::test_table())
    }

    fn enter(server: Listening) -> Visit {
        let console = Listening::client().console();
        console.send(&server.credential(), LOCAL);
        console.send(&format!("Enter-PSSession {}", server.parameters()), PROMPT);
        Visit { console, server }
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
    visit.server.kill();
    let killed = Instant::now();
    let said = visit.console.send("Get-Command", LOCAL);
    assert!(killed.elapsed() < Duration::from_secs(20), "{:?}", killed.elapsed());
    assert!(said.contains("cannot connect to") || said.contains("closed or broken"), "{said}");
    assert_eq!(visit.console.send("'local again'", LOCAL), "local again");
}

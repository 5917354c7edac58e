//! `New-PSSession -ComputerName …`, by the native client library.

use support::listening::Listening;
use support::pwsh::{Client, Printed};

use crate::LOCAL;

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

#[test]
fn an_exported_module_makes_its_own_session_when_it_is_told_how() {
    let place = Place::table();
    let script = "$ErrorActionPreference = 'Stop'
         $session = OPEN
         $files = Export-PSSession $session -OutputModule $HOME/PepModule -CommandName Get-PepGreeting
         $files.Count
         try { Export-PSSession $session -OutputModule $HOME/PepModule -CommandName Get-PepGreeting } catch { 'it is there already' }
         (Export-PSSession $session -OutputModule $HOME/PepModule -CommandName Get-PepGreeting -Force).Count";
    assert_eq!(place.client.run(&place.filled(script)).text, "3\nit is there already\n3\n");
    // the option in place of the one that the module would make, which PowerShell on Linux cannot
    let console = place.client.console();
    console
        .send("Import-Module $HOME/PepModule -DisableNameChecking -ArgumentList $null, (New-PSSessionOption)", LOCAL);
    console.type_line("Get-PepGreeting -Name later -Count 2");
    console.wait_for("Password for user");
    console.type_line(&place.server.password);
    console.wait_for("Hello later (Low) 2");
    console.wait_for_last(LOCAL);
    assert_eq!(console.send("Get-PepGreeting -Name again", LOCAL), "Hello again (Low) 1");
    console.send("Remove-Module PepModule", LOCAL);
    assert_eq!(console.send("(Get-PSSession).Count", LOCAL), "0", "the session was the module's own");
}

//! Stock PowerShell as a client: scripts and consoles, with a home of their own.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::console::{Console, Key, Size};
use crate::machine;

/// A client waits for ever for a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where and how PowerShell runs: its home, and what stands in its environment.
pub struct Client {
    home: TempDir,
    environment: Vec<(OsString, OsString)>,
}

/// What a script printed.
#[derive(Debug)]
pub struct Printed {
    /// Standard output and standard error, as they came; every line ends with LF alone.
    pub text: String,
    /// Did PowerShell end with 0?
    pub success: bool,
}

impl Default for Client {
    fn default() -> Client {
        Client::new()
    }
}

impl Client {
    /// A client with an empty home.
    pub fn new() -> Client {
        let home = tempfile::tempdir().unwrap();
        let mut client = Client { home, environment: Vec::new() };
        let path = std::env::var_os("PATH").unwrap_or_default();
        for (name, value) in [
            ("PATH", path),
            ("HOME", client.home.path().into()),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("POWERSHELL_TELEMETRY_OPTOUT", "1".into()),
            ("POWERSHELL_UPDATECHECK", "Off".into()),
        ] {
            client = client.variable(name, value);
        }
        client
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Client {
        self.environment.retain(|(n, _)| n != name);
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Puts a directory in front of its `PATH`.
    #[must_use]
    pub fn path_first(self, directory: &Path) -> Client {
        let mut path: OsString = directory.into();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        self.variable("PATH", path)
    }

    /// Its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs a script file. It has a terminal of its own, so that widths do not depend on where the tests run, but prints to a file.
    pub fn run_file(&self, script: &Path, arguments: &[&str]) -> Printed {
        let output = self.home.path().join("printed");
        let redirect = format!("exec \"$0\" \"$@\" </dev/null >'{}' 2>&1", output.display());
        let pwsh = machine::pwsh();
        let mut line =
            vec!["-c", &redirect, pwsh.to_str().unwrap(), "-NoLogo", "-NoProfile", "-NonInteractive", "-File"];
        line.push(script.to_str().unwrap());
        line.extend(arguments);
        let mut console = Console::start(Size(40, 80), Path::new("/bin/sh"), &line, &self.environment);
        let ended = console.wait_for_end(PATIENCE);
        let text = String::from_utf8_lossy(&fs::read(output).unwrap()).replace("\r\n", "\n").replace('\r', "\n");
        let Some(success) = ended else { panic!("PowerShell did not end. It printed:\n{text}") };
        Printed { text, success }
    }

    /// Runs a script given as text.
    pub fn run(&self, script: &str) -> Printed {
        let file = self.home.path().join("script.ps1");
        fs::write(&file, script).unwrap();
        self.run_file(&file, &[])
    }

    /// Opens an interactive PowerShell, with the local prompt `PS LOCAL> ` and an empty screen.
    pub fn console(&self) -> Console {
        let console = Console::start(Size(40, 100), &machine::pwsh(), &["-NoLogo", "-NoProfile"], &self.environment);
        console.wait_for_last(r"PS(?: [^>]*)?>$");
        console.rest_for(Duration::from_millis(200));
        console.type_text("Set-PSReadLineOption -PredictionSource None; function prompt { 'PS LOCAL> ' }; cls");
        console.press(Key::Enter);
        console.wait_until("the local prompt alone", PATIENCE, |lines| lines == ["PS LOCAL>"]);
        console
    }
}

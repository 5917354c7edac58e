//! Stock PowerShell as a client: scripts and consoles, with a home of their own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::console::{Console, Key};
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
    /// Standard output and standard error, as they came.
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

    /// Runs a script file; what it prints in colour comes in colour.
    pub fn run_file(&self, script: &Path, arguments: &[&str]) -> Printed {
        let output = self.home.path().join("printed");
        let printed = File::create(&output).unwrap();
        let mut child = Command::new(machine::pwsh())
            .args(["-NoLogo", "-NoProfile", "-NonInteractive", "-File"])
            .arg(script)
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(printed.try_clone().unwrap())
            .stderr(printed)
            .spawn()
            .unwrap();
        let end = Instant::now() + PATIENCE;
        let success = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status.success(),
                None if Instant::now() < end => thread::sleep(Duration::from_millis(20)),
                None => {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    panic!("PowerShell did not end. It printed:\n{}", read(&output));
                }
            }
        };
        Printed { text: read(&output), success }
    }

    /// Runs a script given as text.
    pub fn run(&self, script: &str) -> Printed {
        let file = self.home.path().join("script.ps1");
        fs::write(&file, script).unwrap();
        self.run_file(&file, &[])
    }

    /// Opens an interactive PowerShell, with the local prompt `PS LOCAL> ` and an empty screen.
    pub fn console(&self) -> Console {
        let console = Console::start(&machine::pwsh(), &["-NoLogo", "-NoProfile"], &self.environment);
        console.wait_for_last(r"PS(?: [^>]*)?>$");
        console.rest_for(Duration::from_millis(200));
        console.type_text("Set-PSReadLineOption -PredictionSource None; function prompt { 'PS LOCAL> ' }; cls");
        console.press(Key::Enter);
        console.wait_until("the local prompt alone", PATIENCE, |lines| lines == ["PS LOCAL>"]);
        console
    }
}

fn read(path: &PathBuf) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

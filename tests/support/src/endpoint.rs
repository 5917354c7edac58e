//! The daemon itself, started for one test with a state directory and a socket of its own.

use std::fs::{self, File};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use regex::Regex;
use tempfile::TempDir;

/// A debug build on a busy machine makes its first state directory, keys and account in this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// `pepd serve`, ended when dropped.
pub struct Endpoint {
    program: PathBuf,
    directory: TempDir,
    child: Child,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Endpoint {
    /// Starts `program serve` on embedded defaults and waits until it answers. Give `env!("CARGO_BIN_EXE_pepd")`.
    pub fn start(program: impl Into<PathBuf>) -> Endpoint {
        Endpoint::start_with(program, "")
    }

    /// The same with this configuration file.
    pub fn start_with(program: impl Into<PathBuf>, configuration: &str) -> Endpoint {
        Endpoint::start_in(program, configuration, &[])
    }

    /// The same with these variables in its environment.
    pub fn start_in(
        program: impl Into<PathBuf>,
        configuration: &str,
        environment: &[(&'static str, PathBuf)],
    ) -> Endpoint {
        let (program, directory) = (program.into(), tempfile::tempdir().unwrap());
        let config = directory.path().join("pepd.toml");
        fs::write(&config, configuration).unwrap();
        let child = serve(&program, directory.path(), (!configuration.is_empty()).then_some(&config), environment);
        let mut endpoint = Endpoint { program, directory, child, environment: environment.to_vec() };
        endpoint.wait();
        endpoint
    }

    /// Starts the daemon again, on the state that the one before left.
    pub fn start_again(&mut self) {
        let config = self.directory.path().join("pepd.toml");
        let used = fs::metadata(&config).is_ok_and(|config| config.len() > 0);
        self.child = serve(&self.program, self.directory.path(), used.then_some(&config), &self.environment);
        self.wait();
    }

    fn wait(&mut self) {
        let end = Instant::now() + PATIENCE;
        while UnixStream::connect(self.socket()).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < end,
                "pepd serve does not answer ({ended:?}). It printed:\n{}",
                self.printed()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The command line that a client's server is: the relay to this daemon.
    pub fn connect_command(&self) -> String {
        format!("{} connect --socket {}", self.program.display(), self.socket().display())
    }

    /// The daemon's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The password of CloudAdmin, which the first start prints.
    pub fn first_password(&self) -> String {
        let password = Regex::new(r"(?m)^    (\w{5}(?:-\w{5}){3})$").unwrap();
        password.captures(&self.printed()).unwrap()[1].to_owned()
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    /// Where everything of it lies: the state, the socket, the configuration, what it printed.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// Standard output and standard error so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(self.directory.path().join("printed")).unwrap()
    }

    /// Ends the daemon as a power cut would; its state stays.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn serve(program: &Path, directory: &Path, config: Option<&PathBuf>, environment: &[(&'static str, PathBuf)]) -> Child {
    let printed = File::create(directory.join("printed")).unwrap();
    let mut command = Command::new(program);
    command.arg("serve").arg("--state").arg(directory.join("state")).arg("--socket").arg(directory.join("socket"));
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(printed.try_clone().unwrap())
        .stderr(printed)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if thread::panicking() {
            eprintln!("pepd printed:\n{}", self.printed());
        }
    }
}

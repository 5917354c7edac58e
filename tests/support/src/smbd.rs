//! Debian's smbd on a free loopback port, with its own configuration, state and password database.
//!
//! It runs as whoever runs the tests. Each server has one account, [`USER`] with [`PASSWORD`], and the shares that a test gives it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use crate::machine;

/// The name that the account has for clients.
pub const USER: &str = "carol";

/// Its password.
pub const PASSWORD: &str = "Gr\u{fc}\u{df}e, Teller 55";

/// A running smbd, ended when dropped.
pub struct Smbd {
    directory: TempDir,
    port: u16,
    child: Child,
}

/// What a server is like.
#[derive(Default)]
pub struct Options<'a> {
    /// Lines of the section `[global]`.
    pub global: &'a [&'a str],
    /// Shares, each a folder of its own, with lines of their sections.
    pub shares: &'a [(&'a str, &'a [&'a str])],
    /// A write that would make a file longer than this fails as on a full disk.
    pub longest_file: Option<u64>,
}

impl Smbd {
    /// A server with one share, `plain`.
    pub fn start() -> Smbd {
        Smbd::with(&Options { shares: &[("plain", &[])], ..Options::default() })
    }

    /// A server with these shares.
    pub fn with(options: &Options<'_>) -> Smbd {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path();
        for folder in ["state", "shares"] {
            fs::create_dir(here.join(folder)).unwrap();
        }
        for (share, _) in options.shares {
            fs::create_dir(here.join("shares").join(share)).unwrap();
        }
        let port = machine::free_port();
        fs::write(here.join("smb.conf"), configuration(here, port, options)).unwrap();
        fs::write(here.join("users"), format!("!{} = {USER} {USER}@example.com\n", machine::user())).unwrap();
        add_account(here);
        let child = serve(here, options.longest_file);
        let mut smbd = Smbd { directory, port, child };
        smbd.wait();
        smbd
    }

    fn wait(&mut self) {
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "smbd does not answer ({ended:?}):\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How a client writes one of its shares.
    pub fn share(&self, share: &str) -> String {
        format!(r"\\127.0.0.1@{}\{share}", self.port)
    }

    /// Where the files of a share lie.
    pub fn folder(&self, share: &str) -> PathBuf {
        self.directory.path().join("shares").join(share)
    }

    /// A line of PowerShell that puts the account into `$c`.
    pub fn credential() -> String {
        format!("$c = [pscredential]::new('{USER}', (ConvertTo-SecureString '{PASSWORD}' -AsPlainText -Force))")
    }

    /// Ends it with all that serves its connections, as a power cut would.
    pub fn kill(&mut self) {
        // it leads a process group of its own, and a process of it serves each connection
        let leader = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        let _ = kill_process_group(leader, Signal::KILL);
        self.child.wait().unwrap();
    }

    /// What it says.
    pub fn log(&self) -> String {
        let logs = [self.directory.path().join("printed"), self.directory.path().join("state/log.smbd")];
        logs.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
    }
}

impl Drop for Smbd {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() {
            self.kill();
        }
        if thread::panicking() {
            eprintln!("smbd printed:\n{}", self.log());
        }
    }
}

fn configuration(here: &Path, port: u16, options: &Options<'_>) -> String {
    let (here, user) = (here.display(), machine::user());
    let mut text = format!(
        "[global]\n\
         server role = standalone server\n\
         server string = a server of the tests\n\
         interfaces = lo\n\
         bind interfaces only = yes\n\
         smb ports = {port}\n\
         disable netbios = yes\n\
         disable spoolss = yes\n\
         load printers = no\n\
         log file = {here}/state/log.smbd\n\
         log level = 1\n\
         private dir = {here}/state\n\
         state directory = {here}/state\n\
         cache directory = {here}/state\n\
         lock directory = {here}/state\n\
         pid directory = {here}/state\n\
         ncalrpc dir = {here}/state/ncalrpc\n\
         passdb backend = tdbsam:{here}/state/passdb.tdb\n\
         username map = {here}/users\n\
         map to guest = never\n\
         unix extensions = no\n\
         ea support = no\n\
         store dos attributes = no\n\
         map archive = no\n"
    );
    for line in options.global {
        let _ = writeln!(text, "{line}");
    }
    for (share, lines) in options.shares {
        let _ = write!(text, "[{share}]\npath = {here}/shares/{share}\nvalid users = {user}\nread only = no\n");
        for line in *lines {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// The account is that of whoever runs the tests; the server's name map gives it the name that clients use.
fn add_account(here: &Path) {
    let pdbedit = machine::on_path("pdbedit").expect("this test needs pdbedit: apt-get install samba");
    let mut adding = Command::new(pdbedit)
        .args(["--password-from-stdin", "--create", "--user", &machine::user()])
        .arg(format!("--configfile={}", here.join("smb.conf").display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(File::create(here.join("printed")).unwrap())
        .spawn()
        .unwrap();
    adding.stdin.take().unwrap().write_all(format!("{PASSWORD}\n{PASSWORD}\n").as_bytes()).unwrap();
    let added = adding.wait().unwrap();
    assert!(added.success(), "pdbedit: {}", fs::read_to_string(here.join("printed")).unwrap());
}

fn serve(here: &Path, longest_file: Option<u64>) -> Child {
    let smbd = machine::on_path("smbd").expect("this test needs smbd: apt-get install samba");
    // the shell's limit is in blocks of 512 bytes; with the signal ignored a write past it fails, and smbd says that the disk is full
    let limit = longest_file.map_or_else(String::new, |bytes| format!("ulimit -f {}; trap '' XFSZ; ", bytes / 512));
    let printed = File::create(here.join("printed")).unwrap();
    Command::new("sh")
        .arg("-c")
        .arg(format!(r#"{limit}exec "$0" --foreground --no-process-group --configfile="$1""#))
        .arg(smbd)
        .arg(here.join("smb.conf"))
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(printed.try_clone().unwrap())
        .stderr(printed)
        .spawn()
        .unwrap()
}

//! A second node: Debian's sshd on another loopback address, entered by key.

use std::fs::{self, File, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::machine;
use crate::sshd::make_key;

/// Where it listens.
pub const ADDRESS: &str = "127.0.0.2";

/// A running sshd, ended when dropped.
pub struct SecondNode {
    directory: TempDir,
    port: u16,
    child: Child,
}

impl SecondNode {
    /// Starts it and waits until it answers.
    pub fn start() -> SecondNode {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path();
        fs::set_permissions(here, Permissions::from_mode(0o700)).unwrap();
        make_key(&here.join("host_key"));
        make_key(&here.join("user_key"));
        fs::copy(here.join("user_key.pub"), here.join("authorized_keys")).unwrap();
        fs::set_permissions(here.join("authorized_keys"), Permissions::from_mode(0o600)).unwrap();
        // root's sshd wants this directory; Debian's service makes it, and the service need not run here
        if machine::user() == "root" {
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let port = machine::free_port();
        let (shown, user) = (here.display(), machine::user());
        let configuration = format!(
            "ListenAddress {ADDRESS}\nPort {port}\nHostKey {shown}/host_key\nPidFile none\nAuthorizedKeysFile {shown}/authorized_keys\n\
             StrictModes no\nAuthenticationMethods publickey\nPermitRootLogin prohibit-password\nAllowUsers {user}\nUsePAM no\nPermitTTY no\n"
        );
        fs::write(here.join("sshd_config"), configuration).unwrap();
        let child = Command::new(machine::sshd())
            .args(["-D", "-e", "-f"])
            .arg(here.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(here.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut node = SecondNode { directory, port, child };
        let end = Instant::now() + Duration::from_secs(15);
        while TcpStream::connect((ADDRESS, port)).is_err() {
            let ended = node.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "sshd does not answer ({ended:?}):\n{}", node.log());
            thread::sleep(Duration::from_millis(20));
        }
        node
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file of the private key that lets the user of the tests in.
    pub fn key(&self) -> PathBuf {
        self.directory.path().join("user_key")
    }

    /// Its public host key: type and key.
    pub fn host_key(&self) -> String {
        let line = fs::read_to_string(self.directory.path().join("host_key.pub")).unwrap();
        line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }

    /// A place for files that go with it.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// What sshd says.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }
}

impl Drop for SecondNode {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if thread::panicking() {
            eprintln!("the second node's sshd printed:\n{}", self.log());
        }
    }
}

//! Debian's sshd on a free loopback port, with its own configuration, host key and key login for the user of the tests.

use std::fs::{self, File, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::machine;
use crate::pwsh::Client;

/// The name by which the client's ssh configuration knows the server.
pub const HOST: &str = "pep01";

/// Where a second node listens.
pub const ADDRESS: &str = "127.0.0.2";

/// The subsystem that stands for the endpoint.
pub const SUBSYSTEM: &str = "privileged-endpoint";

/// A running sshd, ended when dropped.
pub struct Sshd {
    directory: TempDir,
    child: Child,
    address: String,
    port: u16,
}

impl Sshd {
    /// Starts sshd; the subsystem runs `command`.
    pub fn start(command: &str) -> Sshd {
        Sshd::at("127.0.0.1", command)
    }

    /// Another computer, as far as SSH is concerned: an sshd on another loopback address, such as 127.0.0.2.
    pub fn node(address: &str) -> Sshd {
        Sshd::at(address, "/bin/false")
    }

    fn at(address: &str, command: &str) -> Sshd {
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
        fs::write(here.join("sshd_config"), server_configuration(here, address, port, command)).unwrap();
        fs::write(here.join("ssh_config"), client_configuration(here, address, port)).unwrap();
        let host_key = fs::read_to_string(here.join("host_key.pub")).unwrap();
        fs::write(here.join("known_hosts"), format!("[{address}]:{port} {host_key}")).unwrap();
        write_client(here);
        let child = serve(here);
        let mut sshd = Sshd { directory, child, address: address.to_owned(), port };
        sshd.wait();
        sshd
    }

    /// Starts it again, when it has ended.
    pub fn start_again(&mut self) {
        self.child.wait().unwrap();
        self.child = serve(self.directory.path());
        self.wait();
    }

    /// The node as an inventory has it: `[[nodes]]` and `[nodes.ssh]`.
    pub fn inventory_node(&self, name: &str) -> String {
        let (here, user) = (self.directory.path().display(), machine::user());
        let host_key = fs::read_to_string(self.directory.path().join("host_key.pub")).unwrap();
        format!(
            "[[nodes]]\nname = \"{name}\"\naddress = \"{}\"\n[nodes.ssh]\nuser = \"{user}\"\nport = {}\nkey = \"{here}/user_key\"\n\
             host_key = \"{}\"\n",
            self.address,
            self.port,
            host_key.trim()
        )
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
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A program that ends it, as a node that is powered off ends.
    pub fn off(&self) -> [String; 3] {
        ["sh", "-c", &format!("kill {}", self.child.id())].map(str::to_owned)
    }

    fn wait(&mut self) {
        let end = Instant::now() + Duration::from_secs(15);
        while TcpStream::connect((&*self.address, self.port)).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "sshd does not answer ({ended:?}):\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A PowerShell whose `ssh` is Debian's, with a configuration that knows this server as [`HOST`] and logs in by key.
    pub fn client(&self) -> Client {
        Client::new().path_first(&self.directory.path().join("bin"))
    }

    /// What sshd says.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if thread::panicking() {
            eprintln!("sshd printed:\n{}", self.log());
        }
    }
}

fn make_key(file: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status().unwrap();
    assert!(made.success());
}

fn serve(here: &Path) -> Child {
    Command::new(machine::sshd())
        .args(["-D", "-e", "-f"])
        .arg(here.join("sshd_config"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(here.join("log")).unwrap())
        .spawn()
        .unwrap()
}

fn server_configuration(here: &Path, address: &str, port: u16, command: &str) -> String {
    let (here, user) = (here.display(), machine::user());
    // StrictModes looks at every directory above the keys, and a test's directory stands in /tmp
    format!(
        "ListenAddress {address}\n\
         Port {port}\n\
         HostKey {here}/host_key\n\
         PidFile none\n\
         AuthorizedKeysFile {here}/authorized_keys\n\
         StrictModes no\n\
         AuthenticationMethods publickey\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         PermitRootLogin prohibit-password\n\
         AllowUsers {user}\n\
         UsePAM no\n\
         AllowTcpForwarding no\n\
         X11Forwarding no\n\
         PermitTTY no\n\
         Subsystem {SUBSYSTEM} {command}\n"
    )
}

fn client_configuration(here: &Path, address: &str, port: u16) -> String {
    let (here, user) = (here.display(), machine::user());
    format!(
        "Host {HOST}\n\
         HostName {address}\n\
         Port {port}\n\
         User {user}\n\
         IdentityFile {here}/user_key\n\
         IdentitiesOnly yes\n\
         UserKnownHostsFile {here}/known_hosts\n\
         StrictHostKeyChecking yes\n"
    )
}

/// OpenSSH looks for its configuration in the home that the password file names, whatever `HOME` says: so it is told.
fn write_client(here: &Path) {
    let ssh = machine::on_path("ssh").expect("this test needs ssh: apt-get install openssh-client");
    fs::create_dir(here.join("bin")).unwrap();
    let script = here.join("bin/ssh");
    fs::write(&script, format!("#!/bin/sh\nexec {} -F {}/ssh_config \"$@\"\n", ssh.display(), here.display())).unwrap();
    fs::set_permissions(script, Permissions::from_mode(0o755)).unwrap();
}

//! A Kerberos realm for one test: MIT's KDC on the loopback address, with a database, a configuration and a keytab that are thrown
//! away. Nothing of the machine's own Kerberos is touched: each process is told by its environment.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::machine;
use crate::pwsh::Client;

/// A KDC on a busy machine listens after this time at the latest.
const PATIENCE: Duration = Duration::from_secs(30);

/// The realm `PEPD.TEST`. It knows the users alice and bob, and the server localhost under the names that clients of WinRM use.
pub struct Realm {
    directory: TempDir,
    kdc: Option<Child>,
}

impl Realm {
    /// Of alice and bob.
    pub const PASSWORD: &'static str = "Tickets 4 everybody";

    /// Makes the database and starts the KDC.
    pub fn start() -> Realm {
        let mut realm = Realm { directory: tempfile::tempdir().unwrap(), kdc: None };
        let (directory, port) = (realm.directory.path().display(), machine::free_port());
        let client = format!(
            "[libdefaults]\n default_realm = PEPD.TEST\n dns_lookup_kdc = false\n dns_canonicalize_hostname = false\n rdns = false\n\
             [realms]\n PEPD.TEST = {{\n  kdc = 127.0.0.1:{port}\n }}\n GONE.TEST = {{\n  kdc = 127.0.0.1:1\n }}\n"
        );
        let server = format!(
            "[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n\
             [realms]\n PEPD.TEST = {{\n  database_name = {directory}/principal\n  key_stash_file = {directory}/stash\n }}\n"
        );
        fs::write(realm.config(), client).unwrap();
        fs::write(realm.directory.path().join("kdc.conf"), server).unwrap();
        realm.run("kdb5_util", &["create", "-s", "-r", "PEPD.TEST", "-P", "master"], "");
        let password = Realm::PASSWORD;
        let keytab = realm.keytab().display().to_string();
        let lines = format!(
            "addprinc -pw \"{password}\" +requires_preauth alice\naddprinc -pw \"{password}\" bob\n\
             addprinc -randkey HTTP/localhost\naddprinc -randkey WSMAN/localhost\naddprinc -randkey host/localhost\n\
             ktadd -k {keytab} HTTP/localhost WSMAN/localhost host/localhost\n"
        );
        realm.run("kadmin.local", &["-r", "PEPD.TEST"], &lines);
        assert!(realm.keytab().exists(), "kadmin.local made no keytab");
        realm.kdc =
            Some(realm.command("krb5kdc").args(["-n", "-r", "PEPD.TEST"]).stdin(Stdio::null()).spawn().unwrap());
        realm.wait();
        realm
    }

    /// What `KRB5_CONFIG` names.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("krb5.conf")
    }

    /// The keys of `HTTP/localhost`, `WSMAN/localhost` and `host/localhost`.
    pub fn keytab(&self) -> PathBuf {
        self.directory.path().join("keytab")
    }

    /// What a process must know of the realm; its replay cache is its own.
    pub fn environment(&self) -> [(&'static str, PathBuf); 3] {
        let cache = |kind: &str| PathBuf::from(format!("{kind}:{}", self.directory.path().join("replays").display()));
        [
            ("KRB5_CONFIG", self.config()),
            ("KRB5_KDC_PROFILE", self.directory.path().join("kdc.conf")),
            ("KRB5RCACHENAME", cache("file2")),
        ]
    }

    /// A ticket cache that nothing is in yet.
    pub fn cache(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `kinit`: a ticket for a user, for this long (`10m`), into a cache.
    pub fn ticket(&self, user: &str, life: &str, cache: &Path) {
        let cache = cache.display().to_string();
        self.run("kinit", &["-c", &cache, "-l", life, user], &format!("{}\n", Realm::PASSWORD));
    }

    /// Waits until the tickets of a cache are of no use any more.
    pub fn wait_for_expiry(&self, cache: &Path) {
        let end = Instant::now() + PATIENCE;
        while self.command("klist").arg("-s").arg(cache).status().unwrap().success() {
            assert!(Instant::now() < end, "the ticket does not expire");
            thread::sleep(Duration::from_millis(100));
        }
        thread::sleep(Duration::from_secs(2)); // within its last second klist and the KDC are not of one mind
    }

    /// More for the database, in the words of `kadmin`.
    pub fn administer(&self, line: &str) {
        self.run("kadmin.local", &["-r", "PEPD.TEST"], &format!("{line}\n"));
    }

    /// A PowerShell that knows the realm, has this ticket cache and finds the client library.
    #[must_use]
    pub fn client(&self, client: Client, cache: &Path) -> Client {
        let client = client.variable("KRB5CCNAME", format!("FILE:{}", cache.display()));
        self.environment().into_iter().fold(client, |client, (name, value)| client.variable(name, value))
    }

    fn command(&self, program: &str) -> Command {
        let path = machine::on_path(program)
            .or_else(|| Some(Path::new("/usr/sbin").join(program)).filter(|path| path.exists()));
        let path = path.unwrap_or_else(|| {
            panic!("this test needs {program}: apt-get install krb5-kdc krb5-admin-server krb5-user")
        });
        let mut command = Command::new(path);
        command.envs(self.environment());
        command
    }

    fn run(&self, program: &str, arguments: &[&str], input: &str) {
        let mut command = self.command(program);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
    }

    /// It listens when it gives a ticket.
    fn wait(&self) {
        let end = Instant::now() + PATIENCE;
        let cache = self.cache("first").display().to_string();
        loop {
            let mut kinit = self.command("kinit");
            kinit.args(["-c", &cache, "bob"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut kinit = kinit.spawn().unwrap();
            drop(kinit.stdin.take().unwrap().write_all(format!("{}\n", Realm::PASSWORD).as_bytes()));
            if kinit.wait().unwrap().success() {
                return;
            }
            assert!(Instant::now() < end, "the KDC does not answer");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        if let Some(mut kdc) = self.kdc.take() {
            drop(kdc.kill());
            drop(kdc.wait());
        }
    }
}

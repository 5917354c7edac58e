//! What this machine has: the real clients, and the programs that the workspace builds.

use std::env;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

/// The repository's root.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The stock PowerShell: `PWSH`, else the one on `PATH`. Without one the test has nothing to say, so it fails.
pub fn pwsh() -> PathBuf {
    env::var_os("PWSH")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .or_else(|| on_path("pwsh"))
        .expect("this test needs PowerShell: set PWSH, put pwsh on PATH, or run ./test, which looks for one")
}

/// The Python that has psrpcore and pypsrp: `PEPD_TEST_PYTHON`, else the environment that `./test` makes.
pub fn python() -> PathBuf {
    let python = env::var_os("PEPD_TEST_PYTHON")
        .filter(|path| !path.is_empty())
        .map_or_else(|| repository().join("target/python/bin/python"), PathBuf::from);
    assert!(
        python.exists(),
        "this test needs the Python environment that ./test makes: {} is not there",
        python.display()
    );
    python
}

/// Debian's sshd, by its full path: it refuses to start by a relative one.
pub fn sshd() -> PathBuf {
    on_path("sshd")
        .or_else(|| Some(PathBuf::from("/usr/sbin/sshd")).filter(|path| path.exists()))
        .expect("this test needs sshd: apt-get install openssh-server")
}

/// A program on `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(name)).find(|path| path.is_file())
}

/// A program that this workspace builds, beside the test that runs.
pub fn built(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap(); // target/<profile>/deps/<test>
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join(name);
    assert!(program.exists(), "{} is not built: cargo build --workspace --all-targets", program.display());
    program
}

/// The client of psrp-rs: `PEPD_TEST_PSRP_RS`, else the one that `./test` builds.
pub fn psrp_rs() -> PathBuf {
    let client = env::var_os("PEPD_TEST_PSRP_RS")
        .filter(|path| !path.is_empty())
        .map_or_else(|| repository().join("target/psrp-rs/debug/enter-psrp-rs"), PathBuf::from);
    assert!(client.exists(), "this test needs the client that ./test builds: {} is not there", client.display());
    client
}

/// A port of the loopback address that nobody listens on. Each process has some of its own, below those that the kernel gives out:
/// between here and the server that is to have it, no other test takes it.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const EACH: u16 = 16;
    let slot = u16::try_from(std::process::id() % 700).unwrap();
    loop {
        let port = 20_000 + slot * EACH + NEXT.fetch_add(1, Ordering::Relaxed) % EACH;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The name of the user who runs the tests.
pub fn user() -> String {
    let output = std::process::Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

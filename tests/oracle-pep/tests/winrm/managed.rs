//! Microsoft's own managed NTLM and SPNEGO client, inside PowerShell, makes a shell with a sealed Create.

use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use oracle_pep::winrm::{PASSWORD, Server};
use support::machine;
use tokio::process::Command;
use wsman::ShellId;
use wsman::shell::client::{Client, Config};

/// What the client prints, line by line.
async fn story(server: &Server, user: &str, password: &str, package: &str) -> (ShellId, String) {
    let directory = tempfile::tempdir().unwrap();
    let shell = ShellId::new();
    let url = format!("http://127.0.0.1:{}/wsman", server.http.port());
    let mut client = Client::new(Config::new(&url, "PrivilegedEndpoint"), shell, Instant::now());
    client.create(None, None, Bytes::new(), Instant::now());
    let file = directory.path().join("create.xml");
    std::fs::write(&file, client.poll_output().unwrap().body).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/winrm/managed.ps1");
    let told = Command::new(machine::pwsh())
        .args(["-NoLogo", "-NoProfile", "-NonInteractive", "-File"])
        .arg(script)
        .args([&server.http.port().to_string(), user, password, package])
        .arg(&file)
        .env("NO_COLOR", "1")
        .output()
        .await
        .unwrap();
    (shell, format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr)))
}

#[tokio::test(flavor = "multi_thread")]
async fn w_043_the_managed_client_makes_a_shell_with_a_sealed_create_in_spnego_and_raw() {
    let server = Server::start().await;
    for (package, user) in [("Negotiate", "alice"), ("NTLM", r"SERVER01\ALICE"), ("Negotiate", "alice@pep.example")] {
        let (shell, told) = story(&server, user, PASSWORD, package).await;
        let mut lines = told.lines();
        assert_eq!(lines.next(), Some("logon 200 Completed"), "{told}");
        assert_eq!(lines.next(), Some("answer 200"), "{told}");
        assert!(told.contains("ResourceCreated") && told.contains(&shell.to_string()), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_030_the_managed_client_with_a_wrong_password_is_refused() {
    let server = Server::start().await;
    for (user, password) in [("alice", "wrong"), ("nobody", PASSWORD)] {
        let (_, told) = story(&server, user, password, "Negotiate").await;
        assert!(told.starts_with("logon 401"), "{told}");
    }
    assert_eq!(server.dispatched.count(), 0);
}

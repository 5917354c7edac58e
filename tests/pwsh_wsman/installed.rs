//! `pepd client install` and what it undoes.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::listening::Listening;
use support::pwsh::Client;

use crate::script_by;

/// `pepd client …` for the user of a client; what it prints.
fn pepd_client(client: &Client, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pepd"))
        .arg("client")
        .args(arguments)
        .env_clear()
        .env("HOME", client.home())
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn for_one_user_by_a_line_in_the_profile_that_goes_away_again() {
    let server = Listening::test_table();
    let client = Client::new();
    let profile = client.home().join(".config/powershell/profile.ps1");
    fs::create_dir_all(profile.parent().unwrap()).unwrap();
    fs::write(&profile, "function Mine { 'still there' }").unwrap();
    let printed = pepd_client(&client, &["install", "--user"]);
    assert!(
        printed.contains("is loaded by a line in") && printed.contains("Enter-PSSession -ComputerName"),
        "{printed}"
    );
    let enter = ". $HOME/.config/powershell/profile.ps1; Mine\n\
                 try { $s = New-PSSession @here; $s.State; Remove-PSSession $s } catch { $_.Exception.Message.Split('.')[0] }";
    assert_eq!(script_by(&client, &server, enter), ["still there", "Opened"]);
    pepd_client(&client, &["uninstall", "--user"]);
    assert_eq!(fs::read_to_string(&profile).unwrap(), "function Mine { 'still there' }\n");
    let missing = "This parameter set requires WSMan, and no supported WSMan client library was found";
    assert_eq!(script_by(&client, &server, enter), ["still there", missing]);
    assert_eq!(pepd_client(&client, &["uninstall", "--user"]), "There is nothing to uninstall.\n");
}

#[test]
fn into_the_directory_of_a_powershell() {
    let server = Listening::test_table();
    let home = tempfile::tempdir().unwrap();
    let client = Client::new();
    let original = client.run("$PSHOME").text.trim().to_owned();
    // a PowerShell of its own: links to everything, but a directory that may be changed
    let copied = Command::new("cp").arg("-rs").arg(&original).arg(home.path().join("pwsh")).status();
    assert!(copied.unwrap().success());
    let place = home.path().join("pwsh").display().to_string();
    let program = home.path().join("pwsh/pwsh");
    for file in ["pwsh", "pwsh.dll"] {
        // it looks for its home where these lie themselves
        fs::remove_file(home.path().join("pwsh").join(file)).unwrap();
        fs::copy(Path::new(&original).join(file), home.path().join("pwsh").join(file)).unwrap();
    }
    pepd_client(&client, &["install", "--pwsh", &place]);
    let inner = format!("{}; $s = New-PSSession {}; $s.State", server.credential(), server.parameters());
    fs::write(home.path().join("inner.ps1"), inner).unwrap();
    let enter = format!("& '{}' -NoProfile -File '{}'", program.display(), home.path().join("inner.ps1").display());
    assert_eq!(script_by(&client, &server, &enter), ["Opened"]);
    let printed = pepd_client(&client, &["uninstall", "--pwsh", &place]);
    assert!(printed.contains("libpsrpclient.so is gone."), "{printed}");
    assert!(!home.path().join("pwsh/libpsrpclient.so").exists());
}

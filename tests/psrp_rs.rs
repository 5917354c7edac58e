//! Another implementation's client, psrp-rs on winrm-rs. It seals nothing and sends no integrity code, so HTTP and NTLM are closed to
//! it; Basic over HTTPS is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::process::Command;

use support::endpoint::Endpoint;
use support::machine;

/// Enters an endpoint that has the only configuration name it knows; gives what it prints.
fn enter(port: u16, password: &str, way: &str, logon: &str) -> String {
    let entered = Command::new(machine::psrp_rs())
        .args(["127.0.0.1", &port.to_string(), "CloudAdmin", password, way, logon])
        .output()
        .unwrap();
    format!("{}{}", String::from_utf8_lossy(&entered.stdout), String::from_utf8_lossy(&entered.stderr))
}

#[test]
fn psrp_rs_enters_by_basic_over_https_and_by_nothing_less() {
    let (http, https) = (machine::free_port(), machine::free_port());
    let endpoint = Endpoint::start_with(
        env!("CARGO_BIN_EXE_pepd"),
        &format!(
            "configuration_name = \"Microsoft.PowerShell\"\nlisten = [\"127.0.0.1:{http}\"]\nlisten_https = [\"127.0.0.1:{https}\"]\n\
             [winrm]\nbasic = true\n"
        ),
    );
    let password = endpoint.first_password();
    let told = enter(https, &password, "tls", "basic");
    let (commands, rest) = told.split_once(" commands\n").unwrap_or_else(|| panic!("{told}"));
    assert!(commands.parse::<u32>().unwrap() > 12 && rest.starts_with("a script is refused"), "{told}");
    for (port, password, way, logon) in [
        (https, "wrong", "tls", "basic"),
        (https, password.as_str(), "tls", "ntlm"),
        (http, password.as_str(), "plain", "ntlm"),
        (http, password.as_str(), "plain", "basic"),
    ] {
        let told = enter(port, password, way, logon);
        assert!(told.contains("AuthFailed"), "{way} {logon}: {told}");
    }
}

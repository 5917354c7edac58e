//! pywinrm: it knows the shell of cmd, which is not here.

use support::machine;
use tokio::process::Command;

use oracle_pep::winrm::{PASSWORD, Server};

const STORY: &str = r#"
import sys
from winrm.protocol import Protocol
from winrm.exceptions import InvalidCredentialsError, WSManFaultError

def client(password):
    return Protocol(endpoint=f"http://127.0.0.1:{sys.argv[1]}/wsman", transport="ntlm", username="alice",
                    password=password, message_encryption="always")

try:
    client(sys.argv[2]).open_shell()
except WSManFaultError as fault:
    assert int(fault.wsman_fault_code) == 2150858811, fault
else:
    raise AssertionError("there is a cmd shell")
try:
    client("wrong").open_shell()
except InvalidCredentialsError:
    print("told")
"#;

#[tokio::test(flavor = "multi_thread")]
async fn pywinrm_is_told_cleanly_that_there_is_no_cmd_shell_and_that_its_password_is_wrong() {
    let server = Server::start().await;
    let told = Command::new(machine::python())
        .args(["-W", "ignore", "-c", STORY, &server.http.port().to_string(), PASSWORD])
        .output()
        .await
        .unwrap();
    let errors = String::from_utf8_lossy(&told.stderr);
    assert_eq!(String::from_utf8_lossy(&told.stdout), "told\n", "{errors}");
}

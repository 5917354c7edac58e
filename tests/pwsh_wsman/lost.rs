//! Servers that die, and networks that are cut.

use std::time::{Duration, Instant};

use support::listening::Listening;

use crate::script;

#[test]
fn a_server_that_is_killed_ends_the_command_with_a_clear_error_and_powershell_still_exits() {
    let mut server = Listening::test_table();
    let started = Instant::now();
    let credential = server.credential();
    let parameters = server.parameters();
    let client = Listening::client();
    let run = std::thread::spawn(move || {
        client.run(&format!(
            "{credential}\n\
             $s = New-PSSession {parameters}\n\
             try {{ Invoke-Command $s {{ Start-PepTask -Seconds 600 -Quiet }} -ErrorAction Stop }} catch {{ 'caught: ' + $_.Exception.Message }}\n\
             $s.State"
        ))
    });
    std::thread::sleep(Duration::from_secs(4));
    server.kill();
    let printed = run.join().unwrap();
    assert!(printed.text.contains("caught: "), "{}", printed.text);
    assert!(printed.text.contains("cannot connect to localhost"), "{}", printed.text);
    assert!(printed.text.trim_end().ends_with("Broken"), "{}", printed.text);
    assert!(started.elapsed() < Duration::from_secs(40), "{:?}", started.elapsed());
}

#[test]
fn l_018_powershell_exits_in_time_when_the_server_does_not_answer_any_more() {
    let server = Listening::test_table();
    let pid = server.pid();
    let started = Instant::now();
    let printed = script(
        &server,
        &format!(
            "$option = [System.Management.Automation.Remoting.PSSessionOption]::new()\n\
             $option.CancelTimeout = '00:00:03'\n\
             $s = New-PSSession @here -SessionOption $option\n\
             kill -STOP {pid}\n\
             Remove-PSSession $s\n\
             'removed'"
        ),
    );
    let took = started.elapsed();
    assert!(std::process::Command::new("kill").args(["-CONT", &pid.to_string()]).status().unwrap().success());
    assert_eq!(printed, ["removed"]);
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn l_045_powershell_that_exits_with_an_open_session_deletes_its_shell() {
    let server = Listening::pepd(env!("CARGO_BIN_EXE_pepd"));
    script(&server, "$null = New-PSSession @here\nexit 0");
    let printed = server.printed();
    assert!(printed.contains("session ended"), "{printed}");
}

#[test]
fn l_038_a_connection_that_the_server_hangs_up_is_opened_anew() {
    let server = Listening::hanging_up_after(Duration::from_secs(1));
    let printed = script(
        &server,
        "$s = New-PSSession @here\n\
         1..3 | ForEach-Object { Start-Sleep 2; Invoke-Command $s { Get-PepGreeting -Name again } }\n\
         Remove-PSSession $s",
    );
    assert_eq!(printed, ["Hello again (Low) 1"; 3]);
}

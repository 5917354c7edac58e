//! W12: stop and start.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::console::Key;

use crate::site::{STAMP, Site};
use crate::{ELSEWHERE, LOCAL, PROMPT};

/// A workload, and a service that takes until a file is there.
const PLAN: &str = r#"
[[power.workloads]]
name = "Shop"
stop = ["sh", "-c", "echo stop shop >> HERE/log; rm -f HERE/shop"]
start = ["sh", "-c", "echo start shop >> HERE/log; touch HERE/shop"]
running = ["test", "-e", "HERE/shop"]
[[power.services]]
name = "Storage"
stop = ["sh", "-c", "echo storage stops >> HERE/log; until test -e HERE/go; do sleep 0.05; done; echo stop storage >> HERE/log"]
start = ["sh", "-c", "echo start storage >> HERE/log"]
"#;

fn site(language: &str) -> Site {
    let site = Site::new(&format!("{STAMP}{PLAN}"), "", language);
    fs::write(site.path("shop"), "").unwrap();
    site
}

fn go(site: &Site) {
    fs::write(site.path("go"), "").unwrap();
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn w12_p_113_p_115_p_116_in_the_console_the_name_is_typed_and_the_plan_is_followed() {
    ELSEWHERE.into_iter().for_each(the_name_is_typed);
}

fn the_name_is_typed(language: &str) {
    let site = site(language);
    go(&site);
    let console = site.enter();
    let shown = console.send("Stop-AzureStack -WhatIf", PROMPT);
    assert!(shown.contains("What if: 1. Workloads, Shop, n1: sh -c echo stop shop"), "{shown}");
    assert_eq!(site.log(), [""; 0]);
    console.type_line("Stop-AzureStack");
    console.wait_for_last("Type its name, edge01, to go on:$");
    console.type_line("edge02");
    console.wait_for("FullyQualifiedErrorId : NotConfirmed,Stop-AzureStack");
    console.wait_for_last(PROMPT);
    assert_eq!(site.log(), [""; 0]);
    console.type_line("Stop-AzureStack");
    console.wait_for_last("Type its name, edge01, to go on:$");
    console.type_line("edge01");
    wait_for("everything is off", || site.log() == ["stop shop", "storage stops", "stop storage", "n1 off"]);
    console.wait_for("Status               : Completed");
    console.wait_for_last(PROMPT);
    let started = console.send("Start-AzureStack", PROMPT);
    assert!(started.contains("FunctionName         : Start-AzureStack"), "{started}");
    assert_eq!(site.log()[4..], ["start storage", "start shop"]);
    let status = console.send("Get-ActionStatus Start-AzureStack", PROMPT);
    assert!(status.contains("Progress             : 3 of 3 steps"), "{status}");
    console.send("exit", LOCAL);
}

#[test]
fn w12_p_114_scripts_say_force_and_read_the_steps_from_the_xml() {
    ELSEWHERE.into_iter().for_each(scripts_say_force);
}

fn scripts_say_force(language: &str) {
    let site = site(language);
    go(&site);
    let printed = site.run(
        r#"try { Invoke-Command $s { Stop-AzureStack } -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
           (Invoke-Command $s { Stop-AzureStack -Force }).Status
           $status = Invoke-Command $s { Get-ActionStatus -FunctionName Stop-AzureStack }
           $status.ProgressAsXml.GetType().Name, $status.ProgressAsXml.Action.Status
           ([xml]$status.ProgressAsXml.OuterXml).SelectNodes("//Step[@Status='Success']").Name -join ' '
           $null = Import-PSSession $s -CommandName Start-AzureStack, Get-ActionStatus
           (Start-AzureStack -Confirm:$false).ProgressAsXml.Action.Steps.Step.Name -join ' '
           (Get-ActionStatus).FunctionName"#,
    );
    let text: Vec<&str> = printed
        .text
        .lines()
        .filter(|line| {
            !line.contains("runs in the endpoint")
                && !line.contains(": sh -c")
                && !line.contains("power off by")
                && !line.contains("Type its name")
        })
        .collect();
    let expected = [
        "ConfirmationNotPossible,Stop-AzureStack",
        "Completed",
        "XmlDocument",
        "Success",
        "Workloads Shop n1 Services Storage n1 Hosts n1",
        "Hosts Services Workloads",
        "Start-AzureStack",
    ];
    assert_eq!(text, expected, "{}", printed.text);
}

#[test]
fn p_116_ctrl_c_and_a_lost_client_leave_the_plan_running() {
    let site = site("C.UTF-8");
    let console = site.enter();
    console.type_line("Stop-AzureStack -Force");
    console.wait_for("Ctrl+C ends only the looking on");
    wait_for("the second step runs", || site.log() == ["stop shop", "storage stops"]);
    console.press(Key::Ctrl('c'));
    console.wait_for_last(PROMPT);
    drop(console); // the client is gone
    let refused = site.run(
        "try { Invoke-Command $s { Start-AzureStack } -ErrorAction Stop } catch { $_.FullyQualifiedErrorId; $_.Exception.Message }\n\
         (Invoke-Command $s { Get-ActionStatus }).Status",
    );
    assert!(
        refused.text.starts_with(
            "ActionPlanInProgress,Start-AzureStack\nCannot invoke action plan because another action is in progress"
        ),
        "{}",
        refused.text
    );
    assert!(refused.text.ends_with("Running\n"), "{}", refused.text);
    go(&site);
    wait_for("the plan goes on to its end", || site.log() == ["stop shop", "storage stops", "stop storage", "n1 off"]);
}

#[test]
fn p_117_after_a_restart_of_the_endpoint_the_plan_is_told_and_the_next_one_runs() {
    let mut site = site("C.UTF-8");
    let console = site.enter();
    console.type_line("Stop-AzureStack -Force");
    wait_for("the second step runs", || site.log() == ["stop shop", "storage stops"]);
    site.endpoint.kill();
    drop(console); // what its PowerShell makes of that is its own affair
    go(&site);
    site.endpoint.start_again();
    let printed = site.run(
        r#"$status = Invoke-Command $s { Get-ActionStatus Stop-AzureStack }
           $status.Status, $status.Error
           $status.ProgressAsXml.SelectNodes("//Step[@Status='Error']").Name -join ' '
           (Invoke-Command $s { Stop-AzureStack -Force } 6>$null).Status"#,
    );
    let expected = "Failed\nThe endpoint ended while this ran. Run Stop-AzureStack again: steps that are done are found done.\n\
                    Services Storage n1\nCompleted\n";
    assert_eq!(
        printed
            .text
            .lines()
            .filter(|line| !line.contains("runs in the endpoint"))
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
        expected
    );
    assert_eq!(site.log().last().map(String::as_str), Some("n1 off"));
}

#[test]
fn p_113_p_115_units_are_stopped_and_started_by_systemctl_and_one_that_runs_is_left_alone() {
    let plan = "[[power.workloads]]\nname = \"Shop\"\nunits = [\"shop.service\"]\n";
    let site = Site::new(&format!("{STAMP}{plan}"), "", "C.UTF-8");
    let printed = site.run(
        r#"(Invoke-Command $s { Stop-AzureStack -Force } 6>$null).Status
           (Invoke-Command $s { Start-AzureStack } 6>$null).Status
           (Invoke-Command $s { Start-AzureStack } 6>$null).ProgressAsXml.SelectSingleNode("//Step[@Name='Shop']/Steps/Step").Detail"#,
    );
    let said: Vec<&str> = printed.text.lines().filter(|line| !line.contains("runs in the endpoint")).collect();
    assert_eq!(said, ["Completed", "Completed", "it ran already"], "{}", printed.text);
    let asked = "systemctl is-active --quiet shop.service";
    let expected = ["systemctl stop -- shop.service", "n1 off", asked, "systemctl start -- shop.service", asked];
    assert_eq!(site.log(), expected);
}

#[test]
fn without_a_power_plan_the_commands_are_not_there() {
    let site = Site::new(STAMP, "", "C.UTF-8");
    let printed = site.run(
        "foreach ($command in { Stop-AzureStack }, { Start-AzureStack }, { Get-ActionStatus }) {\n\
         try { Invoke-Command $s $command -ErrorAction Stop } catch { $_.FullyQualifiedErrorId } }",
    );
    assert_eq!(printed.text, "CommandNotFoundException\n".repeat(3));
}

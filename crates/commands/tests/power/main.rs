//! `Stop-AzureStack`, `Start-AzureStack` and `Get-ActionStatus` on nodes of their own: this computer, whose power is a file, and an sshd
//! on another loopback address (P-113 to P-118).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "../builtin/engine.rs"]
mod engine;
mod redfish;
mod stage;

use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use psrp::host_call::HostCall;
use support::sshd::Sshd;

use stage::Stage;

/// Three steps and this computer.
const PLAN: &str = r#"
[[power.workloads]]
name = "Shop"
stop = ["sh", "-c", "echo stop shop >> LOG"]
start = ["sh", "-c", "echo start shop >> LOG"]
running = ["test", "-e", "HERE/shop"]
[[power.services]]
name = "Portal"
stop = ["sh", "-c", "echo stop portal >> LOG"]
start = ["sh", "-c", "echo start portal >> LOG; touch HERE/portal"]
running = ["test", "-e", "HERE/portal"]
[[power.services]]
name = "Database"
description = "All data is on the disk then"
stop = ["sh", "-c", "echo stop database >> LOG"]
start = ["sh", "-c", "test -e HERE/mended && echo start database >> LOG"]
"#;

fn plan() -> Stage {
    let stage = Stage::new(PLAN);
    stage.touch("shop");
    stage.touch("portal");
    stage
}

#[test]
fn p_113_everything_is_stopped_in_the_order_of_the_plan_and_this_computer_last() {
    let mut node = Sshd::node("127.0.0.2");
    let off = node.off().map(|word| format!("{word:?}")).join(", ");
    let more = format!("{}[nodes.power]\noff = [{off}]\n", node.inventory_node("n2"));
    let stage = Stage::new(&format!("{more}{}", PLAN.replace("name = \"Shop\"", "name = \"Shop\"\nnodes = [\"n2\"]")));
    stage.touch("shop");
    stage.touch("portal");
    let seen = stage.session.run("Stop-AzureStack -Force").unwrap();
    // Portal and Database are on both nodes
    let lines = ["stop shop", "stop portal", "stop portal", "stop database", "stop database", "n1 off"];
    assert_eq!(stage.log(), lines);
    assert_eq!(seen.texts("Status"), ["Completed"]);
    assert_eq!(seen.texts("Progress"), ["7 of 7 steps"]);
    node.start_again(); // it had ended: the plan waited for that
}

#[test]
fn p_113_the_default_time_is_2400_seconds_and_what_takes_longer_than_the_time_has_failed() {
    let stage = Stage::new("[[power.services]]\nname = \"Slow\"\nstop = [\"sleep\", \"60\"]\n");
    let info = stage.session.table.resolve("Stop-AzureStack").unwrap().info;
    let parameter = info.parameters.iter().find(|parameter| parameter.name == "TimeoutInSecs").unwrap();
    assert_eq!((parameter.default_value, parameter.sets[0].position), ("2400", Some(0)));
    let error = stage.session.run("Stop-AzureStack 1 -Force").unwrap_err();
    assert!(
        error.exception.message.contains("sleep 60 on n1 had not ended when the time was over"),
        "{}",
        error.exception.message
    );
    assert_eq!(stage.log(), [""; 0], "this computer is on");
}

#[test]
fn what_if_shows_the_plan_and_touches_nothing() {
    let stage = plan();
    let seen = stage.session.run("Stop-AzureStack -WhatIf").unwrap();
    let screen = seen.screen();
    assert_eq!(screen.len(), 4, "{screen:?}");
    assert_eq!(
        screen[2],
        format!("What if: 3. Services, Database, n1: sh -c echo stop database >> {}", stage.log_file())
    );
    assert!(screen[3].starts_with("What if: 4. Hosts, n1: power off by sh -c"), "{screen:?}");
    let seen = stage.session.run("Start-AzureStack -WhatIf").unwrap();
    assert!(seen.screen()[0].starts_with("What if: 1. Hosts, n1: this computer is on"), "{:?}", seen.screen());
    assert!(seen.screen()[1].starts_with("What if: 2. Services, Database, n1:"), "{:?}", seen.screen());
    assert_eq!(stage.log(), [""; 0]);
}

#[test]
fn the_name_of_the_stamp_must_be_typed() {
    let stage = plan();
    stage.session.answer("yes");
    let error = stage.session.run("Stop-AzureStack").unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "NotConfirmed,Stop-AzureStack");
    assert_eq!(stage.log(), [""; 0]);
    let asked = stage.session.calls();
    let question = "This stops the stamp and powers its nodes off. Type its name, edge01, to go on: ";
    assert!(asked.contains(&HostCall::Write1(question.into())), "{asked:?}");
    stage.session.answer("edge01");
    stage.session.run("Stop-AzureStack").unwrap();
    assert_eq!(stage.log().last().map(String::as_str), Some("n1 off"));
}

#[test]
fn where_nobody_can_type_it_nothing_is_stopped_unless_a_script_says_so_beforehand() {
    let stage = plan().without_host();
    let error = stage.session.run("Stop-AzureStack").unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "ConfirmationNotPossible,Stop-AzureStack");
    assert!(error.exception.message.contains("-Force or -Confirm:$false"), "{}", error.exception.message);
    assert_eq!(stage.log(), [""; 0]);
    stage.run_unconfirmed("Stop-AzureStack").unwrap();
    assert_eq!(stage.log().len(), 4);
}

#[test]
fn p_114_a_step_that_fails_ends_the_plan_and_keeps_the_rest_powered() {
    let stage = Stage::new(&PLAN.replace("echo stop portal >> LOG", "echo no more room >&2; exit 3"));
    stage.touch("shop");
    stage.touch("portal");
    let error = stage.session.run("Stop-AzureStack -Force").unwrap_err();
    assert_eq!(error.fully_qualified_error_id, "ActionPlanFailed,Stop-AzureStack");
    let text = error.exception.message.to_string();
    assert!(text.contains("Services: Portal: n1: sh -c") && text.contains("exit status: 3: no more room"), "{text}");
    assert_eq!(stage.log(), ["stop shop"]);
    let seen = stage.session.run("Get-ActionStatus Stop-AzureStack").unwrap();
    assert_eq!(seen.texts("Status"), ["Failed"]);
    let xml = seen.texts("ProgressAsXml").remove(0);
    assert!(xml.contains("Name=\"Database\"") && xml.contains("Status=\"NotStarted\""), "{xml}");
}

#[test]
fn p_115_a_start_that_came_half_way_goes_on_where_it_stopped() {
    let stage = plan();
    stage.remove("portal");
    stage.remove("shop");
    let error = stage.session.run("Start-AzureStack").unwrap_err();
    assert!(error.exception.message.contains("Database"), "{}", error.exception.message);
    stage.touch("mended");
    stage.touch("portal"); // somebody has started it meanwhile
    let seen = stage.session.run("Start-AzureStack").unwrap();
    assert_eq!(stage.log(), ["start database", "start shop"]);
    let xml = seen.texts("ProgressAsXml").remove(0);
    assert!(xml.contains("Detail=\"it ran already\"") && xml.contains("Detail=\"this computer is on\""), "{xml}");
}

#[test]
fn p_116_the_status_is_found_by_position_and_its_xml_has_the_steps() {
    let stage = plan();
    let none = stage.session.run("Get-ActionStatus Start-AzureStack").unwrap();
    assert_eq!(none.errors[0].fully_qualified_error_id, "ActionPlanNotFound,Get-ActionStatus");
    stage.touch("mended");
    stage.session.run("Start-AzureStack").unwrap();
    let seen = stage.session.run("Get-ActionStatus start-azurestack power").unwrap();
    assert_eq!(
        (seen.texts("FunctionName"), seen.texts("Who")),
        (vec!["Start-AzureStack".into()], vec!["operator".into()])
    );
    let xml = seen.texts("ProgressAsXml").remove(0);
    assert!(
        xml.starts_with("<Action Name=\"Start-AzureStack\"") && xml.contains("<Steps><Step FullStepIndex=\"1\""),
        "{xml}"
    );
    assert!(xml.contains("Description=\"All data is on the disk then\""), "{xml}");
    assert_eq!(
        seen.texts("ActionPlanInstanceID"),
        stage.session.run("Get-ActionStatus").unwrap().texts("ActionPlanInstanceID")
    );
}

#[test]
fn p_118_a_second_plan_is_refused_before_anybody_is_asked_and_names_the_first() {
    let stage = Stage::new(
        "[[power.services]]\nname = \"Slow\"\nstop = [\"sh\", \"-c\", \"until test -e HERE/go; do sleep 0.02; done\"]\n",
    );
    thread::scope(|threads| {
        let first = threads.spawn(|| stage.again().run("Stop-AzureStack -Force").map(|seen| seen.texts("Status")));
        let running = stage.wait_for_plan();
        let error = stage.session.run("Stop-AzureStack").unwrap_err();
        let text = error.exception.message.to_string();
        assert_eq!(error.fully_qualified_error_id, "ActionPlanInProgress,Stop-AzureStack");
        assert!(
            text.starts_with("Cannot invoke action plan because another action is in progress: Stop-AzureStack, "),
            "{text}"
        );
        assert!(
            text.contains(&running.id.to_string()) && text.contains("started by operator (socket) at 20"),
            "{text}"
        );
        assert!(stage.session.run("Start-AzureStack").is_err());
        assert_eq!(stage.session.run("Get-ActionStatus").unwrap().texts("Status"), ["Running"]);
        stage.touch("go");
        assert_eq!(first.join().unwrap().unwrap(), ["Completed"]);
    });
}

#[test]
fn a_node_that_is_off_is_woken_by_a_packet_and_waited_for() {
    let mut node = Sshd::node("127.0.0.2");
    let network = UdpSocket::bind("127.0.0.1:0").unwrap();
    let wake =
        format!("wake_on_lan = {{ mac = \"02:00:5e:10:00:02\", broadcast = \"{}\" }}", network.local_addr().unwrap());
    let off = node.off().map(|word| format!("{word:?}")).join(", ");
    let stage = Stage::new(&format!(
        "{}[nodes.power]\noff = [{off}]\n{wake}\n[power]\nhosts = [\"n2\"]\n",
        node.inventory_node("n2")
    ));
    stage.session.run("Stop-AzureStack -Force").unwrap();
    let woken = thread::spawn(move || {
        network.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut packet = [0; 256];
        let length = network.recv(&mut packet).unwrap();
        node.start_again();
        (node, packet[..length].to_vec())
    });
    let seen = stage.session.run("Start-AzureStack").unwrap();
    let (_node, packet) = woken.join().unwrap();
    assert_eq!((packet.len(), &packet[..8]), (102, &[255, 255, 255, 255, 255, 255, 2, 0][..]));
    assert_eq!(seen.texts("Status"), ["Completed"]);
    let again = stage.session.run("Start-AzureStack").unwrap();
    assert!(again.texts("ProgressAsXml")[0].contains("Detail=\"it was on\""), "{again:?}");
}

#[test]
fn a_node_with_another_host_key_is_not_given_a_command() {
    let node = Sshd::node("127.0.0.2");
    let other = Sshd::node("127.0.0.3");
    let key = |of: &Sshd| of.inventory_node("n2").lines().find(|line| line.starts_with("host_key")).unwrap().to_owned();
    let text = node.inventory_node("n2").replace(&key(&node), &key(&other));
    let stage =
        Stage::new(&format!("{text}[nodes.power]\noff = [\"touch\", \"HERE/reached\"]\n[power]\nhosts = [\"n2\"]\n"));
    let error = stage.session.run("Stop-AzureStack 2 -Force").unwrap_err();
    assert!(error.exception.message.contains("Host key verification failed"), "{}", error.exception.message);
    assert!(!stage.has("reached"));
}

//! One plan at a time, which outlives its client and is told of after a restart.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread::sleep;
use std::time::Duration;

use action_plan::{ActionPlans, Done, Plan, Request, Running, StartError, Status, Step};
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt as _;
use tempfile::TempDir;
use uuid::Uuid;

fn request(function: &str) -> Request {
    Request { function: function.into(), action_type: "Power".into(), who: "alice".into(), source: "192.0.2.9".into() }
}

fn steps() -> Vec<Step> {
    let two = vec![Step::new("a", "first"), Step::new("b", "second")];
    vec![Step::of("Services", "", two), Step::new("Hosts", "<&\">")]
}

/// Waits for a plan's end.
fn end(plans: &ActionPlans, id: Uuid) -> Plan {
    heard(plans.follow(id)).pop().unwrap()
}

/// Hears everything that is told of a plan.
fn heard(mut news: UnboundedReceiver<Plan>) -> Vec<Plan> {
    let mut all = Vec::new();
    loop {
        match news.poll_next_unpin(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(plan)) => all.push(plan),
            Poll::Ready(None) => return all,
            Poll::Pending => sleep(Duration::from_millis(5)),
        }
    }
}

fn place() -> (TempDir, ActionPlans) {
    let directory = tempfile::tempdir().unwrap();
    let plans = ActionPlans::open(directory.path()).unwrap();
    (directory, plans)
}

#[test]
fn a_plan_does_its_steps_in_order_and_tells_how_far_it_is() {
    let (_directory, plans) = place();
    let id = plans
        .start(request("Stop-AzureStack"), steps(), |running| {
            running.step(&[0, 0], || Ok(Done::Success))?;
            running.step(&[0, 1], || Ok(Done::Skipped("it was not running".into())))?;
            running.step(&[1], || Ok(Done::Success))
        })
        .unwrap();
    let plan = end(&plans, id);
    assert_eq!((plan.status, plan.error), (Status::Success, None));
    assert_eq!(plan.steps[0].status, Status::Success);
    assert_eq!(plan.steps[0].steps[1].status, Status::Skipped);
    assert_eq!(plans.last(Some("stop-azurestack"), None).unwrap().id, id);
    assert!(plans.last(Some("Start-AzureStack"), None).is_none());
}

#[test]
fn p_116_the_steps_are_nested_in_xml_and_nothing_in_them_breaks_it() {
    let (_directory, plans) = place();
    let id = plans
        .start(request("Start-AzureStack"), steps(), |running| running.step(&[0, 0], || Err("a\u{1}\nb".into())))
        .unwrap();
    let xml = end(&plans, id).progress_as_xml();
    assert!(xml.starts_with("<Action Name=\"Start-AzureStack\" Type=\"Power\" ActionPlanInstanceID=\""), "{xml}");
    assert!(xml.contains("<Steps><Step FullStepIndex=\"1\" Index=\"1\" Name=\"Services\""), "{xml}");
    assert!(xml.contains("<Step FullStepIndex=\"1.1\" Index=\"1\" Name=\"a\" Description=\"first\""), "{xml}");
    assert!(xml.contains("Status=\"Error\" Detail=\"a\u{fffd}&#10;b\""), "{xml}");
    assert!(xml.contains("Description=\"&lt;&amp;&quot;&gt;\"") && xml.contains("Status=\"NotStarted\""), "{xml}");
}

#[test]
fn a_step_that_fails_ends_the_plan_and_leaves_the_others_alone() {
    let (_directory, plans) = place();
    let id = plans
        .start(request("Stop-AzureStack"), steps(), |running| {
            running.step(&[0, 0], || Err("exit status 3".into()))?;
            running.step(&[0, 1], || Ok(Done::Success))
        })
        .unwrap();
    let plan = end(&plans, id);
    assert_eq!((plan.status, plan.error.as_deref()), (Status::Error, Some("a: exit status 3")));
    assert_eq!((plan.steps[0].status, plan.steps[0].steps[1].status), (Status::Error, Status::NotStarted));
}

#[test]
fn p_118_a_second_plan_is_refused_and_told_which_one_runs() {
    let (_directory, plans) = place();
    let (go, wait) = mpsc::channel::<()>();
    let id = plans
        .start(request("Stop-AzureStack"), steps(), move |running| {
            running.step(&[1], || wait.recv().map(|()| Done::Success).map_err(|e| e.to_string()))
        })
        .unwrap();
    let refused = plans.start(request("Start-AzureStack"), steps(), |_| Ok(())).unwrap_err();
    let text = refused.to_string();
    assert!(matches!(refused, StartError::Busy(_)));
    assert!(
        text.starts_with("Cannot invoke action plan because another action is in progress: Stop-AzureStack, "),
        "{text}"
    );
    assert!(text.contains(&id.to_string()) && text.contains("started by alice (192.0.2.9) at 20"), "{text}");
    go.send(()).unwrap();
    assert_eq!(end(&plans, id).status, Status::Success);
    assert!(plans.start(request("Start-AzureStack"), steps(), |_| Ok(())).is_ok(), "now another may run");
}

#[test]
fn p_117_what_ran_when_the_endpoint_ended_is_told_so_and_what_was_done_stays_done() {
    let (directory, plans) = place();
    let (at, reached) = mpsc::channel();
    let (_hold, wait) = mpsc::channel::<()>();
    let id = plans
        .start(request("Stop-AzureStack"), steps(), move |running| {
            running.step(&[0, 0], || Ok(Done::Success))?;
            running.step(&[0, 1], || {
                at.send(()).unwrap();
                let _ = wait.recv();
                Ok(Done::Success)
            })
        })
        .unwrap();
    reached.recv().unwrap();
    // the disk as it is when the power goes
    let after = tempfile::tempdir().unwrap();
    fs::copy(directory.path().join("action-plans.json"), after.path().join("action-plans.json")).unwrap();
    let plan = ActionPlans::open(after.path()).unwrap().last(None, None).unwrap();
    assert_eq!((plan.id, plan.status), (id, Status::Error));
    assert!(plan.error.unwrap().starts_with("The endpoint ended while this ran. Run Stop-AzureStack again"));
    let of = |n: usize| plan.steps[0].steps[n].status;
    assert_eq!((of(0), of(1), plan.steps[1].status), (Status::Success, Status::Error, Status::NotStarted));
    let again = ActionPlans::open(after.path()).unwrap();
    assert!(again.start(request("Stop-AzureStack"), steps(), |_| Ok(())).is_ok(), "it stands in nobody's way");
}

#[test]
fn who_follows_hears_of_a_plan_that_does_not_move() {
    let (_directory, plans) = place();
    let (go, wait) = mpsc::channel::<()>();
    let work = move |running: &Running| {
        running.step(&[1], || wait.recv().map(|()| Done::Success).map_err(|error| error.to_string()))
    };
    let id = plans.start(request("Stop-AzureStack"), steps(), work).unwrap();
    let mut news = plans.follow_every(id, Duration::from_millis(10));
    let mut told = 0;
    while told < 10 {
        match news.poll_next_unpin(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(_)) => told += 1,
            Poll::Ready(None) => panic!("the plan is not over"),
            Poll::Pending => sleep(Duration::from_millis(5)),
        }
    }
    go.send(()).unwrap();
    assert_eq!(end(&plans, id).status, Status::Success);
}

#[test]
fn work_that_panics_leaves_no_plan_running() {
    let (_directory, plans) = place();
    let id = plans.start(request("Stop-AzureStack"), steps(), |_| panic!("a bug")).unwrap();
    assert_eq!(end(&plans, id).status, Status::Error);
}

#[test]
fn a_file_that_is_not_ours_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("action-plans.json"), "{").unwrap();
    assert!(ActionPlans::open(directory.path()).is_err());
    assert_eq!(fs::read_to_string(directory.path().join("action-plans.json")).unwrap(), "{");
}

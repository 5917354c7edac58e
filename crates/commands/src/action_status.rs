//! Action plans as commands show them and follow them.

use action_plan::{ActionPlans, Busy, Plan, Request, StartError, Status};
use clixml::{DateTime, Guid, Value};
use cmdlet::{BoxFuture, CommandInfo, Ps, PsObject, Terminate};
use futures_util::StreamExt as _;
use psrp::record::{ErrorCategory, ErrorRecord, ProgressRecord, ProgressType};
use uuid::Uuid;

use crate::cloud_admin::{INVALID_OPERATION, record};
use crate::power::{self, Part};

/// An action plan, as commands write it.
#[derive(PsObject)]
#[ps_object(
    type_name = "PrivilegedEndpoint.ActionStatus",
    list(
        action_plan_instance_id,
        function_name,
        action_type,
        status,
        progress,
        who,
        source,
        start_time,
        end_time,
        error
    )
)]
pub struct ActionStatus {
    #[ps_object(name = "ActionPlanInstanceID")]
    action_plan_instance_id: Guid,
    function_name: String,
    action_type: String,
    status: &'static str,
    progress: String,
    who: String,
    source: String,
    start_time: DateTime,
    end_time: Option<DateTime>,
    error: Option<String>,
    progress_as_xml: Value,
}

impl ActionStatus {
    pub(crate) fn new(plan: &Plan) -> ActionStatus {
        let time = |time: jiff::Timestamp| {
            DateTime::from_unix(time.as_second(), u32::try_from(time.subsec_nanosecond()).unwrap_or_default())
        };
        let (over, all, _) = plan.progress();
        ActionStatus {
            action_plan_instance_id: Guid::from_bytes(*plan.id.as_bytes()),
            function_name: plan.function.clone(),
            action_type: plan.action_type.clone(),
            status: overall(plan.status),
            progress: format!("{over} of {all} steps"),
            who: plan.who.clone(),
            source: plan.source.clone(),
            start_time: time(plan.started),
            end_time: plan.ended.map(time),
            error: plan.error.clone(),
            progress_as_xml: Value::Xml(plan.progress_as_xml().into()),
        }
    }
}

/// The state of a whole plan, in the words that `CurrentStatus` has.
fn overall(status: Status) -> &'static str {
    match status {
        Status::NotStarted | Status::InProgress => "Running",
        Status::Success | Status::Skipped => "Completed",
        Status::Error => "Failed",
    }
}

/// The functions that have had a plan, for completion.
pub(crate) fn functions<'a>(ps: &'a Ps<'_>) -> BoxFuture<'a, Vec<String>> {
    let plans = ps.service::<ActionPlans>();
    Box::pin(async move { plans.map(|plans| plans.functions()).unwrap_or_default() })
}

/// Is another plan running? Nobody is asked about what will not be done.
pub(crate) fn refuse_if_busy(ps: &Ps<'_>) -> Result<(), Terminate> {
    match ps.service::<ActionPlans>()?.last(None, None) {
        Some(plan) if !plan.status.is_final() => Err(busy(ps.info(), &Busy(Box::new(plan))).into()),
        _ => Ok(()),
    }
}

/// Starts a plan of power and follows it to its end.
pub(crate) async fn run_power(ps: &mut Ps<'_>, parts: Vec<Part>, seconds: u32) -> Result<(), Terminate> {
    let (info, plans) = (ps.info(), ps.service::<ActionPlans>()?);
    let request = Request {
        function: info.name.into(),
        action_type: "Power".into(),
        who: ps.session().account.to_string(),
        source: ps.session().source.to_string(),
    };
    let outline = parts.iter().map(Part::outline).collect();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(seconds.into());
    let started = plans.start(request, outline, move |running| power::carry_out(running, &parts, until));
    let id = match started {
        Ok(id) => id,
        Err(StartError::Busy(running)) => return Err(busy(info, &running).into()),
        Err(StartError::Failed(error)) => {
            let text = format!("The action plan was not started: {error}");
            return Err(
                record(info, INVALID_OPERATION, &text, "ActionPlanNotStarted", ErrorCategory::WriteError).into()
            );
        }
    };
    let text = format!(
        "Action plan {id} runs in the endpoint. Ctrl+C ends only the looking on: Get-ActionStatus {} tells how far it is.",
        info.name
    );
    ps.write_host(text, None, None, false).await?;
    let plan = follow(ps, &plans, id).await?;
    ps.write(ActionStatus::new(&plan)).await?;
    if plan.status == Status::Error {
        let text = format!(
            "Action plan {id} failed, and nothing after this was touched. {}",
            plan.error.as_deref().unwrap_or_default()
        );
        let error = record(info, INVALID_OPERATION, &text, "ActionPlanFailed", ErrorCategory::InvalidResult);
        return Err(error.target(id.to_string().as_str(), id.to_string().as_str(), "String").into());
    }
    Ok(())
}

/// Shows how far a plan is until it is over.
async fn follow(ps: &mut Ps<'_>, plans: &ActionPlans, id: Uuid) -> Result<Plan, Terminate> {
    let mut news = plans.follow(id);
    while let Some(plan) = news.next().await {
        let over = plan.status.is_final();
        ps.progress(progress(&plan, if over { ProgressType::Completed } else { ProgressType::Processing })).await?;
        if over {
            return Ok(plan);
        }
    }
    let text = format!("Action plan {id} cannot be followed; Get-ActionStatus tells how far it is.");
    Err(record(ps.info(), INVALID_OPERATION, &text, "ActionPlanNotFollowed", ErrorCategory::ResourceUnavailable).into())
}

fn progress(plan: &Plan, kind: ProgressType) -> ProgressRecord {
    let (over, all, step) = plan.progress();
    ProgressRecord {
        activity: plan.function.as_str().into(),
        activity_id: 0,
        status_description: format!("{over} of {all} steps").into(),
        current_operation: step.map(|step| format!("{}: {}", step.name, step.description).into()),
        parent_activity_id: -1,
        percent_complete: i32::try_from(over * 100 / all.max(1)).unwrap_or(-1),
        kind,
        seconds_remaining: -1,
    }
}

fn busy(info: &CommandInfo, busy: &Busy) -> ErrorRecord {
    let id = busy.0.id.to_string();
    let error = record(info, INVALID_OPERATION, &busy.to_string(), "ActionPlanInProgress", ErrorCategory::ResourceBusy);
    error.target(id.as_str(), id.as_str(), "String")
}

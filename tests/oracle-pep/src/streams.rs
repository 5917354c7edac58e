//! Commands that write to every stream, or take their time.

use std::time::Duration;

use cmdlet::convert::Switch;
use cmdlet::{Cmdlet, ConsoleColor, Ps, Run, Terminate};
use psrp::record::{ErrorCategory, ErrorDetails, InformationalKind, ProgressRecord, ProgressType};

use crate::failure::write_error;

/// Writes to one stream or to all of them.
#[derive(Cmdlet)]
#[cmdlet(verb = "Write", noun = "PepStream", module = "OraclePep")]
pub struct WritePepStream {
    #[parameter(set("Output", "Error", "Warning", "Verbose", "Debug", "Information", "Host", "Progress"))]
    stream: Option<Vec<String>>,
}

const ALL: [&str; 8] = ["Output", "Error", "Warning", "Verbose", "Debug", "Information", "Host", "Progress"];

impl Run for WritePepStream {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let streams = self.stream.take().unwrap_or_else(|| ALL.map(String::from).to_vec());
        for stream in streams {
            match stream.to_ascii_lowercase().as_str() {
                "output" => ps.write("output text").await?,
                "error" => error(ps).await?,
                "warning" => ps.warning("warning text").await?,
                "verbose" => ps.write_informational(InformationalKind::Verbose, "verbose text").await?,
                "debug" => ps.write_informational(InformationalKind::Debug, "debug text").await?,
                "information" => ps.write_information("information text", ["TagA", "TagB"]).await?,
                "host" => host(ps).await?,
                _ => progress(ps).await?,
            }
        }
        Ok(())
    }
}

async fn error(ps: &mut Ps<'_>) -> Result<(), Terminate> {
    let mut record = write_error(ps, "error text", Some("PepErrorId")).target("the-target", "the-target", "String");
    record.category = ErrorCategory::ResourceBusy;
    record.details = Some(ErrorDetails { message: "error text".into(), recommended_action: Some("try later".into()) });
    ps.write_error(record).await
}

async fn host(ps: &mut Ps<'_>) -> Result<(), Terminate> {
    ps.write_host("host text", None, None, false).await?;
    ps.write_host("coloured", Some(ConsoleColor::Green), Some(ConsoleColor::Black), false).await?;
    ps.write_host("no newline ", None, None, true).await?;
    ps.write_host("then newline", None, None, false).await
}

async fn progress(ps: &mut Ps<'_>) -> Result<(), Terminate> {
    let working = bar("Working", 0);
    ps.progress(ProgressRecord {
        status_description: "Half way".into(),
        current_operation: Some("step 1".into()),
        percent_complete: 50,
        seconds_remaining: 9,
        ..working.clone()
    })
    .await?;
    let child = ProgressRecord { parent_activity_id: 0, ..bar("Child", 1) };
    ps.progress(ProgressRecord { status_description: "Sub".into(), ..child }).await?;
    ps.progress(ProgressRecord { kind: ProgressType::Completed, ..bar("Child", 1) }).await?;
    ps.progress(ProgressRecord { kind: ProgressType::Completed, ..working }).await
}

/// A bar as `Write-Progress` makes it when nothing but its activity is said.
fn bar(activity: &str, activity_id: i32) -> ProgressRecord {
    ProgressRecord {
        activity: activity.into(),
        activity_id,
        status_description: "Processing".into(),
        current_operation: None,
        parent_activity_id: -1,
        percent_complete: -1,
        kind: ProgressType::Processing,
        seconds_remaining: -1,
    }
}

/// Runs for a while with progress.
#[derive(Cmdlet)]
#[cmdlet(verb = "Start", noun = "PepTask", module = "OraclePep")]
pub struct StartPepTask {
    #[parameter(default = 30.0)]
    seconds: f64,
    quiet: Switch,
}

impl Run for StartPepTask {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        #[allow(clippy::cast_possible_truncation)] // seconds of a test
        let steps = (self.seconds * 5.0).round_ties_even() as i32;
        for step in 0..steps {
            if !self.quiet.is_present() {
                ps.progress(ProgressRecord {
                    status_description: format!("Step {step} of {steps}").into(),
                    percent_complete: 100 * step / steps,
                    ..bar("Long task", 0)
                })
                .await?;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            if step % 5 == 0 {
                ps.write(format!("tick {step}")).await?;
            }
        }
        if !self.quiet.is_present() {
            ps.progress(ProgressRecord { kind: ProgressType::Completed, ..bar("Long task", 0) }).await?;
        }
        ps.write("task done").await
    }
}

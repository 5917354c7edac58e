//! How the module's own types are shown.

use clixml::Value;
use cmdlet::CommandTable;
use cmdlet::format::{Alignment, Column, Item, View};

const NODE: View = View::table(
    "PepNode",
    &["Oracle.Pep.Node"],
    &[
        Column::property("Name").label("Node").width(12),
        Column::property("State").label("State").width(10),
        Column::property("FreeGB").label("Free GB").width(8).align(Alignment::Right),
        Column::property("LastSeen"),
    ],
);

const JOB: View = View::list(
    "PepJob",
    &["Oracle.Pep.Job"],
    &[
        Item::property("Id").label("Job"),
        Item::property("Status"),
        Item::computed("Seconds", "$_.Elapsed.TotalSeconds", seconds),
    ],
);

#[allow(clippy::cast_precision_loss)] // a duration to show
fn seconds(job: &Value) -> Value {
    match job.property("Elapsed") {
        Some(Value::TimeSpan(elapsed)) => (elapsed.ticks as f64 / clixml::TimeSpan::TICKS_PER_SECOND as f64).into(),
        _ => Value::Null,
    }
}

pub(crate) fn add(table: CommandTable) -> CommandTable {
    table.view(NODE).view(JOB)
}

//! The answer to GET_COMMAND_METADATA: the commands of the table, as a client that imports them wants them.

use std::time::Instant;

use clixml::{Guid, Value};
use cmdlet::discover::{MetadataRequest, command_metadata};
use cmdlet::{CommandTable, Output};
use psrp::message::GetCommandMetadata;
use transcript::Outcome;

use super::record::{Outbox, Outgoing, Place};

/// Sends the answer and the end of the pipeline that asked.
pub(crate) fn answer(table: &CommandTable, pipeline: Guid, request: &GetCommandMetadata, outbox: &Outbox) {
    let started = Instant::now();
    let request = MetadataRequest {
        names: Some(request.names.iter().map(ToString::to_string).collect()),
        command_types: Some(request.command_types.0),
        namespaces: request.namespaces.iter().map(ToString::to_string).collect(),
        fully_qualified_modules: modules(&request.fully_qualified_module),
    };
    for object in command_metadata(table, &request) {
        outbox.send(Outgoing::Output { pipeline, output: Output::Object(object), place: Place::free() });
    }
    let duration = started.elapsed();
    let (outcome, ends_session) = (Outcome::Completed, None);
    outbox.send(Outgoing::Finished { pipeline, outcome, error: None, duration, ends_session });
}

/// The names of module specifications.
fn modules(specifications: &Value) -> Vec<String> {
    let one = |specification: &Value| {
        let name = specification.property("Name").or_else(|| specification.as_object()?.entry("ModuleName"));
        name.unwrap_or(specification).as_str().map(str::to_owned)
    };
    match specifications.as_list() {
        Some(several) => several.iter().filter_map(one).collect(),
        None => one(specifications).into_iter().collect(),
    }
}

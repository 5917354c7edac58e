//! What stands on one line of a journal.

use serde::{Deserialize, Serialize};

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3 … within the session.
    pub seq: u64,
    /// Microseconds since 1970, universal time.
    pub time: u64,
    /// What happened.
    #[serde(flatten)]
    pub record: Record,
}

/// What happened. Objects are CLIXML; secrets in it are masked before they get here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Record {
    /// A session was opened.
    SessionStart {
        /// Its id: the client's runspace pool.
        session: String,
        /// For whom.
        account: String,
        /// From where.
        source: String,
        /// The client's version as it told it.
        client: String,
        /// How it came: `socket`, `http`, `https`.
        transport: String,
        /// Which configuration it entered.
        configuration: String,
        /// This computer.
        host: String,
        /// Our own version.
        version: String,
    },
    /// A pipeline as the client sent it.
    Pipeline {
        /// Its id.
        pipeline: String,
        /// The statements, each with its commands.
        statements: Vec<Vec<CommandCall>>,
        /// The line as typed, if the client told it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        history: Option<String>,
    },
    /// A statement was bound and authorized, and is about to run.
    Authorized {
        /// Its pipeline.
        pipeline: String,
        /// Each command with its bindings and the rule that let it run.
        commands: Vec<Bindings>,
    },
    /// A statement was refused.
    Refused {
        /// Its pipeline.
        pipeline: String,
        /// The error's id.
        error: String,
        /// Its text.
        message: String,
        /// What was refused, in full.
        target: String,
    },
    /// An object of one stream was sent to the client.
    Output {
        /// Its pipeline.
        pipeline: String,
        /// The stream.
        stream: Stream,
        /// The object.
        clixml: String,
    },
    /// A host call was sent to the client.
    HostCall {
        /// Its pipeline.
        pipeline: String,
        /// The method's name.
        method: String,
        /// Its arguments.
        clixml: String,
    },
    /// The client's host answered.
    HostReply {
        /// The pipeline.
        pipeline: String,
        /// The answer.
        clixml: String,
    },
    /// An object was piped in by the client.
    Input {
        /// Its pipeline.
        pipeline: String,
        /// The object.
        clixml: String,
    },
    /// The client asked what commands there are.
    CommandMetadata {
        /// Its pipeline.
        pipeline: String,
        /// The names asked for.
        names: Vec<String>,
    },
    /// The client asked to stop.
    Stop {
        /// The pipeline.
        pipeline: String,
    },
    /// An error ended a pipeline: it is sent with the end, which follows.
    TerminatingError {
        /// Its pipeline.
        pipeline: String,
        /// The error record.
        clixml: String,
    },
    /// A pipeline came to its end.
    Completed {
        /// The pipeline.
        pipeline: String,
        /// How.
        outcome: Outcome,
        /// The error's id, if it failed.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        error: Option<String>,
        /// How long it took, in microseconds.
        duration: u64,
    },
    /// The session's record came to the limit that is set for one: what happened next was refused, and is not on record. Nothing
    /// but the session's end follows.
    Truncated {
        /// The limit, in octets.
        limit: u64,
    },
    /// The daemon was killed within a line: what there was of it was cut off.
    Recovered {
        /// Octets.
        cut: u64,
    },
    /// The session came to its end.
    SessionEnd {
        /// Why.
        reason: String,
    },
}

/// A command as the client sent it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandCall {
    /// Its name, or the whole text of a script.
    pub name: String,
    /// It is script text.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub script: bool,
    /// Its arguments as one CLIXML list.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub arguments: String,
}

/// A command with what its parameters are bound to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bindings {
    /// The command.
    pub command: String,
    /// The rule that lets it run.
    pub rule: String,
    /// Parameters and values, as one CLIXML dictionary.
    pub parameters: String,
}

/// Which stream an object was sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the streams' own names
pub enum Stream {
    Output,
    Error,
    Warning,
    Verbose,
    Debug,
    Information,
    Progress,
}

/// How a pipeline ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // PSInvocationState's own names
pub enum Outcome {
    Completed,
    Failed,
    Stopped,
}

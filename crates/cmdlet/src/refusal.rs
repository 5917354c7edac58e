//! How a NoLanguage session refuses (jea.md 1.6): the errors that tell a user what this endpoint does not do.

use clixml::Value;
use psrp::record::{ErrorCategory, ErrorRecord, Exception};

/// Script text, whatever it says.
pub fn scripts_not_allowed(script: &str) -> ErrorRecord {
    let mut exception = Exception::new(
        &[
            "System.Management.Automation.ParseException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode.",
    );
    exception.properties.push("Errors", Value::Null);
    ErrorRecord::new(exception, "ScriptsNotAllowed", ErrorCategory::ParserError).target(script, script, "String")
}

/// A command that wants to run in its caller's scope.
pub fn use_local_scope_refused() -> ErrorRecord {
    let exception = Exception::new(
        RUNTIME_EXCEPTION,
        "UseLocalScope cannot be false when language mode is RestrictedLanguage or NoLanguage.",
    );
    ErrorRecord::new(exception, "RuntimeException", ErrorCategory::NotSpecified)
}

/// A name that is not in the table, or hidden: always the text as typed (J-021).
pub fn command_not_found(name: &str) -> ErrorRecord {
    let mut exception = Exception::new(
        COMMAND_NOT_FOUND,
        format!(
            "The term '{name}' is not recognized as a name of a cmdlet, function, script file, or executable program.\n\
             Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
        ),
    );
    exception.properties.push("CommandName", name);
    ErrorRecord::new(exception, "CommandNotFoundException", ErrorCategory::ObjectNotFound).target(name, name, "String")
}

/// An alias whose target is not in the table.
pub fn alias_not_resolved(alias: &str, target: &str) -> ErrorRecord {
    let mut exception = Exception::new(
        COMMAND_NOT_FOUND,
        format!(
            "Cannot resolve alias '{alias}' because it refers to term '{target}', which is not recognized as a cmdlet, \
             function, executable program, or script file. Verify the term and try again."
        ),
    );
    exception.properties.push("CommandName", alias);
    ErrorRecord::new(exception, "AliasNotResolvedException", ErrorCategory::ObjectNotFound)
        .target(alias, alias, "String")
}

/// The record that a stopped pipeline ends with.
pub fn pipeline_stopped() -> ErrorRecord {
    let exception = Exception::new(
        &[
            "System.Management.Automation.PipelineStoppedException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        "The pipeline has been stopped.",
    );
    ErrorRecord::new(exception, "PipelineStopped", ErrorCategory::OperationStopped)
}

const RUNTIME_EXCEPTION: &[&str] =
    &["System.Management.Automation.RuntimeException", "System.SystemException", "System.Exception", "System.Object"];

const COMMAND_NOT_FOUND: &[&str] = &[
    "System.Management.Automation.CommandNotFoundException",
    "System.Management.Automation.RuntimeException",
    "System.SystemException",
    "System.Exception",
    "System.Object",
];

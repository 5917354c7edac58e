//! Asking the client's user for what a command line lacks (jea.md 3.4, captured.md 3.4).

use clixml::{Str, Value};
use psrp::host_call::{FieldDescription, HostCall, HostReply};
use psrp::record::{ErrorCategory, ErrorRecord, Exception};

use crate::bind::{Binding, CredentialQuestion};
use crate::{CommandInfo, Engine, ParameterInfo, ParameterType, Stopped};

/// Asks for the passwords of credentials of which a user name was given, then for all missing mandatory parameters at once.
/// `position` is the command's place in its pipeline, from 1.
///
/// # Errors
/// What the command ends with when nobody answers, and [`Stopped`] when the user breaks off the pipeline.
pub async fn supply_missing<E>(
    info: &'static CommandInfo,
    binding: &mut Binding,
    position: usize,
    engine: &dyn Engine,
) -> Result<(), E>
where
    E: From<ErrorRecord> + From<Stopped>,
{
    let has_host = engine.session().has_host;
    while let Some(question) = binding.credential_question().cloned() {
        if !has_host {
            return Err(binding.credential_refused(&host_function_not_implemented(CREDENTIAL_MESSAGE)).into());
        }
        match engine.ask(credential_call(&question)).await? {
            HostReply::Value(answer) => binding.answer_credential(answer)?,
            HostReply::Error(error) => return Err(binding.credential_refused(&error).into()),
        }
    }
    if binding.missing().is_empty() || !has_host {
        // what nobody can be asked for stays missing, and `finish` says so
        return Ok(());
    }
    match engine.ask(mandatory_call(info, binding.missing(), position)).await? {
        HostReply::Value(answers) => {
            for parameter in binding.missing().to_vec() {
                // an answer without anything leaves the parameter missing, and `finish` says so
                if let Some(answer) = answer(&answers, parameter) {
                    binding.supply(parameter, &answer)?;
                }
            }
            Ok(())
        }
        HostReply::Error(error) => Err(error.into()),
    }
}

/// The `Prompt` call for missing mandatory parameters.
pub fn mandatory_call(info: &CommandInfo, missing: &[&'static ParameterInfo], position: usize) -> HostCall {
    HostCall::Prompt {
        caption: format!("cmdlet {} at command pipeline position {position}", info.name).into(),
        message: "Supply values for the following parameters:".into(),
        fields: missing.iter().map(|parameter| field(parameter)).collect(),
    }
}

fn field(parameter: &ParameterInfo) -> FieldDescription {
    let kind = &parameter.kind;
    FieldDescription {
        name: parameter.name.into(),
        label: format!("&{}", parameter.name).into(), // whether or not a field before it has this hot key, as PowerShell does
        parameter_type_name: kind.short_name().into(),
        parameter_type_full_name: kind.full_name().into(),
        parameter_assembly_full_name: format!("{}, {}", kind.full_name(), assembly(kind)).into(),
        help_message: parameter.help_message.into(),
        is_mandatory: true,
        default_value: None,
    }
}

/// The .NET assembly of a type as PowerShell 7.6 names it. Clients read the first word and need the rest not to be empty.
fn assembly(kind: &ParameterType) -> &'static str {
    match kind {
        ParameterType::PsCredential | ParameterType::Switch | ParameterType::ScriptBlock => {
            "System.Management.Automation, Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
        }
        ParameterType::Enum(info) if info.type_name.starts_with("System.Management.Automation.") => {
            "System.Management.Automation, Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
        }
        ParameterType::Uri => "System.Private.Uri, Version=10.0.0.0, Culture=neutral, PublicKeyToken=b03f5f7f11d50a3a",
        ParameterType::IpAddress => {
            "System.Net.Primitives, Version=10.0.0.0, Culture=neutral, PublicKeyToken=b03f5f7f11d50a3a"
        }
        ParameterType::Xml => "System.Private.Xml, Version=10.0.0.0, Culture=neutral, PublicKeyToken=cc7b13ffcd2ddd51",
        ParameterType::Array(element) => assembly(element),
        _ => "System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, PublicKeyToken=7cec85d7bea7798e",
    }
}

/// A field of the reply, if it is there.
fn answer(answers: &Value, parameter: &ParameterInfo) -> Option<Value> {
    let object = answers.as_object()?;
    object.entry(parameter.name).or_else(|| object.property(parameter.name)).cloned()
}

/// The question for the password of a user.
pub fn credential_call(question: &CredentialQuestion) -> HostCall {
    HostCall::PromptForCredential2 {
        caption: "PowerShell credential request".into(),
        message: CREDENTIAL_MESSAGE.into(),
        user_name: question.user_name.clone(),
        target_name: Str::default(),
        allowed_types: 3,
        options: 1,
    }
}

/// What a user is asked for a password with.
pub(crate) const CREDENTIAL_MESSAGE: &str = "Enter your credentials.";

/// A pool that was opened without a host has nobody to show a message to.
pub fn host_function_not_implemented(message: &str) -> ErrorRecord {
    let exception = Exception::new(
        &[
            "System.Management.Automation.Host.HostException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        format!(
            "A command that prompts the user failed because the host program or the command type does not support user \
             interaction. The host was attempting to request confirmation with the following message: {message}"
        ),
    );
    ErrorRecord::new(exception, "HostFunctionNotImplemented", ErrorCategory::NotImplemented)
}

//! Commands that ask their user.

use clixml::{Content, Object, SecureString, Str, Value};
use cmdlet::convert::{Switch, convert};
use cmdlet::{Cmdlet, ParameterType, Ps, Run, Terminate};
use psrp::host_call::{ChoiceDescription, FieldDescription, HostCall, PsCredential};

use crate::failure::{invocation_info, method_invocation, null_valued_expression, secure_string_is_null};
use crate::values::clear;

/// Asks for a line of text.
#[derive(Cmdlet)]
#[cmdlet(verb = "Read", noun = "PepLine", module = "OraclePep")]
pub struct ReadPepLine {
    prompt: Option<String>,
}

impl Run for ReadPepLine {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let answer = match self.prompt.as_deref().filter(|prompt| !prompt.is_empty()) {
            Some(prompt) => read_host(ps, prompt, "String", "System.String").await,
            None => ps.ask(HostCall::ReadLine).await,
        };
        let answer = or_error(ps, answer).await?;
        ps.write(format!("answer <{}>", answer.to_invariant_string())).await
    }
}

/// `Read-Host` in a function: its error is not the function's end.
async fn or_error(ps: &mut Ps<'_>, answer: Result<Value, Terminate>) -> Result<Value, Terminate> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(Terminate::Error(mut error)) => {
            error.activity = "Read-Host".into();
            error.invocation_info = invocation_info(Some("Read-Host"));
            ps.write_error(*error).await?;
            Ok(Value::Null)
        }
        Err(other) => Err(other),
    }
}

/// A method that PowerShell calls inside a function: what it throws is an error record, and the function goes on with nothing.
async fn method_call(
    ps: &mut Ps<'_>,
    method: &str,
    arguments: usize,
    result: Result<Value, Terminate>,
) -> Result<Value, Terminate> {
    let error = match result {
        Err(Terminate::Error(error)) => error,
        other => return other,
    };
    let message =
        format!("Exception calling \"{method}\" with \"{arguments}\" argument(s): \"{}\"", error.exception.message);
    let id = error.exception.type_names.first().map_or("", |name| name.rsplit('.').next().unwrap_or(name));
    ps.write_error(method_invocation(message, id)).await?;
    Ok(Value::Null)
}

/// `Read-Host -Prompt`: one field without label.
async fn read_host(ps: &mut Ps<'_>, prompt: &str, short: &str, full: &str) -> Result<Value, Terminate> {
    let field = FieldDescription {
        name: prompt.into(),
        label: Str::default(),
        parameter_type_name: short.into(),
        parameter_type_full_name: full.into(),
        parameter_assembly_full_name: assembly(full),
        help_message: Str::default(),
        is_mandatory: true,
        default_value: None,
    };
    let answer =
        ps.ask(HostCall::Prompt { caption: Str::default(), message: Str::default(), fields: vec![field] }).await?;
    Ok(answer.as_object().and_then(|answers| answers.entry(prompt)).cloned().unwrap_or_default())
}

fn assembly(full_name: &str) -> Str {
    format!("{full_name}, System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, PublicKeyToken=7cec85d7bea7798e")
        .into()
}

/// Asks for a secret.
#[derive(Cmdlet)]
#[cmdlet(verb = "Read", noun = "PepSecret", module = "OraclePep")]
pub struct ReadPepSecret {
    mask: Switch,
}

impl Run for ReadPepSecret {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let (prompt, label) = if self.mask.is_present() { ("Masked", "masked") } else { ("Secret", "secret") };
        let answer = read_host(ps, prompt, "SecureString", "System.Security.SecureString").await;
        let answer = or_error(ps, answer).await?;
        let text = match &answer {
            Value::SecureString(secret) => clear(secret),
            _ => {
                if !self.mask.is_present() {
                    ps.write_error(secure_string_is_null()).await?;
                }
                String::new()
            }
        };
        ps.write(format!("{label} <{text}>")).await
    }
}

/// Creates a user.
#[derive(Cmdlet)]
#[cmdlet(verb = "New", noun = "PepUser", module = "OraclePep")]
#[allow(dead_code)] // the note is only there to be left out
pub struct NewPepUser {
    #[parameter(mandatory, help_message = "The login name")]
    user_name: String,
    #[parameter(mandatory)]
    password: SecureString,
    #[parameter(mandatory)]
    quota: i32,
    note: Option<String>,
}

impl Run for NewPepUser {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let length = i32::try_from(clear(&self.password).encode_utf16().count()).unwrap_or(i32::MAX);
        ps.write(
            Object::with_type_names(&[
                "Oracle.Pep.User",
                "System.Management.Automation.PSCustomObject",
                "System.Object",
            ])
            .note("UserName", self.user_name.clone())
            .note("PasswordLength", length)
            .note("Quota", self.quota),
        )
        .await
    }
}

/// Has a mandatory list and a mandatory credential set.
#[derive(Cmdlet)]
#[cmdlet(verb = "Add", noun = "PepList", module = "OraclePep", default_parameter_set = "List")]
pub struct AddPepList {
    #[parameter(mandatory, set_name = "List")]
    item: Option<Vec<String>>,
    #[parameter(mandatory, set_name = "Cred")]
    credential: Option<PsCredential>,
}

impl Run for AddPepList {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let line = match &self.credential {
            Some(credential) => format!("cred {}", credential.user_name),
            None => {
                let items = self.item.as_deref().unwrap_or_default();
                format!("list {}: {}", items.len(), items.join(","))
            }
        };
        ps.write(line).await
    }
}

/// Asks for confirmation.
#[derive(Cmdlet)]
#[cmdlet(verb = "Remove", noun = "PepThing", module = "OraclePep", confirm_impact = "High")]
pub struct RemovePepThing {
    #[parameter(mandatory, position = 0)]
    name: Vec<String>,
}

impl Run for RemovePepThing {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        for name in &self.name {
            let asked = ps.should_process(name, "Remove thing").await.map(Value::Bool);
            let Some(done) = method_call(ps, "ShouldProcess", 2, asked).await?.as_bool() else { continue };
            ps.write(format!("{} {name}", if done { "removed" } else { "kept" })).await?;
        }
        Ok(())
    }
}

/// Asks for a choice.
#[derive(Cmdlet)]
#[cmdlet(verb = "Select", noun = "PepChoice", module = "OraclePep")]
pub struct SelectPepChoice {
    many: Switch,
    many_array: Switch,
}

impl Run for SelectPepChoice {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let choice = |label: &str, help: &str| ChoiceDescription { label: label.into(), help_message: help.into() };
        let choices = vec![choice("&Red", "A red one"), choice("&Green", "A green one"), choice("Blue", "")];
        let picked = if self.many.is_present() || self.many_array.is_present() {
            let call = HostCall::PromptForChoiceMultipleSelection {
                caption: "Colours".into(),
                message: "Pick some".into(),
                choices,
                default_choices: vec![0, 2],
            };
            let call = if self.many_array.is_present() { with_array_of_defaults(&call) } else { call };
            let asked = ps.ask(call).await;
            let answer = method_call(ps, "PromptForChoice", 4, asked).await?;
            let picked = answer.as_list().unwrap_or_default();
            picked.iter().map(|index| index.to_invariant_string().to_string()).collect::<Vec<_>>().join(" ")
        } else {
            let call = HostCall::PromptForChoice {
                caption: "Colour".into(),
                message: "Pick one".into(),
                choices,
                default_choice: 1,
            };
            let asked = ps.ask(call).await;
            method_call(ps, "PromptForChoice", 4, asked).await?.to_invariant_string().to_string()
        };
        ps.write(format!("picked {picked}")).await
    }
}

/// The default choices as the array that the module's caller passes: a form that clients fail to read.
fn with_array_of_defaults(call: &HostCall) -> HostCall {
    let list = |names: &'static [&'static str], items: &[i32]| {
        let items = items.iter().map(|item| Value::Int32(*item)).collect();
        Object::with_type_names(names).content(Content::List(items))
    };
    let array = Object::new()
        .note("mae", list(&["System.Collections.ArrayList", "System.Object"], &[0, 2]))
        .note("mal", list(&["System.Int32[]", "System.Array", "System.Object"], &[2]));
    let parameters = call.parameters();
    let mut parameters = parameters.as_list().unwrap_or_default().to_vec();
    parameters.pop();
    parameters.push(array.into());
    HostCall::Other(call.method_id().0, parameters)
}

/// Asks for a credential.
#[derive(Cmdlet)]
#[cmdlet(verb = "Request", noun = "PepCredential", module = "OraclePep")]
pub struct RequestPepCredential {
    #[parameter(default = "DOMAIN\\operator")]
    user_name: String,
}

impl Run for RequestPepCredential {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let call = HostCall::PromptForCredential2 {
            caption: "PowerShell credential request".into(),
            message: "Credential for the fabric".into(),
            user_name: self.user_name.clone().into(),
            target_name: Str::default(),
            allowed_types: 3,
            options: 1,
        };
        let answer = match ps.ask(call).await {
            Err(Terminate::Error(mut error)) => {
                error.activity = "Get-Credential".into();
                ps.write_error(*error).await?;
                Value::Null
            }
            answer => answer?,
        };
        let line = match PsCredential::from_value(&answer) {
            Some(credential) => format!("got {} {}", credential.user_name, clear(&credential.password)),
            None => {
                ps.write_error(null_valued_expression()).await?;
                "got  ".to_owned()
            }
        };
        ps.write(line).await
    }
}

/// Asks for several fields at once.
#[derive(Cmdlet)]
#[cmdlet(verb = "Request", noun = "PepField", module = "OraclePep")]
pub struct RequestPepField {}

impl Run for RequestPepField {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let alpha = FieldDescription {
            name: "Alpha".into(),
            label: "&Alpha".into(),
            parameter_type_name: "String".into(),
            parameter_type_full_name: "System.String".into(),
            parameter_assembly_full_name: assembly("System.String"),
            help_message: "help of alpha".into(),
            is_mandatory: true,
            default_value: None,
        };
        let beta = FieldDescription {
            name: "Beta".into(),
            label: Str::default(),
            parameter_type_name: "Int32".into(),
            parameter_type_full_name: "System.Int32".into(),
            parameter_assembly_full_name: assembly("System.Int32"),
            help_message: Str::default(),
            is_mandatory: false,
            default_value: Some(7.into()),
        };
        let call = HostCall::Prompt { caption: "Caption".into(), message: "Message".into(), fields: vec![alpha, beta] };
        let asked = ps.ask(call).await;
        let answer = method_call(ps, "Prompt", 3, asked).await?;
        let mut lines: Vec<String> = answer
            .as_object()
            .and_then(Object::entries)
            .unwrap_or_default()
            .iter()
            .map(|(key, value)| {
                let key = key.to_invariant_string();
                let kind = if key == "Beta" { ParameterType::Int32 } else { ParameterType::String };
                let value = convert(value, &kind).unwrap_or_default();
                format!("{key} <{}> {}", value.type_name(), value.to_invariant_string())
            })
            .collect();
        lines.sort();
        for line in lines {
            ps.write(line).await?;
        }
        Ok(())
    }
}

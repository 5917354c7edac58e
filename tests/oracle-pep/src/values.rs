//! Commands that show how their arguments were bound.

use clixml::{
    Content, DateTime, DateTimeKind, Decimal, Guid, Object, Secret, SecureString, Str, TimeSpan, Value, Version,
};
use cmdlet::convert::{FromValue, Hashtable, ParameterKind, Switch, Uri};
use cmdlet::{Cmdlet, ParameterInfo, ParameterType, Ps, PsEnum, Run, Terminate};
use psrp::host_call::PsCredential;

use crate::failure::null_valued_expression;
use std::net::IpAddr;

/// Greets somebody.
///
/// Returns a greeting line, Count times. Used to test every simple kind of parameter.
///
/// # Examples
/// ```powershell
/// Get-PepGreeting -Name World -Count 2
/// ```
/// Two lines.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Get",
    noun = "PepGreeting",
    module = "OraclePep",
    output = "System.String",
    link = "https://example.com/pep/greeting"
)]
pub struct GetPepGreeting {
    /// Who is greeted.
    #[parameter(mandatory, position = 0, help_message = "Who is greeted")]
    name: String,
    /// How many lines are returned.
    #[parameter(position = 1, range(1, 100), default = 1)]
    count: i32,
    /// Upper case.
    loud: Switch,
    /// One of Low, Medium, High.
    #[parameter(set("Low", "Medium", "High"), alias = "Lvl", default = "Low")]
    level: String,
}

impl Run for GetPepGreeting {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        for i in 1..=self.count {
            let text = format!("Hello {} ({}) {i}", self.name, self.level);
            ps.write(if self.loud.is_present() { text.to_uppercase() } else { text }).await?;
        }
        Ok(())
    }
}

/// `System.DayOfWeek`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PsEnum)]
#[ps_enum(type_name = "System.DayOfWeek")]
#[allow(missing_docs)]
pub enum DayOfWeek {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

/// An XML document, as text.
pub struct Xml(#[allow(dead_code)] Str); // its command shows what was bound, not its fields

impl ParameterKind for Xml {
    const KIND: ParameterType = ParameterType::Xml;
}

impl FromValue for Xml {
    fn from_value(value: &Value) -> Option<Xml> {
        match value {
            Value::Xml(text) => Some(Xml(text.clone())),
            _ => None,
        }
    }
}

/// A script block. Nothing converts to it.
pub enum ScriptBlock {}

impl ParameterKind for ScriptBlock {
    const KIND: ParameterType = ParameterType::ScriptBlock;
}

impl FromValue for ScriptBlock {
    fn from_value(_: &Value) -> Option<ScriptBlock> {
        None
    }
}

/// Reports how each argument was bound.
#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PepValue", module = "OraclePep")]
#[allow(dead_code)] // it reads what was bound, not its fields
pub struct TestPepValue {
    text: Option<String>,
    int: Option<i32>,
    long: Option<i64>,
    double: Option<f64>,
    decimal: Option<Decimal>,
    bool: Option<bool>,
    switch: Switch,
    date: Option<DateTime>,
    span: Option<TimeSpan>,
    guid: Option<Guid>,
    version: Option<Version>,
    uri: Option<Uri>,
    char: Option<char>,
    bytes: Option<Vec<u8>>,
    list: Option<Vec<String>>,
    numbers: Option<Vec<i32>>,
    table: Option<Hashtable>,
    day: Option<DayOfWeek>,
    address: Option<IpAddr>,
    xml: Option<Xml>,
    block: Option<ScriptBlock>,
    any: Option<Value>,
}

impl Run for TestPepValue {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let mut lines: Vec<(String, String)> = Vec::new();
        for (parameter, value) in ps.bound().iter() {
            lines.push((parameter.name.to_string(), show(parameter, value)));
        }
        lines.sort();
        for (_, line) in lines {
            ps.write(line).await?;
        }
        Ok(())
    }
}

fn show(parameter: &ParameterInfo, value: &Value) -> String {
    let name = parameter.name;
    if value.is_null() {
        return format!("{name} <null> ");
    }
    let type_name = match name {
        "Switch" => "System.Management.Automation.SwitchParameter".into(),
        _ => value.type_name().to_string(),
    };
    let shown = match value {
        Value::DateTime(date) => {
            let kind = match date.kind {
                DateTimeKind::Unspecified => "Unspecified",
                DateTimeKind::Utc => "Utc",
                DateTimeKind::Local(_) => "Local",
            };
            format!("{date} {kind}")
        }
        Value::Bytes(bytes) => joined(bytes.iter().map(ToString::to_string)),
        Value::Object(object) => match &object.content {
            Content::Dictionary(entries) => {
                let mut pairs: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{}={}", key.to_invariant_string(), value.to_invariant_string()))
                    .collect();
                pairs.sort();
                pairs.join(";")
            }
            Content::List(items) => joined(items.iter().map(|item| item.to_invariant_string().to_string())),
            _ if object.is_a("System.Management.Automation.PSCustomObject") => property_bag(object),
            _ => value.to_invariant_string().to_string(),
        },
        _ => value.to_invariant_string().to_string(),
    };
    format!("{name} <{type_name}> {shown}")
}

fn property_bag(object: &Object) -> String {
    let pairs: Vec<String> =
        object.extended.iter().map(|(name, value)| format!("{name}={}", value.to_invariant_string())).collect();
    format!("@{{{}}}", pairs.join("; "))
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(" ")
}

/// Shows what arrived in a credential.
#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PepCredential", module = "OraclePep")]
pub struct TestPepCredential {
    #[parameter(mandatory, position = 0)]
    credential: PsCredential,
}

impl Run for TestPepCredential {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let text = clear(&self.credential.password);
        let length = text.encode_utf16().count();
        ps.write(format!("user={} length={length} text={text}", self.credential.user_name)).await
    }
}

/// Shows what arrived in a secure string.
#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PepSecret", module = "OraclePep")]
pub struct TestPepSecret {
    #[parameter(mandatory, position = 0)]
    secret: Secret,
}

impl Run for TestPepSecret {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let text = self.secret.expose();
        ps.write(format!("length={} text={text}", text.encode_utf16().count())).await
    }
}

/// The text of a secure string: these commands exist to show it.
pub(crate) fn clear(secret: &SecureString) -> String {
    match secret {
        SecureString::Clear(secret) => secret.expose().to_owned(),
        SecureString::Sealed(_) => String::new(),
    }
}

/// Returns a secure string and a credential.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepSecret", module = "OraclePep")]
pub struct GetPepSecret {}

impl Run for GetPepSecret {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let secret = SecureString::new("P@ss1");
        ps.write(secret.clone()).await?;
        ps.write(PsCredential { user_name: "DOMAIN\\operator".into(), password: secret }.to_value()).await
    }
}

/// Collects logs of a time range.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepLog", module = "OraclePep")]
pub struct GetPepLog {
    #[parameter(mandatory)]
    from_date: DateTime,
    to_date: Option<DateTime>,
    filter_by_role: Option<Vec<String>>,
}

impl Run for GetPepLog {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let kind = match self.from_date.kind {
            DateTimeKind::Unspecified => "Unspecified",
            DateTimeKind::Utc => "Utc",
            DateTimeKind::Local(_) => "Local",
        };
        let seconds = |date: &DateTime| Str::from(date.to_string().split(['.', '+', 'Z']).next().unwrap_or_default());
        let to = self.to_date.as_ref().map_or_else(|| Str::from("2024-02-01T00:00:00"), seconds);
        ps.write(
            Object::custom()
                .note("From", seconds(&self.from_date))
                .note("Kind", kind)
                .note("To", to)
                .note("Roles", self.filter_by_role.as_deref().unwrap_or_default().join("+")),
        )
        .await
    }
}

/// Joins strings.
#[derive(Cmdlet)]
#[cmdlet(verb = "Join", noun = "PepItem", module = "OraclePep")]
pub struct JoinPepItem {
    #[parameter(position = 0)]
    item: Option<Vec<String>>,
    #[parameter(default = "-")]
    separator: String,
}

impl Run for JoinPepItem {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let items = self.item.as_deref().unwrap_or_default();
        ps.write(format!("{}: {}", items.len(), items.join(&self.separator))).await
    }
}

/// Echoes pipeline input.
#[derive(Cmdlet)]
#[cmdlet(verb = "Measure", noun = "PepInput", module = "OraclePep")]
pub struct MeasurePepInput {
    #[parameter(pipeline)]
    input_object: Option<Value>,
    #[parameter(pipeline_by_property_name)]
    name: Option<String>,
    #[state]
    count: usize,
}

impl Run for MeasurePepInput {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        self.count += 1;
        let object = self.input_object.clone().unwrap_or_default();
        if object.is_null() {
            ps.write_error(null_valued_expression()).await?;
        }
        let type_name = object.type_name().rsplit('.').next().unwrap_or_default().to_owned();
        let shown = match object.as_object() {
            Some(object) if object.to_string.is_none() && !object.extended.is_empty() => property_bag(object),
            _ => object.to_invariant_string().to_string(),
        };
        let name = self.name.clone().unwrap_or_default();
        ps.write(format!("item {} <{type_name}> {shown} name={name}", self.count)).await
    }

    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        ps.write(format!("total {}", self.count)).await
    }
}

/// Does nothing.
#[derive(Cmdlet)]
#[cmdlet(verb = "Invoke", noun = "PepNoop", module = "OraclePep")]
pub struct InvokePepNoop {}

impl Run for InvokePepNoop {}

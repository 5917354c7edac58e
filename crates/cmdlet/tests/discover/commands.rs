//! The table that the tests ask: some commands of the reference module, and a few more.

use clixml::{DateTime, SecureString, Value, Version};
use cmdlet::format::{Alignment, Column, Item, View};
use cmdlet::{Cmdlet, CommandTable, PsEnum, Run, Switch};

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
pub(crate) struct GetPepGreeting {
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
impl Run for GetPepGreeting {}

/// Has a mandatory list and a mandatory credential set.
#[derive(Cmdlet)]
#[cmdlet(verb = "Add", noun = "PepList", module = "OraclePep", default_parameter_set = "List")]
pub(crate) struct AddPepList {
    /// The things.
    #[parameter(mandatory, set_name = "List")]
    item: Vec<String>,
    /// Whose they are.
    #[parameter(mandatory, set_name = "Cred")]
    credential: Option<psrp::host_call::PsCredential>,
}
impl Run for AddPepList {}

/// Collects logs of a time range.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepLog", module = "OraclePep")]
pub(crate) struct GetPepLog {
    /// From when.
    #[parameter(mandatory)]
    from_date: DateTime,
    /// Until when.
    to_date: Option<DateTime>,
    /// Of which roles.
    filter_by_role: Vec<String>,
}
impl Run for GetPepLog {}

/// Joins strings.
#[derive(Cmdlet)]
#[cmdlet(verb = "Join", noun = "PepItem", module = "OraclePep")]
pub(crate) struct JoinPepItem {
    /// What is joined.
    #[parameter(position = 0)]
    item: Vec<String>,
    /// By what.
    #[parameter(default = "-")]
    separator: String,
}
impl Run for JoinPepItem {}

/// Echoes pipeline input.
#[derive(Cmdlet)]
#[cmdlet(verb = "Measure", noun = "PepInput", module = "OraclePep")]
pub(crate) struct MeasurePepInput {
    /// The objects.
    #[parameter(pipeline)]
    input_object: Value,
    /// Their names.
    #[parameter(pipeline_by_property_name)]
    name: String,
}
impl Run for MeasurePepInput {}

/// Creates a user.
#[derive(Cmdlet)]
#[cmdlet(verb = "New", noun = "PepUser", module = "OraclePep")]
pub(crate) struct NewPepUser {
    /// The name.
    #[parameter(mandatory, help_message = "The login name")]
    user_name: String,
    /// The password.
    #[parameter(mandatory)]
    password: SecureString,
    /// The quota.
    #[parameter(mandatory)]
    quota: i32,
    /// Anything else.
    note: String,
}
impl Run for NewPepUser {}

/// Asks for confirmation.
#[derive(Cmdlet)]
#[cmdlet(verb = "Remove", noun = "PepThing", module = "OraclePep", confirm_impact = "High")]
pub(crate) struct RemovePepThing {
    /// What goes.
    #[parameter(mandatory, position = 0)]
    name: Vec<String>,
}
impl Run for RemovePepThing {}

/// Writes to one stream or to all of them.
#[derive(Cmdlet)]
#[cmdlet(verb = "Write", noun = "PepStream", module = "OraclePep")]
pub(crate) struct WritePepStream {
    /// Which ones.
    #[parameter(set("Output", "Error", "Warning", "Verbose", "Debug", "Information", "Host", "Progress"))]
    stream: Vec<String>,
}
impl Run for WritePepStream {}

#[derive(Clone, Copy, PsEnum)]
#[ps_enum(type_name = "System.DayOfWeek")]
pub(crate) enum DayOfWeek {
    Sunday = 0,
    Monday = 1,
    Friday = 5,
}

/// Takes a day and more.
#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "PepDay", module = "OraclePep")]
pub(crate) struct TestPepDay {
    /// The day.
    day: Option<DayOfWeek>,
    /// Words that need quotes.
    #[parameter(set("plain", "two words", "it's", "$x"))]
    word: String,
    /// Yes or no.
    sure: Option<bool>,
}
impl Run for TestPepDay {}

/// Leaves the session.
#[derive(Cmdlet)]
#[cmdlet(verb = "Exit", noun = "PSSession", help_uri = "https://go.microsoft.com/fwlink/?LinkID=2096787")]
pub(crate) struct ExitPSSession {}
impl Run for ExitPSSession {}

/// Hidden.
#[derive(Cmdlet)]
#[cmdlet(name = "prompt")]
pub(crate) struct Prompt {}
impl Run for Prompt {}

pub(crate) const NODE: View = View::table(
    "PepNode",
    &["Oracle.Pep.Node"],
    &[
        Column::property("Name").label("Node").width(12),
        Column::property("State").label("State").width(10),
        Column::property("FreeGB").label("Free GB").width(8).align(Alignment::Right),
        Column::property("LastSeen"),
    ],
);

pub(crate) const JOB: View = View::list(
    "PepJob",
    &["Oracle.Pep.Job"],
    &[Item::property("Id").label("Job"), Item::property("Status"), Item::property("Elapsed").label("Seconds")],
);

pub(crate) fn table() -> CommandTable {
    CommandTable::new()
        .module("OraclePep", Version { build: Some(3), ..Version::new(1, 2) })
        .add::<GetPepGreeting>()
        .add::<AddPepList>()
        .add::<GetPepLog>()
        .add::<JoinPepItem>()
        .add::<MeasurePepInput>()
        .add::<NewPepUser>()
        .add::<RemovePepThing>()
        .add::<WritePepStream>()
        .add::<TestPepDay>()
        .add::<ExitPSSession>()
        .add_unlisted::<Prompt>()
        .alias("exsn", "Exit-PSSession")
        .view(NODE)
        .view(JOB)
}

use futures_util::future::BoxFuture;

use crate::Ps;

/// One parameter of a command.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // a declaration: each is one attribute
pub struct ParameterInfo {
    /// Without the dash.
    pub name: &'static str,
    /// What its argument is converted to.
    pub kind: ParameterType,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// The sets it belongs to and what it is there; one entry with [`ParameterSet::ALL`] if it is in every set.
    pub sets: &'static [ParameterSet],
    /// Checked in this order, after conversion.
    pub validation: &'static [Validation],
    /// Help: the field's doc comment.
    pub help: &'static str,
    /// `HelpMessage`, shown by `!?` at a prompt, or nothing.
    pub help_message: &'static str,
    /// The default as help shows it, or nothing.
    pub default_value: &'static str,
    /// Never written into a record or log.
    pub secret: bool,
    /// `AllowNull`: a mandatory parameter takes `$null`.
    pub allow_null: bool,
    /// `AllowEmptyString`.
    pub allow_empty_string: bool,
    /// `AllowEmptyCollection`.
    pub allow_empty_collection: bool,
    /// Takes globs, as help says.
    pub accepts_wildcards: bool,
    /// Knows values for completion.
    pub completer: Option<Completer>,
}

/// Looks up the values that a parameter is known to take, for the Tab key: names of accounts, for instance. It changes nothing,
/// asks nobody, and reads no path that somebody typed; what goes wrong is no value.
pub type Completer = for<'a> fn(&'a Ps<'_>) -> BoxFuture<'a, Vec<String>>;

/// What a parameter is in one parameter set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // as above
pub struct ParameterSet {
    /// The set's name.
    pub name: &'static str,
    /// Must be given.
    pub mandatory: bool,
    /// Its place among arguments without a name.
    pub position: Option<u16>,
    /// Takes the pipeline's objects.
    pub from_pipeline: bool,
    /// Takes the property of its own name or alias of the pipeline's objects.
    pub from_pipeline_by_property_name: bool,
    /// Takes all arguments that are left.
    pub from_remaining_arguments: bool,
}

impl ParameterSet {
    /// The name that stands for "in every set".
    pub const ALL: &'static str = "__AllParameterSets";
}

/// A parameter's .NET type, as far as commands use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are .NET's own
pub enum ParameterType {
    String,
    Char,
    Bool,
    Switch,
    Byte,
    Int16,
    Int32,
    Int64,
    UInt16,
    UInt32,
    UInt64,
    Single,
    Double,
    Decimal,
    DateTime,
    TimeSpan,
    Guid,
    Version,
    Uri,
    IpAddress,
    Xml,
    /// Arrives as text and never runs, so nothing converts to it (jea.md 3.5).
    ScriptBlock,
    SecureString,
    PsCredential,
    Hashtable,
    /// `System.Object`: anything.
    Object,
    Enum(&'static EnumInfo),
    Array(&'static ParameterType),
}

/// An enumeration that arguments are converted to.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumInfo {
    /// Full .NET name.
    pub type_name: &'static str,
    /// Names and values in the order that errors list them.
    pub members: &'static [(&'static str, i32)],
    /// `[Flags]`: takes several, with commas between them.
    pub flags: bool,
}

/// A validation attribute (jea.md 3.6).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Validation {
    /// `ValidateSet`, letter case aside.
    Set(&'static [&'static str]),
    /// `ValidateRange` over whole numbers.
    Range(i64, i64),
    /// `ValidateLength`.
    Length(usize, usize),
    /// `ValidateCount`.
    Count(usize, usize),
    /// `ValidatePattern`, letter case aside; anchored by whoever wrote it, and `$` never matches before a line feed.
    Pattern(&'static str),
    /// `ValidateNotNull`.
    NotNull,
    /// `ValidateNotNullOrEmpty`.
    NotNullOrEmpty,
    /// `ValidateNotNullOrWhiteSpace`.
    NotNullOrWhiteSpace,
}

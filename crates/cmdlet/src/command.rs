use crate::ParameterInfo;

/// All that a command declares. The derive writes it from the command's struct.
#[derive(Debug)]
pub struct CommandInfo {
    /// `Verb-Noun`.
    pub name: &'static str,
    /// The module it is listed under; empty for the eight built-ins.
    pub module: &'static str,
    /// One sentence: the first paragraph of the struct's doc comment.
    pub synopsis: &'static str,
    /// The other paragraphs.
    pub description: &'static str,
    /// Worked examples.
    pub examples: &'static [Example],
    /// Related links.
    pub links: &'static [&'static str],
    /// Where more is to be read on line, or nothing.
    pub help_uri: &'static str,
    /// Its own parameters in the order declared; the common ones are not among them.
    pub parameters: &'static [ParameterInfo],
    /// `DefaultParameterSetName`, or nothing.
    pub default_parameter_set: &'static str,
    /// .NET names of the types it writes.
    pub output_types: &'static [&'static str],
    /// `SupportsShouldProcess`: has `-WhatIf` and `-Confirm`.
    pub supports_should_process: bool,
    /// From which `$ConfirmPreference` on it asks before it acts.
    pub confirm_impact: ConfirmImpact,
    /// Which kind of role it belongs to.
    pub role_class: RoleClass,
    /// May arguments without a name be bound by position?
    pub positional_binding: bool,
}

/// One example of a command's help.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What is typed.
    pub code: &'static str,
    /// What it does.
    pub remarks: &'static str,
}

/// `System.Management.Automation.ConfirmImpact`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum ConfirmImpact {
    None,
    Low,
    #[default]
    Medium,
    High,
}

/// What a role must grant before it may run a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RoleClass {
    /// Part of every session: the eight built-ins.
    Session,
    /// Looks, and changes nothing.
    #[default]
    Read,
    /// Changes the endpoint's host or its accounts.
    Operate,
}

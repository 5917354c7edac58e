use clixml::Value;
use psrp::record::ErrorRecord;

use crate::bind::{ActionPreference, Sets};
use crate::convert::FromValue;
use crate::{CommandInfo, ParameterInfo, ParameterSet};

/// What a command's parameters are bound to: from the command line, from a prompt, and from the pipeline's current object.
#[derive(Clone, Debug)]
pub struct Bound {
    pub(crate) info: &'static CommandInfo,
    pub(crate) sets: Sets,
    pub(crate) sets_before_input: Sets,
    pub(crate) preferred_set: Sets,
    pub(crate) values: Vec<BoundParameter>,
    pub(crate) common: CommonParameters,
    pub(crate) common_names: Vec<&'static str>,
    pub(crate) names_variable: bool,
}

/// One bound parameter.
#[derive(Clone, Debug)]
pub(crate) struct BoundParameter {
    pub(crate) parameter: &'static ParameterInfo,
    pub(crate) value: Value,
    pub(crate) from_pipeline: bool,
}

/// The common parameters as a caller gave them. The five that name a variable are refused and so not here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommonParameters {
    /// `-Verbose`, `-Verbose:$false`, or neither.
    pub verbose: Option<bool>,
    /// `-Debug`.
    pub debug: Option<bool>,
    /// `-ErrorAction`.
    pub error_action: Option<ActionPreference>,
    /// `-WarningAction`.
    pub warning_action: Option<ActionPreference>,
    /// `-InformationAction`.
    pub information_action: Option<ActionPreference>,
    /// `-ProgressAction`.
    pub progress_action: Option<ActionPreference>,
    /// `-OutBuffer`.
    pub out_buffer: Option<i32>,
    /// `-WhatIf`.
    pub what_if: bool,
    /// `-Confirm`, `-Confirm:$false`, or neither.
    pub confirm: Option<bool>,
}

impl Bound {
    /// The command.
    pub fn info(&self) -> &'static CommandInfo {
        self.info
    }

    /// A parameter's value, converted to the parameter's type, if it is bound.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|bound| bound.parameter.name.eq_ignore_ascii_case(name)).map(|bound| &bound.value)
    }

    /// Is the parameter bound?
    pub fn is_bound(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Parameters and values in the order of binding.
    pub fn iter(&self) -> impl Iterator<Item = (&'static ParameterInfo, &Value)> {
        self.values.iter().map(|bound| (bound.parameter, &bound.value))
    }

    /// The common parameters.
    pub fn common(&self) -> &CommonParameters {
        &self.common
    }

    /// The chosen parameter set, or [`ParameterSet::ALL`] if the command has none.
    pub fn parameter_set(&self) -> &'static str {
        self.set_name().unwrap_or(ParameterSet::ALL)
    }

    /// A field's value; `None` if the parameter is not bound.
    pub fn field<T: FromValue>(&self, name: &str) -> Result<Option<T>, ErrorRecord> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => T::from_value(value).map(Some).ok_or_else(|| self.unusable(name)),
        }
    }

    /// The value of a field that is always bound when a command starts.
    pub fn required<T: FromValue>(&self, name: &str) -> Result<T, ErrorRecord> {
        self.field(name)?.ok_or_else(|| self.missing_mandatory(&[name]))
    }

    pub(crate) fn unbound(&self) -> impl Iterator<Item = &'static ParameterInfo> {
        let is_free = |parameter: &&ParameterInfo| !self.is_bound(parameter.name);
        self.info.parameters.iter().filter(is_free)
    }
}

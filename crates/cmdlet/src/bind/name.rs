//! Which parameter a name means (jea.md 3.2): the exact name or alias, else the one name that begins so; a command's own
//! parameter before the common ones.

use psrp::record::ErrorRecord;

use super::common::common_parameters;
use super::failure::BindingError;
use crate::{CommandInfo, ParameterInfo};

/// A parameter that a name means.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// One that the command declares.
    Declared(&'static ParameterInfo),
    /// One that every command has.
    Common(&'static ParameterInfo),
}

impl Target {
    pub(super) fn parameter(self) -> &'static ParameterInfo {
        match self {
            Target::Declared(parameter) | Target::Common(parameter) => parameter,
        }
    }
}

/// The parameter of this name, if there is one.
pub(super) fn find(info: &'static CommandInfo, name: &str) -> Result<Option<Target>, ErrorRecord> {
    let name = name.strip_prefix(is_dash).unwrap_or(name);
    if name.is_empty() {
        return Ok(None);
    }
    let all = || {
        let common = common_parameters(info.supports_should_process).map(Target::Common);
        info.parameters.iter().map(Target::Declared).chain(common)
    };
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    let exact = all().find(|target| is_it(target.parameter().name));
    if let Some(target) =
        exact.or_else(|| all().find(|target| target.parameter().aliases.iter().any(|alias| is_it(alias))))
    {
        return Ok(Some(target));
    }
    let begins = |full: &str| full.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let by_name = all().filter(|target| begins(target.parameter().name));
    let by_alias = all().filter(|target| {
        !begins(target.parameter().name) && target.parameter().aliases.iter().any(|alias| begins(alias))
    });
    let candidates: Vec<Target> = by_name.chain(by_alias).collect();
    let own: Vec<Target> = candidates.iter().filter(|target| matches!(target, Target::Declared(_))).copied().collect();
    match (candidates.as_slice(), own.as_slice()) {
        ([], _) => Ok(None),
        ([one], _) | (_, [one]) => Ok(Some(*one)),
        (several, _) => Err(ambiguous(info, name, several)),
    }
}

/// Hyphen-minus, en dash, em dash, horizontal bar: people paste all of them.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

fn ambiguous(info: &'static CommandInfo, name: &str, candidates: &[Target]) -> ErrorRecord {
    let list: String = candidates.iter().flat_map(|target| [" -", target.parameter().name]).collect();
    BindingError::new(info, "AmbiguousParameter").parameter_name(name).record(format!(
        "Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches include:{list}."
    ))
}

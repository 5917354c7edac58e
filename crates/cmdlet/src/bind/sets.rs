//! Parameter sets as bits (jea.md 3.3 step 4).

use psrp::record::ErrorRecord;

use super::failure::BindingError;
use crate::{Bound, CommandInfo, ParameterInfo, ParameterSet};

/// Some of a command's parameter sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sets(pub(crate) u32);

impl Sets {
    /// All, also of a command that has none.
    pub(crate) const ALL: Sets = Sets(u32::MAX);
    pub(super) const NONE: Sets = Sets(0);

    pub(super) fn and(self, other: Sets) -> Sets {
        Sets(self.0 & other.0)
    }

    pub(super) fn or(self, other: Sets) -> Sets {
        Sets(self.0 | other.0)
    }

    pub(super) fn without(self, other: Sets) -> Sets {
        Sets(self.0 & !other.0)
    }

    pub(super) fn meets(self, other: Sets) -> bool {
        self.0 & other.0 != 0
    }

    /// How many; all of them count as one.
    pub(super) fn count(self) -> u32 {
        if self == Sets::ALL { 1 } else { self.0.count_ones() }
    }
}

/// The names of a command's sets; the place of a name is its bit. The default one comes first.
pub(super) fn names(info: &CommandInfo) -> Vec<&'static str> {
    let mut names = Vec::new();
    if !info.default_parameter_set.is_empty() {
        names.push(info.default_parameter_set);
    }
    for set in info.parameters.iter().flat_map(|parameter| parameter.sets) {
        let known = set.name == ParameterSet::ALL || names.iter().any(|name| name.eq_ignore_ascii_case(set.name));
        if !known {
            names.push(set.name);
        }
    }
    names.truncate(31);
    names
}

/// The bit of a set; none for the name that stands for all.
pub(super) fn flag(info: &CommandInfo, name: &str) -> Sets {
    if name == ParameterSet::ALL || name.is_empty() {
        return Sets::NONE; // most commands have no sets: do not look for any
    }
    let at = names(info).iter().position(|known| known.eq_ignore_ascii_case(name));
    at.map_or(Sets::NONE, |at| Sets(1 << at))
}

/// The default set; none if there is none.
pub(super) fn default_set(info: &CommandInfo) -> Sets {
    flag(info, info.default_parameter_set)
}

/// The sets that a parameter names; none if it is just in all.
pub(super) fn sets_of(info: &CommandInfo, parameter: &ParameterInfo) -> Sets {
    parameter.sets.iter().fold(Sets::NONE, |sum, set| sum.or(flag(info, set.name)))
}

pub(super) fn in_all_sets(parameter: &ParameterInfo) -> bool {
    parameter.sets.iter().any(|set| set.name == ParameterSet::ALL)
}

/// What a parameter is in these sets, and in all.
pub(super) fn data_in<'a>(
    info: &'a CommandInfo,
    parameter: &'static ParameterInfo,
    sets: Sets,
) -> impl Iterator<Item = &'static ParameterSet> + 'a {
    let wanted = move |set: &&ParameterSet| set.name == ParameterSet::ALL || flag(info, set.name).meets(sets);
    parameter.sets.iter().filter(wanted)
}

pub(super) fn is_in(info: &CommandInfo, parameter: &ParameterInfo, sets: Sets) -> bool {
    in_all_sets(parameter) || sets_of(info, parameter).meets(sets)
}

pub(super) fn ambiguous(info: &CommandInfo) -> ErrorRecord {
    BindingError::new(info, "AmbiguousParameterSet").record(
        "Parameter set cannot be resolved using the specified named parameters. One or more parameters issued cannot be used \
         together or an insufficient number of parameters were provided.",
    )
}

impl Bound {
    /// Which sets are left. Answers how many; before the pipeline's objects several may be, if one of them takes objects.
    pub(super) fn choose_set(&mut self, before_input: bool, take_default: bool) -> Result<u32, ErrorRecord> {
        let info = self.info;
        let default = default_set(info);
        let waits = before_input && self.takes_pipeline_input(self.sets);
        if self.sets == Sets::NONE {
            return Err(ambiguous(info));
        }
        if self.sets == Sets::ALL {
            let named = u32::try_from(names(info).len()).unwrap_or(u32::MAX).max(1);
            if waits {
                return Ok(named);
            }
            if default != Sets::NONE {
                if take_default {
                    self.sets = default;
                    return Ok(1);
                }
                return Ok(named);
            }
            return if named > 1 { self.choose_by_mandatory() } else { Ok(named) };
        }
        let count = self.sets.count();
        if count == 1 {
            return Ok(1);
        }
        if (!before_input && self.sets == default) || self.sets.meets(default) {
            if take_default {
                self.sets = default;
                return Ok(1);
            }
            return Ok(count);
        }
        if waits { Ok(count) } else { self.choose_by_mandatory() }
    }

    /// The one set of those left that lacks no mandatory parameter.
    fn choose_by_mandatory(&mut self) -> Result<u32, ErrorRecord> {
        let info = self.info;
        let declared = info.parameters.iter().fold(Sets::NONE, |sum, parameter| sum.or(sets_of(info, parameter)));
        let mut wanting = Sets::NONE;
        for parameter in self.unbound() {
            for set in parameter.sets.iter().filter(|set| set.mandatory) {
                wanting = wanting.or(if set.name == ParameterSet::ALL { Sets::ALL } else { flag(info, set.name) });
            }
        }
        let left = self.sets.and(declared).without(wanting);
        if left.0.is_power_of_two() {
            self.sets = left;
            return Ok(1);
        }
        Err(ambiguous(info))
    }

    /// Does a parameter that is still free take the pipeline's objects in these sets?
    pub(super) fn takes_pipeline_input(&self, sets: Sets) -> bool {
        self.unbound().any(|parameter| data_in(self.info, parameter, sets).any(takes_input))
    }

    /// Leaves those sets that can still take the pipeline's objects, if there are any.
    pub(super) fn keep_sets_with_input(&mut self) {
        let mut taking = Sets::NONE;
        for parameter in self.unbound() {
            for set in data_in(self.info, parameter, self.sets).filter(|set| takes_input(set)) {
                if set.name == ParameterSet::ALL {
                    return;
                }
                taking = taking.or(flag(self.info, set.name));
            }
        }
        if taking != Sets::NONE {
            self.sets = self.sets.and(taking);
        }
    }

    /// After the last chance to choose: a command with sets must have come down to one.
    pub(super) fn verify_set_selected(&mut self) -> Result<(), ErrorRecord> {
        if self.sets == Sets::ALL && names(self.info).len() > 1 {
            let default = default_set(self.info);
            if default == Sets::NONE {
                return Err(ambiguous(self.info));
            }
            self.sets = default;
        }
        Ok(())
    }
}

pub(super) fn takes_input(set: &ParameterSet) -> bool {
    set.from_pipeline || set.from_pipeline_by_property_name
}

//! Which mandatory parameters are missing, and what to do about it (jea.md 3.3 step 5, 3.4).

use psrp::record::ErrorRecord;

use super::failure::BindingError;
use super::sets::{Sets, ambiguous, data_in, default_set, flag, takes_input};
use crate::{Bound, ParameterInfo, ParameterSet};

/// What one set still lacks.
struct Lack {
    /// The set; all for parameters that are in every set.
    sets: Sets,
    /// Can only be asked for.
    by_hand: Vec<&'static ParameterInfo>,
    /// May come with the pipeline's objects.
    from_input: usize,
}

impl Bound {
    /// Mandatory parameters of the sets that are left without a value. With input to come, those that the input may bring are
    /// not missing yet; a set that can do with the input is preferred.
    pub(super) fn missing_mandatory_parameters(
        &mut self,
        valid_sets: u32,
        input: bool,
    ) -> Result<Vec<&'static ParameterInfo>, ErrorRecord> {
        let info = self.info;
        if !input {
            let sets = self.sets;
            let missing = |parameter: &&'static ParameterInfo| data_in(info, parameter, sets).any(|set| set.mandatory);
            return Ok(self.unbound().filter(missing).collect());
        }
        let lacks = self.lacks();
        if lacks.is_empty() {
            return Ok(Vec::new());
        }
        let by_hand = |sets: Sets| -> Vec<&'static ParameterInfo> {
            let wanted = lacks.iter().filter(|lack| lack.sets == Sets::ALL || lack.sets.meets(sets));
            wanted.flat_map(|lack| lack.by_hand.iter().copied()).collect()
        };
        let own = lacks.iter().filter(|lack| lack.sets != Sets::ALL);
        let mut wanting = own.clone().fold(Sets::NONE, |sum, lack| sum.or(lack.sets)).and(self.sets);
        if wanting == Sets::NONE || lacks.iter().any(|lack| lack.sets == Sets::ALL) {
            let named = super::sets::names(info).len();
            let all = if named == 0 { Sets::ALL } else { Sets((1 << named) - 1) };
            wanting = self.sets.and(all);
        }
        let default = default_set(info);
        if valid_sets > 1 && self.sets.meets(default) && !wanting.meets(default) {
            // the default set lacks nothing: it stays, the others may still win an object
            let another = own.clone().any(|lack| lack.sets.meets(self.sets) && lack.from_input > 0);
            if !another {
                self.sets = self.sets.without(wanting);
                if self.sets != default {
                    self.preferred_set = default;
                }
                return Ok(Vec::new());
            }
        }
        match wanting.count() {
            0 => Err(ambiguous(info)),
            1 => Ok(by_hand(wanting)),
            _ if wanting.meets(default) && self.default_set_wins(&lacks) => {
                self.sets = default;
                Ok(by_hand(default))
            }
            _ => {
                let mut taking = own.clone().filter(|lack| lack.sets.meets(wanting) && lack.from_input > 0);
                match (taking.next(), taking.next()) {
                    (Some(one), None) => {
                        let missing = by_hand(one.sets);
                        let others =
                            own.filter(|lack| lack.sets != one.sets).fold(Sets::NONE, |sum, lack| sum.or(lack.sets));
                        self.sets = if missing.is_empty() { self.sets.without(others) } else { one.sets };
                        Ok(missing)
                    }
                    (first, _) => {
                        let hopeless =
                            own.filter(|lack| !lack.by_hand.is_empty()).fold(Sets::NONE, |sum, lack| sum.or(lack.sets));
                        self.sets = self.sets.without(hopeless);
                        if (first.is_none() && hopeless != Sets::NONE) || self.sets == Sets::NONE {
                            return Err(ambiguous(info));
                        }
                        Ok(Vec::new())
                    }
                }
            }
        }
    }

    fn default_set_wins(&self, lacks: &[Lack]) -> bool {
        let default = default_set(self.info);
        let other_does_with_input = lacks.iter().any(|lack| {
            lack.sets != Sets::ALL && lack.sets != default && lack.from_input > 0 && lack.by_hand.is_empty()
        });
        let all_asks = lacks.iter().any(|lack| lack.sets == Sets::ALL && !lack.by_hand.is_empty());
        !other_does_with_input || all_asks
    }

    fn lacks(&self) -> Vec<Lack> {
        let mut lacks: Vec<Lack> = Vec::new();
        for parameter in self.unbound() {
            for set in data_in(self.info, parameter, self.sets).filter(|set| set.mandatory) {
                let sets = if set.name == ParameterSet::ALL { Sets::ALL } else { flag(self.info, set.name) };
                let at = lacks.iter().position(|lack| lack.sets == sets).unwrap_or_else(|| {
                    lacks.push(Lack { sets, by_hand: Vec::new(), from_input: 0 });
                    lacks.len() - 1
                });
                let Some(lack) = lacks.get_mut(at) else { continue };
                if takes_input(set) {
                    lack.from_input += 1;
                } else {
                    lack.by_hand.push(parameter);
                }
            }
        }
        lacks
    }

    /// The mandatory parameters of the chosen set that even the pipeline's object did not bring.
    pub(super) fn still_missing(&self) -> Vec<&'static str> {
        let missing =
            |parameter: &&'static ParameterInfo| data_in(self.info, parameter, self.sets).any(|set| set.mandatory);
        self.unbound().filter(missing).map(|parameter| parameter.name).collect()
    }

    /// `MissingMandatoryParameter`: nobody could be asked, or nobody answered.
    pub(crate) fn missing_mandatory(&self, names: &[&str]) -> ErrorRecord {
        let list = spaced(names);
        BindingError::new(self.info, "MissingMandatoryParameter")
            .parameter_name(list.as_str())
            .record(format!("Cannot process command because of one or more missing mandatory parameters:{list}."))
    }
}

/// Names, each with a blank before it.
pub(super) fn spaced(names: &[&str]) -> String {
    names.iter().flat_map(|name| [" ", *name]).collect()
}

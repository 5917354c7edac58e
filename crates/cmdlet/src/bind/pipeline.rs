//! Binding an object of the pipeline (jea.md 3.3 step 6, 3.7).

use clixml::{Str, Value};
use psrp::record::ErrorRecord;

use super::failure::BindingError;
use super::mandatory::spaced;
use super::one::{Failure, Given, shown};
use super::sets::{Sets, data_in, default_set, is_in};
use crate::convert::{base, is_list, native_type_name};
use crate::{Bound, ParameterInfo, ParameterSet};

/// The four attempts in their order.
const ATTEMPTS: [(By, bool); 4] =
    [(By::Value, false), (By::PropertyName, false), (By::Value, true), (By::PropertyName, true)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Value,
    PropertyName,
}

impl Bound {
    /// Binds an object to the parameters that take pipeline input and were not bound on the command line.
    ///
    /// # Errors
    /// A non-terminating error about this object: the next one may do better.
    pub fn bind_pipeline_object(&mut self, object: &Value) -> Result<(), ErrorRecord> {
        self.clear_pipeline_object();
        let result = self.bind_object(object);
        if result.is_err() {
            self.clear_pipeline_object();
        }
        result.map_err(|error| match object {
            Value::Null => error, // nothing has no name and no type
            object => {
                let (full, short) = native_type_name(object);
                error.target(object.clone(), name(object, &full), short)
            }
        })
    }

    /// Forgets the object that was bound last.
    pub fn clear_pipeline_object(&mut self) {
        self.values.retain(|bound| !bound.from_pipeline);
        self.sets = self.sets_before_input;
    }

    fn bind_object(&mut self, object: &Value) -> Result<(), ErrorRecord> {
        let mut any = false;
        if self.preferred_set == Sets::NONE {
            any = self.attempt_all(object, self.sets, true)?;
        } else {
            any |= self.attempt_all(object, self.preferred_set, false)?;
            if self.sets != self.preferred_set {
                any |= self.attempt_all(object, self.sets.without(self.preferred_set), true)?;
            }
        }
        self.choose_set(false, true)?;
        self.verify_set_selected()?;
        if !any {
            return Err(BindingError::new(self.info, "InputObjectNotBound")
                .type_specified((!object.is_null()).then(|| native_type_name(object).0))
                .record(
                    "The input object cannot be bound to any parameters for the command either because the command does not take \
                     pipeline input or the input and its properties do not match any of the parameters that take pipeline input.",
                ));
        }
        let missing = self.still_missing();
        if missing.is_empty() {
            return Ok(());
        }
        let list = spaced(&missing);
        Err(BindingError::new(self.info, "InputObjectMissingMandatory")
            .type_specified((!object.is_null()).then(|| native_type_name(object).0))
            .record(format!(
                "The input object cannot be bound because it did not contain the information required to bind all mandatory \
                 parameters: {list}"
            )))
    }

    fn attempt_all(&mut self, object: &Value, mut sets: Sets, choose: bool) -> Result<bool, ErrorRecord> {
        let mut any = false;
        for (by, coerce) in ATTEMPTS {
            if self.attempt(object, by, coerce, sets)? {
                any = true;
                if choose {
                    self.choose_set(true, true)?;
                    sets = self.sets;
                }
            }
        }
        Ok(any)
    }

    /// One attempt: in the default set first, and only if nothing is bound there in the others.
    fn attempt(&mut self, object: &Value, by: By, coerce: bool, sets: Sets) -> Result<bool, ErrorRecord> {
        let default = default_set(self.info);
        if !sets.meets(default) {
            return self.attempt_in(object, by, coerce, sets);
        }
        if self.attempt_in(object, by, coerce, default)? {
            return Ok(true);
        }
        self.attempt_in(object, by, coerce, sets.without(default))
    }

    fn attempt_in(&mut self, object: &Value, by: By, coerce: bool, sets: Sets) -> Result<bool, ErrorRecord> {
        let mut any = false;
        let free: Vec<&'static ParameterInfo> = self.unbound().collect();
        for parameter in free.into_iter().rev() {
            if !is_in(self.info, parameter, sets) {
                continue;
            }
            let wanted = |set: &ParameterSet| match by {
                By::Value => set.from_pipeline,
                By::PropertyName => set.from_pipeline_by_property_name,
            };
            if !data_in(self.info, parameter, sets).any(wanted) {
                continue;
            }
            let value = match by {
                By::Value => Some(object),
                By::PropertyName => property(object, parameter),
            };
            let Some(value) = value else { continue };
            match self.bind_value(parameter, &Given::from_pipeline(value), coerce) {
                Ok(bound) => any |= bound,
                // by value, the next attempt may fit; a property of the right name that does not convert is an error
                Err(Failure::InvalidCast(_)) if by == By::Value || !coerce => {}
                Err(failure) => return Err(failure.into_record()),
            }
        }
        Ok(any)
    }
}

/// The object's property of the parameter's name, or of one of its aliases.
fn property<'a>(object: &'a Value, parameter: &ParameterInfo) -> Option<&'a Value> {
    if base(object).is_null() {
        return None;
    }
    std::iter::once(&parameter.name).chain(parameter.aliases).find_map(|name| object.property(name))
}

/// What an error calls an object: collections go by their type.
fn name(object: &Value, type_name: &str) -> Str {
    let is_dictionary = object.as_object().is_some_and(|object| object.entries().is_some());
    if is_dictionary || is_list(object) { type_name.into() } else { shown(object) }
}

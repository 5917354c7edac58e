//! The arguments of a command line, from named to positional to what is left.

use std::collections::BTreeMap;

use clixml::{Str, Value};
use psrp::record::ErrorRecord;

use super::CredentialQuestion;
use super::failure::BindingError;
use super::name::{Target, find};
use super::one::{Failure, Given, MASKED, shown, specified};
use super::sets::{Sets, data_in, default_set, is_in};
use crate::convert::{base, is_list};
use crate::{Argument, Bound, CommandInfo, ParameterInfo, ParameterType};

/// Arguments that have not found their parameter yet.
pub(super) struct ArgumentList(Vec<Parsed>);

/// An argument once names and values are paired.
#[derive(Clone)]
struct Parsed {
    name: Option<Str>,
    value: Option<Value>,
}

/// Why binding does not go on.
pub(super) enum Interruption {
    /// The command cannot run.
    Error(Box<ErrorRecord>),
    /// Somebody has to be asked first.
    Question(CredentialQuestion),
}

impl From<ErrorRecord> for Interruption {
    fn from(error: ErrorRecord) -> Interruption {
        Interruption::Error(Box::new(error))
    }
}

impl From<Failure> for Interruption {
    fn from(failure: Failure) -> Interruption {
        Interruption::Error(Box::new(failure.into_record()))
    }
}

/// Credentials that were asked for already, by parameter.
type Answers = [(&'static str, Value)];

impl ArgumentList {
    /// Pairs each name with its value (enter-pssession.md 6.5).
    pub(super) fn read(info: &'static CommandInfo, arguments: Vec<Argument>) -> Result<ArgumentList, ErrorRecord> {
        let mut list = Vec::with_capacity(arguments.len());
        let mut arguments = arguments.into_iter().peekable();
        while let Some(argument) = arguments.next() {
            let name = match argument {
                Argument::Value(value) => {
                    list.push(Parsed { name: None, value: Some(value) });
                    continue;
                }
                Argument::Pair(name, value) => {
                    list.push(Parsed { name: Some(name), value: Some(value) });
                    continue;
                }
                Argument::Name(name) => name,
            };
            let Some(target) = find(info, &name)? else {
                list.push(Parsed { name: Some(name), value: None });
                continue;
            };
            let parameter = target.parameter();
            if parameter.kind == ParameterType::Switch {
                list.push(Parsed { name: Some(name), value: Some(Value::Bool(true)) });
                continue;
            }
            let value = match arguments.peek() {
                None | Some(Argument::Pair(..)) => return Err(missing_argument(info, parameter)),
                Some(Argument::Value(value)) => value.clone(),
                Some(Argument::Name(next)) if find(info, next)?.is_some() => {
                    return Err(missing_argument(info, parameter));
                }
                // what looks like a name but is none is a value
                Some(Argument::Name(next)) => Value::string(format!("-{next}")),
            };
            arguments.next();
            list.push(Parsed { name: Some(parameter.name.into()), value: Some(value) });
        }
        Ok(ArgumentList(list))
    }

    /// Step 1: arguments with a name.
    pub(super) fn bind_named(&mut self, bound: &mut Bound, answers: &Answers) -> Result<(), Interruption> {
        let sets = bound.sets;
        let mut left = Vec::new();
        for argument in std::mem::take(&mut self.0) {
            let Some(name) = &argument.name else {
                left.push(argument);
                continue;
            };
            let Some(target) = find(bound.info, name)? else {
                left.push(argument);
                continue;
            };
            let parameter = target.parameter();
            if bound.is_bound(parameter.name) || bound.common_names.contains(&parameter.name) {
                return Err(already_bound(bound.info, name).into());
            }
            let value = argument.value.as_ref().unwrap_or(&Value::Null);
            match target {
                Target::Common(parameter) => bound.bind_common(parameter, value)?,
                Target::Declared(parameter) => {
                    if !is_in(bound.info, parameter, sets) {
                        return Err(not_in_set(bound, name).into());
                    }
                    let value = answered(answers, parameter, value)?;
                    bound.bind_value(parameter, &Given::argument(value), true)?;
                }
            }
        }
        self.0 = left;
        Ok(())
    }

    /// Step 2: arguments without a name: the default set before the others, values of the right type before converted ones.
    pub(super) fn bind_positional(&mut self, bound: &mut Bound, answers: &Answers) -> Result<(), Interruption> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut places: BTreeMap<u16, Vec<&'static ParameterInfo>> = BTreeMap::new();
        for parameter in bound.unbound() {
            for set in data_in(bound.info, parameter, bound.sets).filter(|set| !set.from_remaining_arguments) {
                let Some(position) = set.position else { continue };
                let here = places.entry(position).or_default();
                if !here.iter().any(|known| known.name == parameter.name) {
                    here.push(parameter);
                }
            }
        }
        let default = default_set(bound.info);
        let mut left = Vec::new();
        let mut arguments = std::mem::take(&mut self.0).into_iter().peekable();
        for (position, parameters) in places {
            let in_sets = |bound: &Bound| {
                let sets = bound.sets;
                parameters.iter().any(|parameter| stands_at(bound.info, parameter, sets, position))
            };
            if !in_sets(bound) {
                continue;
            }
            let Some(argument) = next_positional(&mut arguments, &mut left) else { break };
            let Some(value) = argument.value.clone() else { continue };
            let before = bound.sets;
            let mut done = false;
            for coerce in [false, true] {
                for sets in [default, before] {
                    if done || !before.meets(sets) {
                        continue;
                    }
                    for parameter in &parameters {
                        if stands_at(bound.info, parameter, sets, position) && !bound.is_bound(parameter.name) {
                            let value = answered(answers, parameter, &value)?;
                            done |= bind_at(bound, parameter, value, coerce)?;
                        }
                    }
                }
            }
            if !done {
                left.push(argument);
            }
        }
        left.extend(arguments);
        self.0 = left;
        Ok(())
    }

    /// Step 3: the parameter that takes all that is left.
    pub(super) fn bind_remaining(&mut self, bound: &mut Bound) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let takes = |parameter: &&'static ParameterInfo| {
            data_in(bound.info, parameter, bound.sets).any(|set| set.from_remaining_arguments)
        };
        let Some(parameter) = bound.unbound().find(takes) else { return Ok(()) };
        let mut values = Vec::new();
        for argument in std::mem::take(&mut self.0) {
            if let Some(name) = argument.name {
                let colon = if argument.value.is_some() { ":" } else { "" };
                values.push(Value::string(format!("-{name}{colon}")));
            }
            values.extend(argument.value);
        }
        let value = match values.as_slice() {
            [one] if is_list(one) => one.clone(),
            _ => Value::array(values),
        };
        bound.bind_value(parameter, &Given::argument(&value), true)?;
        Ok(())
    }

    /// What nobody takes is an error.
    pub(super) fn verify_processed(&self, info: &CommandInfo) -> Result<(), ErrorRecord> {
        let Some(argument) = self.0.first() else { return Ok(()) };
        let type_name = argument.value.as_ref().and_then(specified);
        if let Some(name) = &argument.name {
            return Err(BindingError::new(info, "NamedParameterNotFound")
                .parameter_name(name.clone())
                .type_specified(type_name)
                .record(format!("A parameter cannot be found that matches parameter name '{name}'.")));
        }
        // where a command takes secrets, what nobody takes may be one, and this text is put on record
        let shown = match &argument.value {
            Some(_) if info.parameters.iter().any(|parameter| parameter.secret) => MASKED.into(),
            value => value.as_ref().map_or_else(|| "$null".into(), shown),
        };
        Err(BindingError::new(info, "PositionalParameterNotFound")
            .parameter_name(shown.clone())
            .type_specified(type_name)
            .record(format!("A positional parameter cannot be found that accepts argument '{shown}'.")))
    }
}

/// The credential that was asked for already, if the argument was just a user name; else the argument.
fn answered<'a>(
    answers: &'a Answers,
    parameter: &'static ParameterInfo,
    value: &'a Value,
) -> Result<&'a Value, Interruption> {
    if let Some((_, answer)) = answers.iter().find(|(name, _)| *name == parameter.name) {
        return Ok(answer);
    }
    let user_name = match base(value) {
        Value::String(user_name) => user_name.clone(),
        Value::Null if parameter.sets.iter().any(|set| set.mandatory) => Str::default(),
        _ => return Ok(value),
    };
    if parameter.kind == ParameterType::PsCredential {
        return Err(Interruption::Question(CredentialQuestion { parameter: parameter.name, user_name }));
    }
    Ok(value)
}

fn stands_at(info: &CommandInfo, parameter: &'static ParameterInfo, sets: Sets, position: u16) -> bool {
    data_in(info, parameter, sets).any(|set| set.position == Some(position) && !set.from_remaining_arguments)
}

/// Binds by position; a value of the wrong type is not an error as long as nothing has to be converted.
fn bind_at(bound: &mut Bound, parameter: &'static ParameterInfo, value: &Value, coerce: bool) -> Result<bool, Failure> {
    match bound.bind_value(parameter, &Given::argument(value), coerce) {
        Err(Failure::InvalidCast(_)) if !coerce => Ok(false),
        other => other,
    }
}

/// The next argument without a name. Those with one that nobody knows are passed over with what follows them.
fn next_positional(
    arguments: &mut std::iter::Peekable<std::vec::IntoIter<Parsed>>,
    left: &mut Vec<Parsed>,
) -> Option<Parsed> {
    while let Some(argument) = arguments.next() {
        if argument.name.is_none() {
            return Some(argument);
        }
        left.push(argument);
        if let Some(value) = arguments.next_if(|next| next.name.is_none()) {
            left.push(value);
        }
    }
    None
}

fn missing_argument(info: &CommandInfo, parameter: &ParameterInfo) -> ErrorRecord {
    let kind = parameter.kind.full_name();
    let message = format!(
        "Missing an argument for parameter '{}'. Specify a parameter of type '{kind}' and try again.",
        parameter.name
    );
    BindingError::new(info, "MissingArgument").parameter_name(parameter.name).parameter_type(kind).record(message)
}

fn already_bound(info: &CommandInfo, name: &Str) -> ErrorRecord {
    BindingError::new(info, "ParameterAlreadyBound").parameter_name(name.clone()).record(format!(
        "Cannot bind parameter because parameter '{name}' is specified more than once. To provide multiple values to \
         parameters that can accept multiple values, use the array syntax. For example, \"-parameter value1,value2,value3\"."
    ))
}

fn not_in_set(bound: &Bound, name: &Str) -> ErrorRecord {
    BindingError::new(bound.info, "ParameterNotInParameterSet").parameter_name(name.clone()).record(format!(
        "Parameter '{name}' cannot be specified in parameter set '{}'.",
        bound.set_name().unwrap_or_default()
    ))
}

impl Bound {
    /// The name of the one set that is left, or of the default one if it is among those.
    pub(crate) fn set_name(&self) -> Option<&'static str> {
        let named = super::sets::names(self.info);
        let default = default_set(self.info);
        if self.sets.meets(default) {
            return named.first().copied();
        }
        if self.sets == Sets::ALL {
            return None;
        }
        named.get(self.sets.0.trailing_zeros() as usize).copied()
    }
}

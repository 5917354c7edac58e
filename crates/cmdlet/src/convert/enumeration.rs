//! Enumerations: a member's name in any letter case, the beginning of one name only, a value, several for flags.

use clixml::{Object, Value};

use super::error::Cause;
use super::number::{as_integer, as_number};
use super::{ConversionError, base, items, text};
use crate::{EnumInfo, ParameterType};

pub(super) fn convert(value: &Value, info: &'static EnumInfo) -> Result<Value, ConversionError> {
    if let Some(list) = items(base(value)) {
        let names: Vec<_> = list.iter().map(|item| text(item).to_string()).collect();
        return from_text(&names.join(","), info);
    }
    match base(value) {
        Value::Null => Err(ConversionError::new(format!(
            "Cannot convert null to type \"{}\" due to enumeration values that are not valid. Specify one of the following \
             enumeration values and try again. The possible enumeration values are \"{}\".",
            info.type_name,
            names(info, ",")
        ))),
        Value::String(shown) => from_text(shown, info),
        inner => match as_number(inner).and_then(as_integer) {
            Some(number) => member(number, &text(inner), info),
            None => Err(ConversionError::no_conversion(value, &ParameterType::Enum(info))),
        },
    }
}

fn from_text(shown: &str, info: &'static EnumInfo) -> Result<Value, ConversionError> {
    if !info.flags && shown.contains(',') {
        return Err(ConversionError::new(format!(
            "Cannot convert value \"{shown}\" to type \"{}\" because no commas are allowed for this enumeration.",
            info.type_name
        )));
    }
    let mut sum = 0;
    for name in shown.split(',') {
        sum |= i128::from(one(name.trim(), shown, info)?);
    }
    member(sum, shown, info)
}

fn one(name: &str, shown: &str, info: &'static EnumInfo) -> Result<i32, ConversionError> {
    if let Ok(number) = name.parse::<i32>() {
        return Ok(number);
    }
    let exact = info.members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name));
    if let Some((_, number)) = exact {
        return Ok(*number);
    }
    let begins = |member: &str| member.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let candidates: Vec<_> = info.members.iter().filter(|(member, _)| !name.is_empty() && begins(member)).collect();
    match candidates.as_slice() {
        [(_, number)] => Ok(*number),
        [] => Err(no_match(name, shown, info)),
        several => {
            let list: Vec<_> = several.iter().map(|(name, _)| *name).collect();
            Err(ConversionError::because(
                shown,
                info.type_name,
                Cause::runtime(format!(
                    "The identifier name {name} cannot be processed because it is either too similar or identical to the \
                     following enumerator names: {}. Use a more specific identifier name.",
                    list.join(", ")
                )),
            ))
        }
    }
}

fn no_match(name: &str, shown: &str, info: &'static EnumInfo) -> ConversionError {
    ConversionError::because(
        shown,
        info.type_name,
        Cause::runtime(format!(
            "Unable to match the identifier name {name} to a valid enumerator name. Specify one of the following enumerator \
             names and try again:\n{}",
            names(info, ", ")
        )),
    )
}

/// The member of this value, or the members that it is made of.
fn member(number: i128, shown: &str, info: &'static EnumInfo) -> Result<Value, ConversionError> {
    let undefined = || {
        ConversionError::new(format!(
            "Cannot convert value \"{shown}\" to type \"{}\" due to enumeration values that are not valid. Specify one of the \
             following enumeration values and try again. The possible enumeration values are \"{}\".",
            info.type_name,
            names(info, ",")
        ))
    };
    let number = i32::try_from(number).map_err(|_| undefined())?;
    let name = name_of(number, info).ok_or_else(undefined)?;
    Ok(Object::enumeration(info.type_name, &name, number).into())
}

/// A value's name; for flags the names of its bits with commas between them.
pub(super) fn name_of(number: i32, info: &EnumInfo) -> Option<String> {
    if let Some((name, _)) = info.members.iter().find(|(_, value)| *value == number) {
        return Some((*name).to_owned());
    }
    if !info.flags || number == 0 {
        return None;
    }
    let mut parts = Vec::new();
    let mut rest = number;
    let mut by_value: Vec<_> = info.members.iter().filter(|(_, value)| *value != 0).collect();
    by_value.sort_by_key(|(_, value)| std::cmp::Reverse(value.cast_unsigned()));
    for (name, value) in by_value {
        if rest & value == *value {
            parts.insert(0, *name);
            rest &= !value;
        }
    }
    (rest == 0).then(|| parts.join(", "))
}

fn names(info: &EnumInfo, separator: &str) -> String {
    let names: Vec<_> = info.members.iter().map(|(name, _)| *name).collect();
    names.join(separator)
}

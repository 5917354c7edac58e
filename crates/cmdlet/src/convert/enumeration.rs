//! Enumerations: a member's name in any letter case, the beginning of one name only, a value, several for flags.

use clixml::{Object, Value};

use super::error::Cause;
use super::{ConversionError, base, items, quoted, real_number, text, whole_number};
use crate::{EnumInfo, ParameterType};

pub(super) fn convert(value: &Value, info: &'static EnumInfo) -> Result<Value, ConversionError> {
    convert_within(value, info, 0)
}

fn convert_within(value: &Value, info: &'static EnumInfo, depth: u8) -> Result<Value, ConversionError> {
    let inner = base(value);
    if let Some(list) = items(inner).filter(|_| depth < 8) {
        let one = |item: &Value| match base(item) {
            Value::String(name) => Ok(name.clone()),
            _ => convert_within(item, info, depth + 1).map(|member| text(&member)),
        };
        let names = list.iter().map(one).collect::<Result<Vec<_>, ConversionError>>()?;
        return from_text(&names.join(","), info);
    }
    match inner {
        Value::Null => Err(ConversionError::new(format!(
            "Cannot convert null to type \"{}\" due to enumeration values that are not valid. Specify one of the following \
             enumeration values and try again. The possible enumeration values are \"{}\".",
            info.type_name,
            names(info, ",")
        ))),
        Value::String(shown) => from_text(shown, info),
        _ => match whole_number(inner) {
            Some(number) => member(number, &quoted(inner), info),
            None if real_number(inner).is_some() => from_text(&text(inner), info),
            None => Err(ConversionError::refused(value, &ParameterType::Enum(info))),
        },
    }
}

/// `Enum.Parse` first: one value, or names with commas between them. Then the beginning of one name.
fn from_text(shown: &str, info: &'static EnumInfo) -> Result<Value, ConversionError> {
    let number = match parse(shown, info) {
        Some(number) => number,
        None => beginning(shown, info)?,
    };
    member(number.into(), shown, info)
}

fn parse(shown: &str, info: &EnumInfo) -> Option<i32> {
    if let Ok(number) = shown.trim().parse::<i32>() {
        return Some(number);
    }
    let one = |name: &str| info.members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name.trim()));
    shown.split(',').map(|name| one(name).map(|(_, number)| *number)).try_fold(0, |sum, number| Some(sum | number?))
}

fn beginning(name: &str, info: &'static EnumInfo) -> Result<i32, ConversionError> {
    let begins = |member: &str| member.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let candidates: Vec<_> = info.members.iter().filter(|(member, _)| begins(member)).collect();
    match candidates.as_slice() {
        [(_, number)] => Ok(*number),
        [] => Err(no_match(name, info)),
        several => {
            let list: Vec<_> = several.iter().map(|(name, _)| *name).collect();
            Err(ConversionError::because(
                name,
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

fn no_match(name: &str, info: &'static EnumInfo) -> ConversionError {
    ConversionError::because(
        name,
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

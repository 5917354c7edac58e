//! Types that have a parser of their own: GUIDs, versions, URIs, addresses, characters, XML.

use std::net::IpAddr;

use clixml::{Guid, Object, Str, Value, Version};

use super::error::Cause;
use super::source::wrapped_text;
use super::{ConversionError, base, quoted, text, type_short_name, xml};
use crate::ParameterType;

pub(super) fn convert(value: &Value, to: &ParameterType) -> Result<Value, ConversionError> {
    let inner = base(value);
    match (to, inner) {
        (ParameterType::Guid, Value::Guid(_))
        | (ParameterType::Version, Value::Version(_))
        | (ParameterType::Uri, Value::Uri(_))
        | (ParameterType::Char, Value::Char(_))
        | (ParameterType::Xml, Value::Xml(_)) => return Ok(inner.clone()),
        (ParameterType::Version | ParameterType::Uri | ParameterType::IpAddress | ParameterType::Xml, Value::Null) => {
            return Ok(Value::Null);
        }
        (ParameterType::Char, Value::Null) => return Ok(Value::Char(0)),
        (ParameterType::IpAddress, Value::Object(object)) if object.is_a("System.Net.IPAddress") => {
            return address(&text(inner))
                .map_err(|cause| ConversionError::because(&text(inner), &to.full_name(), cause));
        }
        (_, Value::Null) => return Err(ConversionError::no_conversion(value, to)),
        _ => {}
    }
    let shown: Str = match inner {
        Value::String(shown) => shown.clone(),
        _ if matches!(to, ParameterType::Char) => quoted(inner),
        _ if matches!(to, ParameterType::Xml) => quoted(value),
        // a number goes by its text, a literal by the text it was typed as
        _ if super::real_number(inner).is_some() => wrapped_text(value).map_or_else(|| text(inner), Into::into),
        Value::Object(_) if matches!(to, ParameterType::Uri | ParameterType::IpAddress) => {
            return Err(ConversionError::no_conversion(value, to));
        }
        _ => return Err(ConversionError::refused(value, to)),
    };
    let parsed = match to {
        ParameterType::Guid => guid(&shown),
        ParameterType::Version => version(&shown),
        ParameterType::Uri => uri(&shown),
        ParameterType::IpAddress => address(&shown),
        ParameterType::Char => return character(value, inner, &shown),
        _ => xml::check(&shown).map(|()| Value::Xml(shown.clone())),
    };
    parsed.map_err(|cause| ConversionError::because(&shown, &to.full_name(), cause))
}

/// The forms N, D, B and P: 32 digits, with dashes, and those in braces or parentheses.
fn guid(shown: &str) -> Result<Value, Cause> {
    let trimmed = shown.trim();
    let inner = match (trimmed.strip_prefix('{'), trimmed.strip_prefix('(')) {
        (Some(rest), _) => rest.strip_suffix('}').unwrap_or(rest),
        (_, Some(rest)) => rest.strip_suffix(')').unwrap_or(rest),
        _ => trimmed,
    };
    let closed = trimmed.len() == inner.len() || trimmed.len() == inner.len() + 2;
    let (length, dashed) = (inner.len(), inner.contains('-') && inner.len() >= 32);
    if closed && (length == 36 || (length == 32 && length == trimmed.len())) {
        let only_hex = inner.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        return match Guid::try_parse(inner) {
            Ok(guid) => Ok(Value::Guid(guid)),
            Err(_) if !only_hex => Err(Cause::format("Guid string should only contain hexadecimal characters.")),
            Err(_) => Err(Cause::format("Dashes are in the wrong position for GUID parsing.")),
        };
    }
    Err(Cause::format(if dashed {
        "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."
    } else {
        "Unrecognized Guid format."
    }))
}

/// Two to four numbers, with blanks and plus signs where .NET lets them stand.
fn version(shown: &str) -> Result<Value, Cause> {
    let parts: Vec<&str> = shown.split('.').collect();
    if !(2..=4).contains(&parts.len()) {
        return Err(Cause::argument("Version string portion was too short or too long. (Parameter 'input')"));
    }
    let number = |part: &&str| -> Result<u32, Cause> {
        let digits = part.trim();
        let digits = digits.strip_prefix('+').unwrap_or(digits);
        if let Some(negative) = digits.strip_prefix('-').filter(|rest| rest.parse::<u32>().is_ok()) {
            return Err(Cause::argument(format!(
                "input ('{part}') must be a non-negative value. (Parameter 'input')\nActual value was -{negative}."
            )));
        }
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Cause::format(format!("The input string '{part}' was not in a correct format.")));
        }
        let number = digits.parse().ok().filter(|number| i32::try_from(*number).is_ok());
        number.ok_or_else(|| Cause::overflow("Value was either too large or too small for an Int32."))
    };
    let numbers = parts.iter().map(number).collect::<Result<Vec<u32>, Cause>>()?;
    let at = |index: usize| numbers.get(index).copied();
    let (major, minor) = (at(0).unwrap_or(0), at(1).unwrap_or(0));
    Ok(Value::Version(Version { major, minor, build: at(2), revision: at(3) }))
}

/// Four decimal numbers, or IPv6, in brackets too. Octal, hexadecimal and shortened addresses, which .NET would take, are
/// refused: they have hidden more than one host.
fn address(shown: &str) -> Result<Value, Cause> {
    let plain = shown.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(shown);
    let address: IpAddr = plain.parse().map_err(|_| Cause::format("An invalid IP address was specified."))?;
    Ok(ip_address(address))
}

/// Anything relative; of what begins like an absolute one, the host must be there.
fn uri(shown: &str) -> Result<Value, Cause> {
    let trimmed = shown.trim();
    if let Some((scheme, rest)) = trimmed.split_once("://")
        && ["http", "https", "ftp", "ws", "wss"].iter().any(|known| known.eq_ignore_ascii_case(scheme))
    {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(Cause::format("Invalid URI: The hostname could not be parsed."));
        }
    }
    Ok(Value::Uri(trimmed.into()))
}

/// An address as the one form that it has in a `Bound`.
pub(super) fn ip_address(address: IpAddr) -> Value {
    Object::with_type_names(&["System.Net.IPAddress", "System.Object"]).text(address.to_string()).into()
}

fn character(value: &Value, inner: &Value, shown: &str) -> Result<Value, ConversionError> {
    let to = &ParameterType::Char;
    let mut units = shown.encode_utf16();
    match (inner, units.next(), units.next()) {
        (Value::String(_), Some(unit), None) => Ok(Value::Char(unit)),
        (Value::String(_), ..) => Err(ConversionError::because(
            shown,
            &to.full_name(),
            Cause::format("String must be exactly one character long."),
        )),
        _ => match super::whole_number(inner) {
            Some(number) => match u16::try_from(number) {
                Ok(unit) => Ok(Value::Char(unit)),
                Err(_) => Err(ConversionError::because(
                    &quoted(inner),
                    &to.full_name(),
                    Cause::overflow("Value was either too large or too small for a character."),
                )),
            },
            None if super::real_number(inner).is_some() || matches!(inner, Value::Bool(_) | Value::DateTime(_)) => {
                let cause = Cause::invalid_cast(format!("Invalid cast from '{}' to 'Char'.", type_short_name(inner)));
                Err(ConversionError::because(&quoted(inner), &to.full_name(), cause))
            }
            None => Err(ConversionError::no_conversion(value, to)),
        },
    }
}

//! Types that have a parser of their own: GUIDs, versions, URIs, addresses, characters, XML.

use std::net::IpAddr;

use clixml::{Guid, Object, Str, Value, Version};

use super::error::Cause;
use super::source::literal_text;
use super::{ConversionError, base, text};
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
        Value::Object(_) | Value::Bytes(_) => return Err(ConversionError::no_conversion(value, to)),
        // a number goes by its text, a literal by the text it was typed as
        _ => literal_text(value).map_or_else(|| text(inner), Into::into),
    };
    let parsed = match to {
        ParameterType::Guid => guid(&shown),
        ParameterType::Version => version(&shown),
        ParameterType::Uri => Ok(Value::Uri(shown.clone())),
        ParameterType::IpAddress => address(&shown),
        ParameterType::Char => return character(value, inner, &shown),
        _ => xml(&shown),
    };
    parsed.map_err(|cause| ConversionError::because(&shown, &to.full_name(), cause))
}

/// The forms N, D, B and P: 32 digits, with dashes, and those in braces or parentheses.
fn guid(shown: &str) -> Result<Value, Cause> {
    let trimmed = shown.trim();
    let unrecognized = || Cause::format("Unrecognized Guid format.");
    let dashed = |text: &str| text.len() == 36;
    let inner = match (trimmed.strip_prefix('{'), trimmed.strip_prefix('(')) {
        (Some(rest), _) => rest.strip_suffix('}').filter(|inner| dashed(inner)),
        (_, Some(rest)) => rest.strip_suffix(')').filter(|inner| dashed(inner)),
        _ => Some(trimmed).filter(|inner| dashed(inner) || inner.len() == 32),
    };
    inner.and_then(|inner| Guid::try_parse(inner).ok()).map(Value::Guid).ok_or_else(unrecognized)
}

fn version(shown: &str) -> Result<Value, Cause> {
    if let Ok(version) = shown.parse::<Version>() {
        return Ok(Value::Version(version));
    }
    let parts = shown.split('.').count();
    Err(if (2..=4).contains(&parts) {
        Cause::format(format!("The input string '{shown}' was not in a correct format."))
    } else {
        Cause::argument("Version string portion was too short or too long. (Parameter 'input')")
    })
}

fn address(shown: &str) -> Result<Value, Cause> {
    let invalid = || Cause::format("An invalid IP address was specified.");
    let plain = shown.trim().trim_start_matches('[').trim_end_matches(']');
    let address: IpAddr = plain.parse().map_err(|_| invalid())?;
    Ok(ip_address(address))
}

/// An address as the one form that it has in a `Bound`.
pub(super) fn ip_address(address: IpAddr) -> Value {
    Object::with_type_names(&["System.Net.IPAddress", "System.Object"]).text(address.to_string()).into()
}

fn character(value: &Value, inner: &Value, shown: &str) -> Result<Value, ConversionError> {
    let to = &ParameterType::Char;
    if let Some(number) = super::number::as_number(inner) {
        let unit = super::number::as_integer(number).and_then(|n| u16::try_from(n).ok());
        return unit.map(Value::Char).ok_or_else(|| {
            let cause = Cause::overflow("Value was either too large or too small for a character.");
            ConversionError::because(shown, &to.full_name(), cause)
        });
    }
    let mut units = shown.encode_utf16();
    match (inner, units.next(), units.next()) {
        (Value::String(_), None, _) => Ok(Value::Char(0)),
        (Value::String(_), Some(unit), None) => Ok(Value::Char(unit)),
        (Value::String(_), ..) => Err(ConversionError::because(
            shown,
            &to.full_name(),
            Cause::format("String must be exactly one character long."),
        )),
        _ => Err(ConversionError::no_conversion(value, to)),
    }
}

/// Text that begins like a document. What it says is the command's business.
fn xml(shown: &str) -> Result<Value, Cause> {
    let trimmed = shown.trim();
    if trimmed.starts_with('<') && trimmed.ends_with('>') {
        Ok(Value::Xml(shown.into()))
    } else {
        Err(Cause::argument("Data at the root level is invalid. Line 1, position 1."))
    }
}

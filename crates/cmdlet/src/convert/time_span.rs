//! `System.TimeSpan`: text, and numbers of ticks.

use clixml::{TimeSpan, Value};

use super::error::Cause;
use super::number::{as_integer, as_number};
use super::{ConversionError, base, text};
use crate::ParameterType;

pub(super) fn convert(value: &Value) -> Result<Value, ConversionError> {
    let to = &ParameterType::TimeSpan;
    match base(value) {
        Value::TimeSpan(span) => Ok(Value::TimeSpan(*span)),
        Value::String(shown) => match parse(shown) {
            Ok(span) => Ok(Value::TimeSpan(span)),
            Err(cause) => Err(ConversionError::because(shown, &to.full_name(), cause)),
        },
        Value::Bool(_) | Value::Char(_) | Value::Null => Err(ConversionError::no_conversion(value, to)),
        inner => match as_number(inner).map(as_integer) {
            Some(Some(ticks)) if i64::try_from(ticks).is_ok() => {
                Ok(Value::TimeSpan(TimeSpan::from_ticks(i64::try_from(ticks).unwrap_or_default())))
            }
            Some(_) => Err(ConversionError::because(
                &text(inner),
                &to.full_name(),
                Cause::overflow("Value was either too large or too small for an Int64."),
            )),
            None => Err(ConversionError::no_conversion(value, to)),
        },
    }
}

/// Days, hours, minutes, seconds, as `TimeSpan.Parse` reads them in the invariant culture: `d`, `hh:mm`, `d.hh:mm`,
/// `hh:mm:ss`, `d:hh:mm:ss`, `d.hh:mm:ss.fffffff`, with a minus sign before all of it.
fn parse(shown: &str) -> Result<TimeSpan, Cause> {
    let wrong_form = || Cause::format(format!("String '{shown}' was not recognized as a valid TimeSpan."));
    let too_long = || {
        Cause::overflow(format!(
            "The TimeSpan string '{shown}' could not be parsed because at least one of the numeric components is out of \
             range or contains too many digits."
        ))
    };
    let trimmed = shown.trim();
    let (negative, unsigned) = trimmed.strip_prefix('-').map_or((false, trimmed), |rest| (true, rest));
    let mut parts: Vec<&str> = unsigned.split(':').collect();
    let mut fraction = "";
    let mut days = "0";
    if parts.len() == 1 {
        days = std::mem::replace(&mut parts, vec!["0", "0", "0"])[0];
    } else {
        if let Some((day, hour)) = parts[0].split_once('.') {
            days = day;
            parts[0] = hour;
        }
        let last = parts.len() - 1;
        if let Some((seconds, rest)) = parts[last].split_once('.') {
            if parts.len() < 3 {
                return Err(wrong_form());
            }
            (parts[last], fraction) = (seconds, rest);
            if fraction.is_empty() {
                return Err(wrong_form());
            }
        }
        match parts.len() {
            2 => parts.push("0"),
            3 => {}
            4 if days == "0" => days = parts.remove(0),
            _ => return Err(wrong_form()),
        }
    }
    let number = |digits: &str, limit: i64| -> Result<i64, Cause> {
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong_form());
        }
        digits.parse().ok().filter(|n| *n <= limit).ok_or_else(too_long)
    };
    let [hours, minutes, seconds] = parts.as_slice() else { return Err(wrong_form()) };
    let days = number(days, 10_675_199)?;
    let (hours, minutes, seconds) = (number(hours, 23)?, number(minutes, 59)?, number(seconds, 59)?);
    if fraction.len() > 7 {
        return Err(too_long());
    }
    let fraction = if fraction.is_empty() { 0 } else { number(&format!("{fraction:0<7}"), 9_999_999)? };
    let seconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    let ticks = seconds.checked_mul(TimeSpan::TICKS_PER_SECOND).and_then(|ticks| ticks.checked_add(fraction));
    let ticks = ticks.ok_or_else(too_long)?;
    Ok(TimeSpan::from_ticks(if negative { -ticks } else { ticks }))
}

/// The constant form `[-][d.]hh:mm:ss[.fffffff]`.
pub(super) fn constant(span: TimeSpan) -> String {
    let ticks = span.ticks.unsigned_abs();
    let per_second = TimeSpan::TICKS_PER_SECOND.unsigned_abs();
    let (seconds, fraction) = (ticks / per_second, ticks % per_second);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let sign = if span.ticks < 0 { "-" } else { "" };
    let days = if days > 0 { format!("{days}.") } else { String::new() };
    let fraction = if fraction > 0 { format!(".{fraction:07}") } else { String::new() };
    format!("{sign}{days}{hours:02}:{minutes:02}:{:02}{fraction}", seconds % 60)
}

//! `System.TimeSpan`: text, and numbers of ticks.

use clixml::{TimeSpan, Value};

use super::error::Cause;
use super::number::{as_number, ticks};
use super::{ConversionError, base, text};
use crate::ParameterType;

pub(super) fn convert(value: &Value) -> Result<Value, ConversionError> {
    let to = &ParameterType::TimeSpan;
    let shown = match base(value) {
        Value::TimeSpan(span) => return Ok(Value::TimeSpan(*span)),
        Value::String(shown) => shown.clone(),
        Value::Bool(_) | Value::DateTime(_) => return Err(ConversionError::refused(value, to)),
        inner => match ticks(inner) {
            Some(ticks) => return Ok(Value::TimeSpan(TimeSpan::from_ticks(ticks))),
            None if as_number(inner).is_some() => text(inner),
            None => return Err(ConversionError::refused(value, to)),
        },
    };
    parse(&shown).map(Value::TimeSpan).map_err(|cause| ConversionError::because(&shown, &to.full_name(), cause))
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
    let [days, hours, minutes, seconds, fraction] = split(unsigned).ok_or_else(|| {
        let long = unsigned.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 8);
        if long { too_long() } else { wrong_form() }
    })?;
    let mut parts = [0_i64; 4];
    for (part, digits) in parts.iter_mut().zip([days, hours, minutes, seconds]) {
        *part = digits.parse().map_err(|_| too_long())?;
    }
    let [mut days, mut hours, mut minutes, mut seconds] = parts;
    if hours > 23 && days == 0 && unsigned.split(':').count() == 3 {
        // three parts that are no time of day are days, hours and minutes
        (days, hours, minutes, seconds) = (hours, minutes, seconds, 0);
    }
    if days > 10_675_199 || hours > 23 || minutes > 59 || seconds > 59 {
        return Err(too_long());
    }
    let fraction: i64 = format!("{fraction:0<8.8}").parse().map_err(|_| too_long())?;
    let seconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    let ticks =
        seconds.checked_mul(TimeSpan::TICKS_PER_SECOND).and_then(|ticks| ticks.checked_add((fraction + 5) / 10));
    let ticks = ticks.ok_or_else(too_long)?;
    Ok(TimeSpan::from_ticks(if negative { -ticks } else { ticks }))
}

/// Days, hours, minutes, seconds and fraction, as digits.
fn split(unsigned: &str) -> Option<[&str; 5]> {
    let (whole, fraction) = match unsigned.rsplit_once('.') {
        // a point before the first colon ends the days
        Some((whole, fraction)) if !fraction.contains(':') => (whole, fraction),
        _ => (unsigned, "0"),
    };
    let mut parts: Vec<&str> = whole.split(':').collect();
    let first = parts.first().copied()?;
    if let Some((days, hours)) = first.split_once('.') {
        parts.splice(0..1, [days, hours]);
        if parts.len() < 3 {
            return None;
        }
    } else if parts.len() == 1 {
        parts.extend(["0", "0", "0"]);
    } else if parts.len() < 4 {
        parts.insert(0, "0");
    }
    if parts.len() == 3 {
        parts.push("0");
    }
    let colons = unsigned.matches(':').count();
    if unsigned.len() != whole.len() && colons < 2 {
        return None;
    }
    let [days, hours, minutes, seconds] = parts.as_slice() else { return None };
    let all = [*days, *hours, *minutes, *seconds, fraction];
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all.iter().all(digits).then_some(all)
}

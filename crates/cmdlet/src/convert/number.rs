//! Numbers: in range or refused, halves rounded to even, text as number literals.

use clixml::{Decimal, Value};

use super::error::Cause;
use super::scan::{self, Number};
use super::{ConversionError, base, quoted, type_full_name};
use crate::ParameterType;

pub(super) fn convert(value: &Value, to: &ParameterType) -> Result<Value, ConversionError> {
    let number = match base(value) {
        Value::Null => Number::Integer(0),
        Value::String(text) | Value::ScriptBlock(text) => return from_text(text, to),
        Value::Bool(truth) => Number::Integer(i128::from(*truth)),
        Value::Char(unit) => Number::Integer(i128::from(*unit)),
        Value::DateTime(_) => return Err(invalid_cast(value, to)),
        inner => match as_number(inner) {
            Some(number) => number,
            None if *to == ParameterType::Decimal => return Err(ConversionError::refused(value, to)),
            None => return Err(ConversionError::no_conversion(value, to)),
        },
    };
    let single = matches!(base(value), Value::Single(_)) && *to == ParameterType::Decimal;
    let fitted = if single { single_to_decimal(number) } else { fit(number, to) };
    fitted.ok_or_else(|| ConversionError::because(&quoted(value), &to.full_name(), out_of_range(number, to)))
}

pub(super) fn as_number(value: &Value) -> Option<Number> {
    Some(match value {
        Value::Byte(n) => Number::Integer((*n).into()),
        Value::SByte(n) => Number::Integer((*n).into()),
        Value::UInt16(n) => Number::Integer((*n).into()),
        Value::Int16(n) => Number::Integer((*n).into()),
        Value::UInt32(n) => Number::Integer((*n).into()),
        Value::Int32(n) => Number::Integer((*n).into()),
        Value::UInt64(n) => Number::Integer((*n).into()),
        Value::Int64(n) => Number::Integer((*n).into()),
        Value::Single(n) => Number::Real(f64::from(*n)),
        Value::Double(n) => Number::Real(*n),
        Value::Decimal(n) => Number::Decimal(*n),
        _ => return None,
    })
}

/// The ticks that a whole number of at most 64 bits means.
pub(super) fn ticks(value: &Value) -> Option<i64> {
    match value {
        Value::Char(unit) => Some((*unit).into()),
        Value::UInt64(_) => None,
        value => whole_number(value).and_then(|number| i64::try_from(number).ok()),
    }
}

/// A whole number in this range, if the number rounds to one.
pub(super) fn as_integer(number: Number) -> Option<i128> {
    match number {
        Number::Integer(n) => Some(n),
        Number::Real(n) if n.is_finite() && n.abs() < 1e30 => {
            #[allow(clippy::cast_possible_truncation)] // bounded above
            Some(n.round_ties_even() as i128)
        }
        Number::Real(_) => None,
        Number::Decimal(n) => Some(round_decimal(n)),
    }
}

fn round_decimal(number: Decimal) -> i128 {
    let unit = 10_i128.pow(u32::from(number.scale.min(28)));
    let (whole, rest) = (number.mantissa / unit, (number.mantissa % unit).abs() * 2);
    let away = if number.mantissa < 0 { -1 } else { 1 };
    if rest > unit || (rest == unit && whole % 2 != 0) { whole + away } else { whole }
}

#[allow(clippy::cast_precision_loss)] // what a double is
fn to_f64(number: Number) -> f64 {
    match number {
        Number::Integer(n) => n as f64,
        Number::Real(n) => n,
        Number::Decimal(n) => n.mantissa as f64 / 10_f64.powi(n.scale.into()),
    }
}

/// The number as a value of the type; `None` if it is out of its range.
fn fit(number: Number, to: &ParameterType) -> Option<Value> {
    let integer = || as_integer(number);
    Some(match to {
        ParameterType::Byte => Value::Byte(integer()?.try_into().ok()?),
        ParameterType::Int16 => Value::Int16(integer()?.try_into().ok()?),
        ParameterType::Int32 => Value::Int32(integer()?.try_into().ok()?),
        ParameterType::Int64 => Value::Int64(integer()?.try_into().ok()?),
        ParameterType::UInt16 => Value::UInt16(integer()?.try_into().ok()?),
        ParameterType::UInt32 => Value::UInt32(integer()?.try_into().ok()?),
        ParameterType::UInt64 => Value::UInt64(integer()?.try_into().ok()?),
        #[allow(clippy::cast_possible_truncation)] // what a single is
        ParameterType::Single => Value::Single(to_f64(number) as f32),
        ParameterType::Double => Value::Double(to_f64(number)),
        ParameterType::Decimal => Value::Decimal(decimal(number)?),
        _ => return None,
    })
}

fn decimal(number: Number) -> Option<Decimal> {
    match number {
        Number::Integer(mantissa) => scan::fits_decimal(mantissa).then_some(Decimal { mantissa, scale: 0 }),
        Number::Decimal(number) => Some(number),
        // .NET keeps the 15 digits that a double is sure of
        Number::Real(number) => sure_digits(number, 14),
    }
}

/// Of a single those are 7.
fn single_to_decimal(number: Number) -> Option<Value> {
    sure_digits(to_f64(number), 6).map(Value::Decimal)
}

fn sure_digits(number: f64, behind_the_point: usize) -> Option<Decimal> {
    if !number.is_finite() {
        return None;
    }
    if number.abs() < 1e-29 {
        return Some(Decimal { mantissa: 0, scale: 0 });
    }
    scan::parse_decimal(&format!("{number:.behind_the_point$e}")).map(without_trailing_zeros)
}

fn without_trailing_zeros(mut number: Decimal) -> Decimal {
    while number.scale > 0 && number.mantissa % 10 == 0 {
        number = Decimal { mantissa: number.mantissa / 10, scale: number.scale - 1 };
    }
    number
}

/// A number literal of the language first, then what the type's own parser takes, then a rounded real number.
fn from_text(shown: &str, to: &ParameterType) -> Result<Value, ConversionError> {
    if let Some(value) = scan::scan(shown).and_then(|number| fit(number, to)) {
        return Ok(value);
    }
    match parse(shown, to) {
        Ok(value) => Ok(value),
        Err(cause) => Err(ConversionError::because(shown, &to.full_name(), cause)),
    }
}

fn parse(shown: &str, to: &ParameterType) -> Result<Value, Cause> {
    let trimmed = shown.trim();
    let wrong_form = || Cause::format(format!("The input string '{shown}' was not in a correct format."));
    if is_real(to) {
        let number = with_thousands(trimmed).and_then(|number| number.parse().ok()).ok_or_else(wrong_form)?;
        return fit(Number::Real(number), to).ok_or_else(|| overflow(to));
    }
    if *to == ParameterType::Decimal {
        let number = with_thousands(trimmed).ok_or_else(wrong_form)?;
        let plain = number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-'));
        let parsed = scan::parse_decimal(&number);
        return parsed
            .map(Value::Decimal)
            .ok_or_else(|| if plain && is_one_number(&number) { overflow(to) } else { wrong_form() });
    }
    let hex = ["#", "0x", "0X", "&h", "&H"].into_iter().find_map(|prefix| trimmed.strip_prefix(prefix));
    if let Some(digits) = hex {
        return from_hex(digits, to).ok_or_else(|| hex_cause(digits, to));
    }
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let number = trimmed.parse::<i128>().ok();
        return number.and_then(|n| fit(Number::Integer(n), to)).ok_or_else(|| overflow(to));
    }
    let real = with_thousands(trimmed).and_then(|number| number.parse::<f64>().ok());
    real.and_then(|n| fit(Number::Real(n), to)).ok_or_else(wrong_form)
}

fn is_one_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

/// `NumberStyles.AllowThousands`: commas between the digits before the point mean nothing.
fn with_thousands(text: &str) -> Option<String> {
    let (whole, rest) = match text.find(['.', 'e', 'E']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let plain = format!("{}{rest}", whole.replace(',', ""));
    let named = ["NaN", "Infinity", "-Infinity"].iter().any(|name| name.eq_ignore_ascii_case(text));
    let digits = plain.bytes().any(|b| b.is_ascii_digit());
    let clean = plain.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    (named || (digits && clean && !whole.starts_with(','))).then_some(plain)
}

fn from_hex(digits: &str, to: &ParameterType) -> Option<Value> {
    let clean = digits.bytes().all(|b| b.is_ascii_hexdigit());
    let number = if digits.is_empty() { 0 } else { clean.then(|| u64::from_str_radix(digits, 16).ok()).flatten()? };
    Some(match to {
        ParameterType::Byte => Value::Byte(number.try_into().ok()?),
        ParameterType::Int16 => Value::Int16(u16::try_from(number).ok()?.cast_signed()),
        ParameterType::Int32 => Value::Int32(u32::try_from(number).ok()?.cast_signed()),
        ParameterType::Int64 => Value::Int64(number.cast_signed()),
        ParameterType::UInt16 => Value::UInt16(number.try_into().ok()?),
        ParameterType::UInt32 => Value::UInt32(number.try_into().ok()?),
        ParameterType::UInt64 => Value::UInt64(number),
        _ => return None,
    })
}

fn is_real(to: &ParameterType) -> bool {
    matches!(to, ParameterType::Single | ParameterType::Double)
}

fn hex_cause(digits: &str, to: &ParameterType) -> Cause {
    match digits.bytes().position(|b| !b.is_ascii_hexdigit()) {
        None => overflow(to),
        Some(0) => Cause::format("Could not find any recognizable digits."),
        Some(_) => Cause::format("Additional non-parsable characters are at the end of the string."),
    }
}

/// .NET takes a real number through an Int32 to the smaller integers.
fn out_of_range(number: Number, to: &ParameterType) -> Cause {
    let Number::Real(real) = number else { return overflow(to) };
    let beyond_int32 = !(real >= f64::from(i32::MIN) && real <= f64::from(i32::MAX));
    match to {
        ParameterType::Byte | ParameterType::Int16 | ParameterType::UInt16 if beyond_int32 => {
            overflow(&ParameterType::Int32)
        }
        ParameterType::Int64 | ParameterType::UInt64 => {
            Cause::overflow("Arithmetic operation resulted in an overflow.")
        }
        _ => overflow(to),
    }
}

fn overflow(to: &ParameterType) -> Cause {
    let what = match to {
        ParameterType::Byte => "an unsigned byte",
        ParameterType::Int16 => "an Int16",
        ParameterType::Int32 => "an Int32",
        ParameterType::Int64 => "an Int64",
        ParameterType::UInt16 => "a UInt16",
        ParameterType::UInt32 => "a UInt32",
        ParameterType::UInt64 => "a UInt64",
        ParameterType::Single => "a Single",
        ParameterType::Double => "a Double",
        _ => "a Decimal",
    };
    Cause::overflow(format!("Value was either too large or too small for {what}."))
}

/// `IConvertible` of a type that is no number.
fn invalid_cast(value: &Value, to: &ParameterType) -> ConversionError {
    let from = type_full_name(value);
    let from = from.rsplit('.').next().unwrap_or(&from).to_owned();
    ConversionError::because(
        &quoted(value),
        &to.full_name(),
        Cause::invalid_cast(format!("Invalid cast from '{from}' to '{}'.", to.short_name())),
    )
}

/// A whole number's value, if the value is one.
pub(crate) fn whole_number(value: &Value) -> Option<i128> {
    match as_number(value) {
        Some(Number::Integer(number)) => Some(number),
        _ => None,
    }
}

/// Any number's value.
pub(crate) fn real_number(value: &Value) -> Option<f64> {
    as_number(value).map(to_f64)
}

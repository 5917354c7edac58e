//! Number literals of the PowerShell language inside strings: `0x10`, `0b11`, `5kb`, `1.5e3`, `7l`.

use clixml::Decimal;

/// A number of any size that a literal or a value can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Integer(i128),
    Real(f64),
    Decimal(Decimal),
}

/// Reads a literal with its sign, suffix and multiplier; `None` if the text is anything else.
pub(super) fn scan(text: &str) -> Option<Number> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Number::Integer(0));
    }
    if !text.is_ascii() {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let (negative, unsigned) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text.as_str()),
    };
    let (rest, multiplier) = strip_multiplier(unsigned);
    if let Some(digits) = rest.strip_prefix("0x") {
        let (digits, suffix) = strip_suffix(digits, false);
        return integer(hex(digits, suffix)?, negative, multiplier, suffix);
    }
    if let Some(digits) = rest.strip_prefix("0b") {
        let (digits, suffix) = strip_suffix(digits, true);
        return integer(binary(digits, suffix)?, negative, multiplier, suffix);
    }
    let (digits, suffix) = strip_suffix(rest, true);
    if !is_decimal_literal(digits) {
        return None;
    }
    if suffix == "d" {
        let number = parse_decimal(digits)?;
        let mantissa = number.mantissa.checked_mul(multiplier)?;
        let mantissa = if negative { -mantissa } else { mantissa };
        return fits_decimal(mantissa).then_some(Number::Decimal(Decimal { mantissa, scale: number.scale }));
    }
    if digits.contains(['.', 'e']) {
        let number: f64 = digits.parse().ok()?;
        #[allow(clippy::cast_precision_loss)] // a power of 1024 is exact
        let number = if negative { -number } else { number } * multiplier as f64;
        return if suffix.is_empty() { Some(Number::Real(number)) } else { whole(number, suffix) };
    }
    match digits.parse::<i128>() {
        Ok(number) => integer(number, negative, multiplier, suffix),
        Err(_) if suffix.is_empty() => digits.parse().ok().map(|n: f64| Number::Real(if negative { -n } else { n })),
        Err(_) => None,
    }
}

fn strip_multiplier(text: &str) -> (&str, i128) {
    for (name, power) in [("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40), ("pb", 50)] {
        // "0x1b" is a hexadecimal number, "0x1kb" is one with a multiplier
        if let Some(rest) = text.strip_suffix(name) {
            return (rest, 1 << power);
        }
    }
    (text, 1)
}

fn strip_suffix(text: &str, decimal: bool) -> (&str, &str) {
    let names: &[&str] = if decimal {
        &["ul", "us", "uy", "u", "l", "s", "y", "n", "d"]
    } else {
        &["ul", "us", "uy", "u", "l", "s", "y", "n"]
    };
    for name in names {
        if let Some(rest) = text.strip_suffix(name) {
            return text.split_at(rest.len());
        }
    }
    (text, "")
}

/// Hexadecimal digits; as many as fill an Int32 or Int64 give its negative half too.
fn hex(digits: &str, suffix: &str) -> Option<i128> {
    if digits.is_empty() {
        return Some(0);
    }
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) || digits.len() > 24 {
        return None;
    }
    let number = i128::from_str_radix(digits, 16).ok()?;
    let bits = match suffix {
        _ if suffix.starts_with('u') => return Some(number),
        "y" => 8,
        "s" => 16,
        "l" => 64,
        _ if digits.len() < 16 => 32,
        _ => 64,
    };
    Some(if digits.len() * 4 == bits { wrapped(number, bits) } else { number })
}

/// Binary digits, with the same rule.
fn binary(digits: &str, suffix: &str) -> Option<i128> {
    if digits.is_empty() || digits.len() > 96 || !digits.bytes().all(|b| matches!(b, b'0' | b'1')) {
        return None;
    }
    let number = i128::from_str_radix(digits, 2).ok()?;
    let whole_word = !suffix.starts_with('u') && [8, 16, 32, 64].contains(&digits.len());
    Some(if whole_word { wrapped(number, digits.len()) } else { number })
}

/// The number that a word of so many bits is.
fn wrapped(number: i128, bits: usize) -> i128 {
    if (number >> (bits - 1)) & 1 == 1 { number - (1 << bits) } else { number }
}

fn integer(number: i128, negative: bool, multiplier: i128, suffix: &str) -> Option<Number> {
    let number = number.checked_mul(multiplier)?;
    let number = if negative { -number } else { number };
    in_suffix_range(number, suffix).then_some(Number::Integer(number))
}

fn whole(number: f64, suffix: &str) -> Option<Number> {
    if !number.is_finite() || number.abs() >= 1e30 {
        return None;
    }
    #[allow(clippy::cast_possible_truncation)] // bounded above
    let rounded = number.round_ties_even() as i128;
    in_suffix_range(rounded, suffix).then_some(Number::Integer(rounded))
}

fn in_suffix_range(number: i128, suffix: &str) -> bool {
    match suffix {
        "y" => i8::try_from(number).is_ok(),
        "uy" => u8::try_from(number).is_ok(),
        "s" => i16::try_from(number).is_ok(),
        "us" => u16::try_from(number).is_ok(),
        "l" => i64::try_from(number).is_ok(),
        "u" | "ul" => u64::try_from(number).is_ok(),
        _ => true,
    }
}

/// Digits with at most one point and one exponent.
fn is_decimal_literal(text: &str) -> bool {
    let (mantissa, exponent) =
        text.split_once('e').map_or((text, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let points = mantissa.bytes().filter(|b| *b == b'.').count();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    exponent && digits > 0 && points <= 1 && digits + points == mantissa.len()
}

/// The largest mantissa of a `System.Decimal`.
pub(super) const DECIMAL_MAX: i128 = (1 << 96) - 1;

pub(super) fn fits_decimal(mantissa: i128) -> bool {
    mantissa.abs() <= DECIMAL_MAX
}

/// A decimal number with its trailing zeros, rounded to what 28 digits behind the point hold.
pub(super) fn parse_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (negative, unsigned) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    if !is_decimal_literal(mantissa) {
        return None;
    }
    let exponent: i32 = exponent.parse().ok().filter(|e: &i32| e.abs() <= 100)?;
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut scale = i32::try_from(part.len()).ok()? - exponent;
    let mut number: i128 = 0;
    let mut dropped = None;
    for digit in whole.bytes().chain(part.bytes()).map(|b| i128::from(b - b'0')) {
        let next = number * 10 + digit;
        if dropped.is_none() && next <= DECIMAL_MAX {
            number = next;
        } else {
            dropped.get_or_insert(digit);
            scale -= 1;
        }
    }
    while scale > 28 || (scale < 0 && dropped.is_some()) {
        if scale < 0 {
            return None;
        }
        dropped = Some(number % 10);
        number /= 10;
        scale -= 1;
    }
    while scale < 0 {
        number = number.checked_mul(10).filter(|n| *n <= DECIMAL_MAX)?;
        scale += 1;
    }
    if dropped.is_some_and(|digit| digit >= 5) {
        number += 1;
    }
    let mantissa = if negative { -number } else { number };
    fits_decimal(mantissa).then(|| u8::try_from(scale).ok().map(|scale| Decimal { mantissa, scale })).flatten()
}

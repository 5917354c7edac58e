//! The text of a value in the invariant culture, as PowerShell's `"$value"` gives it.

use std::fmt::Write as _;

use clixml::{Content, Object, Str, Value};

use super::source;

/// A value as text: what a string parameter gets, and what errors quote.
pub fn text(value: &Value) -> Str {
    text_within(value, 0)
}

/// Texts of nested lists end here.
const DEPTH_LIMIT: u8 = 8;

fn text_within(value: &Value, depth: u8) -> Str {
    match value {
        Value::Xml(_) => "System.Xml.XmlDocument".into(),
        Value::Single(number) => real(f64::from(*number), &format!("{number:.6e}"), 7).into(),
        Value::Double(number) => real(*number, &format!("{number:.14e}"), 15).into(),
        Value::Bytes(bytes) => joined(bytes.iter().map(|byte| byte.to_string().into())),
        Value::Object(object) => object_text(value, object, depth),
        plain => plain.to_invariant_string(),
    }
}

fn object_text(value: &Value, object: &Object, depth: u8) -> Str {
    if depth > DEPTH_LIMIT {
        return object.to_string.clone().unwrap_or_default();
    }
    if let Some(items) = object.items() {
        if depth > 0 {
            // a list in a list goes by its type
            return source::type_full_name(value).into();
        }
        return joined(items.iter().map(|item| text_within(item, depth + 1)));
    }
    match (&object.to_string, &object.content) {
        (Some(text), _) => text.clone(),
        (None, Content::Primitive(inner)) => text_within(inner, depth + 1),
        (None, Content::Dictionary(_)) => "System.Collections.Hashtable".into(),
        (None, _) => match property_list(object, depth) {
            Some(text) => text,
            None => source::type_full_name(value).into(),
        },
    }
}

/// `@{A=1; B=two}`, the text of a property bag.
fn property_list(object: &Object, depth: u8) -> Option<Str> {
    let mut properties = object.adapted.iter().chain(object.extended.iter()).peekable();
    properties.peek()?;
    let mut text = String::from("@{");
    for (at, (name, value)) in properties.enumerate() {
        let separator = if at == 0 { "" } else { "; " };
        let _ = write!(text, "{separator}{name}={}", text_within(value, depth + 1));
    }
    text.push('}');
    Some(text.into())
}

fn joined(items: impl Iterator<Item = Str>) -> Str {
    let mut text = Str::default();
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push(' ');
        }
        text.push_str(&item);
    }
    text
}

/// A real number with so many significant digits and no zeros behind them, as PowerShell writes it into a text: with an exponent
/// from `10^digits` on and below `10^-4`. `scientific` is
/// the number as Rust's `{:e}` writes it.
fn real(number: f64, scientific: &str, digits: i32) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    if exponent >= digits || exponent < -4 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}E{sign}{:02}", exponent.unsigned_abs());
    }
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let figures: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = exponent + 1;
    if point <= 0 {
        let zeros = "0".repeat(point.unsigned_abs() as usize);
        return format!("{sign}0.{zeros}{figures}");
    }
    let point = point.unsigned_abs() as usize;
    match figures.split_at_checked(point) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, part)) => format!("{sign}{whole}.{part}"),
        None => format!("{sign}{figures}{}", "0".repeat(point - figures.len())),
    }
}

/// A value's own `ToString()`, which errors quote: all digits of real numbers, and the mere type of a list.
pub(crate) fn quoted(value: &Value) -> Str {
    match source::base(value) {
        inner @ (Value::Single(_) | Value::Double(_)) => inner.to_invariant_string(),
        inner if source::is_list(inner) => source::type_full_name(inner).into(),
        inner => text(inner),
    }
}

//! The text of a value: by itself (`PSObject.ToString`) and as a property in a table or list.

use std::fmt::Write as _;

use clixml::{Content, Object, Str, Value};

use super::number;
use super::properties::{property, property_names};

/// `$FormatEnumerationLimit`: so many items of a collection are shown in a cell.
const ENUMERATION_LIMIT: usize = 4;

/// `PSObject.ToString()`.
pub(crate) fn text(value: &Value) -> Str {
    text_of(value, true)
}

/// The items of a collection inside another text, and what a property bag holds inside one, are written by their type's name.
fn text_of(value: &Value, outermost: bool) -> Str {
    match value {
        Value::Xml(_) => "#document".into(),
        Value::Single(number) => number::general(f64::from(*number), 7).into(),
        Value::Double(number) => number::general(*number, 15).into(),
        Value::Bytes(bytes) if outermost => join(bytes.iter().map(|byte| byte.to_string().into()), " "),
        Value::Object(object) => object_text(value, object, outermost),
        other => other.to_invariant_string(),
    }
}

fn object_text(value: &Value, object: &Object, outermost: bool) -> Str {
    if let (Some(items), true) = (object.items(), outermost) {
        return join(items.iter().map(|item| text_of(item, false)), " ");
    }
    if is_property_bag(object) {
        return if outermost { bag_text(object) } else { Str::default() };
    }
    match (&object.to_string, &object.content) {
        (Some(text), Content::None | Content::Primitive(_)) => text.clone(),
        (_, Content::Primitive(inner)) => text_of(inner, outermost),
        _ => value.type_name().into(),
    }
}

/// `[pscustomobject]` and what descends from it: a bag of notes without a text of its own.
pub(crate) fn is_property_bag(object: &Object) -> bool {
    object.content == Content::None
        && object.to_string.is_none()
        && (object.type_names.is_empty() || object.is_a("System.Management.Automation.PSCustomObject"))
}

/// `@{A=1; B=two}`.
fn bag_text(object: &Object) -> Str {
    let mut text = Str::from("@{");
    for (at, (name, value)) in object.adapted.iter().chain(object.extended.iter()).enumerate() {
        let separator = if at == 0 { "" } else { "; " };
        let _ = write!(text, "{separator}{name}={}", text_of(value, false));
    }
    if text.len() == 2 {
        return Str::default();
    }
    text.push('}');
    text
}

/// The items of a collection as the formatter goes through them, or `None` for a single thing.
pub(crate) fn elements(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Bytes(bytes) => Some(bytes.iter().copied().map(Value::Byte).collect()),
        Value::Object(object) => match &object.content {
            Content::List(items) | Content::Enumerable(items) | Content::Queue(items) => Some(items.clone()),
            Content::Stack(items) => Some(items.iter().rev().cloned().collect()),
            Content::Dictionary(entries) => Some(entries.iter().map(|(key, value)| entry(key, value)).collect()),
            Content::None | Content::Primitive(_) => None,
        },
        _ => None,
    }
}

/// One entry of a dictionary as an object: `System.Collections.DictionaryEntry`.
fn entry(key: &Value, value: &Value) -> Value {
    Object::with_type_names(&["System.Collections.DictionaryEntry", "System.ValueType", "System.Object"])
        .text(format!("[{}, {}]", entry_text(key), entry_text(value)))
        .adapted("Key", key.clone())
        .adapted("Value", value.clone())
        .adapted("Name", key.clone())
        .into()
}

/// In `[key, value]` a property bag is written out, a collection is not, and numbers have all their digits.
fn entry_text(value: &Value) -> Str {
    match value {
        Value::Object(object) if is_property_bag(object) => bag_text(object),
        Value::Object(_) | Value::Bytes(_) | Value::Xml(_) => text_of(value, false),
        other => other.to_invariant_string(),
    }
}

/// A property's value in a cell or behind a label. `fixed` writes fractions with two places, as tables of property bags do.
pub(crate) fn cell(value: &Value, fixed: bool) -> String {
    if let Some(items) = elements(value) {
        let mut text = String::from("{");
        for (at, item) in items.iter().enumerate() {
            if at == ENUMERATION_LIMIT {
                text.push(super::cells::ELLIPSIS);
                break;
            }
            if at > 0 {
                text.push_str(", ");
            }
            text.push_str(&item_text(item));
        }
        text.push('}');
        return text;
    }
    match base(value) {
        Value::Double(number) if fixed => number::fixed(*number),
        Value::Single(number) if fixed => number::fixed(f64::from(*number)),
        Value::Decimal(number) if fixed => number::decimal_fixed(*number),
        _ => text(value).into(),
    }
}

/// The number or text inside an object that wraps one.
fn base(value: &Value) -> &Value {
    match value {
        Value::Object(object) => match &object.content {
            Content::Primitive(inner) if object.to_string.is_none() => inner,
            _ => value,
        },
        _ => value,
    }
}

/// One item of a collection in a cell.
fn item_text(item: &Value) -> Str {
    match item {
        Value::Null => "$null".into(),
        Value::Object(object) if has_no_text_of_its_own(object) => display_name(item).unwrap_or_else(|| text(item)),
        _ => match text(item) {
            shown if shown.is_empty() && item.as_list().is_some() => item.type_name().into(),
            shown => shown,
        },
    }
}

/// A .NET object whose `ToString` is only its type's name: its name says more.
fn has_no_text_of_its_own(object: &Object) -> bool {
    object.content == Content::None
        && !is_property_bag(object)
        && object.to_string.as_deref().is_none_or(|text| object.type_names.first() == Some(text))
}

fn display_name(value: &Value) -> Option<Str> {
    let names = property_names(value);
    let exact =
        ["name", "id", "key"].into_iter().find_map(|known| names.iter().find(|n| n.eq_ignore_ascii_case(known)));
    let ending = || {
        ["key", "name", "id"]
            .into_iter()
            .find_map(|known| names.iter().find(|n| n.to_ascii_lowercase().ends_with(known)))
    };
    let name = exact.or_else(ending)?;
    property(value, name).map(|found| text(&found))
}

fn join(items: impl Iterator<Item = Str>, separator: &str) -> Str {
    let mut text = Str::default();
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push_str(separator);
        }
        text.push_str(&item);
    }
    text
}

//! Lists and dictionaries.

use std::sync::Arc;

use clixml::{Content, Object, TypeNames, Value};

use super::{ConversionError, base, convert_within, items, quoted};
use crate::ParameterType;

/// Element by element; a scalar becomes a list of one, `$null` stays `$null`.
pub(super) fn array(value: &Value, element: &'static ParameterType, depth: u8) -> Result<Value, ConversionError> {
    let inner = base(value);
    if inner.is_null() && *element != ParameterType::Bool {
        return Ok(Value::Null);
    }
    if let (Value::Bytes(_), ParameterType::Byte) = (inner, element) {
        return Ok(inner.clone());
    }
    if matches!(element, ParameterType::Bool | ParameterType::Switch) {
        // refused before anything is converted, in the element's name
        let list = items(inner).unwrap_or_else(|| vec![value.clone()]);
        list.iter().try_for_each(|item| convert_within(item, element, depth + 1).map(drop))?;
    }
    let list = items(inner);
    let scalar = list.is_none();
    let list = list.unwrap_or_else(|| vec![value.clone()]);
    let converted: Result<Vec<Value>, ConversionError> =
        list.iter().map(|item| convert_within(item, element, depth + 1)).collect();
    match converted {
        Ok(list) => Ok(typed(list, element)),
        Err(error) => {
            let to = ParameterType::Array(element);
            // a scalar that has no way at all to the element type has none to the array type either
            if scalar && error.cause.is_none() {
                return Err(ConversionError::no_conversion(value, &to));
            }
            if scalar && matches!(inner, Value::DateTime(_)) {
                return Err(ConversionError::refused(value, &to));
            }
            Err(ConversionError::because(&quoted(value), &to.full_name(), error.into_cause()))
        }
    }
}

/// A list with the type names of its element type; bytes as bytes.
pub(crate) fn typed(list: Vec<Value>, element: &ParameterType) -> Value {
    if *element == ParameterType::Byte {
        let bytes: Vec<u8> =
            list.iter().filter_map(|item| if let Value::Byte(b) = item { Some(*b) } else { None }).collect();
        return Value::Bytes(Arc::from(bytes));
    }
    let type_names = match element {
        ParameterType::Object => TypeNames::from_static(&["System.Object[]", "System.Array", "System.Object"]),
        ParameterType::String => TypeNames::from_static(&["System.String[]", "System.Array", "System.Object"]),
        _ => TypeNames::new([format!("{}[]", element.full_name()).as_str(), "System.Array", "System.Object"]),
    };
    Object { type_names, content: Content::List(list), ..Object::default() }.into()
}

pub(super) fn hashtable(value: &Value) -> Result<Value, ConversionError> {
    match base(value) {
        Value::Null => Ok(Value::Null),
        Value::Object(object) if object.entries().is_some() => {
            let entries = object.entries().unwrap_or_default().to_vec();
            Ok(Object::with_type_names(&["System.Collections.Hashtable", "System.Object"])
                .content(Content::Dictionary(entries))
                .into())
        }
        _ => Err(ConversionError::refused(value, &ParameterType::Hashtable)),
    }
}

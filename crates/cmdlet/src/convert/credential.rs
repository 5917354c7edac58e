//! Secrets: only what the client's session key opened is one; no text ever becomes a secret here.

use clixml::{Object, SecureString, Str, Value};

use super::{ConversionError, base};
use crate::ParameterType;

pub(super) fn secure_string(value: &Value) -> Result<Value, ConversionError> {
    match base(value) {
        Value::Null => Ok(Value::Null),
        Value::SecureString(secret) => Ok(Value::SecureString(secret.clone())),
        _ => Err(ConversionError::refused(value, &ParameterType::SecureString)),
    }
}

pub(super) fn credential(value: &Value) -> Result<Value, ConversionError> {
    let inner = base(value);
    match read(inner) {
        Some((user_name, password)) => Ok(write(user_name, password)),
        None if inner.is_null() => Ok(Value::Null),
        None => Err(ConversionError::refused(value, &ParameterType::PsCredential)),
    }
}

/// The two parts of a `PSCredential` as it travels.
pub(super) fn read(value: &Value) -> Option<(Str, SecureString)> {
    let object = value.as_object().filter(|object| object.is_a("System.Management.Automation.PSCredential"))?;
    let Some(Value::SecureString(password)) = object.property("Password") else { return None };
    let user_name = object.property("UserName").and_then(Value::as_str)?;
    Some((user_name.into(), password.clone()))
}

/// A `PSCredential` as it travels.
pub fn write(user_name: Str, password: SecureString) -> Value {
    Object::with_type_names(&["System.Management.Automation.PSCredential", "System.Object"])
        .text("System.Management.Automation.PSCredential")
        .adapted("UserName", user_name)
        .adapted("Password", password)
        .into()
}

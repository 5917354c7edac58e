use clixml::{Object, Str, Value};

use crate::fields::{FieldError, Fields};

/// MS-PSRP 2.2.3.13, one entry of a command's `Args`, as it is on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandParameter {
    /// `N`: `-Name`, `-Name:`, `Name`, or nothing.
    pub name: Option<Str>,
    /// `V`; `Null` if it is absent.
    pub value: Value,
}

/// One entry of a command's `Args`, read by the rule of the real server: three producers write it in three styles.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `-Name`: a switch, or a parameter whose value is the next entry. Without its dash.
    Name(Str),
    /// `-Name:value`, or a pair of the PowerShell API; the value may be `Null` and is one.
    Pair(Str, Value),
    /// A value by position, or that of the [`Argument::Name`] before it.
    Value(Value),
}

impl From<CommandParameter> for Argument {
    fn from(parameter: CommandParameter) -> Argument {
        let CommandParameter { name, value } = parameter;
        let Some(name) = name.filter(|name| !name.trim().is_empty()) else { return Argument::Value(value) };
        let Some(bare) = name.strip_prefix(is_dash) else { return Argument::Pair(name, value) };
        let bare = bare.trim_end();
        match bare.strip_suffix(':') {
            Some(bare) => Argument::Pair(bare.into(), value),
            None if value.is_null() => Argument::Name(bare.into()),
            None => Argument::Pair(bare.into(), value),
        }
    }
}

/// The characters that PowerShell takes for a dash: `-` and the three typographic ones.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

impl CommandParameter {
    pub(crate) fn to_value(&self) -> Value {
        Object::new().note("N", self.name.clone()).note("V", self.value.clone()).into()
    }

    pub(crate) fn from_value(value: &Value) -> Result<CommandParameter, FieldError> {
        let fields = Fields::new("Args", value)?;
        Ok(CommandParameter {
            name: fields.optional_string("N")?,
            value: fields.find("V").cloned().unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: Option<&str>, value: impl Into<Value>) -> Argument {
        CommandParameter { name: name.map(Str::from), value: value.into() }.into()
    }

    #[test]
    fn three_styles_are_told_apart() {
        let named = |name: &str, value: Value| Argument::Pair(name.into(), value);
        assert_eq!(read(Some("-Force"), Value::Null), Argument::Name("Force".into()));
        assert_eq!(read(Some("-Force "), Value::Null), Argument::Name("Force".into()));
        assert_eq!(read(Some("-Force:"), false), named("Force", false.into()));
        assert_eq!(read(Some("-Force: "), false), named("Force", false.into()));
        assert_eq!(read(Some("-Bar:"), Value::Null), named("Bar", Value::Null));
        assert_eq!(read(Some("-Bar"), 5), named("Bar", 5.into()));
        assert_eq!(read(Some("Bar"), Value::Null), named("Bar", Value::Null));
        assert_eq!(read(Some("Bar"), "x"), named("Bar", "x".into()));
        assert_eq!(read(Some("\u{2013}Bar"), Value::Null), Argument::Name("Bar".into()));
        assert_eq!(read(None, "-eq"), Argument::Value("-eq".into()));
        assert_eq!(read(None, Value::Null), Argument::Value(Value::Null));
        assert_eq!(read(Some(""), 1), Argument::Value(1.into()));
    }
}

use clixml::{Content, Object, Properties, Str, TypeNames, Value};

use crate::fields::str_of;

/// The exception inside an [`ErrorRecord`].
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// Labels, the most derived first.
    pub type_names: TypeNames,
    /// What the user reads.
    pub message: Str,
    /// Further adapted properties, such as `CommandName` or `ParameterName`, written after `Message`.
    pub properties: Properties,
}

impl Exception {
    /// An exception with its type names (the most derived first) and its message.
    pub fn new(type_names: &'static [&'static str], message: impl Into<Str>) -> Exception {
        Exception {
            type_names: TypeNames::from_static(type_names),
            message: message.into(),
            properties: Properties::new(),
        }
    }

    /// An exception that came from the other side, as it is passed on: wrapped, with its own type names as `Deserialized.` labels.
    #[must_use]
    pub fn into_remote(self) -> Exception {
        let labels = self.type_names.iter().map(|name| match name.strip_prefix("Deserialized.") {
            Some(_) => Str::from(name),
            None => format!("Deserialized.{name}").into(),
        });
        let serialized = Exception { type_names: TypeNames::new(labels), ..self.clone() };
        let mut remote = Exception::new(
            &[
                "System.Management.Automation.RemoteException",
                "System.Management.Automation.RuntimeException",
                "System.SystemException",
                "System.Exception",
                "System.Object",
            ],
            self.message,
        );
        remote.properties.push("SerializedRemoteException", serialized.to_value());
        remote.properties.push("SerializedRemoteInvocationInfo", Value::Null);
        remote
    }

    /// The object as an [`ErrorRecord`](super::ErrorRecord) carries it, with the properties that every .NET exception has.
    pub(crate) fn to_value(&self) -> Value {
        let mut object = Object { type_names: self.type_names.clone(), ..Object::default() };
        object.to_string = self.type_names.first().map(|name| Str::from(format!("{name}: {}", self.message)));
        object.adapted.push("Message", self.message.clone());
        for (name, value) in self.properties.iter() {
            object.adapted.push(name, value.clone());
        }
        for (name, value) in self.standard_properties() {
            if object.adapted.get(name).is_none() {
                object.adapted.push(name, value);
            }
        }
        object.into()
    }

    /// Reads the exception of `record`; without one the record's own text has to do.
    pub(crate) fn from_value(exception: Option<&Value>, record: &Value) -> Exception {
        let text = |value: &Value| value.as_object().and_then(|object| object.to_string.clone());
        let object = exception.and_then(Value::as_object);
        let message = exception.and_then(|value| value.property("Message")).and_then(str_of);
        let message = message.or_else(|| text(record)).or_else(|| exception.and_then(text));
        let type_names = object.map(|object| object.type_names.clone()).unwrap_or_default();
        let mut read = Exception { type_names, message: message.unwrap_or_default(), properties: Properties::new() };
        let standard = read.standard_properties();
        let own = |name: &str, value: &Value| {
            !name.eq_ignore_ascii_case("Message")
                && !standard.iter().any(|(n, v)| name.eq_ignore_ascii_case(n) && value == v)
        };
        for (name, value) in object.into_iter().flat_map(|object| object.adapted.iter()) {
            if own(name, value) {
                read.properties.push(name, value.clone());
            }
        }
        read
    }

    fn standard_properties(&self) -> Vec<(&'static str, Value)> {
        let data = Object::with_type_names(&["System.Collections.ListDictionaryInternal", "System.Object"]);
        let mut properties = Vec::with_capacity(9);
        if self.type_names.contains("System.Management.Automation.RuntimeException") {
            properties.push(("ErrorRecord", self.message.clone().into()));
            properties.push(("WasThrownFromThrowStatement", false.into()));
        }
        properties.push(("TargetSite", Value::Null));
        properties.push(("Data", data.content(Content::Dictionary(Vec::new())).into()));
        properties.push(("InnerException", Value::Null));
        properties.push(("HelpLink", Value::Null));
        properties.push(("Source", Value::Null));
        properties.push(("HResult", COR_E_EXCEPTION.into()));
        properties.push(("StackTrace", Value::Null));
        properties
    }
}

/// `HResult` of an exception that has no number of its own.
const COR_E_EXCEPTION: i32 = -2_146_233_087;

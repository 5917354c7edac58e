//! Conversion of arguments to the type of their parameter, as `LanguagePrimitives.ConvertTo` does it for a function's
//! parameters: always in the invariant culture, whatever the daemon's locale is (jea.md 3.5, J-088).
//!
//! What converts to what:
//!
//! | Target | Taken |
//! |---|---|
//! | `bool` | truth values, numbers (0 is false); never text |
//! | `switch` | truth values, switch objects, `$null` for off; never text or numbers |
//! | `string` | anything; a number literal gives its text as typed, a list its items with blanks between them; bytes are refused |
//! | numbers | numbers in range (halves rounded to even), truth values, characters, text: decimal, `0x`, `#`, `&h`, `0b`, suffixes, multipliers, exponents, commas between thousands; empty text is 0 |
//! | `datetime` | text of the forms that the module `date_time` lists, whole numbers as ticks |
//! | `timespan` | `d`, `[d.]hh:mm[:ss[.fffffff]]`, whole numbers as ticks |
//! | `guid` | 32 digits, with dashes, in braces or parentheses |
//! | `version`, `uri` | two to four numbers; any text that is not an absolute URI without its host |
//! | `ipaddress` | four decimal numbers, or IPv6 |
//! | `char` | one character, or a whole number |
//! | enumerations | names and the beginning of one in any letter case, values, lists of them |
//! | arrays | lists element by element, anything else as a list of one |
//! | `hashtable` | dictionaries |
//! | `xml` | text of one element, without a document type |
//! | `securestring`, `pscredential` | themselves only |
//! | `scriptblock` | nothing: no script reaches this endpoint |
//! | `object` | anything |

mod collection;
mod credential;
mod date_time;
mod enumeration;
mod error;
mod field;
mod from_value;
mod number;
mod parsed;
mod scan;
mod source;
mod text;
mod time_span;
mod xml;

use clixml::{Content, Value};

pub use credential::write as credential_value;
pub use error::{Cause, ConversionError};
pub use field::{Flags, Hashtable, Switch, Uri};
pub use from_value::{EnumMember, FromValue, ParameterKind, Unbound, enum_member, enum_value};
pub(crate) use number::{real_number, whole_number};
pub(crate) use source::{
    base, is_instance, is_list, is_rehydrated, native_type_name, plain, shown_type_name, type_full_name,
    type_short_name,
};
pub(crate) use text::quoted;
pub use text::text;

use crate::ParameterType;

/// Converts an argument or a pipeline object to a parameter's type. The answer is the one form that values of this type have
/// in a [`Bound`](crate::Bound): for example a `B` for a switch, a typed list for an array, a dictionary for a hashtable.
pub fn convert(value: &Value, to: &ParameterType) -> Result<Value, ConversionError> {
    convert_within(value, to, 0)
}

/// Lists may nest as deep as a message lets them; converting them stops earlier.
const DEPTH_LIMIT: u8 = 16;

fn convert_within(value: &Value, to: &ParameterType, depth: u8) -> Result<Value, ConversionError> {
    if depth > DEPTH_LIMIT {
        return Err(ConversionError::no_conversion(value, to));
    }
    match to {
        ParameterType::Object => Ok(plain(value)),
        ParameterType::String => match base(value) {
            Value::Bytes(_) => Err(ConversionError::new("Cannot convert value to type System.String.")),
            _ => Ok(Value::String(text(value))),
        },
        ParameterType::Bool | ParameterType::Switch => boolean(value, to),
        ParameterType::Array(element) => collection::array(value, element, depth),
        ParameterType::Hashtable => collection::hashtable(value),
        ParameterType::Enum(info) => enumeration::convert(value, info),
        ParameterType::SecureString => credential::secure_string(value),
        ParameterType::PsCredential => credential::credential(value),
        ParameterType::ScriptBlock => scriptless(value),
        ParameterType::DateTime => date_time::convert(value),
        ParameterType::TimeSpan => time_span::convert(value),
        ParameterType::Guid
        | ParameterType::Version
        | ParameterType::Uri
        | ParameterType::IpAddress
        | ParameterType::Char
        | ParameterType::Xml => parsed::convert(value, to),
        ParameterType::Byte
        | ParameterType::Int16
        | ParameterType::Int32
        | ParameterType::Int64
        | ParameterType::UInt16
        | ParameterType::UInt32
        | ParameterType::UInt64
        | ParameterType::Single
        | ParameterType::Double
        | ParameterType::Decimal => number::convert(value, to),
    }
}

/// Only truth values and numbers are truth values: `"false"` is no way to say false (J-086). A switch takes no numbers either.
fn boolean(value: &Value, to: &ParameterType) -> Result<Value, ConversionError> {
    let truth = match base(value) {
        Value::Null if *to == ParameterType::Switch => Some(false),
        Value::Bool(truth) => Some(*truth),
        Value::Object(object) if object.is_a("System.Management.Automation.SwitchParameter") => {
            object.property("IsPresent").and_then(Value::as_bool)
        }
        number => match real_number(number) {
            Some(_) if *to == ParameterType::Switch => return Err(ConversionError::no_conversion(value, to)),
            number => number.map(|number| number != 0.0),
        },
    };
    truth.map(Value::Bool).ok_or_else(|| ConversionError::not_a_boolean(value, to))
}

/// A script block arrives as its text; there is nobody here who could run it.
fn scriptless(value: &Value) -> Result<Value, ConversionError> {
    match base(value) {
        Value::Null => Ok(Value::Null),
        _ => Err(ConversionError::no_conversion(value, &ParameterType::ScriptBlock)),
    }
}

impl ParameterType {
    /// The type's full .NET name, such as `System.String[]`.
    pub fn full_name(&self) -> String {
        let name = match self {
            ParameterType::String => "System.String",
            ParameterType::Char => "System.Char",
            ParameterType::Bool => "System.Boolean",
            ParameterType::Switch => "System.Management.Automation.SwitchParameter",
            ParameterType::Byte => "System.Byte",
            ParameterType::Int16 => "System.Int16",
            ParameterType::Int32 => "System.Int32",
            ParameterType::Int64 => "System.Int64",
            ParameterType::UInt16 => "System.UInt16",
            ParameterType::UInt32 => "System.UInt32",
            ParameterType::UInt64 => "System.UInt64",
            ParameterType::Single => "System.Single",
            ParameterType::Double => "System.Double",
            ParameterType::Decimal => "System.Decimal",
            ParameterType::DateTime => "System.DateTime",
            ParameterType::TimeSpan => "System.TimeSpan",
            ParameterType::Guid => "System.Guid",
            ParameterType::Version => "System.Version",
            ParameterType::Uri => "System.Uri",
            ParameterType::IpAddress => "System.Net.IPAddress",
            ParameterType::Xml => "System.Xml.XmlDocument",
            ParameterType::ScriptBlock => "System.Management.Automation.ScriptBlock",
            ParameterType::SecureString => "System.Security.SecureString",
            ParameterType::PsCredential => "System.Management.Automation.PSCredential",
            ParameterType::Hashtable => "System.Collections.Hashtable",
            ParameterType::Object => "System.Object",
            ParameterType::Enum(info) => info.type_name,
            ParameterType::Array(element) => return format!("{}[]", element.full_name()),
        };
        name.to_owned()
    }

    /// The type's name without its namespace, such as `String[]`: what syntax lines and prompts show.
    pub fn short_name(&self) -> String {
        let full = self.full_name();
        full.rsplit('.').next().unwrap_or(&full).to_owned()
    }

    /// Does it hold secrets by itself?
    pub const fn is_secret(&self) -> bool {
        match self {
            ParameterType::SecureString | ParameterType::PsCredential => true,
            ParameterType::Array(element) => element.is_secret(),
            _ => false,
        }
    }

    /// A .NET value type, whose variables are never `$null`.
    pub(crate) fn is_value_type(&self) -> bool {
        !matches!(
            self,
            ParameterType::String
                | ParameterType::Version
                | ParameterType::Uri
                | ParameterType::IpAddress
                | ParameterType::Xml
                | ParameterType::ScriptBlock
                | ParameterType::SecureString
                | ParameterType::PsCredential
                | ParameterType::Hashtable
                | ParameterType::Object
                | ParameterType::Array(_)
        )
    }
}

/// The items of a value that is a list of its parameter's type.
pub(crate) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Bytes(bytes) => Some(bytes.iter().map(|byte| Value::Byte(*byte)).collect()),
        Value::Object(object) => match &object.content {
            Content::Primitive(inner) => items(inner),
            _ => object.items().map(<[Value]>::to_vec),
        },
        _ => None,
    }
}

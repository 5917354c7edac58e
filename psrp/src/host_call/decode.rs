//! From the encoding of MS-PSRP 2.2.6 back to typed calls: what a client does with a call.

use clixml::{SecureString, Str, Value};

use super::method_id::HostMethodId;
use super::{
    BufferCell, ChoiceDescription, Coordinates, FieldDescription, HostCall, KeyInfo, PsCredential, Rectangle, Size,
};
use crate::fields::{FieldError, Fields, i32_of, i64_of, str_of};
use crate::record::ProgressRecord;

impl HostCall {
    /// A call by its method and arguments. A known method with arguments that are not its own is an error.
    pub fn from_parameters(method: HostMethodId, parameters: &[Value]) -> Result<HostCall, FieldError> {
        let mut arguments = Arguments { rest: parameters };
        Ok(match method.0 {
            6 => HostCall::SetShouldExit(arguments.i32()?),
            11 => HostCall::ReadLine,
            12 => HostCall::ReadLineAsSecureString,
            13 => HostCall::Write1(arguments.string()?),
            14 => HostCall::Write2(arguments.i32()?, arguments.i32()?, arguments.string()?),
            15 => HostCall::WriteLine1,
            16 => HostCall::WriteLine2(arguments.string()?),
            17 => HostCall::WriteLine3(arguments.i32()?, arguments.i32()?, arguments.string()?),
            18 => HostCall::WriteErrorLine(arguments.string()?),
            19 => HostCall::WriteDebugLine(arguments.string()?),
            20 => HostCall::WriteProgress(
                arguments.next("a number", i64_of)?,
                ProgressRecord::from_value(arguments.next("a progress record", Some)?)?,
            ),
            21 => HostCall::WriteVerboseLine(arguments.string()?),
            22 => HostCall::WriteWarningLine(arguments.string()?),
            23 => HostCall::Prompt {
                caption: arguments.string()?,
                message: arguments.string()?,
                fields: each(arguments.list()?, FieldDescription::from_value)?,
            },
            25 => HostCall::PromptForCredential2 {
                caption: arguments.string()?,
                message: arguments.string()?,
                user_name: arguments.string()?,
                target_name: arguments.string()?,
                allowed_types: arguments.i32()?,
                options: arguments.i32()?,
            },
            26 => HostCall::PromptForChoice {
                caption: arguments.string()?,
                message: arguments.string()?,
                choices: each(arguments.list()?, ChoiceDescription::from_value)?,
                default_choice: arguments.i32()?,
            },
            28 => HostCall::SetForegroundColor(arguments.i32()?),
            30 => HostCall::SetBackgroundColor(arguments.i32()?),
            32 => HostCall::SetCursorPosition(arguments.next("coordinates", Coordinates::from_value)?),
            42 => HostCall::SetWindowTitle(arguments.string()?),
            46 => HostCall::ReadKey(arguments.i32()?),
            47 => HostCall::FlushInputBuffer,
            48 => HostCall::SetBufferContents1(
                arguments.next("a rectangle", Rectangle::from_value)?,
                arguments.next("a cell", BufferCell::from_value)?,
            ),
            53 => HostCall::PopRunspace,
            56 => HostCall::PromptForChoiceMultipleSelection {
                caption: arguments.string()?,
                message: arguments.string()?,
                choices: each(arguments.list()?, ChoiceDescription::from_value)?,
                default_choices: arguments.list()?.iter().filter_map(i32_of).collect(),
            },
            other => HostCall::Other(other, parameters.to_vec()),
        })
    }
}

/// The arguments of a call, from the first to the last.
struct Arguments<'a> {
    rest: &'a [Value],
}

impl<'a> Arguments<'a> {
    fn next<T>(&mut self, expected: &'static str, read: impl FnOnce(&'a Value) -> Option<T>) -> Result<T, FieldError> {
        let (first, rest) =
            self.rest.split_first().ok_or(FieldError::Missing { of: "a host call", name: "argument" })?;
        self.rest = rest;
        read(first).ok_or(FieldError::WrongType { of: "a host call", name: "an argument", expected })
    }

    fn i32(&mut self) -> Result<i32, FieldError> {
        self.next("a 32-bit number", i32_of)
    }

    /// A null string is as good as an empty one.
    fn string(&mut self) -> Result<Str, FieldError> {
        self.next("a string", |value| if value.is_null() { Some(Str::default()) } else { str_of(value) })
    }

    /// A collection, or the array form (`mae`, `mal`) that real servers write by accident and real clients cannot read.
    fn list(&mut self) -> Result<&'a [Value], FieldError> {
        self.next("a list", |value| value.as_list().or_else(|| value.property("mae")?.as_list()))
    }
}

fn each<T>(values: &[Value], read: impl Fn(&Value) -> Result<T, FieldError>) -> Result<Vec<T>, FieldError> {
    values.iter().map(read).collect()
}

impl FieldDescription {
    fn from_value(value: &Value) -> Result<FieldDescription, FieldError> {
        let fields = Fields::new("FieldDescription", value)?;
        Ok(FieldDescription {
            name: fields.string("name")?,
            label: fields.string_or_empty("label")?,
            parameter_type_name: fields.string_or_empty("parameterTypeName")?,
            parameter_type_full_name: fields.string_or_empty("parameterTypeFullName")?,
            parameter_assembly_full_name: fields.string_or_empty("parameterAssemblyFullName")?,
            help_message: fields.string_or_empty("helpMessage")?,
            is_mandatory: fields.bool_or("isMandatory", true)?,
            default_value: fields.find("defaultValue").cloned(),
        })
    }
}

impl ChoiceDescription {
    fn from_value(value: &Value) -> Result<ChoiceDescription, FieldError> {
        let fields = Fields::new("ChoiceDescription", value)?;
        Ok(ChoiceDescription {
            label: fields.string_or_empty("label")?,
            help_message: fields.string_or_empty("helpMessage")?,
        })
    }
}

impl PsCredential {
    /// Reads the object of MS-PSRP 2.2.3.25.
    pub fn from_value(value: &Value) -> Option<PsCredential> {
        let password = match value.property("Password") {
            Some(Value::SecureString(password)) => password.clone(),
            None | Some(Value::Null) => SecureString::new(""),
            Some(_) => return None,
        };
        Some(PsCredential { user_name: value.property("UserName").and_then(str_of)?, password })
    }
}

impl Coordinates {
    pub(crate) fn from_value(value: &Value) -> Option<Coordinates> {
        Some(Coordinates { x: number(value, "x")?, y: number(value, "y")? })
    }
}

impl Size {
    pub(crate) fn from_value(value: &Value) -> Option<Size> {
        Some(Size { width: number(value, "width")?, height: number(value, "height")? })
    }
}

impl Rectangle {
    fn from_value(value: &Value) -> Option<Rectangle> {
        Some(Rectangle {
            left: number(value, "left")?,
            top: number(value, "top")?,
            right: number(value, "right")?,
            bottom: number(value, "bottom")?,
        })
    }
}

impl BufferCell {
    fn from_value(value: &Value) -> Option<BufferCell> {
        Some(BufferCell {
            character: character(value)?,
            foreground_color: number(value, "foregroundColor")?,
            background_color: number(value, "backgroundColor")?,
            buffer_cell_type: number(value, "bufferCellType")?,
        })
    }
}

impl KeyInfo {
    pub(crate) fn from_value(value: &Value) -> Option<KeyInfo> {
        Some(KeyInfo {
            virtual_key_code: number(value, "virtualKeyCode")?,
            character: character(value)?,
            control_key_state: number(value, "controlKeyState")?,
            key_down: value.property("keyDown").and_then(Value::as_bool)?,
        })
    }
}

fn number(value: &Value, name: &str) -> Option<i32> {
    value.property(name).and_then(i32_of)
}

fn character(value: &Value) -> Option<u16> {
    match value.property("character")? {
        Value::Char(unit) => Some(*unit),
        _ => None,
    }
}

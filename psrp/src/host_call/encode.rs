//! From typed calls to the encoding of MS-PSRP 2.2.6: bare numbers for enumerations, private field names for structures,
//! absent fields for nulls.

use clixml::{Content, Object, Str, Value};

use super::method_id::HostMethodId;
use super::{
    BufferCell, ChoiceDescription, Coordinates, FieldDescription, HostCall, KeyInfo, PsCredential, Rectangle, Size,
};

impl HostCall {
    /// `mi`.
    pub fn method_id(&self) -> HostMethodId {
        HostMethodId(match self {
            HostCall::SetShouldExit(_) => 6,
            HostCall::ReadLine => 11,
            HostCall::ReadLineAsSecureString => 12,
            HostCall::Write1(_) => 13,
            HostCall::Write2(..) => 14,
            HostCall::WriteLine1 => 15,
            HostCall::WriteLine2(_) => 16,
            HostCall::WriteLine3(..) => 17,
            HostCall::WriteErrorLine(_) => 18,
            HostCall::WriteDebugLine(_) => 19,
            HostCall::WriteProgress(..) => 20,
            HostCall::WriteVerboseLine(_) => 21,
            HostCall::WriteWarningLine(_) => 22,
            HostCall::Prompt { .. } => 23,
            HostCall::PromptForCredential2 { .. } => 25,
            HostCall::PromptForChoice { .. } => 26,
            HostCall::SetForegroundColor(_) => 28,
            HostCall::SetBackgroundColor(_) => 30,
            HostCall::SetCursorPosition(_) => 32,
            HostCall::SetWindowTitle(_) => 42,
            HostCall::ReadKey(_) => 46,
            HostCall::FlushInputBuffer => 47,
            HostCall::SetBufferContents1(..) => 48,
            HostCall::PopRunspace => 53,
            HostCall::PromptForChoiceMultipleSelection { .. } => 56,
            HostCall::Other(id, _) => *id,
        })
    }

    /// Does the client answer?
    pub fn has_reply(&self) -> bool {
        self.method_id().has_reply()
    }

    /// `mp`.
    pub fn parameters(&self) -> Value {
        let list = match self {
            HostCall::ReadLine
            | HostCall::ReadLineAsSecureString
            | HostCall::WriteLine1
            | HostCall::FlushInputBuffer
            | HostCall::PopRunspace => Vec::new(),
            HostCall::SetShouldExit(n)
            | HostCall::SetForegroundColor(n)
            | HostCall::SetBackgroundColor(n)
            | HostCall::ReadKey(n) => vec![Value::Int32(*n)],
            HostCall::Write1(text)
            | HostCall::WriteLine2(text)
            | HostCall::WriteErrorLine(text)
            | HostCall::WriteDebugLine(text)
            | HostCall::WriteVerboseLine(text)
            | HostCall::WriteWarningLine(text)
            | HostCall::SetWindowTitle(text) => vec![string(text)],
            HostCall::Write2(foreground, background, text) | HostCall::WriteLine3(foreground, background, text) => {
                vec![Value::Int32(*foreground), Value::Int32(*background), string(text)]
            }
            HostCall::WriteProgress(source, record) => vec![Value::Int64(*source), record.to_value()],
            HostCall::Prompt { caption, message, fields } => {
                vec![string(caption), string(message), array_list(fields.iter().map(FieldDescription::to_value))]
            }
            HostCall::PromptForCredential2 { caption, message, user_name, target_name, allowed_types, options } => {
                vec![
                    string(caption),
                    string(message),
                    string(user_name),
                    string(target_name),
                    Value::Int32(*allowed_types),
                    Value::Int32(*options),
                ]
            }
            HostCall::PromptForChoice { caption, message, choices, default_choice } => vec![
                string(caption),
                string(message),
                array_list(choices.iter().map(ChoiceDescription::to_value)),
                Value::Int32(*default_choice),
            ],
            HostCall::PromptForChoiceMultipleSelection { caption, message, choices, default_choices } => vec![
                string(caption),
                string(message),
                array_list(choices.iter().map(ChoiceDescription::to_value)),
                array_list(default_choices.iter().map(|choice| Value::Int32(*choice))),
            ],
            HostCall::SetCursorPosition(position) => vec![position.to_value()],
            HostCall::SetBufferContents1(rectangle, cell) => vec![rectangle.to_value(), cell.to_value()],
            HostCall::Other(_, parameters) => parameters.clone(),
        };
        array_list(list)
    }
}

fn string(text: &Str) -> Value {
    Value::String(text.clone())
}

/// A collection in host encoding.
pub(crate) fn array_list(items: impl IntoIterator<Item = Value>) -> Value {
    Object::with_type_names(&["System.Collections.ArrayList", "System.Object"])
        .content(Content::List(items.into_iter().collect()))
        .into()
}

/// A dictionary in host encoding.
pub(crate) fn hashtable(entries: impl IntoIterator<Item = (Value, Value)>) -> Value {
    Object::with_type_names(&["System.Collections.Hashtable", "System.Object"])
        .content(Content::Dictionary(entries.into_iter().collect()))
        .into()
}

impl FieldDescription {
    fn to_value(&self) -> Value {
        let object = Object::new()
            .note("name", self.name.clone())
            .note("label", self.label.clone())
            .note("parameterTypeName", self.parameter_type_name.clone())
            .note("parameterTypeFullName", self.parameter_type_full_name.clone())
            .note("parameterAssemblyFullName", self.parameter_assembly_full_name.clone())
            .note("helpMessage", self.help_message.clone())
            .note("isMandatory", self.is_mandatory);
        let object = match &self.default_value {
            Some(value) => object.note("defaultValue", value.clone()),
            None => object,
        };
        object
            .note("metadata", array_list([]))
            .note("modifiedByRemotingProtocol", false)
            .note("isFromRemoteHost", false)
            .into()
    }
}

impl ChoiceDescription {
    fn to_value(&self) -> Value {
        Object::new().note("label", self.label.clone()).note("helpMessage", self.help_message.clone()).into()
    }
}

impl PsCredential {
    /// The object of MS-PSRP 2.2.3.25, in host calls and elsewhere.
    pub fn to_value(&self) -> Value {
        const NAME: &str = "System.Management.Automation.PSCredential";
        Object::with_type_names(&[NAME, "System.Object"])
            .text(NAME)
            .adapted("UserName", self.user_name.clone())
            .adapted("Password", self.password.clone())
            .into()
    }
}

impl Coordinates {
    pub(crate) fn to_value(self) -> Value {
        Object::new().note("x", self.x).note("y", self.y).into()
    }
}

impl Size {
    pub(crate) fn to_value(self) -> Value {
        Object::new().note("width", self.width).note("height", self.height).into()
    }
}

impl Rectangle {
    pub(crate) fn to_value(self) -> Value {
        Object::new()
            .note("left", self.left)
            .note("top", self.top)
            .note("right", self.right)
            .note("bottom", self.bottom)
            .into()
    }
}

impl BufferCell {
    pub(crate) fn to_value(self) -> Value {
        Object::new()
            .note("character", Value::Char(self.character))
            .note("foregroundColor", self.foreground_color)
            .note("backgroundColor", self.background_color)
            .note("bufferCellType", self.buffer_cell_type)
            .into()
    }
}

impl KeyInfo {
    pub(crate) fn to_value(self) -> Value {
        Object::new()
            .note("virtualKeyCode", self.virtual_key_code)
            .note("character", Value::Char(self.character))
            .note("controlKeyState", self.control_key_state)
            .note("keyDown", self.key_down)
            .into()
    }
}

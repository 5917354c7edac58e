use clixml::{SecureString, Str, Value};

use crate::record::{ErrorRecord, ProgressRecord};

/// One host method with its arguments (MS-PSRP 2.2.3.17). The number in each line is the method's id.
#[derive(Clone, Debug, PartialEq)]
pub enum HostCall {
    /// 6.
    SetShouldExit(i32),
    /// 11: a line of text from the user.
    ReadLine,
    /// 12: the same, hidden.
    ReadLineAsSecureString,
    /// 13.
    Write1(Str),
    /// 14: foreground, background, text; -1 for no colour.
    Write2(i32, i32, Str),
    /// 15.
    WriteLine1,
    /// 16.
    WriteLine2(Str),
    /// 17: foreground, background, text; -1 for no colour.
    WriteLine3(i32, i32, Str),
    /// 18.
    WriteErrorLine(Str),
    /// 19.
    WriteDebugLine(Str),
    /// 20: source id and record.
    WriteProgress(i64, ProgressRecord),
    /// 21.
    WriteVerboseLine(Str),
    /// 22.
    WriteWarningLine(Str),
    /// 23: several fields at once.
    Prompt {
        /// Above the fields.
        caption: Str,
        /// Under the caption.
        message: Str,
        /// What is asked for.
        fields: Vec<FieldDescription>,
    },
    /// 25: a user name and a password.
    PromptForCredential2 {
        /// Never null, never empty: the client builds its warning around it.
        caption: Str,
        /// Under the caption.
        message: Str,
        /// The name offered, or nothing.
        user_name: Str,
        /// What it is for.
        target_name: Str,
        /// 1 generic, 2 domain, 3 default (both).
        allowed_types: i32,
        /// 0 none, 1 default (validate the name's syntax), 2 always prompt, 3 read-only user name.
        options: i32,
    },
    /// 26: one of several choices.
    PromptForChoice {
        /// Above.
        caption: Str,
        /// Under the caption.
        message: Str,
        /// In order.
        choices: Vec<ChoiceDescription>,
        /// The one that Enter takes, or -1.
        default_choice: i32,
    },
    /// 56: any of several choices.
    PromptForChoiceMultipleSelection {
        /// Above.
        caption: Str,
        /// Under the caption.
        message: Str,
        /// In order.
        choices: Vec<ChoiceDescription>,
        /// Those that Enter takes.
        default_choices: Vec<i32>,
    },
    /// 28.
    SetForegroundColor(i32),
    /// 30.
    SetBackgroundColor(i32),
    /// 32.
    SetCursorPosition(Coordinates),
    /// 42.
    SetWindowTitle(Str),
    /// 46: 1 allow Ctrl+C, 2 no echo, 4 key down, 8 key up.
    ReadKey(i32),
    /// 47.
    FlushInputBuffer,
    /// 48: the rectangle of -1 clears the screen.
    SetBufferContents1(Rectangle, BufferCell),
    /// 53: leave an interactive session.
    PopRunspace,
    /// Any other method of the table, with its arguments already in the encoding of MS-PSRP 2.2.6.
    Other(i32, Vec<Value>),
}

/// What the client's host answered.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "an answer is rare, and read at once")]
pub enum HostReply {
    /// `mr`, still in the encoding of MS-PSRP 2.2.6; `Null` if it was absent.
    Value(Value),
    /// `me`: the host method threw, or the user broke the prompt off.
    Error(ErrorRecord),
}

/// One field of [`HostCall::Prompt`].
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDescription {
    /// Key of the answer.
    pub name: Str,
    /// Label with `&` before its hot key, or nothing.
    pub label: Str,
    /// Short type name, such as `String`, `SecureString`, `PSCredential`, `String[]`.
    pub parameter_type_name: Str,
    /// Full type name.
    pub parameter_type_full_name: Str,
    /// The type's assembly-qualified name; must not be empty.
    pub parameter_assembly_full_name: Str,
    /// Shown by `!?`.
    pub help_message: Str,
    /// Must be answered.
    pub is_mandatory: bool,
    /// The answer that Enter takes, in host encoding.
    pub default_value: Option<Value>,
}

/// One choice of [`HostCall::PromptForChoice`].
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceDescription {
    /// With `&` before its hot key.
    pub label: Str,
    /// Shown by `?`.
    pub help_message: Str,
}

/// A user name and a password: `System.Management.Automation.PSCredential` (MS-PSRP 2.2.3.25).
#[derive(Clone, Debug, PartialEq)]
pub struct PsCredential {
    /// Name, with a domain or without.
    pub user_name: Str,
    /// Password.
    pub password: SecureString,
}

/// A cell of the screen (MS-PSRP 2.2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are PowerShell's own
pub struct Coordinates {
    pub x: i32,
    pub y: i32,
}

/// Columns and lines (MS-PSRP 2.2.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are PowerShell's own
pub struct Size {
    pub width: i32,
    pub height: i32,
}

/// A part of the screen (MS-PSRP 2.2.3.28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are PowerShell's own
pub struct Rectangle {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

/// What a cell of the screen shows (MS-PSRP 2.2.3.28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are PowerShell's own
pub struct BufferCell {
    pub character: u16,
    pub foreground_color: i32,
    pub background_color: i32,
    /// 0 complete, 1 leading, 2 trailing.
    pub buffer_cell_type: i32,
}

/// A key press (MS-PSRP 2.2.3.26).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are PowerShell's own
pub struct KeyInfo {
    pub virtual_key_code: i32,
    pub character: u16,
    pub control_key_state: i32,
    pub key_down: bool,
}

use clixml::{Content, DateTime, Object, Str, TypeNames, Value};

use crate::fields::{FieldError, Fields, strings_of};

/// Which of the three plain text streams (MS-PSRP 2.2.2.22 to 2.2.2.24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum InformationalKind {
    Debug,
    Verbose,
    Warning,
}

/// MS-PSRP 2.2.3.16, a warning, verbose or debug text.
#[derive(Clone, Debug, PartialEq)]
pub struct InformationalRecord {
    /// Its stream.
    pub kind: InformationalKind,
    /// Its text.
    pub message: Str,
}

/// MS-PSRP 2.2.2.26, what `Write-Information` and `Write-Host` make.
#[derive(Clone, Debug, PartialEq)]
pub struct InformationRecord {
    /// Any object; `Write-Host` makes a `HostInformationMessage`.
    pub message_data: Value,
    /// Where it comes from.
    pub source: Str,
    /// When.
    pub time_generated: DateTime,
    /// `PSHOST` marks what `Write-Host` wrote.
    pub tags: Vec<Str>,
    /// Who.
    pub user: Str,
    /// On which computer.
    pub computer: Str,
    /// Of which process.
    pub process_id: u32,
    /// Of which thread.
    pub native_thread_id: u32,
    /// Of which .NET thread.
    pub managed_thread_id: u32,
}

impl InformationalRecord {
    /// A record of this stream.
    pub fn new(kind: InformationalKind, message: impl Into<Str>) -> InformationalRecord {
        InformationalRecord { kind, message: message.into() }
    }

    /// The object of the message.
    pub fn to_value(&self) -> Value {
        let type_names = self.kind.type_names();
        let object = Object { type_names: TypeNames::from_static(type_names), ..Object::default() };
        object
            .text(self.message.clone())
            .note("InformationalRecord_Message", self.message.clone())
            .note("InformationalRecord_SerializeInvocationInfo", false)
            .into()
    }

    /// Reads a record of this stream. Where it was written is dropped.
    pub fn from_value(kind: InformationalKind, value: &Value) -> Result<InformationalRecord, FieldError> {
        let fields = Fields::new("InformationalRecord", value)?;
        Ok(InformationalRecord { kind, message: fields.string_or_empty("InformationalRecord_Message")? })
    }
}

impl InformationalKind {
    fn type_names(self) -> &'static [&'static str] {
        match self {
            InformationalKind::Debug => &[
                "System.Management.Automation.DebugRecord",
                "System.Management.Automation.InformationalRecord",
                "System.Object",
            ],
            InformationalKind::Verbose => &[
                "System.Management.Automation.VerboseRecord",
                "System.Management.Automation.InformationalRecord",
                "System.Object",
            ],
            InformationalKind::Warning => &[
                "System.Management.Automation.WarningRecord",
                "System.Management.Automation.InformationalRecord",
                "System.Object",
            ],
        }
    }
}

const STRING_LIST: &[&str] = &[
    "System.Collections.Generic.List`1[[System.String, System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, PublicKeyToken=7cec85d7bea7798e]]",
    "System.Object",
];

impl InformationRecord {
    /// The object of the message.
    pub fn to_value(&self) -> Value {
        let tags = self.tags.iter().map(|tag| Value::String(tag.clone())).collect();
        Object::new()
            .note("MessageData", self.message_data.clone())
            .note("Source", self.source.clone())
            .note("TimeGenerated", self.time_generated)
            .note("Tags", Object::with_type_names(STRING_LIST).content(Content::List(tags)))
            .note("User", self.user.clone())
            .note("Computer", self.computer.clone())
            .note("ProcessId", self.process_id)
            .note("NativeThreadId", self.native_thread_id)
            .note("ManagedThreadId", self.managed_thread_id)
            .into()
    }

    /// Reads a record as peers write it.
    pub fn from_value(value: &Value) -> Result<InformationRecord, FieldError> {
        let fields = Fields::new("INFORMATION_RECORD", value)?;
        Ok(InformationRecord {
            message_data: fields.find("MessageData").cloned().unwrap_or_default(),
            source: fields.string_or_empty("Source")?,
            time_generated: fields.required("TimeGenerated", "a date", |value| match value {
                Value::DateTime(time) => Some(*time),
                _ => None,
            })?,
            tags: fields.optional("Tags", "a list", strings_of)?.unwrap_or_default(),
            user: fields.string_or_empty("User")?,
            computer: fields.string_or_empty("Computer")?,
            process_id: fields.u32("ProcessId")?.unwrap_or(0),
            native_thread_id: fields.u32("NativeThreadId")?.unwrap_or(0),
            managed_thread_id: fields.u32("ManagedThreadId")?.unwrap_or(0),
        })
    }
}

use clixml::{SecureString, Str, Value};

use super::encode::{array_list, hashtable};
use super::{HostReply, KeyInfo, PsCredential};
use crate::fields::{i32_of, str_of};
use crate::record::ErrorRecord;

/// A host call did not bring what was asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplyError {
    /// The user broke the prompt off, or the host cannot do it. The record says what the host said.
    #[error("{}", .0.message())]
    Refused(Box<ErrorRecord>),
    /// The answer is of another type.
    #[error("the host's answer is not {expected}")]
    Unexpected {
        /// What was asked for.
        expected: &'static str,
    },
}

/// What came back, by the kind of question.
impl HostReply {
    /// The answer in host encoding; `Null` if the host gave none.
    pub fn value(self) -> Result<Value, ReplyError> {
        match self {
            HostReply::Value(value) => Ok(value),
            HostReply::Error(record) => Err(ReplyError::Refused(Box::new(record))),
        }
    }

    fn read<T>(self, expected: &'static str, read: impl FnOnce(&Value) -> Option<T>) -> Result<T, ReplyError> {
        read(&self.value()?).ok_or(ReplyError::Unexpected { expected })
    }

    /// To `ReadLine`. No answer at all is an empty line.
    pub fn string(self) -> Result<Str, ReplyError> {
        self.read("a string", |value| if value.is_null() { Some(Str::default()) } else { str_of(value) })
    }

    /// To `ReadLineAsSecureString`.
    pub fn secure_string(self) -> Result<SecureString, ReplyError> {
        self.read("a secure string", |value| match value {
            Value::SecureString(text) => Some(text.clone()),
            Value::Null => Some(SecureString::new("")),
            _ => None,
        })
    }

    /// To `PromptForChoice`: the index of the choice.
    pub fn choice(self) -> Result<i32, ReplyError> {
        self.read("a number", i32_of)
    }

    /// To `PromptForChoiceMultipleSelection`: the indexes of the choices.
    pub fn choices(self) -> Result<Vec<i32>, ReplyError> {
        self.read("a list of numbers", |value| match value {
            Value::Null => Some(Vec::new()),
            value => value.as_list()?.iter().map(i32_of).collect(),
        })
    }

    /// To `PromptForCredential2`; nothing if the user gave none.
    pub fn credential(self) -> Result<Option<PsCredential>, ReplyError> {
        self.read("a credential", |value| match value {
            Value::Null => Some(None),
            value => PsCredential::from_value(value).map(Some),
        })
    }

    /// To `Prompt`: each field's name and value, without conversion. Empty if the user broke it off.
    pub fn fields(self) -> Result<Vec<(Str, Value)>, ReplyError> {
        self.read("a hashtable", |value| match value {
            Value::Null => Some(Vec::new()),
            value => {
                let entries = value.as_object()?.entries()?.iter();
                entries.map(|(name, value)| Some((str_of(name)?, value.clone()))).collect()
            }
        })
    }

    /// To `ReadKey`.
    pub fn key(self) -> Result<KeyInfo, ReplyError> {
        self.read("a key", KeyInfo::from_value)
    }

    /// To `PromptForChoiceMultipleSelection`.
    pub fn of_choices(choices: impl IntoIterator<Item = i32>) -> HostReply {
        HostReply::Value(array_list(choices.into_iter().map(Value::Int32)))
    }

    /// To `PromptForCredential2`.
    pub fn of_credential(credential: &PsCredential) -> HostReply {
        HostReply::Value(credential.to_value())
    }

    /// To `Prompt`.
    pub fn of_fields<N: Into<Str>>(fields: impl IntoIterator<Item = (N, Value)>) -> HostReply {
        HostReply::Value(hashtable(fields.into_iter().map(|(name, value)| (Value::string(name), value))))
    }

    /// To `ReadKey`.
    pub fn of_key(key: KeyInfo) -> HostReply {
        HostReply::Value(key.to_value())
    }
}

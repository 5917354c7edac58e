//! PowerShell values and their CLIXML form.
//!
//! MS-PSRP 2.2.5 names two dozen primitive types and one complex object; [`Value`] and [`Object`] are those.
//! Type names that arrive are data: nothing here ever looks one up.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod cipher;
mod date_time;
mod decimal;
mod escape;
mod float;
mod lexer;
mod limits;
mod object;
mod reader;
mod scan;
mod secure_string;
mod text;
mod time_span;
mod type_names;
mod value;
mod version;
mod writer;

pub use cipher::{Masked, Plain, SecureStringCipher, utf16_le};
pub use date_time::{Civil, DateTime, DateTimeKind};
pub use decimal::{Decimal, InvalidDecimal};
pub use limits::Limits;
pub use object::{Content, Object, Properties};
pub use reader::{ReadError, ReadErrorKind, read, read_document};
pub use secure_string::{Secret, SecureString};
pub use time_span::TimeSpan;
pub use type_names::TypeNames;
pub use uuid::Uuid as Guid;
pub use value::Value;
pub use version::{InvalidVersion, Version};
pub use writer::{TOO_DEEP, to_string, write, write_document};

/// A string of a value or a name: up to 24 bytes need no allocation.
pub use compact_str::CompactString as Str;

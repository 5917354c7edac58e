//! What a command writes beside its output: errors, warnings, progress … (MS-PSRP 2.2.3.15, 2.2.3.16, 2.2.2.25, 2.2.2.26).
//!
//! Each type has `to_value`, the CLIXML of its message, and `from_value`, the way back.

mod error_category;
mod error_record;
mod exception;
mod informational;
mod progress;

pub use error_category::ErrorCategory;
pub use error_record::{ErrorDetails, ErrorRecord};
pub use exception::Exception;
pub use informational::{InformationRecord, InformationalKind, InformationalRecord};
pub use progress::{ProgressRecord, ProgressType};

use clixml::Str;

/// MS-PSRP 2.2.2.25, one state of a progress bar. The bounds that clients insist on hold by construction of the writer:
/// an empty activity or status is written as a blank.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgressRecord {
    /// What is going on.
    pub activity: Str,
    /// Which bar, 0 or more.
    pub activity_id: i32,
    /// How it stands.
    pub status_description: Str,
    /// The step at hand.
    pub current_operation: Option<Str>,
    /// The bar this one stands under, or -1. Never itself.
    pub parent_activity_id: i32,
    /// 0 to 100, or -1 if nobody knows.
    pub percent_complete: i32,
    /// Going on, or over.
    pub kind: ProgressType,
    /// Seconds to go, or -1 if nobody knows.
    pub seconds_remaining: i32,
}

/// `System.Management.Automation.ProgressRecordType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum ProgressType {
    Processing = 0,
    Completed = 1,
}

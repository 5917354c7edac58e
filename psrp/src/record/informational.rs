use clixml::{DateTime, Str, Value};

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

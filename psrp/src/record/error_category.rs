/// MS-PSRP 2.2.3.9, `System.Management.Automation.ErrorCategory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(i32)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum ErrorCategory {
    #[default]
    NotSpecified = 0,
    OpenError = 1,
    CloseError = 2,
    DeviceError = 3,
    DeadlockDetected = 4,
    InvalidArgument = 5,
    InvalidData = 6,
    InvalidOperation = 7,
    InvalidResult = 8,
    InvalidType = 9,
    MetadataError = 10,
    NotImplemented = 11,
    NotInstalled = 12,
    ObjectNotFound = 13,
    OperationStopped = 14,
    OperationTimeout = 15,
    SyntaxError = 16,
    ParserError = 17,
    PermissionDenied = 18,
    ResourceBusy = 19,
    ResourceExists = 20,
    ResourceUnavailable = 21,
    ReadError = 22,
    WriteError = 23,
    FromStdErr = 24,
    SecurityError = 25,
    ProtocolError = 26,
    ConnectionError = 27,
    AuthenticationError = 28,
    LimitsExceeded = 29,
    QuotaExceeded = 30,
    NotEnabled = 31,
}

impl ErrorCategory {
    const ALL: &[(ErrorCategory, &str)] = &[
        (ErrorCategory::NotSpecified, "NotSpecified"),
        (ErrorCategory::OpenError, "OpenError"),
        (ErrorCategory::CloseError, "CloseError"),
        (ErrorCategory::DeviceError, "DeviceError"),
        (ErrorCategory::DeadlockDetected, "DeadlockDetected"),
        (ErrorCategory::InvalidArgument, "InvalidArgument"),
        (ErrorCategory::InvalidData, "InvalidData"),
        (ErrorCategory::InvalidOperation, "InvalidOperation"),
        (ErrorCategory::InvalidResult, "InvalidResult"),
        (ErrorCategory::InvalidType, "InvalidType"),
        (ErrorCategory::MetadataError, "MetadataError"),
        (ErrorCategory::NotImplemented, "NotImplemented"),
        (ErrorCategory::NotInstalled, "NotInstalled"),
        (ErrorCategory::ObjectNotFound, "ObjectNotFound"),
        (ErrorCategory::OperationStopped, "OperationStopped"),
        (ErrorCategory::OperationTimeout, "OperationTimeout"),
        (ErrorCategory::SyntaxError, "SyntaxError"),
        (ErrorCategory::ParserError, "ParserError"),
        (ErrorCategory::PermissionDenied, "PermissionDenied"),
        (ErrorCategory::ResourceBusy, "ResourceBusy"),
        (ErrorCategory::ResourceExists, "ResourceExists"),
        (ErrorCategory::ResourceUnavailable, "ResourceUnavailable"),
        (ErrorCategory::ReadError, "ReadError"),
        (ErrorCategory::WriteError, "WriteError"),
        (ErrorCategory::FromStdErr, "FromStdErr"),
        (ErrorCategory::SecurityError, "SecurityError"),
        (ErrorCategory::ProtocolError, "ProtocolError"),
        (ErrorCategory::ConnectionError, "ConnectionError"),
        (ErrorCategory::AuthenticationError, "AuthenticationError"),
        (ErrorCategory::LimitsExceeded, "LimitsExceeded"),
        (ErrorCategory::QuotaExceeded, "QuotaExceeded"),
        (ErrorCategory::NotEnabled, "NotEnabled"),
    ];

    /// By its number; an unknown one is `NotSpecified`.
    pub fn from_i32(number: i32) -> ErrorCategory {
        ErrorCategory::ALL
            .iter()
            .find(|(category, _)| *category as i32 == number)
            .map_or_else(ErrorCategory::default, |(category, _)| *category)
    }

    /// The name as PowerShell prints it.
    pub fn name(self) -> &'static str {
        ErrorCategory::ALL.iter().find(|(category, _)| *category == self).map_or("NotSpecified", |(_, name)| name)
    }
}

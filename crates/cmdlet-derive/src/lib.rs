//! Derives for commands: `Cmdlet` for the command itself, `PsObject` for what it writes, `PsEnum` for its enumerations.

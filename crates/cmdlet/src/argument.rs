use clixml::{Str, Value};

/// One entry of a command's `Args` (MS-PSRP 2.2.3.13), read by the rule of the real server: enter-pssession.md 6.5.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `-Name`: a switch, or a parameter whose value is the next entry. Without its dash.
    Name(Str),
    /// `-Name:value`, or a pair of the PowerShell API; the value may be `Null` and is one.
    Pair(Str, Value),
    /// A value by position, or that of the [`Argument::Name`] before it.
    Value(Value),
}

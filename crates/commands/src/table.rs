use cmdlet::CommandTable;

use crate::builtin::builtins;

/// Every command of the endpoint: one line each, in the order that `Get-Command` lists them.
pub fn table() -> CommandTable {
    builtins(CommandTable::new())
}

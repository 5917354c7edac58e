//! Who may run what. For now everybody who got in has the same role, which may run every command of the table.

use clixml::Str;
use cmdlet::{Bound, CommandInfo, Policy};
use psrp::record::ErrorRecord;

/// The one role.
#[derive(Clone, Copy, Debug, Default)]
pub struct OneRole;

impl Policy for OneRole {
    fn authorize(&self, _info: &'static CommandInfo, _bound: &Bound) -> Result<Str, ErrorRecord> {
        Ok("all commands".into())
    }
}

//! The eight commands that every session has, with the parameters that a restricted session leaves them (jea.md 1.2), and those
//! that clients call by themselves.

mod clear_host;
mod completion_rate;
mod console;
mod exit_pssession;
mod get_command;
mod get_format_data;
mod get_help;
mod measure_object;
mod out_default;
mod prompt;
mod select_object;
mod tab_expansion2;

pub use clear_host::ClearHost;
pub use completion_rate::CompletionRate;
pub use exit_pssession::{Exit, ExitPSSession};
pub use get_command::GetCommand;
pub use get_format_data::GetFormatData;
pub use get_help::GetHelp;
pub use measure_object::MeasureObject;
pub use out_default::OutDefault;
pub use prompt::Prompt;
pub use select_object::SelectObject;
pub use tab_expansion2::TabExpansion2;

use cmdlet::CommandTable;

/// Adds them to a table. `prompt` and `TabExpansion2` are hidden in a real restricted session, whose users have a prompt that is
/// drawn wrongly and no completion.
#[must_use]
pub fn builtins(table: CommandTable) -> CommandTable {
    table
        .add::<ClearHost>()
        .add::<ExitPSSession>()
        .add::<GetCommand>()
        .add::<GetFormatData>()
        .add::<GetHelp>()
        .add::<MeasureObject>()
        .add::<OutDefault>()
        .add::<SelectObject>()
        .add_unlisted::<Exit>()
        .add_unlisted::<Prompt>()
        .add_unlisted::<TabExpansion2>()
        .alias("clear", "Clear-Host")
        .alias("cls", "Clear-Host")
        .alias("exsn", "Exit-PSSession")
        .alias("gcm", "Get-Command")
        .alias("measure", "Measure-Object")
        .alias("select", "Select-Object")
}

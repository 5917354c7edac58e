//! The commands of the reference server's test module, as a table of pepd's own: its functions, streams, prompts, objects and
//! views. Served by pepd, it must look to a stock client like the real thing.

#![allow(missing_docs)] // the commands say what they are to their users
#![allow(clippy::single_match_else)] // both cases read as cases

mod failure;
mod many;
mod objects;
mod prompts;
mod session;
mod streams;
mod values;
mod views;
pub mod winrm;

use cmdlet::CommandTable;

pub use failure::*;
pub use many::many;
pub use objects::*;
pub use prompts::*;
pub use session::*;
pub use streams::*;
pub use values::*;

/// The table. `friendly` adds what a session needs that the restricted one hides: `prompt` and `TabExpansion2`.
pub fn table(friendly: bool) -> CommandTable {
    let table = CommandTable::new()
        .module("OraclePep", clixml::Version { major: 1, minor: 2, build: Some(3), revision: None })
        .add::<AddPepList>()
        .add::<GetPepGreeting>()
        .add::<GetPepHostInfo>()
        .add::<GetPepLog>()
        .add::<GetPepNode>()
        .add::<GetPepObject>()
        .add::<GetPepSecret>()
        .add::<GetPepSession>()
        .add::<InvokePepFailure>()
        .add::<InvokePepNoop>()
        .add::<JoinPepItem>()
        .add::<MeasurePepInput>()
        .add::<NewPepUser>()
        .add::<ReadPepLine>()
        .add::<ReadPepSecret>()
        .add::<RemovePepThing>()
        .add::<RequestPepCredential>()
        .add::<RequestPepField>()
        .add::<SelectPepChoice>()
        .add::<StartPepTask>()
        .add::<TestPepCredential>()
        .add::<TestPepSecret>()
        .add::<TestPepValue>()
        .add::<WritePepStream>();
    let table = views::add(commands::builtin::builtins(table));
    // the reference server is a Linux one, which has no `clear`, and knows no `exit`
    let table = table.without("exit").without_alias("clear");
    if friendly { table.add_unlisted::<FriendlyPrompt>() } else { table.without("prompt").without("TabExpansion2") }
}

//! What clients can find out about the command table: `Get-Command`, syntax, the metadata that `Import-PSSession` asks for,
//! views, help, completion. All of it is looked up in declarations; nothing is run or read.

mod catalog;
mod command_info;
mod complete;
mod completion_line;
mod format_data;
mod help;
mod metadata;
mod show_command;
mod syntax;
mod wildcard;

pub use catalog::{CommandQuery, CommandTypes, Found, Listed, command_not_found, find};
pub use command_info::{command_object, command_property};
pub use complete::{complete, completer, no_completion};
pub use format_data::format_data;
pub use help::{help_not_found, help_object, missing_help};
pub use metadata::{MetadataRequest, command_metadata};
pub use show_command::show_command_object;
pub use syntax::{syntax_line, syntax_text};
pub use wildcard::Wildcard;

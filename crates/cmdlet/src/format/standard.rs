//! Views of PowerShell's own types. Clients have them too, so they are never handed out.

use clixml::Value;

use super::properties::property;
use super::view::{Column, Item, View};
use super::{help_text, number};

/// In the order looked through.
pub(crate) const STANDARD_VIEWS: &[View] = &[
    View::table(
        "CommandInfo",
        &[
            "System.Management.Automation.AliasInfo",
            "System.Management.Automation.CmdletInfo",
            "System.Management.Automation.FunctionInfo",
        ],
        &[
            Column::property("CommandType").width(15),
            Column::computed("Name", "Name", command_name).width(50),
            Column::property("Version").width(10),
            Column::property("Source"),
        ],
    ),
    View::table(
        "Dictionary",
        &["System.Collections.DictionaryEntry"],
        &[Column::property("Name").width(30), Column::property("Value")],
    ),
    View::table(
        "System.Version",
        &["System.Version"],
        &[
            Column::property("Major").width(6),
            Column::property("Minor").width(6),
            Column::property("Build").width(6),
            Column::property("Revision").width(8),
        ],
    ),
    View::table("System.Guid", &["System.Guid"], &[Column::property("Guid")]),
    View::list(
        "System.TimeSpan",
        &["System.TimeSpan"],
        &[
            Item::property("Days"),
            Item::property("Hours"),
            Item::property("Minutes"),
            Item::property("Seconds"),
            Item::property("Milliseconds"),
            Item::property("Ticks"),
            Item::property("TotalDays"),
            Item::property("TotalHours"),
            Item::property("TotalMinutes"),
            Item::property("TotalSeconds"),
            Item::property("TotalMilliseconds"),
        ],
    ),
    View::text("DateTime", &["System.DateTime"], long_date),
    View::table(
        "ExtendedTypeDefinition",
        &["System.Management.Automation.ExtendedTypeDefinition"],
        &[Column::property("TypeNames"), Column::property("FormatViewDefinition")],
    ),
    View::text("DefaultCommandHelp", &["MamlCommandHelpInfo"], help_text::help_lines),
];

/// An alias says what it stands for.
fn command_name(command: &Value) -> Value {
    property(command, "DisplayName")
        .or_else(|| property(command, "Name"))
        .map_or(Value::Null, std::borrow::Cow::into_owned)
}

fn long_date(value: &Value, _console: usize) -> Vec<String> {
    match value {
        Value::DateTime(date) => vec![number::long_date(*date)],
        other => vec![super::text::text(other).into()],
    }
}

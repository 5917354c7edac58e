//! How an error record reads on the screen.

use std::fmt::Write as _;

use clixml::{Str, Value};

use super::properties::property;
use super::text::text;
use super::{Line, Stream};

/// Which of PowerShell's two ways of showing an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ErrorView {
    /// As Windows PowerShell 5.1: the message, then lines with `CategoryInfo` and `FullyQualifiedErrorId`, all of it red.
    #[default]
    Normal51,
    /// As PowerShell 7: `Command: message`.
    Concise,
}

/// Is this value an error record?
pub(crate) fn is_error(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.is_a("System.Management.Automation.ErrorRecord"))
}

/// The lines of an error record. `console` is how many cells a line has.
pub(crate) fn error_lines(record: &Value, view: ErrorView, console: usize) -> Vec<Line> {
    let error = ErrorText::of(record);
    match view {
        ErrorView::Normal51 => {
            error.normal(console).into_iter().map(|text| Line { stream: Stream::Error, text }).collect()
        }
        ErrorView::Concise => {
            let stream = if error.came_back { Stream::Output } else { Stream::Error };
            error.concise(console).into_iter().map(|text| Line { stream, text }).collect()
        }
    }
}

/// What the views need of an error record.
struct ErrorText<'a> {
    record: &'a Value,
    /// The client received it, and sent it back to be shown (captured.md 2.1). Its category is then out of the view's reach.
    came_back: bool,
    message: Str,
    has_details: bool,
}

impl ErrorText<'_> {
    fn of(record: &Value) -> ErrorText<'_> {
        let exception = record.property("Exception");
        let details = string(record, "ErrorDetails_Message").filter(|details| !details.is_empty());
        let message = exception.and_then(|exception| string(exception, "Message"));
        ErrorText {
            record,
            came_back: exception
                .and_then(Value::as_object)
                .is_some_and(|exception| exception.is_a("System.Management.Automation.RemoteException")),
            has_details: details.is_some(),
            message: details.or(message).unwrap_or_else(|| text(record)),
        }
    }

    fn field(&self, name: &str) -> Str {
        string(self.record, name).unwrap_or_default()
    }

    /// A property of the record's `InvocationInfo`.
    fn invocation(&self, name: &str) -> Str {
        self.record.property("InvocationInfo").and_then(|info| string(info, name)).unwrap_or_default()
    }

    /// enter-pssession.md 8.4.
    fn normal(&self, console: usize) -> Vec<String> {
        let mut out = Vec::new();
        let named = self.invocation("InvocationName");
        let called = if matches!(named.as_str(), "" | "&" | ".") { self.invocation("MyCommand") } else { named };
        let command = if called.is_empty() && !self.came_back { self.field("ErrorCategory_Activity") } else { called };
        let prefix = if command.is_empty() { String::new() } else { format!("{command} : ") };
        out.extend(format!("{prefix}{}", self.message).lines().map(str::to_owned));
        let position = self.invocation("PositionMessage");
        out.extend(position.lines().map(str::to_owned));
        let category = format!("+ CategoryInfo          : {}", self.field("ErrorCategory_Message"));
        let id = format!("+ FullyQualifiedErrorId : {}", self.field("FullyQualifiedErrorId"));
        for line in [category, id] {
            out.extend(super::cells::wrap(&line, console.saturating_sub(5)).iter().map(|part| format!("    {part}")));
        }
        if !self.has_details {
            out.push(" ".to_owned());
        }
        out
    }

    fn concise(&self, console: usize) -> Vec<String> {
        let script = self.invocation("ScriptName");
        let line_number = self.record.property("InvocationInfo").and_then(|info| info.property("ScriptLineNumber"));
        let line_number = line_number.and_then(Value::as_i32).unwrap_or(0);
        let is_parser_error = !self.came_back && self.category() == Some(PARSER_ERROR);
        let shows_position = (!script.is_empty() || line_number > 1) && !script.to_ascii_lowercase().ends_with(".psm1");
        let mut out = format!("{}: ", self.label());
        let mut prefix = String::new();
        let position = self.invocation("PositionMessage");
        let lines: Vec<&str> = position.lines().collect();
        if let (true, [_, source, .., marks]) = (shows_position, lines.as_slice()) {
            let number = line_number.to_string();
            let gutter = " ".repeat(number.len().saturating_sub(4));
            prefix = format!("{gutter}     | ");
            if !script.is_empty() {
                let _ = write!(out, "{script}:{number}");
            }
            let source = source.get(1..).unwrap_or_default();
            let marks = marks.get(1..).unwrap_or_default();
            let _ = write!(out, "\n{gutter}Line |\n{number:>4} | {source}\n{prefix}{marks}\n");
        }
        let mut message = format!("{prefix}{}", self.message);
        if !script.is_empty() || is_parser_error {
            message = in_one_paragraph(&message.replace(['\n', '\t'], " "), &prefix, console + 1);
            message.push('\n');
        }
        out.push_str(&message);
        let advice = self.field("ErrorDetails_RecommendedAction");
        if !advice.trim().is_empty() {
            out.push_str("\n  Recommendation: ");
            out.push_str(&advice);
        }
        super::cells::lines(&out)
    }

    /// What stands before the colon.
    fn label(&self) -> Str {
        let thrown = self.record.property("Exception").and_then(|e| e.property("WasThrownFromThrowStatement"));
        if !self.came_back && thrown.and_then(Value::as_bool) == Some(true) {
            return "Exception".into();
        }
        let category = || {
            let message = self.field("ErrorCategory_Message");
            let name = message.split(':').next().map(Str::from);
            self.category().filter(|number| *number != 0).and(name)
        };
        let candidates = if self.came_back {
            [Some(self.invocation("MyCommand")), Some(self.invocation("InvocationName")), None, None, None]
        } else {
            [
                Some(self.invocation("MyCommand")),
                Some(self.field("ErrorCategory_Activity")),
                Some(self.invocation("InvocationName")),
                category(),
                Some(self.field("ErrorCategory_Reason")),
            ]
        };
        candidates.into_iter().flatten().find(|label| !label.is_empty()).unwrap_or_else(|| "Error".into())
    }

    fn category(&self) -> Option<i32> {
        self.record.property("ErrorCategory_Category").and_then(Value::as_i32)
    }
}

const PARSER_ERROR: i32 = 17;

fn string(value: &Value, name: &str) -> Option<Str> {
    property(value, name).filter(|found| !found.is_null()).map(|found| text(&found))
}

/// Breaks a message at blanks so that it stands behind its prefix.
fn in_one_paragraph(message: &str, prefix: &str, console: usize) -> String {
    if message.chars().count() <= console {
        return message.to_owned();
    }
    let mut out = String::new();
    let mut rest = message.to_owned();
    while rest.chars().count() > console {
        let head: String = rest.chars().take(console).collect();
        let cut = match head.rfind(char::is_whitespace) {
            Some(at) if at > prefix.len() => at,
            _ => head.len(),
        };
        out.push_str(rest.get(..cut).unwrap_or_default());
        out.push('\n');
        rest = format!("{prefix}{}", rest.get(cut..).unwrap_or_default().trim());
    }
    out.push_str(&rest);
    out
}

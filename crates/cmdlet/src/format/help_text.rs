//! `Get-Help X` as it reads on the screen: the view of `MamlCommandHelpInfo`.

use clixml::{Str, Value};

use super::cells::wrap;
use super::properties::property;
use super::text::{elements, text};

/// The lines of a help object (import-pssession.md 7.2), indented and cut to the console.
pub(crate) fn help_lines(help: &Value, console: usize) -> Vec<String> {
    let mut page = Page { console, ..Page::default() };
    let details = property(help, "details");
    let name = details.as_deref().map(|details| string(details, "name")).unwrap_or_default();

    page.line("NAME");
    page.indented(|page| {
        page.line(&name);
        page.line("");
    });
    page.line("SYNOPSIS");
    page.indented(|page| {
        details.as_deref().into_iter().for_each(|details| page.paragraphs(details, "description"));
        page.line("");
        page.line("");
    });
    page.line("SYNTAX");
    page.indented(|page| {
        for item in property(help, "syntax").map(|syntax| many(&syntax, "syntaxItem")).unwrap_or_default() {
            let parameters: String = many(&item, "parameter").iter().map(parameter).collect();
            page.line(&format!("{} {parameters}[<CommonParameters>]", string(&item, "name")));
            page.line("");
        }
        page.line("");
    });
    page.line("DESCRIPTION");
    page.indented(|page| {
        page.paragraphs(help, "description");
        page.line("");
    });
    page.line("");
    page.line("RELATED LINKS");
    let links = property(help, "relatedLinks").map(|links| many(&links, "navigationLink")).unwrap_or_default();
    page.indented(|page| {
        for link in &links {
            let label = string(link, "linkText");
            let gap = if label.is_empty() { "" } else { " " };
            page.line(&format!("{label}{gap}{}", string(link, "uri")));
        }
    });
    page.line("");
    page.line("REMARKS");
    page.indented(|page| {
        page.line(&format!("To see the examples, type: \"Get-Help {name} -Examples\""));
        page.line(&format!("For more information, type: \"Get-Help {name} -Detailed\""));
        page.line(&format!("For technical information, type: \"Get-Help {name} -Full\""));
    });
    if links.is_empty() {
        page.line("");
    } else {
        page.line(&format!("    For online help, type: \"Get-Help {name} -Online\""));
    }
    page.lines
}

/// A parameter in a syntax line, with a blank behind it.
fn parameter(parameter: &Value) -> String {
    let name = string(parameter, "name");
    let optional = !string(parameter, "required").eq_ignore_ascii_case("true");
    let position = string(parameter, "position");
    let positional = !position.is_empty() && !position.to_ascii_lowercase().contains("named");
    let group = property(parameter, "parameterValueGroup").map(|group| many(&group, "parameterValue"));
    let value = match (group, property(parameter, "parameterValue")) {
        (Some(values), _) => {
            let values: Vec<String> = values.iter().map(|value| text(value).into()).collect();
            format!(" {{{}}}", values.join(" | "))
        }
        (None, Some(value)) => format!(" <{}>", text(&value)),
        (None, None) => String::new(),
    };
    match (optional, positional) {
        (true, true) => format!("[[-{name}]{value}] "),
        (true, false) => format!("[-{name}{value}] "),
        (false, true) => format!("[-{name}]{value} "),
        (false, false) => format!("-{name}{value} "),
    }
}

fn string(value: &Value, name: &str) -> Str {
    property(value, name).map(|found| text(&found)).unwrap_or_default()
}

/// A list, or the one thing that stands for a list of one.
fn many(value: &Value, name: &str) -> Vec<Value> {
    match property(value, name) {
        None => Vec::new(),
        Some(found) if found.is_null() => Vec::new(),
        Some(found) => elements(&found).unwrap_or_else(|| vec![found.into_owned()]),
    }
}

#[derive(Default)]
struct Page {
    console: usize,
    indent: usize,
    lines: Vec<String>,
}

impl Page {
    fn line(&mut self, text: &str) {
        let room = self.console.saturating_sub(self.indent);
        let indent = " ".repeat(self.indent);
        self.lines.extend(wrap(text, room).into_iter().map(|line| format!("{indent}{line}")));
    }

    fn indented(&mut self, write: impl FnOnce(&mut Page)) {
        self.indent += 4;
        write(self);
        self.indent -= 4;
    }

    /// Each text item a line.
    fn paragraphs(&mut self, value: &Value, name: &str) {
        for item in many(value, name) {
            self.line(&string(&item, "Text"));
        }
    }
}

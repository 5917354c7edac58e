//! A line a property.

use super::cells::{RESET, clip, lines, needs_reset, width, wrap};
use super::style::Style;

const SEPARATOR: &str = " : ";

/// The lines of one object: each label once, padded to the longest.
pub(crate) fn list_lines(properties: &[(String, String)], console: usize, style: Style) -> Vec<String> {
    let room = console.saturating_sub(SEPARATOR.len() + 1);
    if properties.is_empty() || room == 0 {
        return Vec::new();
    }
    let label_width = properties.iter().map(|(label, _)| width(label)).max().unwrap_or(0).min(room);
    let indent = " ".repeat(label_width + SEPARATOR.len());
    let field = console - indent.len();
    let mut out = Vec::new();
    for (label, value) in properties {
        let mut label = clip(label, label_width);
        label.push_str(&" ".repeat(label_width.saturating_sub(width(&label))));
        label.push_str(SEPARATOR);
        for (at, text) in lines(value).iter().flat_map(|line| wrap(line, field)).enumerate() {
            let mut line = if at == 0 { format!("{}{label}{}", style.header, style.reset) } else { indent.clone() };
            line.push_str(&text);
            if needs_reset(&text) {
                line.push_str(RESET);
            }
            out.push(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(properties: &[(&str, &str)], console: usize) -> Vec<String> {
        let properties: Vec<_> = properties.iter().map(|(l, v)| ((*l).to_owned(), (*v).to_owned())).collect();
        list_lines(&properties, console, Style::PLAIN)
    }

    #[test]
    fn labels_line_up_and_long_values_go_on_below() {
        assert_eq!(list(&[("Id", "1"), ("Name", "abcdefgh")], 12), ["Id   : 1", "Name : abcde", "       fgh"]);
        assert_eq!(list(&[("A", "x\ny")], 40), ["A : x", "    y"]);
    }

    #[test]
    fn a_console_too_narrow_for_anything_shows_nothing() {
        assert_eq!(list(&[("Name", "x")], 4), Vec::<String>::new());
        assert_eq!(list(&[("Name", "x")], 5), ["N : x"]);
    }
}

//! Rows and columns.

use super::cells::{RESET, fit, needs_reset, width, wrap};
use super::style::Style;
use super::view::Alignment;

/// One column as a running table knows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnShape {
    pub(crate) label: String,
    /// Cells; 0 if nobody said.
    pub(crate) width: usize,
    pub(crate) alignment: Alignment,
    /// The label is a property's name; others are written in italics.
    pub(crate) is_property: bool,
}

/// A table whose column widths are settled.
#[derive(Debug)]
pub(crate) struct TableWriter {
    columns: Vec<Settled>,
    style: Style,
}

#[derive(Debug)]
struct Settled {
    shape: ColumnShape,
    /// `None`: the column had no room.
    width: Option<usize>,
}

impl TableWriter {
    /// Shares the console's cells out among the columns.
    pub(crate) fn new(columns: Vec<ColumnShape>, console: usize, style: Style) -> TableWriter {
        const NARROWEST: usize = 5;
        let requested: Vec<usize> = columns.iter().map(|column| column.width).collect();
        let widths = if console < NARROWEST { vec![None; columns.len()] } else { share_out(&requested, console) };
        let columns = columns.into_iter().zip(widths).map(|(shape, width)| Settled { shape, width }).collect();
        TableWriter { columns, style }
    }

    fn shown(&self) -> impl Iterator<Item = (usize, &Settled, usize)> {
        self.columns.iter().enumerate().filter_map(|(at, column)| column.width.map(|width| (at, column, width)))
    }

    /// The labels and the dashes under them.
    pub(crate) fn header(&self) -> Vec<String> {
        let labels: Vec<&str> = self.columns.iter().map(|column| column.shape.label.as_str()).collect();
        let mut lines = self.wrapped_row(&labels, true);
        if lines.is_empty() {
            return lines;
        }
        let dashes: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let cells = column.width.unwrap_or(0);
                let label = width(&column.shape.label);
                "-".repeat(if label > 0 { label.min(cells) } else { cells })
            })
            .collect();
        let dashes: Vec<&str> = dashes.iter().map(String::as_str).collect();
        lines.push(self.cut_row(&dashes, true));
        lines
    }

    /// One object; long cells are cut, or go on in the next line if the view says so.
    pub(crate) fn row(&self, values: &[&str], wrapped: bool) -> Vec<String> {
        if self.shown().next().is_none() {
            return Vec::new();
        }
        if wrapped { self.wrapped_row(values, false) } else { vec![self.cut_row(values, false)] }
    }

    fn cut_row(&self, values: &[&str], header: bool) -> String {
        let mut line = String::new();
        for (at, column, cells) in self.shown() {
            if at > 0 {
                line.push(' ');
            }
            let last = at + 1 == self.columns.len();
            let field = fit(values.get(at).unwrap_or(&""), cells, column.shape.alignment, !last);
            if header {
                line.push_str(self.style.header);
                line.push_str(&field);
                line.push_str(self.style.reset);
            } else {
                line.push_str(&field);
                if needs_reset(field.trim_end()) {
                    line.push_str(RESET);
                }
            }
        }
        line
    }

    fn wrapped_row(&self, values: &[&str], header: bool) -> Vec<String> {
        let count = self.shown().count();
        let mut fields: Vec<Vec<String>> = Vec::with_capacity(count);
        for (place, (at, column, cells)) in self.shown().enumerate() {
            let alignment = column.shape.alignment;
            let pad_end = place + 1 < count;
            let padded = pad_end || matches!(alignment, Alignment::Right | Alignment::Center);
            let separator = if place > 0 { " " } else { "" };
            let lines = wrap(values.get(at).unwrap_or(&""), cells).into_iter().map(|line| {
                let field = if padded && width(&line) < cells { fit(&line, cells, alignment, pad_end) } else { line };
                format!("{separator}{field}")
            });
            fields.push(lines.collect());
        }
        let height = fields.iter().map(Vec::len).max().unwrap_or(0);
        (0..height).map(|line| self.wrapped_line(&fields, line, height, header)).collect()
    }

    fn wrapped_line(&self, fields: &[Vec<String>], line: usize, height: usize, header: bool) -> String {
        let last_with_content = fields.iter().rposition(|field| field.len() > line).unwrap_or(0);
        let mut out = String::new();
        for (place, ((_, column, cells), field)) in self.shown().zip(fields).enumerate() {
            let missing =
                if place > last_with_content || place + 1 == fields.len() { 0 } else { cells + usize::from(place > 0) };
            let mut text = field.get(line).cloned().unwrap_or_else(|| " ".repeat(missing));
            if place == last_with_content && height > 1 {
                text.truncate(text.trim_end().len());
            }
            if header && column.shape.is_property {
                out.push_str(self.style.header);
            } else if header && !text.is_empty() {
                text.insert_str(usize::from(place > 0), self.style.custom_header);
            }
            out.push_str(&text);
            if header {
                out.push_str(self.style.reset);
            }
        }
        out
    }
}

/// Widths that fit into the console: columns without one share what is left evenly, and what does not fit is cut from the end.
fn share_out(requested: &[usize], console: usize) -> Vec<Option<usize>> {
    let mut widths: Vec<usize> = requested.iter().map(|width| (*width).max(1)).collect();
    let open: Vec<usize> =
        requested.iter().enumerate().filter(|(_, width)| **width == 0).map(|(column, _)| column).collect();
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + widths.len().saturating_sub(1);
    let used = total(&widths);
    if used <= console {
        let spare = console - used;
        for (place, column) in open.iter().enumerate() {
            if let Some(width) = widths.get_mut(*column) {
                *width += spare / open.len() + usize::from(place < spare % open.len());
            }
        }
    }
    while total(&widths) > console {
        let excess = total(&widths) - console;
        match widths.last_mut() {
            Some(last) if *last > excess => *last -= excess,
            Some(_) => drop(widths.pop()),
            None => break,
        }
    }
    let shown = widths.len();
    widths.into_iter().map(Some).chain(std::iter::repeat_n(None, requested.len() - shown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_without_a_width_share_the_rest() {
        assert_eq!(share_out(&[30, 0], 79), [Some(30), Some(48)]);
        assert_eq!(share_out(&[0, 0, 0], 20), [Some(6), Some(6), Some(6)]);
        assert_eq!(share_out(&[0, 0, 0], 21), [Some(7), Some(6), Some(6)]);
    }

    #[test]
    fn what_does_not_fit_is_cut_from_the_end() {
        assert_eq!(share_out(&[10, 10, 10], 25), [Some(10), Some(10), Some(3)]);
        assert_eq!(share_out(&[10, 14, 10], 25), [Some(10), Some(14), None]);
        assert_eq!(share_out(&[40], 25), [Some(25)]);
    }
}

//! Objects in, lines out.

use std::time::{Duration, Instant};

use clixml::{Str, Value};

use super::cells::width;
use super::error_view::{ErrorView, error_lines, is_error};
use super::list::list_lines;
use super::properties::{is_right_aligned, is_scalar, property, property_names, type_names};
use super::standard::STANDARD_VIEWS;
use super::style::Style;
use super::table::{ColumnShape, TableWriter};
use super::text::{cell, elements, text};
use super::view::{Alignment, Body, Column, Item, Source, View};

/// One line for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which of the host's methods writes it.
    pub stream: Stream,
    /// Without its line end. A string that a command wrote stays in one piece, line ends and all.
    pub text: String,
}

/// Where a [`Line`] comes from; the client colours all but the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // PowerShell's own names
pub enum Stream {
    Output,
    Error,
    Warning,
    Verbose,
    Debug,
}

/// The formatter of one pipeline: give it each object, then [`OutDefault::finish`].
#[derive(Debug)]
pub struct OutDefault {
    views: Vec<View>,
    console: usize,
    style: Style,
    error_view: ErrorView,
    document: Option<Document>,
    out: Vec<Line>,
}

/// The view that the first object chose, until the end.
#[derive(Debug)]
struct Document {
    view: Option<View>,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Table(RunningTable),
    List(Option<&'static [Item]>),
    Text(fn(&Value, usize) -> Vec<String>),
}

#[derive(Debug)]
struct RunningTable {
    columns: Columns,
    wrap: bool,
    /// Columns become as wide as what the first rows hold.
    measures: bool,
    state: TableState,
}

/// What stands in each column.
#[derive(Debug)]
enum Columns {
    View(&'static [Column]),
    Properties(Vec<Str>),
}

#[derive(Debug)]
enum TableState {
    Waiting { shapes: Vec<ColumnShape>, since: Instant, held: Vec<Held> },
    Running(TableWriter),
}

/// Rows wait until it is known how wide the columns must be, and with them what comes between.
#[derive(Debug)]
enum Held {
    Row(Vec<String>),
    Line(Line),
}

/// A table without widths waits this long for more rows to measure.
const MEASURING_TIME: Duration = Duration::from_millis(300);
/// And for no more of them than this.
const MEASURED_ROWS: usize = 1000;
/// Objects with more properties than this become a list.
const MOST_TABLE_PROPERTIES: usize = 4;
/// Lists inside lists are gone through this deep.
const DEEPEST_LIST: usize = 8;

impl OutDefault {
    /// For a console of so many columns. `ansi`: it shows colours. Views given come before PowerShell's own.
    pub fn new(views: impl IntoIterator<Item = View>, columns: u16, ansi: bool, error_view: ErrorView) -> OutDefault {
        OutDefault {
            views: views.into_iter().chain(STANDARD_VIEWS.iter().copied()).collect(),
            console: usize::from(columns).saturating_sub(1), // the last column would wrap the line
            style: if ansi { Style::ANSI } else { Style::PLAIN },
            error_view,
            document: None,
            out: Vec::new(),
        }
    }

    /// Takes an object and returns the lines that are ready. `now` tells how long a table has been waiting for rows.
    pub fn push(&mut self, value: &Value, now: Instant) -> Vec<Line> {
        if !value.is_null() {
            self.go_through(value, now, 0);
        }
        std::mem::take(&mut self.out)
    }

    /// Ends the output and returns the lines that are left.
    pub fn finish(&mut self) -> Vec<Line> {
        if let Some(mut document) = self.document.take() {
            if let Shape::Table(table) = &mut document.shape {
                table.settle(self.console, self.style, &mut self.out);
            }
            if !matches!(document.shape, Shape::List(_)) {
                self.line("");
            }
        }
        std::mem::take(&mut self.out)
    }

    fn go_through(&mut self, value: &Value, now: Instant, depth: usize) {
        match elements(value) {
            Some(items) if depth < DEEPEST_LIST => {
                for item in &items {
                    self.go_through(item, now, depth + 1);
                }
            }
            _ => self.show(value, now),
        }
    }

    fn show(&mut self, value: &Value, now: Instant) {
        if let Some(lines) = self.by_itself(value) {
            return self.between_rows(lines);
        }
        if self.document.is_none() {
            self.line("");
            self.document = Some(self.open(value, now));
        }
        let Some(mut document) = self.document.take() else { return };
        if document.view.is_some_and(|view| view.distance(type_names(value)).is_none()) {
            let lines = self.stranger(value);
            self.document = Some(document);
            return self.between_rows(lines);
        }
        match &mut document.shape {
            Shape::Table(table) => table.add(value, now, self.console, self.style, &mut self.out),
            Shape::List(items) => {
                let list = list_lines(&list_fields(value, *items), self.console, self.style);
                self.out.extend(list.into_iter().map(output));
                self.line("");
            }
            Shape::Text(lines) => self.out.extend(lines(value, self.console).into_iter().map(output)),
        }
        self.document = Some(document);
    }

    /// What is shown without any view: text, numbers, records of the streams.
    fn by_itself(&self, value: &Value) -> Option<Vec<Line>> {
        if is_error(value) {
            return Some(error_lines(value, self.error_view, self.console));
        }
        if let Some(line) = record_line(value) {
            return Some(vec![line]);
        }
        if let Value::Xml(document) = value {
            return Some(vec![output(document.clone().into())]);
        }
        let bare = is_scalar(value)
            || value.is_null()
            || value.as_object().is_some_and(|object| object.adapted.is_empty() && object.extended.is_empty());
        bare.then(|| vec![output(text(value).into())])
    }

    /// An object that the running view does not show: a list of its own.
    fn stranger(&self, value: &Value) -> Vec<Line> {
        let fields = list_fields(value, None);
        if fields.is_empty() {
            return vec![output(text(value).into())];
        }
        let list = list_lines(&fields, self.console, self.style);
        let blank = || std::iter::once(String::new());
        blank().chain(list).chain(blank()).map(output).collect()
    }

    fn between_rows(&mut self, lines: Vec<Line>) {
        match &mut self.document {
            Some(Document {
                shape: Shape::Table(RunningTable { state: TableState::Waiting { held, .. }, .. }),
                ..
            }) => {
                held.extend(lines.into_iter().map(Held::Line));
            }
            _ => self.out.extend(lines),
        }
    }

    fn open(&self, value: &Value, now: Instant) -> Document {
        let view = self.view_of(value);
        let shape = match view.map(|view| view.body) {
            Some(Body::List(items)) => Shape::List(Some(items)),
            Some(Body::Text(lines)) => Shape::Text(lines),
            Some(Body::Table(table)) => {
                let shapes = table.columns.iter().map(|column| view_column(column, value)).collect();
                Shape::Table(RunningTable {
                    measures: table.auto_size || table.columns.first().is_some_and(|first| first.width == 0),
                    wrap: table.wrap,
                    ..RunningTable::new(Columns::View(table.columns), shapes, now)
                })
            }
            None => {
                let names = property_names(value);
                if names.len() > MOST_TABLE_PROPERTIES {
                    Shape::List(None)
                } else {
                    let shapes = names.iter().map(|name| property_column(name, value)).collect();
                    Shape::Table(RunningTable::new(Columns::Properties(names), shapes, now))
                }
            }
        };
        Document { view, shape }
    }

    /// The view whose type is closest to the object's own.
    fn view_of(&self, value: &Value) -> Option<View> {
        let distances = self.views.iter().filter_map(|view| Some((view.distance(type_names(value))?, view)));
        distances.min_by_key(|(distance, _)| *distance).map(|(_, view)| *view)
    }

    fn line(&mut self, text: &str) {
        self.out.push(output(text.to_owned()));
    }
}

fn output(text: String) -> Line {
    Line { stream: Stream::Output, text }
}

/// A record of another stream that was merged into the output.
fn record_line(value: &Value) -> Option<Line> {
    const RECORDS: [(&str, Stream); 4] = [
        ("System.Management.Automation.WarningRecord", Stream::Warning),
        ("System.Management.Automation.VerboseRecord", Stream::Verbose),
        ("System.Management.Automation.DebugRecord", Stream::Debug),
        ("System.Management.Automation.InformationRecord", Stream::Output),
    ];
    let object = value.as_object()?;
    let (_, stream) = RECORDS.into_iter().find(|(name, _)| object.is_a(name))?;
    let message =
        ["InformationalRecord_Message", "Message", "MessageData"].into_iter().find_map(|name| object.property(name));
    let text = message.map_or_else(|| text(value), text).into();
    Some(Line { stream, text })
}

fn view_column(column: &Column, first: &Value) -> ColumnShape {
    let label = column.heading();
    ColumnShape {
        label: label.to_owned(),
        width: usize::from(column.width),
        alignment: column.alignment,
        is_property: column.label.is_none_or(|label| label.is_empty() || property(first, label).is_some()),
    }
}

fn property_column(name: &str, first: &Value) -> ColumnShape {
    let right = property(first, name).is_some_and(|value| is_right_aligned(&value));
    let alignment = if right { Alignment::Right } else { Alignment::Left };
    ColumnShape { label: name.to_owned(), width: 0, alignment, is_property: true }
}

/// Label and text of each line of a list.
fn list_fields(value: &Value, items: Option<&[Item]>) -> Vec<(String, String)> {
    let shown = |name: &str| property(value, name).map(|found| cell(&found, false)).unwrap_or_default();
    match items {
        Some(items) => items
            .iter()
            .map(|item| (item.label.unwrap_or(item.source.name()).to_owned(), source_cell(&item.source, value)))
            .collect(),
        None => property_names(value).into_iter().map(|name| (name.clone().into(), shown(&name))).collect(),
    }
}

fn source_cell(source: &Source, value: &Value) -> String {
    match source {
        Source::Property(name) => property(value, name).map(|found| cell(&found, false)).unwrap_or_default(),
        Source::Computed(_, compute) => cell(&compute(value), false),
    }
}

impl RunningTable {
    fn new(columns: Columns, shapes: Vec<ColumnShape>, since: Instant) -> RunningTable {
        let state = TableState::Waiting { shapes, since, held: Vec::new() };
        RunningTable { columns, wrap: false, measures: true, state }
    }

    fn cells(&self, value: &Value) -> Vec<String> {
        match &self.columns {
            Columns::View(columns) => columns.iter().map(|column| source_cell(&column.source, value)).collect(),
            Columns::Properties(names) => names
                .iter()
                .map(|name| property(value, name).map(|found| cell(&found, true)).unwrap_or_default())
                .collect(),
        }
    }

    fn add(&mut self, value: &Value, now: Instant, console: usize, style: Style, out: &mut Vec<Line>) {
        let cells = self.cells(value);
        match &mut self.state {
            TableState::Running(writer) => write_row(writer, &cells, self.wrap, out),
            TableState::Waiting { since, held, .. } => {
                held.push(Held::Row(cells));
                let long_enough = now.saturating_duration_since(*since) > MEASURING_TIME;
                if !self.measures || held.len() >= MEASURED_ROWS || long_enough {
                    self.settle(console, style, out);
                }
            }
        }
    }

    /// Ends the waiting: measures what is held, and writes it.
    fn settle(&mut self, console: usize, style: Style, out: &mut Vec<Line>) {
        let TableState::Waiting { shapes, held, .. } = &mut self.state else { return };
        let (mut shapes, held) = (std::mem::take(shapes), std::mem::take(held));
        if self.measures {
            for (at, shape) in shapes.iter_mut().enumerate() {
                let cells = held.iter().filter_map(|held| if let Held::Row(row) = held { row.get(at) } else { None });
                let widest = cells.map(|cell| width(cell)).max().unwrap_or(0);
                shape.width = widest.max(width(&shape.label));
            }
        }
        let writer = TableWriter::new(shapes, console, style);
        out.extend(writer.header().into_iter().map(output));
        for held in held {
            match held {
                Held::Row(cells) => write_row(&writer, &cells, self.wrap, out),
                Held::Line(line) => out.push(line),
            }
        }
        self.state = TableState::Running(writer);
    }
}

fn write_row(writer: &TableWriter, cells: &[String], wrap: bool, out: &mut Vec<Line>) {
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    out.extend(writer.row(&cells, wrap).into_iter().map(output));
}

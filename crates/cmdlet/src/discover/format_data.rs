//! Views as `Get-FormatData` hands them out (captured.md 3.6, import-pssession.md 4). Clients rebuild them by type name, and one
//! bad column makes a whole import fail.

use clixml::{Object, Value};

use super::Wildcard;
use super::command_info::{STRING_LIST, collection, list};
use crate::CommandTable;
use crate::format::{Alignment, Body, Column, Item, Source, View};

/// The type names of one of PowerShell's classes.
macro_rules! class {
    ($name:literal) => {
        &[concat!("System.Management.Automation.", $name), "System.Object"]
    };
    ($name:literal, $base:literal) => {
        &[
            concat!("System.Management.Automation.", $name),
            concat!("System.Management.Automation.", $base),
            "System.Object",
        ]
    };
}

/// The definitions of all types whose name matches one of these; an empty list stands for `*`.
pub fn format_data(table: &CommandTable, type_names: &[String]) -> Vec<Value> {
    let patterns: Vec<Wildcard> = type_names.iter().map(|name| Wildcard::new(name)).collect();
    let wanted = |name: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(name));
    let views = table.views().iter().filter_map(|view| Some((view, control(view)?)));
    views
        .flat_map(|(view, control)| view.type_names.iter().map(move |name| (*name, view, control.clone())))
        .filter(|(name, ..)| wanted(name))
        .map(|(name, view, control)| definition(name, view, control))
        .collect()
}

fn definition(type_name: &'static str, view: &View, control: Value) -> Value {
    let mut view_object =
        automation(class!("FormatViewDefinition")).adapted("Name", view.name).adapted("Control", control);
    view_object.extended.push("InstanceId", view.instance_id());
    automation(class!("ExtendedTypeDefinition"))
        .text(type_name)
        .adapted("TypeName", type_name)
        .adapted("TypeNames", list(STRING_LIST, vec![type_name.into()]))
        .adapted("FormatViewDefinition", list(VIEWS, vec![view_object.into()]))
        .into()
}

/// Only tables and lists of properties can go to another computer.
fn control(view: &View) -> Option<Value> {
    match &view.body {
        Body::Table(table) => {
            let headers = table.columns.iter().map(header).collect();
            let columns = table.columns.iter().map(column).collect();
            let row = automation(class!("TableControlRow"))
                .adapted("Columns", list(COLUMNS, columns))
                .adapted("SelectedBy", Value::Null)
                .adapted("Wrap", table.wrap);
            let control = automation(class!("TableControl", "PSControl"))
                .adapted("Headers", list(HEADERS, headers))
                .adapted("Rows", list(ROWS, vec![row.into()]))
                .adapted("AutoSize", table.auto_size)
                .adapted("HideTableHeaders", false)
                .adapted("GroupBy", Value::Null)
                .adapted("OutOfBand", false);
            Some(control.into())
        }
        Body::List(items) => {
            let items = items.iter().map(item).collect();
            let type_names = || list(STRING_LIST, Vec::new());
            let selected = automation(class!("EntrySelectedBy"))
                .adapted("TypeNames", type_names())
                .adapted("SelectionCondition", Value::Null);
            let entry = automation(class!("ListControlEntry"))
                .adapted("Items", list(ITEMS, items))
                .adapted("SelectedBy", type_names())
                .adapted("EntrySelectedBy", selected);
            let control = automation(class!("ListControl", "PSControl"))
                .adapted("Entries", list(ENTRIES, vec![entry.into()]))
                .adapted("GroupBy", Value::Null)
                .adapted("OutOfBand", false);
            Some(control.into())
        }
        Body::Text(_) => None,
    }
}

fn header(column: &Column) -> Value {
    automation(class!("TableControlColumnHeader"))
        .adapted("Label", column.label)
        .adapted("Alignment", column.alignment.name())
        .adapted("Width", i32::from(column.width))
        .into()
}

fn column(column: &Column) -> Value {
    automation(class!("TableControlColumn"))
        .text(column.source.name())
        .adapted("Alignment", Alignment::Undefined.name())
        .adapted("DisplayEntry", display_entry(&column.source))
        .adapted("FormatString", Value::Null)
        .into()
}

fn item(item: &Item) -> Value {
    automation(class!("ListControlEntryItem"))
        .adapted("Label", item.label)
        .adapted("DisplayEntry", display_entry(&item.source))
        .adapted("ItemSelectionCondition", Value::Null)
        .adapted("FormatString", Value::Null)
        .into()
}

fn display_entry(source: &Source) -> Value {
    automation(class!("DisplayEntry"))
        .text(format!("property: {}", source.name()))
        .adapted("ValueType", "Property")
        .adapted("Value", source.name())
        .into()
}

/// An object of one of PowerShell's types, whose text is the type's name.
fn automation(type_names: &'static [&'static str]) -> Object {
    Object::with_type_names(type_names).text(type_names.first().copied().unwrap_or_default())
}

const VIEWS: &[&str] = collection!("System.Collections.Generic.List`1", "FormatViewDefinition");
const HEADERS: &[&str] = collection!("System.Collections.Generic.List`1", "TableControlColumnHeader");
const ROWS: &[&str] = collection!("System.Collections.Generic.List`1", "TableControlRow");
const COLUMNS: &[&str] = collection!("System.Collections.Generic.List`1", "TableControlColumn");
const ENTRIES: &[&str] = collection!("System.Collections.Generic.List`1", "ListControlEntry");
const ITEMS: &[&str] = collection!("System.Collections.Generic.List`1", "ListControlEntryItem");

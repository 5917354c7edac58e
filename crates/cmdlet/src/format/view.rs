//! How objects of a type are shown: one declaration for the console and for clients that import the session.

use clixml::{Guid, Str, Value};

/// A named view of one or more types.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Its name.
    pub name: &'static str,
    /// The types it shows, by their first type name. `Get-FormatData` hands it out under the first of them.
    pub type_names: &'static [&'static str],
    /// Its shape.
    pub body: Body,
}

/// The shape of a [`View`].
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// A row an object.
    Table(Table),
    /// A line a property.
    List(&'static [Item]),
    /// Lines that a function writes, given the width of the console. Never handed out.
    Text(fn(&Value, usize) -> Vec<String>),
}

/// The body of a table view.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// From left to right.
    pub columns: &'static [Column],
    /// Columns are as wide as what stands in them.
    pub auto_size: bool,
    /// Long cells go on in the next line instead of being cut.
    pub wrap: bool,
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading; without one, the property's name.
    pub label: Option<&'static str>,
    /// What stands in it.
    pub source: Source,
    /// Cells; 0 shares out what is left.
    pub width: u16,
    /// How it is aligned.
    pub alignment: Alignment,
}

/// One line of a list.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Its label; without one, the property's name.
    pub label: Option<&'static str>,
    /// What stands behind it.
    pub source: Source,
}

/// Where a column or item takes its value from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A property.
    Property(&'static str),
    /// A function over the object. Clients that import the session cannot be given it: they show the property named here.
    Computed(&'static str, fn(&Value) -> Value),
}

/// `System.Management.Automation.Alignment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs)] // the names are PowerShell's own
pub enum Alignment {
    #[default]
    Undefined = 0,
    Left = 1,
    Center = 2,
    Right = 3,
}

impl View {
    /// A table with columns of their declared width.
    pub const fn table(name: &'static str, type_names: &'static [&'static str], columns: &'static [Column]) -> View {
        View { name, type_names, body: Body::Table(Table { columns, auto_size: false, wrap: false }) }
    }

    /// A list.
    pub const fn list(name: &'static str, type_names: &'static [&'static str], items: &'static [Item]) -> View {
        View { name, type_names, body: Body::List(items) }
    }

    /// Lines that a function writes, given the object and the cells of a line.
    pub const fn text(
        name: &'static str,
        type_names: &'static [&'static str],
        lines: fn(&Value, usize) -> Vec<String>,
    ) -> View {
        View { name, type_names, body: Body::Text(lines) }
    }

    /// A table whose columns are as wide as what stands in them.
    #[must_use]
    pub const fn auto_size(mut self) -> View {
        if let Body::Table(table) = &mut self.body {
            table.auto_size = true;
        }
        self
    }

    /// A table whose long cells go on in the next line.
    #[must_use]
    pub const fn wrap(mut self) -> View {
        if let Body::Table(table) = &mut self.body {
            table.wrap = true;
        }
        self
    }

    /// How far down an object's type names the view's own stands: 0 is the closest. `None` if it does not show such objects.
    pub fn distance<'a>(&self, type_names: impl Iterator<Item = &'a str>) -> Option<usize> {
        type_names
            .map(|name| name.strip_prefix("Deserialized.").unwrap_or(name))
            .position(|name| self.type_names.iter().any(|own| own.eq_ignore_ascii_case(name)))
    }

    /// The view's `InstanceId`: the same in every session, and no other view's (import-pssession.md 4.3).
    pub fn instance_id(&self) -> Guid {
        let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d; // FNV-1a, 128 bit
        for text in self.type_names.iter().chain([&self.name]) {
            for byte in text.bytes().chain([0]) {
                hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
            }
        }
        Guid::from_u128(hash)
    }
}

impl Column {
    /// A column of a property.
    pub const fn property(name: &'static str) -> Column {
        Column { label: None, source: Source::Property(name), width: 0, alignment: Alignment::Undefined }
    }

    /// A column of what a function returns; `property` stands in for it where no function can go.
    pub const fn computed(label: &'static str, property: &'static str, value: fn(&Value) -> Value) -> Column {
        Column {
            label: Some(label),
            source: Source::Computed(property, value),
            width: 0,
            alignment: Alignment::Undefined,
        }
    }

    /// Sets the heading.
    #[must_use]
    pub const fn label(mut self, label: &'static str) -> Column {
        self.label = Some(label);
        self
    }

    /// Sets the width in cells.
    #[must_use]
    pub const fn width(mut self, cells: u16) -> Column {
        self.width = cells;
        self
    }

    /// Sets the alignment.
    #[must_use]
    pub const fn align(mut self, alignment: Alignment) -> Column {
        self.alignment = alignment;
        self
    }

    /// What stands above it.
    pub fn heading(&self) -> &'static str {
        self.label.unwrap_or(self.source.name())
    }
}

impl Item {
    /// An item of a property.
    pub const fn property(name: &'static str) -> Item {
        Item { label: None, source: Source::Property(name) }
    }

    /// An item of what a function returns; `property` stands in for it where no function can go.
    pub const fn computed(label: &'static str, property: &'static str, value: fn(&Value) -> Value) -> Item {
        Item { label: Some(label), source: Source::Computed(property, value) }
    }

    /// Sets the label.
    #[must_use]
    pub const fn label(mut self, label: &'static str) -> Item {
        self.label = Some(label);
        self
    }
}

impl Source {
    /// The property's name.
    pub const fn name(&self) -> &'static str {
        match self {
            Source::Property(name) | Source::Computed(name, _) => name,
        }
    }
}

impl Alignment {
    /// Its name, as it travels.
    pub const fn name(self) -> &'static str {
        match self {
            Alignment::Undefined => "Undefined",
            Alignment::Left => "Left",
            Alignment::Center => "Center",
            Alignment::Right => "Right",
        }
    }
}

impl From<Alignment> for Str {
    fn from(alignment: Alignment) -> Str {
        alignment.name().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: View = View::table("PepNode", &["Oracle.Pep.Node"], &[Column::property("Name").width(12)]);

    #[test]
    fn a_view_finds_its_type_below_others_and_after_a_journey() {
        assert_eq!(NODE.distance(["Oracle.Pep.Node", "System.Object"].into_iter()), Some(0));
        assert_eq!(NODE.distance(["X", "Deserialized.oracle.pep.node"].into_iter()), Some(1));
        assert_eq!(NODE.distance(["X"].into_iter()), None);
    }

    #[test]
    fn an_instance_id_is_constant_and_its_views_own() {
        let other = View::list("PepNode", &["Oracle.Pep.Job"], &[]);
        assert_eq!(NODE.instance_id(), NODE.instance_id());
        assert_ne!(NODE.instance_id(), other.instance_id());
    }
}

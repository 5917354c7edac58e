//! Views, and the formatter behind `Out-Default`.
//!
//! It writes what PowerShell 7 writes in the invariant culture, line by line: what is text stays text, what has a view is shown
//! by it, and other objects become a table (up to four properties) or a list. The first object decides; what does not fit its
//! table is shown as a list between the rows. Nothing here runs anything: a computed column is a Rust function.

mod cells;
mod error_view;
mod help_text;
mod list;
mod number;
mod out_default;
mod properties;
mod ps_object;
mod standard;
mod style;
mod table;
mod text;
mod view;

pub use error_view::ErrorView;
pub use out_default::{Line, OutDefault, Stream};
pub use ps_object::PsObject;
#[doc(hidden)]
pub use ps_object::note_object;
pub use view::{Alignment, Body, Column, Item, Source, Table, View};

/// How an endpoint shows things; the daemon hands it to commands as a service.
#[derive(Clone, Copy, Debug, Default)]
pub struct DisplaySettings {
    /// How errors read.
    pub error_view: ErrorView,
}

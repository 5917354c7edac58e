//! The endpoint's own commands, one file each.

pub mod builtin;
mod table;

pub use table::table;

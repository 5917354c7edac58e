//! The endpoint's own commands, one file each.

pub mod builtin;

//! Health checks and log collections, by stock PowerShell: the work flows W4 and W5 of operators.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod cluster;
mod health;
mod left;
mod logs;
mod stamp;

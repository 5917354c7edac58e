//! Where clients come in.

pub mod socket;

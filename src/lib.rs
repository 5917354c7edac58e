//! The daemon pepd.

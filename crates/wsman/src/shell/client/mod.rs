//! The client's machine.

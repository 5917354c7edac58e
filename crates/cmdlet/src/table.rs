//! The table of commands: filled once, looked up ever after.

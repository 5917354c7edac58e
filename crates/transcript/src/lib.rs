//! The record: an append-only journal of everything a session did.

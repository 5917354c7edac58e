//! Kerberos by MIT's GSSAPI library (RFC 2743, RFC 4121), as far as WinRM needs it: contexts of both halves, and messages
//! sealed in the shape of WinRM. The library is looked for when it is first needed: nothing is linked, nothing is needed to
//! build, and a machine without it gets a clear text.
//!
//! ```text
//! Credential ──▶ Context (negotiate's KerberosContext) ──▶ tokens ──▶ sealed messages
//! ```
//!
//! Realms, KDCs, ticket caches and encryption are the library's, and `krb5.conf`'s.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod context;
#[forbid(unsafe_code)]
mod failure;
#[forbid(unsafe_code)]
mod kerberos;
mod library;

pub use context::{Context, Credential};
pub use library::is_installed;

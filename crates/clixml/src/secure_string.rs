use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::Str;

/// A `SecureString` (MS-PSRP 2.2.5.1.24): the text once a session's cipher opened it, else the cell as it came.
#[derive(Clone, PartialEq, Eq)]
pub enum SecureString {
    /// Opened.
    Clear(Secret),
    /// Still as on the wire, base64: no key was there to open it.
    Sealed(Str),
}

impl SecureString {
    /// A secure string with this text.
    pub fn new(text: impl Into<String>) -> SecureString {
        SecureString::Clear(Secret::new(text))
    }
}

impl fmt::Debug for SecureString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecureString")
    }
}

/// A text that no log, record or debug print shows, and that leaves memory with its last owner.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Arc::new(Zeroizing::new(text.into())))
    }

    /// The text itself. Every call of this is a place to look at twice.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gssapi::{Context, Credential};
use negotiate::{ChannelBinding, KerberosError, LogonName};

use crate::target::Target;

/// Kerberos for a [`Target`]: what its connections share. A clone shares it too.
#[derive(Clone, Debug, Default)]
pub struct Tickets {
    with_port: bool,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// What the password bought. Without a password the ticket cache is looked at each time: `kinit` may have been there.
    bought: Mutex<Option<Arc<Credential>>>,
    not_to_be_had: AtomicBool,
    wrapped: AtomicBool,
}

impl Tickets {
    /// Nothing yet. With the port the server's principal is `HTTP/host:port` (`-IncludePortInSPN`).
    pub fn new(with_port: bool) -> Tickets {
        Tickets { with_port, shared: Arc::default() }
    }

    /// Whether this machine has a library for Kerberos.
    pub fn are_possible() -> bool {
        gssapi::is_installed()
    }

    /// A handshake with the target. It may ask the KDC, which takes time.
    pub(crate) fn context(&self, target: &Target, binding: Option<&ChannelBinding>) -> Result<Context, KerberosError> {
        let credential = if target.user.is_empty() { None } else { Some(self.bought(target)?) };
        let binding = binding.map(|binding| binding.application_data().to_vec());
        Context::initiator(&self.service(target), credential, binding)
    }

    /// `HTTP@host`, as GSSAPI writes `HTTP/host@REALM`; `krb5.conf` says the realm, and whether the name is looked up before.
    fn service(&self, target: &Target) -> String {
        let host = target.name();
        if self.with_port { format!("HTTP@{host}:{}", target.port) } else { format!("HTTP@{host}") }
    }

    fn bought(&self, target: &Target) -> Result<Arc<Credential>, KerberosError> {
        let mut bought = self.shared.bought.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(credential) = bought.as_ref() {
            return Ok(Arc::clone(credential));
        }
        let credential = Credential::of_password(&principal(&target.user), target.password.expose())?;
        Ok(Arc::clone(bought.insert(Arc::new(credential))))
    }

    /// The next handshake asks for a new ticket.
    pub(crate) fn forget(&self) {
        *self.shared.bought.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Kerberos is not tried again for this target.
    pub(crate) fn give_up(&self) {
        self.shared.not_to_be_had.store(true, Ordering::Relaxed);
    }

    pub(crate) fn are_not_to_be_had(&self) -> bool {
        self.shared.not_to_be_had.load(Ordering::Relaxed)
    }

    /// The server takes Kerberos inside SPNEGO only.
    pub(crate) fn wrap(&self) {
        self.shared.wrapped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn are_wrapped(&self) -> bool {
        self.shared.wrapped.load(Ordering::Relaxed)
    }
}

/// Users write realms in small letters, and Windows takes them; without a realm it is the one of `krb5.conf`.
fn principal(user: &str) -> String {
    let LogonName { user, domain } = LogonName::parse(user);
    if domain.is_empty() { user } else { format!("{user}@{}", domain.to_uppercase()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_realm_is_written_in_capitals_whoever_wrote_it() {
        assert_eq!(principal("alice@lab.example"), "alice@LAB.EXAMPLE");
        assert_eq!(principal("LAB\\alice"), "alice@LAB");
        assert_eq!(principal("alice"), "alice");
    }
}

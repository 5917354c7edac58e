//! Kerberos clients: the keys that their tickets are for, and the accounts that they enter as.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use accounts::AccountStore;
use gssapi::{Context, Credential};
use negotiate::{ChannelBinding, KerberosContext, KerberosService};
use tracing::error;

/// Whose tickets are taken.
#[derive(Clone, Debug)]
pub struct KerberosOptions {
    /// The file with the keys of `HTTP/host`, as `ktadd` and `ktpass` write it.
    pub keytab: PathBuf,
    /// Principals, `user@REALM`, each with the account it enters as. Nobody else is let in.
    pub principals: BTreeMap<String, String>,
}

/// The keys, read for a first time.
pub(crate) struct Tickets {
    keys: Arc<Credential>,
    principals: BTreeMap<String, String>,
    accounts: Arc<AccountStore>,
}

impl KerberosOptions {
    /// Looks for the machine's Kerberos library and into the file.
    ///
    /// # Errors
    /// If there is no library, or no key.
    pub(crate) fn keys(&self) -> io::Result<Arc<Credential>> {
        let failed = |error| io::Error::other(format!("the keytab {}: {error}", self.keytab.display()));
        Ok(Arc::new(Credential::of_keytab(&self.keytab).map_err(failed)?))
    }
}

impl Tickets {
    pub(crate) fn new(options: KerberosOptions, keys: Arc<Credential>, accounts: Arc<AccountStore>) -> Tickets {
        Tickets { keys, principals: options.principals, accounts }
    }
}

impl KerberosService for Tickets {
    fn accept(&self, binding: Option<&ChannelBinding>) -> Box<dyn KerberosContext> {
        let binding = binding.map(|binding| binding.application_data().to_vec());
        Box::new(Context::acceptor(Arc::clone(&self.keys), binding))
    }

    /// As the store spells it: one account is one owner of shells.
    fn account(&self, principal: &str) -> Option<String> {
        let account = self.principals.get(principal)?;
        let found = self.accounts.find(account).unwrap_or_else(|error| {
            error!(%error, "the account store does not answer");
            None
        });
        found.map(|account| account.name)
    }
}

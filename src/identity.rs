//! Who a client is. A [`Principal`] is somebody whom the configuration lets in; only this module makes one.

/// Somebody who is let in, and the account the session runs for.
#[derive(Clone, Debug)]
pub struct Principal {
    account: String,
    source: String,
}

impl Principal {
    /// Whoever started this process, on its own standard input and output.
    pub fn of_this_process(account: &str) -> Principal {
        Principal { account: account.into(), source: format!("process {}", std::process::id()) }
    }

    /// The account the session runs for.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Where the client comes from.
    pub fn source(&self) -> &str {
        &self.source
    }
}

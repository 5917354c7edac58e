//! Who a client is. A [`Principal`] is somebody whom the configuration lets in; only this module makes one.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::SystemTime;

use accounts::{AccountStore, BUILT_IN};
use negotiate::Authenticated;
use rustix::net::UCred;
use rustix::net::sockopt::socket_peercred;
use thiserror::Error;

use crate::config::{Config, Identity};

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

    /// Somebody who proved over the network to be this account, from this address.
    pub(crate) fn of_network(proved: &Authenticated, from: SocketAddr) -> Principal {
        Principal { account: proved.account().to_owned(), source: format!("{from}, {}", proved.mechanism()) }
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

impl PartialEq for Principal {
    /// The same account: it may come from several places.
    fn eq(&self, other: &Principal) -> bool {
        self.account == other.account
    }
}

impl Eq for Principal {}

impl Hash for Principal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.account.hash(state);
    }
}

/// Knows which local users and groups are let in, and as whom.
#[derive(Debug, Default)]
pub struct Doorkeeper {
    users: BTreeMap<String, String>,
    groups: BTreeMap<String, String>,
    accounts: Option<Arc<AccountStore>>,
}

/// Somebody who is not let in. The text is for that person and for the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The kernel does not say who it is.
    #[error("The kernel does not say who is calling: {0}.")]
    Unknown(String),
    /// Neither the user nor one of the user's groups is mapped to an account.
    #[error(
        "The local user '{user}' is not mapped to an account of this endpoint. Its administrator can change that under [identity] \
         in the configuration."
    )]
    NotMapped {
        /// The local user's name, or the number of one that has none.
        user: String,
    },
    /// The user's groups are mapped to more than one account.
    #[error(
        "The groups of the local user '{user}' are mapped to different accounts of this endpoint: {}. Its administrator can name \
         the user under [identity] in the configuration.", accounts.join(", ")
    )]
    Ambiguous {
        /// The local user's name.
        user: String,
        /// The accounts.
        accounts: Vec<String>,
    },
    /// The account that the user is mapped to does not let it in.
    #[error("The local user '{user}' is mapped to an account that does not let it in. {reason}")]
    Account {
        /// The local user's name.
        user: String,
        /// What is the matter with the account.
        reason: String,
    },
}

impl Refusal {
    /// The local user, or `-` if the kernel does not say who it is.
    pub fn user(&self) -> &str {
        match self {
            Refusal::Unknown(_) => "-",
            Refusal::NotMapped { user } | Refusal::Ambiguous { user, .. } | Refusal::Account { user, .. } => user,
        }
    }
}

impl Doorkeeper {
    /// Local users and groups, each with the account it enters as. A user's own entry wins over its groups'.
    pub fn new(users: BTreeMap<String, String>, groups: BTreeMap<String, String>) -> Doorkeeper {
        Doorkeeper { users, groups, accounts: None }
    }

    /// The doorkeeper of a configuration: without `[identity]` whoever starts the daemon is let in as the built-in account.
    pub fn from_config(config: &Config) -> Doorkeeper {
        match &config.identity {
            Some(Identity { users, groups }) => Doorkeeper::new(users.clone(), groups.clone()),
            None => Doorkeeper::new([(current_user(), BUILT_IN.to_owned())].into(), BTreeMap::new()),
        }
    }

    /// Only lets in whose account is in this store and enabled, and notes there when it entered.
    #[must_use]
    pub fn with_accounts(self, accounts: Arc<AccountStore>) -> Doorkeeper {
        Doorkeeper { accounts: Some(accounts), ..self }
    }

    /// The accounts that somebody is mapped to.
    pub fn accounts(&self) -> BTreeSet<&str> {
        self.users.values().chain(self.groups.values()).map(String::as_str).collect()
    }

    /// Lets in who is at the other end of a socket, or says why not. Users, groups and accounts are looked up on a thread of
    /// their own: a directory in the network may take its time.
    ///
    /// # Errors
    /// Who is refused.
    pub async fn admit(self: Arc<Self>, socket: &impl AsFd) -> Result<Principal, Refusal> {
        let peer = socket_peercred(socket).map_err(|error| Refusal::Unknown(error.to_string()))?;
        let looked_up = tokio::task::spawn_blocking(move || self.admit_peer(peer)).await;
        looked_up.map_err(|error| Refusal::Unknown(error.to_string()))?
    }

    fn admit_peer(&self, peer: UCred) -> Result<Principal, Refusal> {
        let uid = peer.uid.as_raw();
        let user = uzers::get_user_by_uid(uid);
        let name = user.as_ref().map_or_else(|| uid.to_string(), |user| user.name().to_string_lossy().into_owned());
        let groups = || {
            let groups = user.as_ref().and_then(|user| uzers::get_user_groups(user.name(), user.primary_group_id()));
            groups.unwrap_or_default().iter().map(|group| group.name().to_string_lossy().into_owned()).collect()
        };
        let account = self.open(&name, self.account_of(&name, groups)?)?;
        Ok(Principal { account, source: format!("local user {name}, process {}", peer.pid.as_raw_nonzero()) })
    }

    fn account_of(&self, user: &str, groups: impl FnOnce() -> Vec<String>) -> Result<String, Refusal> {
        if let Some(account) = self.users.get(user) {
            return Ok(account.clone());
        }
        let accounts: BTreeMap<String, &String> = groups()
            .iter()
            .filter_map(|group| self.groups.get(group))
            .map(|account| (account.to_lowercase(), account))
            .collect();
        let mut accounts: Vec<String> = accounts.into_values().cloned().collect();
        match accounts.len() {
            0 => Err(Refusal::NotMapped { user: user.into() }),
            1 => Ok(accounts.remove(0)),
            _ => Err(Refusal::Ambiguous { user: user.into(), accounts }),
        }
    }

    /// The account as its store spells it.
    fn open(&self, user: &str, account: String) -> Result<String, Refusal> {
        let Some(accounts) = &self.accounts else { return Ok(account) };
        match accounts.enter(&account, SystemTime::now()) {
            Ok(account) => Ok(account.name),
            Err(error) => Err(Refusal::Account { user: user.into(), reason: error.to_string() }),
        }
    }
}

/// The name of the user who runs this process.
pub fn current_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    uzers::get_user_by_uid(uid).map_or_else(|| uid.to_string(), |user| user.name().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use accounts::Secret;

    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect()
    }

    fn this_process() -> UCred {
        socket_peercred(UnixStream::pair().unwrap().0).unwrap()
    }

    #[test]
    fn a_user_enters_by_its_own_entry_or_by_a_group() {
        let door = Doorkeeper::new(map(&[("ann", "CloudAdmin")]), map(&[("operators", "Operator")]));
        let groups = || vec!["users".to_owned(), "operators".to_owned()];
        assert_eq!(door.account_of("ann", groups).unwrap(), "CloudAdmin");
        assert_eq!(door.account_of("bob", groups).unwrap(), "Operator");
    }

    #[test]
    fn a_stranger_is_told_what_is_missing() {
        let door = Doorkeeper::new(map(&[("ann", "CloudAdmin")]), BTreeMap::new());
        let refusal = door.account_of("eve", || vec!["users".into()]).unwrap_err();
        assert!(refusal.to_string().contains("'eve' is not mapped"), "{refusal}");
    }

    #[test]
    fn groups_of_different_accounts_let_nobody_guess() {
        let groups = map(&[("operators", "Operator"), ("admins", "CloudAdmin"), ("wheel", "cloudadmin")]);
        let door = Doorkeeper::new(map(&[("ann", "CloudAdmin")]), groups);
        let both = || vec!["operators".to_owned(), "admins".to_owned()];
        let refusal = door.account_of("bob", both).unwrap_err().to_string();
        assert!(refusal.contains("different accounts of this endpoint: CloudAdmin, Operator"), "{refusal}");
        assert_eq!(door.account_of("ann", both).unwrap(), "CloudAdmin", "a user's own entry settles it");
        assert!(door.account_of("bob", || vec!["admins".into(), "wheel".into()]).is_ok(), "one account, spelled twice");
    }

    #[tokio::test]
    async fn the_kernel_says_who_is_at_the_other_end() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let me = current_user();
        let door = Arc::new(Doorkeeper::new(map(&[(me.as_str(), "CloudAdmin")]), BTreeMap::new()));
        let principal = door.admit(&ours).await.unwrap();
        assert_eq!(principal.account(), "CloudAdmin");
        assert!(principal.source().contains(&me));
        assert!(Arc::new(Doorkeeper::default()).admit(&ours).await.is_err());
    }

    #[test]
    fn by_default_only_who_started_the_daemon_is_let_in() {
        let me = this_process();
        assert_eq!(Doorkeeper::from_config(&Config::default()).admit_peer(me).unwrap().account(), "CloudAdmin");
        let others = Config { identity: Some(Identity::default()), ..Config::default() };
        assert!(matches!(Doorkeeper::from_config(&others).admit_peer(me), Err(Refusal::NotMapped { .. })));
    }

    #[test]
    fn the_account_must_be_there_and_enabled() {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(AccountStore::open(directory.path()).unwrap());
        let door =
            Doorkeeper::new(map(&[(&current_user(), "cloudadmin")]), BTreeMap::new()).with_accounts(store.clone());
        let me = this_process();
        let refusal = door.admit_peer(me).unwrap_err().to_string();
        assert!(refusal.ends_with("There is no account 'cloudadmin'."), "{refusal}");
        store.create("CloudAdmin", &Secret::new("Correct horse 1"), SystemTime::now()).unwrap();
        assert_eq!(door.admit_peer(me).unwrap().account(), "CloudAdmin");
        assert!(store.find("CloudAdmin").unwrap().unwrap().last_sign_in.is_some());
        store.set_enabled("CloudAdmin", false).unwrap();
        assert!(door.admit_peer(me).unwrap_err().to_string().ends_with("The account 'CloudAdmin' is disabled."));
    }
}

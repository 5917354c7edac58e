//! Who a client is. A [`Principal`] is somebody whom the configuration lets in; only this module makes one.

use std::collections::BTreeMap;
use std::fmt;

use rustix::net::sockopt::socket_peercred;

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

/// Knows which local users and groups are let in, and as whom.
#[derive(Clone, Debug, Default)]
pub struct Doorkeeper {
    users: BTreeMap<String, String>,
    groups: BTreeMap<String, String>,
}

/// Somebody who is not let in. The text is for that person and for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The kernel does not say who it is.
    Unknown(String),
    /// Neither the user nor one of the user's groups is mapped to an account.
    NotMapped {
        /// The local user's name, or the number of one that has none.
        user: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unknown(reason) => write!(f, "The kernel does not say who is calling: {reason}."),
            Refusal::NotMapped { user } => write!(
                f,
                "The local user '{user}' is not mapped to an account of this endpoint. Its administrator can change that under \
                 [identity] in the configuration."
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl Doorkeeper {
    /// Local users and groups, each with the account it enters as. A user's own entry wins over its groups'.
    pub fn new(users: BTreeMap<String, String>, groups: BTreeMap<String, String>) -> Doorkeeper {
        Doorkeeper { users, groups }
    }

    /// Lets in who is at the other end of a socket, or says why not.
    ///
    /// # Errors
    /// Who is refused.
    pub fn admit(&self, socket: &impl std::os::fd::AsFd) -> Result<Principal, Refusal> {
        let peer = socket_peercred(socket).map_err(|error| Refusal::Unknown(error.to_string()))?;
        let uid = peer.uid.as_raw();
        let user = uzers::get_user_by_uid(uid);
        let name = user.as_ref().map_or_else(|| uid.to_string(), |user| user.name().to_string_lossy().into_owned());
        let groups = || {
            let user = user.as_ref()?;
            uzers::get_user_groups(user.name(), user.primary_group_id())
        };
        let account = self.account_of(&name, || {
            let groups = groups().unwrap_or_default();
            groups.iter().map(|group| group.name().to_string_lossy().into_owned()).collect()
        })?;
        Ok(Principal { account, source: format!("local user {name}, process {}", peer.pid.as_raw_nonzero()) })
    }

    fn account_of(&self, user: &str, groups: impl FnOnce() -> Vec<String>) -> Result<String, Refusal> {
        if let Some(account) = self.users.get(user) {
            return Ok(account.clone());
        }
        let mut accounts = groups().into_iter().filter_map(|group| self.groups.get(&group).cloned());
        accounts.next().ok_or_else(|| Refusal::NotMapped { user: user.into() })
    }
}

/// The name of the user who runs this process.
pub fn current_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    uzers::get_user_by_uid(uid).map_or_else(|| uid.to_string(), |user| user.name().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect()
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
    fn the_kernel_says_who_is_at_the_other_end() {
        let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let me = current_user();
        let door = Doorkeeper::new(map(&[(me.as_str(), "CloudAdmin")]), BTreeMap::new());
        let principal = door.admit(&ours).unwrap();
        assert_eq!(principal.account(), "CloudAdmin");
        assert!(principal.source().contains(&me));
        assert!(Doorkeeper::default().admit(&ours).is_err());
    }
}

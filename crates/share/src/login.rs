//! As whom a share is entered.

use std::fmt;

use zeroize::Zeroizing;

/// A user of the server and the password. It is never shown.
#[derive(Clone)]
pub struct Login {
    pub(crate) user: String,
    pub(crate) domain: String,
    pub(crate) password: Zeroizing<String>,
}

impl Login {
    /// A user as Windows writes it: `DOMAIN\user`, `user@domain`, or `user` alone, which is one of the server's own. The domain of
    /// `user@domain` stays in the name: the server takes it apart (MS-NLMP 3.1.5.1.2).
    pub fn parse(user: &str, password: impl Into<String>) -> Login {
        let password = Zeroizing::new(password.into());
        match user.split_once('\\') {
            // a domain of `.` is the server itself
            Some((domain, user)) => {
                let domain = if domain == "." { "" } else { domain };
                Login { user: user.into(), domain: domain.into(), password }
            }
            None => Login { user: user.into(), domain: String::new(), password },
        }
    }

    /// The user, as people read it.
    pub fn shown(&self) -> String {
        if self.domain.is_empty() { self.user.clone() } else { format!(r"{}\{}", self.domain, self.user) }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.shown()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_stands_in_a_domain_or_alone() {
        let taken = |user| {
            let Login { user, domain, .. } = Login::parse(user, "secret");
            (domain, user)
        };
        assert_eq!(taken(r"CONTOSO\carol"), ("CONTOSO".into(), "carol".into()));
        assert_eq!(taken(r".\carol"), (String::new(), "carol".into()));
        assert_eq!(taken("carol@contoso.com"), (String::new(), "carol@contoso.com".into()));
        assert_eq!(taken("carol"), (String::new(), "carol".into()));
    }

    #[test]
    fn the_password_is_not_shown() {
        let shown = format!("{:?}", Login::parse("carol", "Tr0ub4dor"));
        assert!(!shown.contains("Tr0ub4dor") && shown.contains("carol"), "{shown}");
    }
}

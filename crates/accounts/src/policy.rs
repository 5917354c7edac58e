use std::fmt;
use std::time::Duration;

use clixml::Secret;
use rusqlite::{Connection, OptionalExtension, params};
use thiserror::Error;

use crate::StoreError;
use crate::name::key;

/// What an endpoint asks of passwords, and what it does about guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Policy {
    /// What a new password must be.
    pub password: PasswordPolicy,
    /// When guesses lock an account.
    pub lockout: LockoutPolicy,
}

/// Past passwords that a policy can look at.
pub const LONGEST_HISTORY: u32 = 64;

impl Policy {
    /// The stored policy; the default one if none was ever stored.
    pub(crate) fn load(db: &Connection) -> Result<Policy, StoreError> {
        let stored = db.query_one("SELECT * FROM policy", [], |row| {
            let millis = |column| row.get(column).map(|millis: i64| Duration::from_millis(millis.unsigned_abs()));
            Ok(Policy {
                password: PasswordPolicy {
                    minimum_length: row.get("minimum_length")?,
                    complexity: row.get("complexity")?,
                    history: row.get("history")?,
                },
                lockout: LockoutPolicy {
                    threshold: row.get("lockout_threshold")?,
                    window: millis("lockout_window")?,
                    duration: millis("lockout_duration")?,
                },
            })
        });
        Ok(stored.optional()?.unwrap_or_default())
    }

    pub(crate) fn save(&self, db: &Connection) -> Result<(), StoreError> {
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let Policy { password, lockout } = self;
        db.execute("DELETE FROM policy", [])?;
        db.execute(
            "INSERT INTO policy VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                password.minimum_length,
                password.complexity,
                password.history,
                lockout.threshold,
                millis(lockout.window),
                millis(lockout.duration)
            ],
        )?;
        Ok(())
    }
}

/// What a new password must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Characters it has at least.
    pub minimum_length: u32,
    /// It has three of: capital letters, small letters, digits, other characters; and not the account's name in it.
    pub complexity: bool,
    /// It is none of this many passwords that the account had last, the present one among them.
    pub history: u32,
}

/// Characters a password has at most.
const LONGEST: usize = 256;

/// A name this short is in many a good password.
const SHORTEST_NAME_LOOKED_FOR: usize = 3;

impl Default for PasswordPolicy {
    fn default() -> PasswordPolicy {
        PasswordPolicy { minimum_length: 14, complexity: true, history: 24 }
    }
}

impl PasswordPolicy {
    /// Checks everything that the password alone shows; its history is looked up by the store.
    pub fn check(&self, name: &str, password: &Secret) -> Result<(), PasswordRefused> {
        let text = password.expose();
        let length = text.chars().count();
        let mut broken = Vec::new();
        if length < self.minimum_length as usize {
            broken.push(PasswordRule::MinimumLength(self.minimum_length));
        }
        if length > LONGEST {
            broken.push(PasswordRule::MaximumLength);
        }
        if self.complexity {
            if kinds_of_characters(text) < 3 {
                broken.push(PasswordRule::Complexity);
            }
            if name.chars().count() >= SHORTEST_NAME_LOOKED_FOR && key(text).contains(&key(name)) {
                broken.push(PasswordRule::AccountName);
            }
        }
        if broken.is_empty() { Ok(()) } else { Err(PasswordRefused { broken }) }
    }
}

fn kinds_of_characters(text: &str) -> usize {
    let has = |kind: fn(char) -> bool| usize::from(text.chars().any(kind));
    has(char::is_uppercase)
        + has(char::is_lowercase)
        + has(char::is_numeric)
        + has(|c| !c.is_uppercase() && !c.is_lowercase() && !c.is_numeric())
}

/// When wrong passwords lock an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutPolicy {
    /// This many wrong passwords lock it; 0 means never.
    pub threshold: u32,
    /// A wrong password is forgotten when none followed it for so long.
    pub window: Duration,
    /// How long the account stays locked.
    pub duration: Duration,
}

impl Default for LockoutPolicy {
    fn default() -> LockoutPolicy {
        let quarter = Duration::from_mins(15);
        LockoutPolicy { threshold: 10, window: quarter, duration: quarter }
    }
}

/// A password does not meet the policy. Its text names every broken rule, and nothing of the password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct PasswordRefused {
    /// The rules, in the policy's order.
    pub broken: Vec<PasswordRule>,
}

impl fmt::Display for PasswordRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The password does not meet the policy: it must ")?;
        for (index, rule) in self.broken.iter().enumerate() {
            write!(f, "{}{rule}", if index == 0 { "" } else { "; it must " })?;
        }
        f.write_str(".")
    }
}

/// One rule of the [`PasswordPolicy`], printed as the end of "it must …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRule {
    /// At least so many characters.
    MinimumLength(u32),
    /// At most 256 characters.
    MaximumLength,
    /// Three kinds of characters.
    Complexity,
    /// Not the account's name.
    AccountName,
    /// None of the last passwords.
    History(u32),
}

impl fmt::Display for PasswordRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PasswordRule::MinimumLength(length) => write!(f, "have at least {length} characters"),
            PasswordRule::MaximumLength => write!(f, "have at most {LONGEST} characters"),
            PasswordRule::Complexity => {
                f.write_str("have three of: capital letters, small letters, digits, other characters")
            }
            PasswordRule::AccountName => f.write_str("not contain the account's name"),
            PasswordRule::History(1) => f.write_str("not be the present password"),
            PasswordRule::History(count) => write!(f, "not be one of the account's last {count} passwords"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(password: &str) -> Vec<PasswordRule> {
        match PasswordPolicy::default().check("alice", &Secret::new(password)) {
            Ok(()) => Vec::new(),
            Err(PasswordRefused { broken }) => broken,
        }
    }

    #[test]
    fn fourteen_characters_of_three_kinds_do() {
        assert_eq!(broken("Correct horse 1"), []);
        assert_eq!(broken("ÄÖÜäöüÄÖÜäöü12"), [], "letters of any script count");
    }

    #[test]
    fn p_094_each_broken_rule_is_named() {
        use PasswordRule::{AccountName, Complexity, MaximumLength, MinimumLength};
        assert_eq!(broken(""), [MinimumLength(14), Complexity]);
        assert_eq!(broken("Short 1"), [MinimumLength(14)]);
        assert_eq!(broken("only small letters"), [Complexity]);
        assert_eq!(broken("my ALICE has 7 lives"), [AccountName]);
        assert_eq!(broken(&"Ab1".repeat(100)), [MaximumLength]);
        let refused = PasswordPolicy::default().check("alice", &Secret::new("alice")).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "The password does not meet the policy: it must have at least 14 characters; it must have three of: capital \
             letters, small letters, digits, other characters; it must not contain the account's name."
        );
    }

    #[test]
    fn a_policy_may_ask_for_less() {
        let policy = PasswordPolicy { minimum_length: 3, complexity: false, history: 0 };
        assert_eq!(policy.check("alice", &Secret::new("alice")), Ok(()));
    }
}

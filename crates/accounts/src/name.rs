use std::fmt;

use thiserror::Error;

/// The account that every endpoint has from its first start on, and that cannot be removed.
pub const BUILT_IN: &str = "CloudAdmin";

/// The name of an account, as it may be created: without a domain, and of letters, digits and few signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName(String);

/// Characters a name may have: as many as Windows' own accounts.
const LONGEST: usize = 20;

impl AccountName {
    /// Checks a name that somebody wants to give.
    pub fn parse(name: &str) -> Result<AccountName, NameError> {
        if name.trim().is_empty() {
            return Err(NameError::Empty);
        }
        if let Some((_, user)) = name.split_once('\\') {
            return Err(NameError::Domain { given: name.to_owned(), user: user.to_owned() });
        }
        if let Some((user, _)) = name.split_once('@') {
            return Err(NameError::Domain { given: name.to_owned(), user: user.to_owned() });
        }
        let letters = name.chars().count();
        if letters > LONGEST {
            return Err(NameError::TooLong { letters });
        }
        if let Some(letter) = name.chars().find(|letter| !letter.is_alphanumeric() && !"-_. ".contains(*letter)) {
            return Err(NameError::Letter(letter));
        }
        let ends_well = |letter: Option<char>| letter.is_some_and(|letter| letter != ' ' && letter != '.');
        if !ends_well(name.chars().next()) || !ends_well(name.chars().next_back()) {
            return Err(NameError::Ends);
        }
        Ok(AccountName(name.to_owned()))
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What two names have in common that differ in letter case only.
pub(crate) fn key(name: &str) -> String {
    // Upper case first: it joins letters that have one capital between them, such as both forms of the small sigma.
    name.to_uppercase().to_lowercase()
}

/// Is it the account that cannot be removed?
pub(crate) fn is_built_in(name: &str) -> bool {
    key(name) == key(BUILT_IN)
}

/// Why a name cannot be an account's. The caller is to blame.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing, or blanks only.
    #[error("The name of an account must not be empty.")]
    Empty,
    /// `DOMAIN\user` or `user@domain`.
    #[error("'{given}' names a domain. Accounts of this endpoint have none: write '{user}'.")]
    Domain {
        /// As it was written.
        given: String,
        /// Without the domain.
        user: String,
    },
    /// Longer than 20 characters.
    #[error("The name has {letters} characters; an account's name has at most {LONGEST}.")]
    TooLong {
        /// How many it has.
        letters: usize,
    },
    /// A character that names do not have.
    #[error("The name holds {0:?}; an account's name is of letters, digits, '-', '_', '.' and blanks.")]
    Letter(char),
    /// A blank or a period at an end.
    #[error("An account's name neither starts nor ends with a blank or a period.")]
    Ends,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_taken_as_they_are() {
        for name in ["alice", "Jürgen", "a", "ops-team_2", "first.last", "Σωκράτης"] {
            assert_eq!(AccountName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn each_refusal_names_its_rule() {
        let cases = [
            ("", NameError::Empty),
            ("  ", NameError::Empty),
            (r"AZS\alice", NameError::Domain { given: r"AZS\alice".into(), user: "alice".into() }),
            ("alice@azs", NameError::Domain { given: "alice@azs".into(), user: "alice".into() }),
            ("a-name-of-21-letters-", NameError::TooLong { letters: 21 }),
            ("a/b", NameError::Letter('/')),
            ("a\u{202e}b", NameError::Letter('\u{202e}')),
            (".alice", NameError::Ends),
            ("alice ", NameError::Ends),
        ];
        for (name, expected) in cases {
            assert_eq!(AccountName::parse(name), Err(expected), "{name:?}");
        }
    }

    #[test]
    fn letter_case_makes_no_other_name() {
        assert_eq!(key("JÜRGEN"), key("jürgen"));
        assert_eq!(key("ΣΩΚΡΆΤΗΣ"), key("σωκράτης"));
        assert_ne!(key("alice"), key("alise"));
        assert!(is_built_in("cloudadmin"));
    }
}

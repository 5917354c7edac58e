use clixml::Secret;

use crate::{PasswordPolicy, StoreError};

/// Neither two letters that look alike nor signs that keyboards hide: it is read off one screen and typed at another.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const GROUP: usize = 5;
const GROUPS: usize = 4;

impl PasswordPolicy {
    /// A random password of at least 116 bits that meets the policy, in groups: `tR8kw-…`.
    pub fn generate(&self, name: &str) -> Result<Secret, StoreError> {
        let groups = GROUPS.max((self.minimum_length as usize + 1).div_ceil(GROUP + 1));
        loop {
            let password = candidate(groups)?;
            let asks_all = PasswordPolicy { complexity: true, ..*self };
            if asks_all.check(name, &password).is_ok() {
                return Ok(password);
            }
        }
    }
}

fn candidate(groups: usize) -> Result<Secret, StoreError> {
    let mut text = String::with_capacity(groups * (GROUP + 1));
    for group in 0..groups {
        if group > 0 {
            text.push('-');
        }
        for _ in 0..GROUP {
            text.push(letter()?);
        }
    }
    Ok(Secret::new(text))
}

fn letter() -> Result<char, StoreError> {
    loop {
        let random = getrandom::u32().map_err(|_| StoreError::Random)?;
        // Six bits are a number below 64: those past the end are thrown again, so that no letter is likelier.
        if let Some(letter) = LETTERS.get((random & 63) as usize) {
            return Ok(char::from(*letter));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_meet_the_policy_and_differ() {
        let policy = PasswordPolicy::default();
        let (one, other) = (policy.generate("CloudAdmin").unwrap(), policy.generate("CloudAdmin").unwrap());
        assert_eq!(policy.check("CloudAdmin", &one), Ok(()));
        assert_eq!(one.expose().len(), 23);
        assert_ne!(one, other);
    }

    #[test]
    fn a_longer_minimum_makes_longer_passwords() {
        let policy = PasswordPolicy { minimum_length: 60, ..PasswordPolicy::default() };
        assert!(policy.generate("CloudAdmin").unwrap().expose().len() >= 60);
    }
}

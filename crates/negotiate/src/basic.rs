//! Name and password in the header of every request (RFC 7617). Inside TLS only.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::acceptor::Channel;
use crate::identity::{Authenticated, LogonName, Mechanism, Refusal};

/// Why a header's value is not a name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BasicError {
    /// Not base64.
    #[error("not base64")]
    Base64,
    /// No colon.
    #[error("no colon after the name")]
    Colon,
}

/// The accounts that Basic may ask for.
pub trait Passwords: Send + Sync {
    /// Verifies a password and returns the account as its store spells it. Letter case of `user` does not matter;
    /// `domain` is what the client wrote before `\` or after `@`. It takes as long for an account that is not there, or
    /// is locked, as for one that is, and it may take long: a caller with a runtime moves it to a thread of its own.
    fn verify(&self, user: &str, domain: &str, password: &str) -> Option<String>;
}

/// A name and a password, not verified.
pub struct BasicCredentials {
    name: LogonName,
    password: Zeroizing<String>,
}

impl BasicCredentials {
    /// Reads what follows `Basic ` in a header: everything before the first colon is the name. The text is UTF-8, or
    /// Latin-1 if it is not that: clients never say which (RFC 7617 2.1).
    pub fn parse(token: &str) -> Result<BasicCredentials, BasicError> {
        let bytes = Zeroizing::new(STANDARD.decode(token.trim()).map_err(|_| BasicError::Base64)?);
        let text = Zeroizing::new(match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().copied().map(char::from).collect(),
        });
        let (name, password) = text.split_once(':').ok_or(BasicError::Colon)?;
        Ok(BasicCredentials { name: LogonName::parse(name), password: Zeroizing::new(password.to_owned()) })
    }

    /// Who it claims to be.
    pub fn name(&self) -> &LogonName {
        &self.name
    }

    /// Verifies the password. The channel must be TLS: a password in the clear was already given away.
    pub fn authenticate(&self, channel: &Channel, passwords: &dyn Passwords) -> Result<Authenticated, Refusal> {
        if *channel == Channel::Plain {
            return Err(Refusal::BasicOutsideTls);
        }
        if self.name.user.is_empty() {
            return Err(Refusal::Anonymous);
        }
        match passwords.verify(&self.name.user, &self.name.domain, &self.password) {
            Some(account) => Ok(Authenticated::new(account, self.name.clone(), Mechanism::Basic)),
            None => Err(Refusal::WrongPassword(self.name.clone())),
        }
    }
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicCredentials").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel_binding::ChannelBinding;

    struct Alice;

    impl Passwords for Alice {
        fn verify(&self, user: &str, _: &str, password: &str) -> Option<String> {
            (user.eq_ignore_ascii_case("alice") && password == "pass:wörd").then(|| "alice".to_owned())
        }
    }

    fn tls() -> Channel {
        Channel::Tls(ChannelBinding::from_application_data(Vec::new()))
    }

    fn header(bytes: &[u8]) -> BasicCredentials {
        BasicCredentials::parse(&STANDARD.encode(bytes)).unwrap()
    }

    #[test]
    fn w_036_a_password_may_hold_colons_and_letters_in_utf_8_or_latin_1() {
        for bytes in ["alice:pass:wörd".as_bytes(), b"alice:pass:w\xf6rd", "DOM\\ALICE:pass:wörd".as_bytes()] {
            assert_eq!(header(bytes).authenticate(&tls(), &Alice).unwrap().account(), "alice");
        }
        assert!(header(b"alice:pass").authenticate(&tls(), &Alice).is_err());
    }

    #[test]
    fn w_036_basic_outside_tls_is_refused_before_the_password_is_looked_at() {
        let refused = header("alice:pass:wörd".as_bytes()).authenticate(&Channel::Plain, &Alice);
        assert_eq!(refused, Err(Refusal::BasicOutsideTls));
    }

    #[test]
    fn a_password_of_many_kilobytes_is_read() {
        let long = format!("alice@dom:{}", "x".repeat(20_000));
        assert_eq!(header(long.as_bytes()).password.len(), 20_000);
    }

    #[test]
    fn what_is_no_name_and_password_is_refused() {
        assert_eq!(BasicCredentials::parse("*").unwrap_err(), BasicError::Base64);
        assert_eq!(BasicCredentials::parse("YWxpY2U=").unwrap_err(), BasicError::Colon);
        assert_eq!(header(b":x").authenticate(&tls(), &Alice), Err(Refusal::Anonymous));
    }
}

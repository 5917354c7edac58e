//! Who may enter: proofs, wrong passwords, lockout.

use std::time::{Duration, SystemTime};

use clixml::Secret;
use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use crate::name::key;
use crate::store::{find, nt_hash_purpose};
use crate::time::{from_millis, to_millis};
use crate::{Account, AccountStore, AuthError, Policy, StoreError};

/// What NTLM needs of an account.
pub struct NtSecret {
    /// The account, spelled as it was created.
    pub account: String,
    /// MD4 of its password; zeroed when dropped.
    pub hash: Zeroizing<[u8; 16]>,
}

impl std::fmt::Debug for NtSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NtSecret of {:?}", self.account)
    }
}

impl AccountStore {
    /// Lets in whoever knows the password, and remembers that. A wrong one is counted. A name of no account costs the caller as
    /// much time as one that exists.
    pub fn verify_password(&self, name: &str, password: &Secret, now: SystemTime) -> Result<Account, AuthError> {
        self.prove_password(name, password, now)?;
        self.enter(name, now)
    }

    /// The same, but whoever proves it does not enter.
    pub(crate) fn prove_password(&self, name: &str, password: &Secret, now: SystemTime) -> Result<(), AuthError> {
        let stored = self.password_hash(name)?;
        if self.hasher.verify(password, stored.as_deref())? {
            self.note_success(name, now)
        } else {
            Err(self.note_failure(name, now))
        }
    }

    /// What NTLM verifies a client's proof with, or nothing for an account that is unknown, disabled or locked. The caller then
    /// reports the outcome by [`note_success`](Self::note_success) or [`note_failure`](Self::note_failure).
    pub fn nt_hash(&self, name: &str, now: SystemTime) -> Result<Option<NtSecret>, StoreError> {
        let sealed: Option<Vec<u8>> = {
            let db = self.db();
            let mut statement = db.prepare_cached("SELECT nt_hash FROM account WHERE name_key = ?1")?;
            statement.query_one([key(name)], |row| row.get(0)).optional()?
        };
        let Some((account, sealed)) = self.find(name)?.zip(sealed) else { return Ok(None) };
        if !account.enabled || account.is_locked(now) {
            return Ok(None);
        }
        let opened = self.key.open(&nt_hash_purpose(name), &sealed)?;
        let hash = opened.first_chunk().ok_or(StoreError::Opening)?;
        Ok(Some(NtSecret { account: account.name, hash: Zeroizing::new(*hash) }))
    }

    /// A proof was right: forgets the wrong ones before it. Says no all the same if the account was locked in the meantime, so
    /// that guesses sent side by side are worth no more than one after the other. A refusal costs as much time as that of a
    /// wrong proof.
    pub fn note_success(&self, name: &str, now: SystemTime) -> Result<(), AuthError> {
        self.change(|db| {
            let refusal = match may_enter(db, name) {
                Ok(account) => locked(&account, now),
                Err(refusal) => Some(refusal),
            };
            match refusal {
                None => db.execute(
                    "UPDATE account SET failures = 0, last_failure = NULL, locked_until = NULL
                     WHERE name_key = ?1 AND failures > 0",
                    [key(name)],
                )?,
                Some(_) => count_refusal(db)?,
            };
            Ok::<_, AuthError>(refusal.map_or(Ok(()), Err))
        })?
    }

    /// A proof was wrong: counts it, and locks the account when it was one too many. Returns what is to be said of it; a name
    /// of no account costs a write of the same size.
    pub fn note_failure(&self, name: &str, now: SystemTime) -> AuthError {
        self.change(|db| count_failure(db, name, now)).unwrap_or_else(|error: AuthError| error)
    }

    /// Lets in somebody whose identity was proved in another way, and remembers when. A lock is against guessed passwords and
    /// does not stop them.
    pub fn enter(&self, name: &str, now: SystemTime) -> Result<Account, AuthError> {
        self.change(|db| {
            let account = may_enter(db, name)?;
            db.execute("UPDATE account SET last_sign_in = ?2 WHERE name_key = ?1", params![key(name), to_millis(now)])?;
            Ok(Account { last_sign_in: Some(from_millis(to_millis(now))), ..account })
        })
    }

    fn password_hash(&self, name: &str) -> Result<Option<String>, StoreError> {
        let db = self.db();
        let mut statement = db.prepare_cached("SELECT password_hash FROM account WHERE name_key = ?1")?;
        Ok(statement.query_one([key(name)], |row| row.get(0)).optional()?)
    }
}

fn may_enter(db: &Connection, name: &str) -> Result<Account, AuthError> {
    let account = find(db, name)?.ok_or_else(|| AuthError::Unknown(name.to_owned()))?;
    if account.enabled { Ok(account) } else { Err(AuthError::Disabled(account.name)) }
}

fn locked(account: &Account, now: SystemTime) -> Option<AuthError> {
    let remaining = account.locked_until?.duration_since(now).ok().filter(|remaining| *remaining > Duration::ZERO)?;
    Some(AuthError::Locked { name: account.name.clone(), remaining })
}

fn count_failure(db: &Connection, name: &str, now: SystemTime) -> Result<AuthError, AuthError> {
    let refusal = match find(db, name)? {
        None => AuthError::Unknown(name.to_owned()),
        Some(account) => match locked(&account, now) {
            Some(refusal) => refusal,
            None => return count_wrong_password(db, account, now),
        },
    };
    count_refusal(db)?;
    Ok(refusal)
}

/// A write of the size that a wrong password costs.
fn count_refusal(db: &Connection) -> rusqlite::Result<usize> {
    db.execute("UPDATE refused SET count = count + 1", [])
}

fn count_wrong_password(db: &Connection, account: Account, now: SystemTime) -> Result<AuthError, AuthError> {
    let lockout = Policy::load(db)?.lockout;
    let name_key = key(&account.name);
    let (before, last): (u32, Option<i64>) =
        db.query_one("SELECT failures, last_failure FROM account WHERE name_key = ?1", [&name_key], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let forgotten = account.locked_until.is_some() // that lock is over
        || last.is_none_or(|last| from_millis(last) + lockout.window < now);
    let failures = if forgotten { 1 } else { before.saturating_add(1) };
    let locked_until =
        (lockout.threshold > 0 && failures >= lockout.threshold).then(|| to_millis(now + lockout.duration));
    db.execute(
        "UPDATE account SET failures = ?2, last_failure = ?3, locked_until = ?4 WHERE name_key = ?1",
        params![name_key, failures, to_millis(now), locked_until],
    )?;
    Ok(AuthError::WrongPassword(account.name))
}
